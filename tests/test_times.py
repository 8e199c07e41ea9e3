from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from fakedetect.errors import InputError
from fakedetect.times import not_before, ranks


def found(values):
    return ranks(values, "listed", range(1, len(values) + 1)).tolist()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2024-02-01", "2023-12-24", " 2024-02-01 "], [1, 0, 1]),
        (["20240201", "20231224", "20240201"], [1, 0, 1]),
        (["2024-02-01", "2024-02-01T00:00", "2024-02-01 00:00:01"], [0, 0, 1]),
        (["2024-02-01T10:00+02:00", "2024-02-01T08:00Z", "2024-02-01T09:00Z"], [0, 0, 1]),
        (["9", "10", "-1.5", "1e3"], [1, 2, 0, 3]),
        # Nanoseconds that a float could not tell apart.
        (["1700000000000000001", "1700000000000000002"], [0, 1]),
        ([3, 2.5, np.int64(9), np.float64(1)], [2, 1, 3, 0]),
        ([date(2024, 2, 1), datetime(2024, 1, 1, 5), "2024-03-01"], [1, 0, 2]),
        ([datetime(2024, 1, 1, tzinfo=UTC), "2024-01-01T00:00Z"], [0, 0]),
        (list(pd.to_datetime(["2024-02-01", "2023-01-01"])), [1, 0]),
        ([np.datetime64("2024-02-01"), np.datetime64("2024-01-31T23:59")], [1, 0]),
        ([], []),
    ],
)
def test_order(values, expected):
    assert found(values) == expected


@pytest.mark.parametrize(
    "value",
    [
        "", None, "soon", "01/02/2024", "2024-13-01", "2024-02", "nan", "inf", "1e999", "1_000",
        "٣", float("nan"), float("inf"), True, b"2024-02-01", "9" * 5000, "0001-01-01T00:00+23:00",
    ],
)  # fmt: skip
def test_what_is_no_time_is_named_with_its_row(value):
    with pytest.raises(InputError) as caught:
        found([5, value])
    assert str(caught.value) == (
        f"row 2, column listed: time {value!r:.40} is neither a number nor an ISO 8601 date; give"
        " all as numbers, or all as ISO 8601 dates like 2024-05-31 or 2024-05-31T08:30Z"
    )


@pytest.mark.parametrize(
    ("first", "second", "kinds"),
    [
        ("2024-02-01", "2024", ("a time without offset", "a number")),
        ("17", "2024-02-01", ("a number", "a time without offset")),
        ("2024-02-01T08:00Z", "2024-02-01", ("a time with offset", "a time without offset")),
    ],
)
def test_kinds_are_not_mixed(first, second, kinds):
    with pytest.raises(InputError) as caught:
        ranks([first, second], "listed", [4, 7])
    assert str(caught.value).startswith(
        f"row 7, column listed: time {second!r} is {kinds[1]}, and that of row 4 is {kinds[0]}; "
    )


@pytest.mark.parametrize(
    ("since", "values", "expected"),
    [
        ("2024-02-01", ["2024-02-01", "2024-01-31T23:59", "2024-02-01 00:00:01"], [1, 0, 1]),
        ("2024-02-01T10:00+02:00", ["2024-02-01T08:00Z", "2024-02-01T07:59Z"], [1, 0]),
        ("9.5", ["10", 9, " 9.5 "], [1, 0, 1]),
        ("2024-02-01", [], []),
    ],
)
def test_not_before(since, values, expected):
    late = not_before(values, since, "listed", range(1, len(values) + 1))
    assert late.dtype == bool
    assert late.tolist() == [bool(each) for each in expected]


@pytest.mark.parametrize(
    ("since", "value", "message"),
    [
        ("soon", "5", "time 'soon' is neither a number nor an ISO 8601 date; "),
        (
            "5",
            "soon",
            "row 7, column listed: time 'soon' is neither a number nor an ISO 8601 date;",
        ),
        (
            "5",
            "2024-02-01",
            "row 7, column listed: time '2024-02-01' is a time without offset, and '5', which it is"
            " to be compared with, is a number; ",
        ),
    ],
)
def test_only_times_of_a_kind_are_compared(since, value, message):
    with pytest.raises(InputError) as caught:
        not_before([value], since, "listed", [7])
    assert str(caught.value).startswith(message)
    assert str(caught.value).endswith("dates like 2024-05-31 or 2024-05-31T08:30Z")
