"""Further readings of a spelled word, for where one spelling would guess too much.

"5ame" may be "same", "rep-lica" may be "replica", "réplique" is written "replique"; and Chinese
sounds like other Chinese, and is spelled out in Latin letters. The word stays, and its readings
stand behind it.

The functions run as they are and compiled, as ``spelling`` says.
"""

# Compiled functions carry no types, as in the kernels.

from __future__ import annotations

from typing import Any

from fakedetect.known_words import word_for
from fakedetect.letters import CYRILLIC, HAN, LATIN, SIGN
from fakedetect.word_room import (
    LONGEST_READ,
    SPACE,
    I,
    L,
    cyrillic_for,
    is_letter,
    is_part,
    is_stroke,
    letter_for,
    write,
)

LEAST_SPELLED = 6  # letters of a word that may be Chinese spelled out
_LONGEST_SYLLABLE = 6  # letters
_A, _Z = 97, 122


def whole_of(first: int, second: int, tables: Any) -> int:
    """Return the Chinese character that two halves make, -1 if none.

    Below -1 it is the negative of one that they may stand for, or for themselves: they are left,
    and sound as it does.
    """
    whole: int = tables.wholes.get((first, second), -1)
    return whole


def syllable_of(key: int, tables: Any) -> int:
    """Return the sign of the syllable that letters spell, as digits of base 27; -1 if none."""
    sign: int = tables.spelled.get(key, -1)
    return sign


def _row(point):
    if _A <= point <= _Z:
        return point - _A + 1
    return 0 if point == SPACE else -1


def _how_often(first, second, third, tables):
    """Return how often three letters stand together in known words, in bits; of others 1."""
    one, two, three = _row(first), _row(second), _row(third)
    if one < 0 or two < 0 or three < 0:
        return 1
    return tables.triples[(one * 27 + two) * 27 + three]


def _fit(letter, before, last, after, tables):
    """Return how well a letter goes with the two before it and, if that is one, the one behind."""
    fit = _how_often(before, last, letter, tables)
    if _row(after) < 0:
        return fit * 2
    behind = _how_often(last, letter, after, tables)
    return fit + behind if fit > 0 and behind > 0 else 0


def _read(at, end, is_cyrillic, tables, room):
    """Write a word with letters for digits and without signs; return its length.

    1 is i or l, whichever goes with its neighbours.
    """
    points, read = room.points, room.apart
    m = 0
    before, last = SPACE, SPACE
    for index in range(at, end):
        letter = points[index]
        after = points[index + 1] if index + 1 < end else SPACE
        if not is_letter(letter, tables):
            letter = letter_for(letter, tables)
            if letter == 0:
                continue
            as_l = _fit(L, before, last, after, tables) if letter == I else 0
            if as_l > _fit(I, before, last, after, tables):
                letter = L
            if is_cyrillic and cyrillic_for(letter, tables):
                letter = cyrillic_for(letter, tables)
        read[m] = letter
        m += 1
        before, last = last, letter
    return m


def _trimmed(at, end, tables, room):
    """Return where a word begins and ends without signs around it."""
    points = room.points
    while at < end and not is_part(points[at], tables):
        at += 1
    while end > at and (is_stroke(points[end - 1]) or not is_part(points[end - 1], tables)):
        end -= 1
    return at, end


def _write_bare(source, first, last, repeats, whole, n, tables, room):
    """Write letters without what stands on them, as a word that is read for another."""
    start, end = whole
    n = write(SPACE, start, end, n, room)
    for index in range(first, last):
        if repeats and index > first and source[index] == source[index - 1]:
            continue
        bare = tables.bare[source[index]]
        n = write(bare or source[index], start, end, n, room)
    return n


def _write_known(word, whole, n, tables, room):
    """Write a known word as one that is read for another, and without what stands on letters."""
    start, end = whole
    n = write(SPACE, start, end, n, room)
    first, last = tables.word_starts[word], tables.word_starts[word + 1]
    is_bare = True
    for index in range(first, last):
        n = write(tables.word_points[index], start, end, n, room)
        is_bare &= tables.bare[tables.word_points[index]] == 0
    if is_bare:
        return n
    return _write_bare(tables.word_points, first, last, False, whole, n, tables, room)


def skeleton(at, end, n, repeats, tables, room):
    """Write the letters of a word alone, where that is another reading; return the length then.

    Digits are read as letters; other signs, what stands on letters, and all but one of a letter
    where there were four or more, are dropped.
    """
    points = room.points
    at, end = _trimmed(at, end, tables, room)
    if end - at < 3 or end - at > LONGEST_READ:
        return n
    n_letters = n_cyrillic = n_read = n_dropped = n_signs = 0
    for index in range(at, end):
        point = points[index]
        if is_letter(point, tables):
            n_letters += 1
            n_cyrillic += tables.kind[point] == CYRILLIC
            n_dropped += tables.bare[point] != 0
            n_dropped += repeats and index > at and points[index - 1] == point
        elif letter_for(point, tables):
            n_read += 1
        elif tables.kind[point] == SIGN:
            n_signs += 1
        else:
            return n
    if n_letters < 1 or n_read + n_dropped + n_signs == 0:
        return n
    whole = room.starts[at], room.ends[end - 1]
    word = word_for(at, end, tables, room) if n_read > 0 and n_signs == 0 else -1
    if word >= 0:
        return _write_known(word, whole, n, tables, room)
    if n_read > 3 * n_letters:
        return n
    m = _read(at, end, n_cyrillic > 0, tables, room)
    after = _write_bare(room.apart, 0, m, repeats, whole, n, tables, room)
    return after if after > n + 3 else n


def _syllables(at, end, n, tables, room):
    """Write the syllables that letters spell, from the left the longest; return the length then.

    The length as it was if they do not.
    """
    m = n
    while at < end:
        key = 0
        found = 0
        after = at
        for index in range(at, min(end, at + _LONGEST_SYLLABLE)):
            row = _row(room.points[index])
            if row < 1:
                break
            key = key * 27 + row
            syllable = syllable_of(key, tables)
            if syllable > 0:
                found = syllable
                after = index + 1
        if found == 0:
            return n
        m = write(found, room.starts[at], room.ends[after - 1], m, room)
        at = after
    return m


def sounds(n, whole, tables, room):
    """Write how a word of Chinese characters or of their syllables sounds; return the length then.

    Homophones then read the same, and so does what is spelled out in Latin letters.
    """
    points = room.points
    n_spoken = n_latin = 0
    for index in range(n):
        of = tables.kind[points[index]]
        n_spoken += of == HAN
        n_latin += of == LATIN
    if n_spoken == 0 and (n_latin < n or n < LEAST_SPELLED or n > LONGEST_READ):
        return whole
    first = whole
    is_open = False
    at = 0
    while at < n:
        end = at + 1
        if tables.kind[points[at]] == LATIN:
            while end < n and tables.kind[points[end]] == LATIN:
                end += 1
        before = whole
        if not is_open:
            whole = write(SPACE, room.starts[at], room.ends[at], whole, room)
        sounded = whole
        read = points[at]
        if tables.kind[read] == HAN and at + 1 < n:
            # Two that may be halves stay as they are; a guess is for this reading alone.
            pair = -whole_of(read, points[at + 1], tables)
            if pair > 1:
                read = pair
                end = at + 2
        if tables.kind[read] == HAN and tables.syllables[read]:
            syllable = tables.syllables[read]
            whole = write(syllable, room.starts[at], room.ends[end - 1], whole, room)
        elif tables.kind[points[at]] == LATIN and end - at <= LONGEST_READ:
            whole = _syllables(at, end, whole, tables, room)
        is_open = whole > sounded
        if not is_open:
            whole = before
        at = end
    # One syllable of Latin letters is a word like any other.
    return first if n_spoken == 0 and whole < first + 3 else whole
