"""The last step of training: a card of what was found by folds, and one fit on everything.

The folds come first (``cross_validation``): their out-of-fold margins choose the regularisation,
fix the calibration and the threshold, and give the figures.
"""

from __future__ import annotations

import platform
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np

from fakedetect.appraisal import Terms
from fakedetect.counts import MIN_LISTINGS, MOST_NGRAMS, Counts
from fakedetect.cross_validation import CrossValidated, Progress, cross_validated
from fakedetect.decisions import Rule
from fakedetect.errors import InputError
from fakedetect.evaluation import Evaluation, of_method
from fakedetect.features import CHAR_NGRAMS, WORD_NGRAMS, Ints
from fakedetect.fitting import RATIO_POWER, fit_candidates
from fakedetect.labels import DEFAULT_LABEL_COLUMN, Labelled, read_labelled, sketch
from fakedetect.model import Model
from fakedetect.splits import N_FOLDS, Split, every, strictest
from fakedetect.text import EDITION


def train(  # noqa: PLR0913 # keywords of one call
    listings: Any,
    *,
    label: str = DEFAULT_LABEL_COLUMN,
    text: Sequence[str] | None = None,
    group: str | None = None,
    time: str | None = None,
    weight: str | None = None,
    by: Sequence[str] = (),
    rule: Rule | None = None,
    hold: Rule | None = None,
    n_per: str | None = None,
    prevalence: float | None = None,
    all_splits: bool = False,
    n_folds: int = N_FOLDS,
    seed: int = 0,
    engine: str | None = None,
    n_threads: int | None = None,
    progress: Progress | None = None,
) -> Model:
    """Train a model on labelled listings.

    Parameters
    ----------
    listings
        A pandas DataFrame or a pyarrow Table.
    label
        The column of labels: 1 suspected, 0 genuine, empty unlabelled (left out, counted).
    text
        The text columns; None takes ``title`` and ``description`` as far as they are there.
    group
        The column of sellers; None takes ``seller`` if it is there. Without sellers every listing
        counts as one, and the figures flatter: sellers repeat themselves.
    time, by
        As in ``evaluate``; the splits by time take ``all_splits``.
    weight
        The column of how much each label counts in fitting and calibration, from 0 (as if
        unlabelled) to 1; None counts all alike. The figures count all alike in any case.
    rule, hold
        Choose the thresholds for flagging and for holding; None takes the largest F1 and none.
    n_per
        In words, how the budget was stated that ``rule`` keeps to.
    prevalence
        Share (0-1) of positives where the model will be used; None takes that of the labels.
    all_splits
        Whether to judge by every split that the listings allow, as ``evaluate`` does, instead of
        the one that training uses; it takes some three times as long.
    n_folds
        Number of folds, at least 2; more positive listings and more sellers are needed than folds.
    seed
        Seed of the folds and of the intervals.
    engine, n_threads
        How n-grams are counted, as in ``features.count``; both engines count the same.
    progress
        Called with the steps done and the steps in all.

    Returns
    -------
    Model
        Its card holds the evaluation, without texts and sellers' names: ``card["metrics"]`` the
        out-of-fold figures with intervals.

    Raises
    ------
    InputError
        When a column is missing, a label is not 1, 0 or empty, a class is missing, there are too
        few positives or sellers for the folds, the labels cannot promise what a rule asks for, or
        a threshold by hand comes with a prevalence.
    """
    if prevalence is not None:
        _check_not_by_hand(rule, hold)
    labelled = read_labelled(
        listings, label=label, text=text, group=group, time=time, weight=weight, by=by
    )
    terms = Terms(
        rule,
        hold,
        budget=rule.target if rule is not None and rule.kind == "budget" else None,
        n_per=n_per,
        prevalence=prevalence,
        seed=seed,
    )
    if all_splits:
        splits = every(labelled, n_folds=n_folds, seed=seed)
    else:
        splits = [strictest(labelled, n_folds=n_folds, seed=seed)]
    found = cross_validated(labelled, splits, engine=engine, n_threads=n_threads, progress=progress)
    evaluation = of_method(labelled, found, terms, n_folds=n_folds)
    model = _fitted(labelled, found, evaluation, folds={"n_folds": n_folds, "seed": seed})
    if progress:
        progress(found.n_steps, found.n_steps)
    return model if prevalence is None else model.with_prevalence(prevalence)


def refitted(
    model: Model, labelled: Labelled, counts: Counts, rows: Ints, *, shift: float = 0.0
) -> Model:
    """Return what a model's settings give on other labels: one fit, and nothing chosen anew.

    Parameters
    ----------
    model
        The model whose settings, calibration and threshold are kept.
    labelled, counts
        The listings, and their n-grams.
    rows
        The listings to fit on, in ascending order; both classes present.
    shift
        Log-odds by which the model was moved to another prevalence.
    """
    fit, calibration = model.card["fit"], model.card["calibration"]
    fitted = fit_candidates(labelled, counts, rows, [fit["C"]], padded=fit["padded_copies"])
    ((coefficients, intercept),) = fitted.regressions
    slope, offset = calibration["slope"], calibration["offset"] + shift
    return replace(
        model,
        features=fitted.features,
        coefficients=slope * coefficients,
        intercept=slope * intercept + offset,
    )


def _check_not_by_hand(*rules: Rule | None) -> None:
    """Raise where a score is named that would be one of another prevalence."""
    if any(rule is not None and rule.kind == "threshold" for rule in rules):
        raise InputError(
            "a threshold by hand and a prevalence: the figures would be those of other scores than"
            " the model's; leave one out, and name the threshold for scoring"
        )


def _fitted(
    labelled: Labelled, found: CrossValidated, evaluation: Evaluation, *, folds: dict[str, Any]
) -> Model:
    """Return the model of all listings with the settings that were found."""
    own = found.own
    fitted = fit_candidates(
        labelled, found.counts, np.arange(len(labelled.labels)), [own.C], padded=own.is_padded
    )
    ((coefficients, intercept),) = fitted.regressions
    card = _card(labelled, found, evaluation)
    card["folds"] = {**folds, "n_copies_left_out": _n_left_out(labelled, found.own_split)}
    card["fit"]["n_features"] = len(fitted.features)
    return Model(
        fitted.features,
        own.slope * coefficients,
        own.slope * intercept + own.offset,
        evaluation.threshold.value,
        card,
        own.segments,
    )


def _n_left_out(labelled: Labelled, split: Split) -> int:
    """Return how many times a listing was left out of training for its text."""
    n = len(labelled.labels)
    return sum(n - len(fold.training) - len(fold.held_out) for fold in split.folds)


def prevalence_of(labelled: Labelled) -> float:
    """Return the share of positives that the scores are calibrated for."""
    return float(np.average(labelled.labels, weights=labelled.weights))


def _card(labelled: Labelled, found: CrossValidated, evaluation: Evaluation) -> dict[str, Any]:
    values = evaluation.card()
    n_positive = evaluation.data.n_positive
    return {
        **values,
        "versions": {
            "python": platform.python_version(),
            "unicode": unicodedata.unidata_version,
            **{name: version(name) for name in ("fakedetect", "joblib", "numpy", "scikit-learn")},
        },
        "text": {"columns": labelled.text_columns, "edition": EDITION},
        "features": {
            "word_ngrams": list(WORD_NGRAMS),
            "char_ngrams": list(CHAR_NGRAMS),
            "min_listings": MIN_LISTINGS,
            "most_ngrams": MOST_NGRAMS,
        },
        "data": {
            "fingerprint": labelled.fingerprint,
            "sketch": sketch(labelled.texts),
            "n_negative": len(labelled.labels) - n_positive,
            **values["data"],
        },
        "fit": {
            "C": found.own.C,
            "ratio_power": RATIO_POWER,
            "padded_copies": found.own.is_padded,
            "candidates": [
                {"C": C, "average_precision": figure}
                for C, figure in found.own.average_precisions.items()
            ],
        },
        "calibration": {
            "method": "Platt scaling on out-of-fold margins, folded into the weights",
            "slope": found.own.slope,
            "offset": found.own.offset,
            "prevalence": prevalence_of(labelled),
        },
    }
