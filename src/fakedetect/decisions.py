"""From scores to decisions: rules that choose a threshold. They know no model and no table."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fakedetect.metrics import Bools, Floats


class Threshold(NamedTuple):
    """The score from which a listing is flagged, and the rule that chose it."""

    value: float
    rule: str


def largest_f1(labels: Bools, scores: Floats) -> Threshold:
    """Return the threshold with the largest F1, the harmonic mean of precision and recall.

    Parameters
    ----------
    labels, scores
        Truth and score (0-1) of each listing, shape (n,); at least one positive. For an honest
        threshold the scores are out of fold.

    Returns
    -------
    Threshold
        Halfway between the lowest score flagged and the next one below. Of equal F1 the highest
        threshold is taken: it flags the fewest.

    Examples
    --------
    >>> largest_f1(np.array([False, True, True]), np.array([0.1, 0.5, 0.9])).value
    0.3
    """
    levels, where = np.unique(-scores, return_inverse=True)
    levels = -levels
    n_flagged = np.cumsum(np.bincount(where))
    n_hits = np.cumsum(np.bincount(where, labels))
    best = int(np.argmax(2 * n_hits / (n_flagged + labels.sum())))
    below = levels[best + 1] if best + 1 < len(levels) else 0.0
    middle = (levels[best] + below) / 2
    # Between neighbouring floats there is nothing, and their middle may be the lower one.
    value = middle if middle > below or best + 1 == len(levels) else levels[best]
    return Threshold(float(value), "largest F1 on out-of-fold scores")
