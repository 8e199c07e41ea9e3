import json
import re

import numpy as np
import pytest
from rich.console import Console

from fakedetect import report
from fakedetect.batch import Scored
from fakedetect.evaluation import evaluate


def shown(content, width=100, *, colour=False):
    console = Console(
        width=width,
        highlight=False,
        markup=False,
        force_terminal=colour,
        color_system="truecolor" if colour else None,
    )
    with console.capture() as capture:
        console.print(content)
    return capture.get()


def test_undefined_is_shown_as_undefined():
    nan = float("nan")
    text = shown(report.figures({"recall": {"value": nan, "low": nan, "high": nan}}, "seller"))
    assert text.count("undefined") == 2
    assert json.loads(report.as_json({"a": nan, "b": [np.inf, 1.5]})) == {
        "a": None,
        "b": [None, 1.5],
    }


def test_json_is_inert_on_a_terminal():
    text = report.as_json({"title": "\x1b[31m\x9b1m\u202e手表"})
    assert text.isascii()
    assert json.loads(text) == {"title": "\x1b[31m\x9b1m\u202e手表"}


def test_training_figures_agree_with_the_card(model):
    text = shown(report.training(model.card))
    figure = model.card["metrics"]["average_precision"]
    line = next(line for line in text.splitlines() if "average precision" in line)
    assert line.split()[2:] == [
        f"{figure['value']:.3f}", f"{figure['low']:.3f}", "to", f"{figure['high']:.3f}",
    ]  # fmt: skip
    assert f"threshold {model.threshold:.4f} (largest F1 on out-of-fold scores)" in text
    assert "these figures flatter" not in text


def test_training_without_sellers_warns(model):
    data = model.card["data"]
    for column in (None, "seller"):  # no column, or one with nothing in it
        alone = {**data, "group_column": column, "n_groups": data["n_labelled"]}
        assert "these figures flatter" in shown(report.training({**model.card, "data": alone}))


def test_evaluation_on_its_own_listings_warns(model, listings):
    assert "About 100% of these texts were among the model's training listings" in shown(
        report.evaluation(evaluate(listings, model).as_dict())
    )


def test_card_shows_every_entry(model):
    text = shown(report.card(model, "m.joblib"), width=300)
    fingerprint = model.card["data"]["fingerprint"]
    for words in ("m.joblib", "scikit-learn", "ratio power", "format of the file", fingerprint):
        assert words in text
    assert text.count("canary") == 8


def test_explanation_paints_for_on_red_and_against_on_blue(model):
    found = model.explain("super copy with receipt")
    text = shown(report.explanation(found), colour=True)
    spans = {span.text: span.value for span in found.spans}
    assert spans["super"] > 0 > spans["receipt"]
    red, blue = r"\x1b\[30;48;2;255;(\d+);\1m", r"\x1b\[30;48;2;(\d+);\1;255m"
    assert re.search(f"{red}super", text)
    assert re.search(f"{blue}receipt", text)
    plain = shown(report.explanation(found))
    assert f"score {found.score:.3f}: flagged as suspected counterfeit" in plain
    assert f"together {found.margin:+.2f} log-odds" in plain
    rows = [line.split() for line in plain.splitlines()]
    assert ["super", f"{spans['super']:+.2f}", "for", "suspicion"] in rows
    assert ["receipt", f"{spans['receipt']:+.2f}", "against"] in rows


@pytest.mark.parametrize("text", ["", "[red]super copy[/red]", "\x1b]0;title\x07super copy"])
def test_hostile_text_is_shown_and_not_obeyed(model, text):
    for content in (
        report.explanation(model.explain(text)),
        report.top([Scored(0.9, 1, text)], model),
    ):
        plain = shown(content)
        assert "\x1b" not in plain
        assert "[red]" in plain or "[red]" not in text
