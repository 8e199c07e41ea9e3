r"""A page as Markdown in GitHub's flavour, in which nothing that a seller wrote is obeyed.

Somebody else's words stand in code spans: there is no markup, no link, no image, no HTML and no
mention of anybody in those, and a renderer's own extras leave them alone. Some things need care. A
span ends at as many backticks as it began with, so it begins with more than its text has in a row,
and no two spans touch. And a table is cut at pipes before anything else is read, also in code, so
pipes stand between spans as entities.

The program's own words may have a column's name or a path in them; there every character that
means something is escaped.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from fakedetect.page import (
    Block,
    Cell,
    Column,
    Facts,
    Figure,
    Grid,
    Heading,
    Page,
    Painted,
    Quoted,
    Words,
)
from fakedetect.text import printable

_PIPE = "&#124;"
# What begins markup, an entity or a formula, and what GitHub would make a link or a mention of.
_ACTIVE = re.compile(r"[\\`*_\[\]<>&|~$@{]|#(?=\d)|:(?=//)|(?<=www)\.", re.IGNORECASE)
# At the start of a line these make a list, a rule or a heading.
_LEADING = re.compile(r"\s*(?:[-+=#]|\d+[.)])")
_LOUD = 0.4  # from which strength on a word is marked


def rendered(page: Page) -> str:
    """Return a page as Markdown."""
    return "\n\n".join([f"# {_words(page.title)}", *map(_block, page.blocks)]) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {_words(text)}"
        case Words(text, tone):
            return {
                "verdict": _emphasised(text, "**"),
                "warning": f"> **Warning.** {_words(text)}",
                "note": f"<sub>{_words(text)}</sub>",
            }.get(tone, _paragraph(text))
        case Facts():
            rows = [tuple(map(_words, fact)) for fact in block.facts]
            columns = (Column(""), Column("", numeric=True), Column(""))
            return "\n".join(_table(columns, rows))
        case Grid():
            rows = [tuple(map(_cell, row)) for row in block.rows]
            caption = f"{_emphasised(block.caption)}\n\n" if block.caption else ""
            return caption + "\n".join(_table(block.columns, rows))
        case Figure():
            return f"{_emphasised(block.caption)} {_words(block.alternative)}"
        case Painted():
            return _cell(block)


def _table(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    names = [f"{_words(c.name)}, {_words(c.unit)}" if c.unit else _words(c.name) for c in columns]
    yield _row(names)
    yield _row(["--:" if column.numeric else "---" for column in columns])
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    match cell:
        case Quoted():
            return _code(cell.shown)
        case Painted():
            note = f"<br>{_code(cell.note)}" if cell.note else ""
            return _painted(cell) + note
        case str():
            return _words(cell)


def _painted(value: Painted) -> str:
    """Return the text, in bold where it speaks loudly for suspicion, in italics where against."""
    # Pieces with the same stress are one: two spans that touch would be one, or none.
    stretches = itertools.groupby(value.pieces(), key=_stress)
    return "".join(
        f"<{tag}>{_code(text)}</{tag}>" if tag else _code(text)
        for tag, text in ((tag, "".join(text for text, _ in pieces)) for tag, pieces in stretches)
    )


def _stress(piece: tuple[str, float]) -> str:
    text, strength = piece
    if abs(strength) < _LOUD or not text.strip():
        return ""
    return "b" if strength > 0 else "i"


def _code(text: str) -> str:
    return _PIPE.join(_span(part) if part else "" for part in printable(text).split("|"))


def _span(text: str) -> str:
    runs = [len(run) for run in re.findall("`+", text)]
    fence = "`" * (max(runs, default=0) + 1)
    # One blank at both ends is taken off again, unless there is nothing but blanks.
    edge = " " if text.strip() and (text[0] in " `" or text[-1] in " `") else ""
    return f"{fence}{edge}{text}{edge}{fence}"


def _words(text: str) -> str:
    escaped = _ACTIVE.sub(_entity, printable(text))
    # An entity is no longer one when GitHub looks for people and addresses; a comment parts them.
    return escaped.replace("&#64;", "&#64;<!-- -->")


def _paragraph(text: str) -> str:
    words = _words(text)
    leading = _LEADING.match(words)
    if not leading:
        return words
    return f"{leading[0][:-1]}&#{ord(leading[0][-1])};{words[leading.end() :]}"


def _emphasised(text: str, mark: str = "*") -> str:
    words = _words(text).strip()  # marks beside a blank would be a list's
    return f"{mark}{words}{mark}" if words else ""


def _entity(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"
