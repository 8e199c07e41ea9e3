"""What became of claims: who said what of which listing, and what was decided.

Whether a listing infringes is asked once for each reason, so a listing and a reason make a
*matter*. Reporters make claims about matters, reviewers and laboratories decide them. Only
decisions that came after a claim tell of its reporter: nobody earns a record by repeating what has
been decided.

A listing that was removed without a notice decides nothing. It may be the model's own doing, and a
model that learns from its own flags believes itself ever more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fakedetect.events import (
    ACCEPTED,
    AUTHENTICATION,
    COMPLAINT,
    COUNTER_NOTICE,
    COUNTERFEIT,
    ENDORSEMENT,
    GENUINE,
    NOTICE,
    REASONS,
    REINSTATED,
    REJECTED,
    REMOVED,
    REVOKE,
    UPHELD,
    VERDICT,
)

if TYPE_CHECKING:
    import pandas as pd

# How decisions of a matter rank; of those with the highest rank the latest counts.
AUTHENTICATED, JUDGED, ACTED = 3, 2, 1
# What decides, what it says of the listing (whether it infringes), its rank, and how to call it.
_DECIDING = (
    (AUTHENTICATION, COUNTERFEIT, True, AUTHENTICATED, "authenticated as counterfeit"),
    (AUTHENTICATION, GENUINE, False, AUTHENTICATED, "authenticated as genuine"),
    (VERDICT, UPHELD, True, JUDGED, "notice upheld"),
    (VERDICT, REJECTED, False, JUDGED, "notice rejected"),
    (COUNTER_NOTICE, ACCEPTED, False, JUDGED, "counter-notice accepted"),
    (REMOVED, "", True, ACTED, "removed after a notice"),
    (REINSTATED, "", False, ACTED, "reinstated"),
)
WHY = tuple(each[-1] for each in _DECIDING)


class Outcomes(NamedTuple):
    """Claims and decisions up to a date.

    Attributes
    ----------
    claims
        One row for each claim, in the order of time: ``event_id``, ``time``, ``listing_id``,
        ``reporter``, ``reason``, ``matter`` (a number), ``says`` (whether the listing infringes),
        ``complains`` (whether it is a buyer's complaint), ``result`` (1 borne out, 0 refuted; NaN
        open, or told before: decided so already, or said again by the same reporter), ``decided``
        (when; NaT without a result) and ``countered`` (whether a counter-notice was accepted
        since).
    decisions
        One row for each matter that is decided, by its number: ``listing_id``, ``reason``,
        ``says``, ``rank``, ``why`` (a place in ``WHY``) and ``time``.
    """

    claims: pd.DataFrame
    decisions: pd.DataFrame


def in_force(events: pd.DataFrame) -> pd.DataFrame:
    """Return events without what revoked reporters said, and without what answers that.

    Parameters
    ----------
    events
        As ``Ledger.frame`` returns them.
    """
    revoked = events["reporter"][events["event"] == REVOKE].unique()
    if not len(revoked):
        return events
    gone = events["reporter"].isin(revoked)
    return events[~(gone | events["regards"].isin(events["event_id"][gone]))]


def outcomes(events: pd.DataFrame) -> Outcomes:
    """Return what was claimed and decided.

    Parameters
    ----------
    events
        Those in force, in the order of time.
    """
    matters = _matters(events)
    standing = _standing(events, matters)
    last = standing.drop_duplicates("matter", keep="last").set_index("matter").sort_index()
    last["reason"] = np.array(REASONS)[last.index.to_numpy(np.int64) % len(REASONS)]
    return Outcomes(_claims(events, matters, standing, last), last)


def _matters(events: pd.DataFrame) -> pd.Series[int]:
    """Return the matter that each event is about.

    The reason is the event's own, else that of the notice it regards, else, of what answers
    notices, that of the listing's latest one before it, else counterfeit.
    """
    import pandas as pd

    places = {reason: place for place, reason in enumerate(REASONS)}
    reasons = events["reason"].astype(str).map(places)
    notices = events["event"] == NOTICE
    noticed = pd.Series(reasons[notices].to_numpy(), events["event_id"][notices].to_numpy())
    reasons = reasons.fillna(_at(noticed, events["regards"].astype(str)))
    listings = events["listing_id"].cat.codes.astype(np.int64)
    latest = reasons.where(notices).groupby(listings, sort=False).ffill()
    answers = events["event"].isin([VERDICT, COUNTER_NOTICE, REMOVED, REINSTATED])
    reasons = reasons.fillna(latest.where(answers)).where(
        events["event"] != AUTHENTICATION, places[COUNTERFEIT]
    )
    return listings * len(REASONS) + reasons.fillna(places[COUNTERFEIT]).astype(np.int64)


def _standing(events: pd.DataFrame, matters: pd.Series[int]) -> pd.DataFrame:
    """Return decisions in the order of time, each of which stood until the next of its matter."""
    import pandas as pd

    kinds, results = events["event"].astype(str), events["outcome"].astype(str)
    why = pd.Series(-1, events.index)
    for place, (kind, outcome, *_) in enumerate(_DECIDING):
        why[(kinds == kind) & (results == outcome)] = place
    claimed = matters.where(kinds.isin([NOTICE, COMPLAINT])).dropna()
    since = events["time"][claimed.index].groupby(claimed).min()
    noticed = _at(since, matters) <= events["time"]
    acts = kinds.isin([REMOVED, REINSTATED])
    deciding = (why >= 0) & (~acts | noticed)
    found = pd.DataFrame(
        {
            "matter": matters[deciding],
            "listing_id": events["listing_id"][deciding],
            "says": why[deciding].map(dict(enumerate(each[2] for each in _DECIDING))),
            "rank": why[deciding].map(dict(enumerate(each[3] for each in _DECIDING))),
            "why": why[deciding],
            "time": events["time"][deciding],
        }
    )
    found = found.astype({"says": bool, "rank": np.int64})
    return found[found["rank"] == found.groupby("matter")["rank"].cummax()]


def _claims(
    events: pd.DataFrame, matters: pd.Series[int], standing: pd.DataFrame, last: pd.DataFrame
) -> pd.DataFrame:
    import pandas as pd

    kinds = events["event"].astype(str)
    claiming = kinds.isin([NOTICE, ENDORSEMENT, COMPLAINT]) & (events["reporter"] != "")
    found = events.loc[claiming, ["event_id", "time", "listing_id", "reporter"]].copy()
    found["matter"] = matters[claiming]
    found["reason"] = np.array(REASONS)[found["matter"].to_numpy(np.int64) % len(REASONS)]
    found["says"] = kinds[claiming] != ENDORSEMENT
    found["complains"] = kinds[claiming] == COMPLAINT
    before = pd.merge_asof(
        found[["time", "matter"]],
        standing[["time", "matter", "says"]],
        on="time",
        by="matter",
        allow_exact_matches=False,
    )["says"]
    decided = _at(last["time"], found["matter"])
    tells = (decided >= found["time"]) & (before.to_numpy() != found["says"])
    again = found[tells].duplicated(["matter", "reporter"], keep="last")
    tells &= ~again.reindex(found.index, fill_value=False)
    found["decided"] = decided.where(tells)
    agrees = _at(last["says"], found["matter"]) == found["says"]
    found["result"] = agrees.astype(float).where(tells)
    accepted = (kinds == COUNTER_NOTICE) & (events["outcome"] == ACCEPTED)
    latest = events["time"][accepted].groupby(matters[accepted]).max()
    found["countered"] = found["says"] & (_at(latest, found["matter"]) >= found["time"])
    return found.reset_index(drop=True)


def _at(values: pd.Series[Any], keys: pd.Series[Any]) -> pd.Series[Any]:
    """Return the value for each key, missing where there is none; ``map`` stumbles over none."""
    import pandas as pd

    return pd.Series(values.reindex(keys.to_numpy()).array, keys.index)
