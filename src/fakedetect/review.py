"""Labels to look at again: copies that are labelled both ways, and labels that are likely wrong."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fakedetect.labels import Labelled
from fakedetect.metrics import Floats, Ints

MOST_LISTED = 20


class Conflict(NamedTuple):
    """One canonical text with both labels, and the first rows of the table that have it."""

    text: str
    n_positive: int
    n_negative: int
    rows: list[int]


class LabelError(NamedTuple):
    """A listing whose label its score (0-1) contradicts; ``row`` counts from 1 in the table."""

    row: int
    label: int
    score: float
    text: str
    seller: str | None


class Review(NamedTuple):
    """How many labels are to be looked at again, and the first twenty of each kind."""

    n_conflicts: int
    conflicts: list[Conflict]
    n_label_errors: int
    label_errors: list[LabelError]


def review(labelled: Labelled, scores: Floats) -> Review:
    """Return the labels to look at again.

    Parameters
    ----------
    labelled
        The listings.
    scores
        Scores (0-1), shape (n,). Those of models that learned from the same labels contradict few.

    Returns
    -------
    Review
        Conflicts with the most listings first. Of likely errors those first whose label the score
        believes least.
    """
    conflicts = _conflicts(labelled)
    errors = label_errors(labelled, scores)
    return Review(
        n_conflicts=len(conflicts),
        conflicts=[_described(labelled, number) for number in conflicts[:MOST_LISTED].tolist()],
        n_label_errors=len(errors),
        label_errors=[
            LabelError(
                int(labelled.rows[at]),
                int(labelled.labels[at]),
                float(scores[at]),
                labelled.texts[at],
                labelled.sellers[labelled.groups[at]],
            )
            for at in errors[:MOST_LISTED].tolist()
        ],
    )


def label_errors(labelled: Labelled, scores: Floats) -> Ints:
    """Return the places of likely wrong labels, the likeliest first.

    Confident learning (Northcutt, Jiang and Chuang 2021): a class's threshold is the mean
    probability of that class over the listings labelled so, which takes in that scores of a rare
    class are low. A label is likely wrong when the other class's probability reaches its threshold,
    and that of the label's own class does not or is lower. They are ranked by the probability of
    the label's own class (self-confidence). With one class labelled nothing can be said.
    """
    labels = labelled.labels
    if labels.all() or not labels.any():
        return np.empty(0, dtype=np.intp)
    of_class = np.stack([1 - scores, scores])
    thresholds = np.array([of_class[0][~labels].mean(), of_class[1][labels].mean()])
    reached = of_class >= thresholds[:, np.newaxis]
    own, other = labels.astype(np.intp), 1 - labels.astype(np.intp)
    places = np.arange(len(labels))
    confidence = of_class[own, places]
    wrong = reached[other, places] & (
        ~reached[own, places] | (of_class[other, places] > confidence)
    )
    found = np.flatnonzero(wrong)
    return found[np.argsort(confidence[found], kind="stable")]


def _conflicts(labelled: Labelled) -> Ints:
    """Return the numbers of the texts with both labels."""
    n = np.bincount(labelled.copies)
    n_positive = np.bincount(labelled.copies, labelled.labels)
    found = np.flatnonzero((n_positive > 0) & (n_positive < n))
    return found[np.argsort(-n[found], kind="stable")]


def _described(labelled: Labelled, number: int) -> Conflict:
    places = np.flatnonzero(labelled.copies == number)
    n_positive = int(labelled.labels[places].sum())
    return Conflict(
        text=labelled.texts[places[0]],
        n_positive=n_positive,
        n_negative=len(places) - n_positive,
        rows=labelled.rows[places[:MOST_LISTED]].tolist(),
    )
