"""Scoring listing files: one row out for every record in, in order, whatever happens."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import fakedetect
from fakedetect import lanes, portions
from fakedetect.blocks import Block
from fakedetect.encoders import Encoder
from fakedetect.errors import InputError, RunInterrupted
from fakedetect.lanes import HOLD, LANES, REVIEW, Budget, Filling, Policy
from fakedetect.listings import ListingReader
from fakedetect.partfile import PartFile, Straight, is_straight
from fakedetect.portions import CHANGED, Known, Pass, Portion, Task

if TYPE_CHECKING:
    import pyarrow as pa

    from fakedetect.model import Model

ADDED_COLUMNS = ("score", "flagged", "lane", "inclusion_probability", "reasons", "status")
OK = "ok"

Progress = Callable[[int, float | None], None]

_SYNC_S = 2.0  # seconds of work that a kill may cost
_N_PROBLEMS = 5  # that are told


class Scored(NamedTuple):
    """One listing of a file.

    Attributes
    ----------
    score, margin
        What the model says of it.
    row
        Its row; the first is 1.
    text
        Its text's beginning.
    flagged
        Whether it was flagged.
    """

    score: float
    margin: float
    row: int
    text: str
    flagged: bool


class Summary(NamedTuple):
    """What came of scored files; plain data all through, which a journal can keep.

    Attributes
    ----------
    n_read, n_errored, n_flagged
        How many records there were, how many of them could not be read and so have no score, and
        how many were flagged.
    n_held, n_review, n_explored
        How many came into the lanes ``hold`` and ``review``, and how many of the latter were not
        flagged but drawn by lot.
    top
        The listings with the highest scores, highest first; of equal scores those with the largest
        margins, and of equal margins the first.
    problems
        What the status says of the first records that could not be read.
    policy
        What brought them into their lanes, with the threshold from which they were flagged.
    filling
        How the budget was filled; None if there was none.
    """

    n_read: int = 0
    n_errored: int = 0
    n_flagged: int = 0
    n_held: int = 0
    n_review: int = 0
    n_explored: int = 0
    top: tuple[Scored, ...] = ()
    problems: tuple[str, ...] = ()
    policy: Policy = Policy()
    filling: Filling | None = None

    @property
    def n_scored(self) -> int:
        """How many records have a score."""
        return self.n_read - self.n_errored

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Summary:
        """Return the summary that was kept as plain data."""
        found = cls(**state)
        return found._replace(
            top=tuple(Scored(*each) for each in found.top),
            problems=tuple(found.problems),
            policy=Policy(*found.policy),
            filling=None if found.filling is None else Filling(*found.filling),
        )


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

    def names(self, *, explores: bool = False) -> dict[str, str]:
        """Return the names of the added columns by what they are.

        Whether listings are drawn by lot says whether the probability of it is one of them.
        """
        left_out = {"reasons": self.ids_only, "inclusion_probability": not explores}
        return {name: self.prefix + name for name in ADDED_COLUMNS if not left_out.get(name)}


def score_file(
    source: str | Sequence[str] | ListingReader,
    target: str,
    model: Model,
    *,
    text: Sequence[str] | None = None,
    output: Output = Output(),  # noqa: B008 # a constant
    budget: Budget | None = None,
    n_top: int = 0,
    resume: bool = False,
    engine: str | None = None,
    n_threads: int | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Score listing files into another file.

    The file has one row for every record, in order: its columns, then ``score`` (0-1), ``flagged``
    (true or false), ``lane`` (``hold``, ``review`` or ``clear``), ``reasons`` (of flagged rows,
    what speaks loudest for suspicion) and ``status`` (``ok``, or why the record could not be read,
    in which case all else is empty). Where a budget explores, ``inclusion_probability`` follows
    the lane: how likely the listing was to be looked at before lots were drawn. Neither the size of
    blocks nor the number of threads changes a byte.

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
        The model, with the threshold to flag by and the score to hold from, if any is held.
    text
        Text columns; None takes those the model was trained on, as far as they are there.
    output
        What is written of each record.
    budget
        How many listings can be looked at: those with the highest scores of all, and of equal
        scores the largest margins, which takes going through all of them twice, and those drawn by
        lot from the others, if it explores, by their ``listing_id`` or else ``id`` or else row. The
        model's threshold does not count. None flags by that.
    n_top
        How many listings with the highest scores to return.
    resume
        Go on from where a former run with the same model, files and options was stopped.
    engine, n_threads
        As for ``Model.margin``. None goes by the texts of the whole source, whose rows are all
        scored by the same engine.
    progress
        Called with the records done so far and the fraction of the source that they are, None
        where unknown. With a budget a record that is scored and not written is half done.

    Raises
    ------
    InputError
        When the source cannot be read, lacks a text column or has one of the added columns, there
        is a budget and it can be read once only, or the run to go on with was another. Nothing is
        left behind but what was there before.
    OutputError, OutputFullError, OutputBusyError
        When the target cannot be written, its disk is full, or another run is writing it. What was
        written before can be gone on with.
    RunInterrupted
        On Ctrl-C. What was written before can be gone on with.
    """
    reader = source if isinstance(source, ListingReader) else ListingReader(source)
    encoder = Encoder(target, raw_cells=output.raw_cells)
    explores = budget is not None and budget.explore > 0
    names = output.names(explores=explores)
    if encoder.format == "jsonl" and not output.ids_only:
        reader.reserved = tuple(names.values())
    reader.needs_same_kinds = encoder.format == "parquet" and not output.ids_only
    seed = budget.seed if budget and explores else None
    task = Task(model, text, tuple(names.values()), output.ids_only, seed)
    job = _Job(reader, encoder, task, output, names, budget, n_top, len(reader.files()) > 1)
    identity = job.identity(resume=resume)
    blocks = reader.blocks()
    first, engine = portions.first_blocks(blocks, task, engine)
    straight = is_straight(target)
    if straight and encoder.packs:
        raise InputError("only a regular file can be packed; name one", file=target)
    with closing(
        Straight(target) if straight else PartFile(target, job.run(identity, engine), resume=resume)
    ) as part:
        try:
            if not part.is_complete:
                by = Pass(engine, n_threads)
                _score(job, part, chain(first, blocks), by=by, progress=progress)
                if reader.identity() != identity:
                    raise InputError(CHANGED, file=reader.name)
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
    names: Mapping[str, str]  # of the added columns, by what they are
    budget: Budget | None
    n_top: int
    names_files: bool  # where records come from several

    def identity(self, *, resume: bool) -> list[list[Any]] | None:
        """Return what tells the source from a changed one, or raise where there must be some."""
        identity = self.reader.identity()
        if identity is None and resume:
            raise InputError(
                "what was read is gone, so that it cannot be resumed", file=self.reader.name
            )
        if identity is None and self.budget is not None:
            raise InputError(
                "a budget is filled with the highest scores of all listings, which takes reading"
                " them twice, and this can be read once; make it a file first, or flag from a score"
                " on with --threshold",
                file=self.reader.name,
            )
        return identity

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
            "budget": None if self.budget is None else str(self.budget),
            "output options": [*self.output, self.n_top],
            "engine": engine,
        }


def _score(
    job: _Job,
    part: PartFile | Straight,
    blocks: Iterable[Block],
    *,
    by: Pass,
    progress: Progress | None,
) -> None:
    """Score what is not scored yet, and write it."""
    if not part.state:
        policy, filling = Policy(job.task.model.threshold, job.task.model.hold), None
        if job.budget is not None:
            known = _known(job, blocks, by, progress)
            policy, filling = lanes.filled(
                known.scores,
                job.budget,
                margins=known.margins,
                hold=policy.hold,
                draws=known.draws,
            )
            by = by._replace(known=known)
            progress = progress and _second_half(progress, len(known.margins))
            blocks = job.reader.blocks()
        part.write(b"", Summary(policy=policy, filling=filling)._asdict())
        if job.budget is not None:
            part.sync()  # from here on a run is gone on with without going through all again
    summary = Summary.of(part.state)
    by = by._replace(policy=summary.policy, n_done=summary.n_read)
    with closing(portions.portions(blocks, job.task, by)) as to_do:
        _write(to_do, part, job, progress)
    if by.known is not None and Summary.of(part.state).n_read < len(by.known.margins):
        raise InputError(CHANGED, file=job.reader.name)


def _known(job: _Job, blocks: Iterable[Block], by: Pass, progress: Progress | None) -> Known:
    """Return the margins and draws of all records, which is half of the work."""
    margins, draws = [], []
    n = 0
    with closing(portions.portions(blocks, job.task, by)) as to_do:
        for portion in to_do:
            margins.append(portion.known.margins)
            draws.append(portion.known.draws)
            n += portion.n
            if progress:
                progress(n // 2, None if portion.fraction is None else portion.fraction / 2)
    found = [each for each in draws if each is not None]
    return Known(np.concatenate(margins), np.concatenate(found) if found else None)


def _second_half(progress: Progress, n: int) -> Progress:
    """Return a callback for a pass over records of which all have been gone through before."""

    def advance(n_done: int, fraction: float | None) -> None:
        progress((n + n_done) // 2, None if fraction is None else (1 + fraction) / 2)

    return advance


def _write(
    to_do: Iterator[Portion],
    part: PartFile | Straight,
    job: _Job,
    progress: Progress | None,
) -> None:
    """Write portions behind what is written, and keep count."""
    summary = Summary.of(part.state)
    needs_header = not summary.n_read
    synced = time.monotonic()
    for portion in to_do:
        # Reasons by the walk take long: fewer rows at a time are lost when the run is stopped.
        is_quick = portion.reasons is None or None not in portion.reasons
        size = portion.n if is_quick else portions.N_ROWS
        for start in range(0, portion.n, size):
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

    batch, scores, assigned = portion.batch, portion.known.scores, portion.assigned
    bad = np.isnan(scores)
    place = f"{portion.file}, line" if job.names_files else "line"
    problems = {
        row: f"{place} {batch.lines[row]}: {batch.problems[row]}" for row in sorted(batch.problems)
    }
    columns = {
        "score": pa.array(scores, mask=bad),
        "flagged": pa.array(assigned.flagged, mask=bad),
        "lane": pa.array(LANES).take(pa.array(assigned.lanes, mask=bad)),
        "inclusion_probability": pa.array(assigned.inclusion_probability, mask=bad),
        "status": pa.array([problems.get(row, OK) for row in range(len(scores))]),
    }
    if portion.reasons is not None:
        columns["reasons"] = pa.array(_all_reasons(job, batch.table, portion.reasons), pa.string())
    in_review = assigned.lanes == REVIEW
    summary = summary._replace(
        n_read=summary.n_read + portion.n,
        n_errored=summary.n_errored + len(problems),
        n_flagged=summary.n_flagged + int(assigned.flagged.sum()),
        n_held=summary.n_held + int(np.count_nonzero(assigned.lanes == HOLD)),
        n_review=summary.n_review + int(in_review.sum()),
        n_explored=summary.n_explored + int(np.count_nonzero(in_review & ~assigned.flagged)),
        top=_highest(job, portion, summary),
        problems=(*summary.problems, *problems.values())[:_N_PROBLEMS],
    )
    rows = portions.ids(batch.table) if job.output.ids_only else batch.table
    added = {name: columns[what] for what, name in job.names.items()}
    return rows, pa.table(added), summary


def _all_reasons(job: _Job, table: pa.Table, reasons: list[str | None]) -> list[str | None]:
    """Return the reasons with those that were left to be said."""
    left = np.flatnonzero([reason is None for reason in reasons])
    for row, text in zip(left.tolist(), job.task.texts(table, left), strict=True):
        reasons[row] = job.task.model.explain(text).line()
    return reasons


def _highest(job: _Job, portion: Portion, so_far: Summary) -> tuple[Scored, ...]:
    """Return the listings with the highest scores, of those so far and a portion."""
    if not job.n_top:
        return ()
    scores, margins = portion.known.scores, portion.known.margins
    candidates = np.lexsort((-margins, -scores))[: job.n_top]  # NaN comes last
    candidates = candidates[~np.isnan(scores[candidates])]
    scored = map(
        Scored,
        scores[candidates].tolist(),
        margins[candidates].tolist(),
        (so_far.n_read + 1 + candidates).tolist(),
        job.task.texts(portion.batch.table, candidates),
        portion.assigned.flagged[candidates].tolist(),
    )
    best = heapq.nsmallest(
        job.n_top,
        [*so_far.top, *scored],
        key=lambda each: (-each.score, -each.margin, each.row),
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
