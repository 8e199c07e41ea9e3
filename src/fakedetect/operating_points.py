"""What flagging from each score on would do, according to labelled listings.

Listings of one seller resemble each other, so that many of them say less than as many of different
sellers. How much less is the design effect (Kish 1965): 1 + (m - 1) r, where m is the number of
listings that a listing shares its seller with on average, itself counted, and r is how alike these
are. n listings are worth n by the design effect of independent ones, their effective number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from fakedetect.errors import InputError
from fakedetect.metrics import Bools, Floats, Ints

# Levels are kept at every one of the first hundred listings, then every two percent further down.
_ALL_KEPT = 100
_STEP = 1.02
_MOST_LEVELS = 4000
_MOST_LISTINGS = 1 << 40  # more than anyone will ever label


class OperatingPoints(NamedTuple):
    """What flagging from each score on would do, according to labelled listings.

    Attributes
    ----------
    scores
        Scores to flag from, highest first, shape (k,): every one at the top, and more widely spaced
        ones further down.
    n_flagged, n_hits
        How many listings reach the score, and how many of these are positive, shape (k,).
    n_expected
        How many of them would be positive according to their scores, shape (k,).
    design_effects
        Design effect of being positive among the flagged, at least 1, shape (k,).
    n_positive, n_negative
        How many listings there are of each class.
    design_effect, design_effect_positive, design_effect_negative
        Design effect of being flagged among all listings, and among each class, at least 1.
    """

    scores: Floats
    n_flagged: Ints
    n_hits: Ints
    n_expected: Floats
    design_effects: Floats
    n_positive: int
    n_negative: int
    design_effect: float
    design_effect_positive: float
    design_effect_negative: float

    @classmethod
    def of(cls, labels: Bools, scores: Floats, groups: Ints) -> OperatingPoints:
        """Return the operating points of labelled listings.

        Parameters
        ----------
        labels, scores, groups
            Truth, score (0-1) and seller (an integer from 0 on) of each listing, shape (n,), n at
            least 1. For honest promises the scores are out of fold.
        """
        order = np.argsort(-scores, kind="stable")
        scores, labels, groups = scores[order], labels[order], groups[order]
        n_positive = int(labels.sum())
        ends = np.flatnonzero(np.append(scores[1:] != scores[:-1], True))
        ends = ends[_spaced(ends + 1)]
        # How alike a seller's listings are is told by the top of the list, as many listings as
        # there are positives: far enough down to see errors, near enough to matter.
        is_top = np.arange(len(labels)) < max(n_positive, 2)
        likeness = _likeness(labels[is_top], groups[is_top])
        return cls(
            scores=scores[ends],
            n_flagged=ends + 1,
            n_hits=np.cumsum(labels, dtype=np.int64)[ends],
            n_expected=np.cumsum(scores)[ends],
            design_effects=1 + (_sizes(groups)[ends] - 1) * likeness,
            n_positive=n_positive,
            n_negative=len(labels) - n_positive,
            design_effect=_design_effect(is_top, groups),
            design_effect_positive=_design_effect(is_top[labels], groups[labels]),
            design_effect_negative=_design_effect(is_top[~labels], groups[~labels]),
        )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> OperatingPoints:
        """Return what ``as_dict`` gave.

        Raises
        ------
        InputError
            When ``as_dict`` could not have given it.
        """
        try:
            points = cls(
                scores=np.asarray(values["scores"], np.float64),
                n_flagged=np.asarray(values["n_flagged"], np.int64),
                n_hits=np.asarray(values["n_hits"], np.int64),
                n_expected=np.asarray(values["n_expected"], np.float64),
                design_effects=np.asarray(values["design_effects"], np.float64),
                n_positive=int(values["n_positive"]),
                n_negative=int(values["n_negative"]),
                design_effect=float(values["design_effect"]),
                design_effect_positive=float(values["design_effect_positive"]),
                design_effect_negative=float(values["design_effect_negative"]),
            )
            is_possible = points._is_possible()
        except (KeyError, TypeError, ValueError, OverflowError):
            is_possible = False
        if not is_possible:
            raise InputError("these operating points are none that labelled listings could give")
        return points

    def as_dict(self) -> dict[str, Any]:
        """Return the operating points as plain data."""
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in self._asdict().items()
        }

    @property
    def prevalence(self) -> float:
        """The share of positives among the labelled listings."""
        return self.n_positive / (self.n_positive + self.n_negative)

    def _is_possible(self) -> bool:
        k = len(self.scores)
        n_misses = self.n_flagged - self.n_hits
        effects = [
            self.design_effect,
            self.design_effect_positive,
            self.design_effect_negative,
            *self.design_effects,
        ]
        arrays = (self.scores, self.n_flagged, self.n_hits, self.n_expected, self.design_effects)
        return bool(
            0 < k <= _MOST_LEVELS
            and all(each.shape == (k,) for each in arrays)
            and (np.diff(self.scores) < 0).all()
            and 0 <= self.scores[-1] <= self.scores[0] <= 1
            and (np.diff(self.n_flagged, prepend=0) > 0).all()
            and (np.diff(self.n_hits, prepend=0) >= 0).all()
            and (np.diff(n_misses, prepend=0) >= 0).all()
            and self.n_hits[-1] <= self.n_positive < _MOST_LISTINGS
            and n_misses[-1] <= self.n_negative < _MOST_LISTINGS
            and ((self.n_expected >= 0) & (self.n_expected <= self.n_flagged)).all()
            and all(1 <= effect < _MOST_LISTINGS for effect in effects)
        )


def _spaced(n_flagged: Ints) -> Ints:
    """Return which of ascending ranks are kept: all of the first, then fewer and fewer."""
    steps = np.floor(np.log(n_flagged) / np.log(_STEP))
    # The last in each step, and the last of all.
    return np.flatnonzero(np.append(np.diff(steps) > 0, True) | (n_flagged <= _ALL_KEPT))


def _sizes(groups: Ints) -> Floats:
    """Return how many of the rows so far a row shares its group with on average, shape (n,)."""
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    n_before = np.empty(len(groups), np.int64)
    n_before[order] = np.arange(len(groups)) - np.repeat(
        starts, np.diff(starts, append=len(groups))
    )
    # One more row in a group of n adds 2n + 1 to the sum of the squared sizes.
    return np.cumsum(2 * n_before + 1) / np.arange(1, len(groups) + 1)


def _likeness(values: Bools, groups: Ints) -> float:
    """Return how alike the values within a group are: the intraclass correlation, from 0 to 1.

    The estimate from the analysis of variance (Donner 1986). 1, the careful one, where values do
    not vary or all are of one group, which tells nothing.
    """
    sizes = np.unique(groups, return_counts=True)[1]
    n, n_groups = len(values), len(sizes)
    if n_groups == n:
        return 0.0
    if n_groups < 2 or values.all() or not values.any():
        return 1.0
    means = np.bincount(np.unique(groups, return_inverse=True)[1], values) / sizes
    between = float((sizes * (means - values.mean()) ** 2).sum()) / (n_groups - 1)
    within = float((sizes * means * (1 - means)).sum()) / (n - n_groups)
    size = (n - float((sizes**2).sum()) / n) / (n_groups - 1)
    return min(max((between - within) / (between + (size - 1) * within), 0.0), 1.0)


def _design_effect(values: Bools, groups: Ints) -> float:
    if not len(values):
        return 1.0
    return float(1 + (_sizes(groups)[-1] - 1) * _likeness(values, groups))
