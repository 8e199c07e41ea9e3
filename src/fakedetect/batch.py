"""Scoring listing files: one row out for every record in, in order, whatever happens."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import fakedetect
from fakedetect import portions
from fakedetect.encoders import Encoder
from fakedetect.errors import InputError, RunInterrupted
from fakedetect.features import Floats
from fakedetect.listings import ListingReader
from fakedetect.partfile import PartFile, Straight
from fakedetect.portions import Portion, Task
from fakedetect.streams import STANDARD_STREAM

if TYPE_CHECKING:
    import pyarrow as pa

    from fakedetect.model import Model

ADDED_COLUMNS = ("score", "flagged", "reasons", "status")
OK = "ok"

_SYNC_S = 2.0  # seconds of work that a kill may cost
_N_PROBLEMS = 5  # that are told


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
    task = Task(model, text, output.names(), output.ids_only)
    job = _Job(reader, encoder, task, output, n_top, len(reader.files()) > 1)
    identity = reader.identity()
    if resume and identity is None:
        raise InputError("what was read is gone, so that it cannot be resumed", file=reader.name)
    blocks = reader.blocks()
    first, engine = portions.first_blocks(blocks, task, engine)
    straight = target == STANDARD_STREAM or (Path(target).exists() and not Path(target).is_file())
    if straight and encoder.packs:
        raise InputError("only a regular file can be packed; name one", file=target)
    with closing(
        Straight(target) if straight else PartFile(target, job.run(identity, engine), resume=resume)
    ) as part:
        try:
            if not part.is_complete:
                n_done = Summary.of(part.state).n_read
                to_do = portions.portions(
                    chain(first, blocks), task, engine, n_done=n_done, n_threads=n_threads
                )
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


class _Job(NamedTuple):
    """What is to be done with each record."""

    reader: ListingReader
    encoder: Encoder
    task: Task
    output: Output
    n_top: int
    names_files: bool  # where records come from several

    def run(self, identity: list[list[Any]] | None, engine: str) -> dict[str, Any] | None:
        """Return all that the output depends on, None if it cannot be had again."""
        if identity is None:
            return None
        return {
            "version": fakedetect.__version__,
            "model": self.task.model.fingerprint,
            "listings": identity,
            "reading options": self.reader.options,
            "text columns": self.task.text,
            "output options": [*self.output, self.n_top],
            "engine": engine,
        }


def _write(
    to_do: Iterator[Portion],
    part: PartFile | Straight,
    job: _Job,
    progress: Callable[[int, float | None], None] | None,
) -> None:
    """Write portions behind what is written, and keep count."""
    summary = Summary.of(part.state)
    needs_header = not part.state
    synced = time.monotonic()
    for portion in to_do:
        # Reasons by the walk take long: fewer rows at a time are lost when the run is stopped.
        is_quick = portion.reasons is None or None not in portion.reasons
        size = len(portion.scores) if is_quick else portions.N_ROWS
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


def _rows(job: _Job, portion: Portion, summary: Summary) -> tuple[pa.Table, pa.Table, Summary]:
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
    rows = portions.ids(batch.table) if job.output.ids_only else batch.table
    added = [columns[name] for name in job.output.added()]
    return rows, pa.table(added, names=job.output.names()), summary


def _all_reasons(job: _Job, table: pa.Table, reasons: list[str | None]) -> list[str | None]:
    """Return the reasons with those that were left to be said."""
    left = np.flatnonzero([reason is None for reason in reasons])
    for row, text in zip(left.tolist(), job.task.texts(table, left), strict=True):
        reasons[row] = job.task.model.explain(text).line()
    return reasons


def _highest(job: _Job, table: pa.Table, scores: Floats, so_far: Summary) -> tuple[Scored, ...]:
    """Return the listings with the highest scores, of those so far and a table."""
    if not job.n_top:
        return ()
    candidates = np.argsort(-scores, kind="stable")[: job.n_top]
    candidates = candidates[scores[candidates] >= 0]
    rows = (so_far.n_read + 1 + candidates).tolist()
    texts = job.task.texts(table, candidates)
    scored = map(Scored, scores[candidates].tolist(), rows, texts)
    best = heapq.nsmallest(
        job.n_top, [*so_far.top, *scored], key=lambda each: (-each.score, each.row)
    )
    return tuple(best)


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
