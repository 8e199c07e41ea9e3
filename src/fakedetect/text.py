"""Canonical text: one spelling for what a reader sees as the same, and what was done to hide it.

Listings write one word in many ways: full-width letters, ligatures, capitals, decomposed accents,
three kinds of blank. Some do so on purpose: zero-width characters between the letters, letters of
other scripts that look alike, "r.e.p.l.i.c.a", "N I K E", "f4ke". To a model each is another word.
``canonical`` gives them one spelling:

1. what only the whole text tells is mended (``_mended``): text that is displayed in another order
   than it is written, letters that stand apart, words of look-alikes in a text of another script;
2. the text is cut into raw words at white space in ASCII;
3. each is spelled (``spelling``): every code point is replaced by what one table says of it,
   letters and their marks are composed, and what hides the word is undone;
4. runs of spaces become one, and none is left at the ends.

That a disguise had to be undone is evidence. ``featured`` is what a model reads: behind each word
it has marks of what was undone there and further readings of it. ``trace`` names what was undone.

Left alone on purpose: marks that carry meaning (vowel signs of Thai, Arabic, Devanagari and the
like, the voicing marks of kana), accents that a language writes, punctuation, emoji, words in one
script, sizes and model numbers.

Models of earlier versions were trained on a simpler spelling, edition 1: the table, composition
and spaces alone. They keep it.

Sources: Unicode Standard Annex 15 (normalisation forms; the 30 marks are its Stream-Safe Text
Format: sorting a longer pile takes quadratic time, and sellers write the text), Unicode Technical
Standard 39 (confusables) and Unicode Standard Annex 9 (display order).
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple

from fakedetect import letters, spelling
from fakedetect.known_words import word_of_key
from fakedetect.mending import Mended, character_class, mended, ranges
from fakedetect.readings import LEAST_SPELLED
from fakedetect.replacements import (
    REPLACEMENTS,
    UNCHANGING,
    combining_marks,
    composing,
    homes,
    kind_of,
    sign,
    traces_of,
)
from fakedetect.traces import ANY_TRACE, FIRST_TRACE, NAMES
from fakedetect.word_room import Room

EDITION = 2  # of the canonical text, for new models
AS_IT_IS = 0  # in place of an edition: what is read already


class _Lookup(dict[int, Any]):
    """What is known of each code point, worked out when it is first met.

    Doing so for all beforehand would cost every process half a second; a listing uses few.
    """

    def __init__(self, find: Callable[[str], Any]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, point: int) -> Any:
        char = chr(point)
        found = self._find(char)
        # Hostile text cannot fill the memory with code points that are no characters.
        if unicodedata.category(char) not in UNCHANGING:
            self[point] = found
        return found


class _Tables(NamedTuple):
    """``codepoints.CodePoints``, each look-up made when it is needed."""

    replacement: _Lookup
    sequences: list[int]
    sequence_starts: list[int]
    may_join: _Lookup
    combining_class: _Lookup
    kind: _Lookup
    traces: _Lookup
    latin: _Lookup
    cyrillic: _Lookup
    bare: _Lookup
    homes: _Lookup
    digit_letters: _Lookup
    word_digits: _Lookup
    cyrillic_digits: _Lookup
    words: dict[int, int]
    word_points: list[int]
    word_starts: list[int]
    syllables: _Lookup
    spelled: dict[int, int]
    triples: bytes
    wholes: dict[tuple[int, int], int]
    undoes: bool


@functools.cache
def _tables(edition: int) -> _Tables:
    replaced = REPLACEMENTS[edition]
    sequences: list[int] = []
    starts = [0]

    def code(char: str) -> int:
        text = replaced(char)
        if len(text) < 2:
            return ord(text) if text else -1
        sequences.extend(map(ord, text))
        starts.append(len(sequences))
        return -len(starts)

    def point(of: dict[str, str]) -> _Lookup:
        return _Lookup(lambda char: ord(of.get(char, "\0")))

    joining = composing().union(combining_marks())
    return _Tables(
        replacement=_Lookup(code),
        sequences=sequences,
        sequence_starts=starts,
        may_join=_Lookup(joining.__contains__),
        combining_class=_Lookup(unicodedata.combining),
        kind=_Lookup(lambda char: kind_of(replaced(char))),
        traces=_Lookup(lambda char: traces_of(char, replaced(char))),
        latin=point(letters.latin_of()),
        cyrillic=point(letters.cyrillic_of()),
        bare=point(letters.bare_of()),
        homes=_Lookup(homes),
        digit_letters=point(letters.DIGIT_LETTERS),
        word_digits=point(letters.WORD_DIGITS),
        cyrillic_digits=point(letters.CYRILLIC_DIGITS),
        words=word_of_key(),
        word_points=list(map(ord, "".join(letters.words()))),
        word_starts=[0, *itertools.accumulate(map(len, letters.words()))],
        syllables=_Lookup(lambda char: sign(letters.syllable_of().get(char))),
        spelled={key: sign(number) for key, number in letters.spelled_syllables().items()},
        triples=letters.triples(),
        wholes=letters.wholes(),
        undoes=edition > 1,
    )


class _Word(NamedTuple):
    """The spelling of a raw word and what a model reads for it, and where each is from.

    Character ``i`` stands for ``raw[starts[i]:ends[i]]``; the first ``length`` are the spelling.
    """

    points: list[int]
    starts: list[int]
    ends: list[int]
    length: int
    traces: int


def _spelled(raw: str, edition: int) -> _Word:
    tables = _tables(edition)
    points = list(map(ord, raw))
    n = _MOST_APART * sum(
        _length(code, tables) for code in map(tables.replacement.__getitem__, points)
    )
    whole = spelling.GROWTH * n + spelling.ROOM
    room = Room(points, *([0] * whole for _ in range(3)), *([0] * n for _ in range(3)))
    whole, length, traces = spelling.spell(len(points), tables, room)  # type: ignore[no-untyped-call] # as the kernels
    return _Word(room.points[:whole], room.starts[:whole], room.ends[:whole], length, traces)


def _length(code: int, tables: _Tables) -> int:
    """Return how many characters a code of the table stands for, one at least."""
    return 1 if code > -2 else tables.sequence_starts[-1 - code] - tables.sequence_starts[-2 - code]


# What most words are: nothing hides in them.
_PLAIN = re.compile(r"[A-Za-z]+[.,:;?)]*|[0-9]+[.,:;?)]*")
_THRICE = re.compile(r"([a-z])\1\1")
_RAW_WORD = re.compile(r"[^\t-\r\x1c- ]+")
_MOST_APART = 4  # characters that one is decomposed to
_LONGEST_REMEMBERED = 64
_MOST_REMEMBERED = 200_000
_MOST_ROUNDS = 8


def _is_plain(raw: str) -> bool:
    if _PLAIN.fullmatch(raw) is None or _THRICE.search(raw.lower()):
        return False
    return len(raw) < LEAST_SPELLED or not _syllables().fullmatch(raw.lower())


@functools.cache
def _syllables() -> re.Pattern[str]:
    """Return the pattern of what may be Chinese spelled out, the longest syllable first.

    Nothing is tried twice: else a word that can be cut in many ways would take for ever.
    """
    longest_first = sorted(letters.syllables(), key=len, reverse=True)
    return re.compile(f"(?>{'|'.join(longest_first)})++")


class _Remembered(dict[str, tuple[str, str]]):
    """The spelling of raw words, and what a model reads for them."""

    def __init__(self, edition: int) -> None:
        super().__init__()
        self.edition = edition

    def __missing__(self, raw: str) -> tuple[str, str]:
        if _is_plain(raw):
            both = (raw.lower(), raw.lower())
        else:
            word = _spelled(raw, self.edition)
            text = "".join(map(chr, word.points))
            both = (_single_spaced(text[: word.length]), _single_spaced(text))
        if len(raw) <= _LONGEST_REMEMBERED:
            if len(self) >= _MOST_REMEMBERED:
                self.clear()
            self[raw] = both
        return both


def _single_spaced(text: str) -> str:
    return " ".join(text.split())


_remembered = functools.cache(_Remembered)


def canonical(text: str, *, edition: int = EDITION) -> str:
    r"""Return the canonical spelling of a text.

    Canonical text is case-folded and composed, has no invisible and no control characters, and
    only single spaces between its words. The function is idempotent, linear in the length of the
    text, and depends on nothing but the text and Python's Unicode version.

    Parameters
    ----------
    text
        Any text.
    edition
        2 undoes disguises, 1 does not.

    Examples
    --------
    >>> canonical("  Ｎｉ\u200bＫＥ\tSneakers ")
    'nike sneakers'
    >>> canonical("R.e.p.l.i.c.a  of a  N I K E")
    'replica of a nike'
    >>> canonical("ของแท้ 100%")
    'ของแท้ 100%'
    """
    spelled = _joined(mend(text, edition).text, edition, 0)
    # What closes up words may bring letters together that are read otherwise then.
    for _ in range(_MOST_ROUNDS):
        before, spelled = spelled, _joined(mend(spelled, edition).text, edition, 0)
        if spelled == before or edition == 1:
            break
    return spelled


def featured(text: str, *, edition: int = EDITION) -> str:
    """Return what a model reads: the canonical text, marks of what was undone, further readings.

    Marks are words of two characters for private use, one that all have and one for the kind
    (``traces.ANY_TRACE``). Of edition 1 it is the canonical text.

    Examples
    --------
    >>> featured("A same-factory bag")
    'a same-factory samefactory bag'
    >>> featured("r\u200beplica") == "replica \U0010f700\U0010f701"
    True
    """
    return read(mend(text, edition).text, edition)


def mend(text: str, edition: int = EDITION) -> Mended:
    """Return a text as it is cut into raw words, and where its characters are from."""
    return mended(text) if edition > 1 else Mended(text)


def read(mended_text: str, edition: int = EDITION) -> str:
    """Return what a model reads for a text that is mended, or for a part of it."""
    return mended_text if edition == AS_IT_IS else _joined(mended_text, edition, 1)


def _joined(mended_text: str, edition: int, which: int) -> str:
    words = _remembered(edition)
    spelled = [words[raw][which] for raw in _RAW_WORD.findall(mended_text)]
    if not which:
        spelled = [word for word in spelled if not word.startswith(_ANY_TRACE)]
    return " ".join(filter(None, spelled))


_ANY_TRACE = chr(ANY_TRACE)


@functools.cache
def word_pattern() -> str:
    """Return the regular expression of a word: two or more of its characters."""
    return f"{word_character()}{{2,}}"


@functools.cache
def word_character() -> str:
    r"""Return the regular expression of what words are made of: letters, digits, marks, ``_``.

    Python's ``\w`` leaves out combining marks and so would cut Hindi, Thai or Tamil words at
    every vowel sign; here they belong to the word.
    """
    points = [p for p in range(0x300, 0x1F000) if unicodedata.category(chr(p)) in {"Mn", "Mc"}]
    marks = character_class(*ranges(points))
    return rf"[\w{marks}]"


# Scripts written without spaces, where a "word" is a whole clause: by first word of the Unicode
# character name, which is stable across Unicode versions.
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN")


def is_unspaced(char: str) -> bool:
    """Return whether a character is of a script that is written without spaces."""
    return char > "\u0dff" and unicodedata.name(char, "").startswith(_UNSPACED)


class Aligned(NamedTuple):
    """A canonical text and where in the original each of its characters comes from.

    Character ``i`` of ``canonical`` stands for ``original[starts[i]:ends[i]]``; ``length`` is that
    of the original.
    """

    canonical: str
    starts: list[int]
    ends: list[int]
    length: int


def align(
    text: str,
    *,
    edition: int = EDITION,
    part: tuple[int, int] | None = None,
    is_marked: bool = True,
) -> Aligned:
    """Return what a model reads together with the origin of each character.

    Of a part of the mended text, given by start and end, only what is read for that; without marks
    and further readings if it is not to be marked, which is the spelling alone.

    Where a letter and its marks are composed, the composed character stands for all of them; a
    mark of what was undone stands for the whole word, a space for the first white space of its run.

    Examples
    --------
    >>> align("Ａ\u200b  e\u0301", edition=1)
    Aligned(canonical='a é', starts=[0, 2, 4], ends=[1, 3, 6], length=6)
    """
    found = mend(text, edition)
    first, last = part or (0, len(found.text))
    points: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    before = first
    for match in _RAW_WORD.finditer(found.text, first, last):
        word = _spelled(match[0], edition)
        n = len(word.points) if is_marked else word.length
        if not is_marked and match[0].startswith(_ANY_TRACE):
            continue
        # The white space in front stands between two words.
        points += [ord(" "), *word.points[:n]]
        starts += [before, *(match.start() + start for start in word.starts[:n])]
        ends += [before + 1, *(match.start() + end for end in word.ends[:n])]
        before = match.end()
    kept = _without_needless_spaces(points)
    spans = [found.span(starts[index], ends[index]) for index in kept]
    return Aligned(
        "".join([chr(points[index]) for index in kept]),
        [start for start, _ in spans],
        [end for _, end in spans],
        len(text),
    )


def _without_needless_spaces(points: list[int]) -> list[int]:
    """Return the places of all characters but spaces at the ends and behind spaces."""
    kept = []
    before = ord(" ")
    for index, point in enumerate(points):
        if point != ord(" ") or before != ord(" "):
            kept.append(index)
        before = point
    if kept and points[kept[-1]] == ord(" "):
        kept.pop()
    return kept


class Trace(NamedTuple):
    """Something that was undone to read a stretch of the original text, ``text[start:end]``."""

    kind: str
    start: int
    end: int


def trace(text: str) -> list[Trace]:
    """Return what had to be undone to read a text, in order.

    Examples
    --------
    >>> trace("a r\u200beplica")
    [Trace(kind='invisible characters', start=2, end=10)]
    """
    aligned = align(text)
    marks = [at for at, char in enumerate(aligned.canonical) if char == _ANY_TRACE]
    found = [
        Trace(
            NAMES[ord(aligned.canonical[at + 1]) - FIRST_TRACE],
            aligned.starts[at],
            aligned.ends[at],
        )
        for at in marks
    ]
    return sorted(found, key=lambda each: (each.start, each.end))


@functools.cache
def _shown() -> dict[int, str]:
    names = [(ANY_TRACE, "trace")]
    names += [(FIRST_TRACE + bit, name) for bit, name in enumerate(NAMES)]
    names += [(sign(number), name) for number, name in enumerate(letters.syllables())]
    return {point: f"⟨{name}⟩" for point, name in names}


def shown(term: str) -> str:
    """Return an n-gram of what a model reads with its marks and syllables in words.

    Examples
    --------
    >>> shown(" \U0010f700\U0010f701")
    ' ⟨trace⟩⟨invisible characters⟩'
    """
    return term.translate(_shown())


_CONTROL_PICTURES = {**{point: 0x2400 + point for point in range(0x20)}, 0x7F: 0x2421}


def printable(text: str) -> str:
    r"""Return the text with characters that a terminal would obey or hide made visible.

    Titles may hold escape sequences and direction overrides. Each control character becomes its
    picture (U+2400 and on), each invisible one or lone surrogate U+FFFD, so that the length and
    every span stay as they were.

    Examples
    --------
    >>> printable("\x1b[31mred\u200b")
    '␛[31mred�'
    """
    return "".join(
        chr(_CONTROL_PICTURES[ord(char)])
        if ord(char) in _CONTROL_PICTURES
        else "\ufffd"
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        else char
        for char in text
    )
