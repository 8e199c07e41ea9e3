"""Models from files: loaded and checked, and the starter model that comes with the package."""

from __future__ import annotations

import dataclasses
import functools
import importlib.resources
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fakedetect import modelfile
from fakedetect.errors import ModelRefused
from fakedetect.features import Floats, TfidfFeatures
from fakedetect.model import Model
from fakedetect.segments import Segments
from fakedetect.text import mend, read

CANARY_TOLERANCE = 1e-6


def load(
    path: str | os.PathLike[str],
    *,
    sha256: str | None = None,
    key: bytes | None = None,
    mmap: bool = False,
) -> Model:
    """Read a model file.

    Parameters
    ----------
    path
        The file; one of an older format is read as if written today.
    sha256
        SHA-256 that the whole file must have, in hexadecimal digits as ``sha256sum`` prints it.
    key
        Key that the file must be sealed with; None takes files without a key only.
    mmap
        Map the file into memory instead of reading it, so that processes share its arrays. It must
        then not be altered in place while the model is in use; ``save`` never does that.

    Raises
    ------
    InputError
        When the digest is none, or the key is too short.
    ModelRefused
        When the file is missing, not the pinned one, not sealed with the key, no model file,
        truncated, altered, of an unknown format, holds anything but plain data, or does not give
        its canary texts the scores it was saved with. No code in the file runs.
    """
    parts = modelfile.read(path, sha256=sha256, key=key, mapped=mmap)
    header, word_terms, char_terms, idf, coefficients = parts
    model = Model(
        TfidfFeatures(word_terms, char_terms, idf),
        coefficients,
        header["intercept"],
        header["threshold"]["value"],
        {key: value for key, value in header.items() if key not in modelfile.NOT_OF_THE_CARD},
        None if header["segments"] is None else Segments(**header["segments"]),
    )
    expected = np.array([canary["score"] for canary in header["canaries"]])
    found = _scores_alone(model, [canary["text"] for canary in header["canaries"]])
    differences = np.abs(found - expected)
    if not np.all(differences <= CANARY_TOLERANCE):
        raise ModelRefused(
            f"{path}: the model does not give its canary texts the scores it was saved with (off by"
            f" {np.max(differences):.2g}); use the library versions it was trained with, or train"
            " again"
        )
    return model


def _scores_alone(model: Model, texts: list[str]) -> Floats:
    """Return the scores of a few texts by a model of their n-grams only: the same, and sooner."""
    parts = [mend(text, model.edition).text for text in texts]
    if model.segments is not None:
        parts += [part[start:end] for part in parts for start, end in model.segments.spans(part)]
    features, slots = model.features.narrowed([read(part, model.edition) for part in parts])
    narrow = dataclasses.replace(model, features=features, coefficients=model.coefficients[slots])
    scores: Floats = narrow.score(texts, engine="walk")
    return scores


@functools.cache
def starter() -> Model:
    """Return the model that comes with the package, an example that catches overt claims."""
    packaged = importlib.resources.files("fakedetect") / "starter.joblib"
    in_repository = Path(__file__).parents[2] / "models" / "starter.joblib"
    return load(str(packaged) if packaged.is_file() else in_repository)


def score(
    listings: Any,
    model: Model | str | os.PathLike[str] | None = None,
    *,
    text: Sequence[str] | None = None,
    engine: str | None = None,
    n_threads: int | None = None,
) -> Any:
    """Return the probability (0-1) that each listing is a suspected counterfeit.

    Parameters
    ----------
    listings
        A string, a sequence of strings, a pandas Series or DataFrame, or a pyarrow Array or Table.
    model
        A model or the path of its file; None takes the starter model, which is an example and no
        judgement about anyone's marketplace. Load a model once with ``load`` to score many times.
    text
        Text columns of a table; None takes those the model was trained on, as far as they are
        there.
    engine, n_threads
        As for ``Model.margin``.

    Returns
    -------
    float, numpy.ndarray, pandas.Series or pyarrow.Array
        As ``Model.score`` returns it.

    Raises
    ------
    InputError
        When a column is missing or a value is not text.
    ModelRefused
        When the model file is refused.

    Examples
    --------
    >>> score(["Genuine leather belt with receipt", "1:1 mirror quality belt"]).round()
    array([0., 1.])
    """
    if model is None:
        model = starter()
    elif not isinstance(model, Model):
        model = load(model)
    return model.score(listings, text=text, engine=engine, n_threads=n_threads)
