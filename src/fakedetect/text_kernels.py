"""From the bytes of a word to the keys of its n-grams, in compiled code.

What these functions compute is defined by their plain twins: ``text.canonical``, and
``word_ngrams`` and ``char_ngrams`` of ``features``. The tests compare the two.

Kernels take arrays and give arrays. They allocate nothing and call nothing but kernels; with numba
switched off (``NUMBA_DISABLE_JIT=1``) they run as Python, slowly. Their parameters carry no types
since numba compiles them for what they are called with; ``compiled`` makes and checks that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import config, njit
from numba.core import cgutils, types
from numba.extending import intrinsic

from fakedetect.codepoints import POINT_BITS

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
    """Room for one word: code points as read, canonical and decomposed; keys, guesses, slots found.

    The first must hold the longest word in bytes, the next two ``most_per_byte`` of the
    code points' tables times that.
    """

    raw: npt.NDArray[np.int32]
    points: npt.NDArray[np.int32]
    apart: npt.NDArray[np.int32]
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
def _decompose(points, n, tables, apart):
    """Write the full canonical decomposition; return its length."""
    m = 0
    for index in range(n):
        point = points[index]
        if 0xAC00 <= point < 0xD7A4:
            syllable = point - 0xAC00
            apart[m] = 0x1100 + syllable // 588
            apart[m + 1] = 0x1161 + syllable % 588 // 28
            m += 2
            if syllable % 28:
                apart[m] = 0x11A7 + syllable % 28
                m += 1
            continue
        at = _position(tables.composites, point)
        if at < 0:
            apart[m] = point
            m += 1
            continue
        for source in range(tables.decomposition_starts[at], tables.decomposition_starts[at + 1]):
            apart[m] = tables.decompositions[source]
            m += 1
    return m


@kernel
def _order_marks(points, n, combining_class):
    """Bring the marks of each letter into the order of their classes."""
    for index in range(1, n):
        point = points[index]
        rank = combining_class[point]
        at = index
        # Piles have been cut, so insertion is quick.
        while rank and at and combining_class[points[at - 1]] > rank:
            points[at] = points[at - 1]
            at -= 1
        points[at] = point


@kernel
def _composed_pair(first, second, tables):
    """Return what two characters compose to, -1 if they do not."""
    if 0x1100 <= first < 0x1113 and 0x1161 <= second < 0x1176:
        return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
    if 0xAC00 <= first < 0xD7A4 and (first - 0xAC00) % 28 == 0 and 0x11A8 <= second < 0x11C3:
        return first + second - 0x11A7
    at = _position(tables.pairs, first << POINT_BITS | second)
    return np.int64(tables.composed[at]) if at >= 0 else -1


@kernel
def _compose(apart, m, tables, points):
    """Write the canonical composition of decomposed characters; return its length."""
    n = 0
    starter = -1
    before = np.uint8(0)
    for index in range(m):
        point = np.int64(apart[index])
        rank = tables.combining_class[point]
        if starter >= 0 and (n - 1 == starter or before < rank):
            joined = _composed_pair(np.int64(points[starter]), point, tables)
            if joined >= 0:
                points[starter] = joined
                continue
        points[n] = point
        if rank == 0:
            starter = n
        before = rank
        n += 1
    return n


@inlined
def _canonical_ascii(data, begin, end, replacement, points):
    """Write the canonical text of ASCII bytes; return its length, -1 if a byte is not ASCII."""
    n = 0
    for at in range(begin, end):
        byte = data[at]
        if byte >= 128:
            return -1
        points[n] = replacement[byte]
        n += points[n] >= 0
    return n


@kernel
def _canonical(data, begin, end, tables, scratch):
    raw, points = scratch.raw, scratch.points
    n_raw = decode(data, begin, end, raw)
    n = 0
    n_marks = 0
    joins = False
    for index in range(n_raw):
        to = tables.replacement[raw[index]]
        if to == -1:
            continue
        first, last = 0, 1
        if to < -1:
            first, last = tables.sequence_starts[-2 - to], tables.sequence_starts[-1 - to]
        for source in range(first, last):
            point = tables.sequences[source] if to < -1 else to
            joins |= tables.may_join[point]
            n_marks = n_marks + 1 if tables.combining_class[point] else 0
            if n_marks <= tables.most_marks:
                points[n] = point
                n += 1
    if joins:
        m = _decompose(points, n, tables, scratch.apart)
        _order_marks(scratch.apart, m, tables.combining_class)
        n = _compose(scratch.apart, m, tables, points)
    return n if n_raw >= 0 else -1


@inlined
def canonical(data, begin, end, tables, scratch):
    """Write the canonical text of some bytes as code points; return its length.

    -1 if the bytes are not UTF-8. Runs of spaces stay as they are.
    """
    n = _canonical_ascii(data, begin, end, tables.replacement, scratch.points)
    return n if n >= 0 else _canonical(data, begin, end, tables, scratch)


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
