"""Which engine reads the texts, and threads for the one that does without Python.

One rule decides: texts of two million characters or more in all take the compiled pass, fewer the
plain walk, unless the caller names one. Both give the same. Compiling takes two to three minutes,
once, and loading what was compiled a second, so it pays for many texts only.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from fakedetect.errors import FakedetectError, InputError

T = TypeVar("T")
R = TypeVar("R")

ENGINES = ("walk", "compiled")
LEAST_CHARACTERS = 2_000_000

_log = logging.getLogger(__name__)


def chosen(engine: str | None, n_characters: int) -> bool:
    """Return whether texts take the compiled pass.

    Parameters
    ----------
    engine
        ``"compiled"``, ``"walk"``, or None to go by the length of the texts.
    n_characters
        Length of all texts together.

    Raises
    ------
    InputError
        When there is no such engine.
    FakedetectError
        When the compiled pass is asked for and numba cannot be imported.
    """
    if engine is None:
        if n_characters < LEAST_CHARACTERS:
            return False
        if problem := _import_problem():
            _warn_once(problem)
        return not problem
    if engine not in ENGINES:
        raise InputError(f"no engine {engine!r}; the engines are {' and '.join(ENGINES)}")
    if engine == "compiled" and (problem := _import_problem()):
        raise FakedetectError(f"the compiled engine needs numba, which is not there: {problem}")
    return engine == "compiled"


@cache
def _import_problem() -> str | None:
    """Return why numba cannot be imported, None if it can."""
    try:
        import numba  # noqa: F401 # whether this works is the question
    except ImportError as error:
        return str(error)
    return None


@cache
def _warn_once(problem: str) -> None:
    _log.warning("numba cannot be imported, so many texts take the slow walk: %s", problem)


def on_threads(work: Callable[[T], R], portions: Iterable[T], n_threads: int | None) -> Iterator[R]:
    """Yield ``work`` of each portion, in order, done on threads a few portions ahead.

    Parameters
    ----------
    work
        A function that does without the interpreter lock for most of its time.
    portions
        What to work on, taken by the caller's thread when a thread is free.
    n_threads
        None takes as many as the process may use.
    """
    n_threads = n_threads or len(os.sched_getaffinity(0))
    threads = ThreadPoolExecutor(n_threads)
    running: deque[Future[R]] = deque()
    try:
        for portion in portions:
            running.append(threads.submit(work, portion))
            if len(running) > n_threads + 1:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        # An interruption does not wait for work that nobody takes: it may be compiling still.
        threads.shutdown(wait=False, cancel_futures=True)
