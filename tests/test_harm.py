import numpy as np
import pandas as pd
import pytest

from fakedetect.errors import InputError
from fakedetect.harm import harm, read_authorised
from fakedetect.labels import read_labelled

TABLE = pd.DataFrame(
    {
        "title": [f"bag {row}" for row in range(10)],
        "seller": ["Söhne"] * 4 + ["b"] * 3 + ["c", "", None],
        "label": [0, 0, 0, 1, 0, 0, 1, 0, 0, 0],
    }
)
FLAGGED = np.array([1, 1, 0, 1, 1, 0, 1, 0, 1, 0], dtype=bool)


@pytest.fixture
def labelled():
    return read_labelled(TABLE)


def test_false_flags_and_who_carries_them(labelled):
    found = harm(labelled, FLAGGED)
    # One of the four is of a listing without a seller.
    assert (found.n_false, found.n_sellers, found.n_sellers_hit) == (4, 3, 2)
    assert found.top_share == 3 / 4
    assert [(each.seller, each.n, each.n_false) for each in found.sellers] == [
        ("Söhne", 3, 2), ("b", 2, 1),
    ]  # fmt: skip
    rate = found.sellers[0].rate
    assert rate.value == 2 / 3
    assert 0 < rate.low < rate.value < rate.high < 1
    assert found.authorised is None


def test_ten_most_hit_sellers_are_named():
    n = 40
    sellers = [f"s{row % 12}" for row in range(n)]
    table = pd.DataFrame({"title": ["x"] * n, "seller": sellers, "label": [0] * (n - 1) + [1]})
    found = harm(read_labelled(table), np.ones(n, dtype=bool))
    assert len(found.sellers) == 10
    assert found.n_sellers_hit == 12
    counts = [each.n_false for each in found.sellers]
    assert counts == sorted(counts, reverse=True)
    assert found.top_share == sum(counts) / 39


def test_without_false_flags_the_share_is_undefined(labelled):
    found = harm(labelled, labelled.labels)
    assert (found.n_false, found.n_sellers_hit, found.sellers) == (0, 0, [])
    assert np.isnan(found.top_share)


def test_authorised_sellers_that_are_flagged_rightly_or_wrongly(labelled):
    found = harm(labelled, FLAGGED, ["b", "c", "nobody", "Söhne"]).authorised
    assert (found.n_listed, found.n_found) == (4, 3)
    assert [tuple(each) for each in found.sellers] == [("Söhne", 4, 3), ("b", 3, 2)]
    none = harm(labelled, FLAGGED, ["c"]).authorised
    assert (none.n_found, none.sellers) == (1, [])


def test_authorised_sellers_need_a_column():
    with pytest.raises(InputError) as caught:
        harm(read_labelled(TABLE.drop(columns="seller")), FLAGGED, ["b"])
    assert str(caught.value) == (
        "authorised sellers are named, but the listings have no sellers; name their column"
    )


def test_file_of_authorised_sellers(tmp_path):
    path = tmp_path / "sellers.txt"
    path.write_bytes("\ufeffSöhne \r\n\r\n b\nb\n".encode())
    assert read_authorised(str(path)) == ["Söhne", "b"]
    path.write_bytes(b"\xff")
    for name, said in ((path, "not UTF-8"), (tmp_path / "no", "No such file or directory")):
        with pytest.raises(InputError) as caught:
            read_authorised(str(name))
        assert str(caught.value) == f"{name}: cannot read the authorised sellers: {said}"
