"""Records of listing files with their scores, portion by portion and in order."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fakedetect import tables
from fakedetect.blocks import Batch, Block, is_text
from fakedetect.engines import LEAST_CHARACTERS, chosen, on_threads
from fakedetect.errors import InputError
from fakedetect.features import Floats, Ints
from fakedetect.metrics import Bools

if TYPE_CHECKING:
    import pyarrow as pa

    from fakedetect.model import Model

ID_COLUMNS = ("listing_id", "id")

# Rows that the walk scores in one go, and that are written in one go where reasons take long: what
# an interruption waits for, and how often progress is shown.
N_ROWS = 2000
# Reasons are looked for in so many characters at a text's start; they take much longer than scores.
_MOST_EXPLAINED = 10_000


class Portion(NamedTuple):
    """Consecutive records, their scores, and how much of the source has been done with them.

    Attributes
    ----------
    flagged
        Whether each record is.
    reasons
        What the compiled pass says of each flagged record, None where it is left to be said, and
        the empty string for all others; None if that is not wanted.
    """

    batch: Batch
    file: str
    scores: Floats
    flagged: Bools
    reasons: list[str | None] | None
    fraction: float | None

    def slice(self, start: int, n: int) -> Portion:
        """Return at most n records from a row on."""
        end = start + n
        return self._replace(
            batch=self.batch.slice(start, n),
            scores=self.scores[start:end],
            flagged=self.flagged[start:end],
            reasons=None if self.reasons is None else self.reasons[start:end],
        )


class Task(NamedTuple):
    """What each record is scored by.

    Attributes
    ----------
    model, text
        The model, and the text columns; None takes those the model was trained on.
    added
        Names of the columns that the records get, and so must not have.
    ids_only
        Whether the records need ids, and no reasons.
    """

    model: Model
    text: Sequence[str] | None
    added: tuple[str, ...]
    ids_only: bool

    def check(self, table: pa.Table, file: str) -> None:
        """Raise where the columns of a file are not what the task needs."""
        try:
            self._check(table)
        except InputError as error:
            raise error.in_file(file) from None

    def _check(self, table: pa.Table) -> None:
        for name in self.added:
            if name in table.column_names:
                raise InputError(
                    "the listings already have this column, which scoring adds; rename it, or name"
                    " the added ones otherwise with --prefix",
                    column=name,
                )
        for name in self.text_columns(table):
            kind = table.schema.field(name).type
            if not is_text(kind):
                raise InputError(f"it holds {kind}, not text", column=name)
        if self.ids_only:
            ids(table)

    def text_columns(self, table: pa.Table) -> list[str]:
        """Return the columns whose text is scored."""
        return tables.text_columns(table, self.text, self.model.text_columns)

    def texts(self, table: pa.Table, rows: Any) -> list[str]:
        """Return what is explained of the texts of some rows."""
        columns = self.text_columns(table)
        texts = tables.texts_of(table.select(columns).take(rows), columns)
        return [text[:_MOST_EXPLAINED] for text in texts]

    def scored(self, batch: Batch, block: Block, engine: str) -> Portion:
        """Return records with their scores, and with reasons as far as they take no time."""
        # A later file may hold numbers where the first has text.
        self.check(batch.table, block.file)
        scores = self.model.score(batch.table, text=self.text, engine=engine, n_threads=1)
        scores = scores.to_numpy()
        flagged = scores >= self.model.threshold
        flagged[list(batch.problems)] = False
        reasons = None
        if not self.ids_only:
            reasons = self._reasons(batch.table, np.flatnonzero(flagged), engine)
        return Portion(batch, block.file, scores, flagged, reasons, block.fraction)

    def _reasons(self, table: pa.Table, rows: Ints, engine: str) -> list[str | None]:
        reasons: list[str | None] = [""] * table.num_rows
        found: list[str | None] = [None] * len(rows)
        if engine == "compiled":
            found = self.model.quick_reasons(self.texts(table, rows), n_threads=1)
        for row, reason in zip(rows.tolist(), found, strict=True):
            reasons[row] = reason
        return reasons


def first_blocks(
    blocks: Iterator[Block], task: Task, engine: str | None
) -> tuple[list[Block], str]:
    """Return the blocks that decide on the engine, and the engine.

    Raises
    ------
    InputError
        When their columns are not what the task needs.
    """
    first: list[Block] = []
    n_characters = 0
    for block in blocks:
        first.append(block)
        table = block.read().table
        task.check(table, block.file)
        n_characters += sum(table.column(name).nbytes for name in task.text_columns(table))
        # One that is named is named: what comes slowly is then not waited for.
        if engine is not None or n_characters >= LEAST_CHARACTERS:
            break
    return first, "compiled" if chosen(engine, n_characters) else "walk"


def portions(
    blocks: Iterable[Block],
    task: Task,
    engine: str,
    *,
    n_done: int = 0,
    n_threads: int | None = None,
) -> Generator[Portion]:
    """Yield the records behind so many that are done, with their scores.

    Parameters
    ----------
    blocks, task
        All records, and what they are scored by.
    engine
        ``"compiled"`` scores blocks on threads, ``"walk"`` some rows at a time on this one.
    n_done
        How many records are left out at the beginning.
    n_threads
        Of the compiled engine; None takes as many as the process may use.
    """
    if engine == "compiled":

        def score(to_do: tuple[int, Block]) -> Portion:
            n_skipped, block = to_do
            return task.scored(block.read().slice(n_skipped, block.n_records), block, engine)

        yield from on_threads(score, _to_do(blocks, n_done), n_threads)
        return
    before = 0.0
    for n_skipped, block in _to_do(blocks, n_done):
        batch = block.read()
        for start in range(n_skipped, block.n_records, N_ROWS):
            portion = task.scored(batch.slice(start, N_ROWS), block, engine)
            if block.fraction is not None:
                share = (start + len(portion.scores)) / block.n_records
                portion = portion._replace(fraction=before + (block.fraction - before) * share)
            yield portion
        before = block.fraction or 0.0


def _to_do(blocks: Iterable[Block], n_done: int) -> Iterator[tuple[int, Block]]:
    """Yield the blocks with records that are not done, and how many of each are."""
    for block in blocks:
        n_skipped = min(n_done, block.n_records)
        n_done -= n_skipped
        if n_skipped < block.n_records:
            yield n_skipped, block


def ids(table: pa.Table) -> pa.Table:
    """Return the column of ids as a table.

    Raises
    ------
    InputError
        When there is none.
    """
    for name in ID_COLUMNS:
        if name in table.column_names:
            return table.select([name])
    names = ", ".join(table.column_names)
    wanted = " or ".join(map(repr, ID_COLUMNS))
    raise InputError(f"no column {wanted}, the ids to write; the columns are {names}")
