"""Whether scores mean what they say: of listings that score .3, three in ten should be positive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from fakedetect.metrics import Estimate, Figure, Floats, Ints, Ranking, Weighed, ratio

N_BINS = 10
RATES, ERROR = "positive rates", "expected calibration error"

DEFINITION = (
    f"{N_BINS} bins of about equally many listings by score, equal scores in one bin; the mean over"
    " all listings of the distance between their bin's mean score and its share of positives"
    " (Naeini et al. 2015). Chance alone keeps it above 0: with few listings it looks worse than"
    " it is, which its interval takes in."
)


class Bin(NamedTuple):
    """Listings with about the same score: what the scores say, and what came true."""

    n: int
    mean_score: float
    positive_rate: Estimate


class Reliability(NamedTuple):
    """Bins from the lowest scores up; the expected calibration error (0-1) and its definition."""

    bins: list[Bin]
    expected_calibration_error: Estimate
    definition: str


def figures(ranking: Ranking) -> dict[str, Figure]:
    """Return the share of positives in each bin, from the highest scores down, and the error."""
    last = _last_levels(ranking)
    bounds = np.append(0, ranking.ends[last] + 1)
    places = np.arange(len(ranking.order))
    members = (places >= bounds[:-1, np.newaxis]) & (places < bounds[1:, np.newaxis])
    gaps = ranking.labels - ranking.scores

    def rates(weighed: Weighed) -> Floats:
        hits, taken = (
            np.diff(each[:, last], prepend=0.0) for each in (weighed.hits, weighed.taken)
        )
        return ratio(hits, taken)

    def error(weighed: Weighed) -> Floats:
        if not len(last):
            return np.full(len(weighed.weights), np.nan)
        apart = np.add.reduceat(weighed.weights * gaps, bounds[:-1], axis=1)
        return ratio(np.abs(apart).sum(axis=1), weighed.taken[:, -1])

    return {RATES: Figure(rates, members, "share"), ERROR: Figure(error, places >= 0, "distance")}


def reliability(ranking: Ranking, found: Mapping[str, list[Estimate]]) -> Reliability:
    """Return how well scores are calibrated.

    Parameters
    ----------
    ranking
        The listings; without any there are no bins, and the error is NaN.
    found
        What ``resampling.series`` made of ``figures``.
    """
    bounds = np.append(0, ranking.ends[_last_levels(ranking)] + 1)
    sizes = np.diff(bounds)
    totals = np.add.reduceat(ranking.scores, bounds[:-1]) if len(sizes) else sizes
    bins = map(Bin, sizes.tolist(), (totals / sizes).tolist(), found[RATES])
    return Reliability(list(bins)[::-1], found[ERROR][0], DEFINITION)


def _last_levels(ranking: Ranking) -> Ints:
    """Return the last level of each bin, so that no score is in two."""
    n = len(ranking.order)
    wanted = np.arange(1, N_BINS + 1) * n // N_BINS
    return np.unique(np.searchsorted(ranking.ends + 1, wanted)) if n else np.empty(0, np.int64)
