"""Measured work in processes of its own, so that contestants share neither memory nor caches.

A task is a function ``module.name`` of this folder that takes and returns plain data (JSON).
Whoever calls should import little: Linux counts the memory of the process that starts another into
the other's peak.
"""

from __future__ import annotations

import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
N_CORES = len(os.sched_getaffinity(0))


class Finished(NamedTuple):
    """What came of a process.

    Attributes
    ----------
    value
        What the task returned; None of a plain command.
    wall_s
        Seconds from start to end, with the interpreter's own start.
    peak_bytes
        Largest resident memory.
    """

    value: Any
    wall_s: float
    peak_bytes: int


def call(task: str, *, cores: int = N_CORES, **arguments: Any) -> Finished:
    """Run a task on so many cores; its arguments and its result are plain data."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as result:
        command = [sys.executable, "-m", "benchmarks.children", task, result.name]
        finished = run([*command, json.dumps(arguments)], cores=cores)
        return finished._replace(value=json.load(result))


def run(
    command: Sequence[str], *, cores: int = N_CORES, environment: Mapping[str, str] | None = None
) -> Finished:
    """Run a command on so many cores.

    Raises
    ------
    RuntimeError
        When it fails.
    """
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[:cores])  # inherited by the process
    try:
        start = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 # commands of this folder only
            command,
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": str(cores), **(environment or {})},
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - start
    finally:
        os.sched_setaffinity(0, allowed)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"exit code {process.returncode} of {' '.join(command)}")
    return Finished(None, wall_s, usage.ru_maxrss * 1024)


def in_turn(
    contestants: Mapping[str, Callable[[], Finished]], n_rounds: int
) -> dict[str, list[Finished]]:
    """Run all contestants one after the other, several rounds; return each one's rounds."""
    rounds = [{name: once() for name, once in contestants.items()} for _ in range(n_rounds)]
    return {name: [each[name] for each in rounds] for name in contestants}


def median_ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """Return the median of the ratios of the same rounds."""
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def _main() -> None:
    task, result, arguments = sys.argv[1:]
    module, name = task.split(".")
    value = getattr(importlib.import_module(f"benchmarks.{module}"), name)(**json.loads(arguments))
    Path(result).write_text(json.dumps(value))


if __name__ == "__main__":
    _main()
