"""Labelled listings: which can be learned from, whose they are, which are copies, and when."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fakedetect import tables, times
from fakedetect.errors import InputError
from fakedetect.features import Ints
from fakedetect.metrics import Bools, Floats
from fakedetect.scripts import main_script
from fakedetect.text import canonical

DEFAULT_LABEL_COLUMN = "label"
DEFAULT_GROUP_COLUMN = "seller"
LANGUAGE_COLUMN = "language"

_SKETCH_SIZE = 512
_LARGEST_HASH = (1 << 63) - 1
_LABELS = {"1": True, "0": False, "": None}


@dataclass(frozen=True, eq=False)
class Labelled:
    """The labelled rows of a listing table, in order.

    Attributes
    ----------
    originals, texts
        The texts as they were, and canonical.
    labels
        Whether the listing is a suspected counterfeit, shape (n,).
    groups
        Number of the seller; a listing without one is a seller of its own, shape (n,).
    copies
        Number of the text; equal canonical texts have the same, shape (n,).
    rows
        Row of each listing in the table that was read, from 1 on, shape (n,).
    sellers
        Name of each seller, by number; None for a listing without one.
    weights
        How much each label counts in training, above 0 and up to 1, shape (n,); None counts all
        alike.
    moments
        Place of each listing's time among the distinct times, shape (n,); None without times.
    columns
        Values of further columns, by name: one string for each listing, empty where missing.
    n_unlabelled
        Rows left out because their label is empty, or of no weight.
    text_columns, group_column, time_column
        Where texts, sellers and times were read; None if there is no such column.
    fingerprint
        SHA-256 of texts, labels, sellers and weights, to recognise the same data again.
    """

    originals: list[str]
    texts: list[str]
    labels: Bools
    groups: Ints
    copies: Ints
    rows: Ints
    sellers: list[str | None]
    weights: Floats | None
    moments: Ints | None
    columns: dict[str, list[str]]
    n_unlabelled: int
    text_columns: list[str]
    group_column: str | None
    time_column: str | None
    fingerprint: str

    @property
    def has_sellers(self) -> bool:
        """Whether any two listings have the same seller, as far as is known."""
        return len(self.sellers) < len(self.labels)


def read_labelled(
    listings: Any,
    *,
    label: str = DEFAULT_LABEL_COLUMN,
    text: Sequence[str] | None = None,
    group: str | None = None,
    time: str | None = None,
    weight: str | None = None,
    by: Sequence[str] = (),
    default_text: Sequence[str] = tables.DEFAULT_TEXT_COLUMNS,
) -> Labelled:
    """Return the labelled rows of a table.

    Parameters
    ----------
    listings
        A pandas DataFrame or a pyarrow Table.
    label
        The column of labels: 1 suspected, 0 genuine, empty unlabelled.
    text
        The text columns; None takes those of ``default_text`` that are there.
    group
        The column of sellers; None takes ``seller`` if it is there, else every listing is a group
        of its own.
    time
        A column of times: numbers or ISO 8601 dates.
    weight
        A column of weights of the labels, from 0 (as if unlabelled) to 1; None counts all alike.
    by
        Further columns to keep the values of. Where ``language`` is asked for and is no column,
        ``script`` is kept instead: what most of the text is written in.
    default_text
        Text columns to look for.

    Raises
    ------
    InputError
        When there are no rows, a column is missing, a label is not 1, 0 or empty, or the time or
        weight of a labelled listing is none (with its row), or no row is labelled.
    """
    if not tables.is_table(listings):
        raise InputError(
            f"labelled listings are of type {type(listings).__name__};"
            " give a pandas DataFrame or a pyarrow Table"
        )
    if not len(listings):
        raise InputError("no listings; the file or table has no rows")
    text_columns = tables.text_columns(listings, text, default_text)
    texts = tables.texts_of(listings, text_columns)
    marks = parsed_labels(tables.column(listings, label), label)
    if group is None and DEFAULT_GROUP_COLUMN in tables.column_names(listings):
        group = DEFAULT_GROUP_COLUMN
    sellers = tables.column(listings, group) if group else [None] * len(texts)
    rows = [row for row, mark in enumerate(marks) if mark is not None]
    weights = None
    if weight is not None:
        found = parsed_weights(tables.column(listings, weight), rows, weight)
        rows = [row for row in rows if found[row]]
        weights = np.array([found[row] for row in rows])
    if not rows:
        raise InputError("no listing is labelled; label some 1 and some 0", column=label)
    originals = [texts[row] for row in rows]
    kept_texts = list(map(canonical, originals))
    # A row's number keeps a listing without a seller apart from all sellers, whose names are text.
    names = [row if sellers[row] in {None, ""} else str(sellers[row]) for row in rows]
    kept_labels = [bool(marks[row]) for row in rows]
    places = [row + 1 for row in rows]
    moments = None
    if time is not None:
        values = tables.column(listings, time)
        moments = times.ranks([values[row] for row in rows], time, places)
    return Labelled(
        originals=originals,
        texts=kept_texts,
        labels=np.array(kept_labels),
        groups=_numbered(names),
        copies=_numbered(kept_texts),
        rows=np.array(places),
        sellers=[None if isinstance(name, int) else name for name in dict.fromkeys(names)],
        weights=weights,
        moments=moments,
        columns=dict(_further(listings, name, rows, kept_texts) for name in dict.fromkeys(by)),
        n_unlabelled=len(texts) - len(rows),
        text_columns=text_columns,
        group_column=group,
        time_column=time,
        fingerprint=_fingerprint(
            zip(kept_texts, kept_labels, names, strict=True)
            if weights is None
            else zip(kept_texts, kept_labels, names, weights.tolist(), strict=True)
        ),
    )


def _further(
    listings: Any, name: str, rows: Sequence[int], kept_texts: Sequence[str]
) -> tuple[str, list[str]]:
    """Return a further column's name and values; the script stands in for a missing language."""
    if name == LANGUAGE_COLUMN and name not in tables.column_names(listings):
        return "script", list(map(main_script, kept_texts))
    values = tables.column(listings, name)
    return name, ["" if values[row] is None else str(values[row]) for row in rows]


def sketch(texts: Sequence[str]) -> list[int]:
    """Return the smallest 512 hashes of the distinct texts, in ascending order.

    Two such sketches tell how much two sets of texts overlap without holding the texts (Broder
    1997, bottom-k): see ``seen_share``.
    """
    return sorted(set(map(_hashed, texts)))[:_SKETCH_SIZE]


def seen_share(seen: Sequence[int], texts: Sequence[str]) -> float:
    """Return about how large a share of the distinct texts was in the set that was sketched.

    Only texts whose hash is within the sketch's range can be looked up; NaN if there is none.
    """
    reach = seen[-1] if len(seen) == _SKETCH_SIZE else _LARGEST_HASH
    known = set(seen)
    found = [hashed in known for hashed in set(map(_hashed, texts)) if hashed <= reach]
    return sum(found) / len(found) if found else float("nan")


def _hashed(text: str) -> int:
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") & _LARGEST_HASH


def parsed_labels(values: Sequence[Any], column: str) -> list[bool | None]:
    """Return whether each listing is positive, None for one without a label.

    Parameters
    ----------
    values
        Of the column of labels: 1 suspected, 0 genuine, empty or missing unlabelled.
    column
        Its name, for errors.

    Raises
    ------
    InputError
        When a value is none of these, with its row.
    """
    marks: list[bool | None] = []
    for row, value in enumerate(values, 1):
        mark = "" if value is None else value.strip() if isinstance(value, str) else value
        if isinstance(mark, (bool, int, float, np.number, np.bool_)) and mark in {0, 1}:
            mark = str(int(mark))
        if not isinstance(mark, str) or mark not in _LABELS:
            raise InputError(
                f"label {value!r:.40} is not 1 (suspected), 0 (genuine) or empty (unlabelled)",
                row=row,
                column=column,
            )
        marks.append(_LABELS[mark])
    return marks


def parsed_weights(values: Sequence[Any], rows: Sequence[int], column: str) -> dict[int, float]:
    """Return the weights of some rows.

    Raises
    ------
    InputError
        When one is no number from 0 to 1, with its row.
    """
    weights = {}
    for row in rows:
        try:
            weights[row] = float(values[row])
        except (TypeError, ValueError):
            weights[row] = float("nan")
        if not 0 <= weights[row] <= 1:
            raise InputError(
                f"weight {values[row]!r:.40} is no number from 0 to 1", row=row + 1, column=column
            )
    return weights


def _numbered(names: Sequence[Any]) -> Ints:
    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.intp)


def _fingerprint(rows: Any) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(json.dumps(row).encode())
    return digest.hexdigest()
