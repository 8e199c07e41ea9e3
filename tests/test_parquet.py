import datetime

import pyarrow as pa
import pytest
from pyarrow import parquet

from fakedetect import parquet as ours
from fakedetect.errors import InputError
from fakedetect.parquet import ParquetFile

TEXTS = ["手表", None, "", "été"]


def written(tmp_path, table, **options):
    path = tmp_path / "a.parquet"
    parquet.write_table(table, path, **options)
    return str(path)


def read(path):
    return [block.read() for block in ParquetFile(path)]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
@pytest.mark.parametrize("use_dictionary", [True, False])
def test_texts_of_any_form_and_other_columns(tmp_path, kind, use_dictionary):
    table = pa.table(
        {
            "title": pa.array(TEXTS, kind),
            "price": [1.5, None, 2.0, 3.0],
            "date": [datetime.date(2026, 11, 24)] * 4,
            "tags": [["a"], [], None, ["b", "c"]],
            "kind": pa.array(TEXTS).dictionary_encode(),
        }
    )
    (batch,) = read(written(tmp_path, table, use_dictionary=use_dictionary))
    assert batch.table.to_pydict() == table.to_pydict()
    assert batch.table.schema.field("title").type == pa.string()
    assert batch.table.schema.field("price").type == pa.float64()
    assert batch.lines.tolist() == [1, 2, 3, 4]


def test_batches_are_of_bounded_size(tmp_path, monkeypatch):
    monkeypatch.setattr(ours, "_MOST_BYTES", 1000)
    table = pa.table({"title": ["x" * 400] * 10 + ["y" * 5000] + ["z"] * 100})
    batches = read(written(tmp_path, table, row_group_size=60))
    assert pa.concat_tables([batch.table for batch in batches]) == table
    assert max(batch.table.num_rows for batch in batches[:5]) == 2
    assert [line for batch in batches for line in batch.lines] == list(range(1, 112))


def test_a_text_that_stands_in_every_row_is_not_unpacked(tmp_path, monkeypatch):
    table = pa.table({"title": pa.array(["x" * 1000]).take(pa.array([0] * 100_000))})
    path = written(tmp_path, table, compression="zstd")
    monkeypatch.setattr(ours, "LEAST_EXPANDED", 1 << 20)
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value) == f"{path}: the file unpacks to more than 200 times its size"


def test_text_that_is_not_utf8_costs_its_row(tmp_path):
    bad = pa.array([b"good", b"caf\xe9", b"fine"]).view(pa.string())
    (batch,) = read(written(tmp_path, pa.table({"title": bad, "n": [1, 2, 3]})))
    assert batch.table.to_pydict() == {"title": ["good", None, "fine"], "n": [1, None, 3]}
    assert batch.problems == {1: "the text of column 'title' is not UTF-8"}


@pytest.mark.parametrize("damaged", [slice(None, -10), slice(100, None)])
def test_damaged_files(tmp_path, damaged):
    path = written(tmp_path, pa.table({"title": TEXTS}))
    data = (tmp_path / "a.parquet").read_bytes()[damaged]
    (tmp_path / "a.parquet").write_bytes(data)
    with pytest.raises(InputError) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: not a whole Parquet file (")
    assert message.endswith("); get it again")


def test_unreadable(tmp_path):
    with pytest.raises(InputError) as caught:
        ParquetFile(str(tmp_path / "missing.parquet"))
    assert (
        str(caught.value) == f"{tmp_path}/missing.parquet: cannot read: No such file or directory"
    )
