from contextlib import closing

import numpy as np
import pyarrow as pa
import pytest

from fakedetect import delimited, streams
from fakedetect.delimited import DelimitedFile
from fakedetect.errors import InputError
from fakedetect.streams import ByteStream


def read(tmp_path, data, delimiter=",", quote='"', encoding=None):
    """Return a file's columns, and the problems of its records."""
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with closing(ByteStream(str(path))) as stream:
        file = DelimitedFile(stream, delimiter=delimiter, quote=quote, encoding=encoding)
        batches = [block.read() for block in file]
    tables = [batch.table for batch in batches]
    lines = np.concatenate([[], *(batch.lines for batch in batches)]).tolist()
    n_before = np.cumsum([0, *(table.num_rows for table in tables)]).tolist()
    problems = {
        row + before: why
        for batch, before in zip(batches, n_before, strict=False)
        for row, why in batch.problems.items()
    }
    whole = pa.concat_tables(tables).to_pydict() if tables else {}
    return whole, lines, problems


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 20])
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a,b\n1,x\n", {"a": ["1"], "b": ["x"]}),
        (b"a,b\r\n1,x\r\n2,y", {"a": ["1", "2"], "b": ["x", "y"]}),
        (b"\xef\xbb\xbfa,b\n1,x\n", {"a": ["1"], "b": ["x"]}),
        (b"\n\r\na,b\n\n1,x\n\r\n", {"a": ["1"], "b": ["x"]}),
        (b"a,b\n00123,NA\nnull,None\n,nan\n",
         {"a": ["00123", "null", ""], "b": ["NA", "None", "nan"]}),
        (b'a,b\n1,"two\nlines, ""quoted"""\n', {"a": ["1"], "b": ['two\nlines, "quoted"']}),
        (b'a,b\n1,19" rack\n', {"a": ["1"], "b": ['19" rack']}),
        (b"a,b\n1,x\ry\n2,\r\r\n", {"a": ["1", "2"], "b": ["x\ry", "\r"]}),
        (b"a,b\n\rx,y\n", {"a": ["\rx"], "b": ["y"]}),
        (b'a,b\n1,"x\ry\r\nz"\n', {"a": ["1"], "b": ["x\ry\r\nz"]}),
        (b'a,b\n1,"x\ry"\n2,z\rz\n', {"a": ["1", "2"], "b": ["x\ry", "z\rz"]}),
        ("a,b\n手表,é\n".encode(), {"a": ["手表"], "b": ["é"]}),
        (b'a\n""\nx\n', {"a": ["", "x"]}),
        (b"a,b\n1,x\x00y\n", {"a": ["1"], "b": ["x\x00y"]}),
        (b'a,b\n1,"x\ny"', {"a": ["1"], "b": ["x\ny"]}),
        ("a,b\n\ufdd0\r\ufdd2,\ufdd0\ufdd1\n\ufdd0\ufdd2,x\n".encode(),
         {"a": ["\ufdd0\r\ufdd2", "\ufdd0\ufdd2"], "b": ["\ufdd0\ufdd1", "x"]}),
        (b'"a\rb",c\n1,2\n', {"a\rb": ["1"], "c": ["2"]}),
    ],
)  # fmt: skip
def test_cells_stay_what_they_are(tmp_path, monkeypatch, data, expected, size):
    monkeypatch.setattr(streams, "PIECE", size)
    found, _, problems = read(tmp_path, data)
    assert (found, problems) == (expected, {})


def test_dialects(tmp_path):
    assert read(tmp_path, b"a;b\n'1;2';x,y\n", ";", "'")[0] == {"a": ["1;2"], "b": ["x,y"]}
    assert read(tmp_path, b'a\tb\n"1\tx\n', "\t", "")[0] == {"a": ['"1'], "b": ["x"]}


@pytest.mark.parametrize("size", [1, 5, 1 << 20])
def test_a_bad_record_costs_one_row_and_says_its_line(tmp_path, monkeypatch, size):
    monkeypatch.setattr(streams, "PIECE", size)
    data = b'a,b\n1,x\n2\n"3\n",y\n\n4,"z\n5,v,w\n6,u\n'
    found, lines, problems = read(tmp_path, data)
    assert found == {
        "a": ["1", None, "3\n", None, None, "6"],
        "b": ["x", None, "y", None, None, "u"],
    }
    assert lines == [2, 3, 4, 7, 8, 9]
    assert problems == {
        1: "1 cell where the header has 2 columns; check the quotes and delimiters",
        3: "a quote is opened and not properly closed within 1,000 lines and 1 MiB; look for a"
        " stray quote",
        4: "3 cells where the header has 2 columns; check the quotes and delimiters",
    }


def test_what_the_parser_counts_otherwise_is_read_record_by_record(tmp_path, monkeypatch):
    parsed = DelimitedFile.parsed

    def unable(self, text, columns, misfits, **options):
        if columns and b"boom" in text.to_pybytes():
            raise pa.ArrowInvalid("cannot parse this")
        return parsed(self, text, columns, misfits, **options)

    monkeypatch.setattr(DelimitedFile, "parsed", unable)
    found, _, problems = read(tmp_path, b"a,b\n" + b"1,x\n" * 5 + b"2,boom\n" + b"3,y\n" * 4)
    assert found["a"] == ["1"] * 5 + [None] + ["3"] * 4
    assert problems == {5: "cannot parse this"}


def test_records_longer_than_a_block_of_the_parser(tmp_path):
    data = b'a,b\n1,"' + b"x\n" * 400 + b"y" * (delimited._BLOCK * 2) + b'"\n2,z\n'
    found, lines, problems = read(tmp_path, data)
    assert [len(cell) for cell in found["b"]] == [800 + 2 * delimited._BLOCK, 1]
    assert (lines, problems) == ([2, 403], {})


BAD = {
    "empty": (b"", "the file is empty"),
    "blank lines": (b"\n\n\n", "the file is empty"),
    "repeated column": (
        b"a,b,a\n1,2,3\n",
        "column a: this column occurs more than once; rename all but one",
    ),
    "quote in the header": (
        b'a,"b\n1,2\n',
        "in the header, a quote is opened and not properly closed within 1,000 lines and 1 MiB;"
        " look for a stray quote",
    ),
    "another delimiter": (
        b"title;b\n1;2\n",
        "the header is one cell, 'title;b'; if its columns are parted by ';', say --delimiter ';'",
    ),
    "columns without names": (b"a,,\n1,2,3\n", "several columns have no name; name or remove them"),
    "too many columns": (
        b"," * 10_000 + b"\n",
        "the header has 10,001 columns; up to 10,000 are accepted",
    ),
    "latin-1": (
        b"a,b\n1,caf\xe9\n",
        "not UTF-8: byte 0xe9 at offset 9 (line 2); it may be cp1252: try --encoding cp1252",
    ),
    "latin-1 in the header": (
        b"caf\xe9,b\n1,2\n",
        "not UTF-8: byte 0xe9 at offset 3 (line 1); it may be cp1252: try --encoding cp1252",
    ),
    "latin-1 behind lone carriage returns": (
        b"\xef\xbb\xbfa,b\n1,x\ry\n2,caf\xe9\n",
        "not UTF-8: byte 0xe9 at offset 18 (line 3); it may be cp1252: try --encoding cp1252",
    ),
    "cut character": (
        "a,b\n1,é".encode()[:-1],
        "not UTF-8: byte 0xc3 at offset 6 (line 2) begins a character that the file ends in; get"
        " the whole file",
    ),
    "utf-16 without a mark": (
        "a,b\n1,x\n".encode("utf-16-le"),
        "the header has NUL characters, as UTF-16 has when it is read as UTF-8; try --encoding"
        " utf-16-le",
    ),
    "carriage returns only": (
        b"a,b\r1,x\r",
        "lines end in CR alone; convert the file with `tr '\\r' '\\n'`",
    ),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("size", [2, 1 << 20])
def test_files_that_cannot_be_used(tmp_path, monkeypatch, name, size):
    monkeypatch.setattr(streams, "PIECE", size)
    data, message = BAD[name]
    with pytest.raises(InputError) as caught:
        read(tmp_path, data)
    found = str(caught.value).removeprefix(f"{tmp_path}/a.csv")
    assert found in {f": {message}", f", {message}"}
