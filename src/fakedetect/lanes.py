"""What happens to a scored listing: its lane, and how a review budget is filled.

A listing in the lane *hold* is kept back until somebody has looked at it, one in *review* is looked
at, one in *clear* is not. The highest scores fill a budget, and of equal scores the largest
margins: from a margin of about 37 on, every score is rounded to 1. Some of the budget may go to
listings drawn by lot from all others: without them nobody would learn how many suspected ones are
missed (see ``sampling``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fakedetect.errors import InputError
from fakedetect.metrics import Bools, Floats

LANES = ("hold", "review", "clear")
HOLD, REVIEW, CLEAR = range(3)
NO_LANE = -1  # of a record without a score

UNREACHED = math.inf  # a threshold that no score reaches, and no margin
# A share of a number of listings may be a whole number in decimals and a hair less in binary.
_HAIR = 1e-6


@dataclass(frozen=True)
class Budget:
    """How many listings can be looked at: a share of those scored, or a number of them.

    Parameters
    ----------
    share
        From 0 to 1.
    n
        Not below 0.
    explore
        The share (0-1) of the budget that goes to listings drawn by lot from those not flagged.
    seed
        Of their draws; see ``sampling.draws``.

    Raises
    ------
    InputError
        When it is neither a share nor a number, or both, or a value is out of its range.

    Examples
    --------
    >>> Budget(share=0.0002).of(10_000_000), Budget(n=2000).of(500)
    (2000, 500)
    """

    share: float | None = None
    n: int | None = None
    explore: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if (self.share is None) == (self.n is None):
            raise InputError("a budget is a share of the listings or a number of them; name one")
        if self.share is not None and not 0 <= self.share <= 1:
            raise InputError(f"the budget {self.share} is not a share between 0 and 1")
        if self.n is not None and self.n < 0:
            raise InputError(f"the budget {self.n} is below 0")
        if not 0 <= self.explore <= 1:
            raise InputError(f"the share to explore, {self.explore}, is not between 0 and 1")

    def of(self, n_scored: int) -> int:
        """Return how many of so many scored listings can be looked at; a share is rounded down."""
        if self.n is not None:
            return min(int(self.n), n_scored)
        assert self.share is not None  # noqa: S101 # for the type checker
        return min(math.floor(self.share * n_scored + _HAIR), n_scored)


class Assigned(NamedTuple):
    """What was decided about some listings.

    Attributes
    ----------
    flagged
        Whether the score, or the margin where it decides, reaches the threshold, shape (n,).
    lanes
        Places in ``LANES``, shape (n,); ``NO_LANE`` where there is no score.
    inclusion_probability
        How likely the listing was to be looked at before lots were drawn, shape (n,): 1 for flagged
        ones, the same for all others; NaN where there is no score.
    """

    flagged: Bools
    lanes: npt.NDArray[np.int8]
    inclusion_probability: Floats

    def slice(self, start: int, n: int) -> Assigned:
        """Return the same of at most n listings from one on."""
        end = start + n
        return Assigned(
            self.flagged[start:end], self.lanes[start:end], self.inclusion_probability[start:end]
        )


class Policy(NamedTuple):
    """By what a listing comes into its lane; as it stands here, none is flagged or drawn.

    Attributes
    ----------
    threshold
        Listings are flagged from this score on.
    hold
        Flagged listings are held from this score on; None holds none. Where it is below the
        threshold, all flagged ones are held and no others: a listing that nobody has the time to
        look at is not kept back.
    cut
        Listings that are not flagged are looked at if their draw is below this, from 0 to 1.
    inclusion_probability
        How large a share of them that is.
    margin
        Listings whose score is the threshold are flagged from this margin on; None flags them all.
    """

    threshold: float = UNREACHED
    hold: float | None = None
    cut: float = 0.0
    inclusion_probability: float = 0.0
    margin: float | None = None

    @property
    def flagged_from(self) -> float | None:
        """The score from which listings are flagged; None where no score is high enough."""
        return None if self.threshold == UNREACHED else self.threshold

    @property
    def held_from(self) -> float | None:
        """The score from which listings are held in fact: only what is flagged is held."""
        if self.hold is None or self.flagged_from is None:
            return None
        return max(self.hold, self.threshold)

    def assign(
        self, scores: Floats, draws: Floats | None = None, *, margins: Floats | None = None
    ) -> Assigned:
        """Return the lanes of listings.

        Parameters
        ----------
        scores
            From 0 to 1, NaN for a record without one, shape (n,).
        draws
            From 0 up to but not including 1, as ``sampling.draws`` makes them, shape (n,); None
            where none is to be drawn.
        margins
            Log-odds, NaN where there is no score, shape (n,); needed where a margin decides.

        Raises
        ------
        InputError
            When a margin decides and there are none.
        """
        flagged = self._flagged(scores, margins)
        lanes = np.where(flagged, REVIEW, CLEAR).astype(np.int8)
        if draws is not None:
            lanes[draws < self.cut] = REVIEW
        if self.held_from is not None:
            lanes[flagged & (scores >= self.held_from)] = HOLD
        missing = np.isnan(scores)
        lanes[missing] = NO_LANE
        probability = np.where(flagged, 1.0, self.inclusion_probability)
        return Assigned(flagged, lanes, np.where(missing, np.nan, probability))

    def _flagged(self, scores: Floats, margins: Floats | None) -> Bools:
        if self.margin is None:
            return scores >= self.threshold
        if margins is None:
            raise InputError("equal scores are told apart by their margins; give the margins")
        is_tied = scores == self.threshold
        return np.where(is_tied, margins >= self.margin, scores > self.threshold)


class Filling(NamedTuple):
    """How a budget was filled.

    Attributes
    ----------
    n
        The listings that could be looked at.
    n_explore
        How many of them were to be drawn by lot.
    n_tied_out
        How many listings stayed out because they have equal margins, or equal scores where no
        margins are known, not all of which fit.
    """

    n: int
    n_explore: int
    n_tied_out: int


def filled(
    scores: Floats,
    budget: Budget,
    *,
    margins: Floats | None = None,
    hold: float | None = None,
    draws: Floats | None = None,
) -> tuple[Policy, Filling]:
    """Return the policy that fills a budget with listings.

    Parameters
    ----------
    scores
        Of all listings that the budget is for, NaN for a record without one, shape (n,).
    budget
        How many of them can be looked at. What is to be explored comes to a whole number, and
        exactly so many are drawn, each as likely as the other. Equal draws, which equal ids have,
        stay out together where not all of them fit.
    margins
        Log-odds of the same listings, which tell equal scores apart, NaN where there is no score,
        shape (n,). None leaves equal scores together: where not all at the edge fit, all of them
        stay out, however many have a score of exactly 1. So do equal margins.
    hold
        As in ``Policy``.
    draws
        As for ``Policy.assign``; needed to explore.

    Raises
    ------
    InputError
        When there are no draws to explore by.
    """
    if budget.explore and draws is None:
        raise InputError("exploring draws listings by lot; give their draws")
    n = budget.of(int(np.count_nonzero(~np.isnan(scores))))
    n_explore = round(budget.explore * n)
    threshold, margin, n_tied = _edge(scores, margins, n - n_explore)
    policy = Policy(threshold, hold, margin=margin)
    if draws is not None:
        flagged = policy.assign(scores, margins=margins).flagged
        others = draws[~flagged & ~np.isnan(scores)]
        cut = _cut(others, n_explore)
        n_drawn = int(np.count_nonzero(others < cut))
        chance = n_drawn / len(others) if len(others) else 0.0
        policy = policy._replace(cut=cut, inclusion_probability=chance)
    return policy, Filling(n, n_explore, n_tied)


def _edge(scores: Floats, margins: Floats | None, n: int) -> tuple[float, float | None, int]:
    """Return the score and margin from which on at most n are flagged, and how many tie below."""
    threshold = fill(scores, n)
    n_tied = n_tied_out(scores, threshold, n)
    if margins is None or not n_tied:
        return threshold, None, n_tied
    score = float(scores[scores < threshold].max())
    tied, n_left = margins[scores == score], n - int(np.count_nonzero(scores >= threshold))
    margin = fill(tied, n_left)
    n_tied = n_tied_out(tied, margin, n_left)
    return (threshold, None, n_tied) if margin == UNREACHED else (score, margin, n_tied)


def fill(scores: Floats, n: int) -> float:
    """Return the lowest score, or margin, from which on at most n listings are flagged.

    No threshold parts equal ones: where those at the edge do not all fit, all of them stay out.

    Parameters
    ----------
    scores
        Scores or margins, NaN for a record without one, shape (m,).
    n
        How many may be flagged.

    Returns
    -------
    float
        One of the scores; ``UNREACHED``, which is above every score, where none fits.

    Examples
    --------
    >>> fill(np.array([0.2, 0.9, 0.5, 0.5]), 3), fill(np.array([0.2, 0.9, 0.5, 0.5]), 2)
    (0.5, 0.9)
    """
    known = scores[~np.isnan(scores)]
    n = min(n, len(known))
    if n <= 0:
        return UNREACHED
    edge = np.partition(known, len(known) - n)[len(known) - n]
    if np.count_nonzero(known >= edge) <= n:
        return float(edge)
    return float(np.min(known[known > edge], initial=UNREACHED))


def n_tied_out(scores: Floats, threshold: float, n: int) -> int:
    """Return how many listings have the highest score below a threshold that left room among n."""
    below = scores[scores < threshold]
    if not len(below) or np.count_nonzero(scores >= threshold) >= n:
        return 0
    return int(np.count_nonzero(below == below.max()))


def _cut(draws: Floats, n: int) -> float:
    """Return the value that so many draws are below, or fewer where equal ones are at the edge."""
    return 1.0 if n >= len(draws) else float(np.partition(draws, n)[n])
