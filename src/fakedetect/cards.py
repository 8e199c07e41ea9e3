"""What a model's card may say of its evaluation, checked before anything shows it.

Whoever makes a model file writes its card. Here every part that is shown or drawn must be of its
kind, within its range and not longer than the program would make it. A part that an older version
did not have is None; parts that are unknown are left alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

LONGEST_WORDS = 10_000
MOST_SPLITS = 10
MOST_POINTS = 400
MOST_BINS = 100
MOST_SLICES = 10_000
MOST_SELLERS = 1000

# Returns the place below a value that does not fit, "" for the value itself, None if all does.
Check = Callable[[Any], str | None]


def misfit(card: Mapping[str, Any]) -> str | None:
    """Return the place of the first part of a card that no evaluation could have given, or None.

    Examples
    --------
    >>> card = dict.fromkeys(PARTS)
    >>> misfit(card), misfit({**card, "headline": {"split": 3}})
    (None, 'headline.split')
    """
    return _EVALUATION(card)


def _is(holds: Callable[[Any], bool]) -> Check:
    return lambda value: None if holds(value) else ""


def _number(low: float, high: float) -> Check:
    return _is(
        lambda value: isinstance(value, float) and (math.isnan(value) or low <= value <= high)
    )


def _maybe(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def _many(check: Check, most: int) -> Check:
    def checked(value: Any) -> str | None:
        if not isinstance(value, list) or len(value) > most:
            return ""
        return next((place for place in map(check, value) if place is not None), None)

    return checked


def _parts(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Return a check of a dict, which names the first of its parts that is missing or wrong."""

    def checked(value: Any) -> str | None:
        if not isinstance(value, Mapping):
            return ""
        for name, check in {**required, **(optional or {})}.items():
            if name not in value and name not in required:
                continue
            place = check(value[name]) if name in value else ""
            if place is not None:
                return f"{name}.{place}".rstrip(".")
        return None

    return checked


def _curve(value: Any) -> str | None:
    place = _parts(dict.fromkeys(("threshold", "precision", "recall"), _many(_SHARE, MOST_POINTS)))(
        value
    )
    if place is not None:
        return place
    return None if len(set(map(len, value.values()))) == 1 else ""


_WORDS = _is(lambda value: isinstance(value, str) and len(value) <= LONGEST_WORDS)
_COUNT = _is(lambda value: type(value) is int and 0 <= value < 1 << 63)
_FLAG = _is(lambda value: isinstance(value, bool))
_SHARE = _number(0, 1)
_FIGURE = _parts({"value": _SHARE, "low": _SHARE, "high": _SHARE})
_FIGURES = _parts(dict.fromkeys(("average_precision", "precision", "recall"), _FIGURE))
_HELD = _parts({"precision": _FIGURE, "recall": _FIGURE})
_COMMON = _parts({"n": _COUNT, "average_precision": _FIGURE})
_SPLIT = _parts(
    {
        "name": _WORDS,
        "words": _WORDS,
        "n": _COUNT,
        "n_positive": _COUNT,
        "metrics": _FIGURES,
        "threshold": _SHARE,
        "common": _COMMON,
    }
)
_SLICE = _parts(
    {
        "column": _WORDS,
        "value": _WORDS,
        "n": _COUNT,
        "n_positive": _COUNT,
        "n_flagged": _COUNT,
        "withheld": _FLAG,
        "metrics": _maybe(_FIGURES),
    }
)
_BUDGET = _parts(
    {
        "share": _SHARE,
        "n_per": _maybe(_WORDS),
        "prevalence": _SHARE,
        "threshold": _SHARE,
        "precision": _FIGURE,
        "recall": _FIGURE,
        "recall_ceiling": _SHARE,
    }
)
_BIN = _parts({"n": _COUNT, "mean_score": _SHARE, "positive_rate": _FIGURE})
_AUTHORISED = _parts(
    {
        "n_listed": _COUNT,
        "n_found": _COUNT,
        "sellers": _many(_parts({"n": _COUNT, "n_flagged": _COUNT}), MOST_SELLERS),
    }
)
_HARM = _parts(
    {
        "n_false": _COUNT,
        "n_sellers": _COUNT,
        "n_sellers_hit": _COUNT,
        "top_share": _SHARE,
        "sellers": _many(_parts({"n": _COUNT, "n_false": _COUNT, "rate": _FIGURE}), MOST_SELLERS),
        "interval": _WORDS,
        "authorised": _maybe(_AUTHORISED),
    }
)
_PARTS: dict[str, Check] = {
    "protocol": _WORDS,
    "notes": _many(_WORDS, 20),
    "seen_share": _SHARE,
    "headline": _parts(
        {
            "split": _WORDS,
            "average_precision": _FIGURE,
            "random": _maybe(_FIGURE),
            "gap": _maybe(_number(-1, 1)),
        }
    ),
    "splits": _many(_SPLIT, MOST_SPLITS),
    "hold_metrics": _HELD,
    "budget": _BUDGET,
    "restated": _parts({"prevalence": _SHARE, "precision": _FIGURE, "average_precision": _FIGURE}),
    "precision_recall": _curve,
    "reliability": _parts(
        {
            "bins": _many(_BIN, MOST_BINS),
            "expected_calibration_error": _FIGURE,
            "definition": _WORDS,
        }
    ),
    "slices": _many(_SLICE, MOST_SLICES),
    "least_slice": _COUNT,
    "harm": _HARM,
    "review": _parts({"n_conflicts": _COUNT, "n_label_errors": _COUNT}),
}
PARTS = tuple(_PARTS)
_DATA = _parts(
    {},
    {"time_column": _maybe(_WORDS), "text_columns": _many(_WORDS, 1000), "prevalence": _SHARE},
)
_EVALUATION = _parts({name: _maybe(check) for name, check in _PARTS.items()}, {"data": _DATA})
