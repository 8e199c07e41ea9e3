import dataclasses

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from fakedetect.decisions import Rule, choose
from fakedetect.errors import InputError, ModelError
from hostile_texts import TEXTS


def test_scores_are_probabilities_of_margins(model):
    margins, scores = model.margin(TEXTS), model.score(TEXTS)
    np.testing.assert_allclose(scores, 1 / (1 + np.exp(-margins)), rtol=1e-12)
    np.testing.assert_array_equal(model.flag(TEXTS), scores >= model.threshold)


def test_result_follows_the_type_of_the_input(model):
    texts = ["super copy", "with receipt"]
    frame = pd.DataFrame({"title": texts}, index=[7, 3])
    scores = model.score(texts)
    assert isinstance(model.score(texts[0]), float)
    assert model.flag(texts[0]) is True
    assert model.score([]).shape == (0,)
    assert model.score(texts[:1]).shape == (1,)
    pd.testing.assert_series_equal(
        model.score(frame), pd.Series(scores, index=[7, 3], name="score")
    )
    assert model.score(pa.table({"title": texts})).to_pylist() == scores.tolist()
    assert model.flag(frame).tolist() == [True, False]


def test_text_columns_can_be_chosen(model):
    table = pa.table({"title": ["super copy"], "body": ["with receipt"]})
    assert model.score(table)[0].as_py() == model.score("super copy")
    assert model.score(table, text=["body"])[0].as_py() == model.score("with receipt")
    assert model.score(table, text=["title", "body"])[0].as_py() == pytest.approx(
        model.score("super copy with receipt")
    )


def test_many_texts_score_as_each_alone(model, monkeypatch):
    alone = [model.margin(text) for text in TEXTS]
    for portion in (1, 50, 10**9):
        monkeypatch.setattr("fakedetect.model._PORTION", portion)
        assert model.margin(TEXTS).tolist() == alone


def test_prevalence_shifts_the_log_odds_and_keeps_the_flags(model):
    rare = model.with_prevalence(0.001)
    before = model.card["calibration"]["prevalence"]
    shift = np.log(0.001 / 0.999) - np.log(before / (1 - before))
    np.testing.assert_allclose(rare.margin(TEXTS) - model.margin(TEXTS), shift)
    np.testing.assert_array_equal(rare.flag(TEXTS), model.flag(TEXTS))
    back = rare.with_prevalence(before)
    np.testing.assert_allclose(back.margin(TEXTS), model.margin(TEXTS))
    assert back.threshold == pytest.approx(model.threshold)


def test_words_that_are_added_do_not_hide_what_is_there(model):
    claim = "super copy watch, 1:1 mirror quality, same factory, réplica exacta, 高仿 A货"
    diluted = f"{claim}, {'sealed with receipt, hardly used ' * 20}"
    whole = dataclasses.replace(model, segments=None)
    assert not whole.flag(diluted)
    for engine in ("walk", "compiled"):
        assert model.flag([claim, diluted], engine=engine).all()
    assert model.fingerprint != whole.fingerprint
    assert model.margin(claim) == whole.margin(claim)


def test_threshold_by_hand(model):
    assert model.with_threshold(0).flag(TEXTS).all()
    threshold = model.with_threshold(0.99).card["threshold"]
    assert (threshold["value"], threshold["rule"]) == (0.99, "chosen by hand")


def test_a_rule_chooses_from_the_training_listings(model):
    for rule in (Rule("recall", 0.5), Rule("precision", 0.3, 0.8), Rule("budget", 0.5)):
        found = model.with_rule(rule)
        chosen = choose(rule, model.operating_points)
        assert found.threshold == chosen.value
        assert found.card["threshold"] == chosen._asdict()
        assert found.hold is None


def test_a_recall_moves_with_the_prevalence_and_a_precision_is_promised_anew(model):
    recall, precision = Rule("recall", 0.5), Rule("precision", 0.1, 0.8)
    rare = model.with_prevalence(0.1)
    for rule in (recall, precision):
        moved, chosen = model.with_rule(rule).with_prevalence(0.1), rare.with_rule(rule)
        assert moved.threshold == pytest.approx(chosen.threshold)
    flagged = [each.with_rule(recall).flag(TEXTS).tolist() for each in (model, rare)]
    assert flagged[0] == flagged[1]
    assert rare.with_rule(precision).card["threshold"]["rule"].endswith("at prevalence 0.1")
    with pytest.raises(InputError, match="cannot promise a precision"):
        model.with_rule(precision).with_prevalence(0.0001)


def test_holding_is_by_a_threshold_of_its_own(model):
    held = model.with_hold(Rule("threshold", 0.9))
    assert (held.hold, held.threshold) == (0.9, model.threshold)
    assert held.fingerprint != model.fingerprint == held.with_hold(None).fingerprint
    shift = np.log(0.01 / 0.99) - np.log(1 / model.card["calibration"]["prevalence"] - 1) * -1
    rare = held.with_prevalence(0.01)
    assert np.log(rare.hold / (1 - rare.hold)) == pytest.approx(np.log(9) + shift)


def test_a_model_without_operating_points_says_so(model):
    old = dataclasses.replace(model, card={**model.card, "operating_points": None})
    assert old.with_threshold(0.5).threshold == 0.5
    with pytest.raises(ModelError, match="it is of an older version; train it again, or choose"):
        old.with_rule(Rule("recall", 0.5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.with_threshold(1.5), "the threshold 1.5 is not between 0 and 1"),
        (lambda m: m.with_prevalence(0), "the prevalence 0 is not strictly between 0 and 1"),
        (lambda m: m.explain(["a"]), "explain takes one string, not a list"),
    ],
)
def test_bad_arguments(model, call, message):
    with pytest.raises(InputError) as caught:
        call(model)
    assert str(caught.value) == message


@pytest.mark.parametrize("engine", ["walk", "compiled"])
def test_reasons_come_in_the_container_of_the_listings(model, engine):
    texts = ["super copy watch", "", "高仿A货 手表", " \u0301super copy"]
    lines = [model.explain(text).line() for text in texts]
    assert "super copy" in lines[0]
    assert model.reasons(texts[0], engine=engine) == lines[0]
    assert model.reasons(texts, engine=engine).tolist() == lines
    assert model.reasons(pa.array(texts), engine=engine).equals(pa.array(lines))
    assert model.reasons(pa.array([], pa.string()), engine=engine).type == pa.string()
    found = model.reasons(pd.DataFrame({"title": texts}, index=[3, 2, 1, 0]), engine=engine)
    assert (found.tolist(), found.index.tolist()) == (lines, [3, 2, 1, 0])
