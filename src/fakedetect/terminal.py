"""A page on a terminal: tables and painted text, none of it read as markup."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

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

_LEAST_WIDTH = 12  # characters of a column that are not given up for another
_STYLES = {"verdict": "bold", "warning": "bold", "note": "dim", "plain": ""}


def rendered(page: Page) -> RenderableType:
    """Return a page as something that rich prints; plots are told in words."""
    title = [Text(printable(page.title), style="bold")] if page.title else []
    return Group(*title, *map(_block, page.blocks))


def _block(block: Block) -> RenderableType:
    match block:
        case Heading(text, level):
            style = "bold underline" if level == 2 else "bold"
            return Group(Text(), Text(printable(text), style=style))
        case Words(text, tone):
            return Text(printable(text), style=_STYLES[tone])
        case Facts():
            return _facts(block)
        case Grid():
            return _grid(block)
        case Figure():
            return Text(printable(block.alternative), style="dim")
        case Painted():
            return _cell(block)


def _facts(block: Facts) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(justify="left")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    for fact in block.facts:
        table.add_row(*(Text(printable(part)) for part in fact))
    return table


def _grid(block: Grid) -> RenderableType:
    names = [_header(column) for column in block.columns]
    kinds = block.kinds()
    table = Table(
        box=box.SIMPLE,
        show_header=any(names),
        header_style="bold",
        pad_edge=False,
        collapse_padding=True,
    )
    for place, (name, column) in enumerate(zip(names, block.columns, strict=True)):
        table.add_column(
            Text(printable(name)),
            justify="right" if column.numeric else "left",
            overflow="fold",
            min_width=_least_width(block, place),
            ratio=1 if kinds[place] == "text" else None,
        )
    for row in block.rows:
        table.add_row(*map(_cell, row))
    caption = Text(printable(block.caption), style="dim")
    return Group(caption, table) if block.caption else table


def _least_width(block: Grid, place: int) -> int:
    """Return the width below which words of a column would be cut in two on a narrow terminal."""
    cells = [row[place] for row in block.rows]
    texts = [cell.shown if isinstance(cell, Quoted) else cell for cell in cells]
    words = (
        word
        for text in (_header(block.columns[place]), *texts)
        if isinstance(text, str)
        for word in text.split()
    )
    return min(_LEAST_WIDTH, max(map(len, words), default=0))


def _header(column: Column) -> str:
    return f"{column.name}, {column.unit}" if column.unit else column.name


def _cell(cell: Cell) -> RenderableType:
    match cell:
        case Quoted():
            return Text(cell.shown)
        case Painted():
            note = [Text(printable(cell.note), style="italic")] if cell.note else []
            return Group(_painted(cell), *note)
        case str():
            return Text(printable(cell))


def _painted(value: Painted) -> Text:
    """Return the text with what speaks for suspicion on red and against it on blue."""
    text = Text(printable(value.text))
    for start, end, strength in value.strokes:
        # Pale to strong under a dark letter, readable on light and dark backgrounds.
        fade = round(225 - 150 * abs(strength))
        colour = f"rgb(255,{fade},{fade})" if strength > 0 else f"rgb({fade},{fade},255)"
        text.stylize(f"black on {colour}", start, end)
    return text
