"""Canonical text: one spelling for what a reader sees as the same.

Listings write one word in many ways: full-width letters, ligatures, capitals, decomposed
accents, zero-width characters between the letters, three kinds of blank. To a model each is
another word. ``canonical`` gives them one spelling, in three steps:

1. every code point is replaced by what one table says of it (``str.translate``): compatibility
   forms and capitals are folded, invisible and control characters removed, white space of any
   kind becomes a space;
2. letters and their combining marks are composed (Unicode normalisation form C), of a pile of
   marks on one letter only the first 30;
3. runs of spaces become one, and none is left at the ends.

Left alone on purpose: marks that carry meaning (vowel signs of Thai, Arabic, Devanagari and the
like, the voicing marks of kana), accents, punctuation, emoji, and letters that merely look like
others.

Sources: Unicode Standard Annex 15 (normalisation forms) and, for the code points that render as
nothing, the property Default_Ignorable_Code_Point of DerivedCoreProperties.txt, Unicode 16.0. The
30 marks are the Stream-Safe Text Format of the same annex: sorting a longer pile takes quadratic
time, and sellers write the text.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

# Default_Ignorable_Code_Point, without its unassigned members: these render as nothing.
_IGNORABLE = (
    range(0x00AD, 0x00AE),
    range(0x034F, 0x0350),
    range(0x061C, 0x061D),
    range(0x115F, 0x1161),
    range(0x17B4, 0x17B6),
    range(0x180B, 0x1810),
    range(0x200B, 0x2010),
    range(0x202A, 0x202F),
    range(0x2060, 0x2070),
    range(0x3164, 0x3165),
    range(0xFE00, 0xFE10),
    range(0xFEFF, 0xFF00),
    range(0xFFA0, 0xFFA1),
    range(0xFFF0, 0xFFF9),
    range(0x1BCA0, 0x1BCA4),
    range(0x1D173, 0x1D17B),
    range(0xE0000, 0xE1000),
)
# Format characters that do have a shape: Prepended_Concatenation_Mark, such as Arabic number signs.
_VISIBLE_FORMAT = frozenset(
    [*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD]
)
MOST_MARKS = 30
_UNCHANGING = frozenset(["Cn", "Co", "Cs"])  # unassigned, private use, surrogates
_BRAILLE_BLANK = "\u2800"  # a symbol by category, a blank on the screen


def _replacement(char: str) -> str:
    """Return what stands for one character in canonical text; the empty string removes it."""
    if char.isspace() or char == _BRAILLE_BLANK:
        return " "
    point = ord(char)
    category = unicodedata.category(char)
    if category == "Cc" or any(point in block for block in _IGNORABLE):
        return ""
    if category == "Cf" and point not in _VISIBLE_FORMAT:
        return ""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())
    # A spacing accent folds to a space and a mark, which would cut "don´t" in two.
    if folded == char or (folded[:1] == " " and unicodedata.category(folded[1:2] or " ") == "Mn"):
        return unicodedata.normalize("NFC", char)
    return "".join(map(_replacement, folded))


class _Table(dict[int, str]):
    """The replacement of every code point, each worked out when it is first met.

    Filling it beforehand would cost every process half a second; a listing uses few code points.
    """

    def __missing__(self, point: int) -> str:
        char = chr(point)
        if unicodedata.category(char) in _UNCHANGING and _replacement(char) == char:
            # Not remembered, so that hostile text cannot fill the memory with code points.
            return char
        self[point] = replacement = _replacement(char)
        return replacement


_TABLE = _Table()


def canonical(text: str) -> str:
    r"""Return the canonical spelling of a text.

    Canonical text is case-folded and composed, has no invisible and no control characters, and
    only single spaces between its words. The function is idempotent, linear in the length of the
    text, and depends on nothing but the text and Python's Unicode version.

    Examples
    --------
    >>> canonical("  Ｎｉ\u200bＫＥ\tSneakers ")
    'nike sneakers'
    >>> canonical("ของแท้ 100%")
    'ของแท้ 100%'
    """
    folded = text.translate(_TABLE)
    if not folded.isascii():
        folded = unicodedata.normalize("NFC", pile_pattern().sub(PILE_KEPT, folded))
    return " ".join(folded.split())


PILE_KEPT = r"\1"  # what ``pile_pattern`` leaves of a match


@functools.cache
def pile_pattern() -> re.Pattern[str]:
    """Return the pattern of more than 30 combining marks in a row; its group 1 is what stays."""
    marks = _ranges(map(ord, combining_marks()))
    return re.compile(f"([{marks}]{{{MOST_MARKS}}})[{marks}]+")


@functools.cache
def combining_marks() -> str:
    """Return all characters with a combining class, in ascending order."""
    return "".join(chr(p) for p in range(0x300, 0x1F000) if unicodedata.combining(chr(p)))


def _ranges(points: Iterable[int]) -> str:
    """Return ascending code points as the inside of a regular expression's character class."""
    ranges: list[list[int]] = []
    for point in points:
        if ranges and point == ranges[-1][1] + 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(f"{chr(low)}-{chr(high)}" for low, high in ranges)


@functools.cache
def code_point_table() -> dict[int, str]:
    """Return the whole table: every code point that changes -> its replacement.

    ``str.translate`` with this dict, then normalisation form C, gives the canonical text but for
    runs of spaces; an exported scikit-learn pipeline carries it, and the compiled pass.
    """
    ignorable = set(itertools.chain(*_IGNORABLE))
    # Planes 4 to 13 are unassigned, the last two private.
    points = itertools.chain(range(0x40000), range(0xE0000, 0xF0000))
    assigned = (chr(p) for p in points if unicodedata.category(chr(p)) not in _UNCHANGING)
    chars = [char for char in assigned if not char.isspace()]
    # Folding all of them in one go, kept apart by line feeds, is some twenty times as fast.
    folded = unicodedata.normalize("NFKC", "\n".join(chars)).casefold()
    folds = unicodedata.normalize("NFKC", folded).split("\n")
    suspects = itertools.chain(
        (char for char, fold in zip(chars, folds, strict=True) if char != fold),
        (char for char in chars if unicodedata.category(char) in {"Cc", "Cf"}),
        (chr(point) for point in range(0x40000) if chr(point).isspace()),
        map(chr, ignorable),
        _BRAILLE_BLANK,
    )
    return {
        ord(char): replacement for char in suspects if (replacement := _replacement(char)) != char
    }


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
    marks = _ranges(
        p for p in range(0x300, 0x1F000) if unicodedata.category(chr(p)) in {"Mn", "Mc"}
    )
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


@functools.cache
def composing() -> frozenset[str]:
    """Return the characters that may join the character before them under normalisation."""
    seconds = {chr(point) for point in range(0x1161, 0x1200)}  # Hangul vowels and final consonants
    for point in range(0xA0, 0x1F000):
        parts = unicodedata.decomposition(chr(point)).split()
        if parts and not parts[0].startswith("<"):
            seconds.update(chr(int(part, 16)) for part in parts[1:])
    return frozenset(seconds)


def align(text: str) -> Aligned:
    """Return the canonical text together with the origin of each character.

    Where a letter and its marks are composed, the composed character stands for all of them; a
    space stands for the first white space of its run.

    Examples
    --------
    >>> align("Ａ\u200b  e\u0301")
    Aligned(canonical='a é', starts=[0, 2, 4], ends=[1, 3, 6], length=6)
    """
    pieces = [_TABLE[ord(char)] for char in text]
    characters = "".join(pieces)
    if _joining_pattern().search(characters):
        characters, starts, ends = _composed(pieces)
    else:
        starts = [position for position, piece in enumerate(pieces) for _ in piece]
        ends = [start + 1 for start in starts]
    before = " "
    kept = []
    for index, char in enumerate(characters):
        if char != " " or before != " ":
            kept.append(index)
        before = char
    if kept and characters[kept[-1]] == " ":
        kept.pop()
    return Aligned(
        "".join([characters[index] for index in kept]),
        [starts[index] for index in kept],
        [ends[index] for index in kept],
        len(text),
    )


@functools.cache
def _joining_pattern() -> re.Pattern[str]:
    """Return the pattern of a character that may change or join the one before it."""
    joining = composing().union(combining_marks())
    return re.compile(f"[{_ranges(sorted(map(ord, joining)))}]")


def _composed(pieces: list[str]) -> tuple[str, list[int], list[int]]:
    """Return the composed characters of the translated pieces and the span of each."""
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for segment in _segments(pieces):
        composed = unicodedata.normalize("NFC", "".join(segment.characters))
        characters.append(composed)
        starts += [segment.start] * len(composed)
        ends += [segment.end] * len(composed)
    return "".join(characters), starts, ends


@dataclasses.dataclass(slots=True)
class _Segment:
    """Translated characters that may compose with one another, and the original's span."""

    start: int
    end: int
    characters: list[str]
    n_marks: int

    def composes(self, char: str) -> bool:
        """Return whether a letter joins the segment; if not, nothing behind it can either."""
        text = "".join(self.characters)
        alone = unicodedata.normalize("NFC", text) + char
        return unicodedata.normalize("NFC", text + char) != alone


def _segments(pieces: list[str]) -> list[_Segment]:
    """Split the translated pieces where composition cannot reach across."""
    segments: list[_Segment] = []
    joining = composing()
    for position, piece in enumerate(pieces):
        for char in piece:
            is_mark = unicodedata.combining(char) != 0
            joins = segments and (is_mark or (char in joining and segments[-1].composes(char)))
            if not joins:
                segments.append(_Segment(position, position + 1, [char], int(is_mark)))
                continue
            last = segments[-1]
            last.n_marks = last.n_marks + 1 if is_mark else 0
            if last.n_marks <= MOST_MARKS:
                last.characters.append(char)
                last.end = position + 1
    return segments


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
