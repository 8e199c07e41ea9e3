import numpy as np
import pandas as pd
import pytest

from conftest import market
from fakedetect.appraisal import Terms, appraise, chosen
from fakedetect.cross_validation import (
    Common,
    SplitFigures,
    cross_validated,
    headline,
    side_by_side,
)
from fakedetect.decisions import Rule, largest_f1
from fakedetect.labels import read_labelled
from fakedetect.metrics import Estimate
from fakedetect.model import probability
from fakedetect.slices import Scored
from fakedetect.splits import every, strictest

NAN = float("nan")


def compared(labelled, splits, terms):
    found = cross_validated(labelled, splits)
    scores = probability(found.own.margins)
    scored = Scored(labelled.labels, scores, labelled.groups)
    own = appraise(labelled, scores, chosen(None, scored), terms=terms)
    return found, side_by_side(labelled, found, own, terms=terms)


@pytest.fixture(scope="module")
def labelled():
    return read_labelled(market(n=600).assign(listed=np.arange(600)), time="listed")


@pytest.fixture(scope="module")
def found(labelled):
    return compared(labelled, every(labelled), Terms())


def test_splits_are_side_by_side_on_the_same_listings(labelled, found):
    splits = {split.name: split for split in found[1]}
    assert list(splits) == ["random", "copies apart", "seller", "seller, copies apart", "time"]
    assert splits["time"].n < splits["random"].n == 600
    assert {split.common.n for split in splits.values()} == {splits["time"].n}
    assert splits["time"].common.average_precision == splits["time"].metrics["average_precision"]
    random = splits["random"]
    assert random.common.average_precision != random.metrics["average_precision"]
    late = labelled.moments >= 600 - splits["time"].n
    assert splits["time"].n_positive == labelled.labels[late].sum()


def test_settings_are_those_of_the_split_that_training_uses(labelled, found):
    margins, _ = found
    assert {each.C for each in margins.found.values()} == {margins.own.C}
    assert len(margins.own.average_precisions) == 4
    alone = cross_validated(labelled, [strictest(labelled)])
    np.testing.assert_array_equal(alone.own.margins, margins.own.margins)


def test_each_split_has_a_threshold_by_the_same_rule(labelled, found):
    margins, splits = found
    for split in splits:
        scores = probability(margins.found[split.name].margins)
        known = ~np.isnan(scores)
        expected = largest_f1(labelled.labels[known], scores[known]).value
        assert split.threshold == expected
        flagged = scores[labelled.labels & known] >= expected
        assert split.metrics["recall"].value == pytest.approx(flagged.mean())


def test_rule_that_a_split_cannot_support_leaves_it_without_a_threshold(labelled):
    terms = Terms(rule=Rule("precision", 0.999))
    _, splits = compared(labelled, every(labelled), terms)
    for split in splits:
        if split.name != "seller, copies apart":
            assert np.isnan(split.threshold)
            assert np.isnan(split.metrics["precision"]).all()
            assert np.isnan(split.metrics["recall"]).all()
            assert split.metrics["average_precision"].value > 0.5


def test_split_without_positives_is_undefined_and_no_headline():
    table = market(n=400)
    listed = np.where(table["label"] == "1", 0, np.arange(400))
    labelled = read_labelled(table.assign(listed=listed), time="listed")
    _, splits = compared(labelled, every(labelled), Terms())
    time = splits[-1]
    assert (time.n_positive, time.n > 0) == (0, True)
    assert np.isnan(time.threshold)
    assert np.isnan(time.metrics["average_precision"]).all()
    assert headline(splits).split == "random"


def split(name, value):
    figure = Estimate(value, value - 0.1, value + 0.1)
    return SplitFigures(name, "", 10, 5, {"average_precision": figure}, 0.5, Common(10, figure))


def test_headline_is_the_worst_split():
    splits = [split("random", 0.9), split("seller", 0.5), split("time", 0.6)]
    found = headline(splits)
    assert (found.split, found.average_precision.value, found.random.value) == ("seller", 0.5, 0.9)
    assert found.gap == pytest.approx(0.4)
    assert headline([split("time", NAN), split("seller", 0.3)]) == (
        "seller", splits[0].common.average_precision._replace(value=0.3, low=0.3 - 0.1, high=0.4),
        None, None,
    )  # fmt: skip


def test_headline_is_of_all_that_its_split_scored():
    def of(name, n, on_all, on_common):
        figures = {"average_precision": Estimate(on_all, NAN, NAN)}
        return SplitFigures(name, "", n, 5, figures, 0.5, Common(60, Estimate(on_common, NAN, NAN)))

    random, seller = of("random", 100, 0.8, 0.9), of("seller", 100, 0.5, 0.7)
    found = headline([random, seller, of("time", 60, 0.75, 0.75)])
    assert (found.split, found.average_precision.value, found.random.value) == ("seller", 0.5, 0.8)
    found = headline([random, seller, of("time", 60, 0.6, 0.6)])
    assert (found.split, found.average_precision.value, found.random.value) == ("time", 0.6, 0.9)
    assert found.gap == pytest.approx(0.3)


def test_figures_survive_as_plain_data(found):
    for each in found[1]:
        values = each._asdict()
        values["metrics"] = {name: e._asdict() for name, e in each.metrics.items()}
        values["common"] = {
            "n": each.common.n, "average_precision": each.common.average_precision._asdict(),
        }  # fmt: skip
        assert SplitFigures.from_dict(values) == each


def test_counting_happens_once_and_progress_reaches_its_end(labelled, monkeypatch):
    calls, steps = [], []
    from fakedetect import cross_validation

    real = cross_validation.count
    monkeypatch.setattr(
        cross_validation, "count", lambda *args, **kw: calls.append(1) or real(*args, **kw)
    )
    cross_validated(labelled, every(labelled, n_folds=3), progress=lambda *step: steps.append(step))
    assert len(calls) == 1
    assert steps == [(n, 19) for n in range(1, 19)]


def test_without_sellers_copies_apart_is_the_split_of_training():
    labelled = read_labelled(pd.DataFrame(market()).drop(columns="seller"))
    assert cross_validated(labelled, every(labelled)).own_split.name == "copies apart"
