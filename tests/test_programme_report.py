import json

import pytest

from event_frames import day, event, framed
from fakedetect import markdown, report, webpage
from fakedetect.page import Facts, Figure, Grid, Heading, Quoted, Words
from fakedetect.programme import FIGURES, MEMBERSHIP
from fakedetect.programme import figures as counted
from fakedetect.programme_report import MOST_SHOWN, figures
from test_terminal import shown

ROWS = [
    event("listed", 0, "a", brand="Zoë"),
    event("listed", 0, "b", brand="Zoë"),
    event("notice", 1, "a", "Jörg", brand="Zoë"),
    event("verdict", 2, "a", outcome="upheld"),
    event("removed", 2, "a"),
    event("sale", 3, "b"),
    event("complaint", 4, "b"),
    event("removed", 5, "b"),
    event("counter_notice", 40, "b", outcome="accepted"),
    event("removed", 41, "c"),
]


def page_of(*rows, by=("month", "brand"), **how):
    """Return the page of events, by way of JSON."""
    data = report.as_json(counted(framed(*rows), by=by, **how).as_dict())
    return figures(json.loads(data))


def blocks(page, kind):
    return [each for each in page.blocks if isinstance(each, kind)]


def test_the_total_comes_first():
    page = page_of(*ROWS)
    verdict, note, *_ = blocks(page, Words)
    assert verdict == Words(
        "66.7% of removed listings (2 of 3) were removed before a sale; 100.0% of verdicts (1 of 1)"
        " upheld the notice.",
        "verdict",
    )
    assert note.text == (
        "From 10 events up to 2026-02-11 00:00 UTC. What was removed or reported is suspected; the"
        " figures say what the programme did, not how many counterfeits there are."
    )
    [facts] = blocks(page, Facts)
    assert [tuple(each) for each in facts.facts] == [
        ("removed before a sale", "66.7%", "2 of 3"),
        ("removed proactively", "33.3%", "1 of 3"),
        ("complaints to removals", "0.33", "1 to 3"),
        ("objections accepted to removals", "33.3%", "1 of 3"),
        ("notices per thousand listings", "500.0", "1 to 2"),
        ("median hours to close", "24.0", "of 1"),
        ("open notices", "0", "of 1"),
        ("verdicts that uphold", "100.0%", "1 of 1"),
        ("objections accepted", "100.0%", "1 of 1"),
    ]


def test_groups_are_rows_and_figures_columns():
    page = page_of(*ROWS)
    removals, notices, decisions, _ = blocks(page, Grid)
    assert [each.text for each in blocks(page, Heading)] == [
        "By month",
        "Removals by month and brand",
        "Notices by month and brand",
        "Decisions by month and brand",
        "How the figures are counted",
    ]
    assert [column.name for column in removals.columns] == [
        "month", "brand", "removed before a sale", "removed proactively",
        "complaints to removals", "objections accepted to removals",
    ]  # fmt: skip
    assert removals.rows == (
        ("2026-01", Quoted("Zoë"), "50.0% (1 of 2)", "0.0% (0 of 2)", "0.50 (1 to 2)",
         "0.0% (0 of 2)"),
        ("2026-02", "none named", "100.0% (1 of 1)", "100.0% (1 of 1)", "0.00 (0 to 1)",
         "0.0% (0 of 1)"),
        ("2026-02", Quoted("Zoë"), "undefined", "undefined", "undefined", "undefined (1 of 0)"),
    )  # fmt: skip
    assert notices.rows[0][2:] == ("500.0 (1 to 2)", "24.0 (of 1)", "0 (of 1)")
    assert notices.rows[1][2:] == ("undefined", "undefined", "0")
    assert decisions.rows[2][2:] == ("undefined", "100.0% (1 of 1)")


def test_shares_over_time_are_drawn_with_the_brands_of_a_month_together():
    page = page_of(*ROWS)
    sale, proactive = blocks(page, Figure)  # of verdicts there are some in one month only
    assert sale.caption == (
        "Removed before a sale, by month: shares with 95 % intervals by Wilson (1927), as if"
        " listings were independent."
    )
    assert sale.alternative == "Removed before a sale by month: 2026-01 50.0%, 2026-02 100.0%."
    assert proactive.alternative == "Removed proactively by month: 2026-01 0.0%, 2026-02 100.0%."
    dot = sale.plot.dots[1]
    assert (dot.name, dot.value, dot.high) == ("2026-02", 1, 1)
    assert dot.low == pytest.approx(0.2065, abs=1e-4)


@pytest.mark.parametrize("by", [("brand",), ("seller", "reason"), ()])
def test_without_a_period_nothing_is_drawn(by):
    assert blocks(page_of(*ROWS, by=by), Figure) == []
    assert len(blocks(page_of(*ROWS, by=by), Grid)) == (4 if by else 1)


def test_only_the_latest_periods_are_drawn():
    rows = [event("removed", 7 * n, f"é{n}") for n in range(30)]
    plot = blocks(page_of(*rows, by=("week",)), Figure)[0].plot
    assert [len(plot.dots), plot.dots[0].name, plot.dots[-1].name] == [24, "2026-W07", "2026-W30"]


def test_definitions_stand_at_the_end():
    page = page_of(*ROWS)
    heading, grid, words = page.blocks[-3:]
    assert heading == Heading("How the figures are counted")
    assert grid.rows == tuple((each.words, each.definition) for each in FIGURES)
    assert words == Words(MEMBERSHIP, "note")


def test_of_many_groups_the_largest_are_shown_in_their_order():
    rows = [event("removed", 1, f"a{n}", seller=f"ß{n:03}") for n in range(MOST_SHOWN + 2)]
    rows += [event("removed", 1, f"b{n}", seller=f"ß{n + 2:03}") for n in range(MOST_SHOWN)]
    page = page_of(*rows, by=("seller",))
    removals = blocks(page, Grid)[0]
    assert [row[0].text for row in removals.rows] == [f"ß{n + 2:03}" for n in range(MOST_SHOWN)]
    assert (
        "2 more groups, with fewer removals and notices, are not shown; --json and --output have"
        " all."
    ) in [each.text for each in blocks(page, Words)]


def test_hostile_names_are_quoted():
    frame = framed(*ROWS)
    hostile = "\x1b[31m<script>=1+1\u202e"
    frame["brand"] = frame["brand"].cat.rename_categories({"Zoë": hostile})
    page = figures(counted(frame, by=("brand",)).as_dict())
    assert blocks(page, Grid)[0].rows[1][0] == Quoted(hostile)
    for sent in (shown(page), markdown.rendered(page), webpage.rendered(page)):
        assert not set(sent) & set("\x1b\u202e")
    assert "<script>" not in webpage.rendered(page)


def test_no_events():
    page = page_of()
    verdict, note, *_ = blocks(page, Words)
    assert verdict.text == "No listing was removed; there was no verdict."
    assert note.text.startswith("From 0 events. What")
    assert (
        page_of(*ROWS, as_of=day(-1))
        .blocks[1]
        .text.startswith("From 0 events up to 2025-12-31 00:00 UTC.")
    )
