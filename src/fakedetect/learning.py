"""What a ledger teaches: its labels with the texts they are about, and who has moved the model.

The owner's gold set is kept out, and so are copies of its texts: it is what a model is judged by.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fakedetect import tables
from fakedetect.errors import InputError
from fakedetect.events import REVOKE, TEXTS, parsed_time
from fakedetect.features import count
from fakedetect.labels import read_labelled
from fakedetect.ledger_labels import (
    SILENT,
    Labels,
    Policy,
    gold_as_of,
    labels_as_of,
    snapshots,
)
from fakedetect.model import Model
from fakedetect.outcomes import in_force, outcomes
from fakedetect.text import canonical, featured
from fakedetect.training import prevalence_of, refitted

if TYPE_CHECKING:
    import pandas as pd

IDS = ("listing_id", "id")  # columns by which listings are known
# A reporter is heavy whose claims stand behind this share of the suspected listings, of whom the
# heaviest are looked into.
HEAVY, MOST_HEAVY = 0.05, 5
LEARNED = ("label", "weight", "why")  # columns of a lesson, besides those of the listings
_N_EXAMPLES = 3


class Lesson(NamedTuple):
    """Labelled listings to train on.

    Attributes
    ----------
    table
        One row for each listing: what is known of it, its ``label`` (1 or 0), the label's
        ``weight``, and ``why``.
    labels
        What the ledger says of all listings.
    gold
        The owner's labelled listings that have a text, with ``label``; in no lesson.
    """

    table: pd.DataFrame
    labels: Labels
    gold: pd.DataFrame


class Influence(NamedTuple):
    """What one reporter has done to a model.

    Attributes
    ----------
    reporter
        Who.
    share
        Share (0-1) of the suspected listings, by weight, that the reporter made a claim of.
    n_flagged
        Training listings that the model flags.
    n_vanished, n_appeared
        Of these, how many it would not flag had the reporter never been there; and how many
        others it would.
    examples
        Texts of some whose flags vanish.
    """

    reporter: str
    share: float
    n_flagged: int
    n_vanished: int
    n_appeared: int
    examples: tuple[str, ...]


def lesson(
    events: pd.DataFrame,
    as_of: pd.Timestamp,
    policy: Policy,
    *,
    gold_until: pd.Timestamp | None = None,
) -> Lesson:
    """Return what a ledger alone teaches: labels, and the texts that events brought along.

    Parameters
    ----------
    events
        As ``Ledger.frame`` returns them, with texts.
    as_of
        The date.
    policy
        How events become labels.
    gold_until
        Until when gold labels are taken, and kept out of the lesson; None stops at ``as_of``.

    Raises
    ------
    InputError
        When no listing with a text is labelled, or none suspected.
    """
    labels = labels_as_of(events, as_of, policy)
    gold = _golden(events, gold_until or as_of)
    texts = snapshots(in_force(events[events["time"] <= as_of]))
    texts = texts[~texts.index.isin(gold["listing_id"])]
    known = labels.table.join(texts, how="inner").reset_index()
    return Lesson(_taught(known, gold), labels, gold)


def lesson_of(
    listings: Any,
    events: pd.DataFrame,
    as_of: pd.Timestamp,
    policy: Policy,
    *,
    text: Sequence[str] | None = None,
    time: str | None = None,
) -> Lesson:
    """Return what a ledger teaches of listings from elsewhere, whose texts are taken.

    Parameters
    ----------
    listings
        A pandas DataFrame or a pyarrow Table with the column ``listing_id`` or ``id``.
    events, as_of, policy
        As for ``lesson``.
    text
        Their text columns; None takes ``title`` and ``description`` as far as they are there.
    time
        Column of when each was listed, an ISO 8601 date or time; None leaves listings that the
        ledger does not know unlabelled. With it, those that are old enough count as genuine.

    Raises
    ------
    InputError
        When there is no column of ids, or no listing is labelled.
    """
    import pandas as pd

    names = tables.column_names(listings)
    key = next((name for name in IDS if name in names), None)
    if key is None:
        raise InputError(
            f"no column {' or '.join(map(repr, IDS))}, by which listings and ledger are joined; the"
            f" columns are {', '.join(names)}"
        )
    labels = labels_as_of(events, as_of, policy)
    gold = _golden(events, as_of)
    known = pd.DataFrame({name: tables.column(listings, name) for name in names})
    known = known.drop(columns=[name for name in LEARNED if name in names])
    ids = known[key].astype(str)
    found = labels.table.reindex(ids)
    for name in LEARNED:
        known[name] = found[name].to_numpy()
    if time is not None:
        _add_unknown(known, ~ids.isin(labels.table.index), as_of, policy, time)
    known = known[~ids.isin(labels.gold.index)]
    columns = tables.text_columns(listings, text, tables.DEFAULT_TEXT_COLUMNS)
    return Lesson(_taught(known, gold, columns), labels, gold)


def provenance(found: Lesson, head: str) -> dict[str, Any]:
    """Return where a lesson comes from as plain data for a model's card, without names.

    Parameters
    ----------
    found
        The lesson.
    head
        How far the ledger went.
    """
    table = found.table
    return {
        "as_of": found.labels.as_of.isoformat(),
        "head": head,
        "programme": found.labels.records.programme.name,
        "n_gold": len(found.gold),
        "labels": {str(why): int(n) for why, n in table["why"].value_counts().sort_index().items()},
    }


def influences(
    events: pd.DataFrame,
    found: Lesson,
    model: Model,
    policy: Policy,
    *,
    text: list[str] | None = None,
    advance: Callable[[], None] | None = None,
) -> list[Influence]:
    """Return what each heavy reporter has done to a model: what it would be without.

    The settings stay, and only the labels change: one fit for each reporter. Flags on training
    listings are compared, those of the model itself and those of the other.

    Parameters
    ----------
    events, policy
        What the lesson was made of.
    found
        The lesson that the model was trained on.
    model
        The model.
    text
        Its text columns, where the listings came from elsewhere.
    advance
        Called after each reporter.
    """
    from scipy.special import logit

    heavy = _heavy(events, found)
    if not heavy:
        return []
    table, labels = found.table, found.labels
    labelled = read_labelled(table, weight="weight", text=text)
    counts = count(list(map(featured, labelled.originals)))
    flagged = model.flag(labelled.originals)
    ids = table[next(name for name in IDS if name in table)].astype(str)
    ids = ids.iloc[labelled.rows - 1]
    # Listings that the ledger never knew keep the label that their age gives them.
    unknown = ~ids.isin(labels.table.index).to_numpy()
    prevalences = model.card["calibration"]["prevalence"], prevalence_of(labelled)
    shift = float(-np.diff(logit(np.array(prevalences)))[0])
    done = []
    for reporter, share in heavy:
        without = _without(events, reporter)
        again = labels_as_of(without, labels.as_of, policy).table.reindex(ids)
        weights = np.where(unknown, table["weight"], again["weight"].fillna(0.0))
        changed = replace(labelled, labels=(again["label"] == 1).to_numpy(bool), weights=weights)
        rows = np.flatnonzero(weights > 0)
        other = np.zeros(len(ids), dtype=bool)  # without any fakes nothing is suspected
        if changed.labels[rows].any():
            other = refitted(model, changed, counts, rows, shift=shift).flag(labelled.originals)
        vanished = np.flatnonzero(flagged & ~other)
        done.append(
            Influence(
                reporter,
                share,
                int(flagged.sum()),
                len(vanished),
                int((other & ~flagged).sum()),
                tuple(labelled.originals[place] for place in vanished[:_N_EXAMPLES].tolist()),
            )
        )
        if advance:
            advance()
    return done


def _taught(
    known: pd.DataFrame, gold: pd.DataFrame, columns: Sequence[str] = TEXTS
) -> pd.DataFrame:
    """Return the listings that are labelled, but those whose text is one of the gold set."""
    known = known[known["label"].notna() & (known["weight"] > 0)]
    kept = ~_texts(known, columns).isin(set(_texts(gold, TEXTS)))
    known = known[kept.to_numpy(bool)].reset_index(drop=True)
    if not len(known):
        raise InputError(
            "no listing with a text is labelled as of that date; add events with title or"
            " description, or take a later date"
        )
    if not (known["label"] == 1).any():
        raise InputError(
            "no listing with a text is suspected as of that date: notices that nobody has decided"
            " count only beside some that are; add verdicts, or removals after notices"
        )
    known["label"] = known["label"].astype(np.int64)
    return known


def _texts(table: pd.DataFrame, columns: Sequence[str]) -> pd.Series[str]:
    import pandas as pd

    texts = map(canonical, tables.texts_of(table, list(columns)))
    return pd.Series(list(texts), table.index, dtype=object)


def _golden(events: pd.DataFrame, until: pd.Timestamp) -> pd.DataFrame:
    """Return the gold listings that have a text, with their sellers."""
    texts = snapshots(in_force(events[events["time"] <= until]))
    found = texts.join(gold_as_of(events, until).rename("label"), how="inner").reset_index()
    named = events[events["seller"] != ""].drop_duplicates("listing_id", keep="last")
    sellers = named.set_index(named["listing_id"].astype(str))["seller"].astype(str)
    found["seller"] = sellers.reindex(found["listing_id"]).fillna("").to_numpy()
    found["label"] = found["label"].astype(np.int64)
    return found


def _add_unknown(
    known: pd.DataFrame, unknown: pd.Series[bool], as_of: pd.Timestamp, policy: Policy, time: str
) -> None:
    """Label listings that no event is about, as far as they are old enough."""
    import pandas as pd

    values = known.loc[unknown.to_numpy(), time]
    moments = []
    for row, value in values.items():
        try:
            moments.append(parsed_time(str(value)))
        except InputError as error:
            raise InputError(error.message, row=int(str(row)) + 1, column=time) from None
    seen = pd.to_datetime(np.array(moments, np.int64), unit="us", utc=True)
    old = values.index[seen <= as_of - pd.Timedelta(days=policy.mature_days)]
    known.loc[old, ["label", "weight"]] = 0.0, policy.unreported
    known.loc[old, "why"] = SILENT


def _heavy(events: pd.DataFrame, found: Lesson) -> list[tuple[str, float]]:
    """Return the reporters behind many of the suspected listings, and behind how many."""
    suspected = found.table[found.table["label"] == 1]
    ids = suspected[next(name for name in IDS if name in suspected)].astype(str)
    weights = suspected.set_index(ids)["weight"]
    claims = outcomes(in_force(events[events["time"] <= found.labels.as_of])).claims
    claims = claims[claims["says"]].drop_duplicates(["listing_id", "reporter"])
    claimed = weights.reindex(claims["listing_id"].astype(str)).fillna(0.0).to_numpy()
    shares = (
        claims.assign(w=claimed).groupby("reporter", observed=True)["w"].sum()
    ) / weights.sum()
    heavy = shares[shares >= HEAVY].sort_index().sort_values(ascending=False, kind="stable")
    return [(str(name), float(share)) for name, share in heavy.iloc[:MOST_HEAVY].items()]


def _without(events: pd.DataFrame, reporter: str) -> pd.DataFrame:
    """Return events as if a reporter had never been there."""
    gone = (events["reporter"] == reporter) & (events["event"] != REVOKE)
    return events[~(gone | events["regards"].isin(events["event_id"][gone]))]
