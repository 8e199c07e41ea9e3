import math

import pytest

from fakedetect import wording

NAN = math.nan


@pytest.mark.parametrize("value", [None, NAN, math.inf, "0.5"])
def test_undefined_is_never_a_number(value):
    estimate = {"value": value, "low": 0.1, "high": 0.2}
    for shown in (
        wording.fixed(value),
        wording.percent(value),
        wording.count(value),
        wording.estimate(estimate),
        wording.short(estimate),
    ):
        assert shown == "undefined"


def test_no_estimate_at_all():
    assert wording.estimate(None) == wording.short(None) == wording.interval({}) == "undefined"


@pytest.mark.parametrize("end", ["low", "high"])
def test_half_an_interval_is_none(end):
    estimate = {"value": 0.5, "low": 0.4, "high": 0.6, end: NAN}
    assert wording.interval(estimate) == "undefined"
    assert wording.estimate(estimate) == "0.500 (interval undefined)"
    assert wording.short(estimate) == "0.50"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0.0%"), (0.0005, "0.05%"), (0.00049, "0.049%"), (1e-9, "1e-07%"), (1, "100.0%")],
)
def test_a_small_share_is_not_shown_as_none(value, shown):
    assert wording.percent(value) == shown


def test_counts_have_separators():
    assert wording.count(1_234_567) == "1,234,567"
    assert wording.count(0) == "0"
