"""How one raw word is spelled, once what was done to hide it has been undone.

Sellers write one word in many ways, some of them on purpose: invisible characters between the
letters, letters of other scripts that look alike, digits for letters, letters kept apart by signs.
``spell`` gives them one spelling, says what had to be undone, and adds further readings where one
spelling would guess too much ("5ame" may be "same", "rep-lica" may be "replica"). Digits are
letters and repeated letters are one where that makes a known word: others are model numbers and
names.

There is one implementation. It works on code points in plain loops and runs as it is on the lists
and look-ups of ``text``, and compiled on the arrays of ``codepoints`` (``text_kernels``). So it
calls nothing but its own functions, and some that are given in its place when it is compiled.

The steps, in order: letters of look-alike scripts, the table from code point to replacement with
backspaces obeyed, composition (normalisation form C), marks that no letter is written with, accents
that no language has together, signs between single letters, repeated letters, digits for letters,
halves of Chinese characters. Each is one pass. What one step leaves no other makes anew, so that a
spelling is its own spelling.

Sources: Unicode Technical Standard 39 (confusables); Unicode Standard Annex 15 (composition).
"""

# Compiled functions carry no types, as in the kernels.

from __future__ import annotations

import unicodedata
from typing import Any

from fakedetect.known_words import (
    has_three_in_a_row,
    put_word,
    with_letters,
    without_repeats,
    word_for,
)
from fakedetect.letters import (
    CYRILLIC,
    DIGIT,
    EVERY_HOME,
    HAN,
    LAST_ALIKE,
    LAST_HIDING,
    LATIN,
    MARK,
    OTHER,
    RARE,
    SIGN,
)
from fakedetect.readings import skeleton, sounds, whole_of
from fakedetect.traces import (
    ACCENTS,
    ANY_TRACE,
    BACKSPACE,
    FIRST_TRACE,
    HALVES,
    LOOKALIKE,
    N_TRACES,
    PILED,
    REPEATED,
    SIGNS,
)
from fakedetect.word_room import (
    MOST_OF_ONE,
    SPACE,
    cyrillic_for,
    is_letter,
    is_part,
    keep,
    write,
)

MOST_MARKS = 30  # of a pile on one letter (the Stream-Safe Text Format of UAX 15)
# Spelling a word makes at most this many characters of each: itself, another reading,
# and how it sounds, with spaces.
GROWTH = 4
ROOM = 2 * N_TRACES + N_TRACES + 8

_I, _L, _M, _S, _V, _X = 105, 108, 109, 115, 118, 120
_BACK, _DELETE = 8, 127
_OVERLAYS = (0x334, 0x338)
_LEAST_LETTERS = 3  # kept apart by signs
_LONGEST_GAP = 4  # signs

_LAST_ASCII = 127
# Kinds of characters that make a step worth while; "@", "$", "!" and "|" count among others.
_MARKS = 1 << MARK
_SIGNS = 1 << SIGN
_ALIKE = sum(1 << kind for kind in range(LATIN + 1, LAST_ALIKE + 1))
_CHINESE = 1 << HAN
_DIGITAL = 1 << DIGIT | 1 << OTHER | _SIGNS
_ADORNED = 1 << 30
_GUESSED = _DIGITAL | _ADORNED


def decompose(point: int, tables: Any, apart: Any, m: int) -> int:
    """Write the full canonical decomposition of a character; return the length so far."""
    del tables
    for char in unicodedata.normalize("NFD", chr(point)):
        apart[m] = ord(char)
        m += 1
    return m


def composed_pair(first: int, second: int, tables: Any) -> int:
    """Return what two characters compose to, -1 if they do not."""
    del tables
    both = unicodedata.normalize("NFC", chr(first) + chr(second))
    return ord(both) if len(both) == 1 else -1


def _is_alike(of):
    return 0 < of <= LAST_ALIKE


def _latin(index, tables, room):
    """Return the Latin letter that one looks like: of a capital that was folded, what that does."""
    if room.ends[index] - room.starts[index] == 1:
        letter = tables.latin[room.raw[room.starts[index]]]
        if letter:
            return letter
    return tables.latin[room.points[index]]


def _side(at, end, tables, room):
    """Return what a run of letters is read as: 1 Latin, 2 Cyrillic, 0 what it is.

    Where letters of several scripts stand in one run, those of one side that all look like letters
    of the other are taken for them. A run in one script is what it is, unless nobody sells in it.
    """
    n_latin = n_cyrillic = n_others = n_unlike_latin = n_unlike_cyrillic = 0
    first_other = 0
    is_mixed = False
    for index in range(at, end):
        of = tables.kind[room.points[index]]
        if of == LATIN:
            n_latin += 1
            n_unlike_cyrillic += cyrillic_for(room.points[index], tables) == 0
        elif _is_alike(of):
            n_others += 1
            n_cyrillic += of == CYRILLIC
            n_unlike_latin += _latin(index, tables, room) == 0
            is_mixed |= of == RARE or (first_other != 0 and first_other != of)
            first_other = of
    if n_others == 0 or (n_latin == 0 and not is_mixed):
        return 0
    may_be_cyrillic = n_latin > 0 and n_cyrillic == n_others and n_unlike_cyrillic == 0
    if n_unlike_latin == 0 and not (may_be_cyrillic and n_cyrillic > n_latin):
        return 1
    return 2 if may_be_cyrillic else 0


def _of_one_script(n, tables, room):
    """Write the letters that look-alikes are taken for; return the traces."""
    points = room.points
    traces = 0
    at = 0
    while at < n:
        end = at
        while end < n and (
            _is_alike(tables.kind[points[end]]) or tables.kind[points[end]] == DIGIT
        ):
            end += 1
        side = _side(at, end, tables, room) if end > at else 0
        for index in range(at, end):
            letter = 0
            if side == 1 and tables.kind[points[index]] != LATIN:
                letter = _latin(index, tables, room)
            elif side == 2:
                letter = cyrillic_for(points[index], tables)
            if letter:
                points[index] = letter
                traces |= LOOKALIKE
        at = max(end, at + 1)
    return traces


def _translate(n_raw, tables, room):
    """Write what the table has for each character.

    Return the length, the traces, whether characters may join, and the kinds of those written, one
    bit for each, and ``_ADORNED`` for letters that not every orthography writes.
    """
    raw = room.raw
    points, starts, ends = room.points, room.starts, room.ends
    kind, undoes = tables.kind, tables.undoes
    n = 0
    n_marks = 0
    traces = 0
    hidden = 0
    joins = False
    kinds = 0
    for index in range(n_raw):
        point = raw[index]
        if undoes and (point == _BACK or point == _DELETE):
            if n:
                n -= 1
                traces |= BACKSPACE
            while n and tables.combining_class[points[n]]:
                n -= 1  # a letter goes with its marks
            continue
        to = tables.replacement[point]
        if to == -1:
            if n and 0 < kind[points[n - 1]] <= LAST_HIDING:
                hidden |= tables.traces[point]
            continue
        first, last = 0, 1
        if to < -1:
            first, last = tables.sequence_starts[-2 - to], tables.sequence_starts[-1 - to]
        for source in range(first, last):
            spelled = tables.sequences[source] if to < -1 else to
            joins |= tables.may_join[spelled]
            n_marks = n_marks + 1 if tables.combining_class[spelled] else 0
            if n_marks > MOST_MARKS:
                continue
            points[n] = spelled
            starts[n] = index
            ends[n] = index + 1
            kinds |= 1 << int(kind[spelled])
            if spelled > _LAST_ASCII and tables.homes[spelled] != EVERY_HOME:
                kinds |= _ADORNED
            n += 1
        if 0 < kind[point] <= LAST_HIDING:
            traces |= hidden | tables.traces[point]
        hidden = 0
    return n, traces, joins, kinds


def _apart(n, tables, room):
    """Write the canonical decomposition, marks in the order of their classes; return its length."""
    apart, starts, ends = room.apart, room.apart_starts, room.apart_ends
    m = 0
    for index in range(n):
        before = m
        m = decompose(room.points[index], tables, apart, m)
        for source in range(before, m):
            starts[source] = room.starts[index]
            ends[source] = room.ends[index]
            point, start, end = apart[source], starts[source], ends[source]
            rank = tables.combining_class[point]
            at = source
            # Piles have been cut, so insertion is quick.
            while rank and at and tables.combining_class[apart[at - 1]] > rank:
                apart[at], starts[at], ends[at] = apart[at - 1], starts[at - 1], ends[at - 1]
                at -= 1
            apart[at], starts[at], ends[at] = point, start, end
    return m


def _compose(m, tables, room):
    """Write the canonical composition of what is apart; return its length."""
    points, starts, ends = room.points, room.starts, room.ends
    n = 0
    starter = -1
    before = 0
    for index in range(m):
        point = room.apart[index]
        rank = tables.combining_class[point]
        if starter >= 0 and (n - 1 == starter or before < rank):
            joined = composed_pair(points[starter], point, tables)
            if joined >= 0:
                points[starter] = joined
                starts[starter] = min(starts[starter], room.apart_starts[index])
                ends[starter] = max(ends[starter], room.apart_ends[index])
                continue
        points[n] = point
        starts[n] = room.apart_starts[index]
        ends[n] = room.apart_ends[index]
        if rank == 0:
            starter = n
        before = rank
        n += 1
    return n


def _without_piles(n, tables, room):
    """Drop the marks that are left on letters whose languages need none; return what is left."""
    points, kind = room.points, tables.kind
    m = 0
    n_marks = 0
    traces = 0
    is_letter = False
    for index in range(n):
        of = kind[points[index]]
        if of == MARK and is_letter:
            n_marks += 1
            if n_marks > 1 or _OVERLAYS[0] <= points[index] <= _OVERLAYS[1]:
                traces |= PILED
            room.ends[m - 1] = max(room.ends[m - 1], room.ends[index])
            continue
        n_marks = 0
        is_letter = 0 < of <= LAST_HIDING or of == DIGIT
        keep(index, m, room)
        m += 1
    return m, traces


def _bare(n, tables, room):
    """Take off what stands on letters in runs that no orthography writes; return the traces."""
    points, kind = room.points, tables.kind
    traces = 0
    at = 0
    while at < n:
        of = kind[points[at]]
        if of != LATIN and of != CYRILLIC:
            at += 1
            continue
        homes = -1
        end = at
        while end < n and kind[points[end]] == of:
            homes &= tables.homes[points[end]]
            end += 1
        if homes == 0:
            for index in range(at, end):
                letter = tables.bare[points[index]]
                if letter:
                    points[index] = letter
                    traces |= ACCENTS
            # As the language writes it.
            word = word_for(at, end, tables, room)
            if word >= 0:
                put_word(word, at, tables, room)
        at = end
    return traces


def _gap(at, n, tables, room):
    """Return where the signs that begin here end, at most some."""
    end = at
    while end < n and end - at < _LONGEST_GAP and tables.kind[room.points[end]] == SIGN:
        end += 1
    return end


def _is_size(point):
    return point == _L or point == _M or point == _S or point == _X


def _apart_letters(at, n, tables, room):
    """Return where a row of single letters with signs between ends, and how many they are.

    0 where it is none, or sizes. Digits may stand for letters in it.
    """
    points = room.points
    end = at + 1
    n_letters = 1
    are_sizes = _is_size(points[at])
    while True:
        after = _gap(end, n, tables, room)
        if after == end or after == n or not is_part(points[after], tables):
            break
        if after + 1 < n and is_part(points[after + 1], tables):
            break
        n_letters += is_letter(points[after], tables)
        are_sizes &= _is_size(points[after])
        end = after + 1
    return end, 0 if are_sizes or n_letters < _LEAST_LETTERS else n_letters


def _closed_up(n, tables, room):
    """Drop signs between single letters and between Chinese characters; return what is left."""
    points, kind = room.points, tables.kind
    m = 0
    traces = 0
    at = 0
    while at < n:
        of = kind[points[at]]
        if of == SIGN and m and kind[points[m - 1]] == HAN:
            after = _gap(at, n, tables, room)
            if after < n and kind[points[after]] == HAN:
                is_single = m == 1 or kind[points[m - 2]] != HAN
                if is_single and (after + 1 == n or kind[points[after + 1]] != HAN):
                    traces |= SIGNS
                at = after
                continue
            while at < after:
                keep(at, m, room)
                m += 1
                at += 1
            continue
        starts_row = is_letter(points[at], tables) and (
            at == 0 or not (is_letter(points[at - 1], tables) or kind[points[at - 1]] == DIGIT)
        )
        if starts_row and at + 1 < n and kind[points[at + 1]] == SIGN:
            end, n_letters = _apart_letters(at, n, tables, room)
            if n_letters:
                if n_letters > _LEAST_LETTERS or points[at + 1] > 0x7F:
                    traces |= SIGNS
                while at < end:
                    if tables.kind[points[at]] != SIGN:
                        keep(at, m, room)
                        m += 1
                    at += 1
                continue
        keep(at, m, room)
        m += 1
        at += 1
    return m, traces


def _squeezed(n, tables, room):
    """Leave two of four or more of the same letter in a word that has others."""
    points = room.points
    m = 0
    traces = 0
    at = 0
    while at < n:
        point = points[at]
        if not is_letter(point, tables):
            keep(at, m, room)
            m += 1
            at += 1
            continue
        end = at
        while end < n and points[end] == point:
            end += 1
        before = points[at - 1] if at > 0 else SPACE
        after = points[end] if end < n else SPACE
        # Grades and web addresses have no others; then sizes, and Roman numbers.
        others = is_letter(before, tables) or is_letter(after, tables)
        is_size = point == _X and (after == _L or after == _S)
        is_number = point == _I and (before == _V or before == _X)
        n_kept = end - at
        if n_kept > MOST_OF_ONE and others and not is_size and not is_number:
            n_kept = 2
            traces |= REPEATED
        for index in range(at, at + n_kept):
            keep(index, m, room)
            m += 1
        room.ends[m - 1] = max(room.ends[m - 1], room.ends[end - 1])
        at = end
    return m, traces


def _put_together(n, tables, room):
    """Put halves of Chinese characters together; return what is left."""
    points = room.points
    m = 0
    traces = 0
    at = 0
    while at < n:
        if at + 1 < n and tables.kind[points[at]] == HAN:
            whole = whole_of(points[at], points[at + 1], tables)
            if whole >= 0:
                keep(at, m, room)
                points[m] = whole
                room.ends[m] = max(room.ends[m], room.ends[at + 1])
                m += 1
                at += 2
                traces |= HALVES
                continue
        keep(at, m, room)
        m += 1
        at += 1
    return m, traces


def _with_traces(n, traces, n_raw, room):
    """Write a word of marks for each kind of trace; return the length then."""
    for bit in range(N_TRACES):
        if traces >> bit & 1:
            n = write(SPACE, 0, n_raw, n, room)
            n = write(ANY_TRACE, 0, n_raw, n, room)
            n = write(FIRST_TRACE + bit, 0, n_raw, n, room)
    return n


def spell(n_raw, tables, room):
    """Write the spelling of a raw word, then its marks and further readings.

    Parameters
    ----------
    n_raw
        How many code points ``room.raw`` has.
    tables
        What is known of code points.
    room
        Room for at least ``GROWTH`` times as many as the table makes of them, and ``ROOM`` more.

    Returns
    -------
    tuple
        The length of all, that of the spelling alone, and what was undone, as bits.
    """
    n, traces, joins, kinds = _translate(n_raw, tables, room)
    if joins:
        n = _compose(_apart(n, tables, room), tables, room)
        kinds |= _ADORNED | _MARKS
    if not tables.undoes:
        return n, n, 0
    # Most words need few of the steps. None makes characters of a kind that was not there, but for
    # Latin and Cyrillic letters, which have no step of their own.
    if kinds & _MARKS:
        n, found = _without_piles(n, tables, room)
        traces |= found
    if kinds & _SIGNS:
        n, found = _closed_up(n, tables, room)
        traces |= found
    if kinds & _ALIKE:
        traces |= _of_one_script(n, tables, room)
    if kinds & _ADORNED:
        traces |= _bare(n, tables, room)
    if has_three_in_a_row(n, room):
        n_before = n
        n, found = without_repeats(n, tables, room)
        traces |= found
        kinds |= _ADORNED if n < n_before else 0
        n, found = _squeezed(n, tables, room)
        traces |= found
    if kinds & _DIGITAL:
        traces |= with_letters(n, tables, room)
    if kinds & _CHINESE:
        n, found = _put_together(n, tables, room)
        traces |= found
    whole = _with_traces(n, traces, n_raw, room) if traces else n
    if kinds & _GUESSED or traces & REPEATED:
        at = 0
        while at < n:
            end = at
            while end < n and room.points[end] != SPACE:
                end += 1
            whole = skeleton(at, end, whole, traces & REPEATED > 0, tables, room)
            at = end + 1
    return sounds(n, whole, tables, room), n, traces
