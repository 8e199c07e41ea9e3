import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from conftest import market
from fakedetect import training
from fakedetect.errors import InputError
from fakedetect.labels import read_labelled
from fakedetect.training import log_count_ratios, out_of_fold, platt_scaling, train


def test_ratios_count_sellers_and_not_rows():
    # Feature 0: three positive rows of one seller. Feature 1: one row each of two positive sellers.
    # Feature 2: one positive and one negative seller.
    X = csr_matrix(
        [[1, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0.5], [0, 0, 0.5], [0, 0, 0.2]], dtype=float
    )
    labels = np.array([1, 1, 1, 1, 0, 0], dtype=bool)
    groups = np.array([0, 0, 0, 1, 2, 2])
    P = np.array([2, 3, 2])
    Q = np.array([1, 1, 2])
    expected = np.abs(np.log((P / P.sum()) / (Q / Q.sum())))
    np.testing.assert_allclose(log_count_ratios(X, labels, groups), expected)


def test_calibration_recovers_a_known_distortion():
    rng = np.random.default_rng(0)
    log_odds = rng.normal(-1, 2, size=50_000)
    labels = rng.random(50_000) < 1 / (1 + np.exp(-log_odds))
    slope, offset = platt_scaling((log_odds - 0.7) / 3, labels)
    assert slope == pytest.approx(3, rel=0.05)
    assert offset == pytest.approx(0.7, abs=0.05)


def test_separable_margins_do_not_run_away():
    margins = np.array([-2.0, -1.0, 1.0, 2.0])
    slope, _ = platt_scaling(margins, margins > 0)
    assert 0 < slope < 5


def test_margins_worse_than_chance_give_scores_near_the_prevalence():
    margins = np.linspace(-3, 3, 100)
    labels = margins < -1
    slope, offset = platt_scaling(margins, labels)
    scores = 1 / (1 + np.exp(-(slope * margins + offset)))
    assert slope > 0
    np.testing.assert_allclose(scores, labels.mean(), atol=0.01)


def test_held_out_sellers_and_copies_are_not_trained_on(monkeypatch):
    # Every text is unique to its label but copied between sellers, so a model that has seen a
    # copy knows the label, and one that has not knows nothing.
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abcdefghijklmnop"), 8)) for _ in range(60)]
    rows = [
        {"title": word, "seller": str(seller), "label": number % 2}
        for number, word in enumerate(words)
        for seller in rng.choice(20, size=4, replace=False)
    ]
    seen = []
    real = training.fit_regression

    def spy(X, labels, groups, C):
        seen.append(set(groups.tolist()))
        return real(X, labels, groups, C)

    monkeypatch.setattr(training, "fit_regression", spy)
    labelled = read_labelled(pd.DataFrame(rows))
    found = out_of_fold(labelled)
    assert found.n_copies_left_out > 0
    assert max(found.average_precisions.values()) < 0.7
    assert all(len(groups) <= 16 for groups in seen)


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


def test_scores_are_calibrated_out_of_fold():
    labelled = read_labelled(market(n=2000, seed=5))
    found = out_of_fold(labelled)
    scores = 1 / (1 + np.exp(-found.margins))
    assert scores.mean() == pytest.approx(labelled.labels.mean(), abs=0.01)
    upper = scores > np.median(scores)
    assert scores[upper].mean() == pytest.approx(labelled.labels[upper].mean(), abs=0.05)


def test_same_listings_same_model(listings, model, tmp_path):
    again = train(listings)
    again.save(tmp_path / "again.joblib")
    model.save(tmp_path / "first.joblib")
    assert (tmp_path / "again.joblib").read_bytes() == (tmp_path / "first.joblib").read_bytes()


def test_another_seed_is_another_split(listings, model):
    other = train(listings, seed=1)
    assert other.card["folds"]["seed"] == 1
    assert other.card["calibration"] != model.card["calibration"]


def test_input_is_not_modified(listings):
    before = listings.copy()
    train(listings)
    pd.testing.assert_frame_equal(listings, before)


def test_progress_reaches_its_end(listings):
    steps = []
    train(listings, n_folds=3, progress=lambda done, total: steps.append((done, total)))
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]


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
