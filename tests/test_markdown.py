import itertools
import re

import pytest
from markdown_it import MarkdownIt

from fakedetect.markdown import rendered
from fakedetect.page import (
    Column,
    Fact,
    Facts,
    Figure,
    Grid,
    Heading,
    Page,
    Painted,
    Quoted,
    Stroke,
    Words,
)
from fakedetect.plots import Dots

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![pixel](https://example.org/pixel)",
    "[click](javascript:alert(1)) <https://example.org> https://example.org www.example.org",
    "@someone someone@example.org #1 a_b_ *c* **d** ~~e~~ $x$ {{ 7*7 }}",
    "a | b \\| c \\\\| d || e",
    "` `` ```` ~~~ ``` | `",
    "`",
    "|",
    "\\",
    " ",
    "  leading and trailing  ",
    "&lt;b&gt; &#60;b> &amp;",
    "# heading\n- list\n> quote\n\n---\n\x1b[31m\u202e",
    "手表 高仿 ساعة",
]
OURS = {"<br>", "<b>", "</b>", "<i>", "</i>", "<sub>", "</sub>", "<!-- -->"}


def parsed(page):
    """Return the tokens of a page, read as HTML-passing Markdown with tables."""
    return (
        MarkdownIt("commonmark", {"html": True})
        .enable(["table", "strikethrough"])
        .parse(rendered(page))
    )


def inline(tokens):
    return [child for token in tokens for child in token.children or []]


def cells(tokens):
    """Return the text of every cell in the body of tables."""
    found = []
    for before, token in itertools.pairwise(tokens):
        if before.type == "td_open":
            found.append("".join(each.content for each in token.children or []))
    return found


def check_inert(tokens):
    kinds = {token.type for token in [*tokens, *inline(tokens)]}
    assert not kinds & {"image", "link_open", "html_block", "em_open", "strong_open", "s_open"}
    html = {each.content for each in inline(tokens) if each.type == "html_inline"}
    assert html <= OURS


@pytest.mark.parametrize("text", HOSTILE)
def test_quoted_text_is_shown_as_it_is_and_nothing_else(text):
    page = Page("t", (Grid((Column("a"), Column("b")), ((Quoted(text), "1"),)),))
    tokens = parsed(page)
    check_inert(tokens)
    # A code span's edges may lose a blank, which no reader sees.
    shown, one = cells(tokens)
    assert shown.strip() == Quoted(text).shown.strip()
    assert one == "1"
    codes = [each for each in inline(tokens) if each.type == "code_inline"]
    assert (
        "".join(each.content for each in codes).strip()
        == Quoted(text).shown.replace("|", "").strip()
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_painted_text_keeps_its_stress_and_its_note(text):
    painted = Painted(text, (Stroke(0, 1, 1.0), Stroke(1, 2, -0.9)), note=text)
    page = Page("t", (Grid((Column("a"), Column("b")), ((painted, "1"),)), painted))
    tokens = parsed(page)
    check_inert(tokens)
    assert len(cells(tokens)) == 2
    html = [each.content for each in inline(tokens) if each.type == "html_inline"]
    assert ("<b>" in html) == bool(text[0].strip())


WORD_BY_WORD = [
    *HOSTILE,
    "clone 1:1 ` ` <script>evil()</script> [x](http://evil.example/) mirror",
    "` b ` [click](http://evil.example) ``",
]


@pytest.mark.parametrize("strengths", list(itertools.product([0.1, 0.9, -0.9], repeat=3)))
@pytest.mark.parametrize("text", WORD_BY_WORD)
def test_text_painted_word_by_word_is_shown_as_it_is(text, strengths):
    strokes = tuple(
        Stroke(*word.span(), strengths[number % 3])
        for number, word in enumerate(re.finditer(r"\S+", text))
    )
    painted = Painted(text, strokes)
    tokens = parsed(Page("t", (Grid((Column("a"), Column("b")), ((painted, "1"),)),)))
    check_inert(tokens)
    codes = [each.content for each in inline(tokens) if each.type == "code_inline"]
    shown = Quoted(text).shown.replace("|", "")
    assert "".join("".join(codes).split()) == "".join(shown.split())


@pytest.mark.parametrize("text", HOSTILE)
def test_names_in_our_own_words_are_escaped(text):
    page = Page(
        text,
        (
            Heading(text, 3),
            Words(text),
            Words(text, "note"),
            Words(text, "warning"),
            Facts((Fact(text, text, text),)),
            Grid((Column(text), Column("b")), ((text, text),), text),
            Figure(Dots([], ""), text, text),
        ),
    )
    tokens = parsed(page)
    kinds = [token.type for token in tokens]
    assert not {"fence", "code_block", "hr", "bullet_list_open", "html_block"} & set(kinds)
    assert kinds.count("heading_open") == 2
    assert kinds.count("tr_open") == 4
    assert not [
        t for t in inline(tokens) if t.type in {"image", "link_open", "code_inline", "s_open"}
    ]
    source = rendered(page)
    # What a renderer would link or mention without being asked to is broken up.
    assert not re.search(r"https?://|www\.|(?<!&#64;)@\w", source)


def test_a_whole_page():
    page = Page(
        "Scored",
        (
            Words("747 are flagged.", "verdict"),
            Facts((Fact("read", "15,639", "all"),)),
            Grid((Column("row", numeric=True), Column("rate", True, "%")), (("1", "2"),), "Rows"),
            Words("-0.25 stands at the start"),
        ),
    )
    assert rendered(page) == (
        "# Scored\n\n**747 are flagged.**\n\n"
        "|  |  |  |\n| --- | --: | --- |\n| read | 15,639 | all |\n\n"
        "*Rows*\n\n| row | rate, % |\n| --: | --: |\n| 1 | 2 |\n\n"
        "&#45;0.25 stands at the start\n"
    )
