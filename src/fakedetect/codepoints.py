"""The canonical text's rules as arrays over code points, for the compiled pass.

They are the table that ``text.canonical`` uses and what normalisation form C needs: combining
classes, canonical decompositions and compositions, as this Python's ``unicodedata`` has them.
Hangul syllables are composed by arithmetic and stand in no array.
"""

from __future__ import annotations

import functools
import itertools
import re
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fakedetect import letters
from fakedetect.known_words import word_of_key
from fakedetect.replacements import (
    code_point_table,
    combining_marks,
    composing,
    kind_of,
    sign,
    traces_of,
)
from fakedetect.text import AS_IT_IS, EDITION, is_unspaced, word_character

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
    kind, traces, latin, bare, homes
        What ``letters`` and ``replacements`` know of each, shape (0x110000,).
    cyrillic, digit_letters, word_digits, cyrillic_digits
        Likewise of those in ASCII, shape (128,).
    word_keys, words
        The keys of known words (``known_words.word_of_key``), ascending, int64, and which word
        each is of.
    word_points, word_starts
        The words end to end, the i-th being ``word_points[word_starts[i]:word_starts[i + 1]]``.
    syllables
        The sign of the syllable that each Chinese character is read as, shape (0x110000,).
    spelled, spelled_signs
        Syllables as ``letters.spelled_syllables`` packs them, ascending, and the sign of each.
    triples
        ``letters.triples``, shape (27 * 27 * 27,).
    halves, wholes
        ``first << 21 | second`` of halves of Chinese characters, ascending, int64, and the
        character that each makes, int32, as ``letters.wholes`` has them.
    undoes
        Whether disguises are undone.
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
    kind: npt.NDArray[np.uint8]
    traces: npt.NDArray[np.uint16]
    latin: npt.NDArray[np.int32]
    cyrillic: npt.NDArray[np.int32]
    bare: npt.NDArray[np.int32]
    homes: npt.NDArray[np.int32]
    digit_letters: npt.NDArray[np.int32]
    word_digits: npt.NDArray[np.int32]
    cyrillic_digits: npt.NDArray[np.int32]
    word_keys: npt.NDArray[np.int64]
    words: npt.NDArray[np.int32]
    word_points: npt.NDArray[np.int32]
    word_starts: npt.NDArray[np.int32]
    syllables: npt.NDArray[np.int32]
    spelled: npt.NDArray[np.int64]
    spelled_signs: npt.NDArray[np.int32]
    triples: npt.NDArray[np.uint8]
    halves: npt.NDArray[np.int64]
    wholes: npt.NDArray[np.int32]
    undoes: bool
    most_per_byte: int


@functools.cache
def code_points(edition: int = EDITION) -> CodePoints:
    """Return the arrays; they take 30 MB, and half a second the first time.

    Parameters
    ----------
    edition
        Of the canonical text; 0 leaves every character as it is.
    """
    if edition == AS_IT_IS:
        return code_points(1)._replace(
            replacement=np.arange(_N, dtype=np.int32), may_join=np.zeros(_N, dtype=bool)
        )
    replacement = np.arange(_N, dtype=np.int32)
    several: list[str] = []
    table = code_point_table(edition)
    for point, text in table.items():
        if len(text) == 1:
            replacement[point] = ord(text)
        else:
            replacement[point] = -2 - len(several) if text else -1
            several += [text] if text else []
    sequences, sequence_starts = _end_to_end(several)
    longest = {**{ord(char): char for char in _composites()}, **table}
    return CodePoints(
        replacement=replacement,
        sequences=sequences,
        sequence_starts=sequence_starts,
        **_normalisation(),
        **_disguises(table, undoes=edition > 1),
        most_per_byte=max(
            -(-len(unicodedata.normalize("NFD", text)) // len(chr(point).encode()))
            for point, text in longest.items()
        ),
    )


@functools.cache
def _composites() -> list[str]:
    return [
        char
        for char in map(chr, range(0xA0, 0x30000))
        if unicodedata.decomposition(char)
        and not unicodedata.is_normalized("NFD", char)
        and ord(char) not in _HANGUL_SYLLABLES
    ]


@functools.cache
def _normalisation() -> dict[str, Any]:
    """Return what is the same for all editions."""
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
    pairs = sorted(
        (first << POINT_BITS | second, ord(char))
        for char in _composites()
        if len(parts := unicodedata.decomposition(char).split()) == 2
        and unicodedata.is_normalized("NFC", char)
        for first, second in [(int(parts[0], 16), int(parts[1], 16))]
    )
    decomposed = [unicodedata.normalize("NFD", char) for char in _composites()]
    decompositions, decomposition_starts = _end_to_end(decomposed)
    return {
        "is_word": is_word,
        "may_join": may_join,
        "combining_class": combining_class,
        "composites": np.array(list(map(ord, _composites())), dtype=np.int32),
        "decompositions": decompositions,
        "decomposition_starts": decomposition_starts,
        "pairs": np.array([pair for pair, _ in pairs], dtype=np.int64),
        "composed": np.array([composite for _, composite in pairs], dtype=np.int32),
    }


def _disguises(table: dict[int, str], *, undoes: bool) -> dict[str, Any]:
    """Return what ``spelling`` knows of code points beyond the table, as arrays."""
    kind = np.zeros(_N, dtype=np.uint8)
    traces = np.zeros(_N, dtype=np.uint16)
    homes = np.full(_N, letters.EVERY_HOME, dtype=np.int32)
    if undoes:
        # By their blocks, since looking up the names of so many would take long.
        for block in (range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0x20000, 0x32000)):
            ours = [point for point in block if unicodedata.category(chr(point)) == "Lo"]
            kind[ours] = letters.HAN
        others = itertools.chain(
            range(0x3400), range(0x4DC0, 0x4E00), range(0xA000, 0xAC00), range(0xD7A4, 0x18000),
            range(0x1B000, 0x20000), table,
        )  # fmt: skip
        for point in set(others):
            char = chr(point)
            read = table.get(point, char)
            kind[point] = kind_of(read)
            traces[point] = traces_of(char, read) if read != char else 0
        for char in letters.bare_of():
            homes[ord(char)] = 0
        for char, home in letters.homes_of().items():
            homes[ord(char)] = home
    halves = sorted(
        (first << POINT_BITS | second, whole) for (first, second), whole in letters.wholes().items()
    )
    spelled = sorted(letters.spelled_syllables().items())
    word_points, word_starts = _end_to_end(letters.words())
    return {
        "kind": kind,
        "traces": traces,
        "latin": _by_point(letters.latin_of(), _N),
        "cyrillic": _by_point(letters.cyrillic_of(), 128),
        "bare": _by_point(letters.bare_of(), _N),
        "homes": homes,
        "digit_letters": _by_point(letters.DIGIT_LETTERS, 128),
        "word_digits": _by_point(letters.WORD_DIGITS, 128),
        "cyrillic_digits": _by_point(letters.CYRILLIC_DIGITS, 128),
        "word_keys": np.array([*word_of_key()], dtype=np.int64),
        "words": np.array([*word_of_key().values()], dtype=np.int32),
        "word_points": word_points,
        "word_starts": word_starts,
        "syllables": _by_point(
            {char: chr(sign(number)) for char, number in letters.syllable_of().items()}, _N
        ),
        "spelled": np.array([key for key, _ in spelled], dtype=np.int64),
        "spelled_signs": np.array([sign(number) for _, number in spelled], dtype=np.int32),
        "triples": np.frombuffer(letters.triples(), np.uint8),
        "halves": np.array([pair for pair, _ in halves], dtype=np.int64),
        "wholes": np.array([whole for _, whole in halves], dtype=np.int32),
        "undoes": undoes,
    }


def _by_point(of: dict[str, str], n: int) -> npt.NDArray[np.int32]:
    found = np.zeros(n, dtype=np.int32)
    found[[ord(char) for char in of]] = [ord(char) for char in of.values()]
    return found


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
