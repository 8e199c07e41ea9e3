import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from conftest import market
from fakedetect.errors import InputError
from fakedetect.features import count
from fakedetect.fitting import log_count_ratios, out_of_fold, platt_scaling
from fakedetect.labels import read_labelled
from fakedetect.splits import Fold, Split, every, strictest


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


def folded(n=400, seed=1, **options):
    labelled = read_labelled(market(n=n, seed=seed))
    return labelled, out_of_fold(labelled, count(labelled.texts), strictest(labelled), **options)


def test_what_is_held_out_is_not_trained_on():
    # Every text is unique to its label but copied between sellers, so a model that has seen a
    # copy knows the label, and one that has not knows nothing.
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abcdefghijklmnop"), 8)) for _ in range(60)]
    rows = [
        {"title": word, "seller": str(seller), "label": number % 2}
        for number, word in enumerate(words)
        for seller in rng.choice(20, size=4, replace=False)
    ]
    labelled = read_labelled(pd.DataFrame(rows))
    counts = count(labelled.texts)
    found = {
        split.name: max(out_of_fold(labelled, counts, split).average_precisions.values())
        for split in every(labelled)
    }
    assert found["random"] > 0.99
    assert found["seller"] > 0.99
    assert found["copies apart"] < 0.7
    assert found["seller, copies apart"] < 0.7


def test_scores_are_calibrated_out_of_fold():
    labelled, found = folded(n=2000, seed=5)
    scores = 1 / (1 + np.exp(-found.margins))
    assert scores.mean() == pytest.approx(labelled.labels.mean(), abs=0.01)
    upper = scores > np.median(scores)
    assert scores[upper].mean() == pytest.approx(labelled.labels[upper].mean(), abs=0.05)


def test_best_candidate_is_taken():
    _, found = folded()
    assert found.average_precisions[found.C] == max(found.average_precisions.values())
    _, only = folded(candidates=[0.3])
    assert (only.C, list(only.average_precisions)) == (0.3, [0.3])


def test_what_no_fold_holds_out_has_no_margin():
    labelled = read_labelled(market())
    whole = strictest(labelled)
    part = Split(whole.name, whole.words, whole.folds[:2])
    held_out = np.concatenate([fold.held_out for fold in part.folds])
    found = out_of_fold(labelled, count(labelled.texts), part)
    np.testing.assert_array_equal(np.flatnonzero(~np.isnan(found.margins)), np.sort(held_out))


def test_one_class_is_not_calibrated():
    assert platt_scaling(np.array([-1.0, 2.0]), np.array([False, False])) == (1.0, 0.0)


def test_fold_without_a_class_is_named():
    labelled = read_labelled(market())
    negative = np.flatnonzero(~labelled.labels)
    split = Split("random", "", [Fold(negative[:200], negative[200:])])
    with pytest.raises(InputError) as caught:
        out_of_fold(labelled, count(labelled.texts), split)
    assert str(caught.value) == (
        "split 'random', fold 1: only one class is left to train on without what is held out; label"
        " listings of more sellers, with texts of their own"
    )
