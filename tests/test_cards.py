import pytest

from fakedetect.cards import LONGEST_WORDS, MOST_POINTS, PARTS, misfit
from fakedetect.evaluation import evaluate

FIGURE = {"value": 0.5, "low": 0.0, "high": 1.0}
NAN = float("nan")


def test_what_training_and_evaluating_make_fits(model, listings):
    assert misfit(model.card) is None
    found = evaluate(
        listings.assign(brand="x"), model, by=["brand", "language"], budget=0.1, prevalence=0.01,
        hold=None, authorised=["seller 0"],
    )  # fmt: skip
    assert misfit(found.card()) is None


def test_older_cards_have_no_evaluation_and_newer_ones_more():
    assert misfit({**dict.fromkeys(PARTS), "later": object()}) is None
    assert misfit({}) == PARTS[0]


@pytest.mark.parametrize(
    ("part", "value", "place"),
    [
        ("protocol", 1, "protocol"),
        ("protocol", "x" * (LONGEST_WORDS + 1), "protocol"),
        ("notes", ["x", None], "notes"),
        ("seen_share", 1.5, "seen_share"),
        ("seen_share", float("inf"), "seen_share"),
        ("least_slice", True, "least_slice"),
        ("least_slice", -1, "least_slice"),
        ("least_slice", 1 << 63, "least_slice"),
        ("headline", [], "headline"),
        ("headline", {"split": "time"}, "headline.average_precision"),
        ("headline", {"split": "time", "average_precision": FIGURE, "random": None, "gap": 2.0},
         "headline.gap"),
        ("headline", {"split": "time", "average_precision": {**FIGURE, "low": "x"}},
         "headline.average_precision.low"),
        ("splits", [{"name": "x"}], "splits.words"),
        ("hold_metrics", {"precision": FIGURE}, "hold_metrics.recall"),
        ("precision_recall", {"threshold": [0.5], "precision": [0.5], "recall": []},
         "precision_recall"),
        ("precision_recall", dict.fromkeys(["threshold", "precision", "recall"],
                                           [0.5] * (MOST_POINTS + 1)),
         "precision_recall.threshold"),
        ("precision_recall", {"threshold": [0.5], "precision": [0.5], "recall": [[]]},
         "precision_recall.recall"),
        ("reliability", {"bins": [{"n": 1, "mean_score": 0.5, "positive_rate": {}}]},
         "reliability.bins.positive_rate.value"),
        ("harm", {"n_false": 1.0}, "harm.n_false"),
        ("review", {"n_conflicts": 0}, "review.n_label_errors"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(part, value, place):
    assert misfit({**dict.fromkeys(PARTS), part: value}) == place


def test_undefined_fits():
    figure = dict.fromkeys(FIGURE, NAN)
    card = {"headline": {"split": "x", "average_precision": figure, "random": figure, "gap": NAN}}
    assert misfit({**dict.fromkeys(PARTS), **card}) is None


def test_data_of_the_evaluation():
    card = dict.fromkeys(PARTS)
    assert misfit({**card, "data": {"n_labelled": 3}}) is None
    assert misfit({**card, "data": {"time_column": 5}}) == "data.time_column"
