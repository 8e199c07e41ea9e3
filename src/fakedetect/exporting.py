"""A model as a plain scikit-learn pipeline."""

from __future__ import annotations

import operator
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from fakedetect.features import Floats, TfidfFeatures
from fakedetect.text import PILE_KEPT, code_point_table, pile_pattern

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


def pipeline(features: TfidfFeatures, coefficients: Floats, intercept: float) -> Pipeline:
    """Return a fitted ``Pipeline`` of scikit-learn's parts that gives a model's probabilities.

    Parameters
    ----------
    features
        The fitted TF-IDF.
    coefficients, intercept
        Those of the logistic regression, shape (n_features,) and one number, in log-odds.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import FeatureUnion, Pipeline
    from sklearn.preprocessing import FunctionTransformer

    regression = LogisticRegression()
    regression.classes_ = np.array([0, 1])
    regression.coef_ = coefficients[np.newaxis].copy()
    regression.intercept_ = np.array([intercept])
    regression.n_features_in_ = len(coefficients)
    regression.n_iter_ = np.array([0], dtype=np.int32)
    text_steps: dict[str, Callable[[str], str]] = {
        "fold": operator.methodcaller("translate", dict(code_point_table())),
        "unpile": partial(pile_pattern().sub, PILE_KEPT),
        "compose": partial(unicodedata.normalize, "NFC"),
    }
    return Pipeline(
        [
            *(
                # With a signature, vectorize keeps no ufunc, which could not be pickled.
                (name, FunctionTransformer(np.vectorize(step, [object], signature="()->()")))
                for name, step in text_steps.items()
            ),
            ("features", FeatureUnion(features.vectorizers())),
            ("model", regression),
        ]
    )
