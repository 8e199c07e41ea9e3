import importlib.util
import json

import pytest

from conftest import ROOT
from fakedetect import report
from fakedetect.markdown import rendered
from fakedetect.page import Facts, Grid, Heading, Words
from fakedetect.stress_report import stressed

COMMITTED = json.loads((ROOT / "models" / "stress.json").read_text())
NAN = float("nan")
UNDEFINED = {"value": NAN, "low": NAN, "high": NAN}


def estimate(value):
    return {"value": value, "low": value - 0.1, "high": value + 0.1}


def attack(family, kept):
    return {
        "family": family,
        "group": "typing errors",
        "does": "does something",
        "reference": "Somebody 2001",
        "n": 1200,
        "n_caught": 600,
        "before": 0.5,
        "after": 0.25,
        "kept": estimate(kept),
    }


def sample(**changed):
    return {
        "settings": COMMITTED["settings"],
        "n_suspected": 2000,
        "n_honest": 8000,
        "recall": estimate(0.5),
        "rows": [
            attack("leet", 0.5),
            {**attack("pinyin", 0.0), "n": 0, "before": NAN, "after": NAN, "kept": UNDEFINED},
            attack("bidi", 0.25),
        ],
        "false_positives": [
            {"family": family, "least": least, "most": most, "n": n, "rate": estimate(rate)}
            for family, rates in (("nothing", (0.01, 0.0)), ("title-words", (0.02, 0.125)))
            for (least, most, n), rate in zip(((0, None, 900), (800, None, 8)), rates, strict=True)
        ],
        "adaptive": {
            "n": 40,
            "evaded": estimate(0.25),
            "n_queries": 80.25,
            "changed_rate": 0.045,
        },
        **changed,
    }


def blocks(values, kind):
    return [block for block in stressed(values).blocks if isinstance(block, kind)]


def test_verdict_names_the_worst_attack():
    assert stressed(sample()).blocks[0] == Words(
        "With 1.0% of the honest listings flagged, recall is 50.0% (40.0% to 60.0%). Of what is"
        " flagged, 25.0% still is under the attack that does most, bidi.",
        "verdict",
    )
    alone = stressed(sample(rows=[])).blocks[0].text
    assert alone.endswith("recall is 50.0% (40.0% to 60.0%).")


def test_each_attack_has_its_row():
    assert blocks(sample(), Grid)[0].rows == (
        ("leet", "1,200", "0.50", "0.25", "0.50 (0.40–0.60)"),
        ("pinyin", "0", "undefined", "undefined", "undefined"),
        ("bidi", "1,200", "0.50", "0.25", "0.25 (0.15–0.35)"),
    )
    assert blocks(sample(), Grid)[-1].rows[0] == ("leet", "does something", "Somebody 2001")


def test_the_adaptive_attacker_is_told_with_what_he_may_do():
    (facts,) = blocks(sample(), Facts)
    assert facts.facts == (
        ("evaded", "25.0%", "15.0% to 35.0%, of 40 flagged listings"),
        ("queries", "80.2", "where it passed, on average; 200 are allowed"),
        ("characters changed", "4.5%", "where it passed, on average; 15.0% are allowed"),
    )
    never = {"n": 4, "evaded": estimate(0.0), "n_queries": NAN, "changed_rate": NAN}
    (facts,) = blocks(sample(adaptive=never), Facts)
    assert [fact.value for fact in facts.facts] == ["0.0%", "undefined", "undefined"]


def test_false_positives_stand_by_length_and_by_what_was_added():
    grid = blocks(sample(), Grid)[1]
    assert [column.name for column in grid.columns] == [
        "length as written", "listings", "nothing", "title-words",
    ]  # fmt: skip
    assert grid.rows == (
        ("any length", "900", "1.0%", "2.0%"),
        ("800 characters or more", "8", "0.0%", "12.5%"),
    )


def test_what_was_not_asked_for_is_left_out():
    values = sample(rows=[], false_positives=[], adaptive=None)
    assert not blocks(values, Grid) + blocks(values, Facts) + blocks(values, Heading)
    assert "2,000 suspected and 8,000 honest listings" in stressed(values).blocks[-1].text


@pytest.mark.parametrize("values", [sample(), COMMITTED], ids=["sample", "committed"])
def test_kept_as_json_it_is_the_same_page(values):
    assert stressed(json.loads(report.as_json(values))) == stressed(values)
    assert rendered(stressed(values)).startswith(
        "# A model for suspected counterfeits under attack"
    )


def test_the_page_on_evasion_has_the_committed_figures():
    path = ROOT / "docs" / "refresh_evasion.py"
    spec = importlib.util.spec_from_file_location("refresh_evasion", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = (ROOT / "docs" / "evasion.md").read_text("utf-8")
    figures = (ROOT / "models" / "stress.json").read_text("utf-8")
    assert module.refreshed(page, figures) == page, "run `make stress`"
    assert "| leet |" in page
