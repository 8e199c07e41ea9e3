import dataclasses

import pytest

from fakedetect.breakdowns import Breakdown, Share
from fakedetect.explanation import Span
from fakedetect.metrics import clopper_pearson
from fakedetect.overview import Listing, Overview, Term
from fakedetect.overview_report import scored
from fakedetect.page import Facts, Figure, Grid, Heading, Painted, Quoted, Words

TEXT = "super copy with receipt"
VALUE = Overview(
    n_read=1_003,
    n_scored=1_000,
    n_errored=3,
    n_flagged=40,
    threshold=0.5,
    hold=0.9,
    rule="largest F1",
    lanes={"hold": 10, "review": 35, "clear": 955},
    n_explored=5,
    edges=tuple(n / 50 for n in range(51)),
    counts=(900, *[2] * 50)[:50],
    top=(
        Listing(
            row=1_002,
            score=0.99991,
            names={"id": "a-1", "seller": "<b>"},
            lane="hold",
            text=TEXT,
            spans=(Span("super", 0, 5, 3.0), Span("receipt", 16, 23, -1.0)),
        ),
    ),
    terms=(Term("super", 30.0, 12),),
    n_explained=200,
    breakdowns=(
        Breakdown(
            "seller",
            (Share("<b>", 40, 20, clopper_pearson(20, 40)), Share("", 9, 1, clopper_pearson(1, 9))),
            True,
        ),
    ),
    has_text=True,
)


def of(page, kind):
    return [block for block in page.blocks if isinstance(block, kind)]


def texts(page, kind=Words):
    return [block.text for block in of(page, kind)]


def test_sections_and_verdict():
    page = scored(VALUE, "out.csv")
    assert page.title == "Scored listings: out.csv"
    assert page.blocks[0] == Words(
        "40 of 1,000 listings are flagged as suspected counterfeits, from score 0.500 on.",
        "verdict",
    )
    assert texts(page, Heading) == [
        "Lanes", "Scores", "The most suspected listings", "What speaks loudest for suspicion",
        "By seller",
    ]  # fmt: skip


def test_counts_and_lanes_add_up():
    counts, lanes = of(scored(VALUE, ""), Facts)
    assert [fact.value for fact in counts.facts] == ["1,003", "1,000", "3", "40"]
    assert counts.facts[3].note == "4.0% of those scored"
    assert [(fact.name, fact.value) for fact in lanes.facts] == [
        ("hold", "10"), ("review", "35"), ("clear", "955"),
    ]  # fmt: skip
    assert any(
        "5 of the listings to review were drawn by lot" in t for t in texts(scored(VALUE, ""))
    )


def test_histogram_has_its_thresholds_and_is_told_in_words():
    [figure] = of(scored(VALUE, ""), Figure)
    assert [(mark.value, mark.name) for mark in figure.plot.marks] == [
        (0.5, "flagged from 0.500"), (0.9, "held from 0.900"),
    ]  # fmt: skip
    tenths = [int(part.split()[-1].strip(".")) for part in figure.alternative.split(", ")[1:]]
    assert sum(tenths) == sum(VALUE.counts) == 998
    assert "0.0 908, 0.1 10" in figure.alternative


def test_top_is_painted_and_named():
    top, terms, sellers = of(scored(VALUE, ""), Grid)
    row, score, lane, text, number, seller = top.rows[0]
    assert (row, score, lane) == ("1,002", ">0.999", Quoted("hold"))
    assert isinstance(text, Painted)
    assert [stroke.strength for stroke in text.strokes] == pytest.approx([1, -1 / 3])
    assert text.note == "For: super +3.00. Against: receipt -1.00"
    assert (number, seller) == (Quoted("a-1"), Quoted("<b>"))
    assert terms.rows == ((Quoted("super"), "+30.00", "12"),)
    assert sellers.rows == (
        (Quoted("<b>"), "40", "20", "50.0%", "33.8% to 66.2%"),
        ("none named", "9", "1", "11.1%", "0.28% to 48.2%"),
    )


def test_without_text_it_is_said_what_is_missing():
    value = dataclasses.replace(VALUE, has_text=False, terms=(), lanes=None)
    page = scored(value, "")
    [warning] = [block.text for block in of(page, Words) if block.tone == "warning"]
    assert warning.endswith("score without --ids-only to have it.")
    assert [column.name for column in of(page, Grid)[0].columns] == ["row", "score", "id", "seller"]


def test_an_empty_overview():
    value = dataclasses.replace(
        VALUE, n_scored=0, n_flagged=0, top=(), terms=(), breakdowns=(), counts=(0,) * 50, lanes={}
    )
    page = scored(value, "")
    assert texts(page, Heading) == ["Lanes"]
    assert of(page, Facts)[0].facts[3].note == "undefined of those scored"


def test_a_breakdown_that_may_lack_some_says_so():
    short = Breakdown("seller", (), is_complete=False)
    page = scored(dataclasses.replace(VALUE, breakdowns=(short,)), "")
    assert of(page, Grid)[-1].caption.endswith("some with as many flagged listings may be missing")


def test_notes_are_sentences():
    page = scored(VALUE, "", notes=["budget: 3 = 2 flagged + 1 drawn by lot"])
    assert Words("Budget: 3 = 2 flagged + 1 drawn by lot.") in page.blocks


def test_a_threshold_above_all_scores_is_not_told():
    page = scored(dataclasses.replace(VALUE, threshold=None, hold=None, n_flagged=0), "")
    assert page.blocks[0].text == "0 of 1,000 listings are flagged as suspected counterfeits."
    [plot] = [block.plot for block in page.blocks if isinstance(block, Figure)]
    assert list(plot.marks) == []
