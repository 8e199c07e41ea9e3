import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

from fakedetect import sampling
from fakedetect.errors import InputError
from fakedetect.lanes import REVIEW, Budget, filled
from fakedetect.sampling import draws, estimated

IDS = ["a", "", "手表", "x" * 64, "x" * 65, "7", "a", None, "x" * 10_000]


def test_the_same_draw_wherever_a_listing_stands():
    whole = draws(IDS, seed=3)
    parts = [draws(IDS[at : at + 2], seed=3, first_row=at + 1) for at in range(0, 9, 2)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert whole[0] == whole[6]
    assert len(set(whole)) == 8
    others = [
        draws(pd.Series(IDS), seed=3),
        draws(pa.array(["", *IDS]).slice(1), seed=3),
        draws(pa.chunked_array([IDS[:4], IDS[4:]]), seed=3),
        draws(pa.array(IDS).dictionary_encode(), seed=3),
        draws(pa.array(IDS, pa.string_view()), seed=3),
    ]
    for other in others:
        np.testing.assert_array_equal(other, whole)
    assert draws([7, 8], seed=3)[0] == whole[5]
    assert len(draws([], seed=3)) == len(draws(pa.array([], pa.string()), seed=3)) == 0


def test_listings_without_an_id_go_by_their_row():
    found = draws([None, "", None, "3"], seed=3)
    assert len(set(found)) == 4
    assert draws([""], seed=3, first_row=3) == found[2]
    np.testing.assert_array_equal(draws(pa.nulls(3), seed=3), found[:3])


def test_draws_are_as_if_by_lot():
    n = 100_000
    ids = pa.array(np.arange(n))  # as much alike as ids get
    first, second = (draws(ids, seed=seed) for seed in (0, 1))
    assert 0 <= first.min() < first.max() < 1
    for found in (first, second, (first + second) % 1, (first[1:] - first[:-1]) % 1):
        assert stats.kstest(found, "uniform").pvalue > 0.001
    assert abs(np.corrcoef(first, np.arange(n))[0, 1]) < 4 / np.sqrt(n)


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([1.5], "ids to draw by are text or whole numbers, not double"),
        ([["a"]], "ids to draw by are text or whole numbers, not list<item: string>"),
        (["a", 1], "ids to draw by are text or whole numbers; Expected bytes, got a 'int' object"),
    ],
)
def test_what_is_no_id(ids, message):
    with pytest.raises(InputError) as caught:
        draws(ids, seed=0)
    assert str(caught.value) == message


def test_what_is_no_text_and_no_seed():
    with pytest.raises(InputError, match="surrogates not allowed"):
        draws(["\ud800"], seed=0)
    for seed in (-1, 2**64):
        with pytest.raises(InputError, match=rf"^the seed {seed} is not from 0 to 2\*\*64 - 1$"):
            draws(["a"], seed=seed)
    assert draws(["a"], seed=2**64 - 1) != draws(["a"], seed=0)


def reviewed(labels, scores, draw, budget):
    """Fill a budget, look at what it comes to, and return what that says."""
    policy, _ = filled(scores, budget, draws=draw)
    found = policy.assign(scores, draw)
    drawn = (found.lanes == REVIEW) & ~found.flagged
    return estimated(
        np.where(found.lanes == REVIEW, labels, np.nan),
        found.inclusion_probability,
        flagged=found.flagged,
        drawn=drawn,
    )


@pytest.mark.parametrize(
    ("prevalence", "n", "budget"),
    [(0.1, 5_000, 600), (0.01, 20_000, 1_000), (0.001, 40_000, 2_000)],
)
def test_estimates_of_a_population_with_known_truth(prevalence, n, budget):
    """Over many drawings: no bias, and intervals that hold as often as they promise."""
    rng = np.random.default_rng(int(1000 * prevalence))
    labels = np.zeros(n)
    labels[: int(prevalence * n)] = 1
    scores = 1 / (1 + np.exp(-rng.normal(2 * labels - 3, 1)))  # misses many of them
    flagged = scores >= filled(scores, Budget(n=budget // 2))[0].threshold
    truth = {
        "prevalence": prevalence,
        "recall": labels[flagged].sum() / labels.sum(),
        "precision": labels[flagged].mean(),
    }
    assert 0.2 < truth["recall"] < 0.9
    repetitions = [
        reviewed(labels, scores, draw, Budget(n=budget, explore=0.5))
        for draw in rng.random((800, n), dtype=np.float64)
    ]
    for name, true in truth.items():
        found = np.array([getattr(each, name) for each in repetitions])
        deviation = found[:, 0].std()
        # A ratio's bias goes with its variance; sums have none but what chance leaves here.
        bound = deviation if name == "recall" else 3 * deviation / np.sqrt(len(found))
        assert abs(found[:, 0].mean() - true) <= bound + 1e-9
        covered = (found[:, 1] <= true + 1e-9) & (true - 1e-9 <= found[:, 2])
        assert covered.mean() >= 0.93
        assert np.all((found[:, 1] <= found[:, 0]) & (found[:, 0] <= found[:, 2]))


def test_draws_by_id_are_as_good_as_by_chance():
    """The same with a seed for each repetition, as users have it."""
    labels = np.zeros(2000)
    labels[:100] = 1
    scores = np.linspace(0.9, 0.1, 2000) - 0.3 * (np.arange(2000) % 2)
    ids = [f"{number:05d}" for number in range(2000)]
    budget = Budget(n=200, explore=0.5)
    found = np.array(
        [reviewed(labels, scores, draws(ids, seed=seed), budget).prevalence for seed in range(500)]
    )
    error = found[:, 0].std() / np.sqrt(500)
    assert error > 0
    assert abs(found[:, 0].mean() - 0.05) <= 3 * error
    assert ((found[:, 1] <= 0.05) & (found[:, 2] >= 0.05)).mean() >= 0.93


def estimates(flagged, drawn, weight, n_left_out=0):
    """Return the estimates from labels of flagged and of drawn listings."""
    labels = np.r_[flagged, drawn, np.full(n_left_out, np.nan)].astype(float)
    chances = np.r_[np.ones(len(flagged)), np.full(len(drawn) + n_left_out, 1 / weight)]
    is_flagged = np.arange(len(labels)) < len(flagged)
    is_drawn = ~is_flagged & (np.arange(len(labels)) < len(flagged) + len(drawn))
    return estimated(labels, chances, flagged=is_flagged, drawn=is_drawn)


def test_intervals_are_exact_poisson_where_weights_are_equal():
    found = estimates([1, 1, 0], [1] * 4 + [0] * 996, 50)
    low, high = stats.chi2.ppf(0.025, 8) / 2 * 50, stats.chi2.ppf(0.975, 10) / 2 * 50
    assert found.n == pytest.approx(50_003)
    np.testing.assert_allclose(found.prevalence, np.array([202, 2 + low, 2 + high]) / 50_003)
    np.testing.assert_allclose(found.recall, [2 / 202, 2 / (2 + high), 2 / (2 + low)])
    assert found.precision == (2 / 3, 2 / 3, 2 / 3)


def test_nothing_found_by_lot_leaves_an_upper_limit():
    found = estimates([1, 1, 0], [0] * 100, 10)
    most = 10 * stats.chi2.ppf(0.975, 2) / 2
    np.testing.assert_allclose(found.prevalence, np.array([2, 2, 2 + most]) / 1003)
    np.testing.assert_allclose(found.recall, [1, 2 / (2 + most), 1])


def test_what_is_undefined_is_not_zero():
    found = estimates([], [0] * 10, 10)
    assert np.isnan([*found.recall, *found.precision]).all()
    assert found.prevalence.value == 0
    found = estimates([0], [1] + [0] * 9, 10)
    assert found.recall == (0, 0, 0)
    assert found.precision.value == 0


def test_all_drawn_leaves_no_doubt():
    found = estimates([1, 0], [1, 0, 0, 0], 1)
    assert found.prevalence == (2 / 6, 2 / 6, 2 / 6)
    assert found.recall == (0.5, 0.5, 0.5)


def test_what_was_not_looked_at_may_be_left_out():
    assert estimates([1, 0], [1, 0], 20) == estimates([1, 0], [1, 0], 20, n_left_out=38)


def test_labels_of_listings_neither_flagged_nor_drawn_do_not_count():
    labels, chances = np.array([1.0, 0, 1, 1]), np.array([1, 0.5, 0.5, 0.5])
    rows = {"flagged": np.array([1, 0, 0, 0], bool), "drawn": np.array([0, 1, 0, 0], bool)}
    assert estimated(labels, chances, **rows).prevalence.value == 1 / 3


def test_what_would_bias_the_estimates_is_refused():
    def message(labels, chances, flagged, drawn):
        with pytest.raises(InputError) as caught:
            estimated(
                np.array(labels, float),
                np.array(chances, float),
                flagged=np.array(flagged, bool),
                drawn=np.array(drawn, bool),
            )
        return str(caught.value)

    assert message([1, np.nan, 0], [1, 1, 0.5], [1, 1, 0], [0, 0, 1]) == (
        "1 of 2 flagged listings and 0 of 1 drawn by lot have no label; without them every figure"
        " would be biased"
    )
    assert message([1, 0, 0], [1, 0.5, 0.5], [1, 0, 0], [0, 0, 0]) == (
        "no listing was drawn by lot below the threshold, so nothing tells what was missed; score"
        " with --explore"
    )
    for chance in (0, 1.5, np.nan):
        assert message([1, 0], [1, chance], [1, 0], [0, 1]) == (
            "a listing was drawn that had no inclusion probability above 0, up to 1"
        )
    assert message([1, 0], [1, 0.5], [1, 1], [0, 1]) == (
        "a listing is flagged and drawn as well; draw from the others"
    )


def test_estimates_as_plain_data():
    data = estimates([1, 0], [1, 0], 20).as_dict()
    assert data["recall"].keys() == {"value", "low", "high"}
    assert (data["n_flagged"], data["n_drawn_positive"], data["n"]) == (2, 1, 42.0)
    assert set(data) == set(sampling.Estimates._fields)
