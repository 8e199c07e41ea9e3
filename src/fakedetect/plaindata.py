"""Records as plain data, which JSON and a model's card can hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def plain(value: Any) -> Any:
    """Return named tuples as dicts and other tuples as lists, all the way down.

    Examples
    --------
    >>> from fakedetect.metrics import Estimate
    >>> plain({"share": Estimate(np.float64(0.5), 0.0, 1.0), "names": ("a",)})
    {'share': {'value': 0.5, 'low': 0.0, 'high': 1.0}, 'names': ['a']}
    """
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(each) for each in value]
    return value.item() if isinstance(value, np.generic) else value
