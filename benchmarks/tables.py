"""Markdown from measured values."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

_SEPARATED = 10_000


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; all columns but the first are aligned right."""
    marks = ["---"] + ["--:"] * (len(header) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, marks, *rows)) + "\n"


def seconds(values: Sequence[float]) -> str:
    """Return the median of some durations."""
    value = statistics.median(values)
    if value < 1e-3:
        return f"{value * 1e6:.0f} µs"
    return f"{value * 1e3:.3g} ms" if value < 1 else f"{value:.3g} s" if value < 100 else _s(value)


def _s(value: float) -> str:
    return f"{value:,.0f} s"


def rate(n: int, durations: Sequence[float]) -> str:
    """Return how many each second, of the median duration, three digits of it."""
    value = n / statistics.median(durations)
    return f"{float(f'{value:.3g}'):,.0f}"


def ratio(value: float) -> str:
    """Return how many times."""
    return f"{value:.3g}x"


def memory(n_bytes: float) -> str:
    """Return MiB or GiB."""
    return f"{n_bytes / 2**20:,.0f} MiB" if n_bytes < 2**30 else f"{n_bytes / 2**30:.2f} GiB"
