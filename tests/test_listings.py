import gzip
import io
import os
import sys

import pyarrow as pa
import pytest
from pyarrow import parquet

from fakedetect import streams
from fakedetect.errors import InputError
from fakedetect.listings import ListingReader, read_table


def write(path, data):
    path.write_bytes(data)
    return str(path)


def refusal(*arguments, **options):
    with pytest.raises(InputError) as caught:
        read_table(ListingReader(*arguments, **options))
    return str(caught.value)


def test_formats_go_by_name_or_option(tmp_path):
    expected = {"a": ["1"], "b": ["x,y"]}
    for name, data, options in (
        ("a.csv", b'a,b\n1,"x,y"\n', {}),
        ("a.csv.gz", gzip.compress(b'a,b\n1,"x,y"\n'), {}),
        ("a.tsv", b"a\tb\n1\tx,y\n", {}),
        ("a.txt", b"a\tb\n1\tx,y\n", {"format": "tsv"}),
        ("b.csv", b"a;b\n1;x,y\n", {"delimiter": ";"}),
        ("c.csv", b"a,b\n1,'x,y'\n", {"quote": "'"}),
        ("d.csv", "a,b\n1,'x,y'\n".encode("utf-16"), {"quote": "'"}),
        ("a.jsonl", b'{"a": 1, "b": "x,y"}\n', {}),
        ("b.txt", b'{"a": 1, "b": "x,y"}\n', {"format": "jsonl"}),
    ):
        path = write(tmp_path / name, data)
        assert read_table(ListingReader(path, **options)).to_pydict() == expected, name
    assert read_table(
        ListingReader(write(tmp_path / "e.csv", "a\n\xe9\n".encode("cp1252")), encoding="cp1252")
    ).to_pydict() == {"a": ["é"]}


def test_several_files_are_one(tmp_path):
    paths = [write(tmp_path / f"{n}.csv", b"a,b\n%d,x\n" % n) for n in range(3)]
    packed = write(tmp_path / "3.csv.gz", gzip.compress(b"a,b\n3,x\n"))
    reader = ListingReader([*paths, packed])
    assert read_table(reader)["a"].to_pylist() == ["0", "1", "2", "3"]
    assert reader.columns == ["a", "b"]
    other = write(tmp_path / "b.csv", b"b,a\nx,9\n")
    assert refusal([paths[0], other]) == (
        f"{other}: the columns are b, a; those of the first file are a, b"
    )
    lines = [write(tmp_path / f"{n}.jsonl", b'{"a": %d}\n' % n) for n in range(2)]
    lines.append(write(tmp_path / "2.jsonl", b'{"a": 2, "b": 3}\n'))
    assert refusal(lines) == (
        f"{lines[2]}, row 3, line 1: the key 'b' is in none of the first 1,000 records, whose keys"
        " are the columns; write JSON Lines, which keep every key"
    )


def test_a_folder_of_parquet(tmp_path):
    (tmp_path / "parts" / "day=2").mkdir(parents=True)
    for place, name in enumerate(("b.parquet", "a.parquet", "day=2/c.parquet")):
        parquet.write_table(pa.table({"n": [place]}), tmp_path / "parts" / name)
    write(tmp_path / "parts" / "_SUCCESS", b"")
    reader = ListingReader(str(tmp_path / "parts"))
    assert read_table(reader)["n"].to_pylist() == [1, 0, 2]
    (tmp_path / "empty").mkdir()
    assert refusal(str(tmp_path / "empty")) == f"{tmp_path}/empty: a folder without *.parquet files"


def test_how_much_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "PIECE", 1000)
    paths = [write(tmp_path / f"{n}.csv", b"a\n" + b"x\n" * 5000) for n in range(2)]
    fractions = [block.fraction for block in ListingReader(paths).blocks()]
    assert len(set(fractions)) > 10
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert len([each for each in fractions if each <= 0.5]) == len(fractions) // 2


def test_memory_holds_a_few_pieces_only(tmp_path):
    path = write(tmp_path / "a.csv", b"a,b\n" + b"1,some text\n" * 3_000_000)
    start = pa.total_allocated_bytes()
    most = 0
    for block in ListingReader(path).blocks():
        assert block.read().table.num_rows == block.n_records
        most = max(most, pa.total_allocated_bytes() - start)
    assert most < 20 << 20


def test_one_bad_record_stops_a_table(tmp_path):
    path = write(tmp_path / "a.csv", b'a,b\n1,"x\ny"\n2\n')
    assert refusal(path) == (
        f"{path}, row 2, line 4: 1 cell where the header has 2 columns; check the quotes and"
        " delimiters"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "xml"}, "no format 'xml'; the formats are csv, tsv, jsonl, parquet"),
        ({"delimiter": "ab"}, "the delimiter 'ab' is not one ASCII character"),
        ({"quote": "»"}, "the quote '»' is not one ASCII character"),
        ({"quote": ",", "delimiter": ","}, "delimiter and quote are both ','"),
        ({"encoding": "klingon"}, "no text encoding 'klingon'"),
        ({"encoding": "rot13"}, "no text encoding 'rot13'"),
        ({"encoding": "hex"}, "no text encoding 'hex'"),
    ],
)
def test_options_that_are_none(options, message):
    assert refusal("a.csv", **options) == message


def test_sources_that_are_none(tmp_path, monkeypatch):
    assert refusal([]) == "no listing file is named"
    path = write(tmp_path / "a.csv", b"a,b\n")
    assert refusal(path) == f"{path}: no listings; the file has a header and no records"
    assert refusal("-", format="parquet") == (
        "Parquet is not read from standard input; name a file"
    )
    monkeypatch.setattr(sys, "stdin", None)
    assert refusal("-") == "standard input: closed; name a file"


def test_standard_input(monkeypatch):
    stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"a,b\n1,x\n")))
    monkeypatch.setattr(sys, "stdin", stream)
    reader = ListingReader("-")
    assert read_table(reader).to_pydict() == {"a": ["1"], "b": ["x"]}
    assert reader.identity() is None


def test_a_pipe_is_read_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert ListingReader(str(tmp_path / "pipe")).identity() is None


def test_a_changed_file_is_another(tmp_path):
    path = write(tmp_path / "a.csv", b"a\n1\n")
    before = ListingReader(path).identity()
    assert ListingReader(path).identity() == before
    write(tmp_path / "a.csv", b"a\n12\n")
    assert ListingReader(path).identity() != before
    with pytest.raises(InputError) as caught:
        ListingReader("missing.csv").identity()
    assert str(caught.value) == "missing.csv: cannot read: No such file or directory"
