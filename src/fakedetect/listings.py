"""Listing files: the only module that opens them.

CSV and TSV, plain or gzip, in strict UTF-8. Nothing is guessed and nothing is dropped in silence:
every cell stays the text it is ("NA", "00123"), every record is kept, and a file that does not
hold together is an error that says where.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from fakedetect.atomic import replacing
from fakedetect.errors import InputError
from fakedetect.spreadsheet import neutralised

if TYPE_CHECKING:
    import pyarrow as pa

STANDARD_STREAM = "-"

# A record must fit into one block; a batch is one block's records.
_BLOCK = 4 << 20
_CHUNK = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"
_LONE_CR = re.compile(rb"\r(?!\n)")
# Noncharacters, which Unicode keeps for use inside programs. Should a listing hold the first all
# the same, it is written as a pair too, so that nothing is lost.
_ESCAPE, _HIDDEN_ESCAPE, _HIDDEN_CR = "\ufdd0", "\ufdd0\ufdd1", "\ufdd0\ufdd2"
_MAY_CONTINUE = (b"\r", b"\xef\xb7", b"\xef")  # a CR of CRLF, or a part of the escape
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class _CheckedText(io.RawIOBase):
    """A byte stream that is checked to be UTF-8 as it passes, with lone carriage returns hidden.

    Records end in LF or CRLF; a CR alone is text, which scraped titles do contain. The parser would
    end the record there, so it gets noncharacters in its place (``restored`` puts it back).
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.n_bytes = 0
        self.n_lines = 0
        self.n_hidden = 0
        self.last_byte = b""  # that is no line end
        self._stream = stream
        self._name = name
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._held = b""  # an end of the last chunk that the next one may continue
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._ready:
            chunk = self._next_chunk()
            self._check(chunk)
            last = not chunk
            chunk = self._held + chunk
            self._held = b""
            for start in _MAY_CONTINUE:
                if chunk.endswith(start) and not last:
                    chunk, self._held = chunk.removesuffix(start), start
                    break
            self._ready = memoryview(self._hide(chunk))
            if last:
                break
        n = min(len(buffer), len(self._ready))
        buffer[:n] = self._ready[:n]
        self._ready = self._ready[n:]
        return n

    def _next_chunk(self) -> bytes:
        try:
            return self._stream.read(_CHUNK)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise InputError(
                f"the compressed file is damaged or cut short after {self.n_bytes} bytes of"
                f" text ({error}); get it again",
                file=self._name,
            ) from None

    def _check(self, chunk: bytes) -> None:
        if not self.n_bytes and chunk.startswith(_UTF16_MARKS):
            raise InputError(
                "the file is UTF-16; save it as UTF-8, or convert it with"
                " `iconv -f UTF-16 -t UTF-8`",
                file=self._name,
            )
        n_pending = len(self._decoder.getstate()[0])
        try:
            self._decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            start = error.start - n_pending
            line = self.n_lines + chunk[: max(0, start)].count(b"\n") + 1
            raise InputError(
                f"not UTF-8: byte 0x{error.object[error.start]:02x} at offset"
                f" {self.n_bytes + start} (line {line}); save the file as UTF-8, or convert it"
                " with `iconv -f WINDOWS-1252 -t UTF-8` or from whatever encoding it has",
                file=self._name,
            ) from None
        self.last_byte = chunk.rstrip(b"\r\n")[-1:] or self.last_byte
        self.n_bytes += len(chunk)
        self.n_lines += chunk.count(b"\n")

    def _hide(self, chunk: bytes) -> bytes:
        escape = _ESCAPE.encode()
        if b"\r" not in chunk and escape not in chunk:
            return chunk
        self.n_hidden += chunk.count(escape)
        chunk = chunk.replace(escape, _HIDDEN_ESCAPE.encode())
        chunk, n_lone = _LONE_CR.subn(_HIDDEN_CR.encode(), chunk)
        self.n_hidden += n_lone
        return chunk

    def restored(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the batch with what was hidden put back."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if not self.n_hidden:
            return batch

        def put_back(cells: pa.Array) -> pa.Array:
            if not pc.any(pc.match_substring(cells, _ESCAPE)).as_py():
                return cells
            cells = pc.replace_substring(cells, _HIDDEN_CR, "\r")
            return pc.replace_substring(cells, _HIDDEN_ESCAPE, _ESCAPE)

        columns = list(map(put_back, batch.columns))
        names = [_restored(name) for name in batch.schema.names]
        return pa.RecordBatch.from_arrays(columns, names=names)


def _restored(text: str) -> str:
    return text.replace(_HIDDEN_CR, "\r").replace(_HIDDEN_ESCAPE, _ESCAPE)


class ListingReader:
    """The records of a listing file as batches, in order, every column as strings.

    Parameters
    ----------
    path
        A CSV or TSV file, plain or gzip (recognised by content), or ``-`` for standard input.
    delimiter
        One character; None is a tab where the file's name ends in ``.tsv`` or ``.tsv.gz``, else a
        comma.

    Raises
    ------
    InputError
        While iterating: when the file cannot be read, is empty, has no records, is not UTF-8,
        repeats a column's name, or has a record with more or fewer cells than the header.
    """

    def __init__(self, path: str, *, delimiter: str | None = None) -> None:
        self.path = path
        self.name = display_name(path)
        self._delimiter = delimiter or default_delimiter(path)
        self._raw: BinaryIO | None = None
        self._size = 0

    @property
    def fraction(self) -> float | None:
        """How much of the file has been read (0-1); None where its size is unknown."""
        if self._raw is None or not self._size:
            return None
        return 1.0 if self._raw.closed else min(1.0, self._raw.tell() / self._size)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield record batches with at least one row."""
        import pyarrow as pa

        n_records = 0
        misfits: list[Any] = []
        with self._opened() as stream:
            checked = _CheckedText(stream, self.name)
            try:
                for batch in self._parsed(checked, misfits):
                    if batch.num_rows:
                        n_records += batch.num_rows
                        last = batch
                        yield batch
            except pa.ArrowInvalid as error:
                raise self._error(str(error), checked, misfits, n_records) from None
        if not n_records:
            raise self._no_records()
        # The parser takes the end of the file for the end of a quoted cell.
        if "\n" in last.columns[-1][-1].as_py() and checked.last_byte != b'"':
            raise InputError(
                "a quote is opened and never closed, so that the rest of the file is one cell",
                file=self.name,
                row=n_records,
            )

    def _no_records(self) -> InputError:
        return InputError("no listings; the file has a header and no records", file=self.name)

    def _parsed(self, checked: _CheckedText, misfits: list[Any]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa
        from pyarrow import csv

        def keep(misfit: Any) -> str:
            misfits.append(misfit)
            return "error"

        reader = csv.open_csv(
            pa.PythonFile(io.BufferedReader(checked, _CHUNK), mode="r"),
            # Without threads the parser knows the number of a row that does not fit.
            read_options=csv.ReadOptions(block_size=_BLOCK, use_threads=False),
            parse_options=csv.ParseOptions(
                delimiter=self._delimiter, newlines_in_values=True, invalid_row_handler=keep
            ),
            convert_options=csv.ConvertOptions(
                default_column_type=pa.string(),
                strings_can_be_null=False,
                check_utf8=False,  # done as the bytes passed
            ),
        )
        self._check_names(reader.schema.names)
        yield from map(checked.restored, reader)

    def _check_names(self, names: list[str]) -> None:
        if names.count("") > 1:
            raise InputError("several columns have no name; name or remove them", file=self.name)
        for name in names:
            if names.count(name) > 1:
                raise InputError(
                    "this column occurs more than once; rename all but one",
                    file=self.name,
                    column=name,
                )
        if len(names) == 1 and re.search(r"[;,|\t]", names[0]):
            raise InputError(
                f"the header is one cell, {names[0]!r:.60}; name the character between the cells"
                " with --delimiter",
                file=self.name,
            )

    def _error(
        self, found: str, checked: _CheckedText, misfits: list[Any], n_records: int
    ) -> InputError:
        if misfits:
            misfit = misfits[0]
            return InputError(
                f"{misfit.actual_columns} cells where the header has {misfit.expected_columns}"
                f" columns; check the quotes and delimiters of {_restored(misfit.text)!r:.60}",
                file=self.name,
                row=misfit.number - 1,
            )
        if "Empty CSV" in found and checked.n_hidden and not checked.n_lines:
            return InputError(
                "the lines end in CR alone; convert the file with `tr '\\r' '\\n'`", file=self.name
            )
        if "Empty CSV" in found and checked.n_bytes > checked.n_lines:
            return self._no_records()
        if "Empty CSV" in found:
            return InputError("the file is empty", file=self.name)
        if "straddling" in found:
            return InputError(
                f"a record after row {n_records} is longer than {_BLOCK >> 20} MiB; look for a"
                " quote that is not closed",
                file=self.name,
            )
        return InputError(found, file=self.name)

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        try:
            if self.path == STANDARD_STREAM and sys.stdin is None:
                raise InputError("closed; name a file", file=self.name)
            if self.path == STANDARD_STREAM:
                yield _unpacked(sys.stdin.buffer)
                return
            with Path(self.path).open("rb") as file:
                self._size = Path(self.path).stat().st_size
                self._raw = file
                yield _unpacked(file)
        except OSError as error:
            raise InputError(f"cannot read: {error.strerror or error}", file=self.name) from None


def _unpacked(stream: Any) -> Any:
    return gzip.GzipFile(fileobj=stream) if stream.peek(2)[:2] == _GZIP_MAGIC else stream


def display_name(path: str) -> str:
    """Return what messages call a listing file."""
    return "standard input" if path == STANDARD_STREAM else path


def default_delimiter(path: str) -> str:
    """Return the delimiter that a file's name stands for: a tab for TSV, else a comma."""
    return "\t" if path.lower().endswith((".tsv", ".tsv.gz")) else ","


def read_table(path: str, *, delimiter: str | None = None) -> pa.Table:
    """Return a whole listing file as one table; takes and raises what ``ListingReader`` does."""
    import pyarrow as pa

    return pa.Table.from_batches(ListingReader(path, delimiter=delimiter))


@contextmanager
def writing(path: str, *, raw_cells: bool = False) -> Iterator[Callable[[pa.RecordBatch], None]]:
    """Give a function that appends record batches to a CSV file, which appears whole or not at all.

    Parameters
    ----------
    path
        The file: tab-separated if its name ends in ``.tsv``, compressed if in ``.gz``; ``-`` is
        standard output.
    raw_cells
        Write text as it is. By default an apostrophe is put before what a spreadsheet would run as
        a formula (see ``spreadsheet``, which also undoes it).

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    with ExitStack() as stack:
        if path == STANDARD_STREAM:
            file: Any = sys.stdout.buffer
        else:
            file = stack.enter_context(replacing(path))
            if path.endswith(".gz"):
                # Without a time stamp: the same listings give the same bytes.
                file = stack.enter_context(gzip.GzipFile("", "wb", fileobj=file, mtime=0))
        yield _Appender(file, default_delimiter(path), raw_cells, stack)


class _Appender:
    """Writes batches to one CSV writer, opened when the first batch tells the columns."""

    def __init__(self, file: Any, delimiter: str, raw_cells: bool, stack: ExitStack) -> None:
        self._file = file
        self._delimiter = delimiter
        self._raw_cells = raw_cells
        self._stack = stack
        self._writer: Any = None

    def __call__(self, batch: pa.RecordBatch) -> None:
        from pyarrow import csv

        if not self._raw_cells:
            batch = neutralised(batch)
        if self._writer is None:
            options = csv.WriteOptions(delimiter=self._delimiter)
            self._writer = self._stack.enter_context(
                csv.CSVWriter(self._file, batch.schema, write_options=options)
            )
        self._writer.write(batch)
