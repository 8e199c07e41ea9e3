"""Parquet files, read in batches of a few megabytes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fakedetect.blocks import TEXT, Batch, is_text, row_bytes
from fakedetect.errors import InputError
from fakedetect.streams import LEAST_EXPANDED, MOST_EXPANSION

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_BYTES = 4 << 20  # of the texts of a batch
_MOST_ROWS = 1 << 14


class ParquetFile:
    """A Parquet file, opened; iterate for its blocks.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        Here and while iterating: when it cannot be read, is damaged, repeats a column's name, or
        says that it unpacks to 200 times its size.
    """

    def __init__(self, path: str) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        self.file = path
        self._problems = (pa.ArrowException, OSError, ValueError)
        try:
            schema = parquet.read_schema(path)
            # Texts stay in dictionaries until they are cut into batches: a file of a few bytes may
            # say that a text of a megabyte stands in a million rows.
            texts = [each.name for each in schema if is_text(each.type) and each.type != pa.null()]
            # Buffered, so that a row group is not held as a whole.
            self._opened = parquet.ParquetFile(
                path, read_dictionary=texts, buffer_size=1 << 20, pre_buffer=False
            )
            self._size = Path(path).stat().st_size
        except self._problems as error:
            raise self._damaged(error) from None
        self.columns = list(schema.names)
        self.kinds = [TEXT if is_text(kind) else str(kind) for kind in schema.types]
        for name in self.columns:
            if self.columns.count(name) > 1:
                message = "this column occurs more than once; rename all but one"
                raise InputError(message, file=path, column=name)

    def __iter__(self) -> Iterator[ParquetBlock]:
        n_rows, n_bytes = 0, 0
        for batch in self._batches():
            try:
                parts = list(_parts(batch))
            except self._problems as error:  # a damaged page may point out of its dictionary
                raise self._damaged(error) from None
            for start, end, size in parts:
                n_bytes += size
                if n_bytes > max(LEAST_EXPANDED, MOST_EXPANSION * self._size):
                    message = f"the file unpacks to more than {MOST_EXPANSION} times its size"
                    raise InputError(message, file=self.file)
                fraction = (n_rows + end) / self._opened.metadata.num_rows
                part = batch.slice(start, end - start)
                yield ParquetBlock(self.file, part, n_rows + start, fraction)
            n_rows += batch.num_rows

    def _batches(self) -> Iterator[Any]:
        batches = self._opened.iter_batches(_MOST_ROWS, use_threads=False)
        while True:
            try:
                batch = next(batches, None)
            except self._problems as error:
                raise self._damaged(error) from None
            if batch is None:
                return
            yield batch

    def _damaged(self, error: BaseException) -> InputError:
        if isinstance(error, OSError) and error.errno is not None:
            return InputError(f"cannot read: {os.strerror(error.errno)}", file=self.file)
        reason = " ".join(str(error).split())
        return InputError(f"not a whole Parquet file ({reason:.200}); get it again", file=self.file)


class ParquetBlock:
    """Rows of a Parquet file, as ``blocks.Block`` has them."""

    def __init__(self, file: str, rows: Any, n_before: int, fraction: float) -> None:
        self.file = file
        self.n_records = rows.num_rows
        self.fraction: float | None = fraction
        self._rows = rows
        self._n_before = n_before

    def read(self) -> Batch:
        """Return the rows; columns of strings in any form become plain strings."""
        import pyarrow as pa

        table = pa.Table.from_batches([self._rows])
        problems: dict[int, str] = {}
        for place, field in enumerate(table.schema):
            if is_text(field.type):
                cells = table.column(place).cast(pa.string())
                bad = _rows_not_utf8(cells)
            elif pa.types.is_binary_view(field.type):  # of which rows cannot be taken
                cells, bad = table.column(place).cast(pa.large_binary()), []
            elif pa.types.is_nested(field.type) or pa.types.is_dictionary(field.type):
                cells = table.column(place)
                bad = _rows_not_utf8_inside(cells)
            else:
                continue
            problems |= dict.fromkeys(bad, f"the text of column {field.name!r} is not UTF-8")
            table = table.set_column(place, field.name, cells)
        if problems:
            bad_rows = np.zeros(self.n_records, bool)
            bad_rows[list(problems)] = True
            table = _taken(table, pa.array(np.arange(self.n_records), mask=bad_rows))
        lines = self._n_before + np.arange(1, self.n_records + 1)
        return Batch(table, lines, problems)


def _taken(table: pa.Table, rows: pa.Array) -> pa.Table:
    """Return rows of a table, null rows for those that are null."""
    import pyarrow as pa

    try:
        return table.take(rows)
    except pa.ArrowNotImplementedError:  # lists of string views
        wanted = [
            {} if row is None else table.slice(row, 1).to_pylist()[0] for row in rows.to_pylist()
        ]
        return pa.Table.from_pylist(wanted, table.schema)


def _rows_not_utf8(texts: pa.ChunkedArray) -> list[int]:
    """Return the rows whose text is not UTF-8, which neither Parquet nor Arrow makes sure of."""
    import pyarrow as pa

    data = texts.cast(pa.binary())
    try:
        data.cast(pa.string())
    except pa.ArrowInvalid:
        return [row for row, each in enumerate(data.to_pylist()) if not _is_utf8(each or b"")]
    return []


def _rows_not_utf8_inside(values: pa.ChunkedArray) -> list[int]:
    """Return the rows of lists and the like that hold text which is not UTF-8."""
    import pyarrow as pa

    try:
        values.validate(full=True)
    except pa.ArrowInvalid:
        return [row for row, value in enumerate(values) if not _holds_utf8(value)]
    return []


def _holds_utf8(value: pa.Scalar) -> bool:
    import pyarrow as pa

    try:
        value.as_py()
    except (UnicodeDecodeError, pa.ArrowException, IndexError):
        return False
    return True


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parts(batch: Any) -> Iterator[tuple[int, int, int]]:
    """Yield from where to where a batch is cut, and the bytes of the texts there."""
    ends = np.cumsum(row_bytes(batch))
    first = 0
    while first < batch.num_rows:
        before = ends[first - 1] if first else 0
        end = max(first + 1, int(np.searchsorted(ends, before + _MOST_BYTES)))
        yield first, end, int(ends[end - 1] - before)
        first = end
