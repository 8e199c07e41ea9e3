import math

import pytest

from fakedetect.evaluation_figures import curves, splits
from fakedetect.page import Figure, Grid, Words
from sample_evaluation import NAN, estimate, sample


def figures(blocks):
    return [block for block in blocks if isinstance(block, Figure)]


def test_splits_are_dots_on_the_rows_they_share():
    values = sample()
    values["splits"][0]["common"]["average_precision"] = estimate(0.8, 0.7, 0.9)
    [figure] = figures(splits(values))
    dots = figure.plot.dots
    assert [(dot.name, dot.value) for dot in dots] == [
        ("random", 0.8), ("copies apart", 0.71), ("seller", 0.6), ("seller, copies apart", 0.55),
        ("time", 0.63),
    ]  # fmt: skip
    assert [dot.name for dot in dots if dot.is_headline] == ["seller, copies apart"]
    assert math.isnan(dots[-1].low)
    assert figure.plot.flattering == 0.8
    assert "(11,204)" in figure.caption
    assert "seller, copies apart: 0.55;" in figure.alternative


def test_table_of_splits_marks_the_headline_and_tells_the_gap():
    blocks = splits(sample())
    [grid] = [block for block in blocks if isinstance(block, Grid)]
    names = [row[0] for row in grid.rows]
    assert names[3] == "seller, copies apart (headline): sellers on one side, copies left out"
    assert sum("(headline)" in name for name in names) == 1
    assert grid.rows[0][3] == "0.85 (0.83–0.87)"
    assert any(isinstance(b, Words) and "A random split says 0.30 more." in b.text for b in blocks)


def test_splits_that_gave_nothing():
    values = {**sample(), "headline": None}
    for split in values["splits"]:
        split["common"] = None
        split["metrics"] = dict.fromkeys(split["metrics"], estimate(NAN))
    blocks = splits(values)
    assert figures(blocks) == []
    [grid] = [block for block in blocks if isinstance(block, Grid)]
    assert {cell for row in grid.rows for cell in row[3:]} == {"undefined"}
    assert splits({**values, "splits": []}) == splits({}) == []


def test_curve_has_its_points_and_the_budget_s_line():
    curve, _ = figures(curves(sample()))
    assert [spot.name for spot in curve.plot.spots] == [
        "threshold 0.313", "hold 0.902", "budget 0.710",
    ]  # fmt: skip
    # Flagged listings fill the budget where recall x prevalence = precision x share.
    values = sample()
    prevalence, share = values["data"]["prevalence"], values["budget"]["share"]
    recall = values["budget"]["recall_ceiling"]
    assert curve.plot.budget_slope * recall == pytest.approx(recall * prevalence / share)
    assert curve.plot.budget_slope * recall == pytest.approx(1, abs=2e-3)
    assert "at recall 0.5" in curve.alternative


def test_budget_at_another_prevalence_is_not_on_the_curve():
    values = sample()
    values["budget"]["prevalence"] = 0.0015
    curve, _ = figures(curves(values))
    assert curve.plot.budget_slope is None
    assert all("budget" not in spot.name for spot in curve.plot.spots)


def test_undefined_points_are_left_out():
    values = sample()
    values["precision_recall"]["precision"][:99] = [NAN] * 98 + [None]
    values["metrics"]["precision"] = estimate(NAN)
    curve, reliability = figures(curves(values))
    assert len(curve.plot.recall) == 1
    assert [spot.name for spot in curve.plot.spots] == ["hold 0.902", "budget 0.710"]
    assert len(reliability.plot.scores) == 5  # of six bins one is undefined
    assert "undefined at recall" not in curve.alternative


def test_calibration_tells_its_definition():
    _, reliability = figures(curves(sample()))
    assert reliability.caption == (
        "Share of positives by score; expected calibration error 0.021 (0.015 to 0.031). Mean"
        " distance of score and share over bins of equal count."
    )
    assert reliability.plot.counts == [1_564] * 5


def test_no_curves():
    values = {**sample(), "precision_recall": None, "reliability": {"bins": []}}
    assert curves(values) == []
