"""Figures of a brand-protection programme, as marketplaces publish them, from a ledger's events.

Each share comes with its numerator and denominator, and each figure with its definition in words,
because programmes define the same name differently: how much was removed before a sale depends on
which removals count, and when a notice is closed on what closes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fakedetect.events import (
    ACCEPTED,
    COMPLAINT,
    COUNTER_NOTICE,
    LISTED,
    NOTICE,
    REJECTED,
    REMOVED,
    SALE,
    UPHELD,
    VERDICT,
)
from fakedetect.metrics import Floats, Ints, ratio
from fakedetect.programme_groups import BY, MEMBERSHIP, PERIODS, Groups, Story, grouped

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BY", "FIGURES", "MEMBERSHIP", "PERIODS", "Definition", "Programme", "figures"]


class Definition(NamedTuple):
    """A figure: its name in data, what it is called, its kind, and how it is counted.

    The kind is ``"share"`` (mostly 0-1), ``"per thousand"``, ``"ratio"``, ``"median"`` (of hours)
    or ``"count"``.
    """

    name: str
    words: str
    kind: str
    definition: str


FIGURES = (
    Definition(
        "removed_before_sale",
        "removed before a sale",
        "share",
        "removed listings of which nothing was sold up to their removal, of all removed listings",
    ),
    Definition(
        "proactive",
        "removed proactively",
        "share",
        "removed listings that nobody had reported, and no buyer complained of, up to their"
        " removal, of all removed listings",
    ),
    Definition(
        "complaints_to_removals",
        "complaints to removals",
        "ratio",
        "buyers' complaints for each removed listing",
    ),
    Definition(
        "counter_notices_to_removals",
        "objections accepted to removals",
        "share",
        "accepted counter-notices for each removed listing",
    ),
    Definition(
        "notices_per_thousand",
        "notices per thousand listings",
        "per thousand",
        "notices for each thousand listings that were first seen; listings have no reporter and"
        " no reason, so groups that differ in nothing else have the same listings",
    ),
    Definition(
        "hours_to_close",
        "median hours to close",
        "median",
        "hours from a notice to the first verdict or removal that answers it, the median of closed"
        " notices; what names no notice answers all of its listing's before it. Open notices are"
        " left out, so the latest ones look faster than they will have been",
    ),
    Definition(
        "open_notices",
        "open notices",
        "count",
        "notices that no verdict and no removal has answered, of all notices",
    ),
    Definition(
        "upheld",
        "verdicts that uphold",
        "share",
        "verdicts that uphold a notice, of all verdicts",
    ),
    Definition(
        "counter_notices_accepted",
        "objections accepted",
        "share",
        "counter-notices that were accepted, of those accepted or rejected",
    ),
)
_MEDIANS = {figure.name for figure in FIGURES if figure.kind == "median"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Programme:
    """The figures of a programme.

    Attributes
    ----------
    by
        What groups go by, some of ``BY``.
    as_of
        Up to when events count, in UTC: the date asked for, else the last event's time; None
        without events.
    n_events
        How many those are.
    table
        The figures, as ``as_table`` returns them.
    """

    by: tuple[str, ...]
    as_of: datetime | None
    n_events: int
    table: pd.DataFrame = field(repr=False)

    def as_table(self) -> pd.DataFrame:
        """Return a flat table, one row for each group and figure; the total comes first.

        Columns are ``scope`` (total or group), those of ``by`` (missing in the total, empty where
        an event has none), ``figure``, ``value`` (NaN where undefined), ``numerator`` and
        ``denominator``. A median has no numerator, and how many it is of as denominator.
        """
        return self.table.copy()

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain data, with the definitions."""
        columns = ("figure", "value", "numerator", "denominator")
        told = list(map(_told, *(self.table[name].tolist() for name in columns)))
        n = len(FIGURES)
        total, *groups = (dict(told[start : start + n]) for start in range(0, len(told), n))
        names = self.table[list(self.by)].iloc[n::n].to_dict("records")
        return {
            "by": list(self.by),
            "as_of": None if self.as_of is None else _text(self.as_of),
            "n_events": self.n_events,
            "total": total,
            "groups": [
                {"group": group, "figures": found}
                for group, found in zip(names, groups, strict=True)
            ],
            "definitions": [figure._asdict() for figure in FIGURES],
            "membership": MEMBERSHIP,
        }


def figures(
    events: pd.DataFrame, *, by: Sequence[str] = ("month",), as_of: datetime | None = None
) -> Programme:
    """Return the figures of a programme, in all and for each group.

    Parameters
    ----------
    events
        As ``Ledger.frame`` returns them; whose events count is the caller's choice.
    by
        What groups go by, some of ``BY``; without any there is the total alone.
    as_of
        Leaves out later events; with a zone. None takes all.

    Raises
    ------
    InputError
        When groups cannot go by a name, or one is there twice.
    """
    if as_of is not None:
        events = events[events["time"] <= as_of]
    elif len(events):
        as_of = events["time"].max().to_pydatetime()
    story = Story(events)
    counted = _counted(story)
    parts = [Groups(np.zeros(story.n, np.int64), np.array([len(counted.listed)]), [])]
    if by:
        rows = [each for pair in counted.shares.values() for each in pair]
        counting = [each for each in rows if each is not counted.listed]
        parts.append(grouped(story, by, counting, counted.listed))
    return Programme(
        by=tuple(by),
        as_of=None if as_of is None else as_of.astimezone(UTC),
        n_events=story.n,
        table=_table(by, parts[-1].names, [_measured(counted, part) for part in parts]),
    )


def _told(name: str, value: float, part: int, whole: int) -> tuple[str, dict[str, float]]:
    """Return a figure's name, and the figure as plain data."""
    if name in _MEDIANS:
        return name, {"value": value, "n": whole}
    return name, {"value": value, "numerator": part, "denominator": whole}


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


class _Counted(NamedTuple):
    """What is counted: rows of events.

    Attributes
    ----------
    shares
        For each figure but medians its numerator and denominator.
    closed, hours
        Closed notices, and how long each took.
    listed
        The event by which each listing was first seen.
    """

    shares: dict[str, tuple[Ints, Ints]]
    closed: Ints
    hours: Floats
    listed: Ints


def _counted(story: Story) -> _Counted:
    removed, listed = story.firsts(REMOVED), story.firsts(LISTED)
    unsold = story.latest(story.are(SALE))[removed] == story.n
    unclaimed = story.latest(story.are(NOTICE, COMPLAINT))[removed] == story.n
    notices = story.rows(NOTICE)
    closing = story.closing()[notices]
    is_closed = closing < story.n
    closed = notices[is_closed]
    took = story.times[closing[is_closed]] - story.times[closed]
    accepted = story.rows(COUNTER_NOTICE, outcomes=[ACCEPTED])
    shares = {
        "removed_before_sale": (removed[unsold], removed),
        "proactive": (removed[unclaimed], removed),
        "complaints_to_removals": (story.rows(COMPLAINT), removed),
        "counter_notices_to_removals": (accepted, removed),
        "notices_per_thousand": (notices, listed),
        "open_notices": (notices[~is_closed], notices),
        "upheld": (
            story.rows(VERDICT, outcomes=[UPHELD]),
            story.rows(VERDICT, outcomes=[UPHELD, REJECTED]),
        ),
        "counter_notices_accepted": (
            accepted,
            story.rows(COUNTER_NOTICE, outcomes=[ACCEPTED, REJECTED]),
        ),
    }
    return _Counted(shares, closed, took / np.timedelta64(1, "h"), listed)


def _measured(counted: _Counted, groups: Groups) -> Floats:
    """Return values, numerators and denominators, shape (3, n_groups, n_figures)."""
    import pandas as pd

    n = len(groups.n_listed)

    def counts(rows: Ints) -> Ints:
        return np.bincount(groups.of[rows], minlength=n)

    values, parts, wholes = found = np.full((3, n, len(FIGURES)), np.nan)
    for place, figure in enumerate(FIGURES):
        if figure.kind == "median":
            medians = pd.Series(counted.hours).groupby(groups.of[counted.closed]).median()
            values[medians.index, place] = medians
            wholes[:, place] = counts(counted.closed)
            continue
        some, all_of_them = counted.shares[figure.name]
        is_listed = all_of_them is counted.listed
        parts[:, place] = counts(some)
        wholes[:, place] = groups.n_listed if is_listed else counts(all_of_them)
        scale = 1000 if figure.kind == "per thousand" else 1
        share = ratio(parts[:, place], wholes[:, place]) * scale
        values[:, place] = parts[:, place] if figure.kind == "count" else share
    return found


def _table(
    by: Sequence[str], names: Sequence[Sequence[str]], measures: Sequence[Floats]
) -> pd.DataFrame:
    """Return the total's and the groups' measures as ``Programme.as_table`` does."""
    import pandas as pd

    values, parts, wholes = (each.ravel() for each in np.concatenate(measures, axis=1))
    n = len(values) // len(FIGURES)
    cells: dict[str, list[Any]] = {"scope": ["total", *["group"] * (n - 1)]}
    cells |= {name: [None, *column] for name, column in zip(by, names, strict=True)}
    return pd.DataFrame(
        {
            **{
                name: pd.Series(column, dtype="str").repeat(len(FIGURES)).array
                for name, column in cells.items()
            },
            "figure": np.tile([figure.name for figure in FIGURES], n),
            "value": values,
            "numerator": pd.array(parts, "Int64"),
            "denominator": wholes.astype(np.int64),
        }
    )
