"""Figures of merit: arrays in, numbers out, each with an interval resampled by seller.

Listings of one seller resemble each other, so resampling rows would pretend to know more than the
data does. The intervals here draw whole sellers with replacement (the cluster bootstrap of Field
and Welsh 2007, percentile form). A figure that the data cannot give is NaN, never zero.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Statistic = Callable[[Floats], float]

N_RESAMPLES = 1000
CONFIDENCE = 0.95


class Estimate(NamedTuple):
    """A figure and its interval; NaN where undefined."""

    value: float
    low: float
    high: float


def average_precision(labels: Bools, scores: Floats) -> Statistic:
    """Return average precision as a function of the rows' weights.

    Average precision is the sum over distinct scores, from the highest down, of the recall gained
    times the precision so far (as in scikit-learn; without interpolation). Rows with equal scores
    enter together. NaN without positives.
    """
    ranking = _Ranking(labels, scores)

    def statistic(weights: Floats) -> float:
        hits, misses = ranking.cumulated(weights)
        if not hits[-1] > 0:
            return np.nan
        taken = np.maximum(hits + misses, np.finfo(float).tiny)
        return float(np.sum(np.diff(hits, prepend=0.0) * hits / taken) / hits[-1])

    return statistic


def roc_auc(labels: Bools, scores: Floats) -> Statistic:
    """Return the area under the ROC curve as a function of the rows' weights.

    The share of pairs of a positive and a negative in which the positive scores higher, ties
    counted half. NaN without positives or without negatives.
    """
    ranking = _Ranking(labels, scores)

    def statistic(weights: Floats) -> float:
        hits, misses = ranking.cumulated(weights)
        if not (hits[-1] > 0 and misses[-1] > 0):
            return np.nan
        area = np.trapezoid(np.append(0.0, hits), np.append(0.0, misses))
        return float(area / hits[-1] / misses[-1])

    return statistic


def precision(labels: Bools, flagged: Bools) -> Statistic:
    """Return the positive share of the flagged rows as a function of weights; NaN if none is."""
    return _share(labels, of=flagged)


def recall(labels: Bools, flagged: Bools) -> Statistic:
    """Return the flagged share of the positive rows as a function of weights; NaN if none is."""
    return _share(flagged, of=labels)


def estimate(statistic: Statistic, groups: npt.NDArray[np.intp], *, seed: int = 0) -> Estimate:
    """Return a statistic with its 95 % interval, groups of rows drawn with replacement.

    Parameters
    ----------
    statistic
        A function of the rows' weights, shape (n,).
    groups
        The group of every row as an integer from 0 on, shape (n,).
    seed
        Seed of the 1000 resamples.

    Returns
    -------
    Estimate
        The interval is NaN with fewer than two groups, or when the statistic is undefined in more
        than one resample of twenty.
    """
    value = statistic(np.ones(len(groups)))
    n_groups = int(groups.max()) + 1 if len(groups) else 0
    if n_groups < 2 or np.isnan(value):
        return Estimate(value, np.nan, np.nan)
    rng = np.random.default_rng(seed)
    chances = np.full(n_groups, 1 / n_groups)
    times_drawn = (rng.multinomial(n_groups, chances) for _ in range(N_RESAMPLES))
    draws = np.array([statistic(times[groups].astype(float)) for times in times_drawn])
    if np.isnan(draws).mean() > 1 - CONFIDENCE:
        return Estimate(value, np.nan, np.nan)
    low, high = np.nanquantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(value, float(low), float(high))


def figures(
    labels: Bools, scores: Floats, groups: npt.NDArray[np.intp], threshold: float, *, seed: int = 0
) -> dict[str, Estimate]:
    """Return the figures by which a model is judged, by name.

    Parameters
    ----------
    labels, scores, groups
        Truth, score (0-1) and group of every listing, shape (n,).
    threshold
        The score from which a listing is flagged.
    seed
        Seed of the resamples.

    Returns
    -------
    dict
        ``average_precision``, ``roc_auc``, and ``precision`` and ``recall`` of what is flagged.
    """
    flagged = scores >= threshold
    statistics = {
        "average_precision": average_precision(labels, scores),
        "roc_auc": roc_auc(labels, scores),
        "precision": precision(labels, flagged),
        "recall": recall(labels, flagged),
    }
    return {name: estimate(each, groups, seed=seed) for name, each in statistics.items()}


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


class _Ranking:
    """Rows sorted by descending score, sorted once for many weightings."""

    def __init__(self, labels: Bools, scores: Floats) -> None:
        self._order = np.argsort(-scores, kind="stable")
        ranked = scores[self._order]
        self._labels = labels[self._order]
        self._ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))

    def cumulated(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return the weight of positives and of negatives down to each distinct score."""
        ranked = weights[self._order]
        hits = np.cumsum(ranked * self._labels)[self._ends]
        misses = np.cumsum(ranked * ~self._labels)[self._ends]
        return hits, misses


def _share(rows: Bools, *, of: Bools) -> Statistic:
    def statistic(weights: Floats) -> float:
        total = weights[of].sum()
        return float(weights[rows & of].sum() / total) if total > 0 else np.nan

    return statistic
