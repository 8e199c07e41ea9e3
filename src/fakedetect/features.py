"""TF-IDF over words and over the characters inside words: the one place with n-gram settings.

Two blocks stand side by side: runs of one and two words, and runs of two to five characters that
never cross a word (scikit-learn's ``char_wb``), which read any language without a tokenizer and
survive most misspellings. Counts are dampened (1 + log), weighted by inverse document frequency
and brought to unit length block by block.

The same numbers come from three sides. scikit-learn is the reference (``vectorizers``), and counts
when a model is fitted on few texts. A walk in plain Python over the words of a text
(``TfidfFeatures.weigh``) scores few texts and explains: it needs no scikit-learn, remembers the
n-grams of words it has seen, and knows where in the text each n-gram stands. Many texts are
counted and scored by a compiled pass (``counting``, ``compiled``).

Slots are in the order of falling document frequency, words before characters: what is used often
stands close together in memory.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from fakedetect import engines
from fakedetect.counts import MIN_LISTINGS, Counts, select
from fakedetect.errors import InputError
from fakedetect.text import word_pattern

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
T = TypeVar("T")

WORD_NGRAMS = (1, 2)
CHAR_NGRAMS = (2, 5)

_LONGEST_REMEMBERED = 64  # characters; longer words are rarely met again
# Entries of sparse matrices that are worked on at a time: what the caches hold, and more where
# every portion costs something for each n-gram.
_FEW, _MANY = 1 << 17, 1 << 22
_MOST_LOOKED_UP = 200_000  # words; about 94 % of the words of real listings are among 100,000
_MOST_PLACED = 20_000  # words, of which more is kept


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
    _places: dict[str, Occurrences] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        """Return the number of features."""
        return len(self.word_terms) + len(self.char_terms)

    def term(self, slot: int) -> str:
        """Return the n-gram of a slot."""
        n_words = len(self.word_terms)
        return self.word_terms[slot] if slot < n_words else self.char_terms[slot - n_words]

    @cached_property
    def _word_slots(self) -> dict[str, int]:
        return dict(zip(self.word_terms, range(len(self.word_terms)), strict=True))

    @cached_property
    def _char_slots(self) -> dict[str, int]:
        return dict(zip(self.char_terms, range(len(self.word_terms), len(self)), strict=True))

    def narrowed(self, texts: Sequence[str]) -> tuple[TfidfFeatures, Ints]:
        """Return the part of the features that canonical texts have, and its slots in the whole.

        To score a text or two with it saves the look-up tables of the whole, which take half a
        second for a million n-grams.
        """
        words = {ngram.term for text in texts for ngram in word_ngrams(text)}
        chars = {ngram for text in texts for word in text.split() for ngram in char_ngrams(word)}
        is_kept = itertools.chain(
            map(words.__contains__, self.word_terms), map(chars.__contains__, self.char_terms)
        )
        slots = list(itertools.compress(range(len(self)), is_kept))
        n_words = bisect.bisect(slots, len(self.word_terms) - 1)
        terms = list(map(self.term, slots))
        kept = np.array(slots, np.intp)
        return TfidfFeatures(terms[:n_words], terms[n_words:], self.idf[kept]), kept

    def weigh(self, texts: Sequence[str]) -> Weights:
        """Return the TF-IDF weights of canonical texts."""
        slots_of = [self._slots_of_words(text) + self._slots_of_chars(text) for text in texts]
        lengths = [len(slots) for slots in slots_of]
        flat = np.array([slot for slots in slots_of for slot in slots], np.intp)
        keys = np.repeat(np.arange(len(lengths)), lengths) * len(self) + flat
        keys, counts = np.unique(keys, return_counts=True)
        rows, slots = np.divmod(keys, max(1, len(self)))
        values = (1.0 + np.log(counts)) * self.idf[slots]
        blocks = 2 * rows + (slots >= len(self.word_terms))
        norms = np.sqrt(np.bincount(blocks, values * values))
        return Weights(rows, slots, values / norms[blocks])

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
        for word in text.split():
            slots, starts, ends = _recalled(self._places, word, self._in_word, _MOST_PLACED)
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
        # The terms of word_ngrams, a third faster without their places.
        words = re.findall(word_pattern(), text)
        terms = [*words, *map(" ".join, itertools.pairwise(words))]
        return [known[term] for term in terms if term in known]

    def _slots_of_chars(self, text: str) -> list[int]:
        slots: list[int] = []
        for word in text.split():
            found: list[int] = _recalled(self._remembered, word, self._look_up, _MOST_LOOKED_UP)
            slots += found
        return slots

    def _look_up(self, word: str) -> list[int]:
        found = map(self._char_slots.get, char_ngrams(word))
        return [slot for slot in found if slot is not None]

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


def _recalled(memory: dict[str, T], word: str, work: Callable[[str], T], most: int) -> T:
    """Return the work on a word, remembered unless the word is long or the memory full."""
    found = memory.get(word)
    if found is None:
        found = work(word)
        if len(word) <= _LONGEST_REMEMBERED:
            if len(memory) >= most:
                memory.clear()
            memory[word] = found
    return found


def count(
    texts: Sequence[str], *, engine: str | None = None, n_threads: int | None = None
) -> Counts:
    """Count the words and the characters' n-grams of canonical texts.

    N-grams that stand in a single text are left out: no part of these texts could fit them.

    Parameters
    ----------
    texts
        Canonical texts.
    engine
        ``"compiled"`` counts in the compiled pass, ``"walk"`` in scikit-learn; None goes by the
        length of the texts (``engines.chosen``). Both count the same.
    n_threads
        Of the compiled pass; None takes as many as the process may use.
    """
    if engines.chosen(engine, sum(map(len, texts))):
        import pyarrow as pa

        from fakedetect import compiled, counting

        array = pa.array(texts, pa.large_string())
        return counting.count(compiled.buffers(array), n_threads)
    return _counted_plainly(texts)


def _counted_plainly(texts: Sequence[str]) -> Counts:
    from scipy.sparse import csc_matrix, hstack
    from sklearn.feature_extraction.text import CountVectorizer

    kept, terms = [], []
    for settings in (_word_settings(), _char_settings()):
        vectorizer = CountVectorizer(**settings)
        try:
            found = vectorizer.fit_transform(texts).tocsc()
            names = vectorizer.get_feature_names_out()
        except ValueError:  # its way of saying that there is no n-gram
            found = csc_matrix((len(texts), 0), dtype=np.int64)
            names = np.array([], dtype=object)
        times = np.asarray(found.sum(axis=0)).ravel()
        selection = select(np.diff(found.indptr), times, partial(_taken, names))
        kept.append(found[:, selection.indices])
        terms.append(selection.terms)
    matrix = hstack(kept, format="csr")
    matrix.sort_indices()
    starts, slots = matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32)
    n_texts = np.bincount(slots, minlength=len(terms[0]) + len(terms[1]))
    return Counts(terms[0], terms[1], n_texts, starts, slots, matrix.data)


def _taken(names: npt.NDArray[np.object_], indices: Ints) -> list[str]:
    taken: list[str] = names[indices].tolist()
    return taken


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
    X_more
        Those of further texts, shape (n_more, n_features).
    """

    features: TfidfFeatures
    X: csr_matrix
    X_more: csr_matrix | None


def fit(counts: Counts, rows: Ints | None = None, *, more: Counts | None = None) -> Fitted:
    """Fit TF-IDF on some rows of the counts, or on all, as if only those texts existed.

    Parameters
    ----------
    counts
        The n-grams of all texts.
    rows
        The texts to fit on; None takes all.
    more
        Counts of the same n-grams in further texts, to weigh and not to fit on.

    Raises
    ------
    InputError
        When no n-gram stands in two of them.
    """
    n_texts_with, n_fitted_on = counts.n_texts, len(counts.starts) - 1
    if rows is not None:
        n_texts_with, n_fitted_on = _n_texts_with(counts, rows), len(rows)
    kept = np.flatnonzero(n_texts_with >= MIN_LISTINGS)
    if not len(kept):
        raise InputError(
            f"no word stands in two of the {n_fitted_on} labelled listings; train on more listings"
        )
    idf = np.log((1 + n_fitted_on) / (1 + n_texts_with[kept])) + 1.0
    X_more = None if more is None else _matrix(_narrowed(more, kept), idf)
    counts = _narrowed(counts, kept)
    features = TfidfFeatures(counts.word_terms, counts.char_terms, idf)
    return Fitted(features, _matrix(counts, idf), X_more)


def _narrowed(counts: Counts, kept: Ints) -> Counts:
    return _with_slots(counts, kept) if len(kept) < len(counts.n_texts) else counts


def _matrix(counts: Counts, idf: Floats) -> csr_matrix:
    """Return the TF-IDF weights of all texts."""
    from scipy.sparse import csr_matrix

    most = int(counts.counts.max(initial=0))
    damped = np.concatenate([[0.0], 1.0 + np.log(np.arange(1, most + 1))])
    if engines.chosen(None, len(counts.slots)):
        from fakedetect import counting

        weights = counting.weigh(counts, idf, damped)
    else:
        weights = _weighed_plainly(counts, idf, damped)
    shape = (len(counts.starts) - 1, len(idf))
    return csr_matrix((weights, counts.slots, counts.starts), shape=shape)


def _weighed_plainly(counts: Counts, idf: Floats, damped: Floats) -> Floats:
    """Return what ``counting.weigh`` does."""
    weights = np.empty(len(counts.slots))
    for part in _parts(counts.starts, _FEW):
        slots = counts.slots[part.entries]
        values = damped[counts.counts[part.entries]] * idf[slots]
        blocks = np.repeat(np.arange(0, 2 * len(part.lengths), 2), part.lengths)
        blocks += slots >= len(counts.word_terms)
        norms = np.sqrt(np.bincount(blocks, values * values))
        weights[part.entries] = values / norms[blocks]
    return weights


def _n_texts_with(counts: Counts, rows: Ints) -> Ints:
    """Return in how many of some texts each n-gram stands."""
    n_texts_with = np.zeros(len(counts.n_texts), dtype=np.int64)
    is_counted = np.zeros(len(counts.starts) - 1, dtype=bool)
    is_counted[rows] = True
    for part in _parts(counts.starts, _MANY):
        entries = np.repeat(is_counted[part.rows], part.lengths)
        slots = counts.slots[part.entries][entries]
        n_texts_with += np.bincount(slots, minlength=len(n_texts_with))
    return n_texts_with


class _Part(NamedTuple):
    """Consecutive texts of some counts, the entries that they have together, and each."""

    rows: slice
    entries: slice
    lengths: Ints


def _parts(starts: npt.NDArray[np.int64], n_entries: int) -> Iterator[_Part]:
    """Yield parts of about so many entries, to bound the memory that work on them takes."""
    first = 0
    while first < len(starts) - 1:
        end = int(np.searchsorted(starts, starts[first] + n_entries, side="right")) - 1
        last = max(first + 1, end)
        lengths = np.diff(starts[first : last + 1])
        yield _Part(slice(first, last), slice(int(starts[first]), int(starts[last])), lengths)
        first = last


def _with_slots(counts: Counts, kept: Ints) -> Counts:
    """Return the counts of some of the n-grams only."""
    n_words = int(np.searchsorted(kept, len(counts.word_terms)))
    terms = [*counts.word_terms, *counts.char_terms]
    kept_terms = [terms[slot] for slot in kept.tolist()]
    slot_of = np.full(len(terms), -1, dtype=np.int32)
    slot_of[kept] = np.arange(len(kept))
    lengths, slots, times = [np.zeros(1, dtype=np.int64)], [], []
    for part in _parts(counts.starts, _MANY):
        renumbered = slot_of[counts.slots[part.entries]]
        stays = renumbered >= 0
        rows = np.repeat(np.arange(len(part.lengths)), part.lengths)
        lengths.append(np.bincount(rows[stays], minlength=len(part.lengths)))
        slots.append(renumbered[stays])
        times.append(counts.counts[part.entries][stays])
    starts = np.cumsum(np.concatenate(lengths))
    return Counts(
        kept_terms[:n_words],
        kept_terms[n_words:],
        counts.n_texts[kept],
        starts,
        np.concatenate([np.empty(0, np.int32), *slots]),
        np.concatenate([counts.counts[:0], *times]),
    )
