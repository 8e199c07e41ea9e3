"""The method judged by splits side by side, on the same listings and settings."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from fakedetect import metrics
from fakedetect.appraisal import Appraisal, Terms, chosen, scored_part
from fakedetect.counts import Counts
from fakedetect.errors import InputError
from fakedetect.features import count
from fakedetect.fitting import CANDIDATES, OutOfFold, out_of_fold
from fakedetect.labels import Labelled
from fakedetect.metrics import Estimate, Figure
from fakedetect.model import probability
from fakedetect.resampling import Sample, estimates
from fakedetect.slices import Scored
from fakedetect.splits import COPIES, RANDOM, SELLER_COPIES, Split
from fakedetect.text import featured

Progress = Callable[[int, int], None]


class Common(NamedTuple):
    """Average precision on the listings that every split scored."""

    n: int
    average_precision: Estimate


class SplitFigures(NamedTuple):
    """Figures of one split.

    Attributes
    ----------
    name, words
        The split, and what its models have not seen of a listing that they score.
    n, n_positive
        Listings that it scored.
    metrics
        Figures by name; precision and recall are those of the split's own threshold.
    threshold
        By the same rule in all splits; NaN where the split's labels cannot support it.
    common
        The figure by which splits are compared.
    """

    name: str
    words: str
    n: int
    n_positive: int
    metrics: dict[str, Estimate]
    threshold: float
    common: Common

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> SplitFigures:
        """Return the figures from plain data, as a model's card holds them."""
        common = values["common"]
        return cls(
            values["name"],
            values["words"],
            values["n"],
            values["n_positive"],
            {name: Estimate(**figure) for name, figure in values["metrics"].items()},
            values["threshold"],
            Common(common["n"], Estimate(**common["average_precision"])),
        )


class Headline(NamedTuple):
    """The worst split, and what a random one would have said.

    The worst is found on the listings that every split scored. ``average_precision`` and ``random``
    are of all those that the worst scored; ``gap`` is by how much the random split is higher. None
    without a random split.
    """

    split: str
    average_precision: Estimate
    random: Estimate | None
    gap: float | None


@dataclass(frozen=True, eq=False)
class CrossValidated:
    """Margins by every split, with the settings that suit the one that training uses.

    Attributes
    ----------
    splits
        The splits, in the order given.
    found
        Margins of each, by the split's name.
    counts
        The n-grams of all listings, for a final fit.
    """

    splits: tuple[Split, ...]
    found: dict[str, OutOfFold]
    counts: Counts

    @property
    def n_steps(self) -> int:
        """The folds of all splits, of training's own twice, and one step for what comes of them."""
        return sum(len(split.folds) for split in [*self.splits, self.own_split]) + 1

    @property
    def own_split(self) -> Split:
        """The split that training uses."""
        named = {split.name: split for split in self.splits}
        return named.get(SELLER_COPIES) or named[COPIES]

    @property
    def own(self) -> OutOfFold:
        """Margins and settings of the split that training uses."""
        return self.found[self.own_split.name]


def cross_validated(
    labelled: Labelled,
    splits: Sequence[Split],
    *,
    engine: str | None = None,
    n_threads: int | None = None,
    progress: Progress | None = None,
) -> CrossValidated:
    """Score listings by models of every split, with the settings that suit the one of training.

    Parameters
    ----------
    labelled
        The listings.
    splits
        The splits, that which training uses among them.
    engine, n_threads
        How n-grams are counted, as in ``features.count``; they are counted once.
    progress
        Called after each fold with the steps done and the steps in all, of which the last is left
        to the caller.

    Raises
    ------
    InputError
        When a fold leaves too little to train on.
    """
    found = CrossValidated(
        tuple(splits),
        {},
        count(list(map(featured, labelled.originals)), engine=engine, n_threads=n_threads),
    )
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, found.n_steps)

    # The settings come from the split that training uses, which therefore is the first.
    candidates: Sequence[float] = CANDIDATES
    padded: bool | None = None
    penalty: float | None = None
    for split in sorted(splits, key=lambda split: split is not found.own_split):
        found.found[split.name] = out_of_fold(
            labelled,
            found.counts,
            split,
            candidates=candidates,
            padded=padded,
            penalty=penalty,
            advance=advance,
        )
        candidates = [found.own.C]
        padded, penalty = found.own.is_padded, found.own.penalty
    return found


def side_by_side(
    labelled: Labelled, found: CrossValidated, own: Appraisal, *, terms: Terms
) -> tuple[SplitFigures, ...]:
    """Return the figures of each split.

    Parameters
    ----------
    labelled
        The listings.
    found
        What was cross-validated.
    own
        The appraisal of the split that training uses.
    terms
        What to judge by.
    """
    by_all = np.ones(len(labelled.labels), dtype=bool)
    for each in found.found.values():
        by_all &= ~np.isnan(each.margins)
    compared = []
    for split in found.splits:
        scores = probability(found.found[split.name].margins)
        is_own = split is found.own_split
        is_scored = ~np.isnan(scores)
        part = scored_part(labelled, scores, is_scored)
        threshold = own.threshold.value if is_own else _threshold(part, terms)
        figures = own.metrics if is_own else _figures(part, threshold, terms)
        common = figures["average_precision"]
        if not np.array_equal(by_all, is_scored):
            common = _average_precision(scored_part(labelled, scores, by_all), terms)
        compared.append(
            SplitFigures(
                name=split.name,
                words=split.words,
                n=len(part.labels),
                n_positive=int(part.labels.sum()),
                metrics=figures,
                threshold=threshold,
                common=Common(int(by_all.sum()), common),
            )
        )
    return tuple(compared)


def headline(splits: Sequence[SplitFigures]) -> Headline:
    """Return the split with the lowest average precision; undefined ones are passed over."""

    def found(split: SplitFigures) -> float:
        value = split.common.average_precision.value
        return math.inf if math.isnan(value) else value

    worst = min(splits, key=found)
    figure = worst.metrics["average_precision"]
    for split in splits:
        if split.name == RANDOM:
            # A split that scored fewer is the one that leaves these to all.
            same = split.n == worst.n
            random = split.metrics["average_precision"] if same else split.common.average_precision
            return Headline(worst.name, figure, random, random.value - figure.value)
    return Headline(worst.name, figure, None, None)


def _average_precision(part: Scored, terms: Terms) -> Estimate:
    sample = Sample.of(*part)
    figure = Figure(metrics.average_precision, sample.ranking.labels)
    return estimates({"it": figure}, sample, seed=terms.seed)["it"]


def _figures(part: Scored, threshold: float, terms: Terms) -> dict[str, Estimate]:
    """Return the figures at a threshold; precision and recall are undefined without one."""
    sample = Sample.of(*part)
    n_levels = 0 if math.isnan(threshold) else sample.ranking.n_levels_from(threshold)
    found = estimates(metrics.figures(sample.ranking, n_levels), sample, seed=terms.seed)
    if math.isnan(threshold):
        found |= dict.fromkeys(("precision", "recall"), Estimate(math.nan, math.nan, math.nan))
    return found


def _threshold(part: Scored, terms: Terms) -> float:
    """Return the threshold that the rule chooses; NaN where these labels cannot support it."""
    if not part.labels.any():
        return math.nan
    try:
        return chosen(terms.rule, part, prevalence=terms.prevalence).value
    except InputError:
        return math.nan
