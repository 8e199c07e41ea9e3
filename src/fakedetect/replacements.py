"""What stands for each code point in canonical text, as one table says, and what is known of it.

Compatibility forms and capitals are folded, what renders as nothing is removed, white space is a
space. Edition 2 also takes letters out of black squares, and Chinese is simplified.

Sources: Unicode Standard Annex 15 (normalisation forms) and, for the code points that render as
nothing, the property Default_Ignorable_Code_Point of DerivedCoreProperties.txt, Unicode 16.0.
"""

from __future__ import annotations

import functools
import itertools
import unicodedata
from collections.abc import Callable

from fakedetect import letters
from fakedetect.traces import DIRECTION, FANCY, FIRST_SYLLABLE, FULL_WIDTH, INVISIBLE

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
UNCHANGING = frozenset(["Cn", "Co", "Cs"])  # unassigned, private use, surrogates
_BRAILLE_BLANK = "\u2800"  # a symbol by category, a blank on the screen
_SOFT_HYPHEN = "\u00ad"  # of honest text from web pages
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ORDINALS = frozenset("ªº")
_A_WITH_HALF_RING = "\u1e9a"  # the one marked letter that folds to a letter and a letter beside it


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
    folded = letters.folded(char)
    # A spacing accent folds to a space and a mark, which would cut "don´t" in two.
    if folded == char or (folded[:1] == " " and unicodedata.category(folded[1:2] or " ") == "Mn"):
        return unicodedata.normalize("NFC", char)
    return "".join(map(_replacement, folded))


def _undone(char: str) -> str:
    """Return what stands for one character where disguises are undone."""
    if is_black(char):
        return letters.bare_of()[char]
    if char == _A_WITH_HALF_RING:
        return "a"
    simplified = letters.simplified_of()
    return "".join([simplified.get(each, each) for each in _replacement(char)])


def is_black(char: str) -> bool:
    """Return whether a character is a letter in a black square or circle."""
    return char in letters.bare_of() and unicodedata.category(char) == "So"


REPLACEMENTS: dict[int, Callable[[str], str]] = {1: _replacement, 2: _undone}


def traces_of(char: str, replacement: str) -> int:
    """Return what a character that is replaced or removed may have been used for, as bits."""
    if not replacement:
        if char in _DIRECTIONS:
            return DIRECTION
        return 0 if char == _SOFT_HYPHEN else INVISIBLE
    if "\uff21" <= char <= "\uff5a":
        return FULL_WIDTH if replacement.isalpha() else 0
    is_letter = len(replacement) == 1 and replacement.isalpha() and char not in _ORDINALS
    has_tag = unicodedata.decomposition(char).startswith("<")
    return FANCY if is_letter and (has_tag or is_black(char)) else 0


def kind_of(replacement: str) -> int:
    """Return the kind of a character by what stands for it."""
    return letters.kind(replacement[0]) if replacement else letters.HIDDEN


def sign(syllable: int | None) -> int:
    """Return the sign of a syllable, 0 if there is none."""
    return 0 if syllable is None else FIRST_SYLLABLE + syllable


def homes(char: str) -> int:
    """Return which orthographies write a letter, as bits; all write one with nothing on it."""
    found = letters.homes_of().get(char)
    if found is not None:
        return found
    return 0 if char in letters.bare_of() else letters.EVERY_HOME


@functools.cache
def combining_marks() -> str:
    """Return all characters with a combining class, in ascending order."""
    return "".join(chr(p) for p in range(0x300, 0x1F000) if unicodedata.combining(chr(p)))


@functools.cache
def composing() -> frozenset[str]:
    """Return the characters that may join the character before them under normalisation."""
    seconds = {chr(point) for point in range(0x1161, 0x1200)}  # Hangul vowels and final consonants
    for point in range(0xA0, 0x1F000):
        parts = unicodedata.decomposition(chr(point)).split()
        if parts and not parts[0].startswith("<"):
            seconds.update(chr(int(part, 16)) for part in parts[1:])
    return frozenset(seconds)


@functools.cache
def code_point_table(edition: int) -> dict[int, str]:
    """Return the whole table: every code point that changes -> its replacement."""
    ignorable = set(itertools.chain(*_IGNORABLE))
    # Planes 4 to 13 are unassigned, the last two private.
    points = itertools.chain(range(0x40000), range(0xE0000, 0xF0000))
    assigned = (chr(p) for p in points if unicodedata.category(chr(p)) not in UNCHANGING)
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
        *([letters.simplified_of(), letters.bare_of()] if edition > 1 else []),
    )
    replaced = REPLACEMENTS[edition]
    return {ord(char): replacement for char in suspects if (replacement := replaced(char)) != char}
