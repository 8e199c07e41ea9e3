"""Counting the n-grams of many texts, in memory that is bounded by what is kept.

Three compiled passes over the texts. The first sketches, in a field of bits, which n-grams occur
at least twice, wherever that may be. The second collects those in exact tables. The third counts
them in each text; what the sketch let through by mistake turns out to stand in one text only and
is dropped. The n-grams that stand in one text, most of all there are, never take more than a bit.
"""

from __future__ import annotations

import itertools
from functools import partial
from threading import local
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fakedetect.codepoints import POINT_BITS, code_points
from fakedetect.compiled import (
    Block,
    Floats,
    Texts,
    Workspace,
    blocks,
    no_text,
    random_seeds,
    table_size,
)
from fakedetect.count_kernels import (
    Collection,
    collect_rows,
    count_rows,
    keep_slots,
    sketch_rows,
    weigh_rows,
)
from fakedetect.counts import Counts, Ints, select
from fakedetect.engines import on_threads
from fakedetect.table_kernels import (
    MOST_OF_A_WORD,
    Vocabulary,
    fill_chars,
    fill_pairs,
    fill_tokens,
)
from fakedetect.text import AS_IT_IS

_LARGEST_SKETCH = 1 << 29  # bytes
_ROWS = 1 << 12  # that a thread weighs at a time
_MOST_PER_BYTE = 4  # entries of a text; a byte begins four n-grams, but for a rare few
_NO_WEIGHTS = np.zeros((0, 2))
_FIRST_ROOM = 1 << 14  # entries of the tables at first


def count(texts: Texts, n_threads: int | None = None) -> Counts:
    """Count the n-grams of canonical texts.

    Parameters
    ----------
    texts
        The texts.
    n_threads
        None takes as many as the process may use.
    """
    seeds = random_seeds()
    found = _collected(texts, _sketched(texts, seeds, n_threads), seeds)
    entries, frequencies = _tallied(texts, found, n_threads)
    n_texts, n_times = frequencies.T
    n_words = found.n_words
    words = select(n_texts[:n_words], n_times[:n_words], partial(_word_terms, found))
    chars = select(n_texts[n_words:], n_times[n_words:], partial(_char_terms, found))
    kept = np.concatenate([words.indices, n_words + chars.indices])
    slot_of = np.full(len(n_texts), -1, np.int32)
    slot_of[kept] = np.arange(len(kept))
    n = keep_slots(*entries, slot_of)
    slots, counts = entries.slots[:n], entries.counts[:n]
    return Counts(words.terms, chars.terms, n_texts[kept], entries.starts, slots, counts)


def weigh(counts: Counts, idf: Floats, damped: Floats) -> Floats:
    """Return the TF-IDF weight of every entry, of unit length in each block of each text.

    Parameters
    ----------
    counts
        The counts.
    idf
        Inverse document frequency of every n-gram.
    damped
        1 + ln(count) for each count.
    """
    out = np.empty(len(counts.slots))
    n_words, n_texts = len(counts.word_terms), len(counts.starts) - 1

    def work(first: int) -> None:
        starts = counts.starts[first : first + _ROWS + 1]
        weigh_rows(starts, counts.slots, counts.counts, n_words, idf, damped, out)

    for _ in on_threads(work, range(0, n_texts, _ROWS), None):
        pass
    return out


def _sketched(
    texts: Texts, seeds: npt.NDArray[np.uint64], n_threads: int | None
) -> npt.NDArray[np.uint8]:
    """Return the bits of the hashes that were met twice."""
    # A listing has about half as many n-grams of its own as bytes; eight times as many bits.
    wanted = min(max(len(texts.data) // 2, 1 << 12), _LARGEST_SKETCH)
    n_bytes = 1 << (int(wanted) - 1).bit_length()
    mine, sketches = local(), []

    def sketch(block: Block) -> None:
        if not hasattr(mine, "workspace"):
            mine.workspace = Workspace(0, 0)
            mine.bits = np.zeros((2, n_bytes), np.uint8)
            sketches.append(mine.bits)
        with np.errstate(over="ignore"):
            rows, offsets = mine.workspace.rows(block)
            bad = sketch_rows(
                rows,
                offsets,
                code_points(AS_IT_IS),
                mine.workspace.memory,
                mine.workspace.scratch(block.longest),
                mine.workspace.batch,
                mine.bits[0],
                mine.bits[1],
                seeds,
            )
        if bad >= 0:
            raise no_text(block.row + bad)

    for _ in on_threads(sketch, blocks([texts]), n_threads):
        pass
    once, twice = np.zeros((2, n_bytes), np.uint8)
    for other_once, other_twice in sketches:
        twice |= other_twice | once & other_once
        once |= other_once
    return twice


def _collected(
    texts: Texts, twice: npt.NDArray[np.uint8], seeds: npt.NDArray[np.uint64]
) -> Vocabulary:
    """Return tables of the n-grams that were met twice; words first, then pairs, then the rest."""
    workspace = Workspace(0, 0)
    collection = _larger(None, seeds)
    for block in blocks([texts]):
        row = 0
        rows, offsets = workspace.rows(block)
        while row < block.last - block.first:
            with np.errstate(over="ignore"):
                row = collect_rows(
                    rows,
                    offsets,
                    row,
                    code_points(AS_IT_IS),
                    workspace.memory,
                    workspace.scratch(block.longest),
                    workspace.batch,
                    twice,
                    collection,
                )
            if row < block.last - block.first:
                collection = _larger(collection, seeds, room=block.longest)
    n_chars, n_tokens, n_points, n_pairs = collection.sizes.tolist()
    collection.pairs[collection.pairs[:, 0] > 0, 1] += np.uint64(n_tokens)
    return Vocabulary(
        n_words=n_tokens + n_pairs,
        char_keys=collection.char_keys[:n_chars],
        char_table=collection.char_table,
        slot_bits=collection.slot_bits,
        token_starts=collection.token_starts[: n_tokens + 1],
        token_points=collection.token_points[:n_points],
        token_table=collection.token_table,
        pairs=collection.pairs,
        seeds=seeds,
    )


def _larger(old: Collection | None, seeds: npt.NDArray[np.uint64], room: int = 0) -> Collection:
    """Return a collection with the same contents and twice the room, and for a long word."""
    sizes = np.zeros(4, np.int64) if old is None else old.sizes
    n_chars, n_tokens, n_points, n_pairs = (
        2 * max(int(size), _FIRST_ROOM) + MOST_OF_A_WORD for size in sizes
    )
    n_points += room * code_points().most_per_byte
    new = Collection(
        char_keys=np.zeros((n_chars, 2), np.uint64),
        char_table=np.zeros(table_size(n_chars), np.uint32),
        slot_bits=np.uint32(n_chars.bit_length()),
        token_starts=np.zeros(n_tokens + 1, np.int64),
        token_points=np.zeros(n_points, np.int32),
        token_marks=np.zeros(n_tokens, np.uint32),
        token_table=np.zeros(table_size(n_tokens), np.uint64),
        pairs=np.zeros((2 * table_size(n_pairs), 2), np.uint64),
        sizes=sizes,
        seeds=seeds,
    )
    if old is None:
        return new
    n_chars, n_tokens, n_points, _ = sizes.tolist()
    new.char_keys[:n_chars] = old.char_keys[:n_chars]
    new.token_starts[: n_tokens + 1] = old.token_starts[: n_tokens + 1]
    new.token_points[:n_points] = old.token_points[:n_points]
    new.token_marks[:n_tokens] = old.token_marks[:n_tokens]
    taken = old.pairs[old.pairs[:, 0] > 0]
    with np.errstate(over="ignore"):
        fill_chars(np.arange(n_chars), new.char_keys, new.char_table, new.slot_bits, seeds)
        fill_tokens(np.arange(n_tokens), new.token_table, new.token_starts, new.token_points, seeds)
        fill_pairs(taken[:, 0].copy(), taken[:, 1].copy(), new.pairs, seeds)
    return new


class _Entries(NamedTuple):
    """What each text has: where its entries start and the last text's end, slots and counts."""

    starts: npt.NDArray[np.int64]
    slots: npt.NDArray[np.int32]
    counts: npt.NDArray[Any]


def _tallied(
    texts: Texts, found: Vocabulary, n_threads: int | None
) -> tuple[_Entries, npt.NDArray[np.int64]]:
    """Return the entries of all texts; and of each n-gram, its texts and its occurrences."""
    n_chars = len(found.char_keys)
    mine, all_frequencies = local(), []

    def tally(block: Block) -> _Entries:
        if not hasattr(mine, "workspace"):
            mine.workspace = Workspace(found.n_words, n_chars)
            mine.frequencies = np.zeros((found.n_words + n_chars, 2), np.int64)
            all_frequencies.append(mine.frequencies)
        rows, offsets = mine.workspace.rows(block)
        starts = np.zeros(len(offsets), np.int64)
        slots, counts = np.empty((2, _MOST_PER_BYTE * int(offsets[-1] - offsets[0])), np.int32)
        row = 0
        while row < len(offsets) - 1:
            with np.errstate(over="ignore"):
                row = count_rows(
                    rows,
                    offsets,
                    row,
                    code_points(AS_IT_IS),
                    found,
                    _NO_WEIGHTS,
                    mine.workspace.memory,
                    mine.workspace.tally,
                    mine.workspace.scratch(block.longest),
                    mine.workspace.batch,
                    starts,
                    slots,
                    counts,
                    mine.frequencies,
                )
            if row < len(offsets) - 1:
                n = int(starts[row])
                slots, counts = (_with_room(each, n, 2 * len(each)) for each in (slots, counts))
        return _Entries(starts, slots[: starts[-1]].copy(), counts[: starts[-1]].copy())

    # Memory that is not written to takes no room, and so nothing is ever there twice.
    room = _MOST_PER_BYTE * int(texts.offsets[-1] - texts.offsets[0])
    lengths, slots, counts = [np.zeros(1, np.int64)], np.empty(room, np.int32), np.empty(room, "u1")
    n = 0
    for entries in on_threads(tally, blocks([texts]), n_threads):
        end = n + len(entries.slots)
        if end > len(slots):
            slots, counts = (_with_room(each, n, 2 * end) for each in (slots, counts))
        most = entries.counts.max(initial=0)
        if most > np.iinfo(counts.dtype).max:
            counts = _with_room(
                counts, n, len(counts), np.promote_types("u2", np.min_scalar_type(most))
            )
        slots[n:end], counts[n:end] = entries.slots, entries.counts
        lengths.append(np.diff(entries.starts))
        n = end
    starts = np.cumsum(np.concatenate(lengths))
    frequencies = np.zeros((found.n_words + n_chars, 2), np.int64)
    for some in all_frequencies:
        frequencies += some
    return _Entries(starts, slots[:n], counts[:n]), frequencies


def _with_room(
    array: npt.NDArray[Any], n: int, size: int, dtype: npt.DTypeLike | None = None
) -> npt.NDArray[Any]:
    """Return an array of some size whose first n elements are those of another."""
    larger = np.empty(size, array.dtype if dtype is None else dtype)
    larger[:n] = array[:n]
    return larger


def _char_terms(found: Vocabulary, indices: Ints) -> list[str]:
    keys = found.char_keys[indices]
    points = np.zeros((len(indices), 6), np.uint32)
    for offset in range(6):
        shift = np.uint64(POINT_BITS * (offset % 3))
        points[:, offset] = keys[:, offset // 3] >> shift & np.uint64((1 << POINT_BITS) - 1)
    terms: list[str] = points.view("<U6").ravel().tolist()  # which drops the zeros behind
    return terms


def _word_terms(found: Vocabulary, indices: Ints) -> list[str]:
    """Return the terms of words, and behind those of pairs of words."""
    text = found.token_points.astype("<i4").tobytes().decode("utf-32-le")
    starts = found.token_starts.tolist()
    tokens = [text[start:end] for start, end in itertools.pairwise(starts)]
    taken = found.pairs[found.pairs[:, 0] > 0]
    pairs = np.zeros(found.n_words - len(tokens), np.uint64)
    pairs[taken[:, 1].astype(np.int64) - len(tokens)] = taken[:, 0] - np.uint64(1)
    terms = []
    for index in indices.tolist():
        if index < len(tokens):
            terms.append(tokens[index])
        else:
            first, second = divmod(int(pairs[index - len(tokens)]), 1 << 32)
            terms.append(f"{tokens[first]} {tokens[second]}")
    return terms
