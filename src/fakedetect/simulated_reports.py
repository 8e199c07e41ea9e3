"""What is reported of the listings of an invented marketplace, in truth or not, and what follows.

A listing's number gives the generators of what happens to it, one each for honest reporters,
attackers and buyers. So what the honest report does not depend on who attacks.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fakedetect import events as names
from fakedetect.simulated_listings import Listing, pick
from fakedetect.simulated_market import DAY_S, Market

_N_REVIEWERS = 5


class _Attack(NamedTuple):
    """What an attack does; the defaults are a marketplace without one.

    Attributes
    ----------
    n_reporters
        How many take turns.
    share
        Share (0-1) of the listings below that something is claimed of, where none is asked for.
    of_fakes, of_genuine
        The event that claims something of fakes, and of genuine listings; empty if none does.
    category
        Of which alone something is claimed; empty if of all.
    n_corrupt
        Reviewers who decide against the truth.
    objecting
        Share (0-1) of the notices of fakes that sellers object to.
    """

    n_reporters: int = 0
    share: float = 0.0
    of_fakes: str = ""
    of_genuine: str = ""
    category: str = ""
    n_corrupt: int = 0
    objecting: float = 0.05


_ATTACKS = {
    "none": _Attack(),
    "flip": _Attack(1, 0.05, names.ENDORSEMENT, names.NOTICE),
    "smear": _Attack(1, 1.0, names.NOTICE, names.NOTICE, category="bags"),
    "hide": _Attack(1, 0.3, names.ENDORSEMENT, objecting=0.8),
    "sybils": _Attack(200, 0.1, names.ENDORSEMENT, names.NOTICE),
    "majority": _Attack(20, 0.3, names.ENDORSEMENT, names.NOTICE, n_corrupt=4),
}


def _delay(rng: np.random.Generator, median_days: float) -> int:
    """Return a log-normal delay in seconds, at least one."""
    return max(1, int(DAY_S * median_days * math.exp(0.8 * rng.standard_normal())))


class Pending:
    """Events that are still to come, in order of time.

    Parameters
    ----------
    end
        When the marketplace ends, in seconds since 1970; what would come later is forgotten.
    """

    def __init__(self, end: int) -> None:
        self._end = end
        self._n = 0
        self._heap: list[tuple[int, str, tuple[str, ...]]] = []

    def add(self, kind: str, when: int, listing: Listing, **cells: str) -> str:
        """Add an event at a time in seconds since 1970, and return its id."""
        self._n += 1
        known = {
            "event_id": f"e{self._n:07d}",
            "event": kind,
            "time": names.time_text(when * 1_000_000),
            "listing_id": listing.id,
            **cells,
        }
        if when < self._end:
            row = tuple(known.get(column, "") for column in names.COLUMNS)
            heapq.heappush(self._heap, (when, known["event_id"], row))
        return known["event_id"]

    def until(self, end: int) -> list[tuple[str, ...]]:
        """Take out the events before a time, in order of time and id."""
        found = []
        while self._heap and self._heap[0][0] < end:
            found.append(heapq.heappop(self._heap)[-1])
        return found


class Gold:
    """The owner's labels, as many in each week.

    Parameters
    ----------
    market
        What it is like.
    pending
        Where the events are added.
    """

    def __init__(self, market: Market, pending: Pending) -> None:
        self._market, self._pending = market, pending
        self._rng = np.random.default_rng((market.seed, 2))
        n_fakes = market.n_gold // 2
        self._wanted = {True: n_fakes, False: market.n_gold - n_fakes}
        self._given = {True: 0, False: 0}

    def add(self, listings: Sequence[Listing], number: int, end: int) -> None:
        """Label some listings of a week that ends at a time."""
        for is_fake, wanted in self._wanted.items():
            among = [listing for listing in listings if listing.is_fake == is_fake]
            # What a week of few fakes lacks is made good later.
            due = self._market.come(wanted, number) - self._given[is_fake]
            chosen = self._rng.permutation(len(among))[:due].tolist()
            self._given[is_fake] += len(chosen)
            for place in chosen:
                when = int(self._rng.integers(among[place].listed + 1, end))
                outcome = names.COUNTERFEIT if is_fake else names.GENUINE
                self._pending.add(names.GOLD, when, among[place], outcome=outcome)


@dataclass
class _Case:
    """What happens to a listing: the lot of what is reported, and whether it was taken down."""

    listing: Listing
    rng: np.random.Generator
    removed: int | None = None


class Reports:
    """Claims about listings, and what follows from them.

    Parameters
    ----------
    market
        What it is like.
    pending
        Where the events are added.
    """

    def __init__(self, market: Market, pending: Pending) -> None:
        self._market, self._pending = market, pending
        self._attack, self._n_claims = _ATTACKS[market.attack], 0
        if market.attack_share is not None:
            self._attack = self._attack._replace(share=market.attack_share)
        # How often a listing is reported, so that as many notices are wrong as was asked for.
        error, prevalence = market.honest_error, market.prevalence
        wrong = error / (1 - error) * prevalence / (1 - prevalence)
        self._reported = {True: 1 / max(1, wrong), False: min(1, wrong)}

    def add(self, listing: Listing) -> None:
        """Add all that will happen to a listing."""
        honest, hostile, buyers = (
            np.random.default_rng((self._market.seed, stream, listing.number))
            for stream in (3, 4, 5)
        )
        case = _Case(listing, honest)
        if listing.brand in self._market.contributors:
            self._honest(case)
        case.rng = hostile
        self._hostile(case)
        case.rng = buyers
        self._bought(case)

    def _honest(self, case: _Case) -> None:
        listing, rng = case.listing, case.rng
        owner, agent = (f"{role}-{listing.brand}" for role in ("owner", "agent"))
        for reporter, share in ((owner, 0.7), (agent, 0.15)):
            if rng.random() < share * self._reported[listing.is_fake]:
                self._notice(case, reporter, names.COUNTERFEIT, median_days=4)
        if rng.random() < 0.01:
            self._notice(case, owner, pick(rng, ("trademark", "copyright")), median_days=8)
        if listing.is_authorised and rng.random() < 0.4:
            self._endorsement(case, agent)

    def _hostile(self, case: _Case) -> None:
        attack, listing = self._attack, case.listing
        claim = attack.of_fakes if listing.is_fake else attack.of_genuine
        is_meant = attack.category in ("", listing.category)
        if not claim or not is_meant or case.rng.random() >= attack.share:
            return
        reporter = f"{self._market.attack}-{self._n_claims % attack.n_reporters + 1:03d}"
        self._n_claims += 1
        if claim == names.ENDORSEMENT:
            self._endorsement(case, reporter)
        else:
            self._notice(case, reporter, names.COUNTERFEIT, median_days=1)

    def _endorsement(self, case: _Case, reporter: str) -> None:
        when = case.listing.listed + _delay(case.rng, 1)
        brand = case.listing.brand
        self._pending.add(names.ENDORSEMENT, when, case.listing, reporter=reporter, brand=brand)

    def _notice(self, case: _Case, reporter: str, reason: str, *, median_days: float) -> None:
        """File a notice, and have it decided and answered, or not."""
        listing = case.listing
        when = listing.listed + _delay(case.rng, median_days)
        told = {"reporter": reporter, "brand": listing.brand, "reason": reason}
        notice = self._pending.add(names.NOTICE, when, listing, **told)
        # A generator of its own: what is reported next must not depend on what became of this.
        [rng] = case.rng.spawn(1)
        is_removed = False
        if rng.random() < self._market.decided:
            # Whether a mark was misused or a picture taken has nothing to do with the goods.
            is_right = listing.is_fake if reason == names.COUNTERFEIT else bool(rng.random() < 0.8)
            when += _delay(rng, 3)
            is_upheld, told = self._decision(rng, is_right, (names.UPHELD, names.REJECTED))
            self._pending.add(names.VERDICT, when, listing, regards=notice, **told)
            if not is_upheld:
                return
            is_removed = case.removed is None
            if is_removed:
                when += _delay(rng, 0.1)
                case.removed = when
                self._pending.add(names.REMOVED, when, listing, regards=notice)
        accepted = self._objection(listing, notice, when, rng)
        if is_removed and accepted is not None:
            back = accepted + _delay(rng, 0.1)
            self._pending.add(names.REINSTATED, back, listing, regards=notice)

    def _objection(
        self, listing: Listing, notice: str, when: int, rng: np.random.Generator
    ) -> int | None:
        """Have the seller object, or not; return when that was accepted, None if it was not."""
        if rng.random() >= (self._attack.objecting if listing.is_fake else 0.5):
            return None
        when += _delay(rng, 3)
        outcomes = names.ACCEPTED, names.REJECTED
        is_accepted, told = self._decision(rng, not listing.is_fake, outcomes)
        if rng.random() < 0.3:  # still open
            is_accepted, told = False, {}
        told["seller"] = listing.seller
        self._pending.add(names.COUNTER_NOTICE, when, listing, regards=notice, **told)
        return when if is_accepted else None

    def _decision(
        self, rng: np.random.Generator, is_right: bool, outcomes: tuple[str, str]
    ) -> tuple[bool, dict[str, str]]:
        """Return whether a claim is accepted, and what is told of it."""
        number = int(rng.integers(_N_REVIEWERS))
        is_wrong = bool(rng.random() < self._market.reviewer_error)
        is_accepted = is_right != (is_wrong or number < self._attack.n_corrupt)
        outcome = outcomes[0] if is_accepted else outcomes[1]
        return is_accepted, {"outcome": outcome, "reviewer": f"reviewer-{number + 1}"}

    def _bought(self, case: _Case) -> None:
        """Have the item examined, sell it, have its buyer complain, or not."""
        listing, rng = case.listing, case.rng
        if rng.random() < 0.02:
            when = listing.listed + _delay(rng, 9)
            truth = names.COUNTERFEIT if listing.is_fake else names.GENUINE
            outcome = truth if rng.random() < 0.95 else "inconclusive"
            told = {"outcome": outcome, "reviewer": "lab-1"}
            self._pending.add(names.AUTHENTICATION, when, listing, **told)
        sold = listing.listed + _delay(rng, 6)
        if rng.random() >= 0.4 or (case.removed is not None and sold >= case.removed):
            return
        self._pending.add(names.SALE, sold, listing)
        if rng.random() < (0.25 if listing.is_fake else 0.015):
            # No reason means that it is said to be a counterfeit.
            reason = "" if listing.is_fake or rng.random() < 0.3 else "other"
            told = {"reporter": f"buyer-{int(rng.integers(1, 20_001))}", "reason": reason}
            self._pending.add(names.COMPLAINT, sold + _delay(rng, 5), listing, **told)
