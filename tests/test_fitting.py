import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.metrics import roc_auc_score

from conftest import market
from fakedetect import fitting
from fakedetect.errors import InputError
from fakedetect.features import count
from fakedetect.fitting import (
    FALSE_POSITIVE_RATE,
    MOST_FALSE_POSITIVES,
    PENALTIES,
    UNTOLD_PENALTY,
    fit_candidates,
    least_penalty,
    log_count_ratios,
    out_of_fold,
    platt_scaling,
)
from fakedetect.labels import read_labelled
from fakedetect.model import probability
from fakedetect.segments import N_WORDS, STEP, Segments, Strongest
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


def test_padded_copies_are_trained_on_where_they_cost_little(monkeypatch):
    _, plain = folded(candidates=[1.0])
    assert not plain.is_padded
    monkeypatch.setattr(fitting, "PADDING_COST", np.inf)
    _, chosen = folded(candidates=[1.0])
    _, told = folded(candidates=[1.0], padded=True)
    assert chosen.is_padded
    assert told.is_padded
    np.testing.assert_array_equal(chosen.margins, told.margins)
    assert not np.array_equal(chosen.margins, plain.margins)


def test_copies_have_no_say_in_the_ratios_and_the_document_frequencies():
    labelled = read_labelled(market())
    rows = np.arange(0, 400, 2)
    plain, padded = (
        fit_candidates(labelled, count(labelled.texts), rows, [1.0], padded=each)
        for each in (False, True)
    )
    assert padded.features.word_terms == plain.features.word_terms
    np.testing.assert_array_equal(padded.features.idf, plain.features.idf)
    np.testing.assert_array_equal(padded.X.toarray(), plain.X.toarray())
    ((first, _),), ((second, _),) = plain.regressions, padded.regressions
    np.testing.assert_array_equal(first == 0, second == 0)
    assert not np.allclose(first, second)


def test_margins_are_those_of_the_whole_or_of_a_segment():
    frame = market()
    claims = frame.title.where(frame.index % 3 == 0, "")
    frame["description"] = "sealed with receipt, hardly used, see pictures " * 5 + claims
    labelled = read_labelled(frame)
    counts, split = count(labelled.texts), strictest(labelled)
    found = out_of_fold(labelled, counts, split, penalty=0.0, padded=False)
    dear = out_of_fold(labelled, counts, split, penalty=1e6, padded=False)
    raw, whole = ((each.margins - each.offset) / each.slope for each in (found, dear))
    assert (raw >= whole - 1e-9).all()
    assert (raw > whole + 1e-6).sum() > 100
    assert found.segments == Segments(N_WORDS, STEP, 0.0)
    assert dear.segments.penalty == pytest.approx(1e6 * dear.slope)


def long_and_short(n_long, excess):
    """Return margins of 1,000 short honest listings and of long ones with higher segments."""
    random = np.random.default_rng(3)
    wholes = random.normal(size=1000 + n_long)
    best = wholes + excess
    best[:1000] = -np.inf
    n_segments = np.repeat([0, 8], [1000, n_long])
    return wholes, Strongest(best, n_segments)


def test_penalty_keeps_long_honest_listings_from_being_flagged_more_often():
    free, dear = (least_penalty(*long_and_short(400, excess), 2.0) for excess in (-1.0, 1.0))
    assert free == 0.0
    wholes, strongest = long_and_short(400, 1.0)
    margins = Segments(N_WORDS, STEP, dear).combined(wholes, strongest)
    flagged = margins > np.quantile(margins, 1 - FALSE_POSITIVE_RATE)
    assert 0 < dear < PENALTIES[-1] / 2.0
    assert flagged[1000:].mean() <= MOST_FALSE_POSITIVES
    assert least_penalty(*long_and_short(400, 50.0), 2.0) == PENALTIES[-1] / 2.0


def test_too_few_long_listings_tell_no_penalty():
    assert least_penalty(*long_and_short(199, 2.0), 2.0) == UNTOLD_PENALTY / 2.0
    assert least_penalty(*long_and_short(0, 2.0), 1.0) == UNTOLD_PENALTY


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


def test_weights_of_one_change_nothing():
    labelled, found = folded(n=200)
    weighed = dataclasses.replace(labelled, weights=np.ones(200))
    again = out_of_fold(weighed, count(labelled.texts), strictest(labelled))
    np.testing.assert_allclose(again.margins, found.margins, rtol=1e-6)
    assert again._replace(margins=None, slope=0, offset=0, average_precisions=None) == (
        found._replace(margins=None, slope=0, offset=0, average_precisions=None)
    )
    assert again.average_precisions == pytest.approx(found.average_precisions)


@pytest.mark.parametrize("padded", [False, True])
def test_labels_of_hardly_any_weight_are_hardly_believed(padded):
    labelled = read_labelled(market(n=300))
    counts = count(labelled.texts)
    wrong = np.arange(300) % 2 == 0

    def margins(weights):
        mixed = dataclasses.replace(labelled, labels=labelled.labels ^ wrong, weights=weights)
        found = fit_candidates(mixed, counts, np.arange(300), [1.0], padded=padded)
        ((coefficients, intercept),) = found.regressions
        return found.X[wrong] @ coefficients + intercept

    truth = labelled.labels[wrong]
    assert roc_auc_score(truth, margins(np.where(wrong, 1e-6, 1.0))) > 0.85
    assert roc_auc_score(truth, margins(None)) < 0.5


def test_calibration_is_to_the_weighed_share_of_positives():
    labelled = read_labelled(market(n=300))
    weights = np.where(labelled.labels, 0.25, 1.0)
    weighed = dataclasses.replace(labelled, weights=weights)
    found = out_of_fold(weighed, count(labelled.texts), strictest(labelled))
    expected = np.average(labelled.labels, weights=weights)
    assert np.average(probability(found.margins), weights=weights) == pytest.approx(
        expected, rel=0.05
    )


def test_weighed_labels_count_for_less_in_ratios_and_calibration():
    X = csr_matrix([[1, 0], [1, 0], [0, 1], [0, 1]], dtype=float)
    labels = np.array([True, True, False, False])
    weights = np.array([0.5, 1.0, 1.0, 0.0])
    found = log_count_ratios(X, labels, np.array([0, 0, 1, 2]), weights)
    # One seller of 0.75, and two of 1 and 0.
    expected = np.abs(np.log(np.array([1.75 / 2.75, 1 / 2.75]) / np.array([1 / 3, 2 / 3])))
    np.testing.assert_allclose(found, expected)
    margins = np.array([1.0, 1.0, -1.0, -1.0, 1.0])
    marks = np.array([True, True, False, False, False])
    ones = platt_scaling(margins, marks, np.array([1.0, 1, 1, 1, 1e-12]))
    assert ones == pytest.approx(platt_scaling(margins[:4], marks[:4]), rel=1e-3)
