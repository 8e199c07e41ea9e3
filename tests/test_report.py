import json
import os

import numpy as np
import pytest

from fakedetect import report
from fakedetect.batch import Scored
from fakedetect.errors import InputError
from fakedetect.evaluation import evaluate
from fakedetect.page import Grid, Painted, Quoted, Words
from sample_evaluation import sample
from test_terminal import shown


def test_undefined_is_shown_as_undefined():
    nan = float("nan")
    grid = report.figures({"recall": {"value": nan, "low": nan, "high": nan}}, "seller")
    assert grid.rows == (("recall of flagged", "undefined", "undefined"),)
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
    line = next(line for line in text.splitlines() if line.startswith(" average"))
    assert line.split()[2:] == [
        f"{figure['value']:.3f}", f"{figure['low']:.3f}", "to", f"{figure['high']:.3f}",
    ]  # fmt: skip
    assert f"{model.threshold:.4f}" in text
    assert "Rule of the threshold: largest F1 on out-of-fold scores." in text
    assert "these figures flatter" not in text


def test_training_without_sellers_warns(model):
    data = model.card["data"]
    for column in (None, "seller"):  # no column, or one with nothing in it
        alone = {**data, "group_column": column, "n_groups": data["n_labelled"]}
        assert "these figures flatter" in shown(report.training({**model.card, "data": alone}))


def test_evaluation_on_its_own_listings_warns(model, listings):
    page = report.evaluation(evaluate(listings, model).as_dict())
    warning = next(b for b in page.blocks if isinstance(b, Words) and b.tone == "warning")
    assert warning.text.startswith("About 100% of these texts were among the model's training")


def test_card_shows_every_entry(model):
    text = shown(report.card(model, "m.joblib"), width=300)
    fingerprint = model.card["data"]["fingerprint"]
    for words in ("m.joblib", "scikit-learn", "ratio power", "format of the file", fingerprint):
        assert words in text
    assert text.count("canary ") == 9  # a column's name, and eight


def test_explanation_says_what_each_word_adds(model):
    found = model.explain("super copy with receipt")
    verdict, painted, words, claims, sum_ = report.explanation(found).blocks
    assert verdict.text.startswith(f"score {found.score:.3f}: flagged as suspected counterfeit")
    assert isinstance(painted, Painted)
    spans = {span.text: span.value for span in found.spans}
    assert (Quoted("super"), f"{spans['super']:+.2f}", "for suspicion") in words.rows
    assert (Quoted("receipt"), f"{spans['receipt']:+.2f}", "against") in words.rows
    value = found.claims[0].span.value
    meaning = "a copy said to be close to the original"
    assert claims.rows == ((Quoted("super copy"), f"{value:+.2f}", meaning),)
    assert claims.caption == "Claims; honest listings use some of the same words"
    assert f"together {found.margin:+.2f} log-odds" in sum_.text


def test_explanation_without_claims_has_no_table_of_them(model):
    assert len(report.explanation(model.explain("supercopy with receipt")).blocks) == 4


def test_explanation_of_no_words_has_no_empty_table(model):
    blocks = report.explanation(model.explain("")).blocks
    assert not any(isinstance(block, Grid) for block in blocks)
    assert "The model knows no word of it." in [block.text for block in blocks[1:-1]]


def test_explanation_says_where_a_segment_speaks(model):
    text = "sealed with receipt, hardly used " * 20 + "super copy, 1:1 mirror quality"
    found = model.explain(text)
    start, end = found.segment
    _, whose, *_ = report.explanation(found).blocks
    assert whose.text == (
        "judged by its most suspicious segment, not by the whole text: characters"
        f" {start + 1:,} to {end:,} of {len(text):,}"
    )


@pytest.mark.parametrize("text", ["", "[red]super copy[/red]", "\x1b]0;title\x07super copy"])
def test_hostile_text_is_shown_and_not_obeyed(model, text):
    for content in (
        report.explanation(model.explain(text)),
        report.top([Scored(0.9, 2.2, 1, text, flagged=True)], model),
    ):
        plain = shown(content)
        assert "\x1b" not in plain
        assert "[red]" in plain or "[red]" not in text


@pytest.mark.parametrize(
    ("name", "start"),
    [("r.html", "<!DOCTYPE html>"), ("r.HTML", "<!DOCTYPE"), ("r.md", "# Eval"), ("r.json", "{\n")],
)
def test_files_by_their_ending(tmp_path, name, start):
    values = sample()
    report.write(str(tmp_path / name), report.evaluation(values), values)
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert text.lstrip().startswith(start)
    assert text.endswith("\n")
    if name.endswith("json"):
        assert json.loads(text)["headline"]["gap"] == 0.3


def test_a_report_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "r.html"
    path.write_text("before")
    values = sample()
    with pytest.raises(InputError, match="by its ending"):
        report.write(str(tmp_path / "r.txt"), report.evaluation(values), values)
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space")))
    with pytest.raises(InputError, match="cannot write"):
        report.write(str(path), report.evaluation(values), values)
    assert path.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["r.html"]


def test_explanation_says_what_was_undone(model):
    found = model.explain("s\u200buper copy, f4ctory")
    grids = [block for block in report.explanation(found).blocks if isinstance(block, Grid)]
    rows = [row for grid in grids for row in grid.rows if row[-1] == "invisible characters"]
    assert [str(row[0].text) for row in rows] == ["s\u200buper"]
    assert found.as_dict()["traces"][0] == {"kind": "invisible characters", "start": 0, "end": 6}
    assert not any("\U0010f700" in ngram.term for ngram in found.ngrams)
