"""Figures as words: counts, shares and estimates; what is undefined is called so, never zero."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

UNDEFINED = "undefined"
GIVEN_MODEL = "the given model"  # what gave the scores, in place of a split
FIGURE_NAMES = {
    "average_precision": "average precision",
    "roc_auc": "ROC AUC",
    "precision": "precision of flagged",
    "recall": "recall of flagged",
}


def is_defined(value: Any) -> bool:
    """Return whether a value is a finite number; None and NaN are how plain data say it is not."""
    return isinstance(value, int | float) and math.isfinite(value)


def fixed(value: Any, digits: int = 3) -> str:
    """Return a figure with so many digits behind the point.

    Examples
    --------
    >>> fixed(0.25), fixed(None), fixed(float("nan"))
    ('0.250', 'undefined', 'undefined')
    """
    return f"{value:.{digits}f}" if is_defined(value) else UNDEFINED


def score(value: float) -> str:
    """Return a probability with three digits; one that is not certain is not shown as certain.

    Examples
    --------
    >>> score(0.25), score(0.99987), score(0.00013), score(1.0)
    ('0.250', '>0.999', '<0.001', '1.000')
    """
    if 0.9995 <= value < 1:
        return ">0.999"
    return "<0.001" if 0 < value < 0.0005 else fixed(value)


def threshold(value: float) -> str:
    """Return a score to flag from with three digits, or with as many as it takes to be below 1.

    Examples
    --------
    >>> threshold(0.4053), threshold(0.99996), threshold(1.0)
    ('0.405', '0.99996', '1')
    """
    return f"{value:.3f}" if value < 0.9995 else f"{value:.10g}"


def percent(value: Any, digits: int = 1) -> str:
    """Return a fraction in per cent; one above nothing is never shown as nothing.

    Examples
    --------
    >>> percent(0.255), percent(0.0015), percent(0), percent(None)
    ('25.5%', '0.15%', '0.0%', 'undefined')
    """
    if not is_defined(value):
        return UNDEFINED
    if 0 < abs(value) < 10 ** -(digits + 1):
        return f"{100 * value:.2g}%"
    return f"{value:.{digits}%}"


def count(value: Any) -> str:
    """Return a whole number with separators of thousands."""
    return f"{value:,}" if is_defined(value) else UNDEFINED


def interval(estimate: Mapping[str, Any], shown: Any = fixed) -> str:
    """Return an estimate's interval, from plain data."""
    low, high = estimate.get("low"), estimate.get("high")
    if not (is_defined(low) and is_defined(high)):
        return UNDEFINED
    return f"{shown(low)} to {shown(high)}"


def estimate(value: Mapping[str, Any] | None, shown: Any = fixed) -> str:
    """Return an estimate with its interval in brackets, from plain data.

    Examples
    --------
    >>> estimate({"value": 0.5, "low": 0.25, "high": 0.75}, percent)
    '50.0% (25.0% to 75.0%)'
    >>> estimate({"value": 0.5, "low": None, "high": None})
    '0.500 (interval undefined)'
    """
    if value is None or not is_defined(value.get("value")):
        return UNDEFINED
    found = interval(value, shown)
    return f"{shown(value['value'])} ({'interval undefined' if found == UNDEFINED else found})"


def short(value: Mapping[str, Any] | None) -> str:
    """Return an estimate with its interval to two digits, for a cell.

    Examples
    --------
    >>> short({"value": 0.5, "low": 0.25, "high": 0.754})
    '0.50 (0.25–0.75)'
    """
    value = value or {}
    shown = fixed(value.get("value"), 2)
    ends = [fixed(value.get(end), 2) for end in ("low", "high")]
    return shown if UNDEFINED in {shown, *ends} else f"{shown} ({'–'.join(ends)})"
