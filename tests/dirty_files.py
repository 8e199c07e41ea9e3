"""Dirty listing files of many kinds, with what comes of each. As a script: score the large ones.

They are made by rules of our own, so that none of them is anybody's listings.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pyarrow as pa
from pyarrow import parquet

from fakedetect.batch import Output, score_file
from fakedetect.errors import InputError
from fakedetect.listings import ListingReader
from fakedetect.loading import load
from fakedetect.model import Model

QUOTE = (
    "a quote is opened and not properly closed within 1,000 lines and 1 MiB; look for a stray quote"
)
TOO_LONG = "the record is longer than 4 MiB"
CR_ALONE = r"lines end in CR alone; convert the file with `tr '\r' '\n'`"
NO_LISTINGS = "no listings; the file has a header and no records"
NUL = "the header has NUL characters, as UTF-16 has when it is read as UTF-8; try --encoding "
ARRAY = "the file is one JSON array; convert it with `jq -c '.[]'`"
NO_OBJECT = "the line is JSON, but no object"
NONE_IS = "; none of the first records is a JSON object, as in JSON Lines"
MAY_BE = "; it may be "
OTHER = "; listings are CSV, TSV, JSON Lines or Parquet"
BOMB = "unpacks to more than 200 times its size"
MIB = 1 << 20
GOOD = b"title,b\nx,1\ny,2\n"
JSON = b'{"title": "x"}\n'
_MOST_KEPT = 40  # problems and rows of a large file that are compared one by one


def cells(n: int, columns: int = 2) -> str:
    return (
        f"{n} cell{'s' * (n != 1)} where the header has {columns} column{'s' * (columns != 1)};"
        " check the quotes and delimiters"
    )


class Rows(NamedTuple):
    """What comes of a file that can be read.

    Attributes
    ----------
    columns
        The cells, as they are in CSV; empty for records that cannot be read. None: not compared.
    problems
        The status of the first records that cannot be read, by their row from 0.
    n, n_problems
        How many there are in all; None goes by the above.
    """

    columns: dict[str, list[str]] | None
    problems: Mapping[int, str] = MappingProxyType({})
    n: int | None = None
    n_problems: int | None = None


class Dirty(NamedTuple):
    """A dirty file, or several, and what comes of it: an error's message, or rows."""

    name: str
    files: dict[str, bytes | Callable[[Path], None]]
    expected: str | Rows
    options: Mapping[str, Any] = MappingProxyType({})
    sources: tuple[str, ...] = ()

    def write(self, folder: Path) -> None:
        """Write the files."""
        for name, data in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if callable(data):
                data(path)
            else:
                path.write_bytes(data)


def one(name: str, data: Any, expected: str | Rows, ending: str = ".csv", **options: Any) -> Dirty:
    """Return a case of a single file, called ``a``."""
    if isinstance(expected, str):
        expected = f"a{ending}{'' if expected.startswith(',') else ': '}{expected}"
    return Dirty(name, {f"a{ending}": data}, expected, options)


def titles(*found: str, problems: dict[int, str] | None = None, **columns: list[str]) -> Rows:
    return Rows({"title": list(found), **columns}, problems or {})


def quotes() -> Iterator[Dirty]:
    def case(name: str, text: str, expected: Rows | str) -> Dirty:
        return one(f"quote {name}", text.encode(), expected)

    yield case(
        "opened and not closed",
        'title,b\n"x,1\ny,2\nz,3\n',
        titles("", "y", "z", b=["", "2", "3"], problems={0: f"line 2: {QUOTE}"}),
    )
    yield case(
        "opened, closed in the next record",
        'title,b\n"x,1\n"y",2\nz,3\n',
        titles("", "y", "z", b=["", "2", "3"], problems={0: f"line 2: {QUOTE}"}),
    )
    yield case(
        "opened in the last record",
        'title,b\nx,1\ny,"2',
        titles("x", "", b=["1", ""], problems={1: f"line 3: {QUOTE}"}),
    )
    yield case(
        "opened in every record",
        'title,b\n"x,1\n"y,2\n"z,3\n',
        titles(
            "", "", "", b=[""] * 3, problems={row: f"line {row + 2}: {QUOTE}" for row in range(3)}
        ),
    )
    yield case(
        "opened on the last line of a cell over lines",
        'title,b\n"x\ny,1\nz,2\n"v\nw",3\n',
        titles(
            "", "", "z", "v\nw", b=["", "1", "2", "3"], problems={0: f"line 2: {QUOTE}"}
        )._replace(columns={"title": ["", "y", "z", "v\nw"], "b": ["", "1", "2", "3"]}),
    )
    yield case(
        "inside a word", 'title\n19" rack\na "b" c\nx"\n', titles('19" rack', 'a "b" c', 'x"')
    )
    yield case("behind a blank", 'title,b\n "x",1\n', titles(' "x"', b=["1"]))
    yield case("closed before the cell's end", 'title,b\n"x" y,1\n', titles("x y", b=["1"]))
    yield case("twice at the start", 'title,b\n""x"",1\n', titles('x""', b=["1"]))
    yield case(
        "doubled and not closed",
        'title,b\n"""x"",1\ny,2\n',
        titles("", "y", b=["", "2"], problems={0: f"line 2: {QUOTE}"}),
    )
    yield case("doubled", 'title\n"say ""x"""\n""\n""""\n', titles('say "x"', "", '"'))
    yield case("in the header", '"title,b\nx,1\n', f"in the header, {QUOTE}")
    yield case(
        "inside a name",
        'title"x",b\nx,1\n',
        "no text column 'title' or 'description'; the columns are title\"x\", b; name the text"
        " columns",
    )
    yield case(
        "around names over lines", '"title","b\nc"\nx,1\n', Rows({"title": ["x"], "b\nc": ["1"]})
    )
    yield case("closed by the end of the file", 'title,b\nx,"y\nz"', titles("x", b=["y\nz"]))
    yield case("closed by a CR at the end", 'title,b\nx,"y\r\nz"\r', titles("x", b=["y\r\nz"]))
    yield case(
        "swallows a delimiter",
        'title,b\n"x,1",\n"y,2"\n',
        titles("x,1", "", b=["", ""], problems={1: f"line 3: {cells(1)}"}),
    )
    for n, fits in ((999, True), (1000, True), (1001, False)):
        text = "\n".join(["x"] * n)
        found = titles(text) if fits else Rows(None, {0: f"line 2: {QUOTE}"}, n, 1)
        yield case(f"around {n} lines", f'title\n"{text}"\n', found)
    for n, fits in ((MIB - 4, True), (MIB, False)):
        half = "x" * (n // 2)
        found = titles(f"{half}\n{half}") if fits else Rows(None, {0: f"line 2: {QUOTE}"}, 2, 1)
        yield case(f"around {n} bytes", f'title\n"{half}\n{half}"\n', found)


def lines() -> Iterator[Dirty]:
    def case(name: str, data: bytes, expected: Rows | str) -> Dirty:
        return one(f"lines: {name}", data, expected)

    both = titles("x", "y", b=["1", "2"])
    yield case("CRLF", b"title,b\r\nx,1\r\ny,2\r\n", both)
    yield case("CRLF and LF", b"title,b\r\nx,1\ny,2\r\n", both)
    yield case("LF, then CRLF", b"title,b\nx,1\r\ny,2\r\n", both)
    yield case("no end of the last", b"title,b\nx,1\ny,2", both)
    yield case("CRLF, the last cut to CR", b"title,b\r\nx,1\r\ny,2\r", both)
    yield case("CR alone", b"title,b\rx,1\ry,2\r", CR_ALONE)
    yield case("CR, then LF", b"title,b\rx,1\ny,2\n", CR_ALONE)
    yield case("CR inside cells", b"title,b\nx\ry,1\n\r,2\r\n", titles("x\ry", "\r", b=["1", "2"]))
    yield case(
        "CR alone behind the header",
        b"title,b\nx,1\ry,2\n",
        titles("", b=[""], problems={0: f"line 2: {cells(3)}"}),
    )
    yield case("CR inside quotes", b'title,b\n"x\ry\r\nz",1\r\n', titles("x\ry\r\nz", b=["1"]))
    yield case(
        "CR inside a quoted name", b'title,"b\rc"\nx,1\n', Rows({"title": ["x"], "b\rc": ["1"]})
    )
    yield case("blank", b"\n\r\ntitle,b\n\n\nx,1\r\n\r\n\ny,2\n\n", both)
    yield case(
        "blank, and one bad",
        b"title,b\n\n\nx\n\ny,2\n",
        titles("", "y", b=["", "2"], problems={0: f"line 4: {cells(1)}"}),
    )
    yield case("white space in one column", b"title\n \n\t\nx\n", titles(" ", "\t", "x"))
    yield case(
        "white space in two columns",
        b"title,b\n ,\n  \nx,1\n",
        titles(" ", "", "x", b=["", "", "1"], problems={1: f"line 3: {cells(1)}"}),
    )
    yield case(
        "other kinds of ends",
        "title\nx\x0by\x0cz\x85\u2028v\n".encode(),
        titles("x\x0by\x0cz\x85\u2028v"),
    )
    yield case(
        "short and long",
        b"title,b\nx\ny,1,2\nz,3\n",
        titles(
            "",
            "",
            "z",
            b=["", "", "3"],
            problems={0: f"line 2: {cells(1)}", 1: f"line 3: {cells(3)}"},
        ),
    )
    yield case(
        "all too short",
        b"title,b\nx\ny\n",
        titles("", "", b=["", ""], problems={0: f"line 2: {cells(1)}", 1: f"line 3: {cells(1)}"}),
    )
    yield case(
        "all too long",
        b"title\nx,1\ny,2\n",
        titles("", "", problems={0: f"line 2: {cells(2, 1)}", 1: f"line 3: {cells(2, 1)}"}),
    )
    yield case(
        "a delimiter more at each end",
        b"title,b,\nx,1,\ny,2,\n",
        both._replace(columns={"title": ["x", "y"], "b": ["1", "2"], "": ["", ""]}),
    )
    yield case(
        "100,000 delimiters",
        b"title,b\nx,1\n" + b"," * 100_000 + b"\ny,2\n",
        titles("x", "", "y", b=["1", "", "2"], problems={1: f"line 3: {cells(100_001)}"}),
    )


def headers() -> Iterator[Dirty]:
    def case(name: str, data: bytes, expected: Rows | str) -> Dirty:
        return one(f"header: {name}", data, expected)

    yield case(
        "one name twice",
        b"title,title\nx,1\n",
        ", column title: this column occurs more than once; rename all but one",
    )
    yield case("one name empty", b"title,\nx,1\n", Rows({"title": ["x"], "": ["1"]}))
    yield case(
        "names empty", b"title,,\nx,1,2\n", "several columns have no name; name or remove them"
    )
    yield case("alone", b"title,b\n", NO_LISTINGS)
    yield case("alone, no line end", b"title,b", NO_LISTINGS)
    yield case("no file", b"", "the file is empty")
    yield case("blank lines", b"\n\r\n\n", "the file is empty")
    yield case("a blank", b" ", NO_LISTINGS)
    yield case(
        "no text column",
        b"name,b\nx,1\n",
        "no text column 'title' or 'description'; the columns are name, b; name the text columns",
    )
    yield case(
        "a listing in its place",
        b"x,1\ny,2\n",
        "no text column 'title' or 'description'; the columns are x, 1; name the text columns",
    )
    yield case(
        "a column that is added",
        b"title,score\nx,1\n",
        ", column score: the listings already have this column, which scoring adds; rename"
        " it, or name the added ones otherwise with --prefix",
    )
    yield case(
        "another delimiter",
        b"title;b\nx;1\n",
        "the header is one cell, 'title;b'; if its columns are parted by ';', say --delimiter ';'",
    )
    yield case(
        "tabs",
        b"title\tb\nx\t1\n",
        "the header is one cell, 'title\\tb'; if its columns are parted by '\\t', say"
        " --delimiter '\\t'",
    )
    yield case(
        "10,001 columns",
        b",".join(b"c%d" % n for n in range(10_001)) + b"\nx\n",
        "the header has 10,001 columns; up to 10,000 are accepted",
    )
    yield case(
        "100,000 delimiters",
        b"," * 100_000 + b"\nx\n",
        "the header has 100,001 columns; up to 10,000 are accepted",
    )
    yield case("a NUL", b"tit\x00le,b\nx,1\n", f"{NUL}utf-16-le")
    yield case("NULs alone", bytes(4), f"{NUL}utf-16-le")


def encodings() -> Iterator[Dirty]:
    def case(name: str, data: bytes, expected: Rows | str, **options: Any) -> Dirty:
        return one(f"encoding: {name}", data, expected, **options)

    def not_utf8(byte: int, offset: int, line: int, likely: str = "") -> str:
        found = f"not UTF-8: byte 0x{byte:02x} at offset {offset} (line {line})"
        return found + (f"{MAY_BE}{likely}: try --encoding {likely}" if likely else "")

    text = "title,b\n手表 é,1\n"
    found = titles("手表 é", b=["1"])
    yield case("UTF-8 with BOM", b"\xef\xbb\xbf" + text.encode(), found)
    yield case("BOM alone", b"\xef\xbb\xbf", "the file is empty")
    yield case("UTF-16 BOM alone", b"\xff\xfe", "the file is empty")
    yield case(
        "BOM inside", "title,b\n\ufeffx\ufeff,1\n".encode(), titles("\ufeffx\ufeff", b=["1"])
    )
    yield case(
        "BOM and another encoding named", b"\xef\xbb\xbf" + text.encode(), found, encoding="cp1252"
    )
    for form in ("utf-16-le", "utf-16-be"):
        yield case(f"{form} with BOM", f"\ufeff{text}".encode(form), found)
        yield case(f"{form} without BOM", text.encode(form), f"{NUL}{form}")
        yield case(f"{form} named", text.encode(form), found, encoding=form)
    yield case(
        "UTF-16 cut inside a character",
        f"\ufeff{text}".encode("utf-16-le")[:-1],
        "not utf-16: truncated data at offset 30; name the file's encoding with --encoding",
    )
    for form, byte, offset in (("utf-16-le", 0x98, 2), ("utf-16-be", 0x98, 2)):
        data = f"标题,b\n{text}".encode(form)
        yield case(f"{form}, no ASCII at first", data, not_utf8(byte, offset, 1, form))
    for form in ("utf-32-le", "utf-32-be"):
        yield case(f"{form} with BOM", f"\ufeff{text}".encode(form), found)
    western = "title,b\n" + "très bon état, à l'été, déjà porté\n" * 30
    russian = "title,b\n" + "кожаная сумка ручной работы, новая с биркой\n" * 30
    chinese = "title,b\n" + "正品手表 全新未拆封 附发票,支持七天无理由退货\n" * 30
    japanese = "title,b\n" + "時計とバッグ 新品未使用です,箱付きで発送します\n" * 30
    for whole, encoding, likely, offset in (
        (western, "cp1252", "", 10),
        (russian, "cp1251", "cp1251", 8),
        (chinese, "gb18030", "gb18030", 8),
        (japanese, "shift_jis", "", 8),
    ):
        data = whole.encode(encoding)
        rows = whole.splitlines()[1:]
        if encoding == "cp1252":
            rows = [row.replace(", à", " à") for row in rows]
            data = data.replace(b", \xe0", b" \xe0")
        apart = [row.split(",") for row in rows]
        yield case(f"{encoding} not named", data, not_utf8(data[offset], offset, 2, likely))
        yield case(
            f"{encoding} named",
            data,
            titles(*(row[0] for row in apart), b=[row[1] for row in apart]),
            encoding=encoding,
        )
    yield case(
        "the wrong one named",
        "title,b\n正品,1\n".encode("gb18030"),
        "not shift_jis: illegal multibyte sequence at offset 9; name the file's encoding"
        " with --encoding",
        encoding="shift_jis",
    )
    yield case(
        "UTF-8 cut inside a character",
        "title,b\n手,1\nx,手".encode()[:-1],
        "not UTF-8: byte 0xe6 at offset 16 (line 3) begins a character that the file ends"
        " in; get the whole file",
    )
    yield case("in a row that does not fit", b"title,b\nx\xff\n", not_utf8(0xFF, 9, 2))
    yield case("in the header", b"title,\xfcber\nx,1\n", not_utf8(0xFC, 6, 1))
    yield case(
        "BOM behind a blank line, before a quote",
        '\n\ufeff"title",b\nx,1\n'.encode(),
        "no text column 'title' or 'description'; the columns are \ufeff\"title\", b; name the"
        " text columns",
    )
    yield case(
        "in a record with a stray quote",
        b'title,b\n"x\xff,1\ny,2\n',
        titles("", "y", b=["", "2"], problems={0: f"line 2: {QUOTE}"}),
    )
    for name, data in (
        ("overlong", b"\xc0\xaf"),
        ("a surrogate", b"\xed\xa0\x80"),
        ("a byte", b"\xff"),
    ):
        yield case(name, b"title,b\nx,1\n" + data + b",2\n", not_utf8(data[0], 12, 3))
    yield case(
        "noncharacters",
        "title\n\ufdd0\n\ufdd0\ufdd1\r\ufdd0\ufdd2\n\uffff\U0010ffff\n".encode(),
        titles("\ufdd0", "\ufdd0\ufdd1\r\ufdd0\ufdd2", "\uffff\U0010ffff"),
    )


def contents() -> Iterator[Dirty]:
    def case(name: str, data: bytes, expected: Rows | str, **options: Any) -> Dirty:
        return one(f"cells: {name}", data, expected, **options)

    values = ["NA", "null", "None", "nan", "00123", "1e5", "1.0", "2024-01-01", "TRUE", "-", "#N/A"]
    yield case(
        "look like other values", "\n".join(["title", *values, ""]).encode(), titles(*values)
    )
    yield case("NUL", b"title,b\nx\x00y,\x00\n", titles("x\x00y", b=["\x00"]))
    yield case(
        "NUL alone on a line",
        b"title,b\n\x00\nx,1\n",
        titles("", "x", b=["", "1"], problems={0: f"line 2: {cells(1)}"}),
    )
    yield case("empty", b'title,b\n,\n"",""\n', titles("", "", b=["", ""]))
    yield case("formulas", b"title,b\n=1+1,@x\n", titles("=1+1", b=["@x"]))
    yield case("delimiter ;", b"title;b\nx,y;1\n", titles("x,y", b=["1"]), delimiter=";")
    yield case("delimiter |", b'title|b\n"x|y"|1\n', titles("x|y", b=["1"]), delimiter="|")
    yield case("quote '", b"title,b\n'x, \"y\"',1\n", titles('x, "y"', b=["1"]), quote="'")
    yield case("no quote", b'title,b\n"x,1\n"y",2\n', titles('"x', '"y"', b=["1", "2"]), quote="")
    yield one("cells: TSV", b'title\tb\nx,y\t"1\t2"\n', titles("x,y", b=["1\t2"]), ".tsv")
    yield case(
        "of a page of HTML",
        b"<!DOCTYPE html>\n<html><body>Not found</body></html>\n",
        "no text column 'title' or 'description'; the columns are <!DOCTYPE html>; name the"
        " text columns",
    )


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def packed() -> Iterator[Dirty]:
    both = titles("x", "y", b=["1", "2"])
    three = titles("x", "y", "z", b=["1", "2", "3"])
    for kind, pack, ending in (("gzip", gzip.compress, ".csv.gz"), ("zstd", zstd, ".csv.zst")):
        whole = pack(GOOD)

        def damaged(why: str) -> str:
            return (
                "the compressed file is damaged or cut short after 0 bytes of text"
                f" ({why}); get it again"
            )

        cut = damaged("Truncated compressed stream")
        yield one(kind, whole, both, ending)
        yield one(f"{kind} under a plain name", whole, both)
        yield one(f"{kind} in two members", whole + pack(b"z,3\n"), three, ending)
        yield one(f"{kind} of nothing", pack(b""), "the file is empty", ending)
        yield one(f"{kind} cut at its end", whole[:-3], cut, ending)
        yield one(f"{kind} cut in its middle", whole[:12], cut, ending)
        yield one(f"{kind} cut to its mark", whole[:4], cut, ending)
        behind = {
            "gzip": "zlib inflate failed: incorrect header check",
            "zstd": "ZSTD decompress failed: Unknown frame descriptor",
        }[kind]
        yield one(f"{kind}, garbage behind", whole + b"garbage", damaged(behind), ending)
    whole = gzip.compress(GOOD)
    why = "zlib inflate failed: incorrect data check"
    broken = whole[:-8] + bytes(4) + whole[-4:]
    yield one("gzip, wrong checksum", broken, damaged(why), ".csv.gz")
    yield one("plain under a packed name", GOOD, both, ".csv.gz")


def other_files() -> Iterator[Dirty]:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.csv", GOOD)
    for name, data, kind in (
        (
            "zip",
            archive.getvalue(),
            "a zip archive or an Excel workbook; unpack it, or save it as CSV",
        ),
        ("old Excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook; save it as CSV"),
        ("bzip2", bz2.compress(GOOD), "packed with bzip2; unpack it, or pack it with gzip or zstd"),
        ("xz", lzma.compress(GOOD), "packed with xz; unpack it, or pack it with gzip or zstd"),
        ("LZ4", b"\x04\x22\x4d\x18", "packed with LZ4; unpack it, or pack it with gzip or zstd"),
        ("7z", b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it"),
        ("RAR", b"Rar!\x1a\x07\x01\x00", "a RAR archive; unpack it"),
        ("PDF", b"%PDF-1.7\n", f"a PDF file{OTHER}"),
        ("SQLite", b"SQLite format 3\x00", "an SQLite database; export its table as CSV"),
        ("PNG", b"\x89PNG\r\n\x1a\n", f"an image{OTHER}"),
        ("JPEG", b"\xff\xd8\xff\xe0", f"an image{OTHER}"),
        ("ELF", b"\x7fELF\x02\x01\x01", f"a program{OTHER}"),
        (
            "Parquet",
            table(title=["x"]),
            "a Parquet file; name it *.parquet, or say --format parquet",
        ),
    ):
        yield one(f"other: {name}", data + b"\n", f"this is {kind}")


def json_lines() -> Iterator[Dirty]:
    def case(name: str, data: bytes, expected: Rows | str, **options: Any) -> Dirty:
        return one(f"JSON: {name}", data, expected, ".jsonl", **options)

    def bad(name: str, line: bytes, why: str) -> Dirty:
        rows = titles("x", "", "x", problems={1: f"line 2: {why}"})
        return case(name, JSON + line + b"\n" + JSON, rows)

    yield bad("cut", b'{"title":', "not JSON: Expecting value at character 10")
    yield bad("words", b"title", "not JSON: Expecting value at character 1")
    yield bad(
        "Python's quotes",
        b"{'title': 'x'}",
        "not JSON: Expecting property name enclosed in double quotes at character 2",
    )
    yield bad("two objects", b"{}{}", "not JSON: Extra data at character 3")
    yield bad("a comma behind", b"{},", "not JSON: Extra data at character 3")
    yield bad("an array", b'["x"]', NO_OBJECT)
    for value in (b'"x"', b"1", b"null", b"true"):
        yield bad(value.decode(), value, NO_OBJECT)
    for value in ("NaN", "Infinity", "-Infinity"):
        yield bad(value, b'{"title": %b}' % value.encode(), f"not JSON: {value} is no JSON number")
    yield bad(
        "a key twice", b'{"title": "x", "title": "y"}', "not JSON: a key occurs twice in an object"
    )
    yield bad(
        "a key twice inside",
        b'{"title": {"a": 1, "a": 2}}',
        "not JSON: a key occurs twice in an object",
    )
    yield bad(
        "nested 101 times",
        b'{"title": ' + b"[" * 101 + b"]" * 101 + b"}",
        "not JSON: nested too deeply",
    )
    yield bad(
        "nested 100,000 times",
        b'{"title": ' + b"[" * 10**5 + b"]" * 10**5 + b"}",
        "not JSON: nested too deeply",
    )
    yield bad("a lone surrogate", rb'{"title": "\ud83d"}', "the text has a lone surrogate")
    yield bad("a lone surrogate in a key", rb'{"\ud83d": 1}', "the text has a lone surrogate")
    yield bad(
        "a tab in a string",
        b'{"title": "\t"}',
        "not JSON: Invalid control character at at character 12",
    )
    yield bad(
        "a NUL in a string",
        b'{"title": "\x00"}',
        "not JSON: Invalid control character at at character 12",
    )
    yield bad(
        "a line longer than 4 MiB", b'{"title": "' + "é".encode() * (3 * MIB) + b'"}', TOO_LONG
    )
    yield case("a pair of surrogates", rb'{"title": "\ud83d\ude00\u0000"}', titles("😀\x00"))
    yield case(
        "nested 100 times",
        b'{"title": ' + b"[" * 100 + b"]" * 100 + b"}",
        titles("[" * 100 + "]" * 100),
    )
    yield case(
        "values of other kinds",
        b'{"title": "a", "n": 1.10}\n{"title": ["x", {"k": 2.50}], "n": 00}\n'
        b'{"title": true, "n": 1e999}\n{"n": -0.0, "title": null}\n',
        titles(
            "a",
            "",
            "true",
            "",
            n=["1.10", "", "1e999", "-0.0"],
            problems={1: "line 2: not JSON: Expecting ',' delimiter at character 37"},
        ),
    )
    yield case(
        "numbers inside",
        b'{"title": ["x", {"k": 2.50, "l": 1e999}], "n": ' + b"9" * 5000 + b"}\n",
        titles('["x", {"k": 2.50, "l": 1e999}]', n=["9" * 5000]),
    )
    yield case(
        "CRLF, blank lines, no end",
        b'\r\n{"title": "x"}\r\n\n \n{"title": "y"}',
        titles("x", "", "y", problems={1: "line 4: not JSON: Expecting value at character 2"}),
    )
    yield case("UTF-8 with BOM", b"\xef\xbb\xbf" + JSON, titles("x"))
    yield case("UTF-16 with BOM", JSON.decode().encode("utf-16"), titles("x"))
    yield case("one array", b'[{"title": "x"}, {"title": "y"}]', ARRAY)
    yield case("one array over lines", b'[\n{"title": "x"},\n{"title": "y"}\n]\n', ARRAY)
    yield case(
        "one object over lines",
        b'{\n"title": "x"\n}\n',
        ", line 1: not JSON: Expecting property name enclosed in double quotes at character 2"
        f"{NONE_IS}",
    )
    yield case("CSV", GOOD, f", line 1: not JSON: Expecting value at character 1{NONE_IS}")
    yield case(
        "CR alone",
        b'{"title": "x"}\r{"title": "y"}\r',
        f", line 1: not JSON: Extra data at character 16{NONE_IS}",
    )
    yield case("nothing", b"", "the file is empty")
    yield case(
        "empty objects",
        b"{}\n{}\n",
        "the first records are objects without keys",
    )
    yield case("empty objects among others", b"{}\n" + JSON, titles("", "x"))
    yield case(
        "not UTF-8",
        b'{"title": "\xff"}\n',
        "not UTF-8: byte 0xff at offset 11 (line 1)",
    )
    yield case(
        "another encoding named",
        '{"title": "手"}\n'.encode("gb18030"),
        titles("手"),
        encoding="gb18030",
    )
    yield case(
        "a key that is added",
        b'{"title": "x", "score": 1}\n',
        ", column score: the listings already have this column, which scoring adds; rename"
        " it, or name the added ones otherwise with --prefix",
    )
    late = "line 1001: the key 'b' is in none of the first 1,000 records, whose keys are the"
    yield case(
        "a key that comes late",
        JSON * 1000 + b'{"title": "x", "b": 1}\n' + JSON,
        Rows(None, {1000: f"{late} columns; write JSON Lines, which keep every key"}, 1002),
    )


def table(**columns: Any) -> bytes:
    return stored(pa.table(columns))


def stored(rows: pa.Table, **settings: Any) -> bytes:
    buffer = io.BytesIO()
    parquet.write_table(rows, buffer, **settings)
    return buffer.getvalue()


def not_utf8() -> pa.Array:
    ends = pa.array([0, 1, 2, 3], pa.int32()).buffers()[1]
    return pa.Array.from_buffers(pa.string(), 3, [None, ends, pa.py_buffer(b"x\xffz")])


def parquets() -> Iterator[Dirty]:
    def case(name: str, data: bytes, expected: Rows | str) -> Dirty:
        return one(f"Parquet: {name}", data, expected, ".parquet")

    def damaged(why: str) -> str:
        return f"not a whole Parquet file ({why}); get it again"

    whole = table(title=["x", "y", None], n=[1, None, 3])
    rows = titles("x", "y", "", n=["1", "", "3"])
    magic = damaged(
        "Parquet magic bytes not found in footer. Either the file is corrupted or this is not a"
        " parquet file."
    )
    yield case("whole", whole, rows)
    yield case("cut", whole[: len(whole) // 2], magic)
    yield case("garbage behind", whole + b"x", magic)
    yield case("CSV", GOOD, magic)
    yield case("nothing", b"", damaged("Parquet file size is 0 bytes"))
    yield case(
        "a page's byte flipped",
        whole[:10] + bytes([whole[10] ^ 255]) + whole[11:],
        damaged("Corrupt snappy compressed data."),
    )
    yield case("no rows", stored(pa.table({"title": pa.array([], pa.string())})), NO_LISTINGS)
    yield case("no columns", stored(pa.table({})), NO_LISTINGS)
    yield case(
        "a row in each group",
        stored(pa.table({"title": ["x", "y"]}), row_group_size=1),
        titles("x", "y"),
    )
    for kind in (pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())):
        values = (
            pa.array(["x", "y"]).cast(kind)
            if "view" not in str(kind)
            else pa.array(["x", "y"], kind)
        )
        yield case(str(kind), table(title=values), titles("x", "y"))
    yield case("texts all missing", table(title=pa.nulls(2)), titles("", ""))
    yield case("numbers for text", table(title=[1, 2]), ", column title: it holds int64, not text")
    yield case("bytes for text", table(title=[b"x"]), ", column title: it holds binary, not text")
    yield case(
        "lists for text",
        table(title=[["x"]]),
        ", column title: it holds list<element: string>, not text",
    )
    yield case(
        "one name twice",
        stored(pa.Table.from_arrays([not_utf8(), not_utf8()], ["title", "title"])),
        ", column title: this column occurs more than once; rename all but one",
    )
    why = {1: "line 2: the text of column 'b' is not UTF-8"}
    yield case(
        "text that is not UTF-8",
        table(title=["x", "y", "z"], b=not_utf8()),
        titles("x", "", "z", b=["x", "", "z"], problems=why),
    )
    yield case(
        "text in a dictionary that is not UTF-8",
        table(title=["x", "y", "z"], b=pa.DictionaryArray.from_arrays([0, 1, 2], not_utf8())),
        titles("x", "", "z", b=["x", "", "z"], problems=why),
    )
    yield case(
        "text in lists that is not UTF-8",
        table(title=["x", "y", "z"], b=pa.ListArray.from_arrays([0, 1, 2, 3], not_utf8())),
        titles("x", "", "z", b=['["x"]', "", '["z"]'], problems=why),
    )
    views = {
        "c": pa.array([["x"]] * 3, pa.list_(pa.string_view())),
        "d": pa.array([b"x"] * 3, pa.binary_view()),
    }
    yield case(
        "views beside text that is not UTF-8",
        table(title=["x", "y", "z"], b=not_utf8(), **views),
        titles(
            "x",
            "",
            "z",
            b=["x", "", "z"],
            c=['["x"]', "", '["x"]'],
            d=["78", "", "78"],
            problems=why,
        ),
    )
    yield case(
        "values of other kinds",
        table(
            title=["x"],
            a=[[1.5, float("nan"), float("inf")]],
            b=[{"k": "é"}],
            c=[b"\xff"],
            d=[True],
        ),
        titles("x", a=['[1.5, null, "inf"]'], b=['{"k": "é"}'], c=["ff"], d=["true"]),
    )


def several() -> Iterator[Dirty]:
    def case(name: str, files: dict[str, bytes], expected: Rows | str, *sources: str) -> Dirty:
        return Dirty(f"several: {name}", {**files}, expected, {}, sources)

    first, second = table(title=["x"], n=[1]), table(title=["y"], n=[2.5])
    both = titles("x", "y", n=["1", "2.5"])
    yield case(
        "a folder", {"f/a.parquet": first, "f/g/b.parquet": second, "f/c.csv": b"x"}, both, "f"
    )
    yield case(
        "a folder without Parquet", {"f/a.csv": GOOD}, "f: a folder without *.parquet files", "f"
    )
    yield case(
        "a missing file",
        {"a.csv": GOOD},
        "b.csv: cannot read: No such file or directory",
        "a.csv",
        "b.csv",
    )
    yield case(
        "one bad record",
        {"a.csv": GOOD, "b.csv": b'title,b\n"z,3\nv,4\n'},
        titles("x", "y", "", "v", b=["1", "2", "", "4"], problems={2: f"b.csv, line 2: {QUOTE}"}),
    )
    yield case(
        "other columns",
        {"a.csv": GOOD, "b.csv": b"title,c\nx,1\n"},
        "b.csv: the columns are title, c; those of the first file are title, b",
    )
    yield case(
        "other order",
        {"a.csv": GOOD, "b.csv": b"b,title\n1,x\n"},
        "b.csv: the columns are b, title; those of the first file are title, b",
    )
    yield case("one empty", {"a.csv": GOOD, "b.csv": b""}, "b.csv: the file is empty")
    yield case(
        "one with a header only",
        {"a.csv": GOOD, "b.csv": b"title,b\n"},
        titles("x", "y", b=["1", "2"]),
    )
    yield case(
        "CSV, JSON Lines, Parquet",
        {"a.csv": b"title,n\nx,1\n", "b.jsonl": b'{"n": 1.0, "title": "y"}\n', "c.parquet": second},
        titles("x", "y", "y", n=["1", "1.0", "2.5"]),
    )


def small() -> list[Dirty]:
    """Return the cases whose files are small."""
    kinds = (
        quotes,
        lines,
        headers,
        encodings,
        contents,
        packed,
        other_files,
        json_lines,
        parquets,
        several,
    )
    return [case for kind in kinds for case in kind()]


def repeated(*parts: tuple[bytes, int]) -> Callable[[Path], None]:
    """Return what writes parts of a file so many times each."""

    def write(path: Path) -> None:
        with path.open("wb") as file:
            for data, n in parts:
                at_once = max(1, MIB // len(data))
                for start in range(0, n, at_once):
                    file.write(data * min(at_once, n - start))

    return write


def stray(row: Callable[[int], bytes], at: int, torn: bytes) -> bytes:
    """Return 100,000 rows, one of them with a quote that is opened and not closed."""
    return b"title,b\n" + b"".join(torn if n == at else row(n) for n in range(100_000))


def large() -> Iterator[Dirty]:
    """Yield the cases whose files are large, or unpack to a lot."""
    for name, row, line, n in (
        ("no other quotes", lambda n: b"sealed,%d\n" % n, 50_002, 100_000),
        ("every cell quoted", lambda n: b'"sealed","%d"\n' % n, 50_002, 100_000),
        ("cells over lines", lambda n: b'"sealed\nbox",%d\n' % n, 100_002, 100_000),
    ):
        found = Rows(None, {50_000: f"line {line}: {QUOTE}"}, n)
        yield one(f"a stray quote, {name}", stray(row, 50_000, b'"torn,1\n'), found)
    for size in (1, 5, 100):
        text = (b"sealed, with receipt ", size * MIB // 21)
        too_long = {1: f"line 3: {TOO_LONG}"} if size > 4 else {}
        three = Rows(None, too_long, 3)
        yield one(
            f"a cell of {size} MB",
            repeated((b"title\tb\nx\t1\n", 1), text, (b"\t1\nz\t2\n", 1)),
            three,
            ".tsv",
        )
        yield one(
            f"a quoted cell of {size} MB",
            repeated((b'title,b\nx,1\n"', 1), text, (b'",1\nz,2\n', 1)),
            three,
        )
        yield one(
            f"a JSON string of {size} MB",
            repeated((JSON + b'{"title": "', 1), text, (b'"}\n' + JSON, 1)),
            Rows(None, {1: f"line 2: {TOO_LONG}"} if size > 4 else {}, 3),
            ".jsonl",
        )
    n = 100 * MIB // 1001
    yield one(
        "a quoted cell of 100 MB over lines",
        repeated((b'title,b\nx,1\n"', 1), (b"y" * 1000 + b"\n", n), (b'",1\nz,2\n', 1)),
        Rows(None, {1: f"line 3: {QUOTE}", 2: f"line 4: {cells(1)}"}, n + 3, n + 1),
    )
    yield Dirty(
        "numbers for text in the second of two files",
        {"a.parquet": table(title=["sealed " * 300] * 1100), "b.parquet": table(title=[1])},
        "b.parquet, column title: it holds int64, not text",
    )
    yield one(
        "2 million blank lines",
        repeated((b"title\n", 1), (b"\n", 2_000_000), (b"x\n", 1)),
        titles("x"),
    )
    yield one(
        "2 million blank lines of CRLF",
        repeated((b"title\r\n", 1), (b"\r\n", 2_000_000), (b"x\r\n", 1)),
        titles("x"),
    )
    yield one(
        "2 million blank lines of JSON",
        repeated((b"\n", 2_000_000), (JSON, 1)),
        titles("x"),
        ".jsonl",
    )
    yield one(
        "2 million quotes",
        repeated((b"title\n", 1), (b'"', 2_000_000), (b"\n", 1)),
        Rows(None, {}, 1),
    )
    yield one(
        "100,000 stray quotes",
        repeated((b"title,b\n", 1), (b'"x,1\n', 100_000)),
        Rows(None, {0: f"line 2: {QUOTE}", 1: f"line 3: {QUOTE}"}, 100_000, 100_000),
    )
    yield one(
        "4 million delimiters",
        repeated((b"title,b\nx,1\n", 1), (b",", 4_000_000), (b"\nz,2\n", 1)),
        Rows(None, {1: f"line 3: {cells(4_000_001)}"}, 3),
    )
    yield one(
        "100,000 ragged rows",
        repeated((b"title,b\n", 1), (b"sealed\n", 100_000)),
        Rows(None, {0: f"line 2: {cells(1)}", 1: f"line 3: {cells(1)}"}, 100_000, 100_000),
    )
    packed_bomb = f"the compressed file {BOMB}; if you trust it, unpack it yourself"
    for ending, unit, n in (
        (".csv.gz", deflated(bytes(MIB)), 10_000),
        (".csv.zst", zstd(bytes(100 * MIB)), 100),
    ):
        head = gzip.compress(b"title\n") + GZIP_HEAD if "gz" in ending else zstd(b"title\n")
        yield one(f"10 GB of zeros, {ending}", repeated((head, 1), (unit, n)), packed_bomb, ending)
    yield one(
        "10 million lines of one text, .csv.gz",
        repeated(
            (gzip.compress(b"title\n") + GZIP_HEAD, 1),
            (deflated(b"sealed, never worn, with receipt and box\n" * 1000), 10_000),
        ),
        packed_bomb,
        ".csv.gz",
    )
    keys = pa.array([0] * 1_000_000, pa.int32())
    text = pa.array(["sealed " * (MIB // 7)])
    yield one(
        "a text of 1 MB in a million rows",
        stored(pa.table({"title": pa.DictionaryArray.from_arrays(keys, text)})),
        f"the file {BOMB}",
        ".parquet",
    )


# Of the large cases, those that are not tried every day.
SLOW = {
    "a stray quote, no other quotes",
    "a stray quote, every cell quoted",
    "a quoted cell of 1 MB",
    "2 million quotes",
    "100,000 stray quotes",
    "a quoted cell of 100 MB over lines",
    "a text of 1 MB in a million rows",
    "10 million lines of one text, .csv.gz",
}
GZIP_HEAD = b"\x1f\x8b\x08" + bytes(6) + b"\xff"


def deflated(data: bytes) -> bytes:
    """Return packed data that may be repeated: each piece is complete in itself."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush(zlib.Z_FULL_FLUSH)


def outcome(case: Dirty, folder: Path, model: Model) -> dict[str, Any]:
    """Score the files of a case; return the message, or what stands in the output."""
    sources = [str(folder / name) for name in case.sources or case.files]
    target = folder / "scored.csv"
    try:
        reader = ListingReader(sources, **case.options)
        summary = score_file(reader, str(target), model, output=Output(raw_cells=True))
    except InputError as error:
        assert not target.exists()
        return {"message": str(error).replace(f"{folder}/", "")}
    csv.field_size_limit(1 << 30)
    with target.open(newline="", encoding="utf-8") as file:
        return {**_read(csv.reader(file), f"{folder}/"), "summary": summary[:2]}


def _read(rows: Any, folder: str) -> dict[str, Any]:
    """Return the columns, problems and number of rows of an output file, which is checked too."""
    names = next(rows)
    score, flagged, lane, _, status = range(len(names) - 5, len(names))
    problems: dict[int, str] = {}
    kept: list[list[str]] = []
    n = n_problems = 0
    for n, row in enumerate(rows, 1):
        assert len(row) == len(names)
        if n <= _MOST_KEPT:
            kept.append(row[:score])
        if row[status] == "ok":
            assert 0 <= float(row[score]) <= 1
            assert (row[flagged], row[lane]) in {("true", "review"), ("false", "clear")}
            continue
        assert not any(row[:status])
        n_problems += 1
        if n_problems <= _MOST_KEPT:
            problems[n - 1] = row[status].replace(folder, "")
    columns = dict(zip(names[:score], map(list, zip(*kept, strict=True)), strict=True))
    return {"columns": columns, "problems": problems, "n": n, "n_problems": n_problems}


def difference(case: Dirty, found: dict[str, Any]) -> str:
    """Return how an outcome is another than it should be, nothing if it is not."""
    wanted = case.expected
    if isinstance(wanted, str):
        message = found.get("message", "")
        if MAY_BE not in wanted:  # a guess that other versions of the guesser make otherwise
            message = message.split(MAY_BE)[0]
        return "" if message == wanted else f"{found}, not {wanted!r}"
    if "message" in found:
        return f"{found}, not {wanted}"
    n = len(next(iter(wanted.columns.values()))) if wanted.columns else wanted.n
    n_problems = len(wanted.problems) if wanted.n_problems is None else wanted.n_problems
    numbers = (found["n"], found["n_problems"])
    same = (
        numbers == (n, n_problems) == tuple(found["summary"])
        and list(wanted.problems.items()) == list(found["problems"].items())[: len(wanted.problems)]
        and wanted.columns in (None, found["columns"])
    )
    return "" if same else f"{found!s:.2000}, not {wanted}"


def report(case: Dirty, folder: Path, model: Model) -> dict[str, Any]:
    """Return what is wrong with the outcome of a case, and the seconds that it takes."""
    folder.mkdir()
    case.write(folder)
    started = time.process_time()  # a busy machine is no fault of the case
    try:
        wrong = difference(case, outcome(case, folder, model))
    except BaseException as error:  # any other error is what is looked for
        wrong = repr(error)
    return {"name": case.name, "wrong": wrong[:2000], "seconds": time.process_time() - started}


def main(model_file: str, folder: str, which: str = "") -> None:
    """Score the large cases, each in a process of its own, and print how that went."""
    model = load(model_file)
    model.score(["x"], engine="compiled")  # what is compiled at first is compiled here
    for number, case in enumerate(large()):
        if case.name in SLOW and which != "all":
            continue
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.write(writing, json.dumps(report(case, Path(folder) / str(number), model)).encode())
            os._exit(0)
        os.close(writing)
        _, _, used = os.wait4(child, 0)
        with os.fdopen(reading) as file:
            found = json.loads(file.read() or "{}")
        print(json.dumps({"name": case.name, **found, "kilobytes": used.ru_maxrss}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
