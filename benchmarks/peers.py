"""The peers, each from its package and by its fastest way: no Python call per text.

fastText and Vowpal Wabbit read files of their own formats. These hold canonical texts and are
written beforehand, so lower-casing and tidying cost the peers nothing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# Of a few settings tried, those with the best average precision on held-out sellers.
FASTTEXT = {
    "subwords": {"wordNgrams": 1, "minn": 2, "maxn": 5, "epoch": 15, "lr": 0.5},
    "bigrams": {"wordNgrams": 2, "minn": 0, "maxn": 0, "epoch": 25, "lr": 0.1},
}
VOWPAL_WABBIT = "--loss_function logistic --ngram t2 -b 22 --passes 20 --holdout_off -k"
_PUNCTUATION = re.compile(r"[^\w\s]")
_LEAST = 1e-9  # probability


class Timed(NamedTuple):
    """A result and the seconds it took."""

    value: Any
    seconds: float


def with_punctuation_apart(text: str) -> str:
    """Return a text with spaces around its punctuation, as both peers recommend."""
    return _PUNCTUATION.sub(r" \g<0> ", text)


def write_fasttext(path: Path, texts: Iterable[str], labels: Iterable[bool]) -> None:
    """Write labelled canonical texts in fastText's format."""
    with path.open("w", encoding="utf-8") as file:
        for text, label in zip(texts, labels, strict=True):
            file.write(f"__label__{int(label)} {text}\n")


def write_vowpal_wabbit(path: Path, texts: Iterable[str], labels: Iterable[bool]) -> None:
    """Write labelled canonical texts in Vowpal Wabbit's format, where ``:`` and ``|`` are signs."""
    signs = str.maketrans(":|", "  ")
    with path.open("w", encoding="utf-8") as file:
        for text, label in zip(texts, labels, strict=True):
            file.write(f"{2 * int(label) - 1} |t {text.translate(signs)}\n")


def train_fasttext(file: Path, settings: str, n_threads: int) -> Timed:
    """Return a trained fastText model, the C++ one inside the wrapper."""
    import fasttext

    start = time.perf_counter()
    model = fasttext.train_supervised(
        str(file), thread=n_threads, verbose=0, seed=0, **FASTTEXT[settings]
    )
    return Timed(model.f, time.perf_counter() - start)


def load_fasttext(path: str) -> Any:
    """Return a saved fastText model, the C++ one inside the wrapper."""
    import fasttext_pybind

    model = fasttext_pybind.fasttext()
    model.loadModel(path)
    return model


def fasttext_margins(model: Any, texts: Iterable[str]) -> npt.NDArray[np.float64]:
    """Return the log-odds of the positive label, for judging quality: one call per text."""
    import numpy as np

    margins = []
    for text in texts:
        # The wrapper fails under NumPy 2, and multilinePredict gives all labels one probability.
        chances = {name: chance for chance, name in model.predict(f"{text}\n", 2, 0.0, "strict")}
        positive, negative = chances.get("__label__1", 0.0), chances.get("__label__0", 0.0)
        margins.append(np.log(max(positive, _LEAST)) - np.log(max(negative, _LEAST)))
    return np.array(margins)


def run_fasttext(model: Any, file: Path) -> Timed:
    """Score a file: fastText's own test reads and predicts line by line in C++."""
    start = time.perf_counter()
    n_rows, _, _ = model.test(str(file), 1, 0.0)
    return Timed(n_rows, time.perf_counter() - start)


def train_vowpal_wabbit(file: Path, model: Path) -> float:
    """Train a Vowpal Wabbit model into a file; return the seconds."""
    from vowpalwabbit import Workspace

    cache = file.with_suffix(".cache")
    start = time.perf_counter()
    # Given a data file, a workspace runs its own driver over it before it is handed over.
    arguments = f"{VOWPAL_WABBIT} --cache_file {cache} -d {file} -f {model} --quiet"
    Workspace(arguments).finish()
    seconds = time.perf_counter() - start
    cache.unlink()
    return seconds


def run_vowpal_wabbit(model: Path, file: Path, predictions: Path) -> float:
    """Score a file into a file of margins; return the seconds, with loading the model."""
    from vowpalwabbit import Workspace

    start = time.perf_counter()
    Workspace(f"-t -i {model} -d {file} -r {predictions} --quiet").finish()
    return time.perf_counter() - start
