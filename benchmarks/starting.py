"""How soon one listing is scored: by a model at hand, and by a process that only just starts."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from functools import partial
from typing import Any, NamedTuple

from . import children, peers, tables
from .children import Finished

_N_CALLS = 2000
_TEXT = "Super copy 1:1, mirror quality, same factory, size 42"
_SCORE = f"import fakedetect; fakedetect.score({_TEXT!r})"
_COMPILED = f"import fakedetect; fakedetect.score([{_TEXT!r}], engine='compiled')"

_CALLS = {
    "fakedetect": "fakedetect, `model.score(text)`",
    "pipeline": "the same model in scikit-learn, `predict_proba([text])`",
    "subwords": "fastText, subwords 2-5, `predict(text)`",
    "bigrams": "fastText, word bigrams, `predict(text)`",
}


class Measured(NamedTuple):
    """What ``measure`` found.

    Attributes
    ----------
    calls
        Of each contestant the seconds of every round's median call.
    python, first_score
        Processes that do nothing, and that score one listing with the starter model; no compiled
        code is on the disk.
    first_compiled, next_compiled
        Processes that score one listing with the compiled engine: with no compiled code on the
        disk, and with what the process before left there.
    """

    calls: dict[str, list[float]]
    python: list[Finished]
    first_score: list[Finished]
    first_compiled: list[Finished]
    next_compiled: list[Finished]


def measure(folder: str, *, n_rounds: int, n_compilations: int) -> Measured:
    """Measure calls with the models in the folder, and processes with the starter model."""
    calls = children.in_turn(
        {
            name: partial(children.call, "starting.calls", cores=1, folder=folder, contestant=name)
            for name in _CALLS
        },
        n_rounds,
    )
    processes = children.in_turn(
        {"python": partial(_process, "pass"), "score": partial(_process, _SCORE)}, 3 * n_rounds
    )
    first, following = [], []
    for _ in range(n_compilations):
        with tempfile.TemporaryDirectory() as cache:
            first.append(_process(_COMPILED, cache))
            following += [_process(_COMPILED, cache) for _ in range(n_rounds)]
    return Measured(
        {name: [each.value for each in rounds] for name, rounds in calls.items()},
        processes["python"],
        processes["score"],
        first,
        following,
    )


def rendered(found: Measured) -> str:
    """Return the section of the results."""
    calls = [
        [name, tables.seconds(found.calls[key])]
        for key, name in _CALLS.items()
        if key in found.calls
    ]
    processes = [
        ["Python alone", found.python],
        ["first score with the starter model, plain walk", found.first_score],
        ["first score, compiled engine, nothing compiled yet", found.first_compiled],
        ["first score, compiled engine, compiled before", found.next_compiled],
    ]
    rows = [
        [name, tables.seconds(walls(each)), tables.memory(each[0].peak_bytes)]
        for name, each in processes
    ]
    return f"""## One listing

Median of {_N_CALLS:,} calls in a process that has made some before, each with another fresh text,
on one core:

{tables.markdown(["", "one call"], calls)}
From the start of a process to its end (median), with an empty `NUMBA_CACHE_DIR` unless it was
compiled before:

{tables.markdown(["", "wall", "peak memory"], rows)}"""


def walls(finished: list[Finished]) -> list[float]:
    """Return the seconds of processes."""
    return [each.wall_s for each in finished]


def _process(code: str, cache: str | None = None) -> Finished:
    with tempfile.TemporaryDirectory() as empty:
        return children.run(
            [sys.executable, "-c", code], environment={"NUMBA_CACHE_DIR": cache or empty}
        )


def calls(folder: str, contestant: str) -> float:
    """Return the median seconds of one call."""
    from pyarrow import feather

    rows = feather.read_table(f"{folder}/fresh.arrow")["text"]
    some = rows.slice(0, _N_CALLS + 100).to_pylist()
    score = _scorer(folder, contestant)
    durations = []
    for text in some:
        start = time.perf_counter()
        score(text)
        durations.append(time.perf_counter() - start)
    return statistics.median(durations[100:])


def _scorer(folder: str, contestant: str) -> Any:
    if contestant in {"fakedetect", "pipeline"}:
        import fakedetect

        model = fakedetect.load(f"{folder}/model.joblib")
        if contestant == "fakedetect":
            return model.score
        pipeline = model.pipeline()
        return lambda text: pipeline.predict_proba([text])
    predict = peers.load_fasttext(f"{folder}/{contestant}.bin").predict
    return lambda text: predict(text.replace("\n", " ") + "\n", 2, 0.0, "strict")
