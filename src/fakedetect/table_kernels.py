"""The tables that n-grams are looked up in, and the words that are remembered, in compiled code.

Hashes only find places: keys are compared in full. Their seeds are drawn anew in every process, so
that nobody can write texts that collide.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fakedetect.text_kernels import canonical, char_keys, inlined, is_space, kernel, next_token

LONGEST_KEPT = 31  # bytes of a word that is remembered: all of them are in its key
MOST_OF_A_WORD = 2048  # entries of such a word, or of a piece of a longer one

_PROBES = 8
_ONE = np.uint64(1)
_BITS_8 = np.uint64(8)
_BITS_16 = np.uint64(16)
_BITS_32 = np.uint64(32)
_LOW_8 = np.uint64(0xFF)
_LOW_16 = np.uint64(0xFFFF)


class Vocabulary(NamedTuple):
    """The n-grams that have a slot: hash tables with open addressing, of exact keys.

    Attributes
    ----------
    n_words
        Slots of words and pairs of words; those of characters' n-grams follow.
    char_keys
        Packed characters (``_runs``) of each of the latter, shape (n_chars, 2).
    char_table
        At its hash, index of each + 1 in the low ``slot_bits`` bits, bits of the hash above; 0 is
        free.
    slot_bits
        As many as the largest index needs.
    token_starts, token_points
        Characters of the words, end to end. The number of a word is its slot; words that stand in
        pairs only have numbers from ``n_words`` on.
    token_table
        At its hash, the number of each word; -1 is free.
    pair_keys, pair_slots
        At its hash, ``(first << 32 | second) + 1`` of each pair of numbers, and its slot; 0 is
        free.
    seeds
        Odd factors of the hashes, shape (4,).
    """

    n_words: int
    char_keys: npt.NDArray[np.uint64]
    char_table: npt.NDArray[np.uint32]
    slot_bits: np.uint32
    token_starts: npt.NDArray[np.int64]
    token_points: npt.NDArray[np.int32]
    token_table: npt.NDArray[np.int32]
    pair_keys: npt.NDArray[np.uint64]
    pair_slots: npt.NDArray[np.int32]
    seeds: npt.NDArray[np.uint64]


class Memory(NamedTuple):
    """The words that a thread has met: scratch, but for speed.

    Attributes
    ----------
    words
        At its hash, one line for each word, shape (size, 8): its bytes in four numbers, then
        ``start << 32 | n_slots << 16 | n_tokens << 8 | length`` (0 is free); two columns belong
        to ``sums``.
    sums
        The same memory as floats: in columns 5 and 6, what the word's n-grams of characters add
        to the squared norm and to the product with the coefficients.
    pool
        Slots, then tokens of each word.
    used
        How much of the pool is taken; the last stamp.
    """

    words: npt.NDArray[np.uint64]
    sums: npt.NDArray[np.float64]
    pool: npt.NDArray[np.int32]
    used: npt.NDArray[np.int64]


@inlined
def mixed(low, high, seeds):
    """Return the hash of two numbers."""
    both = low * seeds[0] + (high ^ (low >> _BITS_32)) * seeds[1]
    both ^= both >> _BITS_32
    both *= seeds[2]
    return both ^ (both >> _BITS_32)


@inlined
def token_hash(points, start, end, seeds):
    """Return the hash of a run of characters."""
    both = seeds[3]
    for at in range(start, end):
        both = (both ^ np.uint64(points[at])) * seeds[0]
        both ^= both >> _BITS_32
    return both


@inlined
def pair_key(first, second):
    """Return the key of a pair of words' numbers."""
    return (np.uint64(first) << _BITS_32 | np.uint64(second)) + _ONE


@kernel
def add_char(index, char_keys, table, slot_bits, seeds):
    """Enter an n-gram of characters; one of the same key is replaced."""
    mask = np.uint64(table.shape[0] - 1)
    low, high = char_keys[index, 0], char_keys[index, 1]
    both = mixed(low, high, seeds)
    tag = np.uint32(both >> _BITS_32) >> slot_bits
    at = both & mask
    while table[at]:
        other = np.int64(table[at] & ((np.uint32(1) << slot_bits) - np.uint32(1))) - 1
        if char_keys[other, 0] == low and char_keys[other, 1] == high:
            break
        at = (at + _ONE) & mask
    table[at] = tag << slot_bits | np.uint32(index + 1)


@inlined
def find_char(low, high, char_keys, table, slot_bits, seeds):
    """Return the index of an n-gram of characters, -1 if it has none."""
    mask = np.uint64(table.shape[0] - 1)
    both = mixed(low, high, seeds)
    tag = np.uint32(both >> _BITS_32) >> slot_bits
    at = both & mask
    while table[at]:
        if table[at] >> slot_bits == tag:
            index = np.int64(table[at] & ((np.uint32(1) << slot_bits) - np.uint32(1))) - 1
            if char_keys[index, 0] == low and char_keys[index, 1] == high:
                return index
        at = (at + _ONE) & mask
    return -1


@inlined
def token_place(points, start, end, table, starts, token_points, seeds):
    """Return where a word stands in the table, or the free place where it would."""
    mask = np.uint64(table.shape[0] - 1)
    at = token_hash(points, start, end, seeds) & mask
    while table[at] >= 0:
        first = starts[table[at]]
        same = starts[table[at] + 1] - first == end - start
        for offset in range(end - start):
            if not same:
                break
            same = token_points[first + offset] == points[start + offset]
        if same:
            break
        at = (at + _ONE) & mask
    return at


@inlined
def pair_place(key, pair_keys, seeds):
    """Return where a pair stands in the table, or the free place where it would."""
    mask = np.uint64(pair_keys.shape[0] - 1)
    at = mixed(key, key, seeds) & mask
    while pair_keys[at] != 0 and pair_keys[at] != key:
        at = (at + _ONE) & mask
    return at


@kernel
def fill_chars(indices, char_keys, table, slot_bits, seeds):
    """Enter n-grams of characters in this order."""
    for at in range(indices.shape[0]):
        add_char(indices[at], char_keys, table, slot_bits, seeds)


@kernel
def fill_tokens(numbers, table, starts, points, seeds):
    """Enter words in this order."""
    for at in range(numbers.shape[0]):
        number = numbers[at]
        place = token_place(
            points, starts[number], starts[number + 1], table, starts, points, seeds
        )
        table[place] = number


@kernel
def fill_pairs(keys, slots, pair_keys, pair_slots, seeds):
    """Enter pairs in this order."""
    for at in range(keys.shape[0]):
        place = pair_place(keys[at], pair_keys, seeds)
        pair_keys[place] = keys[at]
        pair_slots[place] = slots[at]


@inlined
def find_chars(keys, n, vocabulary, found):
    """Write the slots of those n-grams of characters that have one; return how many."""
    table, known, seeds = vocabulary.char_table, vocabulary.char_keys, vocabulary.seeds
    slot_bits, n_words = vocabulary.slot_bits, vocabulary.n_words
    n_found = 0
    for at in range(n):
        index = find_char(keys[at, 0], keys[at, 1], known, table, slot_bits, seeds)
        if index >= 0:
            found[n_found] = n_words + index
            n_found += 1
    return n_found


@kernel
def find_tokens(points, n, start, is_word, vocabulary, found, n_found):
    """Write the numbers of the words, -1 for unknown ones, behind what there is.

    Return how many entries there are then, and the position to go on from.
    """
    table, starts, seeds = vocabulary.token_table, vocabulary.token_starts, vocabulary.seeds
    while start < n and n_found < found.shape[0]:
        start, end = next_token(points, n, start, is_word)
        if end > start:
            place = token_place(points, start, end, table, starts, vocabulary.token_points, seeds)
            found[n_found] = table[place]
            n_found += 1
        start = end
    return n_found, start


@inlined
def next_word(data, at, end):
    """Return start and end of the next run of bytes that are no space, and its last 31 bytes."""
    while at < end and is_space(data[at]):
        at += 1
    start = at
    key_0 = np.uint64(0)
    key_1 = np.uint64(0)
    key_2 = np.uint64(0)
    key_3 = np.uint64(0)
    shift = np.uint64(0)
    while at < end:
        byte = data[at]
        if is_space(byte):
            break
        key_0 |= np.uint64(byte) << shift
        shift += _BITS_8
        if shift == 64:
            key_3, key_2, key_1, key_0 = key_2, key_1, key_0, np.uint64(0)
            shift = np.uint64(0)
        at += 1
    return start, at, (key_0, key_1, key_2, key_3)


@inlined
def home_of(key, seeds):
    """Return the hash of a word's bytes."""
    return mixed(key[0] + key[2] * seeds[2], key[1] + key[3] * seeds[3], seeds)


@inlined
def recall(key, length, home, words):
    """Return the line of a word that is remembered, -1 if it is not."""
    mask = np.uint64(words.shape[0] - 1)
    place = home & mask
    for _ in range(_PROBES):
        if (
            words[place, 0] == key[0]
            and words[place, 4] & _LOW_8 == length
            and words[place, 1] == key[1]
            and words[place, 2] == key[2]
            and words[place, 3] == key[3]
        ):
            return np.int64(place)
        if words[place, 4] == 0:
            return -1
        place = (place + _ONE) & mask
    return -1


@kernel
def remember(key, length, home, memory, found, n_slots, n_found):
    """Keep a word's slots and tokens under its bytes; return its line."""
    words, pool, used = memory.words, memory.pool, memory.used
    mask = np.uint64(words.shape[0] - 1)
    if used[0] + n_found > pool.shape[0]:
        words[:] = np.uint64(0)
        used[0] = 0
    place = home & mask
    for _ in range(_PROBES):
        if words[place, 4] == 0:
            break
        place = (place + _ONE) & mask
    if words[place, 4] != 0:  # no room near its home
        place = home & mask
    start = used[0]
    words[place, 0] = key[0]
    words[place, 1] = key[1]
    words[place, 2] = key[2]
    words[place, 3] = key[3]
    memory.sums[place, 5] = -1.0  # not summed up yet
    words[place, 4] = (
        np.uint64(start) << _BITS_32
        | np.uint64(n_slots) << _BITS_16
        | np.uint64(n_found - n_slots) << _BITS_8
        | length
    )
    for offset in range(n_found):
        pool[start + offset] = found[offset]
    used[0] += n_found
    return np.int64(place)


@inlined
def entries(packed):
    """Return where a word's slots start, where its tokens start, and where they end."""
    start = np.int64(packed >> _BITS_32)
    middle = start + np.int64(packed >> _BITS_16 & _LOW_16)
    return start, middle, middle + np.int64(packed >> _BITS_8 & _LOW_8)


@kernel
def learn(data, start, end, key, home, tables, vocabulary, memory, scratch):
    """Look up a word's slots and tokens and keep them; return its line, -1 if it is not UTF-8."""
    points, keys, found = scratch.points, scratch.keys, scratch.found
    n = canonical(data, start, end, tables, scratch)
    if n < 0:
        return -1
    n_keys, _ = char_keys(points, n, 0, keys)
    n_slots = find_chars(keys, n_keys, vocabulary, found)
    n_found, _ = find_tokens(points, n, 0, tables.is_word, vocabulary, found, n_slots)
    length = np.uint64(end - start)
    return remember(key, length, home, memory, found, n_slots, n_found)
