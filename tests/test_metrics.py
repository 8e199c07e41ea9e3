import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import average_precision_score, roc_auc_score

from fakedetect import metrics
from fakedetect.metrics import Ranking

RNG = np.random.default_rng(0)


def sample(n, n_levels):
    labels = RNG.random(n) < 0.3
    scores = np.round((RNG.random(n) + labels * 0.3) * n_levels) / n_levels
    labels[:2] = [True, False]
    return labels, scores, RNG.integers(1, 4, size=n).astype(float)


def value(statistic, labels, scores, weights=None):
    ranking = Ranking.of(np.array(labels, dtype=bool), np.array(scores, dtype=float))
    ranked = None if weights is None else weights[np.newaxis, ranking.order]
    return statistic(ranking.weighed(ranked))[0]


@pytest.mark.parametrize("n_levels", [1, 3, 10**6])
def test_ranking_figures_are_scikit_learns(n_levels):
    for n in (2, 10, 200):
        labels, scores, weights = sample(n, n_levels)
        for each in (None, weights):
            assert value(metrics.average_precision, labels, scores, each) == pytest.approx(
                average_precision_score(labels, scores, sample_weight=each), abs=1e-12
            )
            assert value(metrics.roc_auc, labels, scores, each) == pytest.approx(
                roc_auc_score(labels, scores, sample_weight=each), abs=1e-12
            )


@pytest.mark.parametrize("n_levels", [3, 10**6])
def test_another_prevalence_is_another_weight_of_the_classes(n_levels):
    labels, scores, _ = sample(300, n_levels)
    share = 0.02
    weights = np.where(labels, share / labels.sum(), (1 - share) / (~labels).sum())
    assert value(metrics.average_precision_at(share), labels, scores) == pytest.approx(
        average_precision_score(labels, scores, sample_weight=weights), abs=1e-12
    )
    ranking = Ranking.of(labels, scores)
    for n_flagged in range(1, len(ranking.ends) + 1, 7):
        flagged = scores >= ranking.levels[n_flagged - 1]
        expected = weights[flagged & labels].sum() / weights[flagged].sum()
        found = value(metrics.precision_at(n_flagged, share), labels, scores)
        assert found == pytest.approx(expected, abs=1e-12)
        shares = metrics.flagged_shares(ranking, share)
        assert shares[n_flagged - 1] == pytest.approx(weights[flagged].sum(), abs=1e-12)


def test_precision_and_recall():
    labels, scores = [True, True, False, True, False], [0.9, 0.4, 0.8, 0.7, 0.1]
    ranking = Ranking.of(np.array(labels), np.array(scores))
    n_levels = ranking.n_levels_from(0.7)
    weights = np.array([1.0, 1.0, 2.0, 1.0, 5.0])
    assert n_levels == 3
    assert ranking.flagged(n_levels).tolist() == [True, True, True, False, False]
    assert value(metrics.precision(n_levels), labels, scores, weights) == 2 / 4
    assert value(metrics.recall(n_levels), labels, scores, weights) == 2 / 3


def test_recall_at_few_false_positives():
    labels, scores = [1, 0, 1, 1, 0, 0, 1, 0], np.linspace(1, 0, 8)
    rates = (0.0, 0.24, 0.25, 0.75, 1.0)
    found = [value(metrics.recall_at(rate), labels, scores) for rate in rates]
    assert found == [0.25, 0.25, 0.75, 1.0, 1.0]
    # The threshold moves with the weights: without the first negative there is room for one more.
    weights = np.array([1, 0, 1, 1, 1, 1, 1, 1.0])
    assert value(metrics.recall_at(0.0), labels, scores, weights) == 0.75
    assert value(metrics.recall_at(0.5), labels, np.ones(8)) == 0


def test_equal_scores_are_flagged_together():
    ranking = Ranking.of(np.array([True, False, True, False]), np.array([0.5, 0.5, 0.5, 0.2]))
    assert ranking.levels.tolist() == [0.5, 0.2]
    assert [ranking.n_levels_from(each) for each in (0.6, 0.5, 0.3, 0.0)] == [0, 1, 1, 2]
    assert ranking.flagged(1).sum() == 3


@pytest.mark.parametrize(
    ("statistic", "labels"),
    [
        (metrics.average_precision, [0, 0]),
        (metrics.average_precision_at(0.1), [0, 0]),
        (metrics.average_precision_at(0.1), [1, 1]),
        (metrics.roc_auc, [0, 0]),
        (metrics.roc_auc, [1, 1]),
        (metrics.precision(0), [1, 0]),
        (metrics.precision_at(0, 0.1), [1, 0]),
        (metrics.precision_at(1, 0.1), [1, 1]),
        (metrics.recall(1), [0, 0]),
        (metrics.recall_at(0.01), [0, 0]),
        (metrics.recall_at(0.01), [1, 1]),
        (metrics.recall_at(0.01), []),
        (metrics.average_precision, []),
        (metrics.roc_auc, []),
        (metrics.recall(0), []),
    ],
)
def test_undefined_is_not_zero(statistic, labels):
    assert np.isnan(value(statistic, labels, np.linspace(0, 1, len(labels))))


@pytest.mark.parametrize(("n_hits", "n"), [(0, 5), (1, 5), (5, 5), (17, 400)])
def test_wilson_is_scipys(n_hits, n):
    expected = binomtest(n_hits, n).proportion_ci(0.95, method="wilson")
    found = metrics.wilson(n_hits, n)
    assert found.value == n_hits / n
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert np.isnan(metrics.wilson(0, 0)).all()


@pytest.mark.parametrize(
    ("n_hits", "n", "low", "high"),
    # Newcombe 1998, table I, method 5.
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0, 0.1684),
     (1, 29, 0.0009, 0.1776), (29, 29, 0.8806, 1)],
)  # fmt: skip
def test_rate_as_published(n_hits, n, low, high):
    found = metrics.clopper_pearson(n_hits, n)
    assert found == pytest.approx((n_hits / n, low, high), abs=5e-5)


def test_a_rate_of_nothing_is_undefined():
    assert np.isnan(metrics.clopper_pearson(0, 0)).all()
