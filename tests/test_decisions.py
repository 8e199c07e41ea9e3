from functools import partial

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import f1_score

from fakedetect.decisions import (
    Rule,
    choose,
    in_words,
    largest_f1,
    recall_ceiling,
    restated,
)
from fakedetect.errors import InputError
from fakedetect.operating_points import OperatingPoints

# A listing is positive with the probability that its margin says and its seller shifts.
N_REPETITIONS = 500


def sample(seed, *, n_sellers, mean_size, spread, centre=-3.0):
    """Return labels, scores and sellers of some listings of a market."""
    rng = np.random.default_rng(seed)
    sellers = np.repeat(np.arange(n_sellers), rng.geometric(1 / mean_size, n_sellers))
    margins = rng.normal(centre, 2.5, len(sellers))
    shifts = rng.normal(0, spread, n_sellers)[sellers]
    labels = rng.random(len(sellers)) < 1 / (1 + np.exp(-margins - shifts))
    return labels, 1 / (1 + np.exp(-margins)), sellers


class Market:
    """A whole market, in which what a threshold does is known."""

    def __init__(self, **settings):
        labels, scores, _ = sample(10**6, **{**settings, "n_sellers": 200_000})
        order = np.argsort(-scores)
        self.descending, self.hits = -scores[order], np.cumsum(labels[order])

    def does(self, kind, threshold, prevalence=None):
        n_flagged = int(np.searchsorted(self.descending, -threshold, side="right"))
        n_hits, n_positive, n = self.hits[n_flagged - 1], self.hits[-1], len(self.hits)
        if kind == "recall":
            return n_hits / n_positive
        share = n_positive / n if prevalence is None else prevalence
        hits = share * n_hits / n_positive
        misses = (1 - share) * (n_flagged - n_hits) / (n - n_positive)
        return hits / (hits + misses) if kind == "precision" else hits + misses


MARKETS = {
    "listings": {"n_sellers": 3000, "mean_size": 1, "spread": 0.0},
    "sellers": {"n_sellers": 700, "mean_size": 5, "spread": 1.5},
}


@pytest.fixture(scope="module", params=MARKETS)
def market(request):
    settings = MARKETS[request.param]
    return Market(**settings), partial(sample, **settings)


RULES = [
    (Rule("precision", 0.7), None),
    (Rule("precision", 0.75, 0.9), None),
    (Rule("precision", 0.3), 0.03),
    (Rule("recall", 0.5), None),
    (Rule("recall", 0.8, 0.8), None),
    (Rule("budget", 0.05), None),
    (Rule("budget", 0.02), 0.03),
]


@pytest.mark.slow
def test_promises_are_kept_as_often_as_promised(market):
    whole, draw = market
    kept, promised = np.zeros(len(RULES)), np.zeros(len(RULES))
    for seed in range(N_REPETITIONS):
        points = OperatingPoints.of(*draw(seed))
        for number, (rule, prevalence) in enumerate(RULES):
            try:
                chosen = choose(rule, points, prevalence=prevalence)
            except InputError:
                continue
            found = whole.does(rule.kind, chosen.value, prevalence)
            promised[number] += 1
            kept[number] += found <= rule.target if rule.kind == "budget" else found >= rule.target
    # The promise is not kept by making none.
    assert (promised > 0.85 * N_REPETITIONS).all(), promised
    confidences = np.array([rule.confidence for rule, _ in RULES])
    rates = kept / promised
    # Three standard errors of a count of as many repetitions.
    slack = 3 * np.sqrt(confidences * (1 - confidences) / promised)
    assert (rates >= confidences - slack).all(), rates


def some(n_positive, n_negative, *, groups=None):
    """Return operating points of listings in perfect order."""
    n = n_positive + n_negative
    return OperatingPoints.of(
        np.arange(n) < n_positive,
        np.linspace(0.99, 0.01, n),
        np.arange(n) if groups is None else groups,
    )


@pytest.mark.parametrize(("target", "n"), [(0.99, 299), (0.95, 59), (0.9, 29)])
def test_a_precision_takes_enough_labels_without_an_error(target, n):
    labels = np.ones(n + 50, bool)
    labels[n:] = False
    scores = np.where(labels, 0.999, 0.01)
    found = choose(Rule("precision", target), OperatingPoints.of(labels, scores, np.arange(n + 50)))
    assert found.value == 0.999
    assert target <= found.bound < target + 0.002
    one_less = OperatingPoints.of(labels[1:], scores[1:], np.arange(n + 49))
    with pytest.raises(InputError) as caught:
        choose(Rule("precision", target), one_less)
    assert str(caught.value) == (
        f"the labels cannot promise a precision of {target} with 95 % confidence: {n - 1} of"
        f" {n - 1} flagged from score 0.9990 are positive, worth {n - 1} independent ones; that"
        f" needs {n} without an error, or some 1 more clean labels of other sellers"
    )


def test_listings_of_one_seller_are_not_many():
    with pytest.raises(InputError, match=r"576 flagged .* worth 12 independent ones; that needs"):
        choose(Rule("precision", 0.95), some(1000, 1000, groups=np.arange(2000) // 50))


def test_a_rarer_market_needs_more():
    points = some(400, 400)
    assert choose(Rule("precision", 0.95), points).bound > 0.95
    with pytest.raises(InputError, match="that needs 37,891 without an error"):
        choose(Rule("precision", 0.95), points, prevalence=0.0015)


def test_more_labels_as_the_message_says_are_enough():
    labels = np.array([True] * 57 + [False] * 3 + [False] * 40)
    scores = np.r_[np.full(60, 0.9), np.full(40, 0.1)]
    with pytest.raises(InputError, match="or some 93 more clean labels"):
        choose(Rule("precision", 0.95), OperatingPoints.of(labels, scores, np.arange(100)))
    labels, scores = np.r_[labels, [True] * 93], np.r_[scores, [0.9] * 93]
    assert choose(Rule("precision", 0.95), OperatingPoints.of(labels, scores, np.arange(193)))


def test_the_lowest_threshold_that_keeps_to_a_budget():
    found = choose(Rule("budget", 0.1), some(50, 950))
    n_flagged = 1 + np.argmin(np.abs(np.linspace(0.99, 0.01, 1000) - found.value))
    exact = [binomtest(int(n), 1000).proportion_ci(0.9).high for n in (n_flagged, n_flagged + 2)]
    assert exact[0] <= 0.1 < exact[1]
    assert found.bound == pytest.approx(exact[0])


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Rule("budget", 0.0002),
         "1,000 labelled listings, worth 1,000 independent ones, are too few to promise that at"
         " most 0.02 % of listings are flagged with 95 % confidence, which takes some 23,718; a"
         " budget needs no labels when it is given for scoring: it is then filled from the listings"
         " themselves"),
        (Rule("recall", 0.95),
         "50 positive listings, worth 50 independent ones, are too few to promise a recall of 0.95"
         " with 95 % confidence; label some 9 more of other sellers"),
        (Rule("precision", 1.0), "the precision 1 is not strictly between 0 and 1"),
        (Rule("threshold", 1.5), "the threshold 1.5 is not between 0 and 1"),
        (Rule("budget", float("nan")), "the share nan is not between 0 and 1"),
        (Rule("recall", 0.5, 1.0), "the confidence 1.0 is not from 0.5 up to, without, 1"),
        (Rule("luck", 0.5), "no rule 'luck'; take one of f1, budget, precision, recall, threshold"),
        (Rule(), "the largest F1 needs all scores; see largest_f1"),
    ],
)  # fmt: skip
def test_what_cannot_be_promised(rule, message):
    with pytest.raises(InputError) as caught:
        choose(rule, some(50, 950))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("n_positive", "n_negative", "rule", "prevalence", "message"),
    [
        (0, 100, Rule("recall", 0.5), None, "no labelled listing is positive; a recall needs some"),
        (0, 100, Rule("precision", 0.5), None, "all labelled listings are of one class"),
        (100, 0, Rule("precision", 0.5), None, "all labelled listings are of one class"),
        (100, 0, Rule("budget", 0.5), 0.1, "all labelled listings are of one class"),
        (50, 50, Rule("budget", 0.5), 1.0, "the prevalence 1.0 is not strictly between 0 and 1"),
    ],
)
def test_one_class(n_positive, n_negative, rule, prevalence, message):
    with pytest.raises(InputError, match=message):
        choose(rule, some(n_positive, n_negative), prevalence=prevalence)


def test_equal_scores_are_flagged_together_or_not_at_all():
    labels = np.arange(1000) % 2 == 0
    points = OperatingPoints.of(labels, np.full(1000, 0.5), np.arange(1000))
    assert choose(Rule("recall", 0.9), points).value == 0.5
    assert choose(Rule("precision", 0.4), points).value == 0.5
    for rule in (Rule("budget", 0.5), Rule("precision", 0.6)):
        with pytest.raises(InputError):
            choose(rule, points)


def test_by_hand():
    found = choose(Rule("threshold", 0.25), some(1, 1))
    assert (found.value, found.bound) == (0.25, None)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule(), "largest F1 on out-of-fold scores"),
        (Rule("threshold", 0.5), "chosen by hand"),
        (Rule("precision", 0.95), "precision at least 0.95 with 95 % confidence (Clopper-Pearson)"),
        (Rule("budget", 0.0002, 0.999),
         "at most 0.02 % of listings flagged with 99.9 % confidence (Clopper-Pearson)"),
    ],
)  # fmt: skip
def test_rules_in_words(rule, words):
    assert in_words(rule) == words


def test_the_words_tell_the_prevalence():
    rules = Rule("precision", 0.5), Rule("recall", 0.5)
    precision, recall = (choose(each, some(400, 400), prevalence=0.2).rule for each in rules)
    assert precision.endswith("95 % confidence (Clopper-Pearson), at prevalence 0.2")
    assert recall.endswith("95 % confidence (Clopper-Pearson)")


def test_restated_precision_is_that_of_a_market_with_fewer_positives():
    # Of 100 positives 80 are flagged, of 900 negatives 20; elsewhere 9 of 10 positives are gone.
    assert restated(80 / 100, prevalence=0.1, at=10 / 910) == pytest.approx(8 / 28)
    assert restated(0.3, prevalence=0.2, at=0.2) == pytest.approx(0.3)
    assert np.isnan(restated(float("nan"), prevalence=0.2, at=0.1))


@pytest.mark.parametrize(
    ("share", "prevalence", "ceiling"), [(0.001, 0.01, 0.1), (0.5, 0.1, 1.0), (0.1, 0.1, 1.0)]
)
def test_no_ranking_finds_more_than_the_ceiling(share, prevalence, ceiling):
    labels = np.arange(1000) < 1000 * prevalence  # in perfect order
    n_flagged = round(1000 * share)
    assert recall_ceiling(share, prevalence) == pytest.approx(ceiling)
    assert labels[:n_flagged].sum() / labels.sum() == pytest.approx(ceiling)


def test_no_ceiling_without_positives():
    assert np.isnan(recall_ceiling(0.1, 0.0))


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
