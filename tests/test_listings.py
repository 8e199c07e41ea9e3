import gzip
import io
import sys

import pyarrow as pa
import pytest

from fakedetect import listings
from fakedetect.errors import InputError
from fakedetect.listings import ListingReader, read_table, writing


def table(tmp_path, data, name="a.csv", **options):
    path = tmp_path / name
    path.write_bytes(data)
    return read_table(str(path), **options).to_pydict()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a,b\n1,x\n", {"a": ["1"], "b": ["x"]}),
        (b"a,b\r\n1,x\r\n2,y", {"a": ["1", "2"], "b": ["x", "y"]}),
        (b"\xef\xbb\xbfa,b\n1,x\n", {"a": ["1"], "b": ["x"]}),
        (b"a,b\n00123,NA\nnull,None\n,nan\n",
         {"a": ["00123", "null", ""], "b": ["NA", "None", "nan"]}),
        (b'a,b\n1,"two\nlines, ""quoted"""\n', {"a": ["1"], "b": ['two\nlines, "quoted"']}),
        (b'a,b\n1,19" rack\n', {"a": ["1"], "b": ['19" rack']}),
        (b"a,b\n1,x\ry\n2,\r\r\n", {"a": ["1", "2"], "b": ["x\ry", "\r"]}),
        (b'a,b\n1,"x\ry\r\nz"\n', {"a": ["1"], "b": ["x\ry\r\nz"]}),
        ("a,b\n手表,é\n".encode(), {"a": ["手表"], "b": ["é"]}),
        (b'a\n""\nx\n', {"a": ["", "x"]}),
        (b"a,b\n1,x\x00y\n", {"a": ["1"], "b": ["x\x00y"]}),
        (b'a,b\n1,"x\ny"', {"a": ["1"], "b": ["x\ny"]}),
        ("a,b\n\ufdd0\r\ufdd2,\ufdd0\ufdd1\n".encode(),
         {"a": ["\ufdd0\r\ufdd2"], "b": ["\ufdd0\ufdd1"]}),
        (b"a\rb,c\n1,2\n", {"a\rb": ["1"], "c": ["2"]}),
    ],
)  # fmt: skip
def test_cells_stay_what_they_are(tmp_path, data, expected):
    assert table(tmp_path, data) == expected
    assert table(tmp_path, gzip.compress(data)) == expected


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 20])
def test_chunks_may_end_anywhere(tmp_path, monkeypatch, size):
    monkeypatch.setattr(listings, "_CHUNK", size)
    data = 'a,b\r\n手表,"x\r\ny"\r\né\r,\ufdd0\r\n'.encode()
    assert table(tmp_path, data) == {"a": ["手表", "é\r"], "b": ["x\r\ny", "\ufdd0"]}


def test_delimiter_goes_by_name_or_option(tmp_path):
    assert table(tmp_path, b"a\tb\n1\tx,y\n", "a.tsv") == {"a": ["1"], "b": ["x,y"]}
    assert table(tmp_path, b"a;b\n1;x,y\n", delimiter=";") == {"a": ["1"], "b": ["x,y"]}


def test_records_over_many_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(listings, "_BLOCK", 1000)
    data = b"a,b\n" + b"".join(b"%d,text of %d\n" % (n, n) for n in range(5000))
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    reader = ListingReader(str(path))
    batches = list(reader)
    assert len(batches) > 10
    assert [row for batch in batches for row in batch["a"].to_pylist()] == [
        str(n) for n in range(5000)
    ]
    assert reader.fraction == 1.0


BAD = {
    "empty": (b"", "the file is empty"),
    "header without an end": (b"a,b", "no listings; the file has a header and no records"),
    "blank lines": (b"\n\n\n", "the file is empty"),
    "header only": (b"a,b\n", "no listings; the file has a header and no records"),
    "too few cells": (
        b"a,b\n1,x\n2\n3,y\n",
        "row 2: 1 cells where the header has 2 columns; check the quotes and delimiters of '2'",
    ),
    "too many cells": (
        b"a,b\n1,x,\x1b[31m\n",
        "row 1: 3 cells where the header has 2 columns; check the quotes and delimiters of"
        " '1,x,\\x1b[31m'",
    ),
    "repeated column": (
        b"a,b,a\n1,2,3\n",
        "column a: this column occurs more than once; rename all but one",
    ),
    "open quote": (
        b'a,b\n1,2\n3,"abc\nx,1\ny,2\n',
        "row 2: a quote is opened and never closed, so that the rest of the file is one cell",
    ),
    "open quote, one column": (
        b'a\n"abc\nx\n',
        "row 1: a quote is opened and never closed, so that the rest of the file is one cell",
    ),
    "another delimiter": (
        b"title;b\n1;2\n",
        "the header is one cell, 'title;b'; name the character between the cells with --delimiter",
    ),
    "columns without names": (b"a,,\n1,2,3\n", "several columns have no name; name or remove them"),
    "latin-1": (
        b"a,b\n1,caf\xe9\n",
        "not UTF-8: byte 0xe9 at offset 9 (line 2); save the file as UTF-8, or convert it with"
        " `iconv -f WINDOWS-1252 -t UTF-8` or from whatever encoding it has",
    ),
    "latin-1 in the header": (
        b"caf\xe9,b\n1,2\n",
        "not UTF-8: byte 0xe9 at offset 3 (line 1); save the file as UTF-8, or convert it with"
        " `iconv -f WINDOWS-1252 -t UTF-8` or from whatever encoding it has",
    ),
    "cut character": (
        "a,b\n1,é".encode()[:-1],
        "not UTF-8: byte 0xc3 at offset 6 (line 2); save the file as UTF-8, or convert it with"
        " `iconv -f WINDOWS-1252 -t UTF-8` or from whatever encoding it has",
    ),
    "utf-16": (
        "a,b\n1,x\n".encode("utf-16"),
        "the file is UTF-16; save it as UTF-8, or convert it with `iconv -f UTF-16 -t UTF-8`",
    ),
    "carriage returns only": (
        b"a,b\r1,x\r",
        "the lines end in CR alone; convert the file with `tr '\\r' '\\n'`",
    ),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("size", [2, 1 << 20])
def test_bad_files(tmp_path, monkeypatch, name, size):
    monkeypatch.setattr(listings, "_CHUNK", size)
    data, message = BAD[name]
    with pytest.raises(InputError) as caught:
        table(tmp_path, data)
    place, _, found = str(caught.value).partition("a.csv")
    assert place == f"{tmp_path}/"
    assert found in {f": {message}", f", {message}"}


def test_cut_gzip(tmp_path):
    data = gzip.compress(b"a,b\n" + b"1,x\n" * 1000)
    with pytest.raises(InputError) as caught:
        table(tmp_path, data[:-12])
    assert "the compressed file is damaged or cut short after" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "expected"), [("missing.csv", "No such file or directory"), (".", "Is a directory")]
)
def test_unreadable(tmp_path, name, expected):
    with pytest.raises(InputError) as caught:
        read_table(str(tmp_path / name))
    assert str(caught.value) == f"{tmp_path / name}: cannot read: {expected}"


def test_record_longer_than_a_block(tmp_path, monkeypatch):
    monkeypatch.setattr(listings, "_BLOCK", 1 << 20)
    with pytest.raises(InputError) as caught:
        table(tmp_path, b'a,b\n1,"' + b"x" * (3 << 20) + b'"\n')
    assert str(caught.value).endswith(
        "a record after row 0 is longer than 1 MiB; look for a quote that is not closed"
    )


def test_standard_input(monkeypatch):
    stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"a,b\n1,x\n")))
    monkeypatch.setattr(sys, "stdin", stream)
    reader = ListingReader("-")
    assert [batch.to_pydict() for batch in reader] == [{"a": ["1"], "b": ["x"]}]
    assert reader.fraction is None


def test_round_trip(tmp_path):
    cells = [
        "=1+1",
        "'=1",
        "\t=1",
        "\x00=1",
        "-12.50",
        "",
        'a "b"',
        "x,y",
        "two\nlines",
        "lone\rcr",
        "  spaces  ",
    ]
    batch = pa.record_batch({"a": cells, "b": ["z"] * len(cells)})
    for name in ("out.csv", "out.tsv", "out.csv.gz"):
        with writing(str(tmp_path / name), raw_cells=True) as append:
            append(batch.slice(0, 5))
            append(batch.slice(5))
        assert read_table(str(tmp_path / name)).to_pydict() == batch.to_pydict()


def test_compressed_output_is_the_same_each_time(tmp_path):
    batch = pa.record_batch({"a": ["x"]})
    for name in ("one.csv.gz", "two.csv.gz"):
        with writing(str(tmp_path / name)) as append:
            append(batch)
    assert (tmp_path / "one.csv.gz").read_bytes() == (tmp_path / "two.csv.gz").read_bytes()


def test_formulas_are_made_text_also_in_the_header(tmp_path):
    path = str(tmp_path / "out.csv")
    with writing(path) as append:
        append(pa.record_batch({"=a": ["=1+1"]}))
        append(pa.record_batch({"=a": ["-5"]}))
    assert read_table(path).to_pydict() == {"'=a": ["'=1+1", "-5"]}
