"""Scoring listing files: one row out for every record in, in order, whatever happens."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import fakedetect
from fakedetect import tables
from fakedetect.blocks import Batch, Block, is_text
from fakedetect.encoders import Encoder
from fakedetect.engines import LEAST_CHARACTERS, chosen, on_threads
from fakedetect.errors import InputError, RunInterrupted
from fakedetect.features import Floats, Ints
from fakedetect.listings import ListingReader
from fakedetect.metrics import Bools
from fakedetect.partfile import PartFile, Straight
from fakedetect.streams import STANDARD_STREAM

if TYPE_CHECKING:
    import pyarrow as pa

    from fakedetect.model import Model

ADDED_COLUMNS = ("score", "flagged", "reasons", "status")
ID_COLUMNS = ("listing_id", "id")
OK = "ok"

# Rows that are written in one go: what an interruption waits for, and how often progress is shown.
_PORTION = 2000
_SYNC_S = 2.0  # seconds of work that a kill may cost
_N_PROBLEMS = 5  # that are told
# Reasons are looked for in so many characters at a text's start; they take much longer than scores.
_MOST_EXPLAINED = 10_000


class Scored(NamedTuple):
    """One listing of a file: its score, its row (the first is 1) and its text's beginning."""

    score: float
    row: int
    text: str


class Summary(NamedTuple):
    """What came of scored files; plain data all through, which a journal can keep.

    Attributes
    ----------
    n_read, n_errored, n_flagged
        How many records there were, how many of them could not be read and so have no score, and
        how many were flagged.
    top
        The listings with the highest scores, highest first; of equal scores the first.
    problems
        What the status says of the first records that could not be read.
    """

    n_read: int = 0
    n_errored: int = 0
    n_flagged: int = 0
    top: tuple[Scored, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def n_scored(self) -> int:
        """How many records have a score."""
        return self.n_read - self.n_errored

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Summary:
        """Return the summary that was kept as plain data."""
        found = cls(**state)
        top = tuple(Scored(*each) for each in found.top)
        return found._replace(top=top, problems=tuple(found.problems))


class Output(NamedTuple):
    """What is written of each record.

    Attributes
    ----------
    raw_cells
        Write text cells as they are, also those that a spreadsheet would run as formulas.
    ids_only
        Write ``listing_id`` or else ``id`` in place of all columns, and no reasons.
    prefix
        What the names of the columns that are added begin with.
    """

    raw_cells: bool = False
    ids_only: bool = False
    prefix: str = ""

    def names(self) -> tuple[str, ...]:
        """Return the names of the added columns."""
        return tuple(self.prefix + name for name in self.added())

    def added(self) -> list[str]:
        """Return what the added columns are."""
        return [name for name in ADDED_COLUMNS if not (self.ids_only and name == "reasons")]


def score_file(
    source: str | Sequence[str] | ListingReader,
    target: str,
    model: Model,
    *,
    text: Sequence[str] | None = None,
    output: Output = Output(),  # noqa: B008 # a constant
    n_top: int = 0,
    resume: bool = False,
    engine: str | None = None,
    n_threads: int | None = None,
    progress: Callable[[int, float | None], None] | None = None,
) -> Summary:
    """Score listing files into another file.

    The file has one row for every record, in order: its columns, then ``score`` (0-1), ``flagged``
    (true or false), ``reasons`` (of flagged rows, what speaks loudest for suspicion) and
    ``status`` (``ok``, or why the record could not be read, in which case all else is empty).
    Neither the size of blocks nor the number of threads changes a byte.

    Parameters
    ----------
    source
        As for ``ListingReader``, or such a reader with options of its own.
    target
        The file to write: CSV, TSV, JSON Lines or Parquet by its ending (``.csv``, ``.tsv``,
        ``.jsonl``, ``.parquet``), packed if ``.gz`` or ``.zst`` follows; ``-`` is standard output.
        It appears when every row is written. Until then its rows are in ``.part`` beside it, and
        what is safe of them is in ``.journal``.
    model
        The model, with the threshold to flag by.
    text
        Text columns; None takes those the model was trained on, as far as they are there.
    output
        What is written of each record.
    n_top
        How many listings with the highest scores to return.
    resume
        Go on from where a former run with the same model, files and options was stopped.
    engine, n_threads
        As for ``Model.margin``. None goes by the texts of the whole source, whose rows are all
        scored by the same engine.
    progress
        Called with the records done so far and the fraction of the source that they are, None
        where unknown.

    Raises
    ------
    InputError
        When the source cannot be read, lacks a text column or has one of the added columns, or the
        run to go on with was another. Nothing is left behind but what was there before.
    OutputError, OutputFullError, OutputBusyError
        When the target cannot be written, its disk is full, or another run is writing it. What was
        written before can be gone on with.
    RunInterrupted
        On Ctrl-C. What was written before can be gone on with.
    """
    reader = source if isinstance(source, ListingReader) else ListingReader(source)
    encoder = Encoder(target, raw_cells=output.raw_cells)
    if encoder.format == "jsonl" and not output.ids_only:
        reader.reserved = output.names()
    reader.needs_same_kinds = encoder.format == "parquet" and not output.ids_only
    job = _Job(reader, encoder, model, text, output, n_top, len(reader.files()) > 1)
    identity = reader.identity()
    if resume and identity is None:
        raise InputError("what was read is gone, so that it cannot be resumed", file=reader.name)
    blocks = reader.blocks()
    first, engine = _first_blocks(blocks, job, engine)
    straight = target == STANDARD_STREAM or (Path(target).exists() and not Path(target).is_file())
    if straight and encoder.packs:
        raise InputError("only a regular file can be packed; name one", file=target)
    with closing(
        Straight(target) if straight else PartFile(target, job.run(identity, engine), resume=resume)
    ) as part:
        try:
            if not part.is_complete:
                n_done = Summary.of(part.state).n_read
                to_do = _portions(chain(first, blocks), job, engine, n_threads, n_done)
                with closing(to_do):
                    _write(to_do, part, job, progress)
                if reader.identity() != identity:
                    raise InputError("changed while it was read; run it again", file=reader.name)
            summary = Summary.of(part.state)
            part.finish(encoder.pack if encoder.packs else None)
        except InputError:
            part.discard()
            raise
        except KeyboardInterrupt:
            raise _interrupted(part, resumable=identity is not None) from None
    return summary


class _Portion(NamedTuple):
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

    def slice(self, start: int, n: int) -> _Portion:
        """Return at most n records from a row on."""
        end = start + n
        return self._replace(
            batch=self.batch.slice(start, n),
            scores=self.scores[start:end],
            flagged=self.flagged[start:end],
            reasons=None if self.reasons is None else self.reasons[start:end],
        )


class _Job(NamedTuple):
    """What is to be done with each record."""

    reader: ListingReader
    encoder: Encoder
    model: Model
    text: Sequence[str] | None
    output: Output
    n_top: int
    names_files: bool  # where records come from several

    def run(self, identity: list[list[Any]] | None, engine: str) -> dict[str, Any] | None:
        """Return all that the output depends on, None if it cannot be had again."""
        if identity is None:
            return None
        return {
            "version": fakedetect.__version__,
            "model": self.model.fingerprint,
            "listings": identity,
            "reading options": self.reader.options,
            "text columns": self.text,
            "output options": [*self.output, self.n_top],
            "engine": engine,
        }

    def check(self, table: pa.Table, file: str) -> None:
        """Raise where the columns of a file are not what the job needs."""
        try:
            self._check(table)
        except InputError as error:
            raise error.in_file(file) from None

    def _check(self, table: pa.Table) -> None:
        for name in self.output.names():
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
        if self.output.ids_only:
            _ids(table)

    def text_columns(self, table: pa.Table) -> list[str]:
        """Return the columns whose text is scored."""
        return tables.text_columns(table, self.text, self.model.text_columns)

    def texts(self, table: pa.Table, rows: Any) -> list[str]:
        """Return what is explained of the texts of some rows."""
        columns = self.text_columns(table)
        texts = tables.texts_of(table.select(columns).take(rows), columns)
        return [text[:_MOST_EXPLAINED] for text in texts]

    def scored(self, batch: Batch, block: Block, engine: str) -> _Portion:
        """Return records with their scores, and with reasons as far as they take no time."""
        # A later file may hold numbers where the first has text.
        self.check(batch.table, block.file)
        scores = self.model.score(batch.table, text=self.text, engine=engine, n_threads=1)
        scores = scores.to_numpy()
        flagged = scores >= self.model.threshold
        flagged[list(batch.problems)] = False
        reasons = None
        if not self.output.ids_only:
            reasons = self._reasons(batch.table, np.flatnonzero(flagged), engine)
        return _Portion(batch, block.file, scores, flagged, reasons, block.fraction)

    def _reasons(self, table: pa.Table, rows: Ints, engine: str) -> list[str | None]:
        reasons: list[str | None] = [""] * table.num_rows
        found: list[str | None] = [None] * len(rows)
        if engine == "compiled":
            found = self.model.quick_reasons(self.texts(table, rows), n_threads=1)
        for row, reason in zip(rows.tolist(), found, strict=True):
            reasons[row] = reason
        return reasons


def _first_blocks(
    blocks: Iterator[Block], job: _Job, engine: str | None
) -> tuple[list[Block], str]:
    """Return the blocks that decide on the engine, and the engine."""
    first: list[Block] = []
    n_characters = 0
    for block in blocks:
        first.append(block)
        table = block.read().table
        job.check(table, block.file)
        n_characters += sum(table.column(name).nbytes for name in job.text_columns(table))
        # One that is named is named: what comes slowly is then not waited for.
        if engine is not None or n_characters >= LEAST_CHARACTERS:
            break
    return first, "compiled" if chosen(engine, n_characters) else "walk"


def _portions(
    blocks: Iterable[Block], job: _Job, engine: str, n_threads: int | None, n_done: int
) -> Generator[_Portion]:
    """Yield the records behind so many that are done, with their scores."""
    if engine == "compiled":

        def score(to_do: tuple[int, Block]) -> _Portion:
            n_skipped, block = to_do
            return job.scored(block.read().slice(n_skipped, block.n_records), block, engine)

        yield from on_threads(score, _to_do(blocks, n_done), n_threads)
        return
    before = 0.0
    for n_skipped, block in _to_do(blocks, n_done):
        batch = block.read()
        for start in range(n_skipped, block.n_records, _PORTION):
            portion = job.scored(batch.slice(start, _PORTION), block, engine)
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


def _write(
    portions: Iterator[_Portion],
    part: PartFile | Straight,
    job: _Job,
    progress: Callable[[int, float | None], None] | None,
) -> None:
    """Write portions behind what is written, and keep count."""
    summary = Summary.of(part.state)
    needs_header = not part.state
    synced = time.monotonic()
    for portion in portions:
        # Reasons by the walk take long: fewer rows at a time are lost when the run is stopped.
        is_quick = portion.reasons is None or None not in portion.reasons
        size = len(portion.scores) if is_quick else _PORTION
        for start in range(0, len(portion.scores), size):
            rows, added, summary = _rows(job, portion.slice(start, size), summary)
            raw = None if job.output.ids_only else portion.batch.slice(start, size).raw
            data = job.encoder.header(rows, added) if needs_header else b""
            needs_header = False
            part.write(data + job.encoder.rows(rows, added, raw), summary._asdict())
            if time.monotonic() - synced > _SYNC_S:
                part.sync()
                synced = time.monotonic()
            if progress:
                progress(summary.n_read, portion.fraction)


def _rows(job: _Job, portion: _Portion, summary: Summary) -> tuple[pa.Table, pa.Table, Summary]:
    """Return the rows as they are written, the columns added to them, and the counts with them."""
    import pyarrow as pa

    batch, scores = portion.batch, portion.scores
    bad = np.zeros(len(scores), bool)
    bad[list(batch.problems)] = True
    place = f"{portion.file}, line" if job.names_files else "line"
    problems = {
        row: f"{place} {batch.lines[row]}: {batch.problems[row]}" for row in sorted(batch.problems)
    }
    columns = {
        "score": pa.array(scores, mask=bad),
        "flagged": pa.array(portion.flagged, mask=bad),
        "status": pa.array([problems.get(row, OK) for row in range(len(scores))]),
    }
    if portion.reasons is not None:
        columns["reasons"] = pa.array(_all_reasons(job, batch.table, portion.reasons), pa.string())
    summary = Summary(
        n_read=summary.n_read + len(scores),
        n_errored=summary.n_errored + len(problems),
        n_flagged=summary.n_flagged + int(portion.flagged.sum()),
        top=_highest(job, batch.table, np.where(bad, -1, scores), summary),
        problems=(*summary.problems, *problems.values())[:_N_PROBLEMS],
    )
    rows = _ids(batch.table) if job.output.ids_only else batch.table
    added = [columns[name] for name in job.output.added()]
    return rows, pa.table(added, names=job.output.names()), summary


def _all_reasons(job: _Job, table: pa.Table, reasons: list[str | None]) -> list[str | None]:
    """Return the reasons with those that were left to be said."""
    left = np.flatnonzero([reason is None for reason in reasons])
    for row, text in zip(left.tolist(), job.texts(table, left), strict=True):
        reasons[row] = job.model.explain(text).line()
    return reasons


def _highest(job: _Job, table: pa.Table, scores: Floats, so_far: Summary) -> tuple[Scored, ...]:
    """Return the listings with the highest scores, of those so far and a table."""
    if not job.n_top:
        return ()
    candidates = np.argsort(-scores, kind="stable")[: job.n_top]
    candidates = candidates[scores[candidates] >= 0]
    rows = (so_far.n_read + 1 + candidates).tolist()
    texts = job.texts(table, candidates)
    scored = map(Scored, scores[candidates].tolist(), rows, texts)
    best = heapq.nsmallest(
        job.n_top, [*so_far.top, *scored], key=lambda each: (-each.score, each.row)
    )
    return tuple(best)


def _ids(table: pa.Table) -> pa.Table:
    for name in ID_COLUMNS:
        if name in table.column_names:
            return table.select([name])
    names = ", ".join(table.column_names)
    wanted = " or ".join(map(repr, ID_COLUMNS))
    raise InputError(f"no column {wanted}, the ids to write; the columns are {names}")


def _interrupted(part: PartFile | Straight, *, resumable: bool) -> RunInterrupted:
    """Keep what is done, if it can be gone on with, and return what to say."""
    n = Summary.of(part.state).n_read
    if isinstance(part, Straight):
        return RunInterrupted(f"interrupted after {n:,} records")
    if part.is_in_place:
        part.discard()
        return RunInterrupted(f"interrupted, but all {n:,} records are written")
    if not resumable:
        part.discard()
        return RunInterrupted(f"interrupted after {n:,} records; nothing was kept")
    # Who interrupts once more does not wait for the disk; then less is safe, but enough.
    with suppress(KeyboardInterrupt):
        part.sync()
    return RunInterrupted(
        f"interrupted after {n:,} records; to go on, run the same command with --resume"
    )
