"""Scored rows as bytes: CSV, TSV, JSON Lines, and Parquet, plain or packed.

While a run is not finished its rows stand in a part file to which bytes can be appended and from
which they can be cut off again. CSV, TSV and JSON Lines are such bytes; rows for Parquet wait as
Arrow's own. ``pack`` makes the finished file of them, where it is another.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from fakedetect.blocks import row_bytes
from fakedetect.errors import InputError
from fakedetect.spreadsheet import neutralised
from fakedetect.streams import format_of

if TYPE_CHECKING:
    import pyarrow as pa

_PACKED = {".gz": "gzip", ".zst": "zstd"}
# Of a Parquet file.
_ROWS_OF_GROUP = 1 << 17
_BYTES_OF_GROUP = 64 << 20
# Names under which a program would not open the CSV that stands for every other ending.
_OF_OTHER_PROGRAMS = {".xlsx", ".xls", ".ods", ".json", ".zip", ".bz2", ".xz", ".feather"}
_PIECE = 1 << 20


class Encoder:
    """Turns rows into the bytes of a part file.

    Parameters
    ----------
    path
        The file to be made in the end; its name tells the format and whether it is packed.
    raw_cells
        Of CSV and TSV: write text as it is. By default an apostrophe is put before what a
        spreadsheet would run as a formula (see ``spreadsheet``, which also undoes it).
    """

    def __init__(self, path: str, *, raw_cells: bool = False) -> None:
        self.format = format_of(path)
        ending = Path(path.lower()).suffix
        self._codec = _PACKED.get(ending)
        self._raw_cells = raw_cells
        if ending in _OF_OTHER_PROGRAMS:
            raise InputError(
                f"no {ending} files are written; name one .csv, .tsv, .jsonl or .parquet", file=path
            )
        if self.format == "parquet" and self._codec:
            raise InputError(
                "a Parquet file is packed inside; leave out the last ending", file=path
            )

    @property
    def packs(self) -> bool:
        """Whether the finished file is another than the part file."""
        return self._codec is not None or self.format == "parquet"

    def header(self, rows: pa.Table, added: pa.Table) -> bytes:
        """Return what stands before all rows of tables like these."""
        if self.format not in {"csv", "tsv"}:
            return b""
        return self._csv(rows.slice(0, 0), added.slice(0, 0), header=True)

    def rows(
        self, rows: pa.Table, added: pa.Table, raw: Sequence[bytes | None] | None = None
    ) -> bytes:
        """Return rows with the columns that are added to them.

        Parameters
        ----------
        rows, added
            Tables of the same length.
        raw
            Of JSON Lines: the objects as they stand in the file that they are from, which are
            written instead of the rows, to the byte; None for a line that is no object.
        """
        if self.format == "jsonl":
            return _json_lines(rows, added, raw)
        if self.format == "parquet":
            return _arrow(_joined(rows, added))
        return self._csv(rows, added, header=False)

    def _csv(self, rows: pa.Table, added: pa.Table, *, header: bool) -> bytes:
        import pyarrow as pa
        from pyarrow import csv

        batch = _one_batch(_joined(_flat(rows), added))
        if not self._raw_cells:
            batch = neutralised(batch)
        sink = pa.BufferOutputStream()
        options = csv.WriteOptions(
            include_header=header, delimiter="\t" if self.format == "tsv" else ","
        )
        csv.write_csv(batch, sink, options)
        data: bytes = sink.getvalue().to_pybytes()
        return data

    def pack(self, part: Path, packed: Path) -> None:
        """Make the finished file of a part file; the same bytes each time."""
        if self.format == "parquet":
            _write_parquet(part, packed)
            return
        import pyarrow as pa

        with (
            part.open("rb") as source,
            packed.open("wb") as target,
            pa.CompressedOutputStream(pa.PythonFile(target, "w"), self._codec) as stream,
        ):
            while piece := source.read(_PIECE):
                stream.write(piece)


def _joined(rows: pa.Table, added: pa.Table) -> pa.Table:
    for name, column in zip(added.column_names, added.columns, strict=True):
        rows = rows.append_column(name, column)
    return rows


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    import pyarrow as pa

    columns = [
        column.chunk(0) if column.num_chunks else pa.array([], column.type)
        for column in table.combine_chunks().columns
    ]
    return pa.RecordBatch.from_arrays(columns, names=table.column_names)


def _flat(table: pa.Table) -> pa.Table:
    """Return the table with lists and the like as JSON, for formats that have no form for them."""
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        kind = field.type
        if pa.types.is_dictionary(kind):
            table = table.set_column(place, field.name, table.column(place).cast(kind.value_type))
        elif pa.types.is_nested(kind) or _is_binary(kind):
            values = table.column(place).to_pylist()
            texts = [None if value is None else _text(value) for value in values]
            table = table.set_column(place, field.name, pa.array(texts, pa.string()))
    return table


def _is_binary(kind: Any) -> bool:
    from pyarrow import types

    return bool(
        types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_fixed_size_binary(kind)
        or types.is_binary_view(kind)
    )


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else _json(value)


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=_json_form, allow_nan=False)
    except ValueError:
        return _json(_finite(value))


def _finite(value: Any) -> Any:
    """Return a value with null for NaN and text for infinity, since JSON has neither."""
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return list(map(_finite, value))
    return value


def _json_form(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def _json_lines(rows: pa.Table, added: pa.Table, raw: Sequence[bytes | None] | None) -> bytes:
    values = added.to_pylist()
    if raw is None:
        lines = [_json(row | more) for row, more in zip(rows.to_pylist(), values, strict=True)]
        return "".join(f"{line}\n" for line in lines).encode()
    spliced = (_spliced(line, _json(more).encode()) for line, more in zip(raw, values, strict=True))
    return b"".join(line + b"\n" for line in spliced)


def _spliced(line: bytes | None, added: bytes) -> bytes:
    """Return an object with the members of another behind its own."""
    if line is None:
        return added
    start = line.strip()[:-1].rstrip()
    return start + (b"" if start == b"{" else b", ") + added[1:]


def _arrow(table: pa.Table) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _write_parquet(part: Path, target: Path) -> None:
    """Write the tables of a part file into groups of rows that do not depend on how they came."""
    from pyarrow import parquet

    with part.open("rb") as source:
        tables = _stored(source, part.stat().st_size)
        first = next(tables)
        with parquet.ParquetWriter(target, first.schema) as writer:
            for group in _groups(chain([first], tables)):
                writer.write_table(group.combine_chunks(), row_group_size=_ROWS_OF_GROUP)


def _stored(source: BinaryIO, size: int) -> Iterator[pa.Table]:
    import pyarrow as pa

    while source.tell() < size:
        yield pa.ipc.open_stream(source).read_all()


def _groups(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Yield the rows of tables in groups of bounded size, wherever the tables begin and end."""
    import pyarrow as pa

    held: list[pa.Table] = []
    n_rows = n_bytes = 0
    for table in tables:
        ends = np.cumsum(row_bytes(table))
        first = 0
        while first < table.num_rows:
            before = ends[first - 1] if first else 0
            fits = int(np.searchsorted(ends, before + _BYTES_OF_GROUP - n_bytes, side="right"))
            end = min(fits, first + _ROWS_OF_GROUP - n_rows)
            end = max(end, first if held else first + 1)
            if end > first:
                held.append(table.slice(first, end - first))
                n_rows += end - first
                n_bytes += int(ends[end - 1] - before)
            if end < table.num_rows:
                yield pa.concat_tables(held)
                held, n_rows, n_bytes = [], 0, 0
            first = end
    if held:
        yield pa.concat_tables(held)
