import numpy as np
import pandas as pd
import pytest

from fakedetect.decisions import Rule
from fakedetect.errors import InputError
from fakedetect.training import train


def test_training_finds_what_many_sellers_do(model, listings):
    card = model.card
    assert card["metrics"]["average_precision"]["value"] > 0.7
    low, value, high = (
        card["metrics"]["average_precision"][name] for name in ("low", "value", "high")
    )
    assert low < value < high
    assert card["data"]["n_positive"] == (listings["label"] == "1").sum()
    assert card["data"]["n_groups"] == 40
    assert model.score("super copy watch") > model.threshold > model.score("watch with receipt")


def test_same_listings_same_model(listings, model, tmp_path):
    again = train(listings)
    again.save(tmp_path / "again.joblib")
    model.save(tmp_path / "first.joblib")
    assert (tmp_path / "again.joblib").read_bytes() == (tmp_path / "first.joblib").read_bytes()


def test_another_seed_is_another_split(listings, model):
    other = train(listings, seed=1)
    assert other.card["folds"]["seed"] == 1
    assert other.card["calibration"] != model.card["calibration"]


def test_card_holds_the_evaluation(model, listings):
    assert model.card["headline"]["split"] == "seller, copies apart"
    assert [split["name"] for split in model.card["splits"]] == ["seller, copies apart"]
    assert model.card["headline"]["gap"] is None
    every = train(listings, all_splits=True)
    assert [split["name"] for split in every.card["splits"]] == [
        "random", "copies apart", "seller", "seller, copies apart",
    ]  # fmt: skip
    assert every.card["splits"][-1] == model.card["splits"][0]
    np.testing.assert_array_equal(every.coefficients, model.coefficients)


def test_rules_choose_the_thresholds_of_the_model(listings):
    found = train(listings, rule=Rule("recall", 0.6), hold=Rule("threshold", 0.9))
    assert found.card["threshold"]["kind"] == "recall"
    assert found.threshold == found.card["threshold"]["value"] < found.hold == 0.9
    assert set(found.card["hold_metrics"]) == {"precision", "recall"}
    with pytest.raises(InputError, match="too few to promise"):
        train(listings, rule=Rule("budget", 0.001))


def test_another_prevalence(listings, model):
    found = train(listings, prevalence=0.01)
    assert found.card["calibration"]["prevalence"] == 0.01
    assert found.card["restated"]["prevalence"] == 0.01
    assert found.card["metrics"] == model.card["metrics"]
    moved = model.with_prevalence(0.01)
    assert (found.threshold, found.intercept) == (moved.threshold, moved.intercept)
    promised = train(listings, prevalence=0.15, rule=Rule("budget", 0.3)).card["threshold"]
    assert promised["kind"] == "budget"
    assert promised["bound"] <= 0.3


@pytest.mark.parametrize("which", ["rule", "hold"])
def test_a_threshold_by_hand_is_not_for_another_prevalence(listings, which):
    with pytest.raises(InputError, match="a threshold by hand and a prevalence: the figures would"):
        train(listings, prevalence=0.01, **{which: Rule("threshold", 0.5)})


def test_input_is_not_modified(listings):
    before = listings.copy()
    train(listings)
    pd.testing.assert_frame_equal(listings, before)


def test_progress_reaches_its_end(listings):
    steps = []
    train(listings, n_folds=3, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(step, 7) for step in range(1, 8)]


def small(labels, sellers=None, titles=None):
    n = len(labels)
    table = {"title": titles or [f"watch {row}" for row in range(n)], "label": labels}
    return pd.DataFrame({**table, "seller": sellers} if sellers else table)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (small([0] * 10), "every labelled listing is 0; label some 1 as well"),
        (small([1] * 10), "every labelled listing is 1; label some 0 as well"),
        (small([1] * 3 + [0] * 10),
         "3 positive listings are too few for 5 folds; label more, or use fewer folds"),
        (small([1] * 10 + [0] * 4),
         "4 negative listings are too few for 5 folds; label more, or use fewer folds"),
        (small([1, 0, 0, 1] * 5, ["a", "b"] * 10),
         "column seller: listings of 2 sellers cannot make 5 folds that keep sellers apart; label"
         " listings of more sellers, or use fewer folds"),
        (small([1] * 10 + [0] * 40, ["a"] * 10 + [f"s{n}" for n in range(40)]),
         "column seller: all positive listings are of one seller, so no fold can hold that seller"
         " out; label positive listings of more sellers"),
        (small([1, 0] * 10, titles=["a", "b"] * 10), "only one class"),
        (small([1, 0] * 3, titles=list("abcdef")),
         "no word stands in two of the 4 labelled listings; train on more listings"),
    ],
)  # fmt: skip
def test_too_little_to_train_on(table, message):
    n_folds = 3 if len(table) == 6 else 5
    with pytest.raises(InputError) as caught:
        train(table, n_folds=n_folds)
    assert message in str(caught.value)


def test_too_few_folds(listings):
    with pytest.raises(InputError, match="1 folds; use at least 2"):
        train(listings, n_folds=1)


def test_scores_are_meant_for_the_weighed_share_of_positives(listings):
    table = listings.assign(weight=np.where(listings["label"] == "1", 0.25, 1.0))
    light = train(table, weight="weight", n_folds=3)
    n_positive = (listings["label"] == "1").sum()
    expected = 0.25 * n_positive / (0.25 * n_positive + (listings["label"] == "0").sum())
    assert light.card["calibration"]["prevalence"] == pytest.approx(expected)
