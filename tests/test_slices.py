import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from fakedetect.slices import LONGEST_NAME, MOST_VALUES, Scored, slices

RNG = np.random.default_rng(0)
LABELS = RNG.random(600) < 0.3
SCORES = RNG.random(600) * 0.6 + LABELS * 0.3
SCORED = Scored(LABELS, SCORES, np.arange(600) // 4)


def test_figures_are_those_of_the_part():
    values = np.where(np.arange(600) % 3 == 0, "gücci", "other")
    other, brand = slices({"brand": values}, SCORED, threshold=0.5)
    part = values == "gücci"
    flagged = SCORES[part] >= 0.5
    assert (brand.column, brand.value, other.value) == ("brand", "gücci", "other")
    assert (brand.n, brand.n_positive) == (200, LABELS[part].sum())
    assert brand.n_flagged == flagged.sum()
    found = brand.metrics
    assert set(found) == {"precision", "recall", "average_precision"}
    assert found["average_precision"].value == pytest.approx(
        average_precision_score(LABELS[part], SCORES[part])
    )
    assert found["precision"].value == pytest.approx(LABELS[part][flagged].mean())
    assert found["precision"].low < found["precision"].value < found["precision"].high


@pytest.mark.parametrize(("n", "withheld"), [(49, True), (50, False), (51, False)])
def test_figures_of_too_few_are_withheld(n, withheld):
    values = ["few"] * n + ["many"] * (600 - n)
    few = slices({"brand": values}, SCORED, threshold=0.5)[1]
    assert (few.n, few.withheld, few.metrics is None) == (n, withheld, withheld)
    assert few.n_positive == LABELS[:n].sum()


def test_without_positives_figures_are_undefined():
    scored = SCORED._replace(labels=np.zeros(600, dtype=bool))
    (only,) = slices({"brand": ["a"] * 600}, scored, threshold=0.5)
    assert not only.withheld
    assert np.isnan(only.metrics["recall"]).all()
    assert np.isnan(only.metrics["average_precision"]).all()
    assert only.metrics["precision"].value == 0


def test_rare_values_are_one_slice():
    values = [f"brand {row % 25:02}" if row < 500 else "common" for row in range(600)]
    found = slices({"brand": values}, SCORED, threshold=0.5)
    assert len(found) == MOST_VALUES + 1
    assert found[0].value == "common"
    assert found[-1].value == "others (6 values)"
    assert found[-1].n == 6 * 20
    assert sum(each.n for each in found) == 600


def test_values_of_each_column_and_missing_ones():
    found = slices({"a": ["x", ""] * 300, "b": ["long" * 100] * 600}, SCORED, threshold=0.5)
    assert [(each.column, each.value) for each in found] == [
        ("a", "x"), ("a", "(empty)"), ("b", ("long" * 100)[:LONGEST_NAME]),
    ]  # fmt: skip
