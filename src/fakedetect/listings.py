"""Listing files of all kinds, read as one sequence of records in blocks of bounded size.

CSV and TSV, JSON Lines and Parquet; one file, several of the same columns, a folder of Parquet, or
standard input. Nothing is guessed and nothing is dropped in silence: every value stays the text it
is ("NA", "00123"), every record is a row, and one that cannot be read is a row that says why.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fakedetect.blocks import TEXT, Block
from fakedetect.delimited import DelimitedFile
from fakedetect.errors import InputError
from fakedetect.jsonlines import JsonLinesFile
from fakedetect.parquet import ParquetFile
from fakedetect.streams import FORMATS, STANDARD_STREAM, ByteStream, display_name, format_of

if TYPE_CHECKING:
    import pyarrow as pa


class ListingReader:
    """The records of listing files.

    Parameters
    ----------
    sources
        A file, a folder of Parquet files (taken in the order of their names), ``-`` for standard
        input, or several of these, whose columns must be the same.
    format
        ``"csv"``, ``"tsv"``, ``"jsonl"`` or ``"parquet"``; None goes by each name's ending, and
        takes CSV where that says nothing. Whether a file is packed, with gzip or zstd, is seen from
        its bytes.
    delimiter
        Of CSV and TSV, one ASCII character; None is a tab for TSV and a comma for CSV.
    quote
        Of CSV and TSV, one ASCII character; nothing is quoted if it is empty.
    encoding
        Of text, any that Python knows; None is UTF-8, or what a byte order mark says.

    Raises
    ------
    InputError
        When an option is none of these; while reading, when a file cannot be read or is not what it
        should be, or there are no records at all.
    """

    def __init__(
        self,
        sources: str | Sequence[str],
        *,
        format: str | None = None,  # noqa: A002 # the field's word for it
        delimiter: str | None = None,
        quote: str = '"',
        encoding: str | None = None,
    ) -> None:
        self.sources = [sources] if isinstance(sources, str) else list(sources)
        self.name = ", ".join(map(display_name, self.sources))
        self.columns: list[str] = []
        self._format, self._delimiter, self._quote = format, delimiter, quote
        self._encoding = encoding
        # Names that JSON Lines must not have, if their lines are wanted as they stand.
        self.reserved: tuple[str, ...] | None = None
        # Whether columns must hold the same in all files, not only have the same names.
        self.needs_same_kinds = False
        self._kinds: list[str] = []
        self._check_options()

    def _check_options(self) -> None:
        if not self.sources:
            raise InputError("no listing file is named")
        if self._format not in {None, *FORMATS}:
            raise InputError(f"no format {self._format!r}; the formats are {', '.join(FORMATS)}")
        for name, value in (("delimiter", self._delimiter), ("quote", self._quote)):
            if value and (len(value) != 1 or not value.isascii() or value in "\r\n"):
                raise InputError(f"the {name} {value!r} is not one ASCII character")
        if self._quote and self._quote == self._delimiter:
            raise InputError(f"delimiter and quote are both {self._quote!r}")
        if self._encoding is not None:
            try:
                "".encode(self._encoding)
            except LookupError:
                raise InputError(f"no text encoding {self._encoding!r}") from None

    @property
    def options(self) -> dict[str, Any]:
        """What the outcome depends on besides the files, as plain data."""
        return {
            "format": self._format,
            "delimiter": self._delimiter,
            "quote": self._quote,
            "encoding": self._encoding,
        }

    def identity(self) -> list[list[Any]] | None:
        """Return what tells the files from changed ones; None for what can be read only once.

        That is standard input, and pipes.

        Raises
        ------
        InputError
            When a file is not there.
        """
        if STANDARD_STREAM in self.sources:
            return None
        found = []
        for path in self.files():
            try:
                status = Path(path).stat()
            except OSError as error:
                raise _unreadable(path, error) from None
            if not stat.S_ISREG(status.st_mode):
                return None
            found.append([str(Path(path).resolve()), status.st_size, status.st_mtime_ns])
        return found

    def blocks(self) -> Iterator[Block]:
        """Yield all records, in order; ``columns`` are known when the first has come."""
        files = self.files()
        sizes = [Path(path).stat().st_size if Path(path).is_file() else 0 for path in files]
        n_records = 0
        for number, path in enumerate(files):
            before, whole = sum(sizes[:number]), sum(sizes)
            for block in self._blocks_of(path, first=number == 0):
                if block.fraction is not None and all(sizes):
                    block.fraction = (before + block.fraction * sizes[number]) / whole
                n_records += block.n_records
                yield block
        if not n_records:
            raise InputError("no listings; the file has a header and no records", file=self.name)

    def files(self) -> list[str]:
        """Return the files that are read, those of folders one by one."""
        files = []
        for source in self.sources:
            if source != STANDARD_STREAM and Path(source).is_dir():
                inside = sorted(Path(source).rglob("*.parquet"))
                if not inside:
                    raise InputError("a folder without *.parquet files", file=source)
                files += list(map(str, inside))
            else:
                files.append(source)
        return files

    def _blocks_of(self, path: str, *, first: bool) -> Iterator[Block]:
        kind = self._format or format_of(path)
        if kind == "parquet":
            if path == STANDARD_STREAM:
                raise InputError("Parquet is not read from standard input; name a file")
            parquet = ParquetFile(path)
            self._check_columns(parquet.columns, path, first=first)
            self._check_kinds(parquet.kinds, path, first=first)
            yield from parquet
            return
        with closing(ByteStream(path)) as stream:
            if kind == "jsonl":
                lines = JsonLinesFile(stream, encoding=self._encoding, reserved=self.reserved)
                if not first:
                    lines.columns = self.columns
                self.columns = lines.columns
                self._check_kinds([TEXT] * len(self.columns), path, first=first)
                yield from lines
                return
            cells = DelimitedFile(
                stream,
                delimiter=self._delimiter or ("\t" if kind == "tsv" else ","),
                quote=self._quote,
                encoding=self._encoding,
            )
            self._check_columns(cells.columns, path, first=first)
            self._check_kinds([TEXT] * len(self.columns), path, first=first)
            yield from cells

    def _check_columns(self, columns: list[str], path: str, *, first: bool) -> None:
        if first:
            self.columns = columns
        if columns != self.columns:
            raise InputError(
                f"the columns are {', '.join(columns)}; those of the first file are"
                f" {', '.join(self.columns)}",
                file=path,
            )

    def _check_kinds(self, kinds: list[str], path: str, *, first: bool) -> None:
        if first:
            self._kinds = kinds
        if not self.needs_same_kinds:
            return
        for name, kind, former in zip(self.columns, kinds, self._kinds, strict=True):
            if kind != former:
                raise InputError(
                    f"it holds {kind}, and {former} in the first file, which one Parquet file"
                    " cannot; write CSV or JSON Lines",
                    file=path,
                    column=name,
                )


def read_table(reader: ListingReader) -> pa.Table:
    """Return all records as one table.

    Raises
    ------
    InputError
        When a record cannot be read, and when the files cannot be.
    """
    import pyarrow as pa

    tables = []
    n_before = 0
    for block in reader.blocks():
        batch = block.read()
        if batch.problems:
            row = min(batch.problems)
            line = int(batch.lines[row])
            raise InputError(
                batch.problems[row], file=block.file, row=n_before + row + 1, line=line
            )
        n_before += block.n_records
        tables.append(batch.table)
    return pa.concat_tables(tables)


def _unreadable(path: str, error: OSError) -> InputError:
    return InputError(f"cannot read: {error.strerror or error}", file=path)
