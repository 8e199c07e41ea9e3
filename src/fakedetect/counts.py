"""Counts of n-grams, and which n-grams are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

MIN_LISTINGS = 2  # an n-gram of a single listing says nothing about another
MOST_NGRAMS = 1_000_000  # of words, and of characters; what occurs more rarely is left out


class Counts(NamedTuple):
    """The n-grams of some texts, and how often each text has them.

    Attributes
    ----------
    word_terms, char_terms
        N-grams of at least two texts, those of the most texts first, of equals in the order of
        the alphabet.
    n_texts
        In how many of the texts each n-gram stands, words first, shape (n_terms,).
    starts
        Where each text's entries start and the last text's end, shape (n_texts + 1,).
    slots, counts
        Which n-gram, characters after words, and how often it occurs. A text's words stand before
        its n-grams of characters.
    """

    word_terms: list[str]
    char_terms: list[str]
    n_texts: Ints
    starts: npt.NDArray[np.int64]
    slots: npt.NDArray[np.int32]
    counts: npt.NDArray[Any]


class Selection(NamedTuple):
    """N-grams to keep: their indices and terms, in the order of their slots."""

    indices: Ints
    terms: list[str]


def select(n_texts: Ints, n_times: Ints, terms_of: Callable[[Ints], Sequence[str]]) -> Selection:
    """Return the n-grams of at least two texts, or of these the million that occur most often.

    Of those that occur equally often, the first in the alphabet are kept.

    Parameters
    ----------
    n_texts, n_times
        In how many texts each n-gram stands, and how often in all of them, shape (n,).
    terms_of
        Gives the terms of some indices.
    """
    indices = np.flatnonzero(n_texts >= MIN_LISTINGS)
    if len(indices) > MOST_NGRAMS:
        least = np.partition(n_times[indices], -MOST_NGRAMS)[-MOST_NGRAMS]
        sure = indices[n_times[indices] > least]
        equal = indices[n_times[indices] == least]
        by_term = sorted(zip(terms_of(equal), equal.tolist(), strict=True))
        first = [index for _, index in by_term[: MOST_NGRAMS - len(sure)]]
        indices = np.concatenate([sure, np.array(first, dtype=np.int64)])
    terms = list(terms_of(indices))
    order = np.array(sorted(range(len(terms)), key=terms.__getitem__), dtype=np.int64)
    order = order[np.argsort(-n_texts[indices][order], kind="stable")]
    return Selection(indices[order], [terms[at] for at in order.tolist()])
