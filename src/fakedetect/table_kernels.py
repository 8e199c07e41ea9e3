"""The tables that n-grams are looked up in, in compiled code.

Hashes only find places: keys are compared in full. Their seeds are drawn anew in every process, so
that nobody can write texts that collide.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fakedetect.text_kernels import inlined, kernel, next_token, prefetch

MOST_OF_A_WORD = 2048  # entries of a word that is remembered, or of a piece of a longer one
NO_TOKEN = np.uint32(0xFFFFFFFF)  # stands for a token without a number

_ONE = np.uint64(1)
_BITS_32 = np.uint64(32)
_LOW_32 = np.uint64(0xFFFFFFFF)
_FREE, _ELSEWHERE = np.uint64(1 << 63), np.uint64(1 << 62)  # guesses that are no index


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
        Characters of the tokens, the words of two or more letters, end to end. The number of a
        token is its slot; tokens that stand in pairs only have numbers from ``n_words`` on.
    token_table
        At its hash, bits of the hash of each token and, in the low half, its number + 1; 0 is free.
    pairs
        At its hash, ``(first << 32 | second) + 1`` of each pair of numbers, and its slot, shape
        (size, 2); 0 is free.
    seeds
        Odd factors of the hashes, shape (4,).
    """

    n_words: int
    char_keys: npt.NDArray[np.uint64]
    char_table: npt.NDArray[np.uint32]
    slot_bits: np.uint32
    token_starts: npt.NDArray[np.int64]
    token_points: npt.NDArray[np.int32]
    token_table: npt.NDArray[np.uint64]
    pairs: npt.NDArray[np.uint64]
    seeds: npt.NDArray[np.uint64]


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
def token_number(place, table):
    """Return the number of the token that stands in a place, ``NO_TOKEN`` if none does."""
    return np.uint32((table[place] - _ONE) & _LOW_32)


@inlined
def token_entry(number, hashed):
    """Return what the table has of a token."""
    return hashed >> _BITS_32 << _BITS_32 | np.uint64(number + 1)


@inlined
def token_place(points, start, end, hashed, table, starts, token_points):
    """Return where a token stands in the table, or the free place where it would."""
    mask = np.uint64(table.shape[0] - 1)
    at = hashed & mask
    while table[at] != 0:
        if table[at] >> _BITS_32 == hashed >> _BITS_32:
            number = token_number(at, table)
            first = starts[number]
            same = starts[number + 1] - first == end - start
            for offset in range(end - start):
                if not same:
                    break
                same = token_points[first + offset] == points[start + offset]
            if same:
                break
        at = (at + _ONE) & mask
    return at


@inlined
def pair_home(key, pairs, seeds):
    """Return the place that a pair would best stand in."""
    return mixed(key, key, seeds) & np.uint64(pairs.shape[0] - 1)


@inlined
def pair_place(key, pairs, seeds):
    """Return where a pair stands in the table, or the free place where it would."""
    mask = np.uint64(pairs.shape[0] - 1)
    at = pair_home(key, pairs, seeds)
    while pairs[at, 0] != 0 and pairs[at, 0] != key:
        at = (at + _ONE) & mask
    return at


@kernel
def fill_chars(indices, char_keys, table, slot_bits, seeds):
    """Enter n-grams of characters in this order."""
    for at in range(indices.shape[0]):
        add_char(indices[at], char_keys, table, slot_bits, seeds)


@kernel
def fill_tokens(numbers, table, starts, points, seeds):
    """Enter tokens in this order."""
    for at in range(numbers.shape[0]):
        number = numbers[at]
        start, end = starts[number], starts[number + 1]
        hashed = token_hash(points, start, end, seeds)
        place = token_place(points, start, end, hashed, table, starts, points)
        table[place] = token_entry(number, hashed)


@kernel
def fill_pairs(keys, slots, pairs, seeds):
    """Enter pairs in this order."""
    for at in range(keys.shape[0]):
        place = pair_place(keys[at], pairs, seeds)
        pairs[place, 0] = keys[at]
        pairs[place, 1] = slots[at]


@inlined
def find_chars(keys, n, vocabulary, weights, scratch):
    """Write the slots of those n-grams of characters that have one; return how many.

    ``guesses`` then has which of the keys each belongs to.

    In three steps, so that the tables are read for all of them at once (see ``word_kernels``).
    """
    table, known, seeds = vocabulary.char_table, vocabulary.char_keys, vocabulary.seeds
    slot_bits, found, guesses = vocabulary.slot_bits, scratch.found, scratch.guesses
    mask = np.uint64(table.shape[0] - 1)
    low = (np.uint32(1) << slot_bits) - np.uint32(1)
    flat, flat_weights = known.reshape(-1), weights.reshape(-1)
    n_words = np.uint64(vocabulary.n_words)
    for at in range(n):
        hashed = mixed(keys[at, 0], keys[at, 1], seeds)
        guesses[at] = hashed
        prefetch(table, hashed & mask)
    for at in range(n):
        hashed = guesses[at]
        entry = table[hashed & mask]
        guesses[at] = _ELSEWHERE if entry else _FREE
        if entry and entry >> slot_bits == np.uint32(hashed >> _BITS_32) >> slot_bits:
            guesses[at] = np.uint64((entry & low) - np.uint32(1))
            prefetch(flat, guesses[at] << _ONE)
            prefetch(flat_weights, (n_words + guesses[at]) << _ONE)
    n_found = 0
    for at in range(n):
        guess = guesses[at]
        if guess == _FREE:
            continue
        index = np.int64(guess)
        if guess == _ELSEWHERE or known[guess, 0] != keys[at, 0] or known[guess, 1] != keys[at, 1]:
            index = find_char(keys[at, 0], keys[at, 1], known, table, slot_bits, seeds)
        if index >= 0:
            found[n_found] = vocabulary.n_words + index
            guesses[n_found] = np.uint64(at)
            n_found += 1
    return n_found


@inlined
def foresee_tokens(points, n, is_word, vocabulary):
    """Have fetched what finding the tokens will read first."""
    table, seeds = vocabulary.token_table, vocabulary.seeds
    mask = np.uint64(table.shape[0] - 1)
    start, end = next_token(points, n, 0, is_word)
    while start < end:
        prefetch(table, token_hash(points, start, end, seeds) & mask)
        start, end = next_token(points, n, end, is_word)


@kernel
def find_tokens(points, n, start, is_word, vocabulary, found, n_found):
    """Write the numbers of the tokens behind what there is.

    Return how many entries there are then, and the position to go on from.
    """
    table, starts, seeds = vocabulary.token_table, vocabulary.token_starts, vocabulary.seeds
    while start < n and n_found < found.shape[0]:
        start, end = next_token(points, n, start, is_word)
        if end > start:
            hashed = token_hash(points, start, end, seeds)
            place = token_place(points, start, end, hashed, table, starts, vocabulary.token_points)
            found[n_found] = token_number(place, table)
            n_found += 1
        start = end
    return n_found, start
