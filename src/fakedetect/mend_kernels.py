"""Which listings need mending before they are cut into words, in compiled code.

What needs it, and the mending, is ``mending``. Here is only a look at the bytes, which finds all
that may need it and few that do not.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fakedetect.display_order import REVERSING
from fakedetect.mending import (
    BESIDE,
    BLANKS,
    FOREIGN,
    HAN,
    LEAST_FOREIGN,
    LEAST_HAN,
    LEAST_SPACED,
    SPACED_LETTERS,
    signs,
    unlike,
)
from fakedetect.text_kernels import inlined, is_space, kernel

_FIRST_PRIVATE = 0xF4  # the lead byte of planes 16 on
_ROLES_END = 0x10000
_NOTHING, _LETTER, _HAN, _BESIDE, _BLANK, _SIGN, _REVERSING = range(7)
_MATHEMATICAL = 0x1D400
_FIRST_PICTURE = 0xF0  # the lead byte of planes 1 to 3
_INSIDE, _PARTING, _FURTHER, _TO_LOOK_AT = range(4)
# Three letters, each between what parts words.
_LETTERS_APART, _LAST_SEVEN = 0b1010101, 0b1111111


class Clues(NamedTuple):
    """What single characters are a clue to.

    Attributes
    ----------
    roles
        Of each below 0x10000: a letter that words may be spaced out in, a Chinese character, what
        may stand beside either, a blank, a sign, or what reverses the order; shape (0x10000,).
    scripts
        Of each below 0x530: 2 * i + 1 for a letter of the i-th foreign script that looks like a
        Latin one, 2 * i + 2 for one that does not, else 0; shape (0x530,).
    bytes
        What each byte is at first sight: a letter or digit, what parts words, a further byte of a
        character, or the first of one that is to be looked at; shape (256,).
    """

    roles: npt.NDArray[np.uint8]
    scripts: npt.NDArray[np.uint8]
    bytes: npt.NDArray[np.uint8]


@functools.cache
def clues() -> Clues:
    """Return the clues that ``mending`` goes by, as arrays."""
    roles = np.zeros(_ROLES_END, np.uint8)
    for role, ranges in (
        (_LETTER, SPACED_LETTERS),
        (_HAN, HAN),
        (_BESIDE, BESIDE),
        (_BLANK, BLANKS),
    ):
        for first, last in ranges:
            roles[first : last + 1] = role
    roles[[ord(sign) for sign in signs()]] = _SIGN
    roles[[point for point in range(128) if is_space(point)]] = _BLANK
    roles[ord(REVERSING)] = _REVERSING
    scripts = np.zeros(FOREIGN[-1][1] + 1, np.uint8)
    for index, (first, last) in enumerate(FOREIGN):
        scripts[first : last + 1] = 2 * index + 1
        scripts[[ord(char) for char in unlike(index)]] = 2 * index + 2
    at_sight = np.zeros(256, np.uint8)
    at_sight[:128] = (roles[:128] == _BLANK) | (roles[:128] == _SIGN)
    at_sight[0x80:0xC0] = _FURTHER
    to_look_at = [*np.flatnonzero(roles > _LETTER), *np.flatnonzero(scripts)]
    at_sight[[chr(point).encode()[0] for point in to_look_at if point > 0x7F]] = _TO_LOOK_AT
    at_sight[_FIRST_PICTURE:] = _TO_LOOK_AT
    return Clues(roles, scripts, at_sight)


@inlined
def _decoded(data, at, end):
    """Return a character that is not in ASCII, and where the next one is."""
    byte = np.int64(data[at])
    n = 2 + (byte >= 0xE0) + (byte >= 0xF0)
    if at + n > end:
        return np.int64(0), end
    point = byte & (0x7F >> n)
    for offset in range(1, n):
        point = point << 6 | (np.int64(data[at + offset]) & 0x3F)
    return point, at + n


@inlined
def _end_of_plain(data, at, end, sights):
    """Return where the next character that tells anything inside a word may begin."""
    for index in range(at, end):
        sight = sights[data[index]]
        if sight == _PARTING or sight == _TO_LOOK_AT:
            return index
    return end


@inlined
def _role(point, roles):
    if point < _ROLES_END:
        return np.int64(roles[point])
    if point >= _MATHEMATICAL and point < _MATHEMATICAL + 0x400:
        return np.int64(_LETTER)
    return np.int64(_SIGN)


@inlined
def _is_plain(data, at, end, clues):
    """Return whether a row has no letters apart and nothing to look at, as most have."""
    seen = _PARTING
    for index in range(at, end):
        sight = np.int64(clues.bytes[data[index]])
        if sight == _TO_LOOK_AT:
            return False
        if sight != _FURTHER:
            seen = (seen << 1 | sight) & _LAST_SEVEN
            if seen == _LETTERS_APART:
                return False
    return (seen << 1 | _PARTING) & _LAST_SEVEN != _LETTERS_APART


@kernel
def _may_need_mending(data, at, end, clues):
    if _is_plain(data, at, end, clues):
        return False
    roles, scripts = clues.roles, clues.scripts
    n_single = 0  # words in a row that are one letter
    n_in_word = 0
    last_role = 0
    n_foreign = 0
    n_alike, n_unlike = (0, 0), (0, 0)
    while at <= end:
        role = _NOTHING
        foreign = 0
        if at == end:
            role = _BLANK
            at += 1
        elif data[at] < 128:
            role = np.int64(roles[data[at]])
            at += 1
        elif data[at] >= _FIRST_PRIVATE:
            return True
        else:
            point, at = _decoded(data, at, end)
            role = _role(point, roles)
            if role == _REVERSING:
                return True
            foreign = np.int64(scripts[point]) if point < scripts.shape[0] else 0
        n_foreign = n_foreign + 1 if foreign else 0
        if foreign:
            script, is_unlike = (foreign - 1) // 2, (foreign - 1) % 2
            long = n_foreign >= LEAST_FOREIGN
            n_alike = (n_alike[0] + (script == 0 and long), n_alike[1] + (script == 1 and long))
            n_unlike = (
                n_unlike[0] + (script == 0 and is_unlike),
                n_unlike[1] + (script == 1 and is_unlike),
            )
        if role == _BLANK:
            if n_in_word == 1 and (last_role == _LETTER or last_role == _HAN):
                n_single += 1
                if n_single >= (LEAST_HAN if last_role == _HAN else LEAST_SPACED):
                    return True
            elif n_in_word:
                n_single = 0
            n_in_word = 0
        elif role == _SIGN:
            n_single += n_in_word == 1 and (last_role == _LETTER or last_role == _HAN)
            if n_in_word and n_single >= (LEAST_HAN if last_role == _HAN else LEAST_SPACED):
                return True
            n_single = 0
            n_in_word = 0
        elif role != _BESIDE:
            n_in_word += 1
            last_role = role
            # Most of most texts is what follows the second letter of a word.
            if n_in_word > 1 and not foreign:
                at = _end_of_plain(data, at, end, clues.bytes)
    return (n_alike[0] > 0 and n_unlike[0] == 0) or (n_alike[1] > 0 and n_unlike[1] == 0)


@kernel
def need_mending(data, offsets, clues, found):
    """Write which rows may need mending; return how many."""
    n = 0
    for row in range(found.shape[0]):
        found[row] = _may_need_mending(data, offsets[row], offsets[row + 1], clues)
        n += found[row]
    return n
