import sys
import types

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from fakedetect.errors import InputError
from fakedetect.tables import arrow_texts, shaped_like, texts_of


@pytest.mark.parametrize(
    ("listings", "expected"),
    [
        ("été", ["été"]),
        (["a", None, ""], ["a", "", ""]),
        (("a",), ["a"]),
        ([], []),
        ((text for text in ["a", "b"]), ["a", "b"]),
        (np.array(["a", "手表"]), ["a", "手表"]),
        (pd.Series(["a", None, np.nan, pd.NA]), ["a", "", "", ""]),
        (pa.array(["a", None]), ["a", ""]),
        (pa.chunked_array([["a"], ["b"]]), ["a", "b"]),
    ],
)
def test_texts_without_columns(listings, expected):
    assert texts_of(listings) == expected


@pytest.mark.parametrize("make", [pd.DataFrame, pa.table])
@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (None, ["a c", "d", "b"]),
        (["title"], ["a", "", "b"]),
        (["description", "title"], ["c a", "d", "b"]),
    ],
)
def test_text_columns_are_joined(make, wanted, expected):
    table = make({"id": ["1", "2", "3"], "title": ["a", None, "b"], "description": ["c", "d", ""]})
    assert texts_of(table, wanted) == expected


@pytest.mark.parametrize(
    ("listings", "wanted", "message"),
    [
        (pa.table({"x": ["a"]}), None,
         "no text column 'title' or 'description'; the columns are x; name the text columns"),
        (pa.table({"x": ["a"]}), ["y"], "no column 'y'; the columns are x"),
        (pd.DataFrame(), ["y"], "no column 'y'; the columns are none"),
        (["a"], ["title"], "text columns were named, but these listings have no columns"),
        (["a", 7], None, "row 2: 7 is of type int, not text; make it a string"),
        (pd.DataFrame({"title": [7]}), None,
         "row 1, column title: 7 is of type int, not text; make it a string"),
        (["a", "\ud800"], None,
         "row 2: the text has a lone surrogate at character 1; decode the listings as UTF-8"),
        (7, None, "listings are of type int; give a string, a sequence of strings, a pandas"
         " DataFrame or a pyarrow Table"),
        (b"a", None, "listings are of type bytes; give a string, a sequence of strings, a pandas"
         " DataFrame or a pyarrow Table"),
        ({"title": "a"}, None, "listings are of type dict; give a string, a sequence of strings, a"
         " pandas DataFrame or a pyarrow Table"),
        (pa.table([["a"], ["b"]], names=["title", "title"]), None,
         "column title: this column occurs more than once; rename all but one"),
    ],
)  # fmt: skip
def test_bad_listings(listings, wanted, message):
    with pytest.raises(InputError) as caught:
        texts_of(listings, wanted)
    assert str(caught.value) == message


@pytest.mark.parametrize("n", [0, 1, 2])
def test_shape_follows_the_type_and_never_the_length(n):
    values = np.arange(n) / 2
    index = [f"row {row}" for row in range(n)]
    frame = pd.DataFrame({"title": ["a"] * n}, index=index)
    assert shaped_like(["a"] * n, values, "score") is values
    for container in (frame, frame["title"]):
        found = shaped_like(container, values, "score")
        pd.testing.assert_series_equal(found, pd.Series(values, index=frame.index, name="score"))
    for container in (pa.table({"title": ["a"] * n}), pa.array(["a"] * n, pa.string())):
        assert shaped_like(container, values, "score").equals(pa.array(values))


def test_a_string_gets_a_scalar():
    assert shaped_like("a", np.array([0.5]), "score") == 0.5
    assert shaped_like("a", np.array([True]), "flagged") is True


def test_a_module_that_is_being_imported_is_no_hindrance(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", types.ModuleType("pandas"))
    assert texts_of(["a"]) == ["a"]
    assert shaped_like(["a"], np.array([1.0]), "score").tolist() == [1.0]


COLUMNS = {"title": ["a", None, "b", ""], "description": ["c", "d", "", None], "n": [1, 2, 3, 4]}


@pytest.mark.parametrize(
    ("listings", "wanted"),
    [
        (pa.array(["a", None]), None),
        (pa.chunked_array([["a"], ["b", None]]), None),
        (pa.table(COLUMNS), None),
        (pa.table(COLUMNS), ["description", "title"]),
        (pa.table(COLUMNS).to_batches()[0], ["title"]),
        (pd.DataFrame(COLUMNS), None),
        (pd.Series(["a", None, "b"], dtype="str"), None),
    ],
)
def test_texts_that_arrow_holds(listings, wanted):
    found = [text for array in arrow_texts(listings, wanted) for text in array.to_pylist()]
    assert [" ".join((text or "").split()) for text in found] == texts_of(listings, wanted)


@pytest.mark.parametrize(
    "listings",
    [
        "watch",
        ["watch"],
        np.array(["watch"]),
        pd.Series(["a", "b"], dtype=object),
        pd.DataFrame({"title": [1.5]}),
        pa.array([1, 2]),
        pa.table([["a"], ["b"]], names=["title", "title"]),
    ],
)
def test_texts_that_arrow_does_not_hold(listings):
    assert arrow_texts(listings) is None


def test_arrow_texts_need_their_columns():
    with pytest.raises(InputError) as caught:
        arrow_texts(pa.table(COLUMNS), ["brand"])
    assert str(caught.value) == "no column 'brand'; the columns are title, description, n"


def test_arrow_strings_that_are_not_utf8():
    offsets = pa.py_buffer(np.array([0, 2, 3], np.int32))
    array = pa.StringArray.from_buffers(2, offsets, pa.py_buffer(b"ab\xff"))
    with pytest.raises(InputError) as caught:
        texts_of(pa.table({"title": array}))
    assert str(caught.value) == (
        "row 2, column title: the text is not UTF-8; decode the listings as UTF-8"
    )
