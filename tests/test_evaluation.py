import json

import numpy as np
import pandas as pd
import pytest

from conftest import market
from fakedetect.decisions import Rule
from fakedetect.errors import InputError
from fakedetect.evaluation import evaluate

NEAR = pytest.approx


@pytest.fixture(scope="module")
def method(listings):
    table = listings.assign(listed=range(len(listings)))
    return evaluate(table, time="listed", by=["language"], authorised=["seller 0", "nobody"])


def test_the_method_is_judged_by_every_split(method):
    values = method.as_dict()
    assert method.protocol == "5 folds, seller and copies of texts held out"
    assert [split["name"] for split in values["splits"]] == [
        "random", "copies apart", "seller", "seller, copies apart", "time",
    ]  # fmt: skip
    worst = min(values["splits"], key=lambda split: split["common"]["average_precision"]["value"])
    assert values["headline"]["split"] == worst["name"]
    # Both figures are of all listings that the worst scored.
    found = worst["metrics"]["average_precision"]
    assert values["headline"]["average_precision"] == found
    first = values["splits"][0]
    random = first["metrics" if first["n"] == worst["n"] else "common"]["average_precision"]
    assert values["headline"]["random"] == random
    assert values["headline"]["gap"] == NEAR(random["value"] - found["value"])


def test_training_says_what_evaluating_the_method_does(method, model):
    values = method.as_dict()
    for name in ("metrics", "threshold", "operating_points", "precision_recall", "reliability"):
        assert model.card[name] == values[name]
    own = next(split for split in values["splits"] if split["name"] == "seller, copies apart")
    assert own["metrics"] == values["metrics"]
    assert own["threshold"] == values["threshold"]["value"]
    assert method.seen_share == 0


def test_plain_data_is_plain_and_complete(method):
    values = method.as_dict()
    kinds, todo = set(), [values]
    while todo:
        each = todo.pop()
        kinds.add(type(each))
        todo += each.values() if isinstance(each, dict) else each if isinstance(each, list) else []
    assert kinds == {dict, list, str, int, float, bool, type(None)}
    assert values["data"] == {
        "n_labelled": 400, "n_positive": 77, "n_unlabelled": 0, "n_groups": 40,
        "group_column": "seller", "time_column": "listed",
        "text_columns": ["title", "description"], "prevalence": 77 / 400,
    }  # fmt: skip
    assert {each["column"] for each in values["slices"]} == {"script"}
    assert sum(each["n"] for each in values["slices"]) == 400
    assert values["harm"]["authorised"]["n_found"] == 1


def test_card_has_no_text_and_no_name(method, listings):
    values = method.card()
    text = json.dumps(values, ensure_ascii=False)
    assert '"seller"' in text  # the column and the split
    assert "seller 0" not in text
    assert not any(title in text for title in listings["title"])
    assert values["harm"]["sellers"][0].keys() == {"n", "n_false", "rate"}
    assert values["harm"]["authorised"]["n_listed"] == 2
    assert set(values["review"]) == {"n_conflicts", "n_label_errors"}


def test_progress_reaches_its_end(listings):
    steps = []
    evaluate(listings, n_folds=2, progress=lambda *step: steps.append(step))
    assert steps == [(n, 11) for n in range(1, 12)]


def test_without_sellers_it_says_so(listings):
    found = evaluate(listings.drop(columns="seller"))
    assert [split.name for split in found.splits] == ["random", "copies apart"]
    assert found.notes == (
        "No two listings have the same seller, as far as is known, so the splits by seller were not"
        " run.",
    )
    assert found.as_dict()["harm"]["sellers"] == []


def test_rules_choose_the_thresholds(listings):
    found = evaluate(listings, rule=Rule("recall", 0.6), hold=Rule("threshold", 0.9))
    assert (found.threshold.kind, found.threshold.target) == ("recall", 0.6)
    assert found.metrics["recall"].value > 0.6
    assert found.appraisal.hold.value == 0.9
    assert 0 < found.appraisal.hold_metrics["recall"].value < found.metrics["recall"].value
    with pytest.raises(InputError, match=r"cannot promise a precision of 0\.999"):
        evaluate(listings, rule=Rule("precision", 0.999))


def test_a_model_is_judged_on_other_listings(model):
    found = evaluate(market(n=200, seed=10), model)
    assert found.protocol == "the given model"
    assert found.threshold.value == model.threshold
    assert (found.data.n_labelled, found.data.n_groups) == (200, 40)
    assert found.seen_share < 0.3
    assert found.metrics["average_precision"].value > 0.6
    assert found.headline.split == "the given model"
    assert found.headline.average_precision == found.metrics["average_precision"]
    # What its training promised, beside what came of it.
    assert [split.name for split in found.splits] == ["seller, copies apart"]
    assert found.as_dict()["splits"] == model.card["splits"]


def test_a_model_judged_on_its_own_listings_says_so(listings, model):
    assert evaluate(listings, model).seen_share == 1
    shuffled = listings.sample(frac=0.5, random_state=0).drop(columns="seller")
    assert evaluate(shuffled, model).seen_share == 1


def test_a_model_with_other_thresholds(listings, model):
    found = evaluate(listings, model, rule=Rule("threshold", 0.5), hold=Rule("threshold", 0.8))
    assert (found.threshold.value, found.appraisal.hold.value) == (0.5, 0.8)
    held = evaluate(listings, model.with_hold(Rule("threshold", 0.7)))
    assert held.appraisal.hold.value == 0.7


@pytest.mark.parametrize("label", ["0", "1"])
def test_one_class_leaves_figures_undefined(model, label):
    table = pd.DataFrame({"title": ["belt", "watch"], "label": [label] * 2})
    found = evaluate(table, model).metrics
    assert np.isnan(found["roc_auc"].value)
    assert np.isnan(found["average_precision"].value) == (label == "0")


def test_model_threshold_is_honoured(model):
    table = market(n=200, seed=9)
    everything = evaluate(table, model.with_threshold(0)).metrics
    assert everything["recall"].value == 1.0
    assert everything["precision"].value == NEAR((table["label"] == "1").mean())


def test_text_columns_default_to_the_models(model):
    table = pd.DataFrame({"title": ["super copy"], "notes": ["x"], "label": ["1"]})
    assert evaluate(table, model).metrics["recall"].value == 1.0


def test_a_model_for_another_prevalence_is_told_apart_from_these_labels(listings, model):
    (note,) = evaluate(listings, model.with_prevalence(0.001)).notes
    assert note == (
        "The model's scores are meant for 0.1 % of positives, and of these listings 19.2 % are:"
        " they cannot be calibrated here."
    )
    assert evaluate(listings, model).notes == ()


def test_authorised_sellers_without_a_column(listings, model):
    with pytest.raises(InputError, match="the listings have no sellers"):
        evaluate(listings.drop(columns="seller"), model, authorised=["a"])
