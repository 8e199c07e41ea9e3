"""What a report says, before anything is said about how it looks.

A page is plain values from top to bottom; ``terminal``, ``markdown`` and ``webpage`` are its faces.
Whose words are whose is part of the value: a plain string is the program's own, ``Quoted`` and
``Painted`` hold what sellers and files say, and every face keeps those from being obeyed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from fakedetect.plots import Plot
from fakedetect.text import printable

if TYPE_CHECKING:
    from fakedetect.explanation import Claimed, Explanation, Span

LONGEST_SHOWN = 600  # characters of a listing's text
_LONGEST_QUOTED = 200  # of a name or a word
_LEAST_STRENGTH = 0.05  # that is painted
_N_IN_NOTE = 3  # words for and against
_N_CLAIMS_IN_NOTE = 2
_LEAST_NOTED = 0.05  # log-odds, which change the odds by a twentieth


class Heading(NamedTuple):
    """The beginning of a section; level 2 stands under the page's title, 3 under 2."""

    text: str
    level: int = 2


class Words(NamedTuple):
    """A paragraph.

    Attributes
    ----------
    text
        What it says.
    tone
        ``"verdict"`` is what a reader should take away, ``"warning"`` what may mislead, ``"note"``
        what explains a figure, ``"plain"`` all else.
    """

    text: str
    tone: str = "plain"


class Fact(NamedTuple):
    """One figure that stands for itself: its name, its value, and what qualifies it."""

    name: str
    value: str
    note: str = ""


class Facts(NamedTuple):
    """Figures side by side."""

    facts: tuple[Fact, ...]


class Quoted(NamedTuple):
    """Somebody else's words: a seller's name, a cell, a path."""

    text: str

    @property
    def shown(self) -> str:
        """The words as they may be shown: nothing in them that is obeyed or hidden, and not long.

        Control and invisible characters have become visible, so direction overrides do nothing.
        """
        return _cut(self.text, _LONGEST_QUOTED)


class Stroke(NamedTuple):
    """A stretch of a painted text and how strongly it speaks, from -1 (against) to 1 (for)."""

    start: int
    end: int
    strength: float


class Painted(NamedTuple):
    """A listing's text with what speaks for suspicion and against it.

    Attributes
    ----------
    text
        The text as it may be shown, cut to a bounded length.
    strokes
        Stretches of it in order, none overlapping another.
    note
        The loudest words with their log-odds, and what is meant by them; as hostile as the text.
    """

    text: str
    strokes: tuple[Stroke, ...] = ()
    note: str = ""

    def pieces(self) -> Iterable[tuple[str, float]]:
        """Yield the text in pieces, each with its strength; 0 where nothing is painted."""
        end = 0
        for stroke in self.strokes:
            if stroke.start > end:
                yield self.text[end : stroke.start], 0.0
            yield self.text[stroke.start : stroke.end], stroke.strength
            end = stroke.end
        if end < len(self.text):
            yield self.text[end:], 0.0


Cell = str | Quoted | Painted


class Column(NamedTuple):
    """A column of a grid: its name, whether it holds figures, and their unit."""

    name: str
    numeric: bool = False
    unit: str = ""


class Grid(NamedTuple):
    """A table: columns, rows with a cell for each, and what it shows in a line.

    The first cell of a row names the row.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""

    def kinds(self) -> list[str]:
        """Return what each column holds: ``"figure"``, a ``"name"``, or a listing's ``"text"``."""
        return [
            "figure"
            if column.numeric
            else "text"
            if any(isinstance(row[place], Painted) for row in self.rows)
            else "name"
            for place, column in enumerate(self.columns)
        ]


class Figure(NamedTuple):
    """A plot, the line under it, and what it shows in words, for those who cannot see it."""

    plot: Plot
    caption: str
    alternative: str


Block = Heading | Words | Facts | Grid | Figure | Painted


class Page(NamedTuple):
    """A report: its title and what it says, from top to bottom."""

    title: str
    blocks: tuple[Block, ...]


def painted(found: Explanation, *, longest: int = LONGEST_SHOWN, noted: bool = False) -> Painted:
    """Return an explained listing as painted text.

    Parameters
    ----------
    found
        The explanation.
    longest
        Characters of the text that are kept.
    noted
        Whether the loudest words for and against are noted with their log-odds, and what sellers
        mean by them.
    """
    claims = found.claims if noted else ()
    return painted_text(found.text, found.spans, claims, longest=longest, noted=noted)


def painted_text(
    text: str,
    spans: Iterable[Span],
    claims: Iterable[Claimed] = (),
    *,
    longest: int = LONGEST_SHOWN,
    noted: bool = False,
) -> Painted:
    """Return a text painted by its spans, as ``painted`` does."""
    spans = list(spans)
    strongest = max((abs(span.value) for span in spans), default=0.0) or 1.0
    strokes = tuple(
        Stroke(span.start, min(span.end, longest), span.value / strongest)
        for span in spans
        if span.start < longest and abs(span.value) >= _LEAST_STRENGTH * strongest
    )
    return Painted(_cut(text, longest), strokes, _note(spans, claims) if noted else "")


def _note(spans: list[Span], claims: Iterable[Claimed]) -> str:
    loudest: dict[str, Span] = {}  # of equal words the loudest stands for all
    for span in sorted(spans, key=lambda span: -abs(span.value)):
        loudest.setdefault(span.text, span)
    ranked = loudest.values()
    sides = {
        "for": [span for span in ranked if span.value >= _LEAST_NOTED],
        "against": [span for span in ranked if span.value <= -_LEAST_NOTED],
    }
    parts = [
        f"{side.capitalize()}: "
        + "; ".join(f"{_cut(span.text, 40)} {signed(span.value)}" for span in found[:_N_IN_NOTE])
        for side, found in sides.items()
        if found
    ]
    meant = "; ".join(
        f"'{_cut(each.span.text, 40)}': {each.claim.meaning}"
        for each in itertools.islice(claims, _N_CLAIMS_IN_NOTE)
    )
    return ". ".join([*parts, f"Meant: {meant}"] if meant else parts)


def signed(value: float) -> str:
    """Return log-odds with their sign, to two digits behind the point.

    Examples
    --------
    >>> signed(-0.251)
    '-0.25'
    """
    return f"{value:+.2f}"


def _cut(text: str, longest: int) -> str:
    shown = printable(text[:longest])
    return shown + "…" if len(text) > longest else shown
