"""From scores to decisions: rules that choose a threshold. They know no model and no table.

A rule is chosen before the labels are looked at: a share of listings that can be reviewed, a
precision or a recall that must hold. What a sample of labels says of a threshold is uncertain, so a
rule is met when its bound is: the threshold keeps the promise with the stated confidence, or there
is none and the error says how many more labels it takes.

Bounds are Clopper and Pearson's (1934), one-sided. Listings of one seller resemble each other, so a
bound counts them as fewer independent ones, by the design effect (Kish 1965; the bound with such a
count is Korn and Graubard's, 1998).
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from fakedetect.errors import InputError
from fakedetect.metrics import CONFIDENCE, Bools, Floats, Ints, lower_bound, upper_bound
from fakedetect.operating_points import OperatingPoints

KINDS = ("f1", "budget", "precision", "recall", "threshold")
_MOST_NEEDED = 1 << 40  # more labels than there will ever be


class Rule(NamedTuple):
    """How a threshold is chosen.

    Attributes
    ----------
    kind
        ``"f1"`` takes the largest F1; ``"budget"``, ``"precision"`` and ``"recall"`` what keeps to
        the target; ``"threshold"`` is the target itself, chosen by hand.
    target
        The largest share of listings to flag, the least precision, the least recall, or the score;
        from 0 to 1. None for ``"f1"``.
    confidence
        Of the bound that must keep to the target, from 0.5 up to but not including 1.
    """

    kind: str = "f1"
    target: float | None = None
    confidence: float = CONFIDENCE

    def checked(self) -> Rule:
        """Return the rule, or raise InputError if there is no such rule."""
        if self.kind not in KINDS:
            raise InputError(f"no rule {self.kind!r}; take one of {', '.join(KINDS)}")
        if self.kind == "f1":
            return self
        name = "share" if self.kind == "budget" else self.kind
        inside = "between 0 and 1"
        if self.target is None or not 0 <= self.target <= 1:
            raise InputError(f"the {name} {self.target} is not {inside}")
        if self.kind != "threshold" and self.target in {0.0, 1.0}:
            raise InputError(f"the {name} {self.target:g} is not strictly {inside}")
        if not 0.5 <= self.confidence < 1:
            raise InputError(f"the confidence {self.confidence} is not from 0.5 up to, without, 1")
        return self


class Threshold(NamedTuple):
    """The score from which a listing is flagged, and the rule that chose it.

    Attributes
    ----------
    value
        The score (0-1).
    rule
        The rule in words.
    kind, target, confidence
        The rule, as in ``Rule``.
    bound
        What the labels promise with that confidence: the least precision or recall, the largest
        share flagged. None where nothing is promised.
    """

    value: float
    rule: str
    kind: str = "f1"
    target: float | None = None
    confidence: float | None = None
    bound: float | None = None


def choose(rule: Rule, points: OperatingPoints, *, prevalence: float | None = None) -> Threshold:
    """Return the threshold that keeps to a rule, according to labelled listings.

    Parameters
    ----------
    rule
        One of ``"budget"``, ``"precision"``, ``"recall"`` or ``"threshold"``.
    points
        What the labels say.
    prevalence
        Share of positives where the threshold will be used, strictly between 0 and 1; None takes
        that of the labels. Positives and negatives are taken to look as they do among the labels.

    Returns
    -------
    Threshold
        The lowest one that keeps to a budget or a precision, the highest that keeps to a recall, in
        scores as the labels' are, whatever the prevalence.

    Raises
    ------
    InputError
        When there is no such rule, or the labels are too few to promise it; the message says how
        many more would do.
    """
    kind, target, confidence = rule.checked()
    if prevalence is not None and not 0 < prevalence < 1:
        raise InputError(f"the prevalence {prevalence} is not strictly between 0 and 1")
    if target is None:
        raise InputError("the largest F1 needs all scores; see largest_f1")
    if kind == "threshold":
        return by_hand(rule)
    if kind == "recall" and not points.n_positive:
        raise InputError("no labelled listing is positive; a recall needs some")
    if (kind == "precision" or prevalence is not None) and not 0 < points.prevalence < 1:
        raise InputError("all labelled listings are of one class; label some of both")
    rules = {"budget": _budget, "precision": _precision, "recall": _recall}
    # A recall is that of positives alone, at any prevalence.
    at = "" if prevalence is None or kind == "recall" else f", at prevalence {prevalence:g}"
    level, bound = rules[kind](points, target, confidence, prevalence)
    return Threshold(
        float(points.scores[level]),
        in_words(rule) + at,
        kind,
        target,
        confidence,
        float(bound),
    )


def by_hand(rule: Rule) -> Threshold:
    """Return the threshold that was chosen by hand; raise InputError if it is no score."""
    value = float(rule.checked().target or 0)
    return Threshold(value, in_words(rule), rule.kind, value)


def in_words(rule: Rule) -> str:
    """Return a rule as people would say it."""
    if rule.target is None:
        return "largest F1 on out-of-fold scores"
    if rule.kind == "threshold":
        return "chosen by hand"
    promise = {
        "budget": f"at most {100 * rule.target:.4g} % of listings flagged",
        "precision": f"precision at least {rule.target:g}",
        "recall": f"recall at least {rule.target:g}",
    }[rule.kind]
    return f"{promise} with {100 * rule.confidence:.4g} % confidence (Clopper-Pearson)"


def recall_ceiling(share: float, prevalence: float) -> float:
    """Return the largest recall (0-1) that any ranking has when a share of listings is flagged.

    Were every flagged listing a positive, the recall would be ``share / prevalence``.

    Examples
    --------
    >>> round(recall_ceiling(2_000 / 10_000_000, prevalence=0.0015), 3)
    0.133
    """
    return min(1.0, share / prevalence) if prevalence > 0 else math.nan


def restated(precision: float, *, prevalence: float, at: float) -> float:
    """Return what a precision becomes where another share of the listings is positive.

    The odds of precision go with the odds of prevalence, if positives and negatives look the same
    in both places (Saerens et al. 2002).

    Parameters
    ----------
    precision
        Share of positives among the flagged (0-1); NaN stays NaN.
    prevalence
        Share of positives among all listings where the precision was found.
    at
        The same where it is wanted; both strictly between 0 and 1.

    Examples
    --------
    >>> round(restated(0.9, prevalence=0.05, at=0.0015), 3)
    0.204
    """
    hits = precision * at / prevalence
    misses = (1 - precision) * (1 - at) / (1 - prevalence)
    return hits / (hits + misses)


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
    return Threshold(float(value), in_words(Rule()))


def _precision(
    points: OperatingPoints, target: float, confidence: float, prevalence: float | None
) -> tuple[int, float]:
    """Return the lowest level at which the precision's bound holds, and the bound.

    Trying one level after the other until one passes would find a lucky one. So the first to be
    tried is chosen by the scores, without a look at the labels: that where they promise the highest
    bound. From there it goes down to the last level before the bound fails (fixed-sequence testing,
    as in Angelopoulos et al. 2021, "Learn then Test"), and no confidence is used up.
    """
    there = points.prevalence if prevalence is None else prevalence
    needed = restated(target, prevalence=there, at=points.prevalence)
    n = points.n_flagged / points.design_effects
    expected = lower_bound(points.n_expected / points.design_effects, n, confidence)
    found = lower_bound(points.n_hits / points.design_effects, n, confidence)
    first = int(np.argmax(expected))
    if not found[first] >= needed:
        raise InputError(_too_few_for_precision(points, first, target, needed, confidence))
    fails = np.flatnonzero(found[first:] < needed)
    level = first + (int(fails[0]) if len(fails) else len(n) - first) - 1
    return level, restated(float(found[level]), prevalence=points.prevalence, at=there)


def _recall(
    points: OperatingPoints, target: float, confidence: float, prevalence: float | None
) -> tuple[int, float]:
    del prevalence  # recall is that of positives alone
    effect = points.design_effect_positive
    n = points.n_positive / effect
    found = lower_bound(points.n_hits / effect, n, confidence)
    passes = np.flatnonzero(found >= target)
    if not len(passes):
        least = _n_without_error(target, confidence)
        raise InputError(
            f"{points.n_positive:,} positive listings, worth {n:,.0f} independent ones, are too few"
            f" to promise a recall of {target:g} with {100 * confidence:.4g} % confidence; label"
            f" some {math.ceil(least - n):,} more of other sellers"
        )
    return int(passes[0]), float(found[passes[0]])


def _budget(
    points: OperatingPoints, target: float, confidence: float, prevalence: float | None
) -> tuple[int, float]:
    found = _largest_share(points, confidence, prevalence)
    passes = np.flatnonzero(found <= target)
    if not len(passes):
        n = (points.n_positive + points.n_negative) / points.design_effect
        raise InputError(
            f"{points.n_positive + points.n_negative:,} labelled listings, worth {n:,.0f}"
            f" independent ones, are too few to promise that at most {100 * target:.4g} % of"
            f" listings are flagged with {100 * confidence:.4g} % confidence, which takes some"
            f" {_n_with_one(target, confidence):,}; a budget needs no labels when it is given for"
            " scoring: it is then filled from the listings themselves"
        )
    return int(passes[-1]), float(found[passes[-1]])


def _largest_share(points: OperatingPoints, confidence: float, prevalence: float | None) -> Floats:
    """Return which share of listings is flagged at each level at most."""

    def bounds(n_flagged: Ints, n: int, effect: float, confidence: float) -> Floats:
        return upper_bound(n_flagged / effect, n / effect, confidence)

    if prevalence is None:
        n = points.n_positive + points.n_negative
        return bounds(points.n_flagged, n, points.design_effect, confidence)
    each = (1 + confidence) / 2  # both bounds hold at once with the confidence wanted
    n_misses = points.n_flagged - points.n_hits
    of_positives = bounds(points.n_hits, points.n_positive, points.design_effect_positive, each)
    of_negatives = bounds(n_misses, points.n_negative, points.design_effect_negative, each)
    return prevalence * of_positives + (1 - prevalence) * of_negatives


def _too_few_for_precision(
    points: OperatingPoints, level: int, target: float, needed: float, confidence: float
) -> str:
    n_flagged, n_hits = int(points.n_flagged[level]), int(points.n_hits[level])
    n, k = (float(each / points.design_effects[level]) for each in (n_flagged, n_hits))
    least = _n_without_error(needed, confidence)
    n_more = _smallest(lambda more: lower_bound(k + more, n + more, confidence) >= needed)
    return (
        f"the labels cannot promise a precision of {target:g} with {100 * confidence:.4g} %"
        f" confidence:"
        f" {n_hits:,} of {n_flagged:,} flagged from score {points.scores[level]:.4f} are positive,"
        f" worth {n:,.0f} independent ones; that needs {least:,} without an error, or some"
        f" {n_more:,} more clean labels of other sellers"
    )


def _n_without_error(least: float, confidence: float) -> int:
    """Return how many must be seen without an error for the lower bound to reach a share."""
    return _smallest(lambda n: lower_bound(n, n, confidence) >= least)


def _n_with_one(most: float, confidence: float) -> int:
    """Return how many must be seen, one of them flagged, for the upper bound to reach a share."""
    return _smallest(lambda n: upper_bound(1, max(n, 1), confidence) <= most)


def _smallest(holds: Callable[[int], Any]) -> int:
    """Return the smallest number for which something holds that holds from there on."""
    return bisect.bisect_left(range(_MOST_NEEDED), True, key=lambda n: bool(holds(n)))
