"""A page as one HTML file that needs nothing else: no script, no network, no other file.

The template escapes whatever it is given, and the page forbids the browser all that it does not
need (Content-Security-Policy: no script, no image, no font, no request). Figures are drawn here;
their SVG is the only thing that goes in unescaped, and ``inline_svg`` escapes what stands in it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

import fakedetect
from fakedetect.page import Block, Figure, Heading, Page, Painted, Quoted
from fakedetect.plots import svg
from fakedetect.text import printable

if TYPE_CHECKING:
    from markupsafe import Markup

_TEMPLATE = "webpage.html.jinja"
_LEAST_SECTIONS = 3  # of which a page has a list


class Drawn(NamedTuple):
    """A figure's caption and its SVG."""

    caption: str
    svg: Markup


class Row(NamedTuple):
    """Figures that stand side by side where there is room."""

    figures: tuple[Drawn, ...]


class Placed(NamedTuple):
    """A block, what it is, and where links find it."""

    kind: str
    block: Any
    anchor: str


def rendered(page: Page) -> str:
    """Return a page as HTML, to be written as UTF-8."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["printable"] = printable
    environment.tests["quoted"] = lambda cell: isinstance(cell, Quoted)
    environment.tests["painted"] = lambda cell: isinstance(cell, Painted)
    source = resources.files("fakedetect").joinpath(_TEMPLATE).read_text(encoding="utf-8")
    blocks = [
        Placed(type(block).__name__.lower(), block, f"part-{place}")
        for place, block in enumerate(_with_figures(page.blocks), 1)
    ]
    sections = [
        each for each in blocks if isinstance(each.block, Heading) and each.block.level == 2
    ]
    html: str = environment.from_string(source).render(
        title=page.title,
        blocks=blocks,
        sections=sections if len(sections) >= _LEAST_SECTIONS else [],
        version=fakedetect.__version__,
    )
    return html


def _with_figures(blocks: tuple[Block, ...]) -> Iterator[Block | Row]:
    """Yield the blocks with figures drawn, and those that follow one another as one row."""
    from markupsafe import Markup

    n_drawn = 0
    for _, group in itertools.groupby(blocks, key=lambda block: isinstance(block, Figure)):
        drawn = []
        for block in group:
            if not isinstance(block, Figure):
                yield block
                continue
            n_drawn += 1
            found = svg(block.plot, alternative=printable(block.alternative), name=f"f{n_drawn}")
            drawn.append(Drawn(block.caption, Markup(found)))  # noqa: S704 # escaped in inline_svg
        if drawn:
            yield Row(tuple(drawn))
