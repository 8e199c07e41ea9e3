"""Finding and counting the n-grams of many listings, in compiled code."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fakedetect.score_kernels import count_row
from fakedetect.table_kernels import (
    MOST_OF_A_WORD,
    NO_TOKEN,
    add_char,
    find_char,
    mixed,
    pair_key,
    pair_place,
    token_entry,
    token_hash,
    token_number,
    token_place,
)
from fakedetect.text_kernels import canonical, char_keys, kernel, next_token
from fakedetect.word_kernels import (
    end_of_word,
    foresee_words,
    had_met_again,
    parts,
    read_words,
    recall,
    remember,
)

_ONE = np.uint64(1)
_BITS_8 = np.uint64(8)


@kernel
def _sketch(hashed, once, twice):
    """Note that a hash was met, in the second set if it is in the first."""
    place = hashed & (np.uint64(once.shape[0]) * _BITS_8 - _ONE)
    byte = place >> np.uint64(3)
    bit = np.uint8(1 << (place & np.uint64(7)))
    twice[byte] |= once[byte] & bit
    once[byte] |= bit


@kernel
def _in_sketch(hashed, twice):
    place = hashed & (np.uint64(twice.shape[0]) * _BITS_8 - _ONE)
    return (twice[place >> np.uint64(3)] >> np.uint8(place & np.uint64(7))) & 1 == 1


@kernel
def _token_mark(points, start, end, seeds):
    """Return 31 bits of a token's hash, which stand for it where pairs are sketched."""
    return np.uint32(token_hash(points, start, end, seeds) >> np.uint64(33))


@kernel
def _sketch_word(n, scratch, is_word, seeds, once, twice):
    """Sketch the n-grams of characters and the tokens of a canonical word."""
    points, keys = scratch.room.points, scratch.keys
    done = 0
    while done < n:
        n_keys, done = char_keys(points, n, done, keys)
        for at in range(n_keys):
            _sketch(mixed(keys[at, 0], keys[at, 1], seeds), once, twice)
    start, end = next_token(points, n, 0, is_word)
    while start < end:
        _sketch(token_hash(points, start, end, seeds), once, twice)
        start, end = next_token(points, n, end, is_word)


@kernel
def _sketch_pair(first, second, once, twice, seeds):
    if first != NO_TOKEN:
        key = pair_key(first, second)
        _sketch(mixed(key, key, seeds), once, twice)


@kernel
def _marks(n, scratch, is_word, seeds):
    """Find the marks of the tokens of a canonical word that is remembered; return how many."""
    points, n_found = scratch.room.points, 0
    start, end = next_token(points, n, 0, is_word)
    while start < end:
        scratch.found[n_found] = _token_mark(points, start, end, seeds)
        n_found += 1
        start, end = next_token(points, n, end, is_word)
    return n_found


@kernel
def sketch_rows(rows, offsets, tables, memory, scratch, batch, once, twice, seeds):
    """Sketch which n-grams occur, and which of them more than once; none of these is missed.

    Return the first row that is not UTF-8, -1 if there is none.
    """
    pool, entries = memory.pool, memory.entries
    points, is_word = scratch.room.points, tables.is_word
    for row in range(offsets.shape[0] - 1):
        at, end = offsets[row], offsets[row + 1]
        before = NO_TOKEN
        while at < end:
            n_words, at = read_words(rows, at, end, seeds, memory, batch)
            foresee_words(n_words, memory, batch)
            for index in range(n_words):
                record = recall(index, memory, batch)
                # What a word adds is known when it has been met twice.
                if record < 0 or not had_met_again(record, pool):
                    stop = batch.starts[index] + batch.lengths[index]
                    n = canonical(rows.data, batch.starts[index], stop, tables, scratch)
                    if n < 0:
                        return row
                    _sketch_word(n, scratch, is_word, seeds, once, twice)
                if record < 0:
                    n_found = _marks(n, scratch, is_word, seeds)
                    record = remember(index, scratch.found, 0, n_found, memory, batch)
                _, first, middle, _ = parts(record, pool)
                for source in range(first, middle):
                    _sketch_pair(before, entries[source], once, twice, seeds)
                    before = entries[source]
            if n_words == 0 and at < end:
                stop = end_of_word(rows.data, at, end)
                n = canonical(rows.data, at, stop, tables, scratch)
                if n < 0:
                    return row
                _sketch_word(n, scratch, is_word, seeds, once, twice)
                token, token_end = next_token(points, n, 0, is_word)
                while token < token_end:
                    mark = _token_mark(points, token, token_end, seeds)
                    _sketch_pair(before, mark, once, twice, seeds)
                    before = mark
                    token, token_end = next_token(points, n, token_end, is_word)
                at = stop
    return -1


class Collection(NamedTuple):
    """The n-grams found so far: ``Vocabulary``'s tables with room for more.

    ``token_marks`` is what ``_token_mark`` says of each word; ``sizes`` how many n-grams of
    characters, words, characters of words, and pairs there are.
    """

    char_keys: npt.NDArray[np.uint64]
    char_table: npt.NDArray[np.uint32]
    slot_bits: np.uint32
    token_starts: npt.NDArray[np.int64]
    token_points: npt.NDArray[np.int32]
    token_marks: npt.NDArray[np.uint32]
    token_table: npt.NDArray[np.uint64]
    pairs: npt.NDArray[np.uint64]
    sizes: npt.NDArray[np.int64]
    seeds: npt.NDArray[np.uint64]


@kernel
def _has_room(n_points, collection):
    """Return whether there is room for what a piece of so many characters may bring."""
    sizes = collection.sizes
    return (
        sizes[0] + MOST_OF_A_WORD <= collection.char_keys.shape[0]
        and sizes[1] + MOST_OF_A_WORD < collection.token_starts.shape[0]
        and sizes[2] + n_points <= collection.token_points.shape[0]
        and 2 * (sizes[3] + MOST_OF_A_WORD) <= collection.pairs.shape[0]
    )


@kernel
def _collect_chars(keys, n_keys, collection, twice):
    """Enter those n-grams of characters that the sketch has met twice."""
    known, table = collection.char_keys, collection.char_table
    slot_bits, seeds, sizes = collection.slot_bits, collection.seeds, collection.sizes
    for at in range(n_keys):
        low, high = keys[at, 0], keys[at, 1]
        if not _in_sketch(mixed(low, high, seeds), twice):
            continue
        if find_char(low, high, known, table, slot_bits, seeds) < 0:
            known[sizes[0], 0] = low
            known[sizes[0], 1] = high
            add_char(sizes[0], known, table, slot_bits, seeds)
            sizes[0] += 1


@kernel
def _collect_token(points, start, end, collection, twice):
    """Return the number of a token, entered if the sketch has met it twice, else ``NO_TOKEN``."""
    starts, known, seeds = collection.token_starts, collection.token_points, collection.seeds
    table, sizes = collection.token_table, collection.sizes
    hashed = token_hash(points, start, end, seeds)
    if not _in_sketch(hashed, twice):
        return NO_TOKEN
    place = token_place(points, start, end, hashed, table, starts, known)
    if table[place] == 0:
        table[place] = token_entry(sizes[1], hashed)
        collection.token_marks[sizes[1]] = _token_mark(points, start, end, seeds)
        for offset in range(end - start):
            known[sizes[2] + offset] = points[start + offset]
        sizes[1] += 1
        sizes[2] += end - start
        starts[sizes[1]] = sizes[2]
    return token_number(place, table)


@kernel
def _collect_pair(first, second, collection, twice):
    """Enter a pair of tokens if the sketch has met it twice."""
    if (first == NO_TOKEN) | (second == NO_TOKEN):
        return
    marks, sizes, seeds = collection.token_marks, collection.sizes, collection.seeds
    sketched = pair_key(marks[first], marks[second])
    if not _in_sketch(mixed(sketched, sketched, seeds), twice):
        return
    key = pair_key(first, second)
    place = pair_place(key, collection.pairs, seeds)
    if collection.pairs[place, 0] == 0:
        collection.pairs[place, 0] = key
        collection.pairs[place, 1] = sizes[3]
        sizes[3] += 1


@kernel
def _collect_word(n, scratch, is_word, collection, twice):
    """Enter the n-grams of a canonical word that is remembered; return how many tokens it has.

    -1 if there is no room.
    """
    points, keys = scratch.room.points, scratch.keys
    if not _has_room(n, collection):
        return -1
    n_keys, _ = char_keys(points, n, 0, keys)
    _collect_chars(keys, n_keys, collection, twice)
    n_found = 0
    start, end = next_token(points, n, 0, is_word)
    while start < end:
        scratch.found[n_found] = _collect_token(points, start, end, collection, twice)
        n_found += 1
        start, end = next_token(points, n, end, is_word)
    return n_found


@kernel
def _collect_long(n, before, scratch, is_word, collection, twice):
    """Enter the n-grams of any canonical word; return its last token, and whether all had room."""
    points, keys = scratch.room.points, scratch.keys
    done = 0
    while done < n:
        if not _has_room(n, collection):
            return before, False
        n_keys, done = char_keys(points, n, done, keys)
        _collect_chars(keys, n_keys, collection, twice)
    start, end = next_token(points, n, 0, is_word)
    while start < end:
        if not _has_room(n, collection):
            return before, False
        token = _collect_token(points, start, end, collection, twice)
        _collect_pair(before, token, collection, twice)
        before = token
        start, end = next_token(points, n, end, is_word)
    return before, True


@kernel
def collect_rows(rows, offsets, first, tables, memory, scratch, batch, twice, collection):
    """Enter the n-grams that the sketch has met twice, in the order in which they first occur.

    Return the row to go on from: the end, or one that found no room. It may then be read again from
    its start, since what is entered stays.
    """
    pool, entries = memory.pool, memory.entries
    is_word, seeds = tables.is_word, collection.seeds
    for row in range(first, offsets.shape[0] - 1):
        at, end = offsets[row], offsets[row + 1]
        before = NO_TOKEN
        while at < end:
            n_words, at = read_words(rows, at, end, seeds, memory, batch)
            foresee_words(n_words, memory, batch)
            for index in range(n_words):
                record = recall(index, memory, batch)
                if record < 0:
                    stop = batch.starts[index] + batch.lengths[index]
                    n = canonical(rows.data, batch.starts[index], stop, tables, scratch)
                    n_found = _collect_word(n, scratch, is_word, collection, twice)
                    if n_found < 0:
                        return row
                    record = remember(index, scratch.found, 0, n_found, memory, batch)
                else:
                    had_met_again(record, pool)
                if not _has_room(0, collection):
                    return row
                _, first, middle, _ = parts(record, pool)
                for source in range(first, middle):
                    _collect_pair(before, entries[source], collection, twice)
                    before = entries[source]
            if n_words == 0 and at < end:
                stop = end_of_word(rows.data, at, end)
                n = canonical(rows.data, at, stop, tables, scratch)
                before, had_room = _collect_long(n, before, scratch, is_word, collection, twice)
                if not had_room:
                    return row
                at = stop
    return offsets.shape[0] - 1


@kernel
def keep_slots(starts, slots, counts, slot_of):
    """Renumber the slots of rows and drop those whose new number is -1, in place.

    Row i has ``slots[starts[i]:starts[i + 1]]``. Return how many entries are left.
    """
    n = 0
    first = starts[0]
    for row in range(starts.shape[0] - 1):
        for index in range(first, starts[row + 1]):
            slot = slot_of[slots[index]]
            if slot >= 0:
                slots[n] = slot
                counts[n] = counts[index]
                n += 1
        first = starts[row + 1]
        starts[row + 1] = n
    return n


@kernel
def count_rows(
    rows,
    offsets,
    first,
    tables,
    vocabulary,
    weights,
    memory,
    tally,
    scratch,
    batch,
    starts,
    slots,
    counts,
    frequencies,
):
    """Write the slots of each row and how often they occur, and where those of each row start.

    ``frequencies`` counts the rows that have each slot, and its occurrences. Return the row to go
    on from: the end, or the first that found no room. The rows must be UTF-8.
    """
    for row in range(first, offsets.shape[0] - 1):
        n_words, n_chars = count_row(
            rows,
            offsets[row],
            offsets[row + 1],
            tables,
            vocabulary,
            weights,
            memory,
            tally,
            scratch,
            batch,
        )
        n = starts[row]
        room = n + n_words + n_chars <= slots.shape[0]
        n = _write_counts(
            tally.seen_words, n_words, tally.counts, room, slots, counts, frequencies, n
        )
        n = _write_counts(
            tally.seen_chars, n_chars, tally.counts, room, slots, counts, frequencies, n
        )
        if not room:
            return row
        starts[row + 1] = n
    return offsets.shape[0] - 1


@kernel
def _write_counts(seen, n_seen, tallied, room, slots, counts, frequencies, n):
    """Write what was tallied, if there is room, and set it back to zero; return the new end."""
    for index in range(n_seen):
        slot = seen[index]
        if room:
            slots[n] = slot
            counts[n] = tallied[slot]
            frequencies[slot, 0] += 1
            frequencies[slot, 1] += tallied[slot]
            n += 1
        tallied[slot] = 0
    return n


@kernel
def weigh_rows(starts, slots, counts, n_words, idf, damped, out):
    """Write the TF-IDF weights of rows, of unit length in each of both blocks.

    ``damped`` is 1 + ln(count) for each count.
    """
    for row in range(starts.shape[0] - 1):
        squares_of_words = 0.0
        squares_of_chars = 0.0
        for index in range(starts[row], starts[row + 1]):
            value = damped[counts[index]] * idf[slots[index]]
            out[index] = value
            if slots[index] < n_words:
                squares_of_words += value * value
            else:
                squares_of_chars += value * value
        norm_of_words = np.sqrt(squares_of_words)
        norm_of_chars = np.sqrt(squares_of_chars)
        for index in range(starts[row], starts[row + 1]):
            out[index] /= norm_of_words if slots[index] < n_words else norm_of_chars
