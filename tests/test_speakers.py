import numpy as np
import pandas as pd
import pytest

from fakedetect.batch import Output
from fakedetect.errors import InputError
from fakedetect.speakers import Columns, Source

SCORED = pd.DataFrame(
    {
        "title": ["super copy", "bag", "Super  COPY", "'=bag", "lost", "belt"],
        "listed": ["2026-03-01", "2026-01-01", "2026-01-01", "2026-03-01", "2026-01-01", " "],
        "shop": ["a", "'=b", "", "", "c", "d"],
        "score": ["0.9", "0.1", "0.9", "0.1", "", "0.9"],
        "flagged": ["true", "false", "true", "false", "", "true"],
        "status": ["ok", "ok", "ok", "ok", "line 6: bad", "ok"],
    }
)
WHEN = {"time": "listed", "since": "2026-02-01"}


def rows_of(path, *, model=None, output=Output(), **columns):  # noqa: B008 # a constant
    source = Source([path], model, output, Columns(**{"seller": None, "text": None, **columns}))
    return source, list(source)


@pytest.fixture
def path(tmp_path):
    SCORED.to_csv(tmp_path / "in.csv", index=False)
    return str(tmp_path / "in.csv")


def test_texts_speakers_and_groups(path):
    _, [rows] = rows_of(path, seller="shop", **WHEN)
    assert rows.texts == ["super copy", "bag", "Super  COPY", "=bag"]
    # Copies of a text speak with one voice where nobody is named.
    assert rows.speakers == ["seller a", "seller =b", "text super copy", "text =bag"]
    assert rows.groups.tolist() == [3, 0, 2, 1]
    assert (rows.n_undated, rows.n_errored) == (1, 1)


def test_cells_as_they_are(path):
    _, [rows] = rows_of(path, output=Output(raw_cells=True), seller="shop", **WHEN)
    assert rows.texts[3] == "'=bag"
    assert rows.speakers[1] == "seller '=b"


def test_seller_is_the_column_of_speakers_if_it_is_there(path, tmp_path):
    source, [rows] = rows_of(path, **WHEN)
    assert source.speakers is None
    assert rows.speakers[0] == "text super copy"
    SCORED.rename(columns={"shop": "seller"}).to_csv(tmp_path / "in.csv", index=False)
    source, [rows] = rows_of(path, **WHEN)
    assert source.speakers == "seller"
    assert rows.speakers[0] == "seller a"


def test_a_model_is_asked_once(path, model, monkeypatch):
    source, [first] = rows_of(path, model=model, seller="shop", **WHEN)
    monkeypatch.setattr(type(model), "flag", None)
    [again] = source
    assert again.groups.tolist() == first.groups.tolist()
    assert again.texts == first.texts == ["super copy", "bag", "Super  COPY", "'=bag", "lost"]
    flags = first.groups >= 2
    assert np.flatnonzero(flags)[0] == 0


def test_long_texts_are_cut(path, tmp_path):
    SCORED.assign(title="x" * 20_000).to_csv(tmp_path / "in.csv", index=False)
    _, [rows] = rows_of(path, **WHEN)
    assert {len(text) for text in rows.texts} == {10_000}


@pytest.mark.parametrize("column", ["shop", "listed", "title"])
def test_a_column_of_lists_is_named(tmp_path, column):
    table = SCORED.iloc[:4].assign(**{column: [[each] for each in SCORED[column][:4]]})
    path = str(tmp_path / "scored.parquet")
    table.to_parquet(path)
    with pytest.raises(InputError) as caught:
        rows_of(path, seller="shop", **WHEN)
    assert str(caught.value) == (
        f"{path}, column {column}: it holds list<element: string>, not text, numbers or dates"
    )


def test_a_column_that_is_there_twice(tmp_path):
    path = tmp_path / "scored.csv"
    path.write_text("title,shop,shop,listed,score,flagged,status\nbag,a,b,2026-01-01,1,true,ok\n")
    with pytest.raises(InputError) as caught:
        rows_of(str(path), seller="shop", **WHEN)
    assert str(caught.value) == (
        f"{path}, column shop: this column occurs more than once; rename all but one"
    )


def test_a_time_that_is_none_is_named_with_its_row(path, tmp_path):
    listed = ["2026-01-01"] * 5 + ["soon"]
    SCORED.assign(listed=listed).to_csv(tmp_path / "in.csv", index=False)
    with pytest.raises(InputError, match=r"in\.csv, row 6, column listed: time 'soon' is neither"):
        rows_of(path, **WHEN)
