"""Words that are known, found by what is written for them.

Digits are letters ("1m1747!0n"), and repeated letters are one ("faaalllso"), where that makes a
known word; others are model numbers and names, and stay. Words are found by a key that leaves out
what hides them, and then compared letter by letter, so that what shares a key by chance is not
taken for one.

The functions run as they are and compiled, as ``spelling`` says.
"""

# Compiled functions carry no types, as in the kernels.

from __future__ import annotations

import functools
from typing import Any

from fakedetect import letters
from fakedetect.letters import CYRILLIC, DIGIT, LATIN
from fakedetect.traces import DIGITS, REPEATED
from fakedetect.word_room import (
    LONGEST_READ,
    MOST_OF_ONE,
    I,
    L,
    is_letter,
    is_stroke,
    keep,
    letter_for,
)

_BASE, _MODULUS = 1_000_003, 2**31 - 1
_WITHOUT_DOUBLES = 1  # what the keys of words without doubled letters begin with
_LEAST_GROUPS = 2  # of digits, where one alone may be a number
_SHORT = 3  # letters of a word that others may look like
_LONGEST_SET = 4  # characters of "2in1"


@functools.cache
def word_of_key() -> dict[int, int]:
    """Return which of ``letters.words`` has each key, ascending.

    Each has two: of its letters without what stands on them, l read as i, and of those again with
    doubled letters taken for one. That is the commonest word's where several share it.
    """
    bare = letters.bare_of()
    found: dict[int, int] = {}
    doubled: dict[int, int] = {}
    for number, word in enumerate(letters.words()):
        key, single, last = 0, _WITHOUT_DOUBLES, 0
        for char in word:
            letter = ord(bare.get(char, char))
            letter = I if letter == L else letter
            key = _extended(key, letter)
            if letter != last:
                single = _extended(single, letter)
            last = letter
        found[key] = number
        doubled.setdefault(single, number)
    return dict(sorted({**doubled, **found}.items()))


def known_word(key: int, tables: Any) -> int:
    """Return which of the known words has a key (``word_of_key``), -1 if none."""
    number: int = tables.words.get(key, -1)
    return number


def _extended(key: int, letter: int) -> int:
    """Return a key with one letter more."""
    return (key * _BASE + letter) % _MODULUS


def _as_in_words(point, digits, tables):
    """Return the letter of a word's key that a character stands for, 0 if it stands for none."""
    letter = point
    if tables.bare[point]:
        letter = tables.bare[point]
    elif not is_letter(point, tables):
        letter = digits[point] if point < 128 else 0
    return I if letter == L else int(letter)


def _length_of(word, tables):
    return tables.word_starts[word + 1] - tables.word_starts[word]


def word_for(at, end, tables, room):
    """Return which known word of their length characters are written for, -1 if none.

    What stands on letters is not looked at, and digits and signs are read as letters.
    """
    points, kind = room.points, tables.kind
    n_cyrillic = 0
    for index in range(at, end):
        n_cyrillic += kind[points[index]] == CYRILLIC
    digits = tables.cyrillic_digits if n_cyrillic else tables.word_digits
    key = 0
    for index in range(at, end):
        key = _extended(key, _as_in_words(points[index], digits, tables))
    word = known_word(key, tables)
    if word < 0 or _length_of(word, tables) != end - at:
        return -1
    for index in range(at, end):
        known = tables.word_points[tables.word_starts[word] + index - at]
        ours = _as_in_words(points[index], digits, tables)
        if ours != _as_in_words(known, digits, tables):
            return -1
    return word


def put_word(word, at, tables, room):
    """Write a known word over characters of its length."""
    first = tables.word_starts[word]
    for index in range(tables.word_starts[word + 1] - first):
        room.points[at + index] = tables.word_points[first + index]


def _key_without_doubles(at, end, tables, room):
    """Return the key of a run of letters, doubled ones taken for one, and whether that hides it.

    0 where no letter stands there three times in a row.
    """
    points = room.points
    key = _WITHOUT_DOUBLES
    in_a_row = n_long = 0
    is_longest = False
    last = 0
    for index in range(at, end):
        letter = _as_in_words(points[index], tables.word_digits, tables)
        if letter != last:
            key = _extended(key, letter)
        last = letter
        in_a_row = in_a_row + 1 if index > at and points[index] == points[index - 1] else 1
        n_long += in_a_row == MOST_OF_ONE
        is_longest |= in_a_row > MOST_OF_ONE
    return key if n_long else 0, is_longest or n_long > 1


def _repeats(at, end, word, tables, room):
    """Return whether a run is a word with some of its letters repeated."""
    digits = tables.word_digits
    known, stop = tables.word_starts[word], tables.word_starts[word + 1]
    while at < end:
        letter = _as_in_words(room.points[at], digits, tables)
        n = n_known = 0
        while at < end and _as_in_words(room.points[at], digits, tables) == letter:
            at += 1
            n += 1
        while known < stop and _as_in_words(tables.word_points[known], digits, tables) == letter:
            known += 1
            n_known += 1
        if n_known == 0 or n_known > n:
            return False
    return known == stop


def has_three_in_a_row(n, room):
    """Return whether a character stands three times in a row."""
    points = room.points
    index = 2
    while index < n and not points[index] == points[index - 1] == points[index - 2]:
        index += 1
    return index < n


def without_repeats(n, tables, room):
    """Write known words for those that repeat their letters; return what is left."""
    points, digits = room.points, tables.word_digits
    m = 0
    traces = 0
    at = 0
    while at < n:
        end = at
        while end < n and is_letter(points[end], tables):
            end += 1
        key, hides = _key_without_doubles(at, end, tables, room)
        word = known_word(key, tables) if key else -1
        # Three are too few to tell from "A7RIII" and the like by one letter three times.
        is_sure = hides or (word >= 0 and _length_of(word, tables) > _SHORT)
        if word >= 0 and is_sure and _repeats(at, end, word, tables, room):
            traces |= REPEATED if hides else 0
            stop = tables.word_starts[word + 1]
            for known in range(tables.word_starts[word], stop):
                letter = _as_in_words(points[at], digits, tables)
                keep(at, m, room)
                points[m] = tables.word_points[known]
                m += 1
                at += 1
                if known + 1 == stop or letter != _as_in_words(
                    tables.word_points[known + 1], digits, tables
                ):
                    while at < end and _as_in_words(points[at], digits, tables) == letter:
                        room.ends[m - 1] = max(room.ends[m - 1], room.ends[at])
                        at += 1
            continue
        for index in range(at, max(end, at + 1)):
            keep(index, m, room)
            m += 1
        at = max(end, at + 1)
    return m, traces


def _is_of_word(point, tables):
    of = tables.kind[point]
    return of == LATIN or of == CYRILLIC or of == DIGIT or letter_for(point, tables) > 0


def _is_in_disguise(at, end, tables, room):
    """Return whether no number would be written so.

    With signs inside, or digits in two places or between letters; but for "1@2", "2in1", "x1d".
    """
    points = room.points
    n_letters = n_groups = 0
    is_signed = False
    for index in range(at, end):
        point = points[index]
        if is_letter(point, tables):
            n_letters += 1
            continue
        is_signed |= tables.kind[point] != DIGIT and at < index < end - 1
        n_groups += index == at or is_letter(points[index - 1], tables)
    if is_signed and (n_letters or end - at > _SHORT):
        return True
    first, last = is_letter(points[at], tables), is_letter(points[end - 1], tables)
    if first and last and n_letters >= _SHORT:
        return True
    return n_groups >= _LEAST_GROUPS and (first or last or end - at > _LONGEST_SET)


def with_letters(n, tables, room):
    """Write letters for the digits that stand for them; return the traces."""
    points = room.points
    traces = 0
    at = 0
    while at < n:
        end = at
        n_digital = 0
        while end < n and _is_of_word(points[end], tables):
            n_digital += not is_letter(points[end], tables)
            end += 1
        # An exclamation mark at the end is one.
        last = end
        while last > at and is_stroke(points[last - 1]):
            last -= 1
            n_digital -= 1
        is_short = 0 < n_digital <= last - at <= LONGEST_READ
        if is_short and _is_in_disguise(at, last, tables, room):
            word = word_for(at, last, tables, room)
            if word >= 0:
                traces |= DIGITS
                put_word(word, at, tables, room)
        at = max(end, at + 1)
    return traces
