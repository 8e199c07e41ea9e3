"""The raw words of listings: cut out eight bytes at a time, and remembered, in compiled code.

Words repeat. What is known of a word is kept under its bytes in a record: the slots of its n-grams
of characters, the numbers of the tokens in it, and what all of them add to a margin. What has been
forgotten is worked out again, to the same result.

Memory answers slowly, a hundred times as slowly as it is asked. So words are worked on some dozens
at a time, and step by step: what the next step will read is read beforehand, for all of them, and
no word waits for another's.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fakedetect.table_kernels import (
    MOST_OF_A_WORD,
    NO_TOKEN,
    find_chars,
    find_tokens,
    foresee_tokens,
    pair_home,
    pair_key,
    pair_place,
)
from fakedetect.text_kernels import canonical, char_keys, inlined, is_space, kernel, prefetch

LONGEST_KEPT = 31  # bytes of a word that is remembered
AT_ONCE = 64  # words

# A record is a header, the bytes of the word, four sums, tokens, slots, and its hash; in units of
# eight bytes.
_N_SUMS = 4
ROOM = AT_ONCE * (1 + 4 + _N_SUMS + MOST_OF_A_WORD // 2 + 1)  # that words read at once may take
MOST_UNITS = (1 << 23) - 1  # of the pool; the rest of an entry of 32 bits is the tag

_PROBES = 8
_ONE = np.uint64(1)
_BITS_3 = np.uint64(3)
_BITS_7 = np.uint64(7)
_BITS_8 = np.uint64(8)
_BITS_24 = np.uint64(24)
_BITS_32 = np.uint64(32)
_BITS_56 = np.uint64(56)
_BITS_63 = np.uint64(63)
_LOW_3 = np.uint64(7)
_LOW_8 = np.uint64(0xFF)
_LOW_16 = np.uint64(0xFFFF)
_UNITS = np.uint32(MOST_UNITS)
_UNIT_BITS = np.uint32(MOST_UNITS.bit_length())
_MET = np.uint64(1 << 63)
_EACH_BYTE = np.uint64(0x0101010101010101)
_BELOW_33 = np.uint64(33 * 0x0101010101010101)
_HIGH_BITS = np.uint64(0x8080808080808080)


class Rows(NamedTuple):
    """The bytes of listings, and the same memory eight bytes at a time, with 16 bytes more."""

    data: npt.NDArray[np.uint8]
    wide: npt.NDArray[np.uint64]


class Memory(NamedTuple):
    """The words that a thread has met: scratch, but for speed.

    Attributes
    ----------
    places
        At its hash, where the record of each word starts in the pool, + 1, in the low bits
        (``MOST_UNITS``), and bits of the hash above; 0 is free.
    pool
        The records. A header is ``size << 32 | n_tokens << 24 | n_slots << 8 | length``, and the
        highest bit is set if the word has been met again.
    sums
        The same memory as floats: what a word's n-grams of characters add to the squared norm and
        to the product with the coefficients, and what its tokens do.
    entries
        The same memory as slots and numbers of tokens.
    used
        How much of the pool is taken; the stamp of the last listing.
    """

    places: npt.NDArray[np.uint32]
    pool: npt.NDArray[np.uint64]
    sums: npt.NDArray[np.float64]
    entries: npt.NDArray[np.uint32]
    used: npt.NDArray[np.int64]


class Batch(NamedTuple):
    """The words that are worked on at once.

    Attributes
    ----------
    starts, lengths, keys, homes, records
        Of each raw word where it starts, its bytes, in how many and in four numbers, their hash,
        and its record.
    tokens
        The numbers of the tokens in them, behind that of the token before.
    pairs
        The keys of pairs of these, then the slots of those that have one.
    """

    starts: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]
    keys: npt.NDArray[np.uint64]
    homes: npt.NDArray[np.uint64]
    records: npt.NDArray[np.int64]
    tokens: npt.NDArray[np.uint32]
    pairs: npt.NDArray[np.uint64]


@inlined
def _eight_bytes(wide, at):
    place = np.uint64(at) >> _BITS_3
    shift = (np.uint64(at) & _LOW_3) << _BITS_3
    # Two shifts, since one by 64 is undefined.
    return wide[place] >> shift | wide[place + _ONE] << _ONE << (_BITS_63 - shift)


@inlined
def _first_space(eight):
    """Return which of eight bytes is the first white space, 8 if none is.

    Bytes below 33 are found by arithmetic on all eight (Warren, Hacker's Delight, 2nd edition,
    section 6-1), which marks the first of them rightly and some behind it wrongly.
    """
    few = (eight - _BELOW_33) & ~eight & _HIGH_BITS
    while few:
        below = (few & (~few + _ONE)) - _ONE
        index = ((below & _EACH_BYTE) * _EACH_BYTE >> _BITS_56) - _ONE
        if is_space(eight >> (index << _BITS_3) & _LOW_8):
            return np.int64(index)
        few &= few - _ONE
    return np.int64(8)


@inlined
def most_words(wide, at, end):
    """Return how many words there may be at most, eight bytes at a time.

    Every byte below 33 counts as if a word began behind it, and some that are marked wrongly.
    """
    n = np.uint64(1)
    for first in range(at, end, 8):
        eight = _eight_bytes(wide, first)
        few = (eight - _BELOW_33) & ~eight & _HIGH_BITS
        n += (few >> _BITS_7) * _EACH_BYTE >> _BITS_56
    return np.int64(n)


@inlined
def _home(home, piece, seeds):
    """Return the hash of a word with eight more bytes."""
    home = (home ^ piece) * seeds[0]
    return home ^ home >> _BITS_32


@inlined
def _last_home(home, seeds):
    home *= seeds[2]
    return home ^ home >> _BITS_32


@inlined
def read_words(rows, at, end, seeds, memory, batch):
    """Read some words; return how many, and where to go on.

    That is the end if there are none, or else a word that is too long to be remembered.
    """
    data, wide, keys, places = rows.data, rows.wide, batch.keys, memory.places
    mask = np.uint64(places.shape[0] - 1)
    n = 0
    while n < AT_ONCE:
        while at < end and is_space(data[at]):
            at += 1
        start = at
        home = seeds[3]
        for piece in range(4):
            eight = _eight_bytes(wide, at)
            length = min(_first_space(eight), end - at)
            if length == 0:
                break
            if length < 8:
                eight &= (_ONE << (np.uint64(length) << _BITS_3)) - _ONE
            keys[n, piece] = eight
            home = _home(home, eight, seeds)
            at += length
            if length < 8:
                break
        if at == start:
            break
        if at - start > LONGEST_KEPT:
            at = start
            break
        home = _last_home(home, seeds)
        batch.starts[n] = start
        batch.lengths[n] = at - start
        batch.homes[n] = home
        prefetch(places, home & mask)
        n += 1
    return n, at


@inlined
def end_of_word(data, at, end):
    """Return where the word that begins here ends."""
    while at < end and not is_space(data[at]):
        at += 1
    return at


@inlined
def _n_pieces(header):
    return np.int64(((header & _LOW_8) + _LOW_3) >> _BITS_3)


@inlined
def _is_same(index, record, pool, batch):
    header = pool[record]
    if np.int64(header & _LOW_8) != batch.lengths[index]:
        return False
    for piece in range(_n_pieces(header)):
        if pool[record + 1 + piece] != batch.keys[index, piece]:
            return False
    return True


@inlined
def _tag(home):
    return np.uint32(home >> _BITS_32) >> _UNIT_BITS


@kernel
def _searched(index, memory, batch):
    places, pool = memory.places, memory.pool
    home = batch.homes[index]
    mask = np.uint64(places.shape[0] - 1)
    place = home & mask
    for _ in range(_PROBES):
        entry = places[place]
        if entry == 0:
            break
        record = np.int64(entry & _UNITS) - 1
        if entry >> _UNIT_BITS == _tag(home) and _is_same(index, record, pool, batch):
            return record
        place = (place + _ONE) & mask
    return np.int64(-1)


@inlined
def recall(index, memory, batch):
    """Return the record of a word, -1 if there is none; ``foresee_words`` comes before."""
    record = batch.records[index]
    return record if record >= 0 else _searched(index, memory, batch)


@inlined
def foresee_words(n, memory, batch):
    """Find the records of those words that stand in their best places, and make room for new ones.

    The others may be new, or stand elsewhere, or be entered by the time they are recalled.
    """
    places, pool, homes, records = memory.places, memory.pool, batch.homes, batch.records
    if memory.used[0] + ROOM > pool.shape[0]:
        _forget(memory, (pool.shape[0] - ROOM) // 2)
    mask = np.uint64(places.shape[0] - 1)
    for index in range(n):
        home = homes[index]
        entry = places[home & mask]
        records[index] = -1
        if entry >> _UNIT_BITS == _tag(home) and entry != 0:
            record = np.int64(entry & _UNITS) - 1
            records[index] = record
            prefetch(pool, record)
            prefetch(pool, record + 8)
            prefetch(pool, record + 16)
    for index in range(n):
        record = records[index]
        if record >= 0 and not _is_same(index, record, pool, batch):
            records[index] = -1


@inlined
def had_met_again(record, pool):
    """Return whether a word had been met again before, and note that it is now."""
    header = pool[record]
    if header & _MET:
        return True
    pool[record] = header | _MET
    return False


@kernel
def _forget(memory, most):
    """Drop the words that have not been met again, and of the others what is over a size."""
    places, pool, used = memory.places, memory.pool, memory.used
    end = used[0]
    places[:] = np.uint32(0)
    kept = np.int64(0)
    at = np.int64(0)
    while at < end:
        header = pool[at]
        size = np.int64(header >> _BITS_32 & _LOW_16)
        if header & _MET and kept + size <= most:
            home = pool[at + size - 1]
            for offset in range(size):
                pool[kept + offset] = pool[at + offset]
            pool[kept] = header & ~_MET
            _enter(kept, home, places)
            kept += size
        at += size
    used[0] = kept


@inlined
def _enter(record, home, places):
    mask = np.uint64(places.shape[0] - 1)
    place = home & mask
    for _ in range(_PROBES):
        if places[place] == 0:
            break
        place = (place + _ONE) & mask
    if places[place] != 0:  # no room near its home
        place = home & mask
    places[place] = _tag(home) << _UNIT_BITS | np.uint32(record + 1)


@kernel
def remember(index, found, n_slots, n_found, memory, batch):
    """Keep slots and then tokens for a word; return its record.

    Its sums are left to be written.
    """
    pool, entries, used = memory.pool, memory.entries, memory.used
    length = batch.lengths[index]
    record = used[0]
    at = record + 1
    for piece in range((length + 7) // 8):
        pool[at] = batch.keys[index, piece]
        at += 1
    at += _N_SUMS
    n_tokens = n_found - n_slots
    for offset in range(n_tokens):
        entries[2 * at + offset] = found[n_slots + offset]
    for offset in range(n_slots):
        entries[2 * at + n_tokens + offset] = found[offset]
    at += (n_found + 1) // 2
    pool[at] = batch.homes[index]
    at += 1
    pool[record] = (
        np.uint64(at - record) << _BITS_32
        | np.uint64(n_found - n_slots) << _BITS_24
        | np.uint64(n_slots) << _BITS_8
        | np.uint64(length)
    )
    used[0] = at
    _enter(record, batch.homes[index], memory.places)
    return record


@inlined
def parts(record, pool):
    """Return where the sums of a record are; where its tokens start, its slots start and end."""
    header = pool[record]
    sums = record + 1 + _n_pieces(header)
    first = 2 * (sums + _N_SUMS)
    middle = first + np.int64(header >> _BITS_24 & _LOW_8)
    return sums, first, middle, middle + np.int64(header >> _BITS_8 & _LOW_16)


@inlined
def _sums(found, first, last, n_slots, weights):
    """Return what slots add up to; numbers from ``n_slots`` on are none."""
    squares = 0.0
    product = 0.0
    for index in range(first, last):
        slot = found[index]
        if slot < n_slots:
            squares += weights[slot, 0]
            product += weights[slot, 1]
    return squares, product


@kernel
def _learned(index, data, tables, vocabulary, weights, memory, scratch, batch):
    """Work out what is to be known of a word; return its record, -1 if it is not UTF-8.

    ``weights`` are idf squared and idf times coefficient of each slot, or of none, if the sums are
    not wanted.
    """
    keys, found, sums = scratch.keys, scratch.found, memory.sums
    start = batch.starts[index]
    n = canonical(data, start, start + batch.lengths[index], tables, scratch)
    if n < 0:
        return np.int64(-1)
    foresee_tokens(scratch.room.points, n, tables.is_word, vocabulary)
    n_keys, _ = char_keys(scratch.room.points, n, 0, keys)
    n_slots = find_chars(keys, n_keys, vocabulary, weights, scratch)
    n_found, _ = find_tokens(scratch.room.points, n, 0, tables.is_word, vocabulary, found, n_slots)
    record = remember(index, found, n_slots, n_found, memory, batch)
    at, _, _, _ = parts(record, memory.pool)
    n_all = weights.shape[0]
    n_words = min(vocabulary.n_words, n_all)
    sums[at], sums[at + 1] = _sums(found, 0, n_slots, n_all, weights)
    sums[at + 2], sums[at + 3] = _sums(found, n_slots, n_found, n_words, weights)
    return record


@inlined
def recall_words(n, data, tables, vocabulary, weights, memory, scratch, batch):
    """Find or make the records of some words; return whether all are UTF-8."""
    foresee_words(n, memory, batch)
    for index in range(n):
        record = recall(index, memory, batch)
        if record >= 0:
            had_met_again(record, memory.pool)
        else:
            record = _learned(index, data, tables, vocabulary, weights, memory, scratch, batch)
            if record < 0:
                return False
        batch.records[index] = record
    return True


@inlined
def pairs_of_tokens(n, vocabulary, batch):
    """Find the pairs that some tokens make, the first with the one before.

    ``batch.tokens`` has their numbers behind that of the one before, which the last becomes.
    Return how many have a slot.
    """
    tokens, pairs = batch.tokens, batch.pairs
    known, seeds = vocabulary.pairs, vocabulary.seeds
    flat = known.reshape(-1)
    m = 0
    for index in range(n):
        first, second = tokens[index], tokens[index + 1]
        pairs[m] = pair_key(first, second)
        prefetch(flat, pair_home(pairs[m], known, seeds) << _ONE)
        m += (first != NO_TOKEN) & (second != NO_TOKEN)
    n_found = 0
    for index in range(m):
        key = pairs[index]
        place = pair_place(key, known, seeds)
        pairs[n_found] = known[place, 1]
        n_found += known[place, 0] == key
    tokens[0] = tokens[n]
    return n_found
