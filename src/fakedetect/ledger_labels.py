"""Labels as of a date: what a ledger says of each listing, how firmly, and why.

A pure fold of events. The same events up to the same date give the same labels, in whatever order
they were added. Where events disagree, this order decides, the first that applies:

1. the latest authentication of a bought item;
2. the latest verdict or accepted counter-notice;
3. a removal after a notice, unless the listing was put back since;
4. claims that nobody has decided, each believed as far as its reporter's record goes;
5. nobody has said anything for as long as it takes to be noticed, and the listing was not taken
   down: genuine, and less firmly where nobody who is trusted files notices for its brand.

Weights (0-1) say how much a label counts in training: how sure those who claimed and those who
decided are together. What undecided claims of one reporter, or of all new reporters together, weigh
is capped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fakedetect.events import COUNTERFEIT, GOLD, LISTED, NOTICE, REINSTATED, REMOVED, TEXTS
from fakedetect.outcomes import (
    ACTED,
    AUTHENTICATED,
    JUDGED,
    WHY,
    Outcomes,
    in_force,
    outcomes,
)
from fakedetect.reporters import (
    NEW,
    QUALIFIED,
    SUSPENDED,
    TRUSTED,
    Programme,
    Records,
    latest_claims,
    odds_of,
    records,
    summed,
    votes_of,
)

if TYPE_CHECKING:
    import pandas as pd

MATURE_DAYS = 14
UNREPORTED, UNWATCHED = 1.0, 0.1
# How often verdicts are right, and acts that nobody has given a verdict on.
RIGHT, DONE = 0.97, 0.9
# Of the weight of all labels that say the same, what the undecided claims of one reporter, or of
# all new ones, may have.
MOST_OF_ONE = MOST_OF_NEW = 0.1
_LEAST_SURE = 0.2  # |2p - 1| of claims that contradict each other so far that they say nothing

CLAIMED, DENIED = "claimed by reporters", "said to be genuine by reporters"
SILENT = "nobody believed reported it"
UNWATCHED_WHY = "nobody believed reported it, and nobody trusted reports this brand"
YOUNG, DISPUTED, OTHER = "too young to tell", "reporters disagree", "about another reason"
UNASKED = "removed without a notice"


class Policy(NamedTuple):
    """How events become labels.

    Attributes
    ----------
    programme
        By whose rules reporters are suspended and trusted.
    mature_days
        How long after it was first seen an unreported listing counts as genuine.
    unreported, unwatched
        The weight of that; and where nobody trusted files notices for its brand.
    most_of_one, most_of_new
        Shares (0-1) of a label's weight that undecided claims of one reporter who is not new, and
        of all new ones together, may have; 1 leaves them as they are.
    """

    programme: Programme
    mature_days: float = MATURE_DAYS
    unreported: float = UNREPORTED
    unwatched: float = UNWATCHED
    most_of_one: float = MOST_OF_ONE
    most_of_new: float = MOST_OF_NEW


class Labels(NamedTuple):
    """Labels as of a date.

    Attributes
    ----------
    table
        One row for each listing, by its id in ascending order: ``label`` (1 suspected, 0 genuine,
        NaN none), ``weight`` (0-1; 0 without a label), ``why`` in words, ``reporter`` (who made
        the undecided claims that it rests on, if one did), ``seen`` (when it was first), ``seller``
        and ``brand``.
    gold
        The owner's own labels, by listing id: whether suspected. They are in no other label.
    records
        The reporters' records.
    as_of
        The date.
    """

    table: pd.DataFrame
    gold: pd.Series[bool]
    records: Records
    as_of: pd.Timestamp


def labels_as_of(events: pd.DataFrame, as_of: pd.Timestamp, policy: Policy) -> Labels:
    """Return what events up to a date say of each listing.

    Parameters
    ----------
    events
        As ``Ledger.frame`` returns them; later ones are left out.
    as_of
        The date, with a zone.
    policy
        How they become labels.
    """
    gold = gold_as_of(events, as_of)
    events = in_force(events[(events["time"] <= as_of) & (events["event"] != GOLD)])
    found = outcomes(events)
    known = records(found, as_of, policy.programme)
    table = _listings(events)
    _add_silence(table, events, known, as_of, policy)
    _leave_removed(table, events)
    _leave_other_reasons(table, found, known)
    _add_decisions(table, found, known)
    _add_claims(table, found, known, policy)
    return Labels(table[~table.index.isin(gold.index)], gold, known, as_of)


def gold_as_of(events: pd.DataFrame, as_of: pd.Timestamp) -> pd.Series[bool]:
    """Return the owner's own labels up to a date, by listing id: whether suspected."""
    import pandas as pd

    gold = events[(events["time"] <= as_of) & (events["event"] == GOLD)]
    gold = gold.drop_duplicates("listing_id", keep="last")
    return pd.Series(
        (gold["outcome"] == COUNTERFEIT).to_numpy(bool),
        pd.Index(gold["listing_id"].astype(str), name="listing_id"),
        name="gold",
    ).sort_index()


def snapshots(events: pd.DataFrame) -> pd.DataFrame:
    """Return each listing's text, by its id: what the platform saw last, else what was said first.

    A reporter could hand in a text that no listing has, so the text of a ``listed`` event counts
    for more than that of any other.

    Parameters
    ----------
    events
        With title and description, in the order of time.

    Returns
    -------
    pandas.DataFrame
        The columns ``title`` and ``description``, for listings that have a text.
    """
    import pandas as pd

    texts = events.loc[
        (events["title"] != "") | (events["description"] != ""), ["listing_id", "event", *TEXTS]
    ]
    seen = texts["event"].isin([LISTED, GOLD])
    last = texts[seen].drop_duplicates("listing_id", keep="last")
    first = texts[~seen].drop_duplicates("listing_id", keep="first")
    found = pd.concat([last, first]).drop_duplicates("listing_id")
    found["listing_id"] = found["listing_id"].astype(str)
    return found.set_index("listing_id")[list(TEXTS)].sort_index()


def _listings(events: pd.DataFrame) -> pd.DataFrame:
    """Return all listings: when each was first seen, whose it is, and no label yet."""
    import pandas as pd

    events = events[events["listing_id"] != ""]
    # Of what the platform saw itself and what others said, the former counts.
    by_trust = pd.concat([events[events["event"] == LISTED], events[events["event"] != LISTED]])
    columns = {}
    for name in ("seller", "brand"):
        named = by_trust[by_trust[name] != ""].drop_duplicates("listing_id")
        columns[name] = pd.Series(
            named[name].to_numpy(), named["listing_id"].astype(str).to_numpy(), dtype=str
        )
    first = events.drop_duplicates("listing_id")
    table = pd.DataFrame(
        {"listing_id": first["listing_id"].astype(str), "seen": first["time"]}
    ).set_index("listing_id")
    table = table.sort_index()
    for name, values in columns.items():
        table[name] = values.reindex(table.index).fillna("")
    table["label"], table["weight"], table["why"], table["reporter"] = np.nan, 0.0, YOUNG, ""
    return table


def _add_silence(
    table: pd.DataFrame,
    events: pd.DataFrame,
    known: Records,
    as_of: pd.Timestamp,
    policy: Policy,
) -> None:
    """Label listings that nobody has said anything of for long enough.

    A brand is watched whose notices come from somebody with a good record. Else a crowd of
    strangers could make others' silence tell.
    """
    import pandas as pd

    old = (table["seen"] <= as_of - pd.Timedelta(days=policy.mature_days)).to_numpy()
    good = known.table.index[known.table["tier"].isin([TRUSTED, QUALIFIED])]
    notices = events[(events["event"] == NOTICE) & events["reporter"].isin(good)]
    watched = table["brand"].isin(notices["brand"].astype(str).unique()).to_numpy()
    table.loc[old, "label"] = 0.0
    table["weight"] = np.where(old, np.where(watched, policy.unreported, policy.unwatched), 0.0)
    table["why"] = np.where(old, np.where(watched, SILENT, UNWATCHED_WHY), YOUNG)


def _leave_removed(table: pd.DataFrame, events: pd.DataFrame) -> None:
    """Take the label from listings that were removed unasked: nobody could report them any more."""
    acts = events[events["event"].isin([REMOVED, REINSTATED])]
    acts = acts.drop_duplicates("listing_id", keep="last")
    rows = acts["listing_id"][acts["event"] == REMOVED].astype(str)
    table.loc[rows, ["label", "weight", "why"]] = np.nan, 0.0, UNASKED


def _leave_other_reasons(table: pd.DataFrame, found: Outcomes, known: Records) -> None:
    """Take the label from listings that infringe in another way, or may."""
    import pandas as pd

    claims, decided = found.claims, found.decisions
    refuted = claims["matter"].isin(decided.index[~decided["says"]])
    unheard = claims["reporter"].isin(known.table.index[known.table["tier"] == SUSPENDED])
    said = [claims[claims["says"] & ~refuted & ~unheard], decided[decided["says"]]]
    others = pd.concat([each.loc[each["reason"] != COUNTERFEIT, "listing_id"] for each in said])
    rows = others.astype(str).unique()
    table.loc[rows, ["label", "weight", "why"]] = np.nan, 0.0, OTHER


def _add_claims(table: pd.DataFrame, found: Outcomes, known: Records, policy: Policy) -> None:
    """Label listings by claims that nobody has decided."""
    import pandas as pd

    latest = latest_claims(found)
    belief = known.belief.reindex(latest["reporter"].astype(str)).to_numpy(np.float64)
    latest = latest[belief > 0.5]
    if not len(latest):
        return
    who = latest["reporter"].astype(str)
    votes = votes_of(np.asarray(belief[belief > 0.5], np.float64))
    vote = np.where(latest["says"], votes, -votes)
    is_new = (known.table["tier"].reindex(who) == NEW).to_numpy(bool)
    total, _ = summed(latest["matter"], vote, is_new)
    sure = np.tanh(np.abs(total) / 2)
    says = total > 0
    # Each claim on the winning side has its share in the label.
    share = np.where((vote > 0) == says, np.abs(vote), 0.0)
    frame = pd.DataFrame(
        {
            "listing_id": latest["listing_id"].astype(str).to_numpy(),
            "reporter": who.to_numpy(),
            "says": says,
            "is_new": is_new,
            "sure": np.where(sure >= _LEAST_SURE, sure, 0.0),
            "share": share,
        }
    )
    frame["weight"] = (
        frame["sure"] * frame["share"] / frame.groupby("listing_id")["share"].transform("sum")
    )
    _cap(frame, table, policy)
    by_listing = frame.groupby("listing_id")
    weight = by_listing["weight"].sum()
    label = by_listing["says"].first().astype(float)
    rows = weight.index
    tells = by_listing["sure"].first() > 0
    table.loc[rows, "label"] = label.where(tells)
    # That somebody says so too does not make silence less telling.
    silent = np.where(tells & (label == 0), table.loc[rows, "weight"], 0.0)
    table.loc[rows, "weight"] = np.maximum(weight, silent)
    table.loc[rows, "why"] = np.where(tells, np.where(label == 1, CLAIMED, DENIED), DISPUTED)
    behind = frame[(frame["sure"] > 0) & (frame["share"] > 0)].groupby("listing_id")["reporter"]
    single = behind.first().where(behind.nunique() == 1, "")
    table.loc[rows, "reporter"] = single.reindex(rows).fillna("")


def _cap(frame: pd.DataFrame, table: pd.DataFrame, policy: Policy) -> None:
    """Scale the weights of claims down to what one reporter and all new ones may have.

    Of labels that say the same: decided ones, unreported ones, and undecided claims as far as they
    count. So where nothing else says the same, the claims of one reporter weigh nothing.
    """
    other = table.loc[~table.index.isin(frame["listing_id"]), ["label", "weight"]]
    for says in (True, False):
        side = frame["says"] == says
        rest = float(other["weight"][other["label"] == says].sum())
        of_one = frame["weight"].where(side, 0.0).groupby(frame["reporter"]).transform("sum")
        settled, new = side & ~frame["is_new"], side & frame["is_new"]
        most = _most(of_one[settled].groupby(frame["reporter"]).first(), rest, policy.most_of_one)
        over = settled & (of_one > most)
        frame.loc[over, "weight"] *= most / of_one[over]
        rest += float(frame.loc[settled, "weight"].sum())
        weight, share = float(frame.loc[new, "weight"].sum()), policy.most_of_new
        if (1 - share) * weight > share * rest:
            frame.loc[new, "weight"] *= share * rest / ((1 - share) * weight)


def _most(weights: pd.Series[float], rest: float, share: float) -> float:
    """Return the most that each may weigh so that none has more than its share of all.

    If the heaviest k are cut down to it, all together weigh (rest + the others) / (1 - k share).
    """
    falling = np.append(np.sort(weights.to_numpy())[::-1], 0.0)
    uncut = rest + np.cumsum(falling[::-1])[::-1]
    most = share * uncut / np.maximum(1 - share * np.arange(len(falling)), 1e-9)
    return float(most[np.argmax(falling <= most * (1 + 1e-9))])


def _add_decisions(table: pd.DataFrame, found: Outcomes, known: Records) -> None:
    """Label listings by decisions, as sure as those who claimed and decided are together.

    Reviewers err, and one in a hundred upheld of a liar's thousand notices would be ten fakes that
    are none. So an upheld notice of somebody who is nearly always wrong weighs little. On either
    side the most believed one speaks: liars who join in take nothing from who is believed.
    """
    import pandas as pd

    decided = found.decisions
    about = decided[decided["reason"] == COUNTERFEIT]
    rows = about["listing_id"].astype(str)
    claims = found.claims[found.claims["matter"].isin(about.index)]
    claims = claims.drop_duplicates(["matter", "reporter"], keep="last")
    who = claims["reporter"].astype(str)
    odds = pd.Series(odds_of(np.asarray(known.belief.reindex(who), np.float64)))
    matters = claims["matter"].to_numpy()
    agrees = claims["says"].to_numpy() == about["says"].reindex(matters).to_numpy()
    for_it, against = (
        odds[part].groupby(matters[part]).max().reindex(about.index).fillna(0.0).to_numpy()
        for part in (agrees, ~agrees)
    )
    right = np.select([about["rank"] == JUDGED, about["rank"] == ACTED], [RIGHT, DONE], 1.0)
    sure = odds_of(np.asarray(right, np.float64))
    together = sure + for_it - np.maximum(against, 0)
    weight = np.where(about["rank"] == AUTHENTICATED, 1.0, np.tanh(np.maximum(together, 0) / 2))
    table.loc[rows, "label"] = about["says"].to_numpy(float)
    table.loc[rows, "weight"] = weight
    table.loc[rows, "why"] = np.array(WHY, dtype=object)[about["why"].to_numpy()]
    table.loc[rows, "reporter"] = ""
