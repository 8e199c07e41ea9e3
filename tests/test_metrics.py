import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from fakedetect import metrics

RNG = np.random.default_rng(0)


def sample(n, n_levels):
    labels = RNG.random(n) < 0.3
    scores = np.round((RNG.random(n) + labels * 0.3) * n_levels) / n_levels
    return labels, scores, RNG.integers(0, 4, size=n).astype(float)


@pytest.mark.parametrize("n_levels", [1, 3, 10**6])
def test_ranking_figures_are_scikit_learns(n_levels):
    for n in (10, 200):
        labels, scores, weights = sample(n, n_levels)
        labels[:2], weights[:2] = [True, False], 1.0
        for each in (np.ones(n), weights):
            assert metrics.average_precision(labels, scores)(each) == pytest.approx(
                average_precision_score(labels, scores, sample_weight=each), abs=1e-12
            )
            assert metrics.roc_auc(labels, scores)(each) == pytest.approx(
                roc_auc_score(labels, scores, sample_weight=each), abs=1e-12
            )


def test_precision_and_recall():
    labels = np.array([True, True, False, True])
    flagged = np.array([True, False, True, True])
    weights = np.array([1.0, 1.0, 2.0, 1.0])
    assert metrics.precision(labels, flagged)(weights) == 2 / 4
    assert metrics.recall(labels, flagged)(weights) == 2 / 3


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("average_precision", [False, False]),
        ("roc_auc", [False, False]),
        ("roc_auc", [True, True]),
        ("precision", [True, False]),
        ("recall", [False, False]),
    ],
)
def test_undefined_is_not_zero(name, labels):
    found = metrics.figures(np.array(labels), np.array([0.1, 0.2]), np.arange(2), threshold=0.9)
    assert np.isnan(found[name]).all()


def test_interval_resamples_groups_and_not_rows():
    # Each group's rows are copies of one draw: resampling rows would give a far narrower interval.
    draws = RNG.random(50) < 0.5
    groups = np.repeat(np.arange(50), 40)
    flagged = np.ones(2000, dtype=bool)
    found = metrics.estimate(metrics.precision(np.repeat(draws, 40), flagged), groups)
    width = found.high - found.low
    assert found.low < found.value < found.high
    assert 0.8 < width / (2 * 1.96 * np.sqrt(0.25 / 50)) < 1.2


def test_interval_covers_the_truth_about_as_often_as_it_says():
    covered = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        rates = rng.beta(2, 2, size=60)
        groups = np.repeat(np.arange(60), 5)
        labels = rng.random(300) < rates[groups]
        found = metrics.estimate(metrics.precision(labels, np.ones(300, dtype=bool)), groups)
        covered += found.low <= 0.5 <= found.high
    assert covered >= 0.90 * 200


def test_one_group_has_no_interval():
    labels, scores = np.array([True, False]), np.array([0.9, 0.1])
    found = metrics.estimate(metrics.average_precision(labels, scores), np.zeros(2, dtype=int))
    assert found.value == 1.0
    assert np.isnan([found.low, found.high]).all()


def test_same_seed_same_interval():
    labels, scores, _ = sample(100, 50)
    groups = np.arange(100) // 3
    first, again, other = (
        metrics.figures(labels, scores, groups, 0.5, seed=seed)["average_precision"]
        for seed in (1, 1, 2)
    )
    assert first == again != other
