"""The canonical text's rules as arrays over code points, for the compiled pass.

They are the table that ``text.canonical`` uses and what normalisation form C needs: combining
classes, canonical decompositions and compositions, as this Python's ``unicodedata`` has them.
Hangul syllables are composed by arithmetic and stand in no array.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fakedetect.text import (
    MOST_MARKS,
    code_point_table,
    combining_marks,
    composing,
    is_unspaced,
    word_character,
)

POINT_BITS = 21

_N = sys.maxunicode + 1
_HANGUL_SYLLABLES = range(0xAC00, 0xD7A4)


class CodePoints(NamedTuple):
    """What the compiled pass knows of code points.

    Attributes
    ----------
    replacement
        What stands for each in canonical text: a code point, -1 for nothing, or ``-2 - i`` for
        the i-th sequence, shape (0x110000,), int32.
    is_word, may_join
        Whether each belongs to a word, and whether it may change or join the character before it
        under normalisation, shape (0x110000,), bool.
    combining_class
        Shape (0x110000,), uint8.
    sequences, sequence_starts
        Replacements of several code points, end to end; the i-th is
        ``sequences[sequence_starts[i]:sequence_starts[i + 1]]``, int32.
    composites, decompositions, decomposition_starts
        Code points with a canonical decomposition, ascending, and their full decompositions, end
        to end as above, int32.
    pairs, composed
        ``first << 21 | second`` of the pairs that compose, ascending, int64, and what each
        composes to, int32.
    most_marks
        How many marks of a pile are kept.
    most_per_byte
        Most code points that one byte of UTF-8 can turn into on the way.
    """

    replacement: npt.NDArray[np.int32]
    is_word: npt.NDArray[np.bool_]
    may_join: npt.NDArray[np.bool_]
    combining_class: npt.NDArray[np.uint8]
    sequences: npt.NDArray[np.int32]
    sequence_starts: npt.NDArray[np.int32]
    composites: npt.NDArray[np.int32]
    decompositions: npt.NDArray[np.int32]
    decomposition_starts: npt.NDArray[np.int32]
    pairs: npt.NDArray[np.int64]
    composed: npt.NDArray[np.int32]
    most_marks: int
    most_per_byte: int


@functools.cache
def code_points() -> CodePoints:
    """Return the arrays; they take 10 MB, and a third of a second the first time."""
    replacement = np.arange(_N, dtype=np.int32)
    several: list[str] = []
    for point, text in code_point_table().items():
        if len(text) == 1:
            replacement[point] = ord(text)
        else:
            replacement[point] = -2 - len(several) if text else -1
            several += [text] if text else []
    combining_class = np.zeros(_N, dtype=np.uint8)
    for mark in combining_marks():
        combining_class[ord(mark)] = unicodedata.combining(mark)
    may_join = combining_class > 0
    may_join[[ord(char) for char in composing()]] = True
    # Surrogates are in no text, and would be in the way of a string of all characters.
    everything = (
        "".join(map(chr, range(0xD800))) + " " * 0x800 + "".join(map(chr, range(0xE000, _N)))
    )
    is_word = np.zeros(_N, dtype=bool)
    for run in re.finditer(f"{word_character()}+", everything):
        is_word[run.start() : run.end()] = True
    composites = [
        char
        for char in map(chr, range(0xA0, 0x30000))
        if unicodedata.decomposition(char)
        and not unicodedata.is_normalized("NFD", char)
        and ord(char) not in _HANGUL_SYLLABLES
    ]
    pairs = sorted(
        (first << POINT_BITS | second, ord(char))
        for char in composites
        if len(parts := unicodedata.decomposition(char).split()) == 2
        and unicodedata.is_normalized("NFC", char)
        for first, second in [(int(parts[0], 16), int(parts[1], 16))]
    )
    sequences, sequence_starts = _end_to_end(several)
    longest = {**{ord(char): char for char in composites}, **code_point_table()}
    decomposed = [unicodedata.normalize("NFD", char) for char in composites]
    decompositions, decomposition_starts = _end_to_end(decomposed)
    return CodePoints(
        replacement=replacement,
        is_word=is_word,
        may_join=may_join,
        combining_class=combining_class,
        sequences=sequences,
        sequence_starts=sequence_starts,
        composites=np.array(list(map(ord, composites)), dtype=np.int32),
        decompositions=decompositions,
        decomposition_starts=decomposition_starts,
        pairs=np.array([pair for pair, _ in pairs], dtype=np.int64),
        composed=np.array([composite for _, composite in pairs], dtype=np.int32),
        most_marks=MOST_MARKS,
        most_per_byte=max(
            -(-len(unicodedata.normalize("NFD", text)) // len(chr(point).encode()))
            for point, text in longest.items()
        ),
    )


UNSPACED, WHITE_SPACE = 1, 2


@functools.cache
def cuts() -> npt.NDArray[np.uint8]:
    """Return where the words of an explanation may be cut, besides white space in ASCII.

    At characters of scripts without spaces (``UNSPACED``) and at other white space
    (``WHITE_SPACE``); shape (0x110000,).
    """
    found = np.zeros(_N, np.uint8)
    for point in range(0x80, 0x34000):
        if chr(point).isspace():
            found[point] = WHITE_SPACE
        elif is_unspaced(chr(point)):
            found[point] = UNSPACED
    return found


def _end_to_end(texts: Sequence[str]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return the code points of all texts, and where each text starts and the last ends."""
    points = np.array(list(map(ord, "".join(texts))), dtype=np.int32)
    starts = np.cumsum([0, *map(len, texts)], dtype=np.int32)
    return points, starts
