r"""What of a disguise only the whole text tells, undone before the text is cut into words.

Three things reach across white space: characters that have it displayed in another order than it
is written, words whose letters stand apart ("N I K E", "高 仿"), and words of look-alikes whole,
which are foreign in a text of another script and at home in their own. What is undone leaves marks
behind it, as ``spelling`` does.

Few texts need any of it. The compiled pass looks for these (``mend_kernels``) and has only them
mended here.

Source: Unicode Standard Annex 9 (the order in which text is displayed), of which overrides and
what nests in them are here; that they hide words is from Boucher et al. (2022, "Bad Characters").
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from fakedetect import letters, spelling

REVERSING = "\u202e"  # RIGHT-TO-LEFT OVERRIDE: without it no letter of ours changes its place
_EMBEDDING = "\u202a\u202b\u202d\u202e"
_ISOLATING = "\u2066\u2067\u2068"
_POP_EMBEDDING, _POP_ISOLATE = "\u202c", "\u2069"
_DEEPEST = 125  # max_depth of UAX 9

# Letters that a word may be spaced out in, and what may hide beside each.
SPACED_LETTERS = (
    (0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x370, 0x58F), (0x1E00, 0x1FFF), (0xFF21, 0xFF3A),
    (0xFF41, 0xFF5A), (0x1D400, 0x1D7FF),
)  # fmt: skip
HAN = ((0x3400, 0x9FFF),)
BESIDE = (
    (0xAD, 0xAD), (0x300, 0x36F), (0x200B, 0x200F), (0x2060, 0x2064), (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
)  # fmt: skip
# White space that may part them, besides that in ASCII.
BLANKS = ((0xA0, 0xA0), (0x2000, 0x200A), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000))
LEAST_SPACED = 3  # letters; of Chinese characters two
LEAST_HAN = 2
_LEAST_LONG = 2  # spaced words, for those of two letters to be taken for some
STOPS = ".,;:!?)"  # that may stand behind the last
_N_MARKED = 3  # characters: a space and a word of marks
_DIMENSIONS = frozenset("xwhldbt×")
_SIZES = frozenset("smlx")
PRIVATE = (0x100000, 0x10FFFF)  # where the marks are, which no text may bring along

# Letters of these scripts are looked at as whole words of look-alikes, if they are so many and read
# well.
LEAST_FOREIGN = 4
FOREIGN = ((0x370, 0x3FF), (0x400, 0x52F))


def _class(*ranges: tuple[int, int]) -> str:
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in ranges)


Places = tuple[list[int], list[int]]


@dataclass(frozen=True, eq=False)
class Mended:
    """A mended text, and where in the original each character is from.

    ``text[i]`` stands for ``original[starts[i]:ends[i]]``, of ``places``.
    """

    text: str
    # What works the places out, which only explanations need; None where the text is the original.
    _place: Callable[[], Places] | None = None

    @property
    def is_original(self) -> bool:
        """Whether nothing was mended."""
        return self._place is None

    @cached_property
    def places(self) -> Places:
        """The start and the end in the original of what each character stands for."""
        if self._place is not None:
            return self._place()
        n = len(self.text)
        return list(range(n)), list(range(1, n + 1))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the stretch of the original that ``text[start:end]``, not empty, is from."""
        if self.is_original:
            return start, end
        starts, ends = self.places
        return min(starts[start:end]), max(ends[start:end])


class _Edit(NamedTuple):
    """A stretch of a text, what replaces it, and the trace to be left, if any."""

    start: int
    end: int
    kept: Sequence[int]  # which characters stay, or are read otherwise
    letters: str
    trace: int


@functools.cache
def _private() -> re.Pattern[str]:
    return re.compile(f"[{_class(PRIVATE)}]")


@functools.cache
def _spaced() -> re.Pattern[str]:
    beside = f"[{_class(*BESIDE)}]{{0,3}}"
    blank = f"[\t-\r\x1c-\x20{_class(*BLANKS)}]"
    single = f"[{_class(*SPACED_LETTERS)}]{beside}"
    han = f"[{_class(*HAN)}]{beside}"
    runs = f"{single}(?:{blank}{single})+|{han}(?:{blank}{han})+"
    blanks = f"\t-\r\x1c-\x20{_class(*BLANKS)}"
    return re.compile(
        f"(?<![^{blanks}])(?P<run>{runs})(?![^{blanks}{STOPS}])(?P<behind>[{STOPS}]*)"
    )


@functools.cache
def _beside() -> re.Pattern[str]:
    return re.compile(f"[{_class(*BESIDE)}]")


@functools.cache
def _foreign() -> re.Pattern[str]:
    return re.compile(f"[{_class(*FOREIGN)}]+")


def mended(text: str) -> Mended:
    r"""Return a text in the order of its display, its spaced words closed up, its scripts told.

    Examples
    --------
    >>> mended("a N I K E  bag").text.encode("ascii", "replace")
    b'a NIKE ??  bag'
    >>> mended("\u202eacilper\u202c bag").text.encode("ascii", "replace")
    b'replica bag ??'
    """
    found = Mended(text)
    if not text.isascii():
        if _private().search(text):
            found = _with(
                found,
                [at for at, char in enumerate(text) if not PRIVATE[0] <= ord(char) <= PRIVATE[1]],
            )
        if REVERSING in text:
            found = _displayed(found)
    found = _edited(found, _spaced_words(found.text))
    return found if text.isascii() else _edited(found, _foreign_words(found.text))


def _with(before: Mended, order: list[int]) -> Mended:
    """Return some characters of a text, in an order."""

    def place() -> Places:
        starts, ends = before.places
        return [starts[at] for at in order], [ends[at] for at in order]

    return Mended("".join([before.text[at] for at in order]), place)


@dataclass
class _Stretch:
    """A part of a text that is displayed as a whole: places of characters, and other parts."""

    is_reversed: bool
    is_isolate: bool
    parts: list[int | _Stretch] = field(default_factory=list)


def _displayed(before: Mended) -> Mended:
    """Return a text in the order in which it is displayed, without what changes that."""
    text = before.text
    whole = _Stretch(is_reversed=False, is_isolate=True)
    stack = [whole]
    for at, char in enumerate(text):
        if char in _EMBEDDING or char in _ISOLATING:
            if len(stack) < _DEEPEST:
                stretch = _Stretch(char == REVERSING, char in _ISOLATING)
                stack[-1].parts.append(stretch)
                stack.append(stretch)
        elif char == _POP_EMBEDDING:
            if len(stack) > 1 and not stack[-1].is_isolate:
                stack.pop()
        elif char == _POP_ISOLATE:
            if any(stretch.is_isolate for stretch in stack[1:]):
                while not stack.pop().is_isolate:
                    pass
        else:
            if char == "\n":
                del stack[1:]
            stack[-1].parts.append(at)
    order = _flat(whole)
    if order == sorted(order):
        return before
    displayed = _with(before, order)

    def place() -> Places:
        starts, ends = displayed.places
        first, last = before.span(text.index(REVERSING), len(text))
        return [*starts, *[first] * _N_MARKED], [*ends, *[last] * _N_MARKED]

    return Mended(f"{displayed.text} {marks(spelling.DIRECTION)}", place)


def _flat(whole: _Stretch) -> list[int]:
    order: list[int] = []
    todo: list[int | _Stretch] = [whole]
    while todo:
        part = todo.pop()
        if isinstance(part, int):
            order.append(part)
        else:
            # The last to be put on is the first to be taken off.
            todo += part.parts if part.is_reversed else part.parts[::-1]
    return order


def marks(trace: int) -> str:
    """Return the word of marks for one trace."""
    return chr(spelling.ANY_TRACE) + chr(spelling.FIRST_TRACE + trace.bit_length() - 1)


def _spaced_words(text: str) -> list[_Edit]:
    """Return the words whose letters stand apart, closed up.

    Words of two letters are among them only where longer ones are.
    """
    edits: list[_Edit] = []
    short: list[_Edit] = []
    for match in _spaced().finditer(text):
        start, end = match.span("run")
        places: Sequence[int] = range(start, end, 2)
        if _beside().search(text, start, end):
            places = [at for at in range(start, end) if not text[at].isspace()]
        is_han = HAN[0][0] <= ord(text[start]) <= HAN[0][1]
        if not is_han:
            places = _of_one_case(text, places)
        plain = "".join([text[at] for at in places])
        n_letters = len(_beside().sub("", plain))
        if not is_han and _is_measure(_beside().sub("", plain).lower()):
            continue
        is_short = not is_han and n_letters < LEAST_SPACED
        # The marks go behind what ends the sentence.
        behind = match["behind"] if places[-1] == end - 1 else ""
        edit = _Edit(
            places[0],
            places[-1] + 1 + len(behind),
            [*places, *range(end, end + len(behind))],
            plain + behind,
            0 if is_han or is_short else spelling.SPACED,
        )
        (short if is_short else edits).append(edit)
    n_long = sum(edit.trace > 0 for edit in edits)
    return sorted(edits + short) if n_long >= _LEAST_LONG else edits


def _is_measure(letters: str) -> bool:
    """Return whether spaced letters are sizes ("s m l"), dimensions ("w x h"), or all alike."""
    said = set(letters)
    is_product = set(letters[1::2]) == {"x"}
    is_size = said <= _DIMENSIONS or said <= _SIZES
    return is_product or is_size or len(said) < min(3, len(letters))


def _of_one_case(text: str, places: Sequence[int]) -> Sequence[int]:
    """Leave out small letters in front of capitals, and behind a word of them.

    As in "a N I K E" and "N I K E a bag", but not in "N i k e".
    """
    is_capital = [text[at].isupper() for at in places]
    if not any(is_capital[1:]) or all(is_capital):
        return places
    firsts = [index for index, at in enumerate(places) if not _beside().match(text, at)]
    n = len(firsts)
    if n < LEAST_SPACED:
        return places
    is_capital = [is_capital[index] for index in firsts]
    rises = [index for index in range(1, n) if is_capital[index] > is_capital[index - 1]]
    first = rises[-1] if rises else 0
    falls = (
        index
        for index in range(first + LEAST_SPACED, n)
        if is_capital[index] < is_capital[index - 1]
    )
    last = next(falls, n)
    return places[firsts[first] : firsts[last] if last < n else len(places)]


@functools.cache
def unlike(script: int) -> frozenset[str]:
    """Return the letters of a foreign script that look like no Latin one."""
    first, last = FOREIGN[script]
    alike = letters.latin_of()
    return frozenset(
        chr(point)
        for point in range(first, last + 1)
        if chr(point).isalpha() and chr(point) not in alike
    )


def _foreign_words(text: str) -> list[_Edit]:
    """Return words of look-alikes that read well in Latin letters, in a text without others."""
    runs = [match.span() for match in _foreign().finditer(text)]
    alike = letters.latin_of()
    edits: list[_Edit] = []
    for script, (first, last) in enumerate(FOREIGN):
        ours = [(start, end) for start, end in runs if first <= ord(text[start]) <= last]
        if any(not unlike(script).isdisjoint(text[start:end]) for start, end in ours):
            continue
        for start, end in ours:
            word = text[start:end]
            if end - start < LEAST_FOREIGN or not _stands_alone(text, start, end):
                continue
            read = "".join(alike.get(char, " ") for char in word)
            if letters.reads_well(read):
                places = list(range(start, end))
                edits.append(_Edit(start, end, places, read, spelling.LOOKALIKE))
    return sorted(edits)


def _stands_alone(text: str, start: int, end: int) -> bool:
    before, behind = text[max(0, start - 1) : start], text[end : end + 1]
    return not (before.isalnum() or behind.isalnum() or unicodedata.combining(behind or " "))


def _edited(before: Mended, edits: list[_Edit]) -> Mended:
    """Return a text with stretches replaced, and marks of what that undid."""
    if not edits:
        return before
    pieces: list[str] = []
    at = 0
    for edit in edits:
        pieces += [before.text[at : edit.start], edit.letters]
        if edit.trace:
            pieces.append(f" {marks(edit.trace)}")
        at = edit.end
    pieces.append(before.text[at:])

    def place() -> Places:
        old_starts, old_ends = before.places
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for edit in edits:
            starts += [*old_starts[at : edit.start], *(old_starts[kept] for kept in edit.kept)]
            ends += [*old_ends[at : edit.start], *(old_ends[kept] for kept in edit.kept)]
            if edit.trace:
                first, last = before.span(edit.start, edit.end)
                starts += [first] * _N_MARKED
                ends += [last] * _N_MARKED
            at = edit.end
        return starts + old_starts[at:], ends + old_ends[at:]

    return Mended("".join(pieces), place)
