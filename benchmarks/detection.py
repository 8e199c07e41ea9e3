"""``python -m benchmarks.detection``: variants of the method, judged on sellers held out.

Each line changes one thing and fits everything else as ``fakedetect train`` does. Average precision
is of scores pooled over five folds, for several ways to cut the folds; the first half of these
served to choose what is worth a look, the second half has no part in that. ``docs/experiments.md``
tells what came of it.
"""

from __future__ import annotations

import argparse
import itertools
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import average_precision_score

from fakedetect import features
from fakedetect.counts import Counts
from fakedetect.features import Fitted
from fakedetect.fitting import fit_scaled, log_count_ratios
from fakedetect.labels import Labelled, read_labelled
from fakedetect.splits import SELLER, SELLER_COPIES, Fold, Split, every, strictest
from fakedetect.text import word_pattern

from . import tables
from .texts import SHARED, SHIPPED

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

# Inverse penalties: those that the method chooses from on these titles.
_CANDIDATES = (0.3, 1.0)
_SPLITS = (SELLER_COPIES, SELLER)


class Training(NamedTuple):
    """What a variant may learn from: weights, labels, sellers, and the kind of each n-gram.

    ``users`` are the sellers that use each n-gram in a positive, and in a negative listing.
    """

    X: sparse.csr_matrix
    labels: Bools
    groups: Ints
    kinds: Ints
    users: tuple[Floats, Floats]


Linear = tuple[Floats, float]


class Variant(NamedTuple):
    """A method: how n-grams are counted, weighed and scaled, and how coefficients are fitted."""

    name: str
    scale: Callable[[Training], Floats]
    count: Callable[[Sequence[str]], Counts] = features.count
    weigh: Callable[[Fitted], sparse.csr_matrix] = lambda fitted: fitted.X
    fit: Callable[[Training, Floats, float], Linear] | None = None


def kinds(fitted: Fitted) -> Ints:
    """Return the kind of each n-gram: 0 words, 1 pairs of words, else the number of characters."""
    words = [" " in term for term in fitted.features.word_terms]
    return np.array([*words, *map(len, fitted.features.char_terms)], dtype=np.intp)


def ratios(training: Training, *, power: float) -> Floats:
    """Return another power of the log-count ratios."""
    P, Q = (1 + users for users in training.users)
    return np.asarray(abs(np.log((P / P.sum()) / (Q / Q.sum()))) ** power)


def shipped(training: Training) -> Floats:
    """Return the scale of ``fakedetect.fitting``."""
    return log_count_ratios(training.X, training.labels, training.groups) ** 2


def none(training: Training) -> Floats:
    """Return one scale for all, with which the candidates are penalties that suit it."""
    return np.full(training.X.shape[1], 30**0.5)


def within_kinds(training: Training, *, negative: float = 1.0) -> Floats:
    """Return ratios of shares among n-grams of the same kind; ``negative`` is added to Q."""
    P, Q = training.users[0] + 1, training.users[1] + negative
    totals = [np.bincount(training.kinds, each)[training.kinds] for each in (P, Q)]
    return np.asarray(np.log((P / totals[0]) / (Q / totals[1])) ** 2)


def plainly(training: Training, scale: Floats, C: float) -> Linear:
    """Fit as the project does."""
    coefficients, intercept = fit_scaled(_times(training.X, scale), training.labels, C)
    return scale * coefficients, intercept


def with_intercepts(training: Training, scale: Floats, C: float) -> Linear:
    """Fit an intercept for each seller beside the rest, and forget it."""
    numbers = np.unique(training.groups, return_inverse=True)[1]
    rows = np.arange(len(numbers))
    sellers = sparse.csr_matrix((np.ones(len(numbers)), (rows, numbers)))
    X = sparse.hstack([_times(training.X, scale), sellers], format="csr")
    coefficients, intercept = fit_scaled(X, training.labels, C)
    return scale * coefficients[: len(scale)], intercept


def averaged(training: Training, scale: Floats, C: float) -> Linear:
    """Average fits on seven tenths of the sellers each."""
    rng = np.random.default_rng(0)
    groups = np.unique(training.groups)
    X = _times(training.X, scale)
    found = []
    for _ in range(5):
        drawn = rng.choice(groups, int(0.7 * len(groups)), replace=False)
        kept = np.isin(training.groups, drawn)
        found.append(fit_scaled(X[kept], training.labels[kept], C))
    coefficients = np.mean([each for each, _ in found], axis=0)
    return scale * coefficients, float(np.mean([each for _, each in found]))


def _times(X: sparse.csr_matrix, scale: Floats) -> sparse.csr_matrix:
    scaled = X.copy()
    scaled.data *= scale[X.indices]
    return scaled


def weaker_idf(fitted: Fitted) -> sparse.csr_matrix:
    """Return weights with the square root of the inverse document frequency."""
    is_char = (kinds(fitted) > 1).astype(np.intp)
    return _normed(_times(fitted.X, fitted.features.idf**-0.5), is_char)


def _normed(X: sparse.csr_matrix, block_of: Ints) -> sparse.csr_matrix:
    rows = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
    blocks = 2 * rows + block_of[X.indices]
    norms = np.sqrt(np.bincount(blocks, X.data**2))
    return sparse.csr_matrix((X.data / norms[blocks], X.indices, X.indptr), shape=X.shape)


def without_accents(texts: Sequence[str]) -> Counts:
    """Count with all marks on letters taken off."""
    parted = [unicodedata.normalize("NFD", text) for text in texts]
    return features.count(
        ["".join(char for char in text if not unicodedata.combining(char)) for text in parted]
    )


def counted(
    texts: Sequence[str], *, gap: bool = False, longest: int = 2, chars: tuple[int, int] = (2, 5)
) -> Counts:
    """Count other n-grams: pairs around a word (``gap``), more words, other lengths."""

    def analyzer(text: str) -> list[str]:
        words = re.findall(word_pattern(), text)
        runs = [zip(*(words[at:] for at in range(n)), strict=False) for n in range(1, longest + 1)]
        terms = [" ".join(run) for run in itertools.chain(*runs)]
        pairs = zip(words, words[2:], strict=False) if gap else ()
        return terms + ["  ".join(pair) for pair in pairs]

    blocks: list[Any] = []
    for settings in ({"analyzer": analyzer}, {"analyzer": "char_wb", "ngram_range": chars}):
        vectorizer = CountVectorizer(lowercase=False, min_df=2, **settings)
        blocks.append((vectorizer.fit_transform(texts), vectorizer.get_feature_names_out()))
    X = sparse.hstack([X for X, _ in blocks], format="csr")
    X.sort_indices()
    words, characters = (names.tolist() for _, names in blocks)
    n_texts = np.bincount(X.indices, minlength=X.shape[1])
    return Counts(
        words, characters, n_texts, X.indptr.astype(np.int64), X.indices.astype(np.int32), X.data
    )


VARIANTS = (
    Variant("as it is", shipped),
    Variant("no ratios", none),
    Variant("power 1.5", partial(ratios, power=1.5)),
    Variant("power 3", partial(ratios, power=3.0)),
    Variant("shares within each kind", within_kinds),
    Variant("the same, half a seller to negatives", partial(within_kinds, negative=0.5)),
    Variant("intercepts of sellers", shipped, fit=with_intercepts),
    Variant("average of 5 fits on 70 % of sellers", shipped, fit=averaged),
    Variant("square root of idf", shipped, weigh=weaker_idf),
    Variant("pairs around a word", shipped, partial(counted, gap=True)),
    Variant("three words", shipped, partial(counted, longest=3)),
    Variant("characters 2-6", shipped, partial(counted, chars=(2, 6))),
    Variant("accents taken off", shipped, without_accents),
)


def scores(variant: Variant, counts: Counts, labelled: Labelled, fold: Fold) -> dict[float, Floats]:
    """Return margins of a fold's held-out listings for each candidate."""
    training, held_out = fold
    fitted = features.fit(counts, training)
    X = variant.weigh(fitted)
    labels, groups = labelled.labels[training], labelled.groups[training]
    of_fold = Training(
        X[training], labels, groups, kinds(fitted), _users(X[training], labels, groups)
    )
    scale = variant.scale(of_fold)
    found = {}
    for C in _CANDIDATES:
        coefficients, intercept = (variant.fit or plainly)(of_fold, scale, C)
        found[C] = X[held_out] @ coefficients + intercept
    return found


def _users(X: sparse.csr_matrix, labels: Bools, groups: Ints) -> tuple[Floats, Floats]:
    """Return how many sellers use each n-gram in a positive, and in a negative listing."""

    def of(rows: Ints) -> Floats:
        numbers = np.unique(groups[rows], return_inverse=True)[1]
        members = sparse.csr_matrix((np.ones(len(rows)), (numbers, np.arange(len(rows)))))
        used = sparse.csr_matrix(members @ X[rows])
        return np.bincount(used.indices, minlength=X.shape[1]).astype(np.float64)

    return of(np.flatnonzero(labels)), of(np.flatnonzero(~labels))


def pooled(
    variant: Variant, counts: Counts, labelled: Labelled, split: Split
) -> dict[float, float]:
    """Return a split's average precision, margins pooled over its folds, for each candidate."""
    margins = {C: np.full(len(labelled.labels), np.nan) for C in _CANDIDATES}
    for fold in split.folds:
        for C, found in scores(variant, counts, labelled, fold).items():
            margins[C][fold.held_out] = found
    return {C: average_precision_score(labelled.labels, each) for C, each in margins.items()}


def on_titles(variant: Variant, labelled: Labelled, seeds: Sequence[int]) -> Floats:
    """Return average precision by split and seed, the penalty chosen by the stricter split."""
    counts = variant.count(labelled.texts)
    found = np.empty((len(_SPLITS), len(seeds)))
    for column, seed in enumerate(seeds):
        splits = {split.name: split for split in every(labelled, seed=seed)}
        by_split = [pooled(variant, counts, labelled, splits[name]) for name in _SPLITS]
        best = max(by_split[0], key=lambda C: by_split[0][C])
        found[:, column] = [each[best] for each in by_split]
    return found


def on_shipped(variant: Variant) -> float:
    """Return average precision on the shipped test part, whose wording training has not seen."""
    table = pd.read_csv(SHIPPED, dtype=str, keep_default_na=False)
    labelled = read_labelled(table, group="wording")
    is_training = (table["split"] == "train").to_numpy()
    part = read_labelled(table[is_training], group="wording")
    by_candidate = pooled(variant, variant.count(part.texts), part, strictest(part))
    best = max(by_candidate, key=lambda C: by_candidate[C])
    fold = Fold(np.flatnonzero(is_training), np.flatnonzero(~is_training))
    margins = scores(variant, variant.count(labelled.texts), labelled, fold)[best]
    return float(average_precision_score(labelled.labels[~is_training], margins))


def row(name: str, found: Floats, base: Floats, of_shipped: float) -> list[str]:
    """Return a line: figures of all seeds, gains of both halves with their standard errors."""
    half = found.shape[1] // 2
    cells = [name]
    for split, ours in enumerate(found):
        cells.append(f"{ours.mean():.3f}")
        gains = ours - base[split]
        for part in (gains[:half], gains[half:]):
            error = part.std(ddof=1) / len(part) ** 0.5
            cells.append(f"{part.mean():+.4f} ± {error:.4f}" if part.any() else "")
    return [*cells, f"{of_shipped:.4f}"]


def main() -> None:
    """Measure the variants and print a line for each as it is done."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10, help="ways to cut the folds, at least 4")
    parser.add_argument("--only", metavar="NAME", nargs="+", default=[])
    options = parser.parse_args()
    listings = pd.read_csv(SHARED / "market-titles.csv", dtype=str, keep_default_na=False)
    labelled = read_labelled(listings, text=["title"])
    gains = ["gain, to choose", "gain, to confirm"]
    header = ["", "copies apart", *gains, "copies kept", *gains, "shipped"]
    base: Floats | None = None
    for variant in VARIANTS:
        if base is not None and options.only and variant.name not in options.only:
            continue
        found = on_titles(variant, labelled, range(options.seeds))
        base = found if base is None else base
        cells = row(variant.name, found, base, on_shipped(variant))
        if found is base:
            print(tables.markdown(header, [cells]), end="", flush=True)
        else:
            print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
