"""Scoring a listing file: one row out for every row in, in order."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from fakedetect import tables
from fakedetect.errors import InputError
from fakedetect.features import Floats
from fakedetect.listings import ListingReader, writing
from fakedetect.metrics import Bools

if TYPE_CHECKING:
    import pyarrow as pa

    from fakedetect.model import Model

ADDED_COLUMNS = ("score", "flagged", "reasons")

# Rows scored between two reports of progress.
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
    n_top: int = 0,
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
    n_top
        How many listings with the highest scores to return.
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
        before = 0.0
        for batch in reader:
            after = reader.fraction
            for start in range(0, batch.num_rows, _PORTION):
                portion = batch.slice(start, _PORTION)
                try:
                    texts, scores = _scores(portion, model, text)
                except InputError as error:
                    raise error.in_file(reader.name) from None
                flagged = scores >= model.threshold
                append(_with_columns(portion, scores, flagged, _reasons(model, texts, flagged)))
                rows = range(n_listings + 1, n_listings + len(texts) + 1)
                candidates = map(Scored, scores.tolist(), rows, texts)
                top = heapq.nsmallest(
                    n_top, [*top, *candidates], key=lambda each: (-each.score, each.row)
                )
                n_listings += len(texts)
                n_flagged += int(flagged.sum())
                if progress:
                    share = (start + len(texts)) / batch.num_rows
                    done = None if after is None else before + (after - before) * share
                    progress(n_listings, done)
            before = after or 0.0
    return Summary(n_listings, n_flagged, top)


def _scores(
    batch: pa.RecordBatch, model: Model, text: Sequence[str] | None
) -> tuple[list[str], Floats]:
    for name in ADDED_COLUMNS:
        if name in batch.schema.names:
            raise InputError(
                "the listings already have this column, which scoring adds; rename it", column=name
            )
    texts = tables.texts_of(batch, text, model.text_columns)
    return texts, model.score(texts)


def _reasons(model: Model, texts: list[str], flagged: Bools) -> list[str]:
    return [
        reasons_of(model, text) if flag else ""
        for text, flag in zip(texts, flagged.tolist(), strict=True)
    ]


def _with_columns(batch: pa.RecordBatch, *added: Any) -> pa.RecordBatch:
    import pyarrow as pa

    columns = [*batch.columns, *map(pa.array, added)]
    return pa.RecordBatch.from_arrays(columns, names=[*batch.schema.names, *ADDED_COLUMNS])


def reasons_of(model: Model, text: str) -> str:
    """Return what in a text speaks loudest for suspicion, on one line, loudest first."""
    stretches = (" ".join(span.text.split()) for span in model.explain(text).reasons)
    return "; ".join(
        each if len(each) <= _LONGEST_REASON else each[: _LONGEST_REASON - 1] + "…"
        for each in stretches
    )
