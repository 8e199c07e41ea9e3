import gzip
import io
import sys
from contextlib import closing

import pyarrow as pa
import pytest

from fakedetect import streams
from fakedetect.errors import InputError
from fakedetect.streams import ByteStream, Utf8, check_utf8, format_of


def packed(data, codec):
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, codec) as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


def read(tmp_path, data, encoding=None):
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    with closing(ByteStream(str(path))) as stream:
        return b"".join(Utf8(stream, encoding))


def refusal(tmp_path, data, encoding=None):
    with pytest.raises(InputError) as caught:
        read(tmp_path, data, encoding)
    return str(caught.value).removeprefix(f"{tmp_path}/a.csv: ")


@pytest.mark.parametrize("size", [1, 2, 3, 1 << 20])
@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_packed_files_are_known_by_their_bytes(tmp_path, monkeypatch, size, codec):
    monkeypatch.setattr(streams, "PIECE", size)
    assert read(tmp_path, packed(b"a,b\n", codec) + packed("1,é\n".encode(), codec)) == (
        "a,b\n1,é\n".encode()
    )


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_damaged_packed_files(tmp_path, codec):
    data = packed(b"a,b\n" + b"1,x\n" * 1000, codec)
    for damaged in (data[:-5], data + b"garbage"):
        message = refusal(tmp_path, damaged)
        assert message.startswith("the compressed file is damaged or cut short after ")
        assert message.endswith("; get it again")


def test_bombs_are_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "LEAST_EXPANDED", 1 << 20)
    assert refusal(tmp_path, gzip.compress(b"\n" * (8 << 20))) == (
        "the compressed file unpacks to more than 200 times its size; if you trust it, unpack it"
        " yourself"
    )
    monkeypatch.setattr(streams, "LEAST_EXPANDED", 16 << 20)
    assert len(read(tmp_path, gzip.compress(b"\n" * (8 << 20)))) == 8 << 20


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"PAR1\x15", "a Parquet file; name it *.parquet, or say --format parquet"),
        (b"PK\x03\x04", "a zip archive or an Excel workbook; unpack it, or save it as CSV"),
        (b"%PDF-1.4", "a PDF file; listings are CSV, TSV, JSON Lines or Parquet"),
    ],
)
def test_other_kinds_of_files(tmp_path, start, kind):
    assert refusal(tmp_path, start + b"\x00" * 50) == f"this is {kind}"


@pytest.mark.parametrize("size", [1, 2, 3, 1 << 20])
@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-32", "cp1251", "gb18030", "utf-16-le", "utf-8"]
)
def test_encodings(tmp_path, monkeypatch, size, encoding):
    monkeypatch.setattr(streams, "PIECE", size)
    text = "a,b\n1,Привет\n"
    known = encoding if encoding in {"cp1251", "gb18030", "utf-16-le"} else None
    assert read(tmp_path, text.encode(encoding), known) == text.encode()


def test_another_encoding_than_was_said(tmp_path):
    data = "a\nПривет\n".encode("cp1251") + b"\x98"
    assert refusal(tmp_path, data, "cp1251") == (
        "not cp1251: character maps to <undefined> at offset 9; name the file's encoding with"
        " --encoding"
    )
    assert refusal(tmp_path, "a\nь\n".encode("utf-16")[:-1]) == (
        "not utf-16: truncated data at offset 8; name the file's encoding with --encoding"
    )


def test_where_text_is_not_utf8():
    whole = "é手表".encode()
    check_utf8(whole, 0, len(whole), offset=0, line=0, file="a.csv")
    check_utf8(b"\xff" + whole, 1, len(whole) + 1, offset=0, line=0, file="a.csv")
    text = "Москва, сумка кожаная, новая\nхорошее состояние\n".encode("cp1251")
    with pytest.raises(InputError) as caught:
        check_utf8(b"a\nb," + text, 0, len(text) + 4, offset=100, line=7, file="a.csv")
    assert str(caught.value) == (
        "a.csv: not UTF-8: byte 0xcc at offset 104 (line 9); it may be cp1251: try --encoding"
        " cp1251"
    )


@pytest.mark.parametrize(
    ("name", "expected"), [("missing.csv", "No such file or directory"), (".", "Is a directory")]
)
def test_unreadable(tmp_path, name, expected):
    with pytest.raises(InputError) as caught:
        ByteStream(str(tmp_path / name))
    assert str(caught.value) == f"{tmp_path / name}: cannot read: {expected}"


def test_fraction_is_of_the_file_as_it_lies(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "PIECE", 100)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a\n" * 1000))
    with closing(ByteStream(str(path))) as stream:
        assert stream.fraction == 0
        while stream.read():
            pass
        assert stream.fraction == 1


def test_standard_input_may_come_in_drops(monkeypatch):
    class Drops(io.RawIOBase):
        data = b"a,b\n1,x\n"

        def readable(self):
            return True

        def readinto(self, buffer):
            piece, self.data = self.data[:1], self.data[1:]
            buffer[: len(piece)] = piece
            return len(piece)

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Drops())))
    stream = ByteStream("-")
    assert b"".join(Utf8(stream, None)) == b"a,b\n1,x\n"
    assert stream.fraction is None
    stream.close()
    assert not sys.stdin.closed


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.csv", "csv"), ("a.TSV", "tsv"), ("a.tsv.zst", "tsv"), ("a.ndjson.gz", "jsonl"),
     ("a.jsonl", "jsonl"), ("a.parquet", "parquet"), ("a.txt", "csv"), ("-", "csv")],
)  # fmt: skip
def test_formats_by_name(name, expected):
    assert format_of(name) == expected
