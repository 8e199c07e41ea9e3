"""A marketplace of which the truth is known, to test estimators on and to write guides with.

What the ledger's labels are worth can be measured only where the truth is known, and on a real
marketplace nobody knows it. So this one is invented: brands, sellers and rings of sellers;
reporters who are honest or hostile, and err; verdicts that come late or never; wording that
changes. A figure found here says whether a method does what it claims under these assumptions. It
says nothing of how well any model does on real listings.

*Chance.* Each part draws from a generator of its own, and what happens to a listing from some that
go by its number. So the listings of a seed are the same whatever is reported of them, and what
honest reporters report is the same with an attack and without.

*Who is who* is told by names: ``owner-…`` and ``agent-…`` report honestly for a brand, as many as
there are contributors; attackers are called after their attack, ``flip-001``.

*Simplified.* As many listings and fakes appear each week, and all brands and categories are about
equally likely. Honest errors depend neither on each other nor on what the listing says; verdicts
and answers to counter-notices are wrong equally often. Honest reporters endorse authorised sellers'
listings only, laboratories never err, and what was taken down sells no more, even when it is put
back. Nobody learns: attackers do the same from the first week to the last.

*Memory* holds the listings of one week, and the events that are still to come.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fakedetect import events as names
from fakedetect.atomic import check_target, replacing
from fakedetect.simulated_listings import Listings
from fakedetect.simulated_market import ATTACKS, WEEK_S, Market
from fakedetect.simulated_reports import Gold, Pending, Reports

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ATTACKS", "EVENTS", "LISTINGS", "Market", "Week", "Written", "weeks", "write"]

LISTINGS, EVENTS = "listings.csv", "events.csv"


class Week(NamedTuple):
    """What a week brings.

    Attributes
    ----------
    number
        From 1 on.
    listings
        Those that appear, in order of time: ``listing_id``, ``listed`` (ISO 8601), ``seller``,
        ``brand``, ``category``, ``title``, ``description``, ``label`` (the truth: 1 fake,
        0 genuine), ``ring`` (of the seller; empty if none).
    events
        What happens, in order of time and id: the columns of ``events.COLUMNS``, all text.
    """

    number: int
    listings: pd.DataFrame
    events: pd.DataFrame


class Written(NamedTuple):
    """What ``write`` has written: the files, and how much is in them."""

    listings: Path
    events: Path
    n_listings: int
    n_events: int


def weeks(market: Market) -> Iterator[Week]:
    """Yield a marketplace week by week.

    Every listing gives a ``listed`` event; an event comes in the week of its time, and never if
    that is after the last week.

    Parameters
    ----------
    market
        What it is like. The same settings give the same weeks.
    """
    import pandas as pd

    pending = Pending(market.start_s + market.weeks * WEEK_S)
    listings, reports, gold = Listings(market), Reports(market, pending), Gold(market, pending)
    for number in range(1, market.weeks + 1):
        end = market.start_s + number * WEEK_S
        found = listings.of_week(number)
        for listing in found:
            told = {name: getattr(listing, name) for name in ("brand", "seller", *names.TEXTS)}
            pending.add(names.LISTED, listing.listed, listing, **told)
            reports.add(listing)
        gold.add(found, number, end)
        frame = pd.DataFrame([listing.row() for listing in found])
        rows = pd.DataFrame(pending.until(end), columns=list(names.COLUMNS), dtype="str")
        yield Week(number, frame, rows)


def write(market: Market, folder: str | Path) -> Written:
    """Write ``listings.csv`` and ``events.csv`` into a folder, each of which appears whole.

    Raises
    ------
    InputError
        When a file cannot be written.
    """
    paths = {name: Path(folder, name) for name in (LISTINGS, EVENTS)}
    for path in paths.values():
        check_target(path)
    counts = {}
    # One after the other, and the weeks made twice: that is cheaper than to hold either.
    for name, path in paths.items():
        with replacing(path) as file:
            counts[name] = 0
            for week in weeks(market):
                frame = week.listings if name == LISTINGS else week.events
                text = frame.to_csv(index=False, header=week.number == 1, lineterminator="\n")
                file.write(text.encode())
                counts[name] += len(frame)
    return Written(paths[LISTINGS], paths[EVENTS], counts[LISTINGS], counts[EVENTS])
