"""The bytes of listing files: opened, unpacked, and in UTF-8."""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fakedetect.errors import InputError

STANDARD_STREAM = "-"
FORMATS = ("csv", "tsv", "jsonl", "parquet")

_ENDINGS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
_PACKED_ENDINGS = (".gz", ".zst")
PIECE = 2 << 20

# A file that unpacks to more than this many times its size is taken for a bomb, once there is more
# than the least; listings shrink to a fifth or a tenth.
MOST_EXPANSION = 200
LEAST_EXPANDED = 32 << 20

_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_OTHER_FILES = {
    b"PAR1\x15": "a Parquet file; name it *.parquet, or say --format parquet",
    b"PK\x03\x04": "a zip archive or an Excel workbook; unpack it, or save it as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save it as CSV",
    b"BZh": "packed with bzip2; unpack it, or pack it with gzip or zstd",
    b"\xfd7zXZ": "packed with xz; unpack it, or pack it with gzip or zstd",
    b"%PDF-": "a PDF file; listings are CSV, TSV, JSON Lines or Parquet",
    b"SQLite format 3\0": "an SQLite database; export its table as CSV",
    b"7z\xbc\xaf": "a 7z archive; unpack it",
    b"Rar!\x1a\x07": "a RAR archive; unpack it",
    b"\x04\x22\x4d\x18": "packed with LZ4; unpack it, or pack it with gzip or zstd",
    b"\x89PNG": "an image; listings are CSV, TSV, JSON Lines or Parquet",
    b"\xff\xd8\xff": "an image; listings are CSV, TSV, JSON Lines or Parquet",
    b"\x7fELF": "a program; listings are CSV, TSV, JSON Lines or Parquet",
}
_LONGEST_MARK = 16
_LONGEST_BOM = 4
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",  # before that of UTF-16, which it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

# What files that are not UTF-8 are in, for the most part; of all that there are, rare ones are
# taken for likely too often.
_ENCODINGS = [
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r"),
    *("gb18030", "big5", "cp932", "euc_jp", "cp949"),
]
_LEAST_TELLING = 16  # bytes beyond ASCII; of fewer nothing can be told, and the first is likeliest


def display_name(path: str) -> str:
    """Return what messages call a listing file."""
    return "standard input" if path == STANDARD_STREAM else path


def format_of(path: str) -> str:
    """Return the format that a file's name stands for: CSV, if it says no other.

    Examples
    --------
    >>> format_of("listings.TSV.gz"), format_of("-")
    ('tsv', 'csv')
    """
    name = Path(path.lower())
    if name.suffix in _PACKED_ENDINGS:
        name = name.with_suffix("")
    return _ENDINGS.get(name.suffix, "csv")


class ByteStream:
    """The bytes of a file or of standard input, unpacked if they are gzip or zstd.

    Parameters
    ----------
    path
        The file, or ``-``.

    Raises
    ------
    InputError
        Here and while reading: when the file cannot be read, is of a kind that is no text, is
        packed and damaged or cut short, or unpacks to 200 times its size.
    """

    def __init__(self, path: str) -> None:
        self.name = display_name(path)
        self.n_read = 0  # bytes, unpacked
        self._size = 0
        try:
            self._raw = self._opened(path)
            start = _filled(self._raw, _LONGEST_MARK)
        except OSError as error:
            raise self._unreadable(error) from None
        for mark, kind in _OTHER_FILES.items():
            if start.startswith(mark):
                self.close()
                raise InputError(f"this is {kind}", file=self.name)
        self._stream: Any = _Counted(start, self._raw)
        self._counted = self._stream
        codec = next((name for mark, name in _PACKED.items() if start.startswith(mark)), None)
        if codec:
            import pyarrow as pa

            self._stream = pa.CompressedInputStream(pa.PythonFile(self._stream, "r"), codec)

    def _opened(self, path: str) -> Any:
        if path == STANDARD_STREAM:
            if sys.stdin is None:
                raise InputError("closed; name a file", file=self.name)
            return sys.stdin.buffer
        file = Path(path).open("rb")  # noqa: SIM115 # closed by close()
        self._size = Path(path).stat().st_size
        return file

    @property
    def fraction(self) -> float | None:
        """How much of the file has been read (0-1); None where its size is unknown."""
        return min(1.0, self._counted.n_read / self._size) if self._size else None

    def read(self) -> bytes:
        """Return the next bytes, none at the end."""
        try:
            piece: bytes = self._stream.read(PIECE)
        except OSError as error:
            if self._stream is self._counted or error.errno is not None:
                raise self._unreadable(error) from None
            raise InputError(
                f"the compressed file is damaged or cut short after {self.n_read} bytes of text"
                f" ({error}); get it again",
                file=self.name,
            ) from None
        self.n_read += len(piece)
        if self.n_read > max(LEAST_EXPANDED, MOST_EXPANSION * self._counted.n_read):
            raise InputError(
                f"the compressed file unpacks to more than {MOST_EXPANSION} times its size; if you"
                " trust it, unpack it yourself",
                file=self.name,
            )
        return piece

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if self._raw is not getattr(sys.stdin, "buffer", None):
            self._raw.close()

    def _unreadable(self, error: OSError) -> InputError:
        return InputError(f"cannot read: {error.strerror or error}", file=self.name)


class _Counted(io.RawIOBase):
    """A stream whose first bytes have been read already, and that counts what is taken of it."""

    def __init__(self, start: bytes, rest: io.BufferedReader) -> None:
        self.n_read = 0
        self._start = start
        self._rest = rest

    def readable(self) -> bool:
        return True

    def read(self, n: int = -1) -> bytes:
        found, self._start = self._start[:n], self._start[n:]
        found += _filled(self._rest, n - len(found))
        self.n_read += len(found)
        return found


def _filled(stream: io.BufferedReader, n: int) -> bytes:
    """Return the next n bytes, fewer only at the end.

    Between the pieces that a pipe has, an interruption is heeded; ``read`` would wait for the rest.
    """
    pieces = []
    while n > 0 and (piece := stream.read1(n)):
        pieces.append(piece)
        n -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class Utf8:
    """A stream's text in UTF-8, without a byte order mark.

    Parameters
    ----------
    stream
        Its bytes. A byte order mark tells UTF-8, UTF-16 and UTF-32; else they are ``encoding``.
    encoding
        None for UTF-8, which is passed on as it is: see ``check_utf8``.

    Raises
    ------
    InputError
        While iterating: when a byte is not of the encoding.
    """

    def __init__(self, stream: ByteStream, encoding: str | None) -> None:
        self.offset = 0  # of the text's beginning in the stream
        self._stream = stream
        self._first = piece = stream.read()
        while piece and len(self._first) < _LONGEST_BOM:
            piece = stream.read()
            self._first += piece
        self._decoder = None
        marked = next((name for mark, name in _MARKS.items() if self._first.startswith(mark)), None)
        if marked == "utf-8":
            self.offset = len(codecs.BOM_UTF8)
            self._first = self._first[self.offset :]
        encoding = marked or encoding
        if encoding and codecs.lookup(encoding).name != "utf-8":
            self._decoder = codecs.getincrementaldecoder(encoding)()
            self._encoding = encoding

    def __iter__(self) -> Iterator[bytes]:
        """Yield the text piece by piece, an empty one last."""
        piece = self._first
        self._first = b""
        n_before = 0
        while piece:
            # A few bytes may not make a character yet.
            if text := piece if self._decoder is None else self._decoded(piece, n_before):
                yield text
            n_before += len(piece)
            piece = self._stream.read()
        if self._decoder is not None and (text := self._decoded(b"", n_before)):
            yield text
        yield b""

    def _decoded(self, piece: bytes, n_before: int) -> bytes:
        assert self._decoder is not None  # noqa: S101 # for the type checker
        n_pending = len(self._decoder.getstate()[0])
        try:
            return self._decoder.decode(piece, final=not piece).encode()
        except UnicodeError as error:
            start = getattr(error, "start", 0)
            raise InputError(
                f"not {self._encoding}: {getattr(error, 'reason', error)} at offset"
                f" {n_before - n_pending + start}; name the file's encoding with --encoding",
                file=self._stream.name,
            ) from None


def check_utf8(text: bytes, start: int, end: int, *, offset: int, line: int, file: str) -> None:
    """Raise where a stretch of text is not UTF-8.

    Parameters
    ----------
    text
        Text of the file; the rest of it helps to tell what it is.
    start, end
        The stretch, whole characters.
    offset, line
        How many bytes and lines of the file come before the text.
    file
        What messages call it.

    Raises
    ------
    InputError
        With the first byte that does not fit, its place, and an encoding to try.
    """
    try:
        text[start:end].decode()
    except UnicodeDecodeError as error:
        at = start + error.start
        line += text.count(b"\n", 0, at) + 1
        found = f"not UTF-8: byte 0x{text[at]:02x} at offset {offset + at} (line {line})"
        if error.end == len(text[start:end]) and error.reason == "unexpected end of data":
            message = f"{found} begins a character that the file ends in; get the whole file"
        else:
            encoding = _likely_encoding(text, at, offset)
            message = f"{found}; it may be {encoding}: try --encoding {encoding}"
        raise InputError(message, file=file) from None


def _likely_encoding(text: bytes, at: int, offset: int) -> str:
    """Return the encoding that text which is not UTF-8 is likely to have."""
    first = max(0, at - 20_000)
    around = text[first : at + 20_000]
    if b"\0" in around:
        return likely_utf16(around, offset + first)
    likely = None
    if sum(byte >= 0x80 for byte in around) >= _LEAST_TELLING:
        import charset_normalizer

        likely = charset_normalizer.from_bytes(around, cp_isolation=_ENCODINGS).best()
    return likely.encoding.replace("_", "-") if likely else _ENCODINGS[0]


def likely_utf16(text: bytes, offset: int = 0) -> str:
    """Return the form of UTF-16 that text is likely to have, by where its NUL bytes are.

    Parameters
    ----------
    text
        Bytes among which are NULs, which stand beside ASCII characters.
    offset
        How many bytes of the file come before.
    """
    n_even = text[offset % 2 :: 2].count(0)
    return "utf-16-be" if 2 * n_even > text.count(0) else "utf-16-le"
