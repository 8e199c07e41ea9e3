"""Scoring a listing file: one row out for every row in, in order."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fakedetect import tables
from fakedetect.engines import LEAST_CHARACTERS, chosen, on_threads
from fakedetect.errors import InputError
from fakedetect.features import Floats
from fakedetect.listings import ListingReader, writing
from fakedetect.metrics import Bools

if TYPE_CHECKING:
    import pyarrow as pa

    from fakedetect.model import Model

ADDED_COLUMNS = ("score", "flagged", "reasons")
ID_COLUMNS = ("listing_id", "id")

# Rows that the plain walk scores between two reports of progress.
_PORTION = 2000
_LONGEST_REASON = 60  # characters


class Scored(NamedTuple):
    """One listing of a file: its score, its row (the first is 1) and its text."""

    score: float
    row: int
    text: str


class Summary(NamedTuple):
    """What came of a scored file.

    Attributes
    ----------
    n_listings, n_flagged
        How many listings it had, and how many of them were flagged.
    top
        The listings with the highest scores, highest first; of equal scores the first.
    """

    n_listings: int
    n_flagged: int
    top: list[Scored]


def score_file(
    source: str,
    target: str,
    model: Model,
    *,
    text: Sequence[str] | None = None,
    delimiter: str | None = None,
    raw_cells: bool = False,
    ids_only: bool = False,
    n_top: int = 0,
    engine: str | None = None,
    n_threads: int | None = None,
    progress: Callable[[int, float | None], None] | None = None,
) -> Summary:
    """Score a listing file into another.

    Parameters
    ----------
    source
        A CSV or TSV file, plain or gzip, or ``-`` for standard input.
    target
        The CSV file to write, or ``-`` for standard output: the columns of the source, then
        ``score`` (0-1), ``flagged`` (true or false) and ``reasons`` (of flagged rows, what speaks
        loudest for suspicion). It appears only when every row is written.
    model
        The model, with the threshold to flag by.
    text
        Text columns; None takes those the model was trained on, as far as they are there.
    delimiter
        Delimiter of the source; None goes by its name.
    raw_cells
        Write text cells as they are, also those that a spreadsheet would run as formulas.
    ids_only
        Write ``listing_id`` or else ``id``, ``score`` and ``flagged``, and nothing else.
    n_top
        How many listings with the highest scores to return.
    engine, n_threads
        As for ``Model.margin``. None goes by the texts of the whole file, whose rows are all
        scored by the same engine.
    progress
        Called with the listings scored so far and the fraction of the source that they are, None
        where unknown.

    Raises
    ------
    InputError
        When the source cannot be read, lacks a text column or has one of the added columns, or the
        target cannot be written.
    """
    reader = ListingReader(source, delimiter=delimiter)
    n_listings = n_flagged = 0
    top: list[Scored] = []
    with writing(target, raw_cells=raw_cells) as append:
        try:
            for portion in _scored(reader, model, text, engine, n_threads):
                flagged = portion.scores >= model.threshold
                out = _ids(portion.batch) if ids_only else portion.batch
                added: list[Any] = [portion.scores, flagged]
                if not ids_only:
                    added.append(_reasons(model, portion.batch, text, flagged))
                append(_with_columns(out, *added))
                top = _highest(n_top, top, portion, n_listings, model, text)
                n_listings += portion.batch.num_rows
                n_flagged += int(flagged.sum())
                if progress:
                    progress(n_listings, portion.fraction)
        except InputError as error:
            raise error.in_file(reader.name) from None
    return Summary(n_listings, n_flagged, top)


class _Portion(NamedTuple):
    """Consecutive rows, how much of the file has been read with them (0-1), and their scores."""

    batch: pa.RecordBatch
    fraction: float | None
    scores: Floats


def _scored(
    reader: ListingReader,
    model: Model,
    text: Sequence[str] | None,
    engine: str | None,
    n_threads: int | None,
) -> Iterator[_Portion]:
    batches = _read(reader)
    first, n_characters = [], 0
    for batch, fraction in batches:
        first.append((batch, fraction))
        n_characters += sum(column.nbytes for column in _text_of(batch, model, text))
        if n_characters >= LEAST_CHARACTERS:
            break
    engine = "compiled" if chosen(engine, n_characters) else "walk"

    def score(read: tuple[pa.RecordBatch, float | None]) -> _Portion:
        scores = model.score(read[0], text=text, engine=engine, n_threads=1)
        return _Portion(*read, scores.to_numpy())

    everything = chain(first, batches)
    if engine == "compiled":
        return on_threads(score, everything, n_threads)
    return map(score, _cut(everything))


def _read(reader: ListingReader) -> Iterator[tuple[pa.RecordBatch, float | None]]:
    for batch in reader:
        for name in ADDED_COLUMNS:
            if name in batch.schema.names:
                raise InputError(
                    "the listings already have this column, which scoring adds; rename it",
                    column=name,
                )
        yield batch, reader.fraction


def _text_of(batch: pa.RecordBatch, model: Model, text: Sequence[str] | None) -> list[pa.Array]:
    return [batch.column(name) for name in tables.text_columns(batch, text, model.text_columns)]


def _cut(
    batches: Iterable[tuple[pa.RecordBatch, float | None]],
) -> Iterator[tuple[pa.RecordBatch, float | None]]:
    """Yield the rows of batches in smaller portions, which show the progress of a slow walk."""
    before = 0.0
    for batch, after in batches:
        for start in range(0, batch.num_rows, _PORTION):
            portion = batch.slice(start, _PORTION)
            share = (start + portion.num_rows) / batch.num_rows
            yield portion, None if after is None else before + (after - before) * share
        before = after or 0.0


def _highest(
    n: int,
    top: list[Scored],
    portion: _Portion,
    n_before: int,
    model: Model,
    text: Sequence[str] | None,
) -> list[Scored]:
    """Return the n listings with the highest scores, of those so far and a portion."""
    if not n:
        return []
    candidates = np.argsort(-portion.scores, kind="stable")[:n]
    rows = (n_before + 1 + candidates).tolist()
    texts = tables.texts_of(portion.batch.take(candidates), text, model.text_columns)
    scored = map(Scored, portion.scores[candidates].tolist(), rows, texts)
    return heapq.nsmallest(n, [*top, *scored], key=lambda each: (-each.score, each.row))


def _ids(batch: pa.RecordBatch) -> pa.RecordBatch:
    for name in ID_COLUMNS:
        if name in batch.schema.names:
            return batch.select([name])
    names = ", ".join(batch.schema.names)
    wanted = " or ".join(map(repr, ID_COLUMNS))
    raise InputError(f"no column {wanted}, the ids to write; the columns are {names}")


def _reasons(
    model: Model, batch: pa.RecordBatch, text: Sequence[str] | None, flagged: Bools
) -> list[str]:
    reasons = [""] * batch.num_rows
    rows = np.flatnonzero(flagged)
    texts = tables.texts_of(batch.take(rows), text, model.text_columns)
    for row, each in zip(rows.tolist(), texts, strict=True):
        reasons[row] = reasons_of(model, each)
    return reasons


def _with_columns(batch: pa.RecordBatch, *added: Any) -> pa.RecordBatch:
    import pyarrow as pa

    columns = [*batch.columns, *map(pa.array, added)]
    names = [*batch.schema.names, *ADDED_COLUMNS[: len(added)]]
    return pa.RecordBatch.from_arrays(columns, names=names)


def reasons_of(model: Model, text: str) -> str:
    """Return what in a text speaks loudest for suspicion, on one line, loudest first."""
    stretches = (" ".join(span.text.split()) for span in model.explain(text).reasons)
    return "; ".join(
        each if len(each) <= _LONGEST_REASON else each[: _LONGEST_REASON - 1] + "…"
        for each in stretches
    )
