"""From the bytes of a word to the keys of its n-grams, in compiled code.

How words are spelled is ``spelling``, compiled here; but for how characters are composed and put
together, which is searched for in arrays. The rest is defined by its plain twins, ``word_ngrams``
and ``char_ngrams`` of ``features``. The tests compare the two.

Kernels take arrays and give arrays. They allocate nothing and call nothing but kernels; with numba
switched off (``NUMBA_DISABLE_JIT=1``) they run as Python, slowly. Their parameters carry no types
since numba compiles them for what they are called with; ``compiled`` makes and checks that.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import config, njit
from numba.core import cgutils, types
from numba.extending import intrinsic

from fakedetect import known_words, readings, spelling, word_room
from fakedetect.codepoints import POINT_BITS
from fakedetect.word_room import Room

LONGEST_NGRAM = 5  # of characters

_SPACE = 32
_POINT_BITS = np.uint64(POINT_BITS)

Kernel = Callable[..., Any]

# Kernels allocate nothing and keep no array beyond the call. Told so (_nrt), numba leaves out the
# reference counts that it would else take of every array at every call, a third of the time.
_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "cache": True,
    "error_model": "numpy",
    "_nrt": False,
    "no_cfunc_wrapper": True,
}


def kernel(function: Kernel) -> Kernel:
    """Compile a function when it is first called, and keep it on disk."""
    compiled: Kernel = njit(**_OPTIONS)(function)
    return compiled


def inlined(function: Kernel) -> Kernel:
    """Compile a function into those that call it."""
    compiled: Kernel = njit(**_OPTIONS, forceinline=True)(function)
    return compiled


@intrinsic
def _prefetch(_: Any, array: Any, index: Any) -> Any:
    """Have the processor fetch what stands at an index, which need not exist, without waiting."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values, place = arguments
        data = context.make_array(signature.args[0])(context, builder, values).data
        pointer, number = cgutils.voidptr_t, cgutils.int32_t
        fetch = builder.module.declare_intrinsic(
            "llvm.prefetch", [pointer], ir.FunctionType(ir.VoidType(), [pointer, *[number] * 3])
        )
        # Data, to be read, and to be kept in all caches (LLVM Language Reference, llvm.prefetch).
        how = [ir.Constant(number, value) for value in (0, 3, 1)]
        builder.call(fetch, [builder.bitcast(builder.gep(data, [place]), pointer), *how])
        return context.get_dummy_value()

    return types.none(array, index), generate


def _no_prefetch(array: Any, index: Any) -> None:
    del array, index


_IS_PLAIN = config.DISABLE_JIT  # type: ignore[attr-defined] # set while numba is imported
prefetch: Kernel = _no_prefetch if _IS_PLAIN else _prefetch


class Scratch(NamedTuple):
    """Room for one word: to spell it; its keys, guesses, slots found.

    ``room.raw`` must hold the longest word in bytes, the rest of it ``spelling.GROWTH`` times
    ``most_per_byte`` of the code points' tables times that, and ``spelling.ROOM``.
    """

    room: Room
    keys: npt.NDArray[np.uint64]
    guesses: npt.NDArray[np.uint64]
    found: npt.NDArray[np.uint32]


@inlined
def is_space(byte):
    """Return whether a byte is ASCII white space, as Python has it."""
    return byte == 32 or 9 <= byte <= 13 or 28 <= byte <= 31


@kernel
def decode(data, begin, end, out):
    """Write the code points of strict UTF-8; return how many, -1 if the bytes are not UTF-8."""
    n = 0
    at = begin
    while at < end:
        point = np.int32(data[at])
        length, least = 1, 0
        if point >= 0xF0:
            point, length, least = point & 0x0F, 4, 0x10000
        elif point >= 0xE0:
            point, length, least = point & 0x0F, 3, 0x800
        elif point >= 0xC0:
            point, length, least = point & 0x1F, 2, 0x80
        elif point >= 0x80:
            return -1
        if at + length > end:
            return -1
        for offset in range(1, length):
            more = np.int32(data[at + offset])
            if more & 0xC0 != 0x80:
                return -1
            point = point << 6 | (more & 0x3F)
        if point < least or point > 0x10FFFF or 0xD800 <= point < 0xE000:
            return -1
        out[n] = point
        n += 1
        at += length
    return n


@kernel
def _position(ascending, value):
    """Return where a value stands in an ascending array, -1 if nowhere."""
    low, high = 0, ascending.shape[0]
    while low < high:
        middle = (low + high) // 2
        if ascending[middle] < value:
            low = middle + 1
        else:
            high = middle
    if low < ascending.shape[0] and ascending[low] == value:
        return low
    return -1


# Hangul syllables compose by arithmetic: Unicode 16.0, section 3.12.
@kernel
def _decompose(point, tables, apart, m):
    """Do what ``spelling.decompose`` does."""
    if 0xAC00 <= point < 0xD7A4:
        syllable = point - 0xAC00
        apart[m] = 0x1100 + syllable // 588
        apart[m + 1] = 0x1161 + syllable % 588 // 28
        m += 2
        if syllable % 28:
            apart[m] = 0x11A7 + syllable % 28
            m += 1
        return m
    at = _position(tables.composites, point)
    if at < 0:
        apart[m] = point
        return m + 1
    for source in range(tables.decomposition_starts[at], tables.decomposition_starts[at + 1]):
        apart[m] = tables.decompositions[source]
        m += 1
    return m


@kernel
def _composed_pair(first, second, tables):
    """Do what ``spelling.composed_pair`` does."""
    one, two = np.int64(first), np.int64(second)
    if 0x1100 <= one < 0x1113 and 0x1161 <= two < 0x1176:
        return 0xAC00 + ((one - 0x1100) * 21 + two - 0x1161) * 28
    if 0xAC00 <= one < 0xD7A4 and (one - 0xAC00) % 28 == 0 and 0x11A8 <= two < 0x11C3:
        return one + two - 0x11A7
    at = _position(tables.pairs, one << POINT_BITS | two)
    return np.int64(tables.composed[at]) if at >= 0 else -1


@kernel
def _whole_of(first, second, tables):
    """Do what ``readings.whole_of`` does."""
    at = _position(tables.halves, np.int64(first) << POINT_BITS | np.int64(second))
    return np.int64(tables.wholes[at]) if at >= 0 else -1


@kernel
def _known_word(key, tables):
    """Do what ``known_words.known_word`` does."""
    at = _position(tables.word_keys, np.int64(key))
    return np.int64(tables.words[at]) if at >= 0 else -1


@kernel
def _syllable_of(key, tables):
    """Do what ``readings.syllable_of`` does."""
    at = _position(tables.spelled, np.int64(key))
    return np.int64(tables.spelled_signs[at]) if at >= 0 else -1


def _compiled(modules: list[ModuleType], given: dict[str, Kernel]) -> dict[str, Kernel]:
    """Compile the functions of modules, each with those before it and what is given instead."""
    functions = dict(given)
    for module in modules:
        for name, function in vars(module).items():
            if isinstance(function, FunctionType) and name not in functions:
                code = FunctionType(function.__code__, {**vars(module), **functions}, name)
                functions[name] = kernel(code)
    return functions


_SPELLING = _compiled(
    [word_room, known_words, readings, spelling],
    {
        "decompose": _decompose,
        "composed_pair": _composed_pair,
        "whole_of": _whole_of,
        "known_word": _known_word,
        "syllable_of": _syllable_of,
    },
)
spell, _sounds = _SPELLING["spell"], _SPELLING["sounds"]


@inlined
def _folded_ascii(data, begin, end, replacement, points):
    """Write the canonical text of ASCII bytes; return its length, -1 if a byte is not ASCII."""
    n = 0
    for at in range(begin, end):
        byte = data[at]
        if byte >= 128:
            return -1
        points[n] = replacement[byte]
        n += points[n] >= 0
    return n


@inlined
def _plain_ascii(data, begin, end, points):
    """Write a word of ASCII letters in small ones; return its length, -1 if it may be disguised.

    Letters three times in a row may be; a full stop or comma behind the word is no disguise.
    """
    n = end - begin
    before, before_that = 0, 0
    letters_end = end
    while letters_end > begin and _is_stop(data[letters_end - 1]):
        letters_end -= 1
        points[letters_end - begin] = data[letters_end]
    for at in range(begin, letters_end):
        letter = np.int64(data[at]) | 0x20
        if not 97 <= letter <= 122 or letter == before == before_that:
            return -1
        points[at - begin] = letter
        before_that = before
        before = letter
    return n


@inlined
def _is_stop(byte):
    return byte == 46 or byte == 44 or byte == 58 or byte == 59 or byte == 63 or byte == 41


@inlined
def canonical(data, begin, end, tables, scratch):
    """Write what a model reads for some bytes as code points; return how many they are.

    -1 if the bytes are not UTF-8. Runs of spaces stay as they are.
    """
    if tables.undoes:
        n = _plain_ascii(data, begin, end, scratch.room.points)
        if n >= readings.LEAST_SPELLED:
            n = np.int64(_sounds(n, n, tables, scratch.room))
    else:
        n = _folded_ascii(data, begin, end, tables.replacement, scratch.room.points)
    return n if n >= 0 else _spelled(data, begin, end, tables, scratch)


@kernel
def _spelled(data, begin, end, tables, scratch):
    n_raw = decode(data, begin, end, scratch.room.raw)
    if n_raw < 0:
        return np.int64(-1)
    n, _, _ = spell(n_raw, tables, scratch.room)
    return np.int64(n)


@inlined
def _runs(low, at, points, n, keys, n_keys):
    """Write the runs of two to five characters of a word that begin with a given one."""
    high = np.uint64(0)
    for offset in range(1, LONGEST_NGRAM):
        inside = at < n and points[at] != _SPACE
        point = np.uint64(points[at]) if inside else np.uint64(_SPACE)
        if offset < 3:
            low |= point << (_POINT_BITS * np.uint64(offset))
        else:
            high |= point << (_POINT_BITS * np.uint64(offset - 3))
        keys[n_keys, 0] = low
        keys[n_keys, 1] = high
        n_keys += 1
        if not inside:
            break
        at += 1
    return n_keys


@kernel
def char_keys(points, n, first, keys):
    """Write the packed n-grams of characters from a position on.

    They are the runs of two to five characters of each word with a space before and behind it.
    Return how many there are, and the position to go on from: n if there was room for all.
    """
    n_keys = 0
    for index in range(first, n):
        if points[index] == _SPACE:
            continue
        if n_keys + 2 * LONGEST_NGRAM > keys.shape[0]:
            return n_keys, index
        if index == 0 or points[index - 1] == _SPACE:
            n_keys = _runs(np.uint64(_SPACE), index, points, n, keys, n_keys)
        n_keys = _runs(np.uint64(points[index]), index + 1, points, n, keys, n_keys)
    return n_keys, n


@kernel
def char_places(points, n, first, last, starts, ends):
    """Write which characters each of the ``char_keys`` from a position to another covers.

    The space before and behind a word is no character of it.
    """
    n_keys = 0
    for index in range(first, last):
        if points[index] == _SPACE:
            continue
        is_first = index == 0 or points[index - 1] == _SPACE
        for after in range(index if is_first else index + 1, index + 2):
            at = after
            for _ in range(1, LONGEST_NGRAM):
                inside = at < n and points[at] != _SPACE
                starts[n_keys] = index
                ends[n_keys] = at + 1 if inside else at
                n_keys += 1
                if not inside:
                    break
                at += 1


@inlined
def next_token(points, n, start, is_word):
    """Return start and end of the next word of two or more characters; n, n if there is none."""
    while start < n:
        end = start
        while end < n and is_word[points[end]]:
            end += 1
        if end - start >= 2:
            return start, end
        start = end + 1
    return n, n
