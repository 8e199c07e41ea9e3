"""A model as a plain scikit-learn pipeline.

Its first step is the text step of ``fakedetect.text``; what follows are scikit-learn's parts. A
long listing's margin comes from the whole text or from a segment of it, and nothing of scikit-learn
chooses between texts. So the pipeline then ends in a small classifier of ours, round an inner
pipeline that gives the margin of a text as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer

from fakedetect.features import Floats, TfidfFeatures
from fakedetect.segments import Segments
from fakedetect.text import EDITION, mend, read


class SegmentClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # untyped
    """A fitted classifier that judges a text by the whole, or by its most suspicious segment.

    Parameters
    ----------
    whole
        A fitted classifier of texts into 0 and 1, whose ``decision_function`` gives log-odds.
    n_words, step, penalty
        As in ``fakedetect.segments.Segments``.
    """

    def __init__(self, whole: Any, n_words: int, step: int, penalty: float) -> None:
        self.whole = whole
        self.n_words = n_words
        self.step = step
        self.penalty = penalty

    @property
    def classes_(self) -> Any:
        """The classes: 0, and 1 for suspected counterfeit."""
        return self.whole.classes_

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, texts: Any, labels: Any) -> SegmentClassifier:
        """Raise, since calibration and penalty come from folds; ``fakedetect.train`` has them."""
        raise NotImplementedError("train with fakedetect.train and export the model again")

    def decision_function(self, texts: Sequence[str]) -> Floats:
        """Return the log-odds of each text, shape (n,)."""
        rule = Segments(self.n_words, self.step, self.penalty)
        return rule.margins(list(texts), self.whole.decision_function)

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Return the probabilities of both classes, shape (n, 2)."""
        with np.errstate(over="ignore"):  # exp of a huge number is infinity, and 1 / inf is right
            positive = 1.0 / (1.0 + np.exp(-self.decision_function(texts)))
        return np.stack([1.0 - positive, positive], axis=1)

    def predict(self, texts: Sequence[str]) -> Any:
        """Return the more probable class of each text, shape (n,)."""
        return self.classes_[(self.decision_function(texts) > 0).astype(int)]


def pipeline(
    features: TfidfFeatures,
    coefficients: Floats,
    intercept: float,
    segments: Segments | None = None,
    edition: int = EDITION,
) -> Pipeline:
    """Return a fitted ``Pipeline`` that gives a model's probabilities.

    Parameters
    ----------
    features
        The fitted TF-IDF.
    coefficients, intercept
        Those of the logistic regression, shape (n_features,) and one number, in log-odds.
    segments
        How long texts are read; None reads them as a whole.
    edition
        Of the canonical text.
    """
    regression = LogisticRegression()
    regression.classes_ = np.array([0, 1])
    regression.coef_ = coefficients[np.newaxis].copy()
    regression.intercept_ = np.array([intercept])
    regression.n_features_in_ = len(coefficients)
    regression.n_iter_ = np.array([0], dtype=np.int32)
    whole = Pipeline(
        [
            ("read", FunctionTransformer(partial(_read, edition=edition))),
            ("features", FeatureUnion(features.vectorizers())),
            ("model", regression),
        ]
    )
    mending = ("mend", FunctionTransformer(partial(_mended, edition=edition)))
    if segments is None:
        return Pipeline([mending, *whole.steps])
    judge = SegmentClassifier(whole, segments.n_words, segments.step, segments.penalty)
    return Pipeline([mending, ("segments", judge)])


def _mended(texts: Sequence[str], edition: int) -> list[str]:
    return [mend(text, edition).text for text in texts]


def _read(texts: Sequence[str], edition: int) -> list[str]:
    return [read(text, edition) for text in texts]
