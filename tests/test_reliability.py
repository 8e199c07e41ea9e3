import numpy as np
import pytest

from fakedetect.reliability import N_BINS, figures, reliability
from fakedetect.resampling import Sample, series


def found(labels, scores, groups=None):
    groups = np.arange(len(labels)) if groups is None else groups
    sample = Sample.of(np.array(labels, dtype=bool), np.array(scores, dtype=float), groups)
    return reliability(sample.ranking, series(figures(sample.ranking), sample))


def test_calibrated_scores_have_little_error_and_distorted_ones_what_they_are_off():
    rng = np.random.default_rng(0)
    scores = rng.random(20_000)
    labels = rng.random(20_000) < scores
    calibrated = found(labels, scores).expected_calibration_error
    assert calibrated.value < 0.02
    halved = found(labels, scores / 2).expected_calibration_error
    assert halved.low < scores.mean() / 2 < halved.high


def test_bins_are_equally_full_and_from_the_lowest_score_up():
    rng = np.random.default_rng(1)
    scores = rng.random(1003)
    labels = rng.random(1003) < 0.3
    bins = found(labels, scores).bins
    assert {each.n for each in bins} <= {100, 101}
    assert sum(each.n for each in bins) == 1003
    assert [each.mean_score for each in bins] == sorted(each.mean_score for each in bins)
    lowest = np.argsort(scores)[: bins[0].n]
    assert bins[0].mean_score == pytest.approx(scores[lowest].mean())
    assert bins[0].positive_rate.value == pytest.approx(labels[lowest].mean())
    total = sum(each.n * each.positive_rate.value for each in bins)
    assert total == pytest.approx(labels.sum())


def test_error_is_the_mean_gap():
    labels, scores = [1, 1, 0, 0, 0, 1], [0.9, 0.9, 0.9, 0.2, 0.2, 0.2]
    value = found(labels, scores)
    assert [(each.n, each.mean_score) for each in value.bins] == [
        (3, pytest.approx(0.2)), (3, pytest.approx(0.9)),
    ]  # fmt: skip
    gap = 0.5 * abs(0.2 - 1 / 3) + 0.5 * abs(0.9 - 2 / 3)
    assert value.expected_calibration_error.value == pytest.approx(gap)


@pytest.mark.parametrize("n", [1, N_BINS - 1, N_BINS, N_BINS + 1])
def test_few_listings_make_as_many_bins_at_most(n):
    bins = found(np.arange(n) % 2, np.arange(n) / n).bins
    assert len(bins) == min(n, N_BINS)
    assert sum(each.n for each in bins) == n


def test_equal_scores_are_one_bin():
    (only,) = found([1, 0, 0, 0] * 25, np.full(100, 0.25), np.arange(100) // 2).bins
    assert (only.n, only.mean_score, only.positive_rate.value) == (100, 0.25, 0.25)


def test_no_listings():
    value = found([], [])
    assert value.bins == []
    assert np.isnan(value.expected_calibration_error).all()
