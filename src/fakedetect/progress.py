"""How far a long command is: bars on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def rows(
    *, hidden: bool, words: str = "scoring", unit: str = "listings"
) -> Iterator[Callable[[int, float | None], None] | None]:
    """Show on a terminal how far a file is scored, or whatever else is done row by row."""
    if hidden or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(f"{{task.fields[n]:,}} {unit}, {{task.fields[rate]:,.0f}}/s"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=None, n=0, rate=0)
        began = time.monotonic()
        n_before: int | None = None  # what a former run had done

        def advance(n: int, fraction: float | None) -> None:
            nonlocal n_before
            n_before = n if n_before is None else n_before
            rate = (n - n_before) / max(1e-3, time.monotonic() - began)
            total = None if fraction is None else 1
            bar.update(task, n=n, rate=rate, completed=fraction or 0, total=total)

        yield advance


@contextmanager
def steps(name: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show on a terminal how many steps of several are done."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
