import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from fakedetect.errors import InputError
from fakedetect.tables import shaped_like, texts_of


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
