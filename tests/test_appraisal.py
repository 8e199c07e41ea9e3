import numpy as np
import pandas as pd
import pytest

from fakedetect.appraisal import Terms, appraise, chosen
from fakedetect.cards import MOST_POINTS
from fakedetect.decisions import Rule, Threshold
from fakedetect.errors import InputError
from fakedetect.labels import read_labelled
from fakedetect.slices import Scored
from populations import draw


def threshold(value):
    return Threshold(value, "chosen by hand", "threshold", value)


def labelled(labels, groups=None):
    groups = range(len(labels)) if groups is None else groups
    table = {"title": ["x"] * len(labels), "label": [int(each) for each in labels]}
    return read_labelled(pd.DataFrame({**table, "seller": [f"s{each}" for each in groups]}))


@pytest.fixture(scope="module")
def drawn():
    return draw(np.random.default_rng(0), 300)


@pytest.fixture(scope="module")
def found(drawn):
    terms = Terms(budget=0.05, n_per="50 of 1,000", prevalence=0.01, authorised=["s3"])
    listings = labelled(drawn.labels, drawn.groups)
    return appraise(listings, drawn.scores, threshold(0.5), threshold(0.8), terms=terms)


def test_figures_at_the_threshold_and_at_the_hold(drawn, found):
    for value, metrics in ((0.5, found.metrics), (0.8, found.hold_metrics)):
        flagged = drawn.scores >= value
        assert metrics["precision"].value == pytest.approx(drawn.labels[flagged].mean())
        assert metrics["recall"].value == pytest.approx(flagged[drawn.labels].mean())
    assert set(found.hold_metrics) == {"precision", "recall"}


def test_budget_is_filled_at_the_stated_prevalence(drawn, found):
    budget = found.budget
    weights = np.where(drawn.labels, 0.01 / drawn.labels.sum(), 0.99 / (~drawn.labels).sum())
    flagged = drawn.scores >= budget.threshold
    assert weights[flagged].sum() <= 0.05
    below = drawn.scores[~flagged].max()
    assert weights[drawn.scores >= below].sum() > 0.05
    assert budget.recall.value == pytest.approx(flagged[drawn.labels].mean())
    expected = weights[flagged & drawn.labels].sum() / weights[flagged].sum()
    assert budget.precision.value == pytest.approx(expected)
    assert budget.recall_ceiling == 1
    assert (budget.share, budget.n_per, budget.prevalence) == (0.05, "50 of 1,000", 0.01)


def test_budget_without_a_prevalence_is_a_share_of_these_listings(drawn):
    listings = labelled(drawn.labels, drawn.groups)
    found = appraise(listings, drawn.scores, threshold(0.5), terms=Terms(budget=0.05))
    flagged = drawn.scores >= found.budget.threshold
    assert flagged.sum() == int(0.05 * len(drawn.labels))
    assert found.budget.precision.value == pytest.approx(drawn.labels[flagged].mean())
    assert found.budget.recall_ceiling == pytest.approx(0.05 / drawn.labels.mean())
    assert found.restated is None


def test_budget_that_nothing_fits_into():
    listings = labelled([1, 0, 1, 0])
    found = appraise(listings, np.full(4, 0.5), threshold(0.5), terms=Terms(budget=0.5))
    assert np.isnan(found.budget.threshold)
    assert np.isnan(found.budget.precision).all()
    assert found.budget.recall.value == 0


def test_restated_at_a_base_rate(drawn, found):
    assert found.restated.prevalence == 0.01
    assert found.restated.precision.value < found.metrics["precision"].value
    rate = found.metrics["recall"].value
    false_rate = (drawn.scores >= 0.5)[~drawn.labels].mean()
    expected = 0.01 * rate / (0.01 * rate + 0.99 * false_rate)
    assert found.restated.precision.value == pytest.approx(expected)
    low, high = found.restated.precision.low, found.restated.precision.high
    assert low < expected < high
    assert found.restated.average_precision.value < found.metrics["average_precision"].value


def test_curve_has_few_points_from_the_top_down(drawn, found):
    curve = found.precision_recall
    assert 200 < len(curve.threshold) <= MOST_POINTS < len(drawn.scores)
    assert curve.threshold == sorted(curve.threshold, reverse=True)
    assert curve.recall == sorted(curve.recall)
    assert (curve.threshold[0], curve.recall[-1]) == (drawn.scores.max(), 1)
    for at in (0, 50, -1):
        flagged = drawn.scores >= curve.threshold[at]
        assert curve.precision[at] == pytest.approx(drawn.labels[flagged].mean())
        assert curve.recall[at] == pytest.approx(flagged[drawn.labels].mean())


@pytest.mark.parametrize("n", [MOST_POINTS - 1, MOST_POINTS, MOST_POINTS + 1])
def test_curve_at_its_edge(n):
    labels = np.arange(n) % 2 == 0
    found = appraise(labelled(labels), np.arange(n) / n, threshold(0.5), terms=Terms())
    assert len(found.precision_recall.threshold) <= MOST_POINTS
    assert found.precision_recall.threshold[-1] == 0


def test_parts_are_of_the_same_flags(drawn, found):
    flagged = drawn.scores >= 0.5
    assert found.harm.n_false == (flagged & ~drawn.labels).sum()
    assert found.harm.authorised.n_found == 1
    assert sum(each.n for each in found.reliability.bins) == len(drawn.labels)
    assert found.operating_points["n_positive"] == drawn.labels.sum()


@pytest.mark.parametrize("label", [0, 1])
def test_one_class(label):
    listings = labelled([label] * 20)
    terms = Terms(budget=0.2, prevalence=0.1)
    found = appraise(listings, np.linspace(0, 1, 20), threshold(0.5), terms=terms)
    assert np.isnan(found.metrics["roc_auc"]).all()
    assert np.isnan(found.restated.precision).all()
    assert np.isnan(found.budget.threshold)
    assert np.isnan(found.precision_recall.recall).all() == (label == 0)
    assert found.metrics["precision"].value == label


def test_rules_choose(drawn):
    scored = Scored(drawn.labels, drawn.scores, drawn.groups)
    assert chosen(None, scored) == chosen(Rule("f1"), scored)
    found = chosen(Rule("recall", 0.5), scored)
    assert (found.kind, found.target) == ("recall", 0.5)
    assert (drawn.scores >= found.value)[drawn.labels].mean() > 0.5
    with pytest.raises(InputError, match=r"cannot promise a precision of 0\.99"):
        chosen(Rule("precision", 0.99), scored)
