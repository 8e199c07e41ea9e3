"""What scores of labelled listings are worth: figures, decisions, calibration, parts, harm."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np

from fakedetect import metrics
from fakedetect import reliability as calibration
from fakedetect.cards import MOST_POINTS
from fakedetect.decisions import Rule, Threshold, choose, largest_f1, recall_ceiling
from fakedetect.harm import Harm, harm
from fakedetect.labels import Labelled
from fakedetect.metrics import Bools, Estimate, Figure, Floats, Ints, Ranking
from fakedetect.operating_points import OperatingPoints
from fakedetect.reliability import Reliability
from fakedetect.resampling import Sample, series
from fakedetect.review import Review, review
from fakedetect.slices import LEAST_SLICE, Scored, Slice, slices


class Terms(NamedTuple):
    """What to judge by.

    Attributes
    ----------
    rule
        Chooses the threshold; None takes the largest F1, or the model's.
    hold
        Chooses the score from which listings are held; None holds none, or as the model does.
    budget, n_per
        Share (0-1) of listings that can be reviewed, and how it was stated; None if there is none.
        It is filled with scores, so equal ones that do not all fit stay out together.
    prevalence
        Share (0-1) of positives where the scores will be used; None takes that of the labels.
    authorised
        Sellers who should never be flagged; None if nobody named any.
    least_slice
        The fewest listings of which figures are given.
    seed
        Seed of the intervals.
    """

    rule: Rule | None = None
    hold: Rule | None = None
    budget: float | None = None
    n_per: str | None = None
    prevalence: float | None = None
    authorised: Collection[str] | None = None
    least_slice: int = LEAST_SLICE
    seed: int = 0


class Budget(NamedTuple):
    """What the budget buys: the highest scores that fill it at a prevalence."""

    share: float
    n_per: str | None
    prevalence: float
    threshold: float
    precision: Estimate
    recall: Estimate
    recall_ceiling: float


class Restated(NamedTuple):
    """Figures where another share of the listings is positive."""

    prevalence: float
    precision: Estimate
    average_precision: Estimate


class PrecisionRecall(NamedTuple):
    """At most 400 points of the curve, the highest threshold first; NaN where undefined."""

    threshold: list[float]
    precision: list[float]
    recall: list[float]


class Appraisal(NamedTuple):
    """What the scores of labelled listings are worth; figures are NaN where undefined.

    ``operating_points`` is the plain data of ``OperatingPoints``, ``hold_metrics`` the precision
    and the recall of what is held.
    """

    metrics: dict[str, Estimate]
    threshold: Threshold
    hold: Threshold | None
    hold_metrics: dict[str, Estimate] | None
    budget: Budget | None
    restated: Restated | None
    operating_points: dict[str, Any]
    precision_recall: PrecisionRecall
    reliability: Reliability
    slices: list[Slice]
    least_slice: int
    harm: Harm
    review: Review


def appraise(
    labelled: Labelled,
    scores: Floats,
    threshold: Threshold,
    hold: Threshold | None = None,
    *,
    terms: Terms,
) -> Appraisal:
    """Return what scores of labelled listings are worth.

    Parameters
    ----------
    labelled
        The listings.
    scores
        Their scores (0-1), shape (n,).
    threshold, hold
        The scores from which they are flagged and held.
    terms
        What to judge by; its rules are those that chose the thresholds.

    Raises
    ------
    InputError
        When authorised sellers are named, and the listings have no sellers.
    """
    scored = Scored(labelled.labels, scores, labelled.groups)
    sample = Sample.of(*scored)
    ranking = sample.ranking
    wanted = _wanted(ranking, threshold, hold, terms)
    listed = _measured({**wanted, "bins": calibration.figures(ranking)}, sample, seed=terms.seed)
    found = {part: {name: each[0] for name, each in listed[part].items()} for part in wanted}
    restated = None
    if terms.prevalence is not None:
        restated = Restated(terms.prevalence, **found["restated"])
    return Appraisal(
        metrics=found["metrics"],
        threshold=threshold,
        hold=hold,
        hold_metrics=found.get("hold"),
        budget=_budget(ranking, terms, found.get("budget", {})),
        restated=restated,
        operating_points=OperatingPoints.of(*scored).as_dict(),
        precision_recall=_curve(ranking),
        reliability=calibration.reliability(ranking, listed["bins"]),
        slices=slices(
            labelled.columns,
            scored,
            threshold=threshold.value,
            least=terms.least_slice,
            seed=terms.seed,
        ),
        least_slice=terms.least_slice,
        harm=harm(labelled, scores >= threshold.value, terms.authorised),
        review=review(labelled, scores),
    )


def chosen(rule: Rule | None, scored: Scored, *, prevalence: float | None = None) -> Threshold:
    """Return the threshold that a rule chooses on labelled scores; None takes the largest F1.

    Raises
    ------
    InputError
        When there is no such rule, or the labels cannot promise what it asks for.
    """
    rule = (rule or Rule()).checked()
    if rule.kind == "f1":
        return largest_f1(scored.labels, scored.scores)
    return choose(rule, OperatingPoints.of(*scored), prevalence=prevalence)


def _wanted(
    ranking: Ranking, threshold: Threshold, hold: Threshold | None, terms: Terms
) -> dict[str, dict[str, Figure]]:
    """Return the figures of each part of an appraisal that is asked for."""
    n_levels = ranking.n_levels_from(threshold.value)
    parts = {"metrics": metrics.figures(ranking, n_levels)}
    if hold is not None:
        parts["hold"] = _of_flagged(ranking, ranking.n_levels_from(hold.value))
    if terms.budget is not None:
        parts["budget"] = _of_flagged(ranking, _n_filling(ranking, terms), terms.prevalence)
    if terms.prevalence is not None:
        parts["restated"] = {
            "precision": _of_flagged(ranking, n_levels, terms.prevalence)["precision"],
            "average_precision": Figure(
                metrics.average_precision_at(terms.prevalence), ranking.labels
            ),
        }
    return parts


def _of_flagged(
    ranking: Ranking, n_levels: int, prevalence: float | None = None
) -> dict[str, Figure]:
    """Return precision, at a prevalence or that of the labels, and recall."""
    wanted = metrics.figures(ranking, n_levels)
    found = {name: wanted[name] for name in ("precision", "recall")}
    if prevalence is not None:
        precision = metrics.precision_at(n_levels, prevalence)
        found["precision"] = Figure(precision, ranking.flagged(n_levels))
    return found


def _measured(
    parts: dict[str, dict[str, Figure]], sample: Sample, *, seed: int
) -> dict[str, dict[str, list[Estimate]]]:
    """Return the figures of several parts, all from the same resamples."""
    named = {f"{part} {name}": each for part, of in parts.items() for name, each in of.items()}
    found = series(named, sample, seed=seed)
    return {part: {name: found[f"{part} {name}"] for name in of} for part, of in parts.items()}


def _n_filling(ranking: Ranking, terms: Terms) -> int:
    """Return how many of the highest levels fit into the budget."""
    if terms.prevalence is None:
        shares = (ranking.ends + 1) / len(ranking.order)
    else:
        shares = metrics.flagged_shares(ranking, terms.prevalence)
    # Shares that are NaN fit into no budget.
    return int((shares <= (terms.budget or 0)).sum())


def _budget(ranking: Ranking, terms: Terms, found: dict[str, Estimate]) -> Budget | None:
    if terms.budget is None:
        return None
    n_levels = _n_filling(ranking, terms)
    prevalence = float(ranking.labels.mean()) if terms.prevalence is None else terms.prevalence
    return Budget(
        share=terms.budget,
        n_per=terms.n_per,
        prevalence=prevalence,
        threshold=float(ranking.levels[n_levels - 1]) if n_levels else float("nan"),
        precision=found["precision"],
        recall=found["recall"],
        recall_ceiling=recall_ceiling(terms.budget, prevalence),
    )


def _curve(ranking: Ranking) -> PrecisionRecall:
    """Return points close together at the top, where a step is large, and evenly in recall."""
    n_levels = len(ranking.ends)
    whole = ranking.weighed()
    hits, taken = whole.hits[0], whole.taken[0]
    if n_levels > MOST_POINTS:
        half = MOST_POINTS // 2
        at_top = np.geomspace(1, n_levels, half).astype(int) - 1
        evenly = np.searchsorted(hits, np.linspace(0, hits[-1], half))
        kept: Ints = np.unique(np.concatenate([at_top, np.minimum(evenly, n_levels - 1)]))
    else:
        kept = np.arange(n_levels)
    recall = hits[kept] / hits[-1] if hits[-1] else np.full(len(kept), np.nan)
    return PrecisionRecall(
        ranking.levels[kept].tolist(), (hits[kept] / taken[kept]).tolist(), recall.tolist()
    )


def scored_part(labelled: Labelled, scores: Floats, rows: Bools) -> Scored:
    """Return some of the listings with their scores."""
    return Scored(labelled.labels[rows], scores[rows], labelled.groups[rows])
