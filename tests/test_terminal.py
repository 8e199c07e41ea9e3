import re

import pytest
from rich.console import Console

from fakedetect import report
from fakedetect.page import Column, Fact, Facts, Grid, Heading, Page, Painted, Quoted, Stroke, Words
from fakedetect.terminal import rendered
from sample_evaluation import sample


def shown(page, width=100, *, colour=False):
    """Return what a terminal of a width is sent."""
    console = Console(
        width=width,
        highlight=False,
        markup=False,
        force_terminal=colour,
        color_system="truecolor" if colour else None,
    )
    with console.capture() as capture:
        console.print(rendered(page))
    return capture.get()


def test_painting_is_stronger_where_it_speaks_louder():
    text = Painted("loud soft against", (Stroke(0, 4, 1), Stroke(5, 9, 0.1), Stroke(10, 17, -0.5)))
    sent = shown(Page("", (text,)), colour=True)
    fades = {word: int(fade) for fade, word in re.findall(r"48;2;255;(\d+);\1m(\w+)", sent)}
    assert fades["loud"] < fades["soft"]
    assert re.search(r"48;2;(\d+);\1;255magainst", sent)


@pytest.mark.parametrize("text", ["[red]super copy[/red]", "\x1b]0;title\x07copy", "a\u202eb\r\n"])
def test_hostile_text_is_shown_and_not_obeyed(text):
    page = Page(
        text,
        (
            Heading(text),
            Words(text, "warning"),
            Facts((Fact(text, text, text),)),
            Grid((Column(text),), ((Quoted(text),), (Painted(text, note=text),)), text),
        ),
    )
    sent = shown(page)
    assert not set(sent) & set("\x1b\x07\u202e\r")
    assert sent.count("[red]") == 11 * text.count("[red]")


def test_figures_are_aligned_at_their_ends():
    grid = Grid((Column("who"), Column("rate", True, "%")), (("a", "1"), ("b", "100")), "Rates")
    lines = [line.rstrip() for line in shown(Page("", (grid,))).splitlines()]
    assert lines[0] == "Rates"
    assert [line for line in lines if line.strip()][1:] == [
        " who  rate, %", " ────────────", " a          1", " b        100",
    ]  # fmt: skip


def test_no_figure_is_cut_on_a_narrow_terminal():
    wide, narrow = (shown(report.evaluation(sample()), width) for width in (200, 80))
    for figure in ("0.55", "(0.48–0.61)", "15,639", "withheld", "undefined"):
        assert wide.count(figure) == narrow.count(figure) > 0
    assert max(map(len, narrow.splitlines())) <= 80
