r"""What of a disguise only the whole text tells, undone before the text is cut into words.

Three things reach across white space: characters that have it displayed in another order than it
is written, words whose letters stand apart ("N I K E", "高 仿"), and words of look-alikes whole,
which are foreign in a text of another script and at home in their own. What is undone leaves marks
behind it, as ``spelling`` does.

Few texts need any of it. The compiled pass looks for these (``mend_kernels``) and has only them
mended here.

Source: that the order of display hides words is from Boucher et al. (2022, "Bad Characters").
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from fakedetect import letters
from fakedetect.display_order import REVERSING, displayed
from fakedetect.traces import DIRECTION, LOOKALIKE, SPACED, marks

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
# Signs that may stand against the first letter or the last: what of these is none, and pictures.
SIGNS = ((0x21, 0x7E), (0xA1, 0xBF), (0x2010, 0x2BFF), (0x3001, 0x303F))
PICTURES = (0x1F000, 0x1FAFF)
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

_FIRST_FEW = 32
_LONGEST_REMEMBERED = 64
_MOST_REMEMBERED = 100_000


def character_class(*ranges: tuple[int, int]) -> str:
    """Return ranges of code points as the inside of a regular expression's character class."""
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in ranges)


def ranges(points: Sequence[int]) -> list[tuple[int, int]]:
    """Return ascending code points as ranges."""
    runs = itertools.groupby(enumerate(points), key=lambda pair: pair[1] - pair[0])
    found = [[point for _, point in run] for _, run in runs]
    return [(run[0], run[-1]) for run in found]


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
    """A stretch of a text without its blanks, what is read for it, and the trace to be left."""

    start: int
    end: int
    letters: str
    trace: int  # 0 for none

    def read(self, text: str) -> str:
        """Return a text with the stretch replaced, and a mark of what that undid."""
        mark = f" {marks(self.trace)}" if self.trace else ""
        return f"{text[: self.start]}{self.letters}{mark}{text[self.end :]}"


@functools.cache
def _private() -> re.Pattern[str]:
    return re.compile(f"[{character_class(PRIVATE)}]")


_SPACES = f"\t\x1f\x20{character_class(*BLANKS)}"
_LINE_ENDS = "\n-\r\x1c-\x1e"
_MARKS = f"[{character_class(*BESIDE)}]{{0,3}}+"


def _run(first: str, others: str, blanks: str = _SPACES + _LINE_ENDS) -> str:
    return f"[{first}]{_MARKS}(?:[{blanks}][{others}]{_MARKS})+"


def _parting(*runs: str) -> re.Pattern[str]:
    """Return the pattern that parts a text at runs of letters, which are its group.

    Chinese characters are among them, but not beside signs, which part them.
    """
    blanks = _SPACES + _LINE_ENDS
    edge = f"[^{blanks}{re.escape(signs())}{character_class(PICTURES)}]"
    han = _run(character_class(*HAN), character_class(*HAN))
    # What is quickly seen comes first: most of a text is letters without a blank behind them.
    first = f"(?=[0-9{character_class(*SPACED_LETTERS, *HAN)}]{_MARKS}[{blanks}])"
    return re.compile(
        f"({first}(?:(?<!{edge})(?:{'|'.join(runs)})(?!{edge})[{STOPS}]*"
        f"|(?<![^{blanks}]){han}(?![^{blanks}{STOPS}])[{STOPS}]*))"
    )


@functools.cache
def signs() -> str:
    """Return the signs that letters may be set apart between."""
    chars = [chr(point) for first, last in SIGNS for point in range(first, last + 1)]
    beside = _beside()
    return "".join(
        [char for char in chars if not (char.isalnum() or char.isspace() or beside.match(char))]
    )


@functools.cache
def _spaced() -> re.Pattern[str]:
    letters = character_class(*SPACED_LETTERS)
    return _parting(_run(letters, letters))


@functools.cache
def _all_spaced() -> re.Pattern[str]:
    """Return the pattern for a text that is known to have spaced words.

    There a change of case or the end of a line parts two words, and digits stand apart too.
    """
    letters = character_class(*SPACED_LETTERS)
    points = [at for first, last in SPACED_LETTERS for at in range(first, last + 1)]
    # As ranges: of letters outside plane 0 a pattern looks at one after the other.
    capitals = character_class(*ranges([point for point in points if chr(point).isupper()]))
    others = character_class(*ranges([point for point in points if not chr(point).isupper()]))
    return _parting(
        _run(letters, others, _SPACES),
        _run(capitals, capitals, _SPACES),
        _run(f"0-9{letters}", f"0-9{letters}", _SPACES),
        _run(letters, letters, _LINE_ENDS),
    )


@functools.cache
def _beside() -> re.Pattern[str]:
    return re.compile(f"[{character_class(*BESIDE)}]")


@functools.cache
def _foreign() -> re.Pattern[str]:
    """Return the pattern that parts a text at long foreign words, which are its group."""
    letter = f"[{character_class(*FOREIGN)}]"
    first = rf"{letter}(?<!{letter}{letter})(?<![^\W_]{letter})"
    return re.compile(rf"({first}{letter}{{{LEAST_FOREIGN - 1},}}+)(?![^\W_])")


@functools.cache
def _at_home(script: int) -> re.Pattern[str]:
    """Return the pattern of a word that has a letter like no Latin one and begins in a script."""
    letter, first = f"[{character_class(*FOREIGN)}]", f"[{character_class(FOREIGN[script])}]"
    other = f"[{''.join(sorted(unlike(script)))}]"
    return re.compile(
        f"{first}(?<!{letter}{first})(?:(?<={other})|(?:(?!{other}){letter})*+{other})"
    )


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
            found = _without_marks(found)
        if REVERSING in text:
            found = _displayed(found)
    found = _with_words_closed_up(found)
    return found if text.isascii() else _with_foreign_words_told(found)


def _without_marks(before: Mended) -> Mended:
    """Return a text without the characters that are for marks."""

    def place() -> Places:
        starts, ends = before.places
        is_kept = [not PRIVATE[0] <= ord(char) <= PRIVATE[1] for char in before.text]
        return [*itertools.compress(starts, is_kept)], [*itertools.compress(ends, is_kept)]

    return Mended(_private().sub("", before.text), place)


def _displayed(before: Mended) -> Mended:
    """Return a text in the order in which it is displayed, without what changes that."""
    text = before.text
    pieces = displayed(text)
    if all(first < last for first, last in pieces) and pieces == sorted(pieces):
        return before

    def place() -> Places:
        old_starts, old_ends = before.places
        ranges = [range(a, b) if a < b else range(a - 1, b - 1, -1) for a, b in pieces]
        order = list(itertools.chain.from_iterable(ranges))
        first, last = before.span(text.index(REVERSING), len(text))
        starts = [old_starts[at] for at in order]
        ends = [old_ends[at] for at in order]
        return [*starts, *[first] * _N_MARKED], [*ends, *[last] * _N_MARKED]

    shown = "".join([text[a:b] if a < b else text[b:a][::-1] for a, b in pieces])
    return Mended(f"{shown} {marks(DIRECTION)}", place)


def _with_words_closed_up(before: Mended) -> Mended:
    """Return a text with the words closed up whose letters stand apart.

    Where some are, so are words of two letters, digits, and what else may be sizes ("a l l").
    """
    found = _closings(LEAST_SPACED)
    # A text that is full of spaced words tells so by its first ones.
    for n_parted in (_FIRST_FEW, 0):
        parts = _spaced().split(before.text, n_parted)
        if len(parts) == 1:
            return before
        read = list(map(found.__getitem__, parts[1::2]))
        if "".join(read).count(marks(SPACED)) >= _LEAST_LONG:
            parts = _all_spaced().split(before.text)
            found = _closings(LEAST_HAN)
            read = list(map(found.__getitem__, parts[1::2]))
            break
        if len(read) < _FIRST_FEW:
            break
    return _replaced(before, parts, read, found.edit)


class _Readings(dict[str, str]):
    """What is read for a stretch of a text, which may be what is written; remembered."""

    def __init__(self, edit: Callable[[str], _Edit | None]) -> None:
        super().__init__()
        self.edit = edit

    def __missing__(self, written: str) -> str:
        edit = self.edit(written)
        read = edit.read(written) if edit else written
        if len(written) <= _LONGEST_REMEMBERED:
            if len(self) >= _MOST_REMEMBERED:
                self.clear()
            self[written] = read
        return read


@functools.cache
def _closings(least: int) -> _Readings:
    return _Readings(functools.partial(_closing, least=least))


def _closing(written: str, *, least: int) -> _Edit | None:
    """Return what closes up letters that stand apart, if they are as many as make a word."""
    run = written.rstrip(STOPS)
    is_han = HAN[0][0] <= ord(run[0]) <= HAN[0][1]
    start, end = (0, len(run)) if is_han else _of_one_case(run)
    # The marks go behind what ends the sentence.
    last = end if end < len(run) else len(written)
    only = _letters(run[start:end])
    if not is_han and (len(only) < least or (least == LEAST_SPACED and _is_measure(only.lower()))):
        return None
    trace = 0 if is_han or len(only) < LEAST_SPACED else SPACED
    return _Edit(start, last, "".join(written[start:last].split()), trace)


def _is_measure(letters: str) -> bool:
    """Return whether spaced letters are sizes ("s m l"), dimensions ("w x h"), or all alike."""
    said = set(letters)
    is_product = set(letters[1::2]) == {"x"}
    is_size = said <= _DIMENSIONS or said <= _SIZES
    return is_product or is_size or len(said) < min(3, len(letters))


def _letters(run: str) -> str:
    """Return the letters that stand apart in a run, without what stands beside them."""
    letters = run[::2]
    # Unless something stands beside a letter, every other character is a blank.
    return letters if run[1::2].isspace() else _beside().sub("", "".join(run.split()))


def _of_one_case(run: str) -> tuple[int, int]:
    """Return where the letters of one case stand in a run.

    Small letters in front of capitals are left out, and those behind a word of them, as in
    "a N I K E" and "N I K E a bag", but not in "N i k e".
    """
    only = _letters(run)
    n = len(only)
    if n < LEAST_SPACED or only.isupper() or only[1:].islower():
        return 0, len(run)
    are_capital = bytes(map(str.isupper, only))
    first = are_capital.rfind(b"\0\1") + 1
    last = are_capital.find(b"\1\0", first + LEAST_SPACED - 1) + 1 or n
    places: Sequence[int] = range(0, len(run), 2)
    if 2 * n - 1 < len(run):
        places = [match.start() for match in re.finditer(r"(?<!\S)\S", run)]
    return places[first], places[last] - 1 if last < n else len(run)


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


def _with_foreign_words_told(before: Mended) -> Mended:
    """Return a text with words of look-alikes that read well in Latin letters, of others none."""
    parts = _foreign().split(before.text)
    if len(parts) == 1:
        return before
    scripts = [script for script in range(len(FOREIGN)) if not _at_home(script).search(before.text)]
    if not scripts:
        return before
    words = parts[1::2]
    found = _latin_readings()
    read = list(map(found.__getitem__, words))
    for index, (word, other) in enumerate(zip(words, read, strict=True)):
        if other != word:
            is_ours = int(ord(word[0]) >= FOREIGN[1][0]) in scripts
            if not is_ours or unicodedata.combining(parts[2 * index + 2][:1] or " "):
                read[index] = word
    return _replaced(before, parts, read, found.edit)


def _latin_edit(word: str) -> _Edit | None:
    alike = letters.latin_of()
    read = "".join([alike.get(char, " ") for char in word])
    if not letters.reads_well(read):
        return None
    return _Edit(0, len(word), read, LOOKALIKE)


@functools.cache
def _latin_readings() -> _Readings:
    return _Readings(_latin_edit)


def _replaced(
    before: Mended,
    parts: Sequence[str],
    read: Sequence[str],
    edit_of: Callable[[str], _Edit | None],
) -> Mended:
    """Return a text with every other of its parts read otherwise.

    Parameters
    ----------
    parts
        What the text is parted into.
    read
        What is read for each second one, which may be what is written.
    edit_of
        Gives the edit by which one was read otherwise.
    """
    written = parts[1::2]
    if list(written) == list(read):
        return before

    known = functools.cache(edit_of)

    def edits() -> Iterator[_Edit]:
        at = 0
        for kept, one, other in zip(parts[::2], written, read, strict=False):
            at += len(kept)
            if one != other and (edit := known(one)):
                yield edit._replace(start=at + edit.start, end=at + edit.end)
            at += len(one)

    # Where each part is followed by a blank, its marks go right behind it: much the quicker way.
    if any(gap[:1].strip() for gap in parts[2::2]) or not all(parts[2:-1:2]):
        text = _rewritten(before.text, edits())
    else:
        pieces = list(parts)
        pieces[1::2] = read
        text = "".join(pieces)
    return Mended(text, lambda: _places(before, edits()))


class _Mark(NamedTuple):
    at: int
    of: _Edit


def _with_marks(text: str, edits: Iterable[_Edit]) -> Iterator[_Edit | _Mark]:
    """Yield edits and where their marks go, which is behind the whole word that each is of."""
    waiting: list[_Edit] = []
    for edit in [*edits, None]:
        if waiting:
            end = edit.start if edit else len(text)
            blank = _blank().search(text, waiting[-1].end, end)
            if blank or not edit:
                at = blank.start() if blank else end
                yield from [_Mark(at, each) for each in waiting if each.trace]
                waiting = []
        if edit:
            yield edit
            waiting.append(edit)


@functools.cache
def _blank() -> re.Pattern[str]:
    return re.compile(r"\s")


def _rewritten(text: str, edits: Iterable[_Edit]) -> str:
    pieces: list[str] = []
    at = 0
    for each in _with_marks(text, edits):
        if isinstance(each, _Mark):
            pieces += [text[at : each.at], f" {marks(each.of.trace)}"]
            at = each.at
        else:
            pieces += [text[at : each.start], each.letters]
            at = each.end
    return "".join([*pieces, text[at:]])


def _places(before: Mended, edits: Iterable[_Edit]) -> Places:
    old_starts, old_ends = before.places
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for each in _with_marks(before.text, edits):
        if isinstance(each, _Mark):
            first, last = before.span(each.of.start, each.of.end)
            starts += [*old_starts[at : each.at], *[first] * _N_MARKED]
            ends += [*old_ends[at : each.at], *[last] * _N_MARKED]
            at = each.at
        else:
            kept = [at for at in range(each.start, each.end) if not before.text[at].isspace()]
            starts += [*old_starts[at : each.start], *(old_starts[place] for place in kept)]
            ends += [*old_ends[at : each.start], *(old_ends[place] for place in kept)]
            at = each.end
    return starts + old_starts[at:], ends + old_ends[at:]
