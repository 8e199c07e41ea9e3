import json
from copy import deepcopy

import numpy as np
import pytest

from fakedetect.errors import InputError
from fakedetect.operating_points import OperatingPoints


def points(labels, scores, groups=None):
    groups = np.arange(len(labels)) if groups is None else np.asarray(groups)
    return OperatingPoints.of(np.asarray(labels, bool), np.asarray(scores, float), groups)


def test_each_level_counts_what_reaches_it():
    rng = np.random.default_rng(0)
    labels, scores = rng.random(60) < 0.3, np.round(rng.random(60), 1)
    found = points(labels, scores)
    assert list(found.scores) == sorted(set(scores), reverse=True)
    for level, n_flagged, n_hits, n_expected in zip(*found[:4], strict=True):
        assert n_flagged == (scores >= level).sum()
        assert n_hits == (labels & (scores >= level)).sum()
        assert n_expected == pytest.approx(scores[scores >= level].sum())
    assert (found.n_positive, found.n_negative) == (labels.sum(), (~labels).sum())
    assert found.prevalence == pytest.approx(labels.mean())


@pytest.mark.parametrize("n", [1, 2, 99, 100, 101, 102, 150, 65_537])
def test_levels_are_spaced_and_reach_the_last_listing(n):
    scores = np.linspace(1, 0, n)
    n_flagged = points(scores > 0.5, scores).n_flagged
    assert list(n_flagged[:100]) == list(range(1, min(n, 100) + 1))
    assert n_flagged[-1] == n
    assert (n_flagged[1:] <= np.maximum(n_flagged[:-1] + 1, 1.05 * n_flagged[:-1])).all()
    assert len(n_flagged) < 500


def test_no_design_effect_where_every_listing_has_its_own_seller():
    rng = np.random.default_rng(0)
    found = points(rng.random(500) < 0.3, rng.random(500))
    assert set(found.design_effects) == {1.0}
    assert found[7:] == (1.0, 1.0, 1.0)


def test_copies_count_once():
    # Each seller lists the same ten times over: ten listings say what one does.
    rng = np.random.default_rng(0)
    labels, scores = rng.random(400) < 0.3, rng.random(400)
    found = points(*(np.repeat(each, 10) for each in (labels, scores, np.arange(400))))
    np.testing.assert_allclose(found.design_effects, 10)
    np.testing.assert_allclose(found[7:], 10, rtol=1e-9)


def test_sellers_who_differ_no_more_than_chance_cost_little():
    rng = np.random.default_rng(0)
    n = 20_000
    found = points(rng.random(n) < 0.3, rng.random(n), rng.integers(0, n // 10, n))
    assert np.median(found.design_effects) < 1.2


def test_without_an_error_sellers_count_once():
    labels, scores = np.arange(200) < 100, np.linspace(1, 0, 200)
    found = points(labels, scores, np.arange(200) // 20)
    assert found.design_effects[99] == pytest.approx(20)


def test_plain_data_and_back():
    rng = np.random.default_rng(0)
    found = points(rng.random(300) < 0.2, rng.random(300), rng.integers(0, 50, 300))
    again = OperatingPoints.from_dict(json.loads(json.dumps(found.as_dict())))
    for before, after in zip(found, again, strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v.pop("n_hits"),
        lambda v: v.update(scores=[]),
        lambda v: v.update(scores="x"),
        lambda v: v.update(scores=v["scores"][::-1]),
        lambda v: v["scores"].__setitem__(0, 1.5),
        lambda v: v["scores"].__setitem__(0, float("nan")),
        lambda v: v["n_flagged"].pop(),
        lambda v: v["n_flagged"].__setitem__(0, 2**70),
        lambda v: v["n_hits"].__setitem__(-1, 10**9),
        lambda v: v["n_expected"].__setitem__(0, -1.0),
        lambda v: v["design_effects"].__setitem__(0, 0.5),
        lambda v: v["design_effects"].__setitem__(0, float("nan")),
        lambda v: v.update(n_positive=0),
        lambda v: v.update(n_negative=2**60),
        lambda v: v.update(design_effect=float("inf")),
        lambda v: v.update(design_effect=[1.0]),
    ],
)
def test_what_no_labels_could_give_is_refused(change):
    values = deepcopy(points([True, False, True], [0.9, 0.8, 0.7]).as_dict())
    change(values)
    with pytest.raises(InputError, match="these operating points are none that labelled listings"):
        OperatingPoints.from_dict(values)
