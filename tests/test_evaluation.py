import numpy as np
import pandas as pd
import pytest

from conftest import market
from fakedetect.evaluation import evaluate


def test_the_method_is_judged_by_folds(listings, model):
    found = evaluate(listings)
    assert found.as_dict()["metrics"] == model.card["metrics"]
    assert found.protocol == "5 folds, seller and copies of texts held out"
    assert found.seen_share == 0


def test_a_model_is_judged_on_other_listings(model):
    found = evaluate(market(n=200, seed=9), model)
    assert found.protocol == "the given model"
    assert found.threshold.value == model.threshold
    assert (found.n_labelled, found.n_groups) == (200, 40)
    assert found.seen_share < 0.3
    assert found.figures["average_precision"].value > 0.6


def test_a_model_judged_on_its_own_listings_says_so(listings, model):
    assert evaluate(listings, model).seen_share == 1
    shuffled = listings.sample(frac=0.5, random_state=0).drop(columns="seller")
    assert evaluate(shuffled, model).seen_share == 1


def test_one_class_leaves_figures_undefined(model):
    table = pd.DataFrame({"title": ["belt", "watch"], "label": ["0", "0"]})
    found = evaluate(table, model).figures
    assert np.isnan([found["average_precision"].value, found["roc_auc"].value]).all()


def test_model_threshold_is_honoured(model):
    table = market(n=200, seed=9)
    everything = evaluate(table, model.with_threshold(0)).figures
    assert everything["recall"].value == 1.0
    assert everything["precision"].value == pytest.approx((table["label"] == "1").mean())


def test_text_columns_default_to_the_models(model):
    table = pd.DataFrame({"title": ["super copy"], "notes": ["x"], "label": ["1"]})
    assert evaluate(table, model).figures["recall"].value == 1.0
