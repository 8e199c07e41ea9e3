import gzip
import io
import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from fakedetect import encoders
from fakedetect.encoders import Encoder
from fakedetect.errors import InputError

ROWS = pa.table(
    {
        "title": ["手表", '=1+1 "x"', None],
        "price": [1.5, None, 2.0],
        "tags": pa.array([["a"], [], None]),
        "data": pa.array([b"\xff", None, b""]),
    }
)
ADDED = pa.table({"score": [0.1, 0.25, None], "status": ["ok", "ok", "line 4: bad"]})


def test_cells_of_csv():
    encoder = Encoder("out.csv")
    assert (
        encoder.header(ROWS, ADDED).decode() == '"title","price","tags","data","score","status"\n'
    )
    assert encoder.rows(ROWS, ADDED).decode() == (
        '"手表",1.5,"[""a""]","ff",0.1,"ok"\n'
        '"\'=1+1 ""x""",,"[]",,0.25,"ok"\n'
        ',2,,"",,"line 4: bad"\n'
    )
    raw = Encoder("out.tsv", raw_cells=True)
    assert raw.rows(ROWS.select(["title"]), ADDED).decode().splitlines()[1] == (
        '"=1+1 ""x"""\t0.25\t"ok"'
    )


def test_names_of_columns_are_no_formulas():
    rows = pa.table({"=1+1": ["x"]})
    assert Encoder("out.csv").header(rows, pa.table({"score": [0.5]})) == b'"\'=1+1","score"\n'


def test_objects_of_json_lines():
    lines = Encoder("out.jsonl").rows(ROWS, ADDED).decode().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"title": "手表", "price": 1.5, "tags": ["a"], "data": "ff", "score": 0.1, "status": "ok"},
        {"title": '=1+1 "x"', "price": None, "tags": [], "data": None, "score": 0.25,
         "status": "ok"},
        {"title": None, "price": 2.0, "tags": None, "data": "", "score": None,
         "status": "line 4: bad"},
    ]  # fmt: skip


def test_objects_that_stand_in_a_file_are_kept_to_the_byte():
    raw = [b' {"n":1.10,"a" : "\\u00e9"} \r', b"{ }", None]
    assert Encoder("out.jsonl").rows(ROWS, ADDED, raw).decode() == (
        '{"n":1.10,"a" : "\\u00e9", "score": 0.1, "status": "ok"}\n'
        '{"score": 0.25, "status": "ok"}\n'
        '{"score": null, "status": "line 4: bad"}\n'
    )


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_packing_gives_the_same_bytes_each_time(tmp_path, ending):
    encoder = Encoder(f"out.csv{ending}")
    data = b"a\n" * 3_000_000
    (tmp_path / "part").write_bytes(data)
    for name in ("one", "two"):
        encoder.pack(tmp_path / "part", tmp_path / name)
    packed = (tmp_path / "one").read_bytes()
    assert encoder.packs
    assert packed == (tmp_path / "two").read_bytes()
    if ending == ".gz":
        assert gzip.decompress(packed) == data
    else:
        assert pa.CompressedInputStream(io.BytesIO(packed), "zstd").read() == data


def test_groups_of_parquet_do_not_depend_on_how_rows_came(tmp_path, monkeypatch):
    monkeypatch.setattr(encoders, "_ROWS_OF_GROUP", 50)
    monkeypatch.setattr(encoders, "_BYTES_OF_GROUP", 2000)
    rows = pa.table({"title": ["x" * (n % 100) for n in range(400)]})
    added = pa.table({"score": [n / 400 for n in range(400)]})
    encoder = Encoder("out.parquet")
    found = set()
    for size in (1, 7, 50, 399, 400):
        portions = [
            encoder.rows(rows.slice(n, size), added.slice(n, size)) for n in range(0, 400, size)
        ]
        (tmp_path / "part").write_bytes(b"".join(portions))
        encoder.pack(tmp_path / "part", tmp_path / "packed")
        found.add((tmp_path / "packed").read_bytes())
    assert len(found) == 1
    assert encoder.packs
    written = parquet.ParquetFile(tmp_path / "packed")
    sizes = [written.metadata.row_group(n).num_rows for n in range(written.num_row_groups)]
    assert max(sizes) <= 50
    assert min(sizes[:-1]) < 50
    assert written.read() == rows.append_column("score", added["score"])


def test_a_parquet_file_is_not_packed_again():
    with pytest.raises(InputError) as caught:
        Encoder("out.parquet.gz")
    assert str(caught.value) == (
        "out.parquet.gz: a Parquet file is packed inside; leave out the last ending"
    )


@pytest.mark.parametrize("name", ["out.xlsx", "out.JSON", "out.csv.zip"])
def test_csv_does_not_go_by_the_name_of_another_format(name):
    with pytest.raises(InputError) as caught:
        Encoder(name)
    ending = name[name.rindex(".") :].lower()
    assert str(caught.value) == (
        f"{name}: no {ending} files are written; name one .csv, .tsv, .jsonl or .parquet"
    )
