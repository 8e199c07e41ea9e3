import numpy as np
import pandas as pd
import pytest

from fakedetect.batch import Output, score_file
from fakedetect.errors import InputError
from fakedetect.scored import ScoredFile

TITLES = ["super copy", "=HYPERLINK(1)", "'=1", "", "手表 高仿", "with receipt"]


@pytest.fixture(params=["out.csv", "out.tsv", "out.jsonl", "out.parquet", "out.csv.gz"])
def written(request, tmp_path, model):
    """Scored listings in each format, with one record that cannot be read; prefixed."""
    lines = [f'"{title}","{number}"\n' for number, title in enumerate(TITLES)]
    (tmp_path / "in.csv").write_text('"title","=id"\n' + "".join(lines) + "one,two,three\n")
    output = Output(prefix="=my ")
    path = str(tmp_path / request.param)
    score_file(str(tmp_path / "in.csv"), path, model, output=output)
    return ScoredFile(path, output)


def test_what_was_written_is_read(written, model):
    [rows] = written
    np.testing.assert_array_equal(rows.scores[:-1], model.score(TITLES))
    np.testing.assert_array_equal(rows.flagged, [*model.flag(TITLES), False])
    assert np.isnan(rows.scores[-1])
    assert (rows.first, rows.n_errored) == (1, 1)
    assert written.values(rows.table, "title").to_pylist() == [*TITLES, ""]
    assert written.has("=id", rows.table)
    assert not written.has("'=id", rows.table)


def test_raw_cells_are_left_alone(tmp_path, model):
    pd.DataFrame({"title": ["'=1", "=1"]}).to_csv(tmp_path / "in.csv", index=False)
    output = Output(raw_cells=True)
    score_file(str(tmp_path / "in.csv"), str(tmp_path / "out.csv"), model, output=output)
    [rows] = ScoredFile(str(tmp_path / "out.csv"), output)
    assert ScoredFile("x.csv", output).values(rows.table, "title").to_pylist() == ["'=1", "=1"]


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_lanes_and_chances(tmp_path, ending):
    path = tmp_path / f"scored{ending}"
    table = pd.DataFrame(
        {
            "score": [0.9, 0.2, None],
            "flagged": [True, False, None],
            "lane": ["review", "review", None],
            "inclusion_probability": [1.0, 0.25, None],
            "status": ["ok", "ok", "line 4: bad"],
        }
    )
    if ending == ".csv":
        table.to_csv(path, index=False)
    else:
        table.to_json(path, orient="records", lines=True)
    [rows] = ScoredFile(str(path), Output())
    assert rows.lanes.to_pylist() == ["review", "review", ""]
    np.testing.assert_array_equal(rows.chances, [1.0, 0.25, np.nan])
    assert rows.n_errored == 1


def test_rows_are_counted_on_over_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("fakedetect.streams.PIECE", 1 << 16)
    path = tmp_path / "scored.csv"
    path.write_text("title,score,flagged,status\n" + "some bag,0.5,true,ok\n" * 300_000)
    blocks = list(ScoredFile(str(path), Output()))
    assert len(blocks) > 1
    sizes = [len(rows.scores) for rows in blocks]
    assert [rows.first for rows in blocks] == [1 + sum(sizes[:n]) for n in range(len(blocks))]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "title\nbag\n",
            "no column 'status', which scoring adds; name a file that score has written",
        ),
        (
            "score,flagged,status\nhigh,true,ok\n",
            "column score: not all of its values are numbers; name a file that score has written",
        ),
    ],
)
def test_other_files_are_refused(tmp_path, text, message):
    path = tmp_path / "other.csv"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        list(ScoredFile(str(path), Output()))
    assert str(caught.value) == f"{path}{', ' if message.startswith('column') else ': '}{message}"
