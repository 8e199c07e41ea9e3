"""A ledger's events, and other tables, as files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fakedetect.atomic import replacing
from fakedetect.encoders import Encoder
from fakedetect.errors import InputError
from fakedetect.events import COLUMNS, DIGEST, time_text
from fakedetect.records import Splitter

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from fakedetect.ledger import Ledger


def export(ledger: Ledger, path: str, *, raw_cells: bool = False) -> int:
    """Write all events, in the order they came, to a file that a ledger takes back without loss.

    A new ledger to which the file is added, by its owner if there are events of the owner's, has
    the same events and the same head.

    Parameters
    ----------
    ledger
        An open ledger.
    path
        The file, by whose ending it is CSV, TSV, JSON Lines or Parquet, the first three also
        packed. Its columns are ``events.COLUMNS`` and the digest that proves a row unchanged. It
        appears when it is whole.
    raw_cells
        Of CSV and TSV: write text as it is, also what a spreadsheet would run as a formula.

    Returns
    -------
    int
        How many events there are.

    Raises
    ------
    InputError
        When the file cannot be written, or a text is too long to be read back from this format.
    """
    encoder = Encoder(path, raw_cells=raw_cells)
    n = 0

    def portions() -> Iterator[pa.Table]:
        nonlocal n
        for rows in ledger.rows():
            n += len(rows)
            yield _table(rows)
        if not n:
            yield _table([])  # for the sake of the columns

    _write(portions(), encoder, path)
    return n


def write_table(table: pd.DataFrame, path: str) -> None:
    """Write a table to a file, which appears when it is whole; its index is left out.

    Parameters
    ----------
    table
        Columns of texts, numbers, booleans, times and categories of these.
    path
        As for ``export``. What a spreadsheet would run is made text.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    import pyarrow as pa

    encoder = Encoder(path)
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    for place, cells in enumerate(arrow.columns):
        if pa.types.is_dictionary(cells.type):
            plain = cells.cast(cells.type.value_type)
            arrow = arrow.set_column(place, arrow.column_names[place], plain)
    _write([arrow], encoder, path)


def _table(rows: list[tuple[Any, ...]]) -> pa.Table:
    import pyarrow as pa

    names = (*COLUMNS, DIGEST)
    columns: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    time, digest = names.index("time"), names.index(DIGEST)
    columns[time] = list(map(time_text, columns[time]))
    columns[digest] = [each.hex() for each in columns[digest]]
    return pa.table([pa.array(cells, pa.string()) for cells in columns], names=names)


def _write(tables: Iterable[pa.Table], encoder: Encoder, path: str) -> None:
    with replacing(path) as target:
        if not encoder.packs:
            _write_portions(tables, encoder, target, path)
            return
        # Beside the file, where there is room for it.
        with tempfile.NamedTemporaryFile(prefix=".fakedetect.", dir=Path(path).parent) as part:
            _write_portions(tables, encoder, part, path)
            part.flush()
            encoder.pack(Path(part.name), Path(target.name))


def _write_portions(tables: Iterable[pa.Table], encoder: Encoder, target: Any, path: str) -> None:
    n_rows = 0
    for table in tables:
        parts = table.select(table.column_names[:-1]), table.select(table.column_names[-1:])
        if not n_rows:
            target.write(encoder.header(*parts))
        data = encoder.rows(*parts)
        if encoder.format != "parquet":
            _check_readable(data, encoder.format, path, n_rows)
        target.write(data)
        n_rows += table.num_rows


def _check_readable(data: bytes, kind: str, path: str, n_before: int) -> None:
    """Raise where a reader would take a record for one with a stray quote, or for too long."""
    delimiter, quote = {"csv": (b",", b'"'), "tsv": (b"\t", b'"'), "jsonl": (b",", b"")}[kind]
    problems = Splitter(delimiter, quote).split(data, last=True).problems
    if problems:
        raise InputError(
            f"a text is too long to be read back from .{kind}; write .parquet",
            file=path,
            row=n_before + min(problems) + 1,
        )
