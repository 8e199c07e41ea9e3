"""Times of listings, of which only the order counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fakedetect.errors import InputError

_ACCEPTED = "give all as numbers, or all as ISO 8601 dates like 2024-05-31 or 2024-05-31T08:30Z"


class _Time(NamedTuple):
    """A time and what it can be compared with: numbers, times of a zone, or times without one."""

    kind: str
    value: Any


def ranks(values: Sequence[Any], column: str, rows: Sequence[int]) -> npt.NDArray[np.intp]:
    """Return the place of each time among the distinct ones, from 0 for the earliest on.

    Parameters
    ----------
    values
        Numbers or ISO 8601 dates and times, as text or as Python's own objects. Times with an
        offset from UTC are compared in UTC.
    column
        Their column, to name in errors.
    rows
        The row of each, to name in errors.

    Raises
    ------
    InputError
        When one is neither, or is not of the first one's kind; no order is guessed.

    Examples
    --------
    >>> ranks(["2024-02-01", "2023-12-24", "2024-02-01"], "listed", [1, 2, 3])
    array([1, 0, 1])
    """
    times: list[_Time] = []
    for row, value in zip(rows, values, strict=True):
        found = _checked(value, column, row)
        if times and found.kind != times[0].kind:
            raise InputError(
                f"time {_shown(value)} is {found.kind}, and that of row {rows[0]} is"
                f" {times[0].kind}; {_ACCEPTED}",
                row=row,
                column=column,
            )
        times.append(found)
    order = {value: rank for rank, value in enumerate(sorted({each.value for each in times}))}
    return np.array([order[each.value] for each in times], dtype=np.intp)


def not_before(
    values: Sequence[Any], since: Any, column: str, rows: Sequence[int]
) -> npt.NDArray[np.bool_]:
    """Return whether each time is as late as another, or later, shape (n,).

    Parameters
    ----------
    values, column, rows
        As for ``ranks``.
    since
        The time that they are compared with.

    Raises
    ------
    InputError
        When a time is neither a number nor a date, or cannot be compared with ``since``.

    Examples
    --------
    >>> not_before(["2024-02-01", "2023-12-24"], "2024-01-01", "listed", [1, 2])
    array([ True, False])
    """
    bound = _checked(since, None, None)
    late = []
    for row, value in zip(rows, values, strict=True):
        found = _checked(value, column, row)
        if found.kind != bound.kind:
            raise InputError(
                f"time {_shown(value)} is {found.kind}, and {_shown(since)}, which it is to be"
                f" compared with, is {bound.kind}; {_ACCEPTED}",
                row=row,
                column=column,
            )
        late.append(found.value >= bound.value)
    return np.array(late, dtype=bool)


def _checked(value: Any, column: str | None, row: int | None) -> _Time:
    found = _parsed(value)
    if found is None:
        raise InputError(
            f"time {_shown(value)} is neither a number nor an ISO 8601 date; {_ACCEPTED}",
            row=row,
            column=column,
        )
    return found


def _parsed(value: Any) -> _Time | None:
    if isinstance(value, str):
        return _number(value.strip()) or _date(value.strip())
    if isinstance(value, (datetime, date)):
        return _moment(value)
    if isinstance(value, np.datetime64):
        return _date(str(value))
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    number = int(value) if isinstance(value, Integral) else float(value)
    return _Time("a number", number) if np.isfinite(number) else None


def _number(text: str) -> _Time | None:
    # Python would also read 1_000, nan and digits of other scripts, and hang on a million digits.
    if not (text.isascii() and len(text) <= 40 and set(text) <= set("+-.0123456789eE")):
        return None
    try:
        number = float(text) if set(text) & set(".eE") else int(text)
    except ValueError:
        return None
    return _Time("a number", number) if np.isfinite(float(number)) else None


def _date(text: str) -> _Time | None:
    try:
        return _moment(datetime.fromisoformat(text)) if len(text) <= 40 else None
    except ValueError:
        return None


def _moment(value: date) -> _Time | None:
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if value.tzinfo is None:
        return _Time("a time without offset", value)
    try:
        return _Time("a time with offset", value.astimezone(UTC))
    except OverflowError:
        return None


def _shown(value: Any) -> str:
    return f"{value!r:.40}"
