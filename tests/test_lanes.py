import numpy as np
import pytest

from fakedetect.errors import InputError
from fakedetect.lanes import (
    CLEAR,
    HOLD,
    NO_LANE,
    REVIEW,
    UNREACHED,
    Budget,
    Policy,
    fill,
    filled,
    n_tied_out,
)

NAN = np.nan
NEITHER = "a budget is a share of the listings or a number of them"


@pytest.mark.parametrize(
    ("budget", "n_scored", "expected"),
    [
        (Budget(n=2000), 10_000_000, 2000),
        (Budget(n=2000), 1999, 1999),
        (Budget(n=0), 5, 0),
        (Budget(share=0.1), 99, 9),
        (Budget(share=0.29), 100, 29),  # 28.999999999999996 in binary
        (Budget(share=3 / 7000), 7000, 3),  # 2.9999999999999996
        (Budget(share=0.5), 0, 0),
        (Budget(share=1.0), 7, 7),
    ],
)
def test_budgets(budget, n_scored, expected):
    assert budget.of(n_scored) == expected


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({}, f"{NEITHER}; name one"),
        ({"share": 0.1, "n": 1}, f"{NEITHER}; name one"),
        ({"share": 1.5}, "the budget 1.5 is not a share between 0 and 1"),
        ({"share": NAN}, "the budget nan is not a share between 0 and 1"),
        ({"n": -1}, "the budget -1 is below 0"),
        ({"n": 1, "explore": 1.5}, "the share to explore, 1.5, is not between 0 and 1"),
    ],
)  # fmt: skip
def test_what_is_no_budget(how, message):
    with pytest.raises(InputError) as caught:
        Budget(**how)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("scores", "n", "threshold", "tied_out"),
    [
        ([0.1, 0.4, 0.3, 0.2], 2, 0.3, 0),
        ([0.1, 0.4, 0.3, 0.2], 4, 0.1, 0),
        ([0.1, 0.4, 0.3, 0.2], 9, 0.1, 0),
        ([0.1, 0.4, 0.3, 0.2], 0, UNREACHED, 0),
        ([0.4, 0.3, 0.3, 0.3, 0.2], 2, 0.4, 3),
        ([0.4, 0.3, 0.3, 0.3, 0.2], 3, 0.4, 3),
        ([0.4, 0.3, 0.3, 0.3, 0.2], 4, 0.3, 0),
        ([0.5, 0.5, 0.5], 2, UNREACHED, 3),
        ([0.5, 0.5, 0.5], 3, 0.5, 0),
        ([1.0, 1.0, 0.0], 1, UNREACHED, 2),
        ([NAN, 0.2, NAN, 0.3], 1, 0.3, 0),
        ([NAN, 0.2, NAN, 0.3], 3, 0.2, 0),
        ([NAN], 3, UNREACHED, 0),
        ([], 3, UNREACHED, 0),
    ],
)
def test_the_lowest_threshold_that_fits(scores, n, threshold, tied_out):
    scores = np.array(scores)
    found = fill(scores, n)
    assert found == threshold
    assert np.count_nonzero(scores >= found) <= n
    assert n_tied_out(scores, found, n) == tied_out


def test_a_budget_is_filled_as_far_as_ties_allow():
    rng = np.random.default_rng(1)
    for _ in range(300):
        scores = rng.integers(0, rng.integers(1, 50), rng.integers(1, 100)) / 50
        n = int(rng.integers(0, 120))
        threshold = fill(scores, n)
        n_flagged = np.count_nonzero(scores >= threshold)
        assert n_flagged <= n
        below = scores[scores < threshold]
        if len(below):  # the next lower score would be too many
            assert np.count_nonzero(scores >= below.max()) > n
            assert n_tied_out(scores, threshold, n) in {0, np.count_nonzero(below == below.max())}


@pytest.mark.parametrize(
    ("n", "flagged", "margin", "tied_out"),
    [
        (0, "", None, 0),
        (1, "a", 50, 0),
        (2, "a", 50, 2),
        (3, "abc", 45, 0),
        (4, "abcd", None, 0),
        (5, "abcde", None, 0),
        (6, "abcde", None, 2),
        (7, "abcdefg", None, 0),
    ],
)
def test_margins_tell_equal_scores_apart(n, flagged, margin, tied_out):
    scores = np.array([1.0, 1.0, 1.0, 1.0, 0.9, 0.5, 0.5, NAN])
    margins = np.array([50.0, 45.0, 45.0, 40.0, 2.0, 0.0, 0.0, NAN])
    policy, filling = filled(scores, Budget(n=n), margins=margins, hold=1.0)
    found = policy.assign(scores, margins=margins)
    assert "".join(np.array(list("abcdefgh"))[found.flagged]) == flagged
    assert (policy.margin, filling) == (margin, (n, 0, tied_out))
    assert found.lanes.tolist() == [
        NO_LANE if name == "h" else CLEAR if name not in flagged else HOLD if name < "e" else REVIEW
        for name in "abcdefgh"
    ]


def test_equal_scores_and_equal_margins_stay_out_together():
    scores, margins = np.ones(3), np.full(3, 40.0)
    policy, filling = filled(scores, Budget(n=2), margins=margins)
    assert (policy, filling) == (Policy(UNREACHED), (2, 0, 3))
    assert not policy.assign(scores, margins=margins).flagged.any()


def test_a_budget_goes_by_scores_and_then_by_margins():
    """It takes what it would take of listings numbered by both."""
    rng = np.random.default_rng(1)
    for _ in range(300):
        size, n = int(rng.integers(1, 60)), int(rng.integers(0, 70))
        margins = rng.integers(-20, 20, size) / 2.0
        scores = np.clip(np.round(margins / 3), -2, 2) / 4 + 0.5
        draws = rng.random(size)
        places = np.unique(margins, return_inverse=True)[1] / 40
        budget = Budget(n=n, explore=0.5)
        policy, filling = filled(scores, budget, margins=margins, draws=draws)
        expected, same = filled(places, budget, draws=draws)
        for found, wanted in zip(
            policy.assign(scores, draws, margins=margins),
            expected.assign(places, draws),
            strict=True,
        ):
            np.testing.assert_array_equal(found, wanted)
        assert filling == same


def test_scores_that_differ_are_parted_as_without_margins():
    scores, margins = np.array([0.9, 0.5, 0.7, NAN]), np.array([1.0, 3.0, 2.0, NAN])
    for n in range(5):
        budget = Budget(n=n)
        assert filled(scores, budget, margins=margins) == filled(scores, budget)


def test_where_a_margin_decides_there_must_be_some():
    with pytest.raises(InputError) as caught:
        Policy(1.0, margin=40.0).assign(np.array([1.0]))
    assert str(caught.value) == "equal scores are told apart by their margins; give the margins"


def test_lanes_by_score_and_by_lot():
    policy = Policy(0.5, hold=0.9, cut=0.25, inclusion_probability=0.1)
    scores = np.array([0.95, 0.9, 0.89, 0.5, 0.49, 0.49, 0.0, NAN])
    draws = np.array([0.0, 0.9, 0.0, 0.9, 0.24, 0.25, 0.0, 0.0])
    found = policy.assign(scores, draws)
    assert found.lanes.tolist() == [
        HOLD, HOLD, REVIEW, REVIEW, REVIEW, CLEAR, REVIEW, NO_LANE,
    ]  # fmt: skip
    assert found.flagged.tolist() == [True] * 4 + [False] * 4
    expected = [1, 1, 1, 1, 0.1, 0.1, 0.1, NAN]
    np.testing.assert_array_equal(found.inclusion_probability, expected)
    without = policy.assign(scores).lanes
    assert without.tolist() == [HOLD, HOLD, REVIEW, REVIEW, CLEAR, CLEAR, CLEAR, NO_LANE]


def test_nothing_below_the_threshold_is_held():
    policy = Policy(0.5, hold=0.2)
    lanes = policy.assign(np.array([0.6, 0.5, 0.4, 0.1])).lanes
    assert lanes.tolist() == [HOLD, HOLD, CLEAR, CLEAR]
    assert [policy.held_from, Policy(0.5, 0.9).held_from, Policy(0.5).held_from] == [0.5, 0.9, None]


def test_no_policy_flags_nothing():
    found = Policy().assign(np.array([1.0, 0.0]), np.array([0.0, 0.0]))
    assert found.lanes.tolist() == [CLEAR, CLEAR]


def test_a_part_of_the_budget_is_drawn_by_lot():
    rng = np.random.default_rng(1)
    scores, draws = rng.random(1000), rng.random(1000)
    scores[:10] = NAN
    policy, filling = filled(scores, Budget(n=100, explore=0.3), draws=draws, hold=0.99)
    found = policy.assign(scores, draws)
    drawn = (found.lanes == REVIEW) & ~found.flagged
    assert (found.flagged.sum(), drawn.sum()) == (70, 30)
    assert set(np.argsort(draws + np.nan_to_num(scores >= policy.threshold) * 9)[:35]) >= set(
        np.flatnonzero(drawn)
    )
    assert filling == (100, 30, 0)
    assert policy.inclusion_probability == 30 / 920
    chances = found.inclusion_probability
    assert np.nansum(chances) == pytest.approx(100)
    assert np.isnan(chances).sum() == 10


@pytest.mark.parametrize(
    ("scores", "budget", "flagged", "drawn", "probability"),
    [
        ([0.9, 0.5, 0.5, 0.1], Budget(n=9, explore=0.5), 1, 2, 2 / 3),
        ([0.5, 0.5, 0.5, 0.5], Budget(n=2, explore=0.5), 0, 1, 1 / 4),
        ([0.9, 0.5, 0.5, 0.1], Budget(n=4), 4, 0, 0.0),
        ([0.9, 0.5, 0.5, 0.1], Budget(n=4, explore=1.0), 0, 4, 1.0),
        ([NAN, NAN, NAN, NAN], Budget(n=4, explore=0.5), 0, 0, 0.0),
    ],
)
def test_edges_of_exploring(scores, budget, flagged, drawn, probability):
    scores, draws = np.array(scores), np.array([0.1, 0.2, 0.3, 0.4])
    policy, _ = filled(scores, budget, draws=draws)
    found = policy.assign(scores, draws)
    assert found.flagged.sum() == flagged
    assert np.count_nonzero((found.lanes == REVIEW) & ~found.flagged) == drawn
    assert policy.inclusion_probability == probability


def test_equal_draws_stay_out_together():
    scores, draws = np.full(5, 0.5), np.array([0.4, 0.2, 0.4, 0.4, 0.9])
    policy, filling = filled(scores, Budget(n=3, explore=1.0), draws=draws)
    assert policy.assign(scores, draws).lanes.tolist() == [CLEAR, REVIEW, CLEAR, CLEAR, CLEAR]
    assert policy.inclusion_probability == 1 / 5
    assert filling.n_explore == 3


def test_exploring_needs_draws():
    with pytest.raises(InputError, match=r"^exploring draws listings by lot; give their draws$"):
        filled(np.array([0.5]), Budget(n=1, explore=0.5))
