"""How fast fresh texts are scored, this engine and its peers, all trained on the same texts."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from . import children, peers, tables
from .children import Finished

_PORTION = 10_000  # texts that scikit-learn gets at a time; more only take more memory
_SEEDS = {"train": 1, "fresh": 2}


class Contestant(NamedTuple):
    """Who scores: its name in the table, its task and the task's arguments, and its cores."""

    name: str
    task: str
    arguments: dict[str, Any]
    cores: int


CONTESTANTS = {
    "compiled": Contestant("fakedetect, compiled", "engine", {"engine": "compiled"}, 1),
    "compiled_2": Contestant(
        "fakedetect, compiled, 2 threads", "engine", {"engine": "compiled"}, 2
    ),
    "walk": Contestant("fakedetect, plain walk", "engine", {"engine": "walk"}, 1),
    "pipeline": Contestant("the same model in scikit-learn", "pipeline", {}, 1),
    "subwords": Contestant("fastText, subwords 2-5", "fasttext", {"settings": "subwords"}, 1),
    "bigrams": Contestant("fastText, word bigrams", "fasttext", {"settings": "bigrams"}, 1),
    "vw": Contestant("Vowpal Wabbit, word bigrams", "vowpal_wabbit", {}, 1),
    "vw_2": Contestant(
        "Vowpal Wabbit, word bigrams, 2 threads (it always has two)", "vowpal_wabbit", {}, 2
    ),
}


class Measured(NamedTuple):
    """What ``measure`` found.

    Attributes
    ----------
    n_rows, n_training
        Texts scored, and trained on.
    facts
        Of the texts and the models: what ``prepare`` and ``train`` return.
    rounds
        The rounds of each contestant.
    differences
        Largest difference in margin from scikit-learn, of the compiled engine and of the walk.
    """

    n_rows: int
    n_training: int
    facts: dict[str, Any]
    rounds: dict[str, list[Finished]]
    differences: dict[str, float]

    def seconds(self, name: str) -> list[float]:
        """Return the seconds of a contestant's rounds."""
        return [each.value["seconds"] for each in self.rounds[name]]

    def ratio(self, name: str, of: str = "compiled") -> float:
        """Return how many times as fast as another contestant one is."""
        return children.median_ratio(self.seconds(name), self.seconds(of))


def measure(folder: str, *, n_rows: int, n_training: int, n_rounds: int) -> Measured:
    """Train all contestants in the folder and let them score the same texts in turn."""
    facts = children.call("scoring.prepare", folder=folder, n_rows=n_rows, n_training=n_training)
    trained = children.call("scoring.train", folder=folder)
    rounds = children.in_turn(
        {
            key: partial(
                children.call,
                f"scoring.{each.task}",
                cores=each.cores,
                folder=folder,
                key=key,
                **({"n_threads": each.cores} if each.task == "engine" else {}),
                **each.arguments,
            )
            for key, each in CONTESTANTS.items()
        },
        n_rounds,
    )
    differences = children.call("scoring.differences", folder=folder).value
    return Measured(n_rows, n_training, facts.value | trained.value, rounds, differences)


def rendered(found: Measured) -> str:
    """Return the section of the results."""
    facts = found.facts
    rows = [
        [
            each.name,
            str(each.cores),
            tables.rate(found.n_rows, found.seconds(key)),
            tables.ratio(found.ratio(key)),
            tables.memory(statistics.median(one.peak_bytes for one in found.rounds[key])),
        ]
        for key, each in CONTESTANTS.items()
    ]
    header = ["", "cores", "listings/s", "compiled is faster by", "peak memory"]
    return f"""## Scoring

{found.n_rows:,} fresh texts of {facts["mean_characters"]:.0f} characters on average, made of
{facts["source"]}, resampled and perturbed. A memory of the 100,000 most frequent words of
{facts["n_remembered"]:,} other such texts does not know {facts["unknown_rate"]:.1%} of their
words. All models are trained on the same {found.n_training:,} texts (this one has
{facts["n_features"]:,} n-grams). Each contestant runs in a process of its own, pinned to its cores,
in turn with the others. The text step counts for fakedetect and scikit-learn; fastText and Vowpal
Wabbit read files with canonical text in their own formats, written beforehand, and run their own
C++ over them. Loading the models does not count.

{tables.markdown(header, rows)}
Median of {len(next(iter(found.rounds.values())))} rounds; ratios are medians of the rounds' ratios,
against the compiled engine on one core. The largest difference in margin from scikit-learn is
{found.differences["compiled"]:.1e} for the compiled engine and {found.differences["walk"]:.1e} for
the walk.
"""


def prepare(folder: str, n_rows: int, n_training: int) -> dict[str, Any]:
    """Write the texts, for all contestants."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import feather

    from fakedetect.text import canonical

    from . import texts

    found = {}
    canonicals = {}
    for part, n in (("train", n_training), ("fresh", n_rows)):
        rows = texts.table(n, seed=_SEEDS[part])
        feather.write_feather(rows, f"{folder}/{part}.arrow", compression="uncompressed")
        canonicals[part] = list(map(canonical, rows["text"].to_pylist()))
        labels = rows["label"].to_pylist()
        peers.write_fasttext(Path(folder, f"{part}.ft"), canonicals[part], labels)
        peers.write_vowpal_wabbit(Path(folder, f"{part}.vw"), canonicals[part], labels)
        found[part] = pc.mean(pc.utf8_length(pc.cast(rows["text"], pa.large_string()))).as_py()
    # Enough others to rank 100,000 words by.
    n_others = max(n_rows, n_training)
    others = texts.table(n_others, seed=3)["text"].to_pylist()
    some = canonicals["fresh"][:50_000]
    return {
        "source": texts.source().name,
        "mean_characters": found["fresh"],
        "n_remembered": n_others,
        "unknown_rate": texts.unknown_rate(some, list(map(canonical, others))),
    }


def train(folder: str) -> dict[str, Any]:
    """Train the models of all contestants."""
    import pyarrow as pa
    from pyarrow import feather

    import fakedetect

    rows = feather.read_table(f"{folder}/train.arrow")
    rows = rows.set_column(1, "label", rows["label"].cast(pa.int8()))
    # Two folds suffice to choose settings; the final fit is on everything.
    model = fakedetect.train(rows, text=["text"], group="seller", n_folds=2)
    # The files that are scored have the text in two columns.
    model.card["text"]["columns"][:] = ["title", "description"]
    model.save(f"{folder}/model.joblib")
    for settings in peers.FASTTEXT:
        trained = peers.train_fasttext(Path(folder, "train.ft"), settings, children.N_CORES).value
        trained.saveModel(f"{folder}/{settings}.bin")
    peers.train_vowpal_wabbit(Path(folder, "train.vw"), Path(folder, "vw.model"))
    return {"n_features": len(model.features)}


def engine(folder: str, key: str, engine: str, n_threads: int) -> dict[str, float]:
    """Score with this package."""
    import numpy as np
    from pyarrow import feather

    import fakedetect

    model = fakedetect.load(f"{folder}/model.joblib")
    listings = feather.read_table(f"{folder}/fresh.arrow", memory_map=False)["text"]
    # Compiles, and builds the tables; too little to fill the memory of words.
    model.margin(listings.slice(0, 10), engine=engine)
    start = time.perf_counter()
    margins = model.margin(listings, engine=engine, n_threads=n_threads)
    seconds = time.perf_counter() - start
    np.save(f"{folder}/{key}.npy", margins.to_numpy())
    return {"seconds": seconds}


def pipeline(folder: str, key: str) -> dict[str, float]:
    """Score with the same model in scikit-learn."""
    import numpy as np

    import fakedetect

    scored = fakedetect.load(f"{folder}/model.joblib").pipeline()
    listings = _listings(folder)
    scored.decision_function(listings[:10])
    start = time.perf_counter()
    margins = [scored.decision_function(portion) for portion in _portions(listings)]
    seconds = time.perf_counter() - start
    np.save(f"{folder}/{key}.npy", np.concatenate(margins))
    return {"seconds": seconds}


def fasttext(folder: str, key: str, settings: str) -> dict[str, float]:
    """Score with fastText."""
    del key
    model = peers.load_fasttext(f"{folder}/{settings}.bin")
    return {"seconds": peers.run_fasttext(model, Path(folder, "fresh.ft")).seconds}


def vowpal_wabbit(folder: str, key: str) -> dict[str, float]:
    """Score with Vowpal Wabbit."""
    model, predictions = Path(folder, "vw.model"), Path(folder, f"{key}.txt")
    empty = Path(folder, f"{key}.empty")
    empty.touch()
    # Its driver loads the model first, which is not to count; the first time takes longer.
    loading = min(peers.run_vowpal_wabbit(model, empty, predictions) for _ in range(3))
    seconds = peers.run_vowpal_wabbit(model, Path(folder, "fresh.vw"), predictions)
    return {"seconds": seconds - loading}


def differences(folder: str) -> dict[str, float]:
    """Return the largest differences of the margins from scikit-learn's."""
    import numpy as np

    expected = np.load(f"{folder}/pipeline.npy")
    return {
        name: float(np.abs(np.load(f"{folder}/{name}.npy") - expected).max())
        for name in ("compiled", "walk")
    }


def _listings(folder: str) -> Any:
    import numpy as np
    from pyarrow import feather

    rows = feather.read_table(f"{folder}/fresh.arrow")["text"].to_pylist()
    return np.array(rows, dtype=object)


def _portions(listings: Any) -> Iterator[Any]:
    for start in range(0, len(listings), _PORTION):
        yield listings[start : start + _PORTION]
