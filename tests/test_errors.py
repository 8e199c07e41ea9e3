import pytest

from fakedetect.errors import FakedetectError, InputError, ModelError, ModelRefused


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ({}, "bad"),
        ({"file": "a.csv"}, "a.csv: bad"),
        ({"row": 3, "column": "label"}, "row 3, column label: bad"),
        ({"file": "a.csv", "row": 3, "column": "label"}, "a.csv, row 3, column label: bad"),
    ],
)
def test_message_says_where(place, expected):
    assert str(InputError("bad", **place)) == expected


def test_file_can_be_added_later():
    error = InputError("bad", row=3).in_file("a.csv")
    assert (str(error), error.row, error.column) == ("a.csv, row 3: bad", 3, None)


def test_one_name_catches_all():
    assert issubclass(InputError, FakedetectError)
    assert issubclass(ModelError, FakedetectError)
    assert issubclass(ModelRefused, ModelError)
