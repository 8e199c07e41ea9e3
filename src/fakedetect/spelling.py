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
from typing import Any, NamedTuple

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
    WORD_BASE,
    WORD_MODULUS,
)

# What may have been undone, one bit for each.
INVISIBLE = 1
DIRECTION = 2
BACKSPACE = 4
FULL_WIDTH = 8
FANCY = 16
LOOKALIKE = 32
PILED = 64
ACCENTS = 128
SIGNS = 256
REPEATED = 512
DIGITS = 1024
HALVES = 2048
SPACED = 4096
N_TRACES = 13

# A word of marks is one of these for any trace, then one for the kind: characters for private use,
# which no text may bring along.
ANY_TRACE = 0x10F700
FIRST_TRACE = ANY_TRACE + 1
FIRST_SYLLABLE = 0x10F800  # how a Chinese character sounds, one sign for each syllable

MOST_MARKS = 30  # of a pile on one letter (the Stream-Safe Text Format of UAX 15)
LONGEST_READ = 32  # characters of a word that has further readings
# Spelling a word makes at most this many characters of each: itself, another reading,
# and how it sounds, with spaces.
GROWTH = 4
ROOM = 2 * N_TRACES + N_TRACES + 8

_SPACE = 32
_A, _I, _L, _M, _S, _V, _X, _Z = 97, 105, 108, 109, 115, 118, 120, 122
_EXCLAMATION, _STROKE = 33, 124
_BACK, _DELETE = 8, 127
_OVERLAYS = (0x334, 0x338)
_LEAST_LETTERS = 3  # kept apart by signs
_LONGEST_GAP = 4  # signs
_LONGEST_SYLLABLE = 6  # letters
LEAST_SPELLED = 6  # letters of a word that may be Chinese spelled out
_LEAST_GROUPS = 2  # of digits, where one alone may be a number
_SHORT = 3  # letters of a word that others may look like
_LONGEST_SET = 4  # characters of "2in1"
_MOST_OF_ONE = 3  # letters of a kind in a row that honest words have ("copiii", "IEEE")


_LAST_ASCII = 127
# Kinds of characters that make a step worth while; "@", "$", "!" and "|" count among others.
_MARKS = 1 << MARK
_SIGNS = 1 << SIGN
_ALIKE = sum(1 << kind for kind in range(LATIN + 1, LAST_ALIKE + 1))
_CHINESE = 1 << HAN
_DIGITAL = 1 << DIGIT | 1 << OTHER | _SIGNS
_ADORNED = 1 << 30
_GUESSED = _DIGITAL | _ADORNED


class Room(NamedTuple):
    """Room for one word: code points as read, and two spellings.

    Each spelled character comes from ``raw[starts[i]:ends[i]]``.
    """

    raw: Any
    points: Any
    starts: Any
    ends: Any
    apart: Any
    apart_starts: Any
    apart_ends: Any


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


def whole_of(first: int, second: int, tables: Any) -> int:
    """Return the Chinese character that two halves make, -1 if none.

    Below -1 it is the negative of one that they may stand for, or for themselves: they are left,
    and sound as it does.
    """
    whole: int = tables.wholes.get((first, second), -1)
    return whole


def known_word(key: int, tables: Any) -> int:
    """Return which of the known words has a key (``letters.word_of_key``), -1 if none."""
    number: int = tables.words.get(key, -1)
    return number


def syllable_of(key: int, tables: Any) -> int:
    """Return the sign of the syllable that letters spell, as digits of base 27; -1 if none."""
    sign: int = tables.spelled.get(key, -1)
    return sign


def _keep(index, m, room):
    room.points[m] = room.points[index]
    room.starts[m] = room.starts[index]
    room.ends[m] = room.ends[index]


def _is_alike(of):
    return 0 < of <= LAST_ALIKE


def _cyrillic(point, tables):
    return tables.cyrillic[point] if point < 128 else 0


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
            n_unlike_cyrillic += _cyrillic(room.points[index], tables) == 0
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
                letter = _cyrillic(points[index], tables)
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
        _keep(index, m, room)
        m += 1
    return m, traces


def _is_letter(point, tables):
    return 0 < tables.kind[point] < HAN


def _as_in_words(point, digits, tables):
    """Return the letter of a word's key that a character stands for, 0 if it stands for none."""
    letter = point
    if tables.bare[point]:
        letter = tables.bare[point]
    elif not _is_letter(point, tables):
        letter = digits[point] if point < 128 else 0
    return _I if letter == _L else int(letter)


def _length_of(word, tables):
    return tables.word_starts[word + 1] - tables.word_starts[word]


def _word_for(at, end, tables, room):
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
        key = (key * WORD_BASE + _as_in_words(points[index], digits, tables)) % WORD_MODULUS
    word = known_word(key, tables)
    if word < 0 or _length_of(word, tables) != end - at:
        return -1
    for index in range(at, end):
        known = tables.word_points[tables.word_starts[word] + index - at]
        ours = _as_in_words(points[index], digits, tables)
        if ours != _as_in_words(known, digits, tables):
            return -1
    return word


def _put_word(word, at, tables, room):
    """Write a known word over characters of its length."""
    first = tables.word_starts[word]
    for index in range(tables.word_starts[word + 1] - first):
        room.points[at + index] = tables.word_points[first + index]


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
            word = _word_for(at, end, tables, room)
            if word >= 0:
                _put_word(word, at, tables, room)
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


def _is_stroke(point):
    return point == _EXCLAMATION or point == _STROKE


def _letter_for(point, tables):
    """Return the letter that a digit or sign is written for, 0 if none."""
    return tables.digit_letters[point] if point < 128 else 0


def _is_part(point, tables):
    return _is_letter(point, tables) or _letter_for(point, tables) > 0


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
        if after == end or after == n or not _is_part(points[after], tables):
            break
        if after + 1 < n and _is_part(points[after + 1], tables):
            break
        n_letters += _is_letter(points[after], tables)
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
                _keep(at, m, room)
                m += 1
                at += 1
            continue
        starts_row = _is_letter(points[at], tables) and (
            at == 0 or not (_is_letter(points[at - 1], tables) or kind[points[at - 1]] == DIGIT)
        )
        if starts_row and at + 1 < n and kind[points[at + 1]] == SIGN:
            end, n_letters = _apart_letters(at, n, tables, room)
            if n_letters:
                if n_letters > _LEAST_LETTERS or points[at + 1] > 0x7F:
                    traces |= SIGNS
                while at < end:
                    if tables.kind[points[at]] != SIGN:
                        _keep(at, m, room)
                        m += 1
                    at += 1
                continue
        _keep(at, m, room)
        m += 1
        at += 1
    return m, traces


def _key_without_doubles(at, end, tables, room):
    """Return the key of a run of letters, doubled ones taken for one, and whether that hides it.

    0 where no letter stands there three times in a row.
    """
    points = room.points
    key = 1
    in_a_row = n_long = 0
    is_longest = False
    last = 0
    for index in range(at, end):
        letter = _as_in_words(points[index], tables.word_digits, tables)
        if letter != last:
            key = (key * WORD_BASE + letter) % WORD_MODULUS
        last = letter
        in_a_row = in_a_row + 1 if index > at and points[index] == points[index - 1] else 1
        n_long += in_a_row == _MOST_OF_ONE
        is_longest |= in_a_row > _MOST_OF_ONE
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


def _has_three_in_a_row(n, room):
    points = room.points
    index = 2
    while index < n and not points[index] == points[index - 1] == points[index - 2]:
        index += 1
    return index < n


def _without_repeats(n, tables, room):
    """Write known words for those that repeat their letters; return what is left."""
    points, digits = room.points, tables.word_digits
    m = 0
    traces = 0
    at = 0
    while at < n:
        end = at
        while end < n and _is_letter(points[end], tables):
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
                _keep(at, m, room)
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
            _keep(index, m, room)
            m += 1
        at = max(end, at + 1)
    return m, traces


def _squeezed(n, tables, room):
    """Leave two of four or more of the same letter in a word that has others."""
    points = room.points
    m = 0
    traces = 0
    at = 0
    while at < n:
        point = points[at]
        if not _is_letter(point, tables):
            _keep(at, m, room)
            m += 1
            at += 1
            continue
        end = at
        while end < n and points[end] == point:
            end += 1
        before = points[at - 1] if at > 0 else _SPACE
        after = points[end] if end < n else _SPACE
        # Grades and web addresses have no others; then sizes, and Roman numbers.
        others = _is_letter(before, tables) or _is_letter(after, tables)
        is_size = point == _X and (after == _L or after == _S)
        is_number = point == _I and (before == _V or before == _X)
        n_kept = end - at
        if n_kept > _MOST_OF_ONE and others and not is_size and not is_number:
            n_kept = 2
            traces |= REPEATED
        for index in range(at, at + n_kept):
            _keep(index, m, room)
            m += 1
        room.ends[m - 1] = max(room.ends[m - 1], room.ends[end - 1])
        at = end
    return m, traces


def _row(point):
    if _A <= point <= _Z:
        return point - _A + 1
    return 0 if point == _SPACE else -1


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
    before, last = _SPACE, _SPACE
    for index in range(at, end):
        letter = points[index]
        after = points[index + 1] if index + 1 < end else _SPACE
        if not _is_letter(letter, tables):
            letter = _letter_for(letter, tables)
            if letter == 0:
                continue
            as_l = _fit(_L, before, last, after, tables) if letter == _I else 0
            if as_l > _fit(_I, before, last, after, tables):
                letter = _L
            if is_cyrillic and _cyrillic(letter, tables):
                letter = _cyrillic(letter, tables)
        read[m] = letter
        m += 1
        before, last = last, letter
    return m


def _is_of_word(point, tables):
    of = tables.kind[point]
    return of == LATIN or of == CYRILLIC or of == DIGIT or _letter_for(point, tables) > 0


def _is_in_disguise(at, end, tables, room):
    """Return whether no number would be written so.

    With signs inside, or digits in two places or between letters; but for "1@2", "2in1", "x1d".
    """
    points = room.points
    n_letters = n_groups = 0
    is_signed = False
    for index in range(at, end):
        point = points[index]
        if _is_letter(point, tables):
            n_letters += 1
            continue
        is_signed |= tables.kind[point] != DIGIT and at < index < end - 1
        n_groups += index == at or _is_letter(points[index - 1], tables)
    if is_signed and (n_letters or end - at > _SHORT):
        return True
    first, last = _is_letter(points[at], tables), _is_letter(points[end - 1], tables)
    if first and last and n_letters >= _SHORT:
        return True
    return n_groups >= _LEAST_GROUPS and (first or last or end - at > _LONGEST_SET)


def _with_letters(n, tables, room):
    """Write letters for the digits that stand for them; return the traces."""
    points = room.points
    traces = 0
    at = 0
    while at < n:
        end = at
        n_digital = 0
        while end < n and _is_of_word(points[end], tables):
            n_digital += not _is_letter(points[end], tables)
            end += 1
        # An exclamation mark at the end is one.
        last = end
        while last > at and _is_stroke(points[last - 1]):
            last -= 1
            n_digital -= 1
        is_short = 0 < n_digital <= last - at <= LONGEST_READ
        if is_short and _is_in_disguise(at, last, tables, room):
            word = _word_for(at, last, tables, room)
            if word >= 0:
                traces |= DIGITS
                _put_word(word, at, tables, room)
        at = max(end, at + 1)
    return traces


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
                _keep(at, m, room)
                points[m] = whole
                room.ends[m] = max(room.ends[m], room.ends[at + 1])
                m += 1
                at += 2
                traces |= HALVES
                continue
        _keep(at, m, room)
        m += 1
        at += 1
    return m, traces


def _write(point, start, end, n, room):
    room.points[n] = point
    room.starts[n] = start
    room.ends[n] = end
    return n + 1


def _trimmed(at, end, tables, room):
    """Return where a word begins and ends without signs around it."""
    points = room.points
    while at < end and not _is_part(points[at], tables):
        at += 1
    while end > at and (_is_stroke(points[end - 1]) or not _is_part(points[end - 1], tables)):
        end -= 1
    return at, end


def _write_bare(source, first, last, repeats, whole, n, tables, room):
    """Write letters without what stands on them, as a word that is read for another."""
    start, end = whole
    n = _write(_SPACE, start, end, n, room)
    for index in range(first, last):
        if repeats and index > first and source[index] == source[index - 1]:
            continue
        bare = tables.bare[source[index]]
        n = _write(bare or source[index], start, end, n, room)
    return n


def _write_known(word, whole, n, tables, room):
    """Write a known word as one that is read for another, and without what stands on letters."""
    start, end = whole
    n = _write(_SPACE, start, end, n, room)
    first, last = tables.word_starts[word], tables.word_starts[word + 1]
    is_bare = True
    for index in range(first, last):
        n = _write(tables.word_points[index], start, end, n, room)
        is_bare &= tables.bare[tables.word_points[index]] == 0
    if is_bare:
        return n
    return _write_bare(tables.word_points, first, last, False, whole, n, tables, room)


def _skeleton(at, end, n, repeats, tables, room):
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
        if _is_letter(point, tables):
            n_letters += 1
            n_cyrillic += tables.kind[point] == CYRILLIC
            n_dropped += tables.bare[point] != 0
            n_dropped += repeats and index > at and points[index - 1] == point
        elif _letter_for(point, tables):
            n_read += 1
        elif tables.kind[point] == SIGN:
            n_signs += 1
        else:
            return n
    if n_letters < 1 or n_read + n_dropped + n_signs == 0:
        return n
    whole = room.starts[at], room.ends[end - 1]
    word = _word_for(at, end, tables, room) if n_read > 0 and n_signs == 0 else -1
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
        m = _write(found, room.starts[at], room.ends[after - 1], m, room)
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
            whole = _write(_SPACE, room.starts[at], room.ends[at], whole, room)
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
            whole = _write(syllable, room.starts[at], room.ends[end - 1], whole, room)
        elif tables.kind[points[at]] == LATIN and end - at <= LONGEST_READ:
            whole = _syllables(at, end, whole, tables, room)
        is_open = whole > sounded
        if not is_open:
            whole = before
        at = end
    # One syllable of Latin letters is a word like any other.
    return first if n_spoken == 0 and whole < first + 3 else whole


def _with_traces(n, traces, n_raw, room):
    """Write a word of marks for each kind of trace; return the length then."""
    for bit in range(N_TRACES):
        if traces >> bit & 1:
            n = _write(_SPACE, 0, n_raw, n, room)
            n = _write(ANY_TRACE, 0, n_raw, n, room)
            n = _write(FIRST_TRACE + bit, 0, n_raw, n, room)
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
    if _has_three_in_a_row(n, room):
        n_before = n
        n, found = _without_repeats(n, tables, room)
        traces |= found
        kinds |= _ADORNED if n < n_before else 0
        n, found = _squeezed(n, tables, room)
        traces |= found
    if kinds & _DIGITAL:
        traces |= _with_letters(n, tables, room)
    if kinds & _CHINESE:
        n, found = _put_together(n, tables, room)
        traces |= found
    whole = _with_traces(n, traces, n_raw, room) if traces else n
    if kinds & _GUESSED or traces & REPEATED:
        at = 0
        while at < n:
            end = at
            while end < n and room.points[end] != _SPACE:
                end += 1
            whole = _skeleton(at, end, whole, traces & REPEATED > 0, tables, room)
            at = end + 1
    return sounds(n, whole, tables, room), n, traces
