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

if TYPE_CHECKING:
    import pyarrow as pa

STANDARD_STREAM = "-"

# A record must fit into one block; a batch is one block's records.
_BLOCK = 4 << 20
_CHUNK = 1 << 20
_GZIP_MAGIC = b"\x1f\x8b"
_LONE_CR = re.compile(rb"\r(?!\n)")
_HIDDEN_CR = "\ufdd0"  # a noncharacter: for use inside a program, never in interchanged text
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class _CheckedText(io.RawIOBase):
    """A byte stream that is checked to be UTF-8 as it passes, with lone carriage returns hidden.

    Records end in LF or CRLF; a CR alone is text, which scraped titles do contain. The parser would
    end the record there, so it gets a noncharacter in its place (``restored`` puts it back).
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self.n_bytes = 0
        self.n_lines = 0
        self.n_hidden = 0
        self._stream = stream
        self._name = name
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._held = b""  # a CR whose next byte is not known yet
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
            if chunk.endswith(b"\r") and not last:
                chunk, self._held = chunk[:-1], b"\r"
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
        self.n_bytes += len(chunk)
        self.n_lines += chunk.count(b"\n")

    def _hide(self, chunk: bytes) -> bytes:
        if b"\r" not in chunk:
            return chunk
        hidden, n_hidden = _LONE_CR.subn(_HIDDEN_CR.encode(), chunk)
        self.n_hidden += n_hidden
        return hidden

    def restored(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the batch with the hidden carriage returns put back."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if not self.n_hidden:
            return batch
        columns = [pc.replace_substring(each, _HIDDEN_CR, "\r") for each in batch.columns]
        return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


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
            checked = _CheckedText(stream, self.path)
            try:
                for batch in self._parsed(checked, misfits):
                    if batch.num_rows:
                        n_records += batch.num_rows
                        yield batch
            except pa.ArrowInvalid as error:
                raise self._error(str(error), checked, misfits, n_records) from None
        if not n_records:
            raise self._no_records()

    def _no_records(self) -> InputError:
        return InputError("no listings; the file has a header and no records", file=self.path)

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
                default_column_type=pa.string(), strings_can_be_null=False
            ),
        )
        names = reader.schema.names
        for name in names:
            if names.count(name) > 1:
                raise InputError(
                    "this column occurs more than once; rename all but one",
                    file=self.path,
                    column=name,
                )
        yield from map(checked.restored, reader)

    def _error(
        self, found: str, checked: _CheckedText, misfits: list[Any], n_records: int
    ) -> InputError:
        if misfits:
            misfit = misfits[0]
            return InputError(
                f"{misfit.actual_columns} cells where the header has {misfit.expected_columns}"
                f" columns; check the quotes and delimiters of {misfit.text!r:.60}",
                file=self.path,
                row=misfit.number - 1,
            )
        if "Empty CSV" in found and checked.n_hidden and not checked.n_lines:
            return InputError(
                "the lines end in CR alone; convert the file with `tr '\\r' '\\n'`", file=self.path
            )
        if "Empty CSV" in found and checked.n_bytes > checked.n_lines:
            return self._no_records()
        if "Empty CSV" in found:
            return InputError("the file is empty", file=self.path)
        if "straddling" in found:
            return InputError(
                f"a record after row {n_records} is longer than {_BLOCK >> 20} MiB; look for a"
                " quote that is not closed",
                file=self.path,
            )
        return InputError(found, file=self.path)

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        try:
            if self.path == STANDARD_STREAM:
                yield _unpacked(sys.stdin.buffer)
                return
            with Path(self.path).open("rb") as file:
                self._size = Path(self.path).stat().st_size
                self._raw = file
                yield _unpacked(file)
        except OSError as error:
            raise InputError(f"cannot read: {error.strerror or error}", file=self.path) from None


def _unpacked(stream: Any) -> Any:
    return gzip.GzipFile(fileobj=stream) if stream.peek(2)[:2] == _GZIP_MAGIC else stream


def default_delimiter(path: str) -> str:
    """Return the delimiter that a file's name stands for: a tab for TSV, else a comma."""
    return "\t" if path.endswith((".tsv", ".tsv.gz")) else ","


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
        Write text as it is. By default an apostrophe is put before a cell that a spreadsheet would
        take for a formula (see ``neutralised``).

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

        if self._writer is None:
            options = csv.WriteOptions(delimiter=self._delimiter)
            self._writer = self._stack.enter_context(
                csv.CSVWriter(self._file, batch.schema, write_options=options)
            )
        self._writer.write(batch if self._raw_cells else neutralised(batch))


# What a spreadsheet takes for the start of a formula, also behind quotes and spaces, and in the
# full-width forms that some locales accept (OWASP, "CSV Injection").
_FORMULA = r"^(?:[\t\r\n\x00]|[ '\"]*[=+\-@＝＋－＠])"
_NUMBER = r"^[+-]?[0-9]+(?:[.,][0-9]+)*(?:[eE][+-]?[0-9]+)?$"


def neutralised(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch with an apostrophe before every text cell that looks like a formula.

    Plain numbers, such as -12.50, stay. To undo it, remove the first apostrophe of every cell that
    without it looks like a formula.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = []
    for cells in batch.columns:
        if not pa.types.is_string(cells.type):
            columns.append(cells)
            continue
        formula = pc.match_substring_regex(cells, _FORMULA)
        risky = pc.and_not(formula, pc.match_substring_regex(cells, _NUMBER))
        columns.append(pc.if_else(risky, pc.binary_join_element_wise("'", cells, ""), cells))
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)
