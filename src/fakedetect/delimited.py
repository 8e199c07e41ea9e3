"""CSV and TSV files: records counted by ``records``, cells parsed by pyarrow."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fakedetect.blocks import Batch, with_gaps
from fakedetect.errors import InputError
from fakedetect.records import Ints, Records, Splitter
from fakedetect.streams import ByteStream, Utf8, check_utf8, likely_utf16

if TYPE_CHECKING:
    import pyarrow as pa

MOST_COLUMNS = 10_000

# The parser is fastest on blocks that stay in the processor's cache.
_BLOCK = 256 << 10

_LONE_CR = re.compile(rb"\r(?!\n)")
# The parser would end a record at a carriage return alone, which here is text. It is given
# noncharacters in its place, which Unicode keeps for use inside programs. Should a listing hold the
# first all the same, it is written as a pair too, so that nothing is lost.
_ESCAPE = "\ufdd0".encode()
_HIDDEN_ESCAPE, _HIDDEN_CR = "\ufdd0\ufdd1".encode(), "\ufdd0\ufdd2".encode()
_LF, _CR = 10, 13


class _Piece(NamedTuple):
    """Text with the records in it, and how many bytes and lines of the file came before."""

    text: bytes
    records: Records
    offset: int
    line: int


class DelimitedFile:
    """A CSV or TSV file, opened, with its header read; iterate for the blocks behind it.

    Parameters
    ----------
    stream
        The file's bytes.
    delimiter, quote
        One ASCII character each; an empty quote means that nothing is quoted.
    encoding
        As for ``Utf8``.

    Raises
    ------
    InputError
        Here and while iterating: when the file is empty, its header cannot be used, or its bytes
        are not of the encoding.
    """

    def __init__(
        self, stream: ByteStream, *, delimiter: str, quote: str, encoding: str | None
    ) -> None:
        self.file = stream.name
        self._stream = stream
        self._delimiter, self._quote = delimiter, quote
        self._pieces = self._split(Utf8(stream, encoding))
        self.columns = self._header()

    def __iter__(self) -> Iterator[DelimitedBlock]:
        for piece in chain([self._first], self._pieces):
            if len(piece.records.starts):
                yield DelimitedBlock(self, piece, self._stream.fraction)

    def _split(self, utf8: Utf8) -> Iterator[_Piece]:
        splitter = Splitter(self._delimiter.encode(), self._quote.encode())
        held, offset, line = b"", utf8.offset, 0
        for piece in utf8:
            held += piece
            found = splitter.split(held, last=not piece)
            yield _Piece(held, found, offset, line)
            held = held[found.n_bytes :]
            offset += found.n_bytes
            line += found.n_lines

    def _header(self) -> list[str]:
        piece = next((each for each in self._pieces if len(each.records.starts)), None)
        if piece is None:
            raise InputError("the file is empty", file=self.file)
        start, end = int(piece.records.starts[0]), int(piece.records.ends[0])
        header = piece.text[start:end] + b"\n"
        # One in a quoted name is the name's own.
        quote = re.escape(self._quote.encode())
        quoted = re.compile(quote + b".*?" + quote, re.DOTALL)
        if _LONE_CR.search(quoted.sub(b"", header)):
            raise InputError(
                "lines end in CR alone; convert the file with `tr '\\r' '\\n'`", file=self.file
            )
        if problem := piece.records.problems.get(0):
            raise InputError(f"in the header, {problem}", file=self.file)
        import pyarrow as pa

        check_utf8(piece.text, 0, end + 1, offset=piece.offset, line=piece.line, file=self.file)
        # Counted beforehand: the parser takes a gigabyte for a hundred thousand.
        _check_number(header.count(self._delimiter.encode()) + 1, self.file)
        header = _whole(_hidden(header))
        table = self.parsed(pa.py_buffer(header), None, [], block=len(header) + 1)
        columns = [cells[0].as_py() for cells in _restored(table).columns]
        _check(columns, self.file)
        records = piece.records
        self._first = piece._replace(
            records=records._replace(
                starts=records.starts[1:],
                ends=records.ends[1:],
                lines=records.lines[1:],
                problems={row - 1: why for row, why in records.problems.items()},
            )
        )
        return columns

    def parsed(
        self, text: pa.Buffer, columns: list[str] | None, misfits: list[Any], *, block: int = _BLOCK
    ) -> pa.Table:
        """Return the rows of text that fit the columns, and add the others to the misfits."""
        import pyarrow as pa
        from pyarrow import csv

        def keep(misfit: Any) -> str:
            misfits.append(misfit)
            return "skip"

        return csv.read_csv(
            pa.BufferReader(text),
            # Without threads the parser knows the number of a row that does not fit.
            csv.ReadOptions(
                block_size=block,
                use_threads=False,
                column_names=columns,
                autogenerate_column_names=columns is None,
            ),
            csv.ParseOptions(
                delimiter=self._delimiter,
                quote_char=self._quote or False,
                newlines_in_values=True,
                invalid_row_handler=keep,
            ),
            # It is known to be UTF-8: the parser would not look at rows that do not fit.
            csv.ConvertOptions(
                check_utf8=False, default_column_type=pa.string(), strings_can_be_null=False
            ),
        )

    def parsed_whole(self, text: pa.Buffer, misfits: list[Any]) -> tuple[Any, str]:
        """Return the rows of a text, or None and what the parser found wrong with it all."""
        import pyarrow as pa

        try:
            return self.parsed(text, self.columns, misfits), ""
        except pa.ArrowInvalid:
            misfits.clear()
        try:  # a record may be longer than a block
            return self.parsed(text, self.columns, misfits, block=text.size + 1), ""
        except pa.ArrowInvalid as error:
            return None, str(error)


class DelimitedBlock:
    """Records of a CSV or TSV file, as ``blocks.Block`` has them."""

    def __init__(self, source: DelimitedFile, piece: _Piece, fraction: float | None) -> None:
        self.file = source.file
        self.n_records = len(piece.records.starts)
        self.fraction = fraction
        self._source = source
        self._piece = piece

    def read(self) -> Batch:
        """Return the records."""
        import pyarrow as pa

        problems = dict(self._piece.records.problems)
        self._hides = _has_lone_returns(self._piece.text, self._piece.records.quotes)
        good = np.delete(np.arange(self.n_records), list(problems))
        if len(good) and not _is_utf8(self._text(good)):
            self._raise_not_utf8(good)
        tables = list(self._tables(good, problems))
        schema = pa.schema([(name, pa.string()) for name in self._source.columns])
        table = pa.concat_tables(tables) if tables else schema.empty_table()
        if self._hides:
            table = _restored(table)
        lines = self._piece.line + self._piece.records.lines + 1
        return Batch(with_gaps(table, self.n_records, sorted(problems)), lines, problems)

    def _tables(self, rows: Ints, problems: dict[int, str]) -> Iterator[pa.Table]:
        """Yield the records of some rows; those that are none go to the problems instead.

        Where the parser does not find as many records as were counted, halves are read instead, so
        that one bad record costs one row.
        """
        misfits: list[Any] = []
        table, found = None, ""
        if len(rows):
            table, found = self._source.parsed_whole(self._text(rows), misfits)
        if table is not None and table.num_rows + len(misfits) == len(rows):
            for misfit in misfits:
                problems[int(rows[misfit.number - 1])] = _misfit(misfit)
            yield table
        elif len(rows) == 1:
            n_found = 0 if table is None else table.num_rows
            problems[int(rows[0])] = found or f"the parser finds {n_found} records in it"
        elif len(rows):
            yield from self._tables(rows[: len(rows) // 2], problems)
            yield from self._tables(rows[len(rows) // 2 :], problems)

    def _raise_not_utf8(self, rows: Ints) -> None:
        """Raise where one of these records is not UTF-8; bad records are not looked into."""
        text, records, offset, line = self._piece
        for start, end in zip(records.starts[rows], records.ends[rows], strict=True):
            check_utf8(text, start, end + 1, offset=offset, line=line, file=self.file)

    def _text(self, rows: Ints) -> pa.Buffer:
        import pyarrow as pa

        text, starts, ends = self._piece.text, *self._piece.records[:2]
        if rows[-1] - rows[0] + 1 == len(rows) and not self._hides:
            start, end = int(starts[rows[0]]), min(int(ends[rows[-1]]) + 1, len(text))
            if not text.startswith(codecs.BOM_UTF8, start):
                return pa.py_buffer(text).slice(start, end - start)
        joined = b"".join(text[starts[row] : ends[row]] + b"\n" for row in rows.tolist())
        return pa.py_buffer(_whole(_hidden(joined) if self._hides else joined))


def _misfit(misfit: Any) -> str:
    n, n_columns = misfit.actual_columns, misfit.expected_columns
    return (
        f"{n} cell{'s' * (n != 1)} where the header has {n_columns} column{'s' * (n_columns != 1)};"
        " check the quotes and delimiters"
    )


def _check_number(n_columns: int, file: str) -> None:
    if n_columns > MOST_COLUMNS:
        message = f"the header has {n_columns:,} columns; up to {MOST_COLUMNS:,} are accepted"
        raise InputError(message, file=file)


def _check(names: list[str], file: str) -> None:
    """Raise where names of columns cannot be used."""
    if any("\0" in name for name in names):
        raise InputError(
            "the header has NUL characters, as UTF-16 has when it is read as UTF-8; try"
            f" --encoding {likely_utf16(','.join(names).encode())}",
            file=file,
        )
    if names.count("") > 1:
        raise InputError("several columns have no name; name or remove them", file=file)
    if len(set(names)) < len(names):
        name = next(name for place, name in enumerate(names) if name in names[:place])
        message = "this column occurs more than once; rename all but one"
        raise InputError(message, file=file, column=name)
    if len(names) == 1 and (other := re.search(r"[;,|\t]", names[0])):
        raise InputError(
            f"the header is one cell, {names[0]!r:.60}; if its columns are parted by {other[0]!r},"
            f" say --delimiter {other[0]!r}",
            file=file,
        )


def _is_utf8(text: pa.Buffer) -> bool:
    import pyarrow as pa

    ends = pa.py_buffer(np.array([0, text.size], np.int32))
    try:  # several times as fast as Python's own decoder
        pa.Array.from_buffers(pa.string(), 1, [None, ends, text]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _has_lone_returns(text: bytes, quotes: Ints | None) -> bool:
    """Return whether a carriage return that ends no line may stand outside of quoted cells."""
    if b"\r" not in text:
        return False
    codes = np.frombuffer(text, np.uint8)
    returns = np.flatnonzero(codes == _CR)
    lone = returns[codes.take(returns + 1, mode="clip") != _LF]
    if quotes is None:
        return len(lone) > 0
    return bool((np.searchsorted(quotes, lone) % 2 == 0).any())


def _whole(text: bytes) -> bytes:
    """Return what the parser takes for the text: it drops a byte order mark at the start."""
    return codecs.BOM_UTF8 + text if text.startswith(codecs.BOM_UTF8) else text


def _hidden(text: bytes) -> bytes:
    return _LONE_CR.sub(_HIDDEN_CR, text.replace(_ESCAPE, _HIDDEN_ESCAPE))


def _restored(table: pa.Table) -> pa.Table:
    """Return the table with what was hidden put back."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def put_back(cells: pa.ChunkedArray) -> pa.ChunkedArray:
        cells = pc.replace_substring(cells, _HIDDEN_CR.decode(), "\r")
        return pc.replace_substring(cells, _HIDDEN_ESCAPE.decode(), _ESCAPE.decode())

    return pa.table(list(map(put_back, table.columns)), names=table.schema.names)
