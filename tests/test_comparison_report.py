import copy
import json

import pytest

from fakedetect import markdown, webpage
from fakedetect.comparison_report import compared
from fakedetect.page import Facts, Grid, Heading, Painted, Quoted, Stroke, Words
from fakedetect.report import as_json
from test_terminal import shown

NAN = float("nan")


def figure(value, low=NAN, high=NAN):
    return {"value": value, "low": low, "high": high}


def example(row, **cells):
    return {
        "row": row,
        "listing_id": "a-1",
        "seller": "Söhne <b>",
        "label": None,
        "champion": 0.02,
        "challenger": 0.99991,
        "change": 12.0,
        "text": "super copy with receipt",
        "spans": [
            {"text": "super", "start": 0, "end": 5, "value": 3.0},
            {"text": "receipt", "start": 16, "end": 23, "value": -1.0},
        ],
        **cells,
    }


def model(threshold, n_flagged, seen_share):
    return {
        "threshold": threshold,
        "rule": "largest F1",
        "text_columns": ["title"],
        "n_flagged": n_flagged,
        "seen_share": seen_share,
    }


VALUE = {
    "n": 2_000,
    "champion": model(0.5, 40, 0.41),
    "challenger": model(0.25, 50, 0.05),
    "agreement": {
        "n_both": 35, "n_no_longer": 5, "n_newly": 15, "n_neither": 1_945, "share": 0.99,
        "kappa": 0.7726,
    },
    "newly": {
        "n": 15, "n_suspected": 6, "n_genuine": 2,
        "examples": [example(1_204, label=1), example(3, label=0), example(4)],
    },
    "no_longer": {
        "n": 5, "n_suspected": 0, "n_genuine": 0,
        "examples": [example(9, listing_id="", seller="")],
    },
    "swaps": [
        {
            "column": "brand",
            "values": [
                {"value": "Zoë", "n": 1_200, "n_newly": 12, "n_no_longer": 5},
                {"value": "", "n": 800, "n_newly": 3, "n_no_longer": 0},
            ],
            "n_more": 7,
        },
        {"column": "seller", "values": [], "n_more": 0},
    ],
    "judged": {
        "n_labelled": 900, "n_positive": 90, "n_groups": 120, "group_column": "seller",
        "figures": {
            "average_precision": {
                "champion": figure(0.6, 0.5, 0.7),
                "challenger": figure(0.65, 0.56, 0.74),
                "difference": figure(0.05, 0.01, 0.09),
            },
            "precision": {
                "champion": figure(NAN),
                "challenger": figure(1.0),
                "difference": figure(NAN),
            },
            "recall_at_1_percent": {
                "champion": figure(0.3, 0.2, 0.4),
                "challenger": figure(0.25, 0.15, 0.35),
                "difference": figure(-0.05),
            },
        },
    },
    "authorised": {
        "n_listed": 12, "n_found": 9, "sellers": [{"seller": "Söhne <b>", "n": 60, "n_newly": 2}],
    },
}  # fmt: skip


def of(page, kind):
    return [block for block in page.blocks if isinstance(block, kind)]


def texts(page, tone):
    return [block.text for block in of(page, Words) if block.tone == tone]


def changed(**parts):
    return {**copy.deepcopy(VALUE), **parts}


def test_sections_and_verdict():
    page = compared(VALUE)
    assert page.title == "What changes from champion to challenger"
    assert page.blocks[0] == Words(
        "Of 2,000 listings, 15 would be newly flagged as suspected counterfeits and 5 no longer"
        " flagged. The challenger's average precision is higher: +0.050 (+0.010 to +0.090).",
        "verdict",
    )
    assert [heading.text for heading in of(page, Heading)] == [
        "What is flagged", "Figures on the same labelled listings", "Changes by brand",
        "Newly flagged", "No longer flagged",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("difference", "says"),
    [
        ((-0.05, -0.09, -0.01),
         "The challenger's average precision is lower: -0.050 (-0.090 to -0.010)."),
        ((0.05, -0.01, 0.11),
         "Average precision changes by +0.050 (-0.010 to +0.110), which may be chance."),
        ((0.0, 0.0, 0.0),
         "Average precision changes by +0.000 (+0.000 to +0.000), which may be chance."),
        ((0.05,), "Average precision changes by +0.050 (interval undefined): nothing here says"
         " which model is better."),
        ((NAN,), "The change of average precision is undefined."),
    ],
)  # fmt: skip
def test_verdicts(difference, says):
    value = copy.deepcopy(VALUE)
    value["judged"]["figures"]["average_precision"]["difference"] = figure(*difference)
    [verdict] = texts(compared(value), "verdict")
    assert verdict.endswith(f"no longer flagged. {says}")


def test_without_labels_nothing_is_judged():
    page = compared(changed(judged=None))
    [verdict] = texts(page, "verdict")
    assert verdict.endswith("No listing is labelled, so nothing here says which model is better.")
    assert [words for words in texts(page, "warning") if "labelled" in words] == []


def test_what_is_flagged_before_and_after():
    [facts] = of(compared(VALUE), Facts)
    assert [tuple(fact) for fact in facts.facts] == [
        ("flagged before", "40", "2.0% of listings"),
        ("flagged after", "50", "2.5% of listings"),
        ("change in review", "+10", "+25.0% of before"),
        ("flagged by both", "35", ""),
        ("flagged by neither", "1,945", ""),
        ("agreement", "99.0%", ""),
        ("Cohen's kappa", "0.773", "agreement beyond chance"),
    ]
    models = of(compared(VALUE), Grid)[1]
    assert models.rows == (
        ("champion", "0.500", Quoted("largest F1"), "41.0%"),
        ("challenger", "0.250", Quoted("largest F1"), "5.0%"),
    )


def test_undefined_is_shown_as_undefined():
    agreement = {**VALUE["agreement"], "kappa": NAN}
    page = compared(changed(champion=model(0.5, 0, NAN), agreement=agreement))
    [facts] = of(page, Facts)
    assert facts.facts[2].note == "undefined of before"
    assert facts.facts[-1].value == "undefined"
    assert of(page, Grid)[1].rows[0][-1] == "undefined"
    # NaN is null in JSON, and the page is the same.
    assert compared(json.loads(as_json(VALUE))) == compared(VALUE)


def test_figures_side_by_side():
    figures = of(compared(VALUE), Grid)[2]
    assert figures.rows == (
        ("average precision", "0.600 (0.500 to 0.700)", "0.650 (0.560 to 0.740)",
         "+0.050 (+0.010 to +0.090)"),
        ("precision of flagged", "undefined", "1.000 (interval undefined)", "undefined"),
        ("recall at 1 % false positives", "0.300 (0.200 to 0.400)", "0.250 (0.150 to 0.350)",
         "-0.050 (interval undefined)"),
    )  # fmt: skip
    assert figures.caption == (
        "On 900 labelled listings, 90 of them suspected, with 95 % intervals, resampled by seller,"
        " the same for both models"
    )


def test_what_weakens_the_figures_is_said():
    seen = (
        "About 41% of the labelled texts were among the champion's training listings. On those its"
        " figures say how well it remembers, which flatters it beside the other."
    )
    # Right below the verdict; five per cent of the challenger's are no more than passes.
    assert compared(VALUE).blocks[1] == Words(seen, "warning")
    few = {**VALUE["judged"], "n_groups": 19}
    assert texts(compared(changed(judged=few)), "warning")[1] == (
        "The labelled listings are of 19 sellers only, so the intervals are rough."
    )
    alone = {**VALUE["judged"], "n_groups": 900, "group_column": None}
    page = compared(changed(judged=alone))
    assert texts(page, "warning")[1] == (
        "No two labelled listings have the same seller, as far as is known: every listing counted"
        " as a seller of its own. If sellers repeat themselves, the intervals are too narrow."
    )
    assert "resampled by listing," in of(page, Grid)[2].caption


def test_changes_by_column():
    brands = of(compared(VALUE), Grid)[3]
    assert brands.rows == (
        (Quoted("Zoë"), "1,200", "12", "5"),
        ("none named", "800", "3", "0"),
    )
    assert brands.caption == "The most changed first; 7 more have changes and are not shown"
    swaps = [{**VALUE["swaps"][0], "n_more": 0}]
    assert of(compared(changed(swaps=swaps)), Grid)[3].caption == "The most changed first"


def test_examples_are_painted_and_named():
    newly, no_longer = of(compared(VALUE), Grid)[4:]
    strokes = (Stroke(0, 5, 1.0), Stroke(16, 23, -1 / 3))
    note = "For: super +3.00. Against: receipt -1.00"
    assert newly.rows[0] == (
        "1,204", "0.020", ">0.999", Painted("super copy with receipt", strokes, note),
        Quoted("a-1"), Quoted("Söhne <b>"), "suspected",
    )  # fmt: skip
    assert [row[-1] for row in newly.rows[1:]] == ["genuine", "unlabelled"]
    assert newly.caption == (
        "Scores by both models, painted by the challenger; the largest change of margin first"
    )
    # Columns that say nothing are left out.
    names = [column.name for column in no_longer.columns]
    assert names == ["row", "champion", "challenger", "text"]
    assert texts(compared(VALUE), "plain") == [
        "Listings: 15. Labelled suspected: 6; genuine: 2; not labelled: 7.",
        "Listings: 5. Labelled suspected: 0; genuine: 0; not labelled: 5.",
    ]


def test_nothing_changes():
    nothing = {"n": 0, "n_suspected": 0, "n_genuine": 0, "examples": []}
    page = compared(changed(newly=nothing, no_longer=nothing, swaps=[], authorised=None))
    assert [heading.text for heading in of(page, Heading)] == [
        "What is flagged", "Figures on the same labelled listings",
    ]  # fmt: skip


def test_authorised_sellers_come_before_all_figures():
    page = compared(changed(judged=None))
    assert page.blocks[1] == Words(
        "12 authorised sellers are listed; 9 of them have listings here. Some are newly flagged:"
        " look at these first.",
        "warning",
    )
    assert page.blocks[2].rows == ((Quoted("Söhne <b>"), "60", "2"),)
    assert page.blocks[2].caption == "Authorised sellers that are newly flagged"
    many = {**VALUE["authorised"], "sellers": 23 * VALUE["authorised"]["sellers"]}
    sellers = compared(changed(judged=None, authorised=many)).blocks[2]
    assert len(sellers.rows) == 20
    assert sellers.caption == "Authorised sellers that are newly flagged; 3 more are not shown"
    none = {**VALUE["authorised"], "sellers": []}
    assert compared(changed(judged=None, authorised=none)).blocks[1] == Words(
        "12 authorised sellers are listed; 9 of them have listings here, and none is newly flagged."
    )


@pytest.mark.parametrize(
    "hostile", ["[red]copy[/red]", "\x1b]0;title\x07copy", "<script>\u202e手表"]
)
def test_hostile_text_is_shown_and_not_obeyed(hostile):
    value = copy.deepcopy(VALUE)
    span = {"text": hostile, "start": 0, "end": len(hostile), "value": 2.0}
    cells = {"text": hostile, "spans": [span], "seller": hostile, "listing_id": hostile}
    value["newly"]["examples"] = [example(1, **cells)]
    value["swaps"][0]["values"][0]["value"] = hostile
    value["authorised"]["sellers"][0]["seller"] = hostile
    value["champion"]["rule"] = hostile
    page = compared(value)
    plain = shown(page, width=300)
    assert not {"\x1b", "\x07", "\u202e"} & set(plain)
    assert "[red]" in plain or "[red]" not in hostile
    assert "<script>" not in webpage.rendered(page)
    assert not {"\x1b", "\x07", "\u202e"} & set(markdown.rendered(page))
