"""A file that ``score`` has written, read again: its rows, and what scoring added to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from fakedetect.batch import OK, Output
from fakedetect.errors import InputError
from fakedetect.listings import ListingReader
from fakedetect.metrics import Bools, Floats
from fakedetect.spreadsheet import restored
from fakedetect.streams import format_of

if TYPE_CHECKING:
    import pyarrow as pa


class Rows(NamedTuple):
    """Consecutive rows of a scored file.

    Attributes
    ----------
    table
        All their columns, named as before a spreadsheet was thought of.
    first
        The row that the first of them is, from 1.
    scores
        Scores (0-1), NaN where there is none, shape (n,).
    flagged
        Whether each is flagged, shape (n,).
    n_errored
        How many could not be read.
    lanes
        The lane of each, empty where there is none; None if the file has no lanes.
    chances
        The probability (0-1) with which each was to be looked at, NaN where there is none; None if
        the file does not say.
    """

    table: pa.Table
    first: int
    scores: Floats
    flagged: Bools
    n_errored: int
    lanes: pa.Array | None
    chances: Floats | None


class ScoredFile:
    """The rows of a scored file, as often as they are iterated over.

    Parameters
    ----------
    path
        The file.
    output
        How it was written.

    Raises
    ------
    InputError
        While iterating: when the file cannot be read, or is not what ``score`` writes.
    """

    def __init__(self, path: str, output: Output) -> None:
        self.path = path
        self._prefix = output.prefix
        self._is_neutralised = not output.raw_cells and format_of(path) in {"csv", "tsv"}

    def __iter__(self) -> Iterator[Rows]:
        reader = ListingReader(self.path)
        reader.reserved = ()  # of JSON Lines: a key may come late
        n_before = 0
        for block in reader.blocks():
            table = block.read().table
            if self._is_neutralised:
                table = table.rename_columns(_restored_names(table))
            yield self._rows(table, n_before + 1)
            n_before += table.num_rows

    def has(self, name: str, table: pa.Table) -> bool:
        """Return whether a table has one column of a name, with values that can be names."""
        from pyarrow import types

        if table.column_names.count(name) != 1:
            return False
        kind = table.schema.field(name).type
        return not (types.is_nested(kind) or types.is_binary(kind) or types.is_large_binary(kind))

    def values(self, table: pa.Table, name: str) -> pa.Array:
        """Return a column as text, as it was before it was written; a missing one is empty."""
        import pyarrow as pa
        import pyarrow.compute as pc

        cells = _whole(table.column(name).cast(pa.string()))
        if self._is_neutralised:
            cells = restored(pa.RecordBatch.from_arrays([cells], ["cells"])).column(0)
        return pc.fill_null(cells, "")

    def _rows(self, table: pa.Table, first: int) -> Rows:
        import numpy as np
        import pyarrow.compute as pc

        good = pc.equal(self._added(table, "status"), OK)
        lanes = chances = None
        if self._prefix + "lane" in table.column_names:
            lanes = self._added(table, "lane")
        if self._prefix + "inclusion_probability" in table.column_names:
            chances = self._floats(table, "inclusion_probability")
        return Rows(
            table,
            first,
            scores=self._floats(table, "score"),
            flagged=np.asarray(pc.equal(self._added(table, "flagged"), "true")),
            n_errored=table.num_rows - (pc.sum(good).as_py() or 0),
            lanes=lanes,
            chances=chances,
        )

    def _floats(self, table: pa.Table, name: str) -> Floats:
        """Return the numbers of an added column, NaN for those that are missing."""
        import pyarrow as pa
        import pyarrow.compute as pc
        from pyarrow import types

        cells = _whole(table.column(self._place(table, name)))
        if not types.is_floating(cells.type):
            texts = self._added(table, name)
            try:
                cells = pc.if_else(pc.equal(texts, ""), None, texts).cast(pa.float64())
            except pa.ArrowInvalid:
                raise InputError(
                    "not all of its values are numbers; name a file that score has written",
                    file=self.path,
                    column=self._prefix + name,
                ) from None
        values: Floats = cells.to_numpy(zero_copy_only=False).astype(float)
        return values

    def _added(self, table: pa.Table, name: str) -> pa.Array:
        """Return an added column as text; a missing value is empty."""
        import pyarrow as pa
        import pyarrow.compute as pc

        return pc.fill_null(_whole(table.column(self._place(table, name)).cast(pa.string())), "")

    def _place(self, table: pa.Table, name: str) -> int:
        whole = self._prefix + name
        if table.column_names.count(whole) != 1:
            raise InputError(
                f"no column {whole!r}, which scoring adds; name a file that score has written",
                file=self.path,
            )
        place: int = table.column_names.index(whole)
        return place


def _restored_names(table: pa.Table) -> list[str]:
    import pyarrow as pa

    names = pa.array(table.column_names, pa.string())
    batch = restored(pa.RecordBatch.from_arrays([names], ["names"]))
    found: list[str] = batch.column(0).to_pylist()
    return found


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column in one piece."""
    import pyarrow as pa

    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
