"""Scored files that reviewers have filled in with labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from fakedetect import tables
from fakedetect.errors import InputError
from fakedetect.labels import DEFAULT_LABEL_COLUMN, parsed_labels
from fakedetect.lanes import LANES, REVIEW
from fakedetect.sampling import Estimates, estimated

# As the formats write them, and as spreadsheets do.
_ROUNDING = 1e-5  # spreadsheets save no more digits than they show
_FLAGS = {"true": True, "false": False, "": None}


def estimates(listings: Any, *, label: str = DEFAULT_LABEL_COLUMN, prefix: str = "") -> Estimates:
    """Return what a reviewed file says about all listings that were scored.

    Parameters
    ----------
    listings
        A pandas DataFrame or a pyarrow Table, with the columns that scoring with a budget that
        explores adds. Rows of the lane ``clear`` may be left out; records without a score are.
    label
        The column of labels: 1 suspected, 0 genuine, empty where nobody looked.
    prefix
        What the names of the added columns begin with.

    Raises
    ------
    InputError
        When a column is missing or a value is none that scoring writes, a label is not 1, 0 or
        empty, drawn listings were taken out, as far as that can be told, or ``sampling.estimated``
        refuses the labels.
    """
    flags = _column(listings, prefix + "flagged", _flag)
    lanes = _column(listings, prefix + "lane", _lane)
    chances = _column(listings, prefix + "inclusion_probability", _chance)
    labels = parsed_labels(tables.column(listings, label), label)
    scored = np.array([flag is not None for flag in flags], bool)
    flagged = np.array([bool(flag) for flag in flags], bool)
    drawn = scored & ~flagged & (np.array(lanes, np.int64) == REVIEW)
    marks = np.array([np.nan if mark is None else float(mark) for mark in labels])
    probability = np.array(chances, float)
    if np.any(probability[flagged] != 1):
        raise InputError(
            "a flagged listing has another inclusion probability than 1; take the file as score"
            " wrote it",
            column=prefix + "inclusion_probability",
        )
    found = estimated(marks, probability, flagged=flagged, drawn=drawn)
    _check_complete(found.n - found.n_flagged, int(np.count_nonzero(scored & ~flagged)))
    return found


def _check_complete(n_others: float, n_here: int) -> None:
    """Raise where listings that were drawn cannot all be there.

    Together they stand for those that they were drawn from, which is a whole number, and as many as
    are there at least. That the rest was left out is no harm.
    """
    slack = _ROUNDING * (1 + n_others)
    if n_here > n_others + slack or abs(n_others - round(n_others)) > slack:
        raise InputError(
            f"the listings drawn by lot stand for {n_others:,.1f} others, and {n_here:,} are there:"
            " some were taken out or changed, so that every figure would be biased; take the file"
            " as score wrote it"
        )


def _column(listings: Any, name: str, parse: Any) -> list[Any]:
    """Return a column's values, parsed, or say which of them is none that scoring writes."""
    names = tables.column_names(listings)
    if name not in names:
        raise InputError(
            f"no column {name!r}, which scoring with --budget and --explore adds; the columns are"
            f" {', '.join(names)}"
        )
    values = []
    for row, value in enumerate(tables.column(listings, name), 1):
        try:
            values.append(parse("" if value is None else str(value).strip().lower()))
        except (KeyError, ValueError):
            raise InputError(
                f"{value!r:.40} is no value that scoring writes there", row=row, column=name
            ) from None
    return values


def _flag(text: str) -> bool | None:
    return _FLAGS[text]


def _lane(text: str) -> int:
    return LANES.index(text) if text else -1


def _chance(text: str) -> float:
    return float(text) if text else np.nan
