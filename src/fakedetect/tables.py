"""What a caller may hand over as listings, and results in the same shape.

A string, a sequence of strings, a pandas Series or DataFrame, a pyarrow Array or Table: each
becomes a list of texts, one per listing, and what is computed for them goes back in the kind of
container that came in. Neither pandas nor pyarrow is imported for a caller who does not use it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from fakedetect.errors import InputError

DEFAULT_TEXT_COLUMNS = ("title", "description")
NO_UTF8 = "the text is not UTF-8; decode the listings as UTF-8"


def is_table(listings: object) -> bool:
    """Return whether the listings have named columns."""
    return _is_a(listings, "pandas", "DataFrame") or _is_a(
        listings, "pyarrow", "Table", "RecordBatch"
    )


def column_names(table: Any) -> list[str]:
    """Return the names of a table's columns."""
    names = table.columns if _is_a(table, "pandas", "DataFrame") else table.schema.names
    return [str(name) for name in names]


def column(table: Any, name: str) -> list[Any]:
    """Return one column of a table as a list of Python values; missing values become None.

    Raises
    ------
    InputError
        When the table has no such column; the message lists those it has.
    """
    names = column_names(table)
    if name not in names:
        raise InputError(f"no column {name!r}; the columns are {', '.join(names) or 'none'}")
    if names.count(name) > 1:
        raise InputError("this column occurs more than once; rename all but one", column=name)
    if _is_a(table, "pandas", "DataFrame"):
        return _none_for_missing(table[name])
    return _python_values(table.column(names.index(name)), name)


def text_columns(table: Any, wanted: Sequence[str] | None, defaults: Sequence[str]) -> list[str]:
    """Return the columns whose text is read.

    Parameters
    ----------
    table
        Listings with named columns.
    wanted
        Columns that must be there, or the name of one; None takes those of ``defaults`` that are.
    defaults
        Columns to look for, at least one of which must be there.

    Raises
    ------
    InputError
        When a wanted column, or every default, is missing; the message lists those there are.
    """
    names = column_names(table)
    there = ", ".join(names) or "none"
    if isinstance(wanted, str):
        wanted = [wanted]
    if wanted is not None and not wanted:
        raise InputError(f"no text column is named; the columns are {there}")
    if wanted is None:
        chosen = [name for name in defaults if name in names]
        if not chosen:
            looked_for = " or ".join(repr(name) for name in defaults)
            raise InputError(
                f"no text column {looked_for}; the columns are {there}; name the text columns"
            )
        return chosen
    for name in wanted:
        if name not in names:
            raise InputError(f"no column {name!r}; the columns are {there}")
    return list(wanted)


def texts_of(
    listings: Any,
    wanted: Sequence[str] | None = None,
    defaults: Sequence[str] = DEFAULT_TEXT_COLUMNS,
) -> list[str]:
    """Return the text of every listing, in order.

    Parameters
    ----------
    listings
        A string (one listing), a sequence of strings, a pandas Series or DataFrame, or a pyarrow
        Array, Table or RecordBatch. Missing values (None, NaN, null) are the empty string.
    wanted, defaults
        Text columns of a table, as in ``text_columns``; they are joined by a space.

    Raises
    ------
    InputError
        When a value is not text, or is text that UTF-8 cannot carry (a lone surrogate).
    """
    if isinstance(listings, str):
        return _checked([listings])
    if is_table(listings):
        chosen = text_columns(listings, wanted, defaults)
        columns = [_checked(column(listings, name), name) for name in chosen]
        return [" ".join(filter(None, row)) for row in zip(*columns, strict=True)]
    if wanted is not None:
        raise InputError("text columns were named, but these listings have no columns")
    if _is_a(listings, "pandas", "Series", "Index"):
        return _checked(_none_for_missing(listings))
    if _is_a(listings, "pyarrow", "Array", "ChunkedArray"):
        return _checked(_python_values(listings))
    no_sequence = isinstance(listings, (bytes, dict)) or not isinstance(listings, Iterable)
    if no_sequence or (isinstance(listings, np.ndarray) and listings.ndim != 1):
        raise InputError(
            f"listings are of type {type(listings).__name__}; give a string, a sequence of strings,"
            " a pandas DataFrame or a pyarrow Table"
        )
    return _checked(listings)


def arrow_texts(
    listings: Any,
    wanted: Sequence[str] | None = None,
    defaults: Sequence[str] = DEFAULT_TEXT_COLUMNS,
) -> list[Any] | None:
    """Return the text of every listing as Arrow string arrays, if Arrow holds it already.

    Parameters
    ----------
    listings, wanted, defaults
        As for ``texts_of``. pandas' own strings are held by Arrow.

    Returns
    -------
    list of pyarrow.Array or None
        The texts in order, of any string type, nulls for missing ones; columns are joined by a
        space, no Python object is made per text. None if the listings are not strings in Arrow,
        or no texts at all: ``texts_of`` takes those, or says what is wrong.

    Raises
    ------
    InputError
        When a column is missing.
    """
    if "pyarrow" not in sys.modules:
        return None
    if is_table(listings):
        names = text_columns(listings, wanted, defaults)
        whole = [_arrow_column(listings, name) for name in names]
    elif wanted is None:
        whole = [_as_arrow(listings)]
    else:
        return None
    if not all(map(_is_text, whole)):
        return None
    import pyarrow as pa
    import pyarrow.compute as pc

    joined = whole[0]
    if len(whole) > 1:
        # The separator behind an empty text does no harm: spaces are made single.
        wide = [column.cast(pa.large_string()) for column in whole]
        joined = pc.binary_join_element_wise(
            *wide, pa.scalar(" ", pa.large_string()), null_handling="replace"
        )
    return joined.chunks if isinstance(joined, pa.ChunkedArray) else [joined]


def _arrow_column(table: Any, name: str) -> Any:
    """Return a column in Arrow, None if it is held otherwise."""
    if _is_a(table, "pandas", "DataFrame"):
        # A name that occurs twice gives a table.
        return _as_arrow(table[name])
    return table.column(name) if table.schema.names.count(name) == 1 else None


def _as_arrow(values: Any) -> Any:
    if _is_a(values, "pyarrow", "Array", "ChunkedArray"):
        return values
    if _is_a(values, "pandas", "Series", "Index") and hasattr(values.array, "__arrow_array__"):
        import pyarrow as pa

        return pa.array(values)
    return None


def _is_text(column: Any) -> bool:
    import pyarrow as pa

    if column is None:
        return False
    kind = column.type
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def shaped_like(listings: Any, values: Any, name: str) -> Any:
    """Return one value per listing in the kind of container the listings came in.

    A string gets a Python scalar; a pandas object a Series with its index; a pyarrow object an
    Array; anything else the NumPy array itself.
    """
    if isinstance(listings, str):
        return values.item(0)
    if _is_a(listings, "pandas", "DataFrame", "Series"):
        import pandas as pd

        return pd.Series(values, index=listings.index, name=name)
    if _is_a(listings, "pyarrow", "Table", "RecordBatch", "Array", "ChunkedArray"):
        import pyarrow as pa

        return pa.array(values, pa.string() if values.dtype == object else None)
    return values


def _is_a(value: object, module: str, *names: str) -> bool:
    """Return whether the value is of one of a module's classes, without importing the module."""
    loaded = sys.modules.get(module)
    # A module that another thread is just importing may lack its classes, and has no values yet.
    kinds = tuple(getattr(loaded, name) for name in names if hasattr(loaded, name))
    return isinstance(value, kinds)


def _python_values(array: Any, name: str | None = None) -> list[Any]:
    try:
        values: list[Any] = array.to_pylist()
    except UnicodeDecodeError:
        row = next(row for row, value in enumerate(array, 1) if not _is_utf8(value))
        raise InputError(NO_UTF8, row=row, column=name) from None
    return values


def _is_utf8(value: Any) -> bool:
    try:
        value.as_py()
    except UnicodeDecodeError:
        return False
    return True


def _none_for_missing(series: Any) -> list[Any]:
    return [None if gone else value for value, gone in zip(series, series.isna(), strict=True)]


def _checked(values: Iterable[Any], name: str | None = None) -> list[str]:
    """Return the values as texts, or say which of them is not one."""
    texts = []
    for row, value in enumerate(values, 1):
        if value is None or (isinstance(value, float) and np.isnan(value)):
            texts.append("")
        elif isinstance(value, str):
            try:
                value.encode()
            except UnicodeEncodeError as error:
                raise InputError(
                    f"the text has a lone surrogate at character {error.start + 1};"
                    " decode the listings as UTF-8",
                    row=row,
                    column=name,
                ) from None
            texts.append(str(value))
        else:
            raise InputError(
                f"{value!r:.60} is of type {type(value).__name__}, not text; make it a string",
                row=row,
                column=name,
            )
    return texts
