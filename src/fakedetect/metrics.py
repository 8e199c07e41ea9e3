"""Figures of merit: arrays in, numbers out. A figure that the data cannot give is NaN, never zero.

Every figure is a function of how many positives and negatives stand above each score, so listings
are ranked once and then weighed as often as one likes: once for the figure itself, a thousand times
for its interval (``resampling``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

CONFIDENCE = 0.95
_NORMAL_QUANTILE = 1.959963984540054  # of (1 + CONFIDENCE) / 2
_CERTAINLY_ALL = 1e6  # a quantile at which an interval holds all there is


class Estimate(NamedTuple):
    """A figure and its 95 % interval; NaN where undefined."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Ranking:
    """Listings from the highest score down.

    Attributes
    ----------
    order
        Row of each listing among those handed over, shape (n,).
    labels, scores
        Truth and score of each in this order, shape (n,).
    ends
        Where the listings of each distinct score end: the last one's position, shape (n_levels,).
    """

    order: Ints
    labels: Bools
    scores: Floats
    ends: Ints

    @classmethod
    def of(cls, labels: Bools, scores: Floats) -> Ranking:
        """Rank listings; ``labels`` and ``scores`` have shape (n,)."""
        order = np.argsort(-scores, kind="stable")
        ranked = scores[order]
        ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], np.ones(min(1, len(ranked)))))
        return cls(order, labels[order], ranked, ends)

    @property
    def levels(self) -> Floats:
        """The distinct scores, from the highest down, shape (n_levels,)."""
        return np.asarray(self.scores[self.ends])

    def n_levels_from(self, threshold: float) -> int:
        """Return how many of the distinct scores reach a threshold."""
        return int(np.searchsorted(-self.levels, -threshold, side="right"))

    def flagged(self, n_levels: int) -> Bools:
        """Return which rows, in this order, the highest levels flag."""
        n_flagged = self.ends[n_levels - 1] + 1 if n_levels else 0
        return np.arange(len(self.order)) < n_flagged

    def weighed(self, weights: Floats | None = None) -> Weighed:
        """Return the ranking with weights, shape (n_weightings, n), for its rows in this order."""
        return Weighed(self, np.ones((1, len(self.order))) if weights is None else weights)


@dataclass(frozen=True, eq=False)
class Weighed:
    """A ranking under one or more weightings of its rows, in the ranking's order.

    ``weights`` has shape (n_weightings, n), what is made of it here (n_weightings, n_levels).
    """

    ranking: Ranking
    weights: Floats

    @cached_property
    def hits(self) -> Floats:
        """Weight of the positives down to each distinct score."""
        return self._cumulated(self.weights * self.ranking.labels)

    @cached_property
    def taken(self) -> Floats:
        """Weight of all listings down to each distinct score."""
        return self._cumulated(self.weights)

    @cached_property
    def misses(self) -> Floats:
        """Weight of the negatives down to each distinct score."""
        return np.asarray(self.taken - self.hits)

    def _cumulated(self, values: Floats) -> Floats:
        return np.asarray(np.cumsum(values, axis=1)[:, self.ranking.ends])


# One value, or one for each bin, for each weighting: shape (n_weightings,) or (n_weightings, n).
Statistic = Callable[[Weighed], Floats]


class Figure(NamedTuple):
    """A statistic and what its interval goes by.

    Attributes
    ----------
    statistic
        The statistic.
    rows
        The rows of the ranking that it is about, shape (n,) or (n_bins, n). How far it can be
        trusted goes by how many sellers these are of: recall, by the sellers of the positives.
    kind
        ``"share"`` is a share of these rows, ``"distance"`` is never negative and grows by chance.
    """

    statistic: Statistic
    rows: Bools
    kind: Literal["any", "share", "distance"] = "any"


def average_precision(weighed: Weighed) -> Floats:
    """Return average precision for each weighting.

    The sum over distinct scores, from the highest down, of the recall gained times the precision
    so far (as in scikit-learn; without interpolation). Rows with equal scores enter together. NaN
    without positives.
    """
    hits = weighed.hits
    gained = np.diff(hits, prepend=0.0)
    return ratio((gained * ratio(hits, weighed.taken, empty=0.0)).sum(axis=1), _last(hits))


def average_precision_at(prevalence: float) -> Statistic:
    """Return average precision where another share of the listings (0-1) is positive.

    Positives and negatives each keep the scores that they have here.
    """

    def statistic(weighed: Weighed) -> Floats:
        rates = _rates(weighed, slice(None))
        found = _restated(rates.true, rates.false, prevalence)
        # Where nothing is taken yet nothing is gained either; a whole class missing stays NaN.
        started = np.where(rates.true + rates.false == 0, 0.0, found)
        return np.asarray((np.diff(rates.true, prepend=0.0) * started).sum(axis=1))

    return statistic


def roc_auc(weighed: Weighed) -> Floats:
    """Return the area under the ROC curve for each weighting.

    The share of pairs of a positive and a negative in which the positive scores higher, ties
    counted half. NaN without positives or without negatives.
    """
    hits, misses = weighed.hits, weighed.misses
    before = hits - np.diff(hits, prepend=0.0)
    area = ((hits + before) / 2 * np.diff(misses, prepend=0.0)).sum(axis=1)
    return ratio(area, _last(hits) * _last(misses))


def precision(n_levels: int) -> Statistic:
    """Return the positive share of what the highest levels flag; NaN if they flag nothing."""
    return lambda weighed: ratio(_upto(weighed.hits, n_levels), _upto(weighed.taken, n_levels))


def recall(n_levels: int) -> Statistic:
    """Return the share of the positives that the highest levels flag; NaN if there are none."""
    return lambda weighed: ratio(_upto(weighed.hits, n_levels), _last(weighed.hits))


def recall_at(false_positive_rate: float) -> Statistic:
    """Return the recall of the lowest threshold that flags no larger share (0-1) of the negatives.

    It is chosen anew for each weighting. NaN without positives or without negatives.
    """

    def statistic(weighed: Weighed) -> Floats:
        hits, misses = weighed.hits, weighed.misses
        negatives = _last(misses)
        allowed = misses <= false_positive_rate * negatives[:, np.newaxis]
        # Hits only grow downwards, so the lowest level has the most.
        most = np.where(allowed, hits, 0.0).max(axis=1, initial=0.0)
        return np.where(negatives > 0, ratio(most, _last(hits)), np.nan)

    return statistic


def precision_at(n_levels: int, prevalence: float) -> Statistic:
    """Return the precision of the highest levels where another share (0-1) is positive."""

    def statistic(weighed: Weighed) -> Floats:
        upto = slice(max(0, n_levels - 1), n_levels)
        rates = _rates(weighed, upto)
        if not n_levels:
            return np.full(len(weighed.weights), np.nan)
        return _restated(rates.true[:, 0], rates.false[:, 0], prevalence)

    return statistic


def flagged_shares(ranking: Ranking, prevalence: float) -> Floats:
    """Return the share of listings (0-1) that each level flags at a prevalence, shape (n_levels,).

    NaN without positives or without negatives.
    """
    rates = _rates(ranking.weighed(), slice(None))
    return np.asarray(prevalence * rates.true[0] + (1 - prevalence) * rates.false[0])


def figures(ranking: Ranking, n_levels: int) -> dict[str, Figure]:
    """Return the figures by which a model is judged, by name; the highest levels are flagged."""
    return {
        "average_precision": Figure(average_precision, ranking.labels),
        "roc_auc": Figure(roc_auc, ranking.labels),
        "precision": Figure(precision(n_levels), ranking.flagged(n_levels), "share"),
        "recall": Figure(recall(n_levels), ranking.labels, "share"),
    }


def wilson(n_hits: float, n: float, *, quantile: float = _NORMAL_QUANTILE) -> Estimate:
    """Return a share with its 95 % interval by Wilson (1927), for independent draws.

    Counts need not be whole. ``quantile`` is that of (1 + 0.95) / 2 of the standard normal
    distribution, or of another in its place.

    Examples
    --------
    >>> [round(each, 3) for each in wilson(0, 10)]
    [0.0, 0.0, 0.278]
    """
    if not n:
        return Estimate(np.nan, np.nan, np.nan)
    z, share = quantile, n_hits / n
    if z > _CERTAINLY_ALL:
        return Estimate(share, 0.0, 1.0)
    middle = share + z * z / (2 * n)
    reach = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    # At the ends the formula gives 0 and 1 up to rounding.
    low = 0.0 if n_hits == 0 else (middle - reach) / whole
    high = 1.0 if n_hits == n else (middle + reach) / whole
    return Estimate(share, float(low), float(high))


def lower_bound(k: npt.ArrayLike, n: npt.ArrayLike, confidence: float = CONFIDENCE) -> Floats:
    """Return what a proportion is at least, having seen k of n, with a confidence.

    The one-sided bound of Clopper and Pearson (1934); 0 for no k. Counts need not be whole (Korn
    and Graubard 1998), and are broadcast.

    Examples
    --------
    >>> lower_bound([298, 299], [298, 299], 0.95).round(5)
    array([0.99   , 0.99003])
    """
    from scipy.special import betaincinv

    k, n = np.asarray(k, float), np.asarray(n, float)
    some = np.maximum(k, np.finfo(float).tiny)
    return np.where(k > 0, betaincinv(some, np.maximum(n - k, 0) + 1, 1 - confidence), 0.0)


def upper_bound(k: npt.ArrayLike, n: npt.ArrayLike, confidence: float = CONFIDENCE) -> Floats:
    """Return what a proportion is at most, having seen k of n, with a confidence.

    The other side of ``lower_bound``.
    """
    k, n = np.asarray(k, float), np.asarray(n, float)
    return 1 - lower_bound(n - k, n, confidence)


def clopper_pearson(n_hits: int, n: int) -> Estimate:
    """Return a share with its exact 95 % interval, for independent draws; NaN if n is 0.

    Examples
    --------
    >>> clopper_pearson(0, 10).low, round(clopper_pearson(0, 10).high, 3)
    (0.0, 0.308)
    """
    if not n:
        return Estimate(np.nan, np.nan, np.nan)
    side = (1 + CONFIDENCE) / 2
    low, high = lower_bound(n_hits, n, side), upper_bound(n_hits, n, side)
    return Estimate(n_hits / n, float(low), float(high))


def ratio(part: Floats, whole: Floats, *, empty: float = np.nan) -> Floats:
    """Return part / whole, broadcast; ``empty`` where the whole is nothing."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, empty), where=whole > 0))


class _Rates(NamedTuple):
    """Shares of the positives and of the negatives that are flagged."""

    true: Floats
    false: Floats


def _rates(weighed: Weighed, levels: slice) -> _Rates:
    hits, misses = weighed.hits, weighed.misses
    return _Rates(
        ratio(hits[:, levels], _last(hits)[:, np.newaxis]),
        ratio(misses[:, levels], _last(misses)[:, np.newaxis]),
    )


def _restated(true_rate: Floats, false_rate: Floats, prevalence: float) -> Floats:
    hits = prevalence * true_rate
    return ratio(hits, hits + (1 - prevalence) * false_rate)


def _upto(cumulated: Floats, n_levels: int) -> Floats:
    return np.asarray(cumulated[:, n_levels - 1]) if n_levels else np.zeros(len(cumulated))


def _last(cumulated: Floats) -> Floats:
    return _upto(cumulated, cumulated.shape[1])
