"""Files that a command line names: models and listings opened, targets looked at beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fakedetect import console
from fakedetect.errors import InputError
from fakedetect.rule_options import Rules

if TYPE_CHECKING:
    import pyarrow as pa

    from fakedetect.model import Model
    from fakedetect.trust import Trust


def loaded(
    path: str | None,
    trust: Trust,
    *,
    rules: Rules = Rules(),  # noqa: B008 # a constant
    prevalence: float | None = None,
) -> Model:
    """Return a model, the starter without a path, with the thresholds that were asked for."""
    from fakedetect.loading import load, starter

    if path is None and (trust.sha256 or trust.key):
        raise click.UsageError("a pinned digest or a key is for a model file, and none is named")
    found = starter() if path is None else load(path, sha256=trust.sha256_of(path), key=trust.key)
    if prevalence is not None:
        found = found.with_prevalence(prevalence)
    if rules.rule is not None and rules.kind != "budget":  # that the listings themselves fill
        found = found.with_rule(rules.rule)
    return found if rules.hold is None else found.with_hold(rules.hold)


@contextmanager
def listings(
    paths: tuple[str, ...], reading: dict[str, Any], only: tuple[str, str] | None
) -> Iterator[pa.Table]:
    """Give listing files as a table; errors inside name the files and their rows."""
    import numpy as np

    from fakedetect import tables
    from fakedetect.listings import ListingReader, read_table

    console.keep_signals()
    reader = ListingReader(paths, **reading)
    table = read_table(reader)
    try:
        if only is None:
            yield table
            return
        name, wanted = only
        kept = np.flatnonzero([value == wanted for value in tables.column(table, name)])
        if not len(kept):
            raise InputError(f"no listing has the value {wanted!r}", column=name)
        try:
            yield table.take(kept)
        except InputError as error:
            if error.row is None:
                raise
            row = int(kept[error.row - 1]) + 1
            raise InputError(error.message, row=row, column=error.column) from None
    except InputError as error:
        raise error if error.file else error.in_file(reader.name) from None


def check_report(path: str, *sources: str | None, output: str | None = None) -> None:
    """Find out before the work that a report cannot be written, or not of such an output."""
    from fakedetect.atomic import check_target
    from fakedetect.partfile import is_straight

    if output is not None and is_straight(output):
        raise click.UsageError(
            "--report reads the finished file again; write the listings to a regular file"
        )
    if output is not None and Path(path).resolve() == Path(output).resolve():
        raise click.UsageError(f"--report and --output are both {path}; name two files")
    check_target(path, *sources)


def check_model_target(path: str, *sources: str | None) -> None:
    """Find out before the work that a model cannot be written."""
    from fakedetect.atomic import check_target

    if path == "-":
        raise InputError("a model is not written to standard output; name a file")
    check_target(path, *sources)
