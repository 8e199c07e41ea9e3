import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from fakedetect.errors import InputError
from fakedetect.labels import read_labelled, seen_share, sketch

NOT_A_LABEL = "is not 1 (suspected), 0 (genuine) or empty (unlabelled)"
TABLE = {
    "title": ["Bag", "ＢＡＧ", "watch", "belt", "ring"],
    "seller": ["a", "b", "a", "", None],
    "label": ["1", "0", "", " 1 ", "0"],
}


@pytest.mark.parametrize("make", [pd.DataFrame, pa.table])
def test_labelled_rows(make):
    found = read_labelled(make(TABLE))
    assert found.texts == ["bag", "bag", "belt", "ring"]
    assert found.labels.tolist() == [True, False, True, False]
    assert found.copies.tolist() == [0, 0, 1, 2]
    assert found.n_unlabelled == 1
    assert (found.text_columns, found.group_column) == (["title"], "seller")


def test_listings_without_a_seller_are_sellers_of_their_own():
    assert read_labelled(pd.DataFrame(TABLE)).groups.tolist() == [0, 1, 2, 3]
    table = pd.DataFrame({**TABLE, "seller": ["a"] * 5})
    assert read_labelled(table).groups.tolist() == [0, 0, 0, 0]
    found = read_labelled(table.drop(columns="seller"))
    assert (found.groups.tolist(), found.group_column) == ([0, 1, 2, 3], None)


def test_numbers_and_booleans_are_labels_too():
    for labels in ([1, 0, np.nan], [True, False, None], pd.array([1, 0, None], dtype="Int64")):
        table = pd.DataFrame({"title": ["a", "b", "c"], "label": labels})
        found = read_labelled(table)
        assert (found.labels.tolist(), found.n_unlabelled) == ([True, False], 1)


def test_fingerprint_tells_data_apart():
    table = pd.DataFrame(TABLE)
    same = read_labelled(table.copy()).fingerprint
    assert read_labelled(table).fingerprint == same
    for column, value in (("title", "other"), ("label", "0"), ("seller", "c")):
        changed = table.copy()
        changed.loc[0, column] = value
        assert read_labelled(changed).fingerprint != same


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        ({"label": ["1", "0", "yes", "1", "0"]}, {},
         f"row 3, column label: label 'yes' {NOT_A_LABEL}"),
        ({"label": ["1", "0", "1.0", "1", "0"]}, {},
         f"row 3, column label: label '1.0' {NOT_A_LABEL}"),
        ({"label": [""] * 5}, {}, "column label: no listing is labelled; label some 1 and some 0"),
        ({}, {"label": "fake"}, "no column 'fake'; the columns are title, seller, label"),
        ({}, {"group": "shop"}, "no column 'shop'; the columns are title, seller, label"),
        ({}, {"text": ["body"]}, "no column 'body'; the columns are title, seller, label"),
    ],
)  # fmt: skip
def test_bad_tables(changes, options, message):
    with pytest.raises(InputError) as caught:
        read_labelled(pd.DataFrame({**TABLE, **changes}), **options)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("listings", "message"),
    [
        (pd.DataFrame({"title": [], "label": []}), "no listings; the file or table has no rows"),
        (["a"], "labelled listings are of type list; give a pandas DataFrame or a pyarrow Table"),
    ],
)
def test_no_table(listings, message):
    with pytest.raises(InputError) as caught:
        read_labelled(listings)
    assert str(caught.value) == message


def test_sellers_named_like_rows_are_not_taken_for_them():
    table = pd.DataFrame({"title": ["a"] * 3, "seller": ["", "0", "1"], "label": ["1", "0", "0"]})
    assert read_labelled(table).groups.tolist() == [0, 1, 2]


@pytest.mark.parametrize("n", [3, 511, 512, 513, 5000])
def test_overlap_is_told_from_a_sketch(n):
    texts = [f"text {number}" for number in range(n)]
    others = [f"other {number}" for number in range(n)]
    known = sketch(texts + texts)
    assert len(known) == min(n, 512)
    assert seen_share(known, texts) == 1
    assert seen_share(known, others) == 0
    assert seen_share(known, texts + others) == pytest.approx(0.5, abs=0.1)


def test_overlap_that_cannot_be_told():
    known = sketch([f"text {number}" for number in range(10**5)])
    assert np.isnan(seen_share(known, []))


def test_rows_sellers_and_further_columns():
    table = pd.DataFrame({**TABLE, "brand": ["x", None, "y", "", "Ö"], "price": [1, 2, 3, 4, 5.5]})
    found = read_labelled(table, by=["brand", "price", "brand"])
    assert found.rows.tolist() == [1, 2, 4, 5]
    assert found.sellers == ["a", "b", None, None]
    assert found.columns == {"brand": ["x", "", "", "Ö"], "price": ["1.0", "2.0", "4.0", "5.5"]}
    assert not found.has_sellers
    assert read_labelled(table.assign(seller="a")).has_sellers


def test_script_stands_in_for_a_missing_language():
    titles = pd.DataFrame({"title": ["Tasche", "手表 高仿"], "label": [0, 1]})
    found = read_labelled(titles, by=["language"])
    assert found.columns == {"script": ["Latin", "Chinese characters"]}
    found = read_labelled(titles.assign(language=["de", "zh"]), by=["language"])
    assert found.columns == {"language": ["de", "zh"]}


def test_times_of_labelled_listings():
    table = pd.DataFrame(
        {**TABLE, "listed": ["2024-03-01", "2024-01-01", "", "2024-03-01", "2025-01-01"]}
    )
    found = read_labelled(table, time="listed")
    assert (found.moments.tolist(), found.time_column) == ([1, 0, 1, 2], "listed")
    assert read_labelled(table).moments is None
    table.loc[3, "listed"] = "spring"
    with pytest.raises(InputError, match="row 4, column listed: time 'spring' is neither"):
        read_labelled(table, time="listed")


def test_weights():
    table = pd.DataFrame({**TABLE, "weight": ["1", "0.25", "", "0", 0.5]})
    found = read_labelled(table, weight="weight")
    assert found.texts == ["bag", "bag", "ring"]
    assert found.weights.tolist() == [1, 0.25, 0.5]
    assert found.n_unlabelled == 2
    unweighed = read_labelled(table)
    assert unweighed.weights is None
    assert found.fingerprint != unweighed.fingerprint
    for wrong in ("heavy", "1.5", "nan", "", None):
        table.loc[4, "weight"] = wrong
        with pytest.raises(InputError) as error:
            read_labelled(table, weight="weight")
        assert str(error.value) == (
            f"row 5, column weight: weight {table.loc[4, 'weight']!r} is no number from 0 to 1"
        )
