"""Which month, brand, seller, reporter and reason an event belongs to.

Few events say all of it themselves. A removal has no reporter, but the notice that it answers has;
and whoever sees a listing for the first time may not know its brand, but somebody later does.

*Order.* Events go by time. Of the same moment, what answers (a verdict, a counter-notice, a
removal) comes after what it may answer, and after sales. So where only days are known, a sale and a
notice of the day of the removal count against the programme.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fakedetect.errors import InputError
from fakedetect.events import (
    COMPLAINT,
    COUNTER_NOTICE,
    COUNTERFEIT,
    NOTICE,
    REINSTATED,
    REMOVED,
    REVOKE,
    VERDICT,
)
from fakedetect.metrics import Bools, Ints

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

PERIODS = ("month", "quarter", "week")
_OF_NOTICES = ("reporter", "reason")  # which listings do not have
BY = (*PERIODS, "brand", "seller", *_OF_NOTICES)
MEMBERSHIP = (
    "A removed listing counts once, when it was first removed; a listing, when it was first seen; a"
    " notice, with all that became of it, when it was filed; a verdict or counter-notice, when it"
    " was decided. Periods are in UTC, weeks those of ISO 8601. Brand and seller are the event's"
    " own, else those of the notice that it answers, else the listing's latest known by then, else"
    " its first known later. What answers a notice has its reason and reporter, and if it names"
    " none, those of the listing's latest notice by then; a complaint without a reason is about a"
    " suspected counterfeit, and buyers are no reporters. At the same moment a sale or a notice"
    " counts as before the removal."
)


class Key(NamedTuple):
    """What each event belongs to: its place (shape (n,)) among names, which are in order."""

    codes: Ints
    names: list[str]


class Groups(NamedTuple):
    """Groups of events.

    Attributes
    ----------
    of
        The group of each event; that of those that count in none means nothing.
    n_listed
        Listings that its notices are compared with, for each group.
    names
        What the groups are called, for each name that they go by.
    """

    of: Ints
    n_listed: Ints
    names: list[list[str]]


class Story:
    """Events in order; a row is a place among them, and ``n`` where there is none.

    Parameters
    ----------
    events
        As ``Ledger.frame`` returns them. Revocations, which are about no listing, are left out.

    Attributes
    ----------
    n
        How many there are.
    events
        The events, by row.
    times
        When each was, in UTC (datetime64, in microseconds).
    listings
        A number for the listing of each.
    """

    def __init__(self, events: pd.DataFrame) -> None:
        events = events[events["event"] != REVOKE]
        answers = events["event"].isin([VERDICT, COUNTER_NOTICE, REMOVED, REINSTATED])
        times = events["time"].dt.tz_convert(None).to_numpy().astype("datetime64[us]")
        order = np.lexsort((answers.to_numpy(), times))
        self.n = len(order)
        self.events = events.iloc[order].reset_index(drop=True)
        self.times = times[order]
        self.listings = self.events["listing_id"].cat.codes.to_numpy()

    def are(self, *kinds: str, outcomes: Sequence[str] | None = None) -> Bools:
        """Return which events are of some kinds, and have one of some outcomes."""
        found = self.events["event"].isin(kinds)
        if outcomes is not None:
            found &= self.events["outcome"].isin(outcomes)
        return found.to_numpy(bool)

    def rows(self, *kinds: str, outcomes: Sequence[str] | None = None) -> Ints:
        """Return the rows of such events."""
        return np.flatnonzero(self.are(*kinds, outcomes=outcomes))

    def firsts(self, kind: str) -> Ints:
        """Return the row of each listing's first event of a kind, in no order."""
        rows = self.rows(kind)
        _, places = np.unique(self.listings[rows], return_index=True)
        return rows[places]

    def latest(self, those: Bools) -> Ints:
        """Return the latest of those events about the same listing, up to each row."""
        return self._rows(self._by_listing(those).ffill())

    def next(self, those: Bools) -> Ints:
        """Return the next of those events about the same listing, from each row on."""
        return self._rows(self._by_listing(those).bfill())

    def _by_listing(self, those: Bools) -> Any:
        import pandas as pd

        rows = pd.Series(np.arange(self.n)).where(those)
        return rows.groupby(self.listings, sort=False)

    def _rows(self, found: pd.Series[float]) -> Ints:
        return np.asarray(found.fillna(self.n), np.int64)

    @cached_property
    def regarded(self) -> Ints:
        """The row of the notice or complaint that each event says it regards."""
        import pandas as pd

        claims = self.rows(NOTICE, COMPLAINT)
        regards = self.events["regards"].cat
        places = pd.Index(self.events["event_id"].iloc[claims]).get_indexer(regards.categories)
        rows: Ints = np.append(claims, self.n)[places]  # -1, for not found, takes the last
        return rows[regards.codes.to_numpy()]

    def closing(self) -> Ints:
        """Return the row that closes each notice; what stands for other events means nothing."""
        answers = self.are(VERDICT, REMOVED)
        closing = self.next(answers & (self.events["regards"] == "").to_numpy(bool))
        named = np.flatnonzero(answers & (self.regarded < np.arange(self.n)))
        np.minimum.at(closing, self.regarded[named], named)
        return closing


def keys(story: Story, by: Sequence[str]) -> list[Key]:
    """Return what events belong to, for each name that groups go by.

    Parameters
    ----------
    story
        The events.
    by
        Some of ``BY``. Where an event has none, the name is empty.

    Raises
    ------
    InputError
        When groups cannot go by a name, or one is there twice.
    """
    for place, name in enumerate(by):
        if name not in BY:
            raise InputError(f"cannot group by {name!r:.40}; group by some of {', '.join(BY)}")
        if name in by[:place]:
            raise InputError(f"{name!r} is there twice to group by; name it once")
    return [_key(story, name) for name in by]


def grouped(story: Story, by: Sequence[str], counting: Sequence[Ints], listed: Ints) -> Groups:
    """Return the groups that any event counts in, in the order of their names.

    Parameters
    ----------
    story
        The events.
    by
        As for ``keys``; at least one.
    counting
        Rows that count.
    listed
        Rows that tell of a listing each. They count too, unless groups go by what listings do not
        have: one that nobody reported is in no reporter's group.

    Raises
    ------
    InputError
        As ``keys`` does.
    """
    found = keys(story, by)
    wide = [key for name, key in zip(by, found, strict=True) if name not in _OF_NOTICES]
    if len(wide) == len(found):
        counting = [*counting, listed]
    rows = np.unique(np.concatenate(counting))
    numbers = _combined(found, story.n)[rows]
    _, first, places = np.unique(numbers, return_index=True, return_inverse=True)
    of = np.zeros(story.n, np.int64)
    of[rows] = places
    some = rows[first]  # one of each group
    compared = _combined(wide, story.n)
    n_listed = np.bincount(compared[listed], minlength=story.n)[compared[some]]
    return Groups(of, n_listed, [[names[code] for code in codes[some]] for codes, names in found])


def _combined(found: Sequence[Key], n: int) -> Ints:
    """Return a number for all that each of n events belongs to, in the order of the names."""
    numbers = np.zeros(n, np.int64)
    for codes, names in found:
        # Numbered anew each time, since the product of many keys would overflow.
        _, numbers = np.unique(numbers * len(names) + codes, return_inverse=True)
    return numbers


def _key(story: Story, name: str) -> Key:
    if name in PERIODS:
        return _period(story, name)
    if name == "reporter":
        return _reporter(story)
    if name == "reason":
        return _reason(story)
    return _of_listing(story, name)


def _period(story: Story, period: str) -> Key:
    days, places = np.unique(story.times.astype("datetime64[D]"), return_inverse=True)
    names, codes = np.unique([_named(day, period) for day in days.tolist()], return_inverse=True)
    return Key(codes[places], names.tolist())


def _named(day: date, period: str) -> str:
    """Return the name of a day's period; names sort as the periods do."""
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    if period == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    return f"{day:%Y-%m}"


def _of_listing(story: Story, name: str) -> Key:
    """Return the brand or seller that each event names, else one that others name.

    Those are the notice that it answers, then the latest about the listing, then the next.
    """
    own, names = _coded(story.events[name])
    codes, is_named = own, own > 0
    for rows in (story.regarded, story.latest(is_named), story.next(is_named)):
        codes = np.where(codes > 0, codes, _at(rows, own))
    return Key(codes, names)


def _reporter(story: Story) -> Key:
    """Return who filed each notice, or the one that an event answers; buyers are no reporters."""
    codes, names = _coded(story.events["reporter"])
    return Key(_of_notice(story, np.where(story.are(NOTICE), codes, 0)), names)


def _reason(story: Story) -> Key:
    """Return the reason of each event, or of the notice that it answers."""
    codes, names = _coded(story.events["reason"], COUNTERFEIT)
    unsaid = story.are(COMPLAINT) & (codes == 0)
    return Key(_of_notice(story, np.where(unsaid, names.index(COUNTERFEIT), codes)), names)


def _of_notice(story: Story, own: Ints) -> Ints:
    """Return events' own codes; what answers notices has those of a notice if it has none.

    That is the notice that it names, else the latest about the listing.
    """
    latest = story.latest(story.are(NOTICE))
    source = np.where(story.regarded < story.n, story.regarded, latest)
    inherits = story.are(VERDICT, COUNTER_NOTICE, REMOVED) & (own == 0)
    return np.where(inherits, _at(source, own), own)


def _coded(column: pd.Series[Any], also: str = "") -> Key:
    """Return a categorical column's key, in which 0 is empty; another name may be added."""
    names = sorted({"", also, *column.cat.categories})
    return Key(np.asarray(column.cat.set_categories(names).cat.codes, np.int64), names)


def _at(rows: Ints, codes: Ints) -> Ints:
    """Return the codes of rows, 0 where there is no row."""
    return np.append(codes, 0)[rows]
