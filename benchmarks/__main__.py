"""``python -m benchmarks``: measure every subject and write the results."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from . import bars, fitting, scoring, starting, tables
from . import files as files_
from .bars import Found
from .children import N_CORES, ROOT

_PACKAGES = (
    *("fakedetect", "numpy", "scipy", "numba", "llvmlite", "pyarrow"),
    *("scikit-learn", "fasttext-wheel", "vowpalwabbit"),
)


class Sizes(NamedTuple):
    """How much is measured."""

    n_scored: int
    n_training: int
    n_folds: int
    n_fitted: int
    n_fitted_alone: int
    files: tuple[int, ...]
    n_rounds: int
    n_long_rounds: int


FULL = Sizes(
    n_scored=200_000,
    n_training=30_000,
    n_folds=5,
    n_fitted=500_000,
    n_fitted_alone=1_000_000,
    files=(10_000, 100_000, 1_000_000, 10_000_000),
    n_rounds=3,
    n_long_rounds=1,
)
QUICK = Sizes(
    n_scored=5_000,
    n_training=4_000,
    n_folds=2,
    n_fitted=5_000,
    n_fitted_alone=10_000,
    files=(10_000, 100_000),
    n_rounds=1,
    n_long_rounds=1,
)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, about two minutes")
    parser.add_argument("--only", metavar="SUBJECT", nargs="+", choices=Found._fields)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "benchmarks" / "results.md")
    options = parser.parse_args()
    sizes = QUICK if options.quick else FULL
    with tempfile.TemporaryDirectory() as folder:
        found = Found()
        for name, measure in _subjects(folder, sizes, options.only).items():
            start = time.perf_counter()
            found = found._replace(**{name: measure()})
            print(f"{name}: {time.perf_counter() - start:.0f} s", flush=True)
            # Written anew after each subject: what was measured is not lost with the next.
            options.output.write_text(_rendered(found, quick=options.quick), encoding="utf-8")


def _subjects(folder: str, sizes: Sizes, only: list[str] | None) -> dict[str, Callable[[], Any]]:
    subjects: dict[str, Callable[[], Any]] = {
        "scoring": lambda: scoring.measure(
            folder,
            n_rows=sizes.n_scored,
            n_training=sizes.n_training,
            n_rounds=sizes.n_rounds,
        ),
        "starting": lambda: starting.measure(folder, n_rounds=sizes.n_rounds, n_compilations=1),
        "files": lambda: files_.measure(folder, sizes=sizes.files, n_rounds=sizes.n_rounds),
        "folds": lambda: fitting.measure_folds(
            folder, n_folds=sizes.n_folds, n_rounds=sizes.n_long_rounds
        ),
        "large": lambda: fitting.measure_large(
            folder,
            n_both=sizes.n_fitted,
            n_alone=sizes.n_fitted_alone,
            n_rounds=sizes.n_long_rounds,
        ),
    }
    if only is None:
        return subjects
    # Starting and files use the model that scoring leaves in the folder.
    needed = {*only, "scoring"} if {"starting", "files"} & set(only) else set(only)
    return {name: measure for name, measure in subjects.items() if name in needed}


def _rendered(found: Found, *, quick: bool) -> str:
    sections = [
        _introduction(quick=quick),
        "## Bars\n\n" + tables.markdown(bars.HEADER, bars.rows(found)),
        found.scoring and scoring.rendered(found.scoring),
        found.folds and fitting.rendered_folds(found.folds),
        found.large and fitting.rendered_large(found.large),
        found.files and files_.rendered(found.files),
        found.starting and starting.rendered(found.starting),
    ]
    return "\n".join(section for section in sections if section)


def _introduction(*, quick: bool) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    now = datetime.datetime.now(datetime.UTC)
    size = "\nA quick run at small sizes: its figures say that it runs, and little more.\n"
    return f"""# Benchmarks

Written by `python -m benchmarks{" --quick" if quick else ""}`; do not edit.
{size if quick else ""}
- {now:%Y-%m-%d %H:%M} UTC, commit {_commit()}
- {_processor()}, {N_CORES} cores, {_memory()} of memory, {platform.system()} {platform.machine()}
- Python {platform.python_version()}, {versions}
"""


def _commit() -> str:
    def git(*arguments: str) -> str:
        command = ["git", *arguments]
        done = subprocess.run(  # noqa: S603 # two commands of this file
            command, cwd=ROOT, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!benchmarks")
    return (git("rev-parse", "--short=12", "HEAD") or "unknown") + (" and changes" * bool(changed))


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"


def _memory() -> str:
    n_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{n_bytes / 2**30:.0f} GiB"


if __name__ == "__main__":
    main()
