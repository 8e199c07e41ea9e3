import numpy as np
import pytest
from sklearn.metrics import f1_score

from fakedetect.decisions import largest_f1


@pytest.mark.parametrize("n_levels", [1, 4, 1000])
def test_no_other_threshold_has_a_larger_f1(n_levels):
    rng = np.random.default_rng(n_levels)
    labels = rng.random(300) < 0.2
    scores = np.round((rng.random(300) + 0.4 * labels) / 1.4 * n_levels) / n_levels
    best = f1_score(labels, scores >= largest_f1(labels, scores).value)
    assert best == max(f1_score(labels, scores >= level) for level in np.unique(scores))


def test_of_equal_f1_the_one_that_flags_fewest():
    # Flagging one of the two positives without error is worth as much as both with two errors.
    labels = np.array([True, False, False, True, False])
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.1])
    assert largest_f1(labels, scores).value == pytest.approx(0.85)


def test_equal_scores_flag_all():
    assert largest_f1(np.array([True, False]), np.array([0.4, 0.4])).value == pytest.approx(0.2)


def test_neighbouring_floats():
    upper = np.nextafter(0.5, 1)
    assert largest_f1(np.array([False, True]), np.array([0.5, upper])).value == upper


def test_rule_is_named():
    rule = largest_f1(np.array([True, False]), np.array([0.9, 0.1])).rule
    assert rule == "largest F1 on out-of-fold scores"
