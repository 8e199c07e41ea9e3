"""Dated listings as what somebody says: texts, speakers, and whether suspected, before or since.

A seller is a speaker; where none is named a text speaks for itself, and its copies with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from fakedetect import tables
from fakedetect.batch import Output
from fakedetect.errors import InputError
from fakedetect.listings import ListingReader
from fakedetect.portions import CHANGED, MOST_EXPLAINED
from fakedetect.scored import ScoredFile
from fakedetect.text import canonical
from fakedetect.times import not_before

if TYPE_CHECKING:
    import pyarrow as pa

    from fakedetect.model import Model

Bools = npt.NDArray[np.bool_]

OTHERS, SUSPECTED = 0, 2  # groups of speakers; one more is the same since the date
N_GROUPS = 4


class Columns(NamedTuple):
    """Which columns are read, and from when on a listing is new."""

    time: str
    seller: str | None
    text: Sequence[str] | None
    since: str


class Rows(NamedTuple):
    """Consecutive listings that have a time and could be read.

    Attributes
    ----------
    texts
        Their texts, the first 10,000 characters of each.
    speakers
        Who says each.
    groups
        ``OTHERS`` or ``SUSPECTED``, and one more since the date, shape (n,).
    n_undated, n_errored
        How many more have no time, and how many could not be read.
    """

    texts: list[str]
    speakers: list[str]
    groups: npt.NDArray[np.intp]
    n_undated: int
    n_errored: int


class _Table(NamedTuple):
    """Consecutive records with what is known of them.

    Attributes
    ----------
    file, first
        The file, and the row that the first of them is, from 1.
    table
        Their columns.
    suspected, good
        Which are flagged, and which could be read.
    values
        Returns a column of a table as text.
    """

    file: str
    first: int
    table: pa.Table
    suspected: Bools
    good: Bools
    values: Callable[[pa.Table, str], pa.Array]


class Source:
    """The listings of some files, as often as they are iterated over."""

    def __init__(
        self, paths: list[str], model: Model | None, output: Output, columns: Columns
    ) -> None:
        self.speakers = columns.seller
        self._paths = paths
        self._model = model
        self._output = output
        self._columns = columns
        # What the model has said, so that it is asked once.
        self._known: list[tuple[Bools, Bools]] = []

    def __iter__(self) -> Iterator[Rows]:
        for part in self._scored() if self._model is None else self._flagged(self._model):
            try:
                rows = self._rows(part)
            except InputError as error:
                raise error.in_file(part.file) from None
            yield rows

    def _scored(self) -> Iterator[_Table]:
        for path in self._paths:
            file = ScoredFile(path, self._output)
            for rows in file:
                good = ~np.isnan(rows.scores)
                yield _Table(path, rows.first, rows.table, rows.flagged, good, file.values)

    def _flagged(self, model: Model) -> Iterator[_Table]:
        first, is_again = 1, bool(self._known)
        for number, block in enumerate(ListingReader(self._paths).blocks()):
            batch = block.read()
            if not is_again:
                self._known.append(self._judged(model, batch.table, batch.problems, block.file))
            suspected, good = self._known[min(number, len(self._known) - 1)]
            if len(good) != batch.table.num_rows:
                raise InputError(CHANGED, file=block.file)
            yield _Table(block.file, first, batch.table, suspected, good, _values)
            first += batch.table.num_rows

    def _judged(
        self, model: Model, table: pa.Table, problems: Iterable[int], file: str
    ) -> tuple[Bools, Bools]:
        good = np.ones(table.num_rows, bool)
        good[list(problems)] = False
        try:
            flags = model.flag(table, text=self._columns.text)
        except InputError as error:
            raise error.in_file(file) from None
        return np.asarray(flags) & good, good

    def _rows(self, part: _Table) -> Rows:
        wanted = self._columns
        times = part.values(part.table, _checked(part.table, wanted.time)).to_pylist()
        dated = np.array([bool(each.strip()) for each in times], bool)
        kept = np.flatnonzero(part.good & dated)
        table = part.table.take(kept)
        late = not_before(
            [times[row] for row in kept], wanted.since, wanted.time, (kept + part.first).tolist()
        )
        texts = self._texts(table, part.values)
        return Rows(
            texts,
            self._speakers(table, part.values, texts),
            np.where(part.suspected[kept], SUSPECTED, OTHERS) + late,
            int((part.good & ~dated).sum()),
            int((~part.good).sum()),
        )

    def _texts(self, table: pa.Table, values: Callable[[pa.Table, str], pa.Array]) -> list[str]:
        import pyarrow as pa

        defaults = tables.DEFAULT_TEXT_COLUMNS if self._model is None else self._model.text_columns
        columns = tables.text_columns(table, self._columns.text, defaults)
        cells = {name: values(table, _checked(table, name)) for name in columns}
        return [text[:MOST_EXPLAINED] for text in tables.texts_of(pa.table(cells), columns)]

    def _speakers(
        self, table: pa.Table, values: Callable[[pa.Table, str], pa.Array], texts: list[str]
    ) -> list[str]:
        if self.speakers is None and "seller" in table.column_names:
            self.speakers = "seller"
        named = [""] * len(texts)
        if self.speakers is not None:
            named = values(table, _checked(table, self.speakers)).to_pylist()
        return [
            f"seller {name}" if name else f"text {canonical(text)}"
            for name, text in zip(named, texts, strict=True)
        ]


def _checked(table: pa.Table, name: str) -> str:
    """Return the name of a column if a table has it once, and with values that are read as text."""
    from pyarrow import types

    n = table.column_names.count(name)
    if not n:
        raise InputError(f"no column {name!r}; the columns are {', '.join(table.column_names)}")
    if n > 1:
        raise InputError("this column occurs more than once; rename all but one", column=name)
    kind = table.schema.field(name).type
    if types.is_nested(kind) or types.is_binary(kind) or types.is_large_binary(kind):
        raise InputError(f"it holds {kind}, not text, numbers or dates", column=name)
    return name


def _values(table: pa.Table, name: str) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.fill_null(table.column(name).cast(pa.string()), "").combine_chunks()
