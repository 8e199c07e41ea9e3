"""Figures of parts of the listings: of each brand, language, category."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from fakedetect.metrics import Bools, Estimate, Floats, Ints, figures
from fakedetect.resampling import Sample, estimates

LEAST_SLICE = 50
LONGEST_NAME = 200  # characters of a column or value that are kept
MOST_VALUES = 20  # of a column, those with the most listings


class Slice(NamedTuple):
    """The listings with one value in a column.

    Attributes
    ----------
    column, value
        Where and what; the listings with rarer values than the first twenty are one slice.
    n, n_positive, n_flagged
        Counts of listings.
    withheld
        Whether there are too few to say anything.
    metrics
        Precision, recall and average precision; None if withheld.
    """

    column: str
    value: str
    n: int
    n_positive: int
    n_flagged: int
    withheld: bool
    metrics: dict[str, Estimate] | None


class Scored(NamedTuple):
    """Listings and what was made of them: truth, score (0-1) and group of each, shape (n,)."""

    labels: Bools
    scores: Floats
    groups: Ints


def slices(
    columns: Mapping[str, Sequence[str]],
    scored: Scored,
    *,
    threshold: float,
    least: int = LEAST_SLICE,
    seed: int = 0,
) -> list[Slice]:
    """Return the figures of each value of each column, values with the most listings first.

    Parameters
    ----------
    columns
        One value for each listing, by the column's name.
    scored
        The listings.
    threshold
        The score from which a listing is flagged.
    least
        The fewest listings of which figures are given.
    seed
        Seed of the intervals.
    """
    found = []
    for column, values in columns.items():
        common = [value for value, _ in Counter(values).most_common(MOST_VALUES)]
        n_rare = len(set(values)) - len(common)
        number_of = {value: number for number, value in enumerate(common)}
        numbers = np.array([number_of.get(value, MOST_VALUES) for value in values])
        names = [value[:LONGEST_NAME] or "(empty)" for value in common]
        names += [""] * (MOST_VALUES - len(names)) + [f"others ({n_rare:,} values)"]
        for number in np.unique(numbers).tolist():
            part = Scored(*(each[numbers == number] for each in scored))
            n_flagged = int((part.scores >= threshold).sum())
            withheld = len(part.labels) < least
            found.append(
                Slice(
                    column=column[:LONGEST_NAME],
                    value=names[number],
                    n=len(part.labels),
                    n_positive=int(part.labels.sum()),
                    n_flagged=n_flagged,
                    withheld=withheld,
                    metrics=None if withheld else _figures(part, threshold, seed),
                )
            )
    return found


def _figures(part: Scored, threshold: float, seed: int) -> dict[str, Estimate]:
    sample = Sample.of(*part)
    wanted = figures(sample.ranking, sample.ranking.n_levels_from(threshold))
    del wanted["roc_auc"]
    return estimates(wanted, sample, seed=seed)
