"""The listings whose flag changes when one model takes the place of another: which, and whose.

Two models with the same figures may flag different listings, and whoever is newly flagged asks why.
So listings that change sides are counted and shown, labelled or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import Any, NamedTuple

import numpy as np

from fakedetect import tables
from fakedetect.explanation import Span
from fakedetect.labels import DEFAULT_GROUP_COLUMN, LANGUAGE_COLUMN, parsed_labels
from fakedetect.metrics import Bools, Floats, Ints
from fakedetect.model import Model, probability
from fakedetect.portions import ID_COLUMNS, MOST_EXPLAINED
from fakedetect.scripts import main_script
from fakedetect.slices import LONGEST_NAME, MOST_VALUES
from fakedetect.text import canonical

BRAND_COLUMN = "brand"
MOST_EXAMPLES = 10  # of a swap set


class Agreement(NamedTuple):
    """Listings by who flags them: both models, the champion alone, the challenger alone, neither.

    Examples
    --------
    >>> Agreement(n_both=20, n_no_longer=5, n_newly=10, n_neither=15).kappa
    0.4
    """

    n_both: int
    n_no_longer: int
    n_newly: int
    n_neither: int

    @property
    def n(self) -> int:
        """All listings."""
        return sum(self)

    @property
    def share(self) -> float:
        """Share of the listings (0-1) that both treat alike; NaN without listings."""
        return (self.n_both + self.n_neither) / self.n if self.n else float("nan")

    @property
    def kappa(self) -> float:
        """Agreement beyond chance (Cohen 1960), 1 at most; NaN if chance alone would agree."""
        n, before, after = self.n, self.n_both + self.n_no_longer, self.n_both + self.n_newly
        # All as whole numbers, so that nothing left to agree on is exactly nothing.
        by_chance = before * after + (n - before) * (n - after)
        left = n * n - by_chance
        return (n * (self.n_both + self.n_neither) - by_chance) / left if left else float("nan")


class Example(NamedTuple):
    """A listing that changes sides.

    Attributes
    ----------
    row
        Its row (the first is 1).
    listing_id, seller
        What the listings call it and its seller; empty where they do not.
    label
        1 suspected, 0 genuine, None unlabelled.
    champion, challenger
        Its scores (0-1).
    change
        The challenger's margin less the champion's, in log-odds.
    text
        The beginning of what the model that flags it reads.
    spans
        Its words with what each adds to that model's margin, in log-odds.
    """

    row: int
    listing_id: str
    seller: str
    label: int | None
    champion: float
    challenger: float
    change: float
    text: str
    spans: tuple[Span, ...]


class SwapSet(NamedTuple):
    """Listings that change sides: all, those labelled suspected and genuine, and ten at most.

    Those come first whose margin has changed most.
    """

    n: int
    n_suspected: int
    n_genuine: int
    examples: tuple[Example, ...]


class Swapped(NamedTuple):
    """The listings with one value in a column, and those of them that change sides."""

    value: str
    n: int
    n_newly: int
    n_no_longer: int


class Swaps(NamedTuple):
    """The twenty values of a column with the most changes, and how many more have any."""

    column: str
    values: tuple[Swapped, ...]
    n_more: int


class Listings(NamedTuple):
    """The listings that both models read.

    Attributes
    ----------
    table
        A pandas DataFrame or a pyarrow Table.
    text
        Names of the text columns; None takes each model's own, as far as they are there.
    marks
        Whether each listing is labelled suspected; None where it is unlabelled.
    group
        The column of sellers; None if there is none.
    sellers
        The seller of each listing, empty where there is none.
    """

    table: Any
    text: Sequence[str] | None
    marks: list[bool | None]
    group: str | None
    sellers: list[str]

    @classmethod
    def of(
        cls, table: Any, *, label: str | None, text: Sequence[str] | None, group: str | None
    ) -> Listings:
        """Read labels and sellers, as ``comparison.compare`` describes them.

        Raises
        ------
        InputError
            When a column is missing or a label is none.
        """
        if group is None and DEFAULT_GROUP_COLUMN in tables.column_names(table):
            group = DEFAULT_GROUP_COLUMN
        nothing: list[None] = [None] * len(table)
        return cls(
            table,
            text,
            [*nothing] if label is None else parsed_labels(tables.column(table, label), label),
            group,
            _strings(nothing if group is None else tables.column(table, group)),
        )

    def columns(
        self, by: Sequence[str] | None, default_text: Sequence[str]
    ) -> list[tuple[str, list[str]]]:
        """Return names and values of the columns to count by.

        Parameters
        ----------
        by
            The columns; None takes ``brand`` and that of sellers, as far as they are there.
        default_text
            Where texts are read if ``text`` names no columns: the script that most of a text is
            written in stands in for a missing ``language``.

        Raises
        ------
        InputError
            When a column is missing.
        """
        there = tables.column_names(self.table)
        if by is None:
            by = [name for name in (BRAND_COLUMN, self.group) if name in there]
        return [
            ("script", [main_script(canonical(text)) for text in self.texts(default_text)])
            if name == LANGUAGE_COLUMN and name not in there
            else (name, _strings(tables.column(self.table, name)))
            for name in dict.fromkeys(by)
        ]

    def texts(self, default_text: Sequence[str], rows: Ints | None = None) -> list[str]:
        """Return texts as a model with such text columns reads them, of all listings or some."""
        table = self.table if rows is None else self.table.take(rows)
        return tables.texts_of(table, self.text, default_text)


class Scoring(NamedTuple):
    """A model and what it makes of the listings, shape (n,) each."""

    model: Model
    margins: Floats
    scores: Floats
    flagged: Bools

    @classmethod
    def of(cls, model: Model, found: Listings, **how: Any) -> Scoring:
        """Score listings; ``how`` is the engine and its threads, as in ``Model.margin``."""
        margins = np.asarray(model.margin(found.table, text=found.text, **how), np.float64)
        scores = probability(margins)
        return cls(model, margins, scores, scores >= model.threshold)


class Scorings(NamedTuple):
    """What both models make of the same listings."""

    champion: Scoring
    challenger: Scoring

    @property
    def newly(self) -> Bools:
        """Whether the challenger alone flags each listing, shape (n,)."""
        return self.challenger.flagged & ~self.champion.flagged

    @property
    def no_longer(self) -> Bools:
        """Whether the champion alone flags each listing, shape (n,)."""
        return self.champion.flagged & ~self.challenger.flagged

    @property
    def agreement(self) -> Agreement:
        """Listings by who flags them."""
        before, after = (each.flagged for each in self)
        parts = (before & after, self.no_longer, self.newly, ~before & ~after)
        return Agreement(*(int(part.sum()) for part in parts))


def swap_set(found: Listings, both: Scorings, *, newly: bool) -> SwapSet:
    """Return the listings that change sides in one direction: newly flagged, or no longer."""
    rows = np.flatnonzero(both.newly if newly else both.no_longer)
    change = (both.challenger.margins - both.champion.margins)[rows]
    # From each threshold on it would be the same order: they move all margins alike.
    first = rows[np.argsort(-change if newly else change, kind="stable")][:MOST_EXAMPLES]
    labels = [found.marks[row] for row in rows.tolist()]
    model = (both.challenger if newly else both.champion).model
    return SwapSet(
        n=len(rows),
        n_suspected=labels.count(True),
        n_genuine=labels.count(False),
        examples=tuple(_examples(found, both, first, model)),
    )


def _examples(found: Listings, both: Scorings, rows: Ints, model: Model) -> Iterator[Example]:
    """Yield some listings as examples, explained by the model that flags them."""
    there = tables.column_names(found.table)
    id_column = next((name for name in ID_COLUMNS if name in there), None)
    ids = [""] * len(rows)
    if id_column is not None:
        ids = _strings(tables.column(found.table.take(rows), id_column))
    texts = found.texts(model.text_columns, rows)
    for row, listing_id, text in zip(rows.tolist(), ids, texts, strict=True):
        mark = found.marks[row]
        beginning = text[:MOST_EXPLAINED]
        yield Example(
            row=row + 1,
            listing_id=listing_id,
            seller=found.sellers[row],
            label=None if mark is None else int(mark),
            champion=float(both.champion.scores[row]),
            challenger=float(both.challenger.scores[row]),
            change=float(both.challenger.margins[row] - both.champion.margins[row]),
            text=beginning,
            spans=tuple(model.explain(beginning).spans),
        )


def swaps(column: str, values: Sequence[str], both: Scorings) -> Swaps:
    """Return the values of a column with the most changes; ``values`` has one for each listing."""
    n = Counter(values)
    n_newly = Counter(compress(values, both.newly))
    n_no_longer = Counter(compress(values, both.no_longer))
    n_changed = n_newly + n_no_longer
    # Of equally many changes, those come first that do in the listings.
    changed = sorted((value for value in n if n_changed[value]), key=lambda each: -n_changed[each])
    return Swaps(
        column[:LONGEST_NAME],
        tuple(
            Swapped(value[:LONGEST_NAME], n[value], n_newly[value], n_no_longer[value])
            for value in changed[:MOST_VALUES]
        ),
        len(changed[MOST_VALUES:]),
    )


def _strings(values: Sequence[Any]) -> list[str]:
    return ["" if value is None else str(value) for value in values]
