"""What readers of listing files yield: blocks of records, and the batches read from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow as pa

TEXT = "text"  # what a column holds, as messages call it


class Batch(NamedTuple):
    """Consecutive records of a listing file.

    Attributes
    ----------
    table
        One row for each record; where a record cannot be read its row is null.
    lines
        The number of the line that each record begins on, from 1, shape (n,); in a Parquet file
        that of the row.
    problems
        Why a record cannot be read, by its row from 0.
    raw
        Of JSON Lines, if they are to be kept: the records as they stand in the file, None for one
        that cannot be read.
    """

    table: pa.Table
    lines: npt.NDArray[np.int64]
    problems: Mapping[int, str]
    raw: list[bytes | None] | None = None

    def slice(self, start: int, n: int) -> Batch:
        """Return at most n records from a row on."""
        # Going through all problems for each of many slices would take time squared.
        rows = range(start, min(start + n, len(self.lines))) if self.problems else ()
        return Batch(
            self.table.slice(start, n),
            self.lines[start : start + n],
            {row - start: self.problems[row] for row in rows if row in self.problems},
            None if self.raw is None else self.raw[start : start + n],
        )


class Block(Protocol):
    """Records that have been counted and not been read yet.

    Attributes
    ----------
    file
        What messages call the file that they come from.
    n_records
        How many there are.
    fraction
        How much of all files has been taken with them (0-1); None where unknown.
    """

    file: str
    n_records: int
    fraction: float | None

    def read(self) -> Batch:
        """Return the records; may be called on another thread.

        Raises
        ------
        InputError
            When the file as a whole turns out not to be what it should.
        """


def with_gaps(table: pa.Table, n_records: int, missing: Any) -> pa.Table:
    """Return the table with null rows put in, so that there is one row for each record.

    Parameters
    ----------
    table
        The records that could be read, in order.
    n_records
        How many records there are.
    missing
        The rows, from 0, of those that are not in the table.
    """
    if not len(missing):
        return table
    import pyarrow as pa

    gone = np.zeros(n_records, bool)
    gone[np.asarray(missing, np.intp)] = True
    return table.take(pa.array(np.cumsum(~gone) - 1, mask=gone))


def is_text(kind: pa.DataType) -> bool:
    """Return whether a type is text in any of Arrow's forms.

    A dictionary of texts is, and so is the type of a column in which all texts are missing.
    """
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
    return any(
        is_kind(kind)
        for is_kind in (types.is_string, types.is_large_string, types.is_string_view, types.is_null)
    )


def row_bytes(table: Any) -> npt.NDArray[np.int64]:
    """Return about how many bytes each row of a table or batch takes, shape (n,).

    Texts count in full, also those of a dictionary; all else counts as eight bytes.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    sizes = np.full(table.num_rows, 8 * table.num_columns, np.int64)
    for column in table.columns:
        if not is_text(column.type):
            continue
        if pa.types.is_dictionary(column.type):
            lengths = pc.binary_length(column.dictionary.cast(pa.string())).take(column.indices)
        else:
            lengths = pc.binary_length(column.cast(pa.string()))
        sizes += lengths.fill_null(0).to_numpy(zero_copy_only=False)
    return sizes
