"""Records of listing files with their scores, portion by portion and in order."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fakedetect import sampling, tables
from fakedetect.blocks import Batch, Block, is_text
from fakedetect.engines import LEAST_CHARACTERS, chosen, on_threads
from fakedetect.errors import InputError
from fakedetect.features import Floats, Ints
from fakedetect.lanes import Assigned, Policy
from fakedetect.model import probability

if TYPE_CHECKING:
    import pyarrow as pa

    from fakedetect.model import Model

ID_COLUMNS = ("listing_id", "id")
CHANGED = "changed while it was read; run it again"

# Rows that the walk scores in one go, and that are written in one go where reasons take long: what
# an interruption waits for, and how often progress is shown.
N_ROWS = 2000
# Reasons are looked for in so many characters at a text's start; they take much longer than scores.
MOST_EXPLAINED = 10_000


class Known(NamedTuple):
    """What is known of all records of a source from having gone through it before.

    Attributes
    ----------
    margins
        NaN for a record that could not be read, shape (n,).
    draws
        Shape (n,); None if none are wanted.
    """

    margins: Floats
    draws: Floats | None

    @property
    def scores(self) -> Floats:
        """The margins as probabilities, shape (n,)."""
        return probability(self.margins)

    def slice(self, start: int, n: int) -> Known:
        """Return what is known of at most n records from one on."""
        end = start + n
        return Known(self.margins[start:end], None if self.draws is None else self.draws[start:end])


class Pass(NamedTuple):
    """One way through the records.

    Attributes
    ----------
    engine
        ``"compiled"`` scores blocks on threads, ``"walk"`` some rows at a time on the caller's.
    n_threads
        Of the compiled engine; None takes as many as the process may use.
    policy
        What brings records into their lanes.
    known
        Margins and draws, where there has been a pass before; None to find them now.
    n_done
        How many records are left out at the beginning.
    """

    engine: str
    n_threads: int | None = None
    policy: Policy = Policy()
    known: Known | None = None
    n_done: int = 0


class Portion(NamedTuple):
    """Consecutive records, their scores, and how much of the source has been done with them.

    Attributes
    ----------
    known
        Their margins and draws.
    assigned
        Their lanes.
    reasons
        What the compiled pass says of each flagged record, None where it is left to be said, and
        the empty string for all others; None if that is not wanted.
    """

    batch: Batch
    file: str
    known: Known
    assigned: Assigned
    reasons: list[str | None] | None
    fraction: float | None

    @property
    def n(self) -> int:
        """How many records there are."""
        return len(self.known.margins)

    def slice(self, start: int, n: int) -> Portion:
        """Return at most n records from a row on."""
        return self._replace(
            batch=self.batch.slice(start, n),
            known=self.known.slice(start, n),
            assigned=self.assigned.slice(start, n),
            reasons=None if self.reasons is None else self.reasons[start : start + n],
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
    seed
        Of the records' draws; None if none are wanted.
    """

    model: Model
    text: Sequence[str] | None
    added: tuple[str, ...]
    ids_only: bool
    seed: int | None = None

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
        return [text[:MOST_EXPLAINED] for text in texts]

    def scored(self, batch: Batch, block: Block, row: int, by: Pass) -> Portion:
        """Return records with their scores, and with reasons as far as they take no time.

        Parameters
        ----------
        batch, block
            The records, and the block that they are from.
        row
            The number of the first of them, from 0.
        by
            How they are scored.
        """
        # A later file may hold numbers where the first has text.
        self.check(batch.table, block.file)
        if by.known is None:
            known = self._known(batch, block.file, row, by.engine)
        else:
            known = by.known.slice(row, batch.table.num_rows)
            if len(known.margins) < batch.table.num_rows:
                raise InputError(CHANGED, file=block.file)
        assigned = by.policy.assign(known.scores, known.draws, margins=known.margins)
        reasons = None
        if not self.ids_only:
            reasons = self._reasons(batch.table, np.flatnonzero(assigned.flagged), by.engine)
        return Portion(batch, block.file, known, assigned, reasons, block.fraction)

    def _known(self, batch: Batch, file: str, row: int, engine: str) -> Known:
        margins = self.model.margin(batch.table, text=self.text, engine=engine, n_threads=1)
        margins = margins.to_numpy()
        if batch.problems:
            margins = margins.copy()
            margins[list(batch.problems)] = np.nan
        draws = None if self.seed is None else self._draws(batch.table, file, row)
        return Known(margins, draws)

    def _draws(self, table: pa.Table, file: str, row: int) -> Floats:
        import pyarrow as pa

        assert self.seed is not None  # noqa: S101 # for the type checker
        name = next((name for name in ID_COLUMNS if name in table.column_names), None)
        ids = pa.nulls(table.num_rows) if name is None else table.column(name)
        try:
            return sampling.draws(ids, seed=self.seed, first_row=row + 1)
        except InputError as error:
            raise InputError(error.message, file=file, column=name) from None

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


def portions(blocks: Iterable[Block], task: Task, by: Pass) -> Generator[Portion]:
    """Yield the records that are not done, with their scores."""
    if by.engine == "compiled":

        def score(to_do: tuple[Block, int, int]) -> Portion:
            block, start, row = to_do
            return task.scored(block.read().slice(start, block.n_records), block, row + start, by)

        yield from on_threads(score, _to_do(blocks, by.n_done), by.n_threads)
        return
    before = 0.0
    for block, first, row in _to_do(blocks, by.n_done):
        batch = block.read()
        for start in range(first, block.n_records, N_ROWS):
            portion = task.scored(batch.slice(start, N_ROWS), block, row + start, by)
            if block.fraction is not None:
                share = (start + portion.n) / block.n_records
                portion = portion._replace(fraction=before + (block.fraction - before) * share)
            yield portion
        before = block.fraction or 0.0


def _to_do(blocks: Iterable[Block], n_done: int) -> Iterator[tuple[Block, int, int]]:
    """Yield the blocks with records to do, how many of each are done, and the number of its first.

    The first record of all has the number 0.
    """
    row = 0
    for block in blocks:
        start = min(max(0, n_done - row), block.n_records)
        if start < block.n_records:
            yield block, start, row
        row += block.n_records


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
