"""Tables: everything that was entered is found, and nothing else."""

import numba
import numpy as np
import pytest

from fakedetect.compiled import vocabulary
from fakedetect.table_kernels import (
    NO_TOKEN,
    find_char,
    pair_key,
    pair_place,
    token_hash,
    token_number,
    token_place,
)

MANY = 300 if numba.config.DISABLE_JIT else 2**16 + 1


def points(value):
    return np.array(list(map(ord, value)), np.int32)


def slot_of_chars(tables, term):
    numbers = [ord(char) for char in term] + [0] * (6 - len(term))
    low, high = (
        np.uint64(numbers[at] | numbers[at + 1] << 21 | numbers[at + 2] << 42) for at in (0, 3)
    )
    with np.errstate(over="ignore"):
        return find_char(
            low, high, tables.char_keys, tables.char_table, tables.slot_bits, tables.seeds
        )


def number_of_word(tables, word):
    with np.errstate(over="ignore"):
        # What comes back from compiled code is a Python number.
        hashed = np.uint64(token_hash(points(word), 0, len(word), tables.seeds))
        place = token_place(
            points(word),
            0,
            len(word),
            hashed,
            tables.token_table,
            tables.token_starts,
            tables.token_points,
        )
        return np.uint32(token_number(place, tables.token_table))


def slot_of_pair(tables, first, second):
    with np.errstate(over="ignore"):
        key = np.uint64(pair_key(number_of_word(tables, first), number_of_word(tables, second)))
        place = pair_place(key, tables.pairs, tables.seeds)
    found, slot = tables.pairs[place].tolist()
    return slot if found == key else -1


def numbered(n):
    """Return n different terms of three characters."""
    return [chr(0x4E00 + number % 997) + "x" + chr(0x100 + number // 997) for number in range(n)]


@pytest.mark.parametrize("n", [0, 1, 15, 16, MANY - 1, MANY])
def test_ngrams_of_characters(n):
    tables = vocabulary([], numbered(n))
    for slot, term in list(enumerate(numbered(n)))[:: max(1, n // 300)]:
        assert slot_of_chars(tables, term) == slot
        assert slot_of_chars(tables, term[:2]) == -1
        assert slot_of_chars(tables, term + "x") == -1


@pytest.mark.parametrize("n", [1, 15, 16, MANY - 1, MANY])
def test_words_and_pairs(n):
    words = numbered(n)
    tables = vocabulary([*words, f"{words[0]} {words[-1]}", f"{words[-1]} alone"], [])
    for slot, word in list(enumerate(words))[:: max(1, n // 300)]:
        assert number_of_word(tables, word) == slot
    assert number_of_word(tables, words[0][:2]) == NO_TOKEN
    assert slot_of_pair(tables, words[0], words[-1]) == n
    # A word that stands in a pair only has a number, which is no slot.
    assert number_of_word(tables, "alone") >= tables.n_words
    assert slot_of_pair(tables, words[-1], "alone") == n + 1
    assert slot_of_pair(tables, "alone", words[-1]) == -1


def test_of_equal_terms_the_last_counts():
    tables = vocabulary(["ab", "cd", "ab", "ab cd", "ab cd"], ["xy", "xyz", "xy"])
    assert number_of_word(tables, "ab") == 2
    assert slot_of_pair(tables, "ab", "cd") == 4
    assert slot_of_chars(tables, "xy") == 2


def test_terms_that_no_text_has_are_never_found():
    terms = ["", "a", "abcdef", "ab\0", "\0\0"]
    tables = vocabulary(["", " ", "a b c", " ab", "ab "], terms)
    assert not tables.char_table.any()
    assert not tables.token_table.any()
    assert not tables.pairs.any()
    assert slot_of_chars(tables, "ab") == -1


@pytest.mark.parametrize("length", [2, 3, 4, 5])
def test_ngrams_of_any_length_and_plane(length):
    terms = ["".join(chr(0x10FFF0 + at) for at in range(length)), "\U0001f45f" * length]
    tables = vocabulary([], terms)
    assert [slot_of_chars(tables, term) for term in terms] == [0, 1]
