"""TF-IDF over words and over the characters inside words: the one place with n-gram settings.

Two blocks stand side by side: runs of one and two words, and runs of two to five characters that
never cross a word (scikit-learn's ``char_wb``), which read any language without a tokenizer and
survive most misspellings. Counts are dampened (1 + log), weighted by inverse document frequency
and brought to unit length block by block.

scikit-learn counts and weighs when a model is fitted (``count``, ``fit``) and stays the reference
(``vectorizers``). Scoring and explaining take a walk in plain Python over the words of a text
(``TfidfFeatures.weigh``), which needs no scikit-learn, remembers the n-grams of words it has seen,
and knows where in the text each n-gram stands. Both give the same numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fakedetect.errors import InputError
from fakedetect.text import word_pattern

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

WORD_NGRAMS = (1, 2)
CHAR_NGRAMS = (2, 5)
MIN_LISTINGS = 2  # an n-gram of a single listing says nothing about another

_LONGEST_REMEMBERED = 64  # characters; longer words are rarely met again
_MOST_REMEMBERED = 200_000  # words; about 94 % of the words of real listings are among 100,000


class Ngram(NamedTuple):
    """A word or two of a canonical text, and where they stand: ``text[start:end]``."""

    term: str
    start: int
    end: int


def word_ngrams(text: str) -> Iterator[Ngram]:
    """Yield the words and pairs of neighbouring words of a canonical text."""
    before: re.Match[str] | None = None
    for word in re.finditer(word_pattern(), text):
        yield Ngram(word[0], word.start(), word.end())
        if before is not None:
            yield Ngram(f"{before[0]} {word[0]}", before.start(), word.end())
        before = word


def char_ngrams(word: str) -> list[str]:
    """Return the character n-grams of one word, short ones first, each length from the left.

    A space stands before and behind the word, so that n-grams at its edges differ from the rest.
    """
    padded = f" {word} "
    ngrams: list[str] = []
    for n in range(CHAR_NGRAMS[0], CHAR_NGRAMS[1] + 1):
        ngrams += [padded[at : at + n] for at in range(max(1, len(padded) - n + 1))]
        if len(padded) <= n:  # this one is the whole word and stands for all longer ones
            break
    return ngrams


@lru_cache(maxsize=256)
def char_spans(length: int) -> tuple[Ints, Ints]:
    """Return start and end of each of ``char_ngrams`` in a word of so many characters."""
    starts, ends = [], []
    for n in range(CHAR_NGRAMS[0], CHAR_NGRAMS[1] + 1):
        at = np.arange(max(1, length + 2 - n + 1)) - 1  # the padding stands before the word
        starts.append(np.maximum(at, 0))
        ends.append(np.minimum(at + n, length))
        if length + 2 <= n:
            break
    return np.concatenate(starts), np.concatenate(ends)


class Weights(NamedTuple):
    """The non-zero TF-IDF weights of some texts, ordered by row, then by feature.

    Attributes
    ----------
    rows, slots
        Index of the text and of the feature, shape (n,).
    values
        Weight, shape (n,); the weights of a row have unit length in each block.
    """

    rows: Ints
    slots: Ints
    values: Floats


class Occurrences(NamedTuple):
    """Where n-grams stand: n-gram ``slots[i]`` covers ``text[starts[i]:ends[i]]``, shape (n,)."""

    slots: Ints
    starts: Ints
    ends: Ints


@dataclass(frozen=True, eq=False)
class TfidfFeatures:
    """A fitted pair of TF-IDF blocks.

    Attributes
    ----------
    word_terms, char_terms
        The n-grams of each block in slot order; characters follow words.
    idf
        Inverse document frequency of every slot, ``ln((1 + n) / (1 + df)) + 1``.
    """

    word_terms: Sequence[str]
    char_terms: Sequence[str]
    idf: Floats
    _remembered: dict[str, list[int]] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        """Return the number of features."""
        return len(self.word_terms) + len(self.char_terms)

    def term(self, slot: int) -> str:
        """Return the n-gram of a slot."""
        n_words = len(self.word_terms)
        return self.word_terms[slot] if slot < n_words else self.char_terms[slot - n_words]

    @cached_property
    def _word_slots(self) -> dict[str, int]:
        return {term: slot for slot, term in enumerate(self.word_terms)}

    @cached_property
    def _char_slots(self) -> dict[str, int]:
        return {term: slot for slot, term in enumerate(self.char_terms, len(self.word_terms))}

    def weigh(self, texts: Sequence[str]) -> Weights:
        """Return the TF-IDF weights of canonical texts."""
        words = self._weigh_block([self._slots_of_words(text) for text in texts])
        chars = self._weigh_block([self._slots_of_chars(text) for text in texts])
        # A stable sort keeps words before characters, so a row's sum never depends on the others.
        order = np.argsort(np.concatenate([words.rows, chars.rows]), kind="stable")
        return Weights(*(np.concatenate(pair)[order] for pair in zip(words, chars, strict=True)))

    def occurrences(self, text: str) -> Occurrences:
        """Return the places of every known n-gram of a canonical text."""
        words = [ngram for ngram in word_ngrams(text) if ngram.term in self._word_slots]
        found = [
            Occurrences(
                np.array([self._word_slots[ngram.term] for ngram in words], dtype=np.intp),
                np.array([ngram.start for ngram in words], dtype=np.intp),
                np.array([ngram.end for ngram in words], dtype=np.intp),
            )
        ]
        start = 0
        places: dict[str, Occurrences] = {}
        for word in text.split():
            if word not in places:
                places[word] = self._in_word(word)
            slots, starts, ends = places[word]
            found.append(Occurrences(slots, starts + start, ends + start))
            start += len(word) + 1
        return Occurrences(*map(np.concatenate, zip(*found, strict=True)))

    def _in_word(self, word: str) -> Occurrences:
        slots = np.array([self._char_slots.get(term, -1) for term in char_ngrams(word)])
        starts, ends = char_spans(len(word))
        known = slots >= 0
        return Occurrences(slots[known], starts[known], ends[known])

    def _slots_of_words(self, text: str) -> list[int]:
        known = self._word_slots
        return [known[ngram.term] for ngram in word_ngrams(text) if ngram.term in known]

    def _slots_of_chars(self, text: str) -> list[int]:
        slots: list[int] = []
        for word in text.split():
            found = self._remembered.get(word)
            slots += self._look_up(word) if found is None else found
        return slots

    def _look_up(self, word: str) -> list[int]:
        known = self._char_slots
        slots = [known[term] for term in char_ngrams(word) if term in known]
        if len(word) <= _LONGEST_REMEMBERED:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[word] = slots
        return slots

    def _weigh_block(self, slots_of_texts: list[list[int]]) -> Weights:
        lengths = [len(slots) for slots in slots_of_texts]
        flat = np.fromiter(
            (slot for slots in slots_of_texts for slot in slots), np.intp, count=sum(lengths)
        )
        keys = np.repeat(np.arange(len(lengths)), lengths) * len(self) + flat
        keys, counts = np.unique(keys, return_counts=True)
        rows, slots = np.divmod(keys, max(1, len(self)))
        values = (1.0 + np.log(counts)) * self.idf[slots]
        norms = np.sqrt(np.bincount(rows, values * values, minlength=len(lengths)))
        return Weights(rows, slots, values / norms[rows])

    def vectorizers(self) -> list[tuple[str, Any]]:
        """Return the same blocks as named, fitted ``TfidfVectorizer``s for canonical texts.

        A block without a single n-gram, as a tiny training set may leave it, has none.
        """
        from sklearn.feature_extraction.text import TfidfVectorizer

        n_words = len(self.word_terms)
        fitted = []
        for name, settings, terms, idf in (
            ("words", _word_settings(), self.word_terms, self.idf[:n_words]),
            ("chars", _char_settings(), self.char_terms, self.idf[n_words:]),
        ):
            if not terms:
                continue
            vectorizer = TfidfVectorizer(
                **settings,
                sublinear_tf=True,
                vocabulary={term: slot for slot, term in enumerate(terms)},
            )
            vectorizer.idf_ = idf
            fitted.append((name, vectorizer))
        return fitted


class Block(NamedTuple):
    """Counts of one kind of n-gram: a sparse matrix (listings, n-grams) and the n-grams, sorted."""

    counts: csr_matrix
    terms: npt.NDArray[np.object_]


def count(texts: Sequence[str]) -> tuple[Block, Block]:
    """Count the words and the characters' n-grams of canonical texts.

    N-grams that stand in a single text are left out: no part of these texts could fit them.
    """
    return _count_block(texts, _word_settings()), _count_block(texts, _char_settings())


def _count_block(texts: Sequence[str], settings: dict[str, Any]) -> Block:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer = CountVectorizer(**settings, min_df=min(MIN_LISTINGS, len(texts)))
    try:
        counts = vectorizer.fit_transform(texts)
    except ValueError:  # its way of saying that no n-gram is left
        return Block(csr_matrix((len(texts), 0)), np.array([], dtype=object))
    return Block(counts, vectorizer.get_feature_names_out())


def _word_settings() -> dict[str, Any]:
    return {"lowercase": False, "token_pattern": word_pattern(), "ngram_range": WORD_NGRAMS}


def _char_settings() -> dict[str, Any]:
    return {"lowercase": False, "analyzer": "char_wb", "ngram_range": CHAR_NGRAMS}


class Fitted(NamedTuple):
    """TF-IDF fitted on some of the counted texts, and the weights of all of them.

    Attributes
    ----------
    features
        The fitted blocks.
    X
        Sparse TF-IDF weights, shape (n_texts, n_features), also of the texts not fitted on.
    """

    features: TfidfFeatures
    X: csr_matrix


def fit(blocks: tuple[Block, Block], rows: Ints) -> Fitted:
    """Fit TF-IDF on some rows of the counts, as if only those texts existed.

    Raises
    ------
    InputError
        When no n-gram stands in two of them.
    """
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfTransformer

    weights, idfs, terms = [], [np.empty(0)], []
    for block in blocks:
        fitted_on = block.counts[rows]
        n_texts_with = np.bincount(fitted_on.indices, minlength=len(block.terms))
        kept = np.flatnonzero(n_texts_with >= MIN_LISTINGS)
        terms.append(block.terms[kept].tolist())
        if kept.size:
            transformer = TfidfTransformer(sublinear_tf=True).fit(fitted_on[:, kept])
            weights.append(transformer.transform(block.counts[:, kept]))
            idfs.append(transformer.idf_)
    if not weights:
        raise InputError(
            f"no word stands in two of the {len(rows)} labelled listings; train on more listings"
        )
    features = TfidfFeatures(terms[0], terms[1], np.concatenate(idfs))
    return Fitted(features, hstack(weights, format="csr"))
