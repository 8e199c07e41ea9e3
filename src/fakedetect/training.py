"""Fitting a model whose figures were earned on sellers it had not seen.

Labelled listings go through grouped folds: each fold is scored by a model that saw none of its
sellers and none of its texts. These out-of-fold margins choose the regularisation, fix the
calibration and the threshold, and give the figures. One final fit on everything is the model.
"""

from __future__ import annotations

import platform
import unicodedata
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from fakedetect import metrics
from fakedetect.counts import MIN_LISTINGS, MOST_NGRAMS
from fakedetect.decisions import Threshold, largest_f1
from fakedetect.features import CHAR_NGRAMS, WORD_NGRAMS, fit
from fakedetect.fitting import RATIO_POWER, OutOfFold, Progress, fit_regression, out_of_fold
from fakedetect.labels import DEFAULT_LABEL_COLUMN, Labelled, read_labelled, sketch
from fakedetect.model import Model, probability
from fakedetect.operating_points import OperatingPoints
from fakedetect.splits import N_FOLDS


def train(
    listings: Any,
    *,
    label: str = DEFAULT_LABEL_COLUMN,
    text: Sequence[str] | None = None,
    group: str | None = None,
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
        Its ``card["metrics"]`` holds the out-of-fold figures with intervals.

    Raises
    ------
    InputError
        When a column is missing, a label is not 1, 0 or empty, a class is missing, or there are
        too few positives or sellers for the folds.
    """
    labelled = read_labelled(listings, label=label, text=text, group=group)
    scored = out_of_fold(
        labelled,
        n_folds=n_folds,
        seed=seed,
        engine=engine,
        n_threads=n_threads,
        progress=progress,
    )
    scores = probability(scored.margins)
    threshold = largest_f1(labelled.labels, scores)
    fitted = fit(scored.counts)
    coefficients, intercept = fit_regression(fitted.X, labelled.labels, labelled.groups, scored.C)
    card = _card(labelled, scored, threshold, n_folds=n_folds, seed=seed)
    card["fit"]["n_features"] = len(fitted.features)
    card["operating_points"] = OperatingPoints.of(
        labelled.labels, scores, labelled.groups
    ).as_dict()
    card["metrics"] = {
        name: figure._asdict()
        for name, figure in metrics.figures(
            labelled.labels, scores, labelled.groups, threshold.value, seed=seed
        ).items()
    }
    if progress:
        progress(n_folds + 1, n_folds + 1)
    return Model(
        fitted.features,
        scored.slope * coefficients,
        scored.slope * intercept + scored.offset,
        threshold.value,
        card,
    )


def _card(
    labelled: Labelled, scored: OutOfFold, threshold: Threshold, *, n_folds: int, seed: int
) -> dict[str, Any]:
    n_positive = int(labelled.labels.sum())
    return {
        "versions": {
            "python": platform.python_version(),
            "unicode": unicodedata.unidata_version,
            **{name: version(name) for name in ("fakedetect", "joblib", "numpy", "scikit-learn")},
        },
        "text": {"columns": labelled.text_columns},
        "features": {
            "word_ngrams": list(WORD_NGRAMS),
            "char_ngrams": list(CHAR_NGRAMS),
            "min_listings": MIN_LISTINGS,
            "most_ngrams": MOST_NGRAMS,
        },
        "data": {
            "fingerprint": labelled.fingerprint,
            "sketch": sketch(labelled.texts),
            "n_labelled": len(labelled.labels),
            "n_positive": n_positive,
            "n_negative": len(labelled.labels) - n_positive,
            "n_unlabelled": labelled.n_unlabelled,
            "n_groups": int(labelled.groups.max()) + 1,
            "group_column": labelled.group_column,
        },
        "folds": {
            "n_folds": n_folds,
            "seed": seed,
            "n_copies_left_out": scored.n_copies_left_out,
        },
        "fit": {
            "C": scored.C,
            "ratio_power": RATIO_POWER,
            "candidates": [
                {"C": C, "average_precision": found}
                for C, found in scored.average_precisions.items()
            ],
        },
        "calibration": {
            "method": "Platt scaling on out-of-fold margins, folded into the weights",
            "slope": scored.slope,
            "offset": scored.offset,
            "prevalence": n_positive / len(labelled.labels),
        },
        "threshold": threshold._asdict(),
        "hold": None,
    }
