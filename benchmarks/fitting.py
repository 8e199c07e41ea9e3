"""How long fitting takes and how well what was fitted ranks listings of sellers held out."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from . import children, peers, tables
from .children import Finished

CONTESTANTS = {
    "compiled": "fakedetect",
    "sklearn": "the same model in scikit-learn",
    "plain": "scikit-learn, without seller-counted ratios",
    "subwords": "fastText, subwords 2-5",
    "bigrams": "fastText, word bigrams",
    "vw": "Vowpal Wabbit, word bigrams",
}
# Inverse penalties that suit features with and without ratios on the real titles.
_C, _PLAIN_C = 0.3, 10.0
_N_HELD_OUT = 50_000
_SEEDS = {"train": 11, "held_out": 12, "million": 13}


class Folds(NamedTuple):
    """Figures on grouped folds: each contestant's rounds, and what was scored."""

    facts: dict[str, Any]
    rounds: dict[str, list[Finished]]


class Large(NamedTuple):
    """One fit on many texts of this engine and of scikit-learn, and one on more of this alone."""

    n_both: int
    n_alone: int
    both: dict[str, list[Finished]]
    alone: Finished

    def ratio(self, *steps: str) -> float:
        """Return how many times as long scikit-learn takes for some of the steps."""
        ours, theirs = (
            [sum(each.value[step] for step in steps) for each in self.both[name]]
            for name in ("compiled", "sklearn")
        )
        return children.median_ratio(theirs, ours)

    @property
    def difference(self) -> float:
        """Difference between the two average precisions."""
        ours, theirs = (self.both[name][0].value for name in ("compiled", "sklearn"))
        return float(ours["average_precision"] - theirs["average_precision"])


def measure_folds(folder: str, *, n_folds: int, n_rounds: int) -> Folds:
    """Fit every contestant on the same grouped folds, in turn."""
    once = {
        name: partial(
            children.call, "fitting.on_folds", folder=folder, contestant=name, n_folds=n_folds
        )
        for name in CONTESTANTS
    }
    return Folds(
        children.call("fitting.facts", n_folds=n_folds).value, children.in_turn(once, n_rounds)
    )


def measure_large(folder: str, *, n_both: int, n_alone: int, n_rounds: int) -> Large:
    """Fit on many texts."""
    children.call("fitting.prepare", folder=folder, n=n_both)
    once = {
        name: partial(children.call, f"fitting.{name}", folder=folder)
        for name in ("compiled", "sklearn")
    }
    both = children.in_turn(once, n_rounds)
    children.call("fitting.prepare_alone", folder=folder, n=n_alone)
    return Large(n_both, n_alone, both, children.call("fitting.alone", folder=folder))


def rendered_folds(found: Folds) -> str:
    """Return the section on folds."""
    facts = found.facts

    def cells(name: str) -> list[str]:
        values = [each.value for each in found.rounds[name]]
        vectoriser = [each["vectoriser"] for each in values]
        return [
            CONTESTANTS[name],
            tables.seconds(vectoriser) if vectoriser[0] is not None else "",
            tables.seconds([each["model"] for each in values]),
            f"{values[0]['average_precision']:.3f}",
        ]

    header = ["", "vectoriser", "model", "average precision"]
    return f"""## Fitting on grouped folds

{facts["n"]:,} labelled texts of {facts["n_groups"]} sellers ({facts["n_positive"]} positive):
{facts["name"]}, as they are. {facts["n_folds"]} folds (`StratifiedGroupKFold`, shuffled, seed 0)
keep sellers apart; texts that are also held out are left out of training; scores are pooled.
Seconds are those of all folds together, on {children.N_CORES} cores; fakedetect counts the n-grams
once for all folds. fastText and Vowpal Wabbit do both in one; they get canonical texts with
punctuation set apart, and the settings with the best average precision of a few that were tried.

{tables.markdown(header, map(cells, found.rounds))}"""


def rendered_large(found: Large) -> str:
    """Return the section on many texts."""

    def cells(name: str, finished: Sequence[Finished], n: int) -> list[str]:
        values = [each.value for each in finished]
        total = [each["vectoriser"] + each["model"] for each in values]
        precision = values[0].get("average_precision")
        return [
            name,
            f"{n:,}",
            tables.seconds([each["text"] for each in values]) if "text" in values[0] else "",
            tables.seconds([each["vectoriser"] for each in values]),
            tables.seconds([each["model"] for each in values]),
            tables.seconds(total),
            "" if precision is None else f"{precision:.4f}",
            tables.memory(statistics.median(each.peak_bytes for each in finished)),
        ]

    rows = [
        cells(CONTESTANTS[name], finished, found.n_both) for name, finished in found.both.items()
    ]
    rows.append(cells(CONTESTANTS["compiled"], [found.alone], found.n_alone))
    header = ["", "texts", "text step", "vectoriser", "model", "both", "average precision"]
    return f"""## Fitting on many texts

One fit, no folds, on resampled and perturbed texts. The first two rows have the same texts, already
canonical, and the same settings; average precision is on {_N_HELD_OUT:,} texts of sellers held out.
scikit-learn takes {tables.ratio(found.ratio("vectoriser"))} as long for the vectoriser and
{tables.ratio(found.ratio("vectoriser", "model"))} for both; the average precisions differ by
{abs(found.difference):.1e}.

{tables.markdown([*header, "peak memory"], rows)}"""


def facts(n_folds: int) -> dict[str, Any]:
    """Return what the folds are made of."""
    import numpy as np

    from . import texts

    made_of = texts.source()
    return {
        "name": made_of.titles_name,
        "n": len(made_of.titles),
        "n_positive": int(made_of.labels.sum()),
        "n_groups": len(np.unique(made_of.sellers)),
        "n_folds": n_folds,
    }


def on_folds(folder: str, contestant: str, n_folds: int) -> dict[str, Any]:
    """Fit and score a contestant on every fold."""
    import numpy as np
    from sklearn.metrics import average_precision_score

    from fakedetect.text import canonical

    from . import texts

    made_of = texts.source()
    labels = made_of.labels
    canonicals = list(map(canonical, made_of.titles))
    scorer = {
        "compiled": _compiled_folds,
        "sklearn": partial(_sklearn_folds, with_ratios=True),
        "plain": partial(_sklearn_folds, with_ratios=False),
        "vw": partial(_vowpal_wabbit_folds, folder=Path(folder)),
    }.get(contestant, partial(_fasttext_folds, folder=Path(folder), settings=contestant))
    margins = np.zeros(len(labels))
    folds = list(_folds(canonicals, labels, made_of.sellers, n_folds))
    spent: dict[str, float | None] = {"vectoriser": 0.0, "model": 0.0}
    if contestant in {"vw", *peers.FASTTEXT}:
        spent["vectoriser"] = None
        canonicals = list(map(peers.with_punctuation_apart, canonicals))
    for held_out, found, seconds in scorer(canonicals, labels, made_of.sellers, folds):
        margins[held_out] = found
        for step, value in seconds.items():
            spent[step] = (spent[step] or 0.0) + value
    return {**spent, "average_precision": float(average_precision_score(labels, margins))}


def prepare(folder: str, n: int) -> None:
    """Write canonical texts to fit on, and some of sellers held out."""
    import numpy as np
    from sklearn.model_selection import StratifiedGroupKFold

    from . import texts

    made_of = texts.source()
    splitter = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    titles = np.arange(len(made_of.titles))
    seen, held_out = next(splitter.split(titles, made_of.labels, made_of.sellers))
    _write(Path(folder, "train.arrow"), texts.table(n, seed=_SEEDS["train"], among=seen))
    rows = texts.table(_N_HELD_OUT, seed=_SEEDS["held_out"], among=held_out)
    _write(Path(folder, "held_out.arrow"), rows)


def prepare_alone(folder: str, n: int) -> None:
    """Write texts to fit on, as they are."""
    from pyarrow import feather

    from . import texts

    rows = texts.table(n, seed=_SEEDS["million"])
    feather.write_feather(rows, f"{folder}/alone.arrow", compression="uncompressed")


def compiled(folder: str) -> dict[str, float]:
    """Fit with this package."""
    from sklearn.metrics import average_precision_score

    from fakedetect.model import Model

    canonicals, labels, sellers = _read(Path(folder, "train.arrow"))
    found, spent = _fitted(canonicals, labels, sellers)
    del canonicals
    features, coefficients, intercept = found
    model = Model(features, coefficients, intercept, 0.5, {"text": {"columns": ["text"]}})
    held_out, labels, _ = _read(Path(folder, "held_out.arrow"))
    margins = model.margin(held_out, engine="compiled")
    return {**spent, "average_precision": float(average_precision_score(labels, margins))}


def sklearn(folder: str) -> dict[str, float]:
    """Fit with scikit-learn."""
    from sklearn.metrics import average_precision_score

    canonicals, labels, sellers = _read(Path(folder, "train.arrow"))
    held_out, held_out_labels, _ = _read(Path(folder, "held_out.arrow"))
    margins, spent = _sklearn_margins(canonicals, labels, sellers, held_out, with_ratios=True)
    found = float(average_precision_score(held_out_labels, margins))
    return {**spent, "average_precision": found}


def alone(folder: str) -> dict[str, float]:
    """Fit with this package from texts as they are."""
    from fakedetect.text import canonical

    raw, labels, sellers = _read(Path(folder, "alone.arrow"))
    start = time.perf_counter()
    canonicals = list(map(canonical, raw))
    seconds = time.perf_counter() - start
    del raw
    _, spent = _fitted(canonicals, labels, sellers)
    return {"text": seconds, **spent}


def _fitted(canonicals: list[str], labels: Any, sellers: Any) -> tuple[Any, dict[str, float]]:
    from fakedetect import features
    from fakedetect.fitting import fit_regression

    features.count(canonicals[:10], engine="compiled")  # compiles, or loads what was compiled
    start = time.perf_counter()
    counts = features.count(canonicals, engine="compiled")
    fitted = features.fit(counts)
    del counts
    middle = time.perf_counter()
    coefficients, intercept = fit_regression(fitted.X, labels, sellers, _C)
    end = time.perf_counter()
    spent = {"vectoriser": middle - start, "model": end - middle}
    return (fitted.features, coefficients, intercept), spent


def _sklearn_margins(
    canonicals: list[str], labels: Any, sellers: Any, held_out: list[str], *, with_ratios: bool
) -> tuple[Any, dict[str, float]]:
    import numpy as np
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    from fakedetect import counts, features
    from fakedetect.fitting import scale_by_ratios
    from fakedetect.text import word_pattern

    common: dict[str, Any] = {
        "lowercase": False,
        "sublinear_tf": True,
        "min_df": counts.MIN_LISTINGS,
        "max_features": counts.MOST_NGRAMS,
    }
    vectorizers = [
        TfidfVectorizer(token_pattern=word_pattern(), ngram_range=features.WORD_NGRAMS, **common),
        TfidfVectorizer(analyzer="char_wb", ngram_range=features.CHAR_NGRAMS, **common),
    ]
    start = time.perf_counter()
    X = hstack([each.fit_transform(canonicals) for each in vectorizers], format="csr")
    middle = time.perf_counter()
    scale = scale_by_ratios(X, labels, sellers) if with_ratios else np.ones(X.shape[1])
    C = _C if with_ratios else _PLAIN_C
    regression = LogisticRegression(C=C, max_iter=5000).fit(X, labels)
    end = time.perf_counter()
    held_out_X = hstack([each.transform(held_out) for each in vectorizers], format="csr")
    margins = held_out_X @ (scale * regression.coef_[0]) + regression.intercept_[0]
    return margins, {"vectoriser": middle - start, "model": end - middle}


def _folds(
    canonicals: list[str], labels: Any, sellers: Any, n_folds: int
) -> Iterator[tuple[Any, Any]]:
    """Yield training and held-out rows; no text of the one is in the other."""
    import numpy as np
    from sklearn.model_selection import StratifiedGroupKFold

    copies = np.unique(canonicals, return_inverse=True)[1]
    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=0)
    for others, held_out in splitter.split(canonicals, labels, sellers):
        yield others[~np.isin(copies[others], copies[held_out])], held_out


Folded = Iterator[tuple[Any, Any, dict[str, float]]]


def _compiled_folds(canonicals: list[str], labels: Any, sellers: Any, folds: Any) -> Folded:
    from fakedetect import features
    from fakedetect.fitting import fit_regression

    features.count(canonicals[:10], engine="compiled")
    start = time.perf_counter()
    counts = features.count(canonicals, engine="compiled")
    counting = time.perf_counter() - start
    for rows, held_out in folds:
        start = time.perf_counter()
        fitted = features.fit(counts, rows)
        middle = time.perf_counter()
        training = fitted.X[rows]
        coefficients, intercept = fit_regression(training, labels[rows], sellers[rows], _C)
        end = time.perf_counter()
        margins = fitted.X[held_out] @ coefficients + intercept
        yield held_out, margins, {"vectoriser": counting + middle - start, "model": end - middle}
        counting = 0.0


def _sklearn_folds(
    canonicals: list[str], labels: Any, sellers: Any, folds: Any, *, with_ratios: bool
) -> Folded:
    for rows, held_out in folds:
        margins, spent = _sklearn_margins(
            [canonicals[row] for row in rows],
            labels[rows],
            sellers[rows],
            [canonicals[row] for row in held_out],
            with_ratios=with_ratios,
        )
        yield held_out, margins, spent


def _fasttext_folds(
    prepared: list[str], labels: Any, _: Any, folds: Any, *, folder: Path, settings: str
) -> Folded:
    for rows, held_out in folds:
        file = folder / "fold.ft"
        peers.write_fasttext(file, (prepared[row] for row in rows), labels[rows])
        trained = peers.train_fasttext(file, settings, children.N_CORES)
        margins = peers.fasttext_margins(trained.value, (prepared[row] for row in held_out))
        yield held_out, margins, {"model": trained.seconds}


def _vowpal_wabbit_folds(
    prepared: list[str], labels: Any, _: Any, folds: Any, *, folder: Path
) -> Folded:
    import numpy as np

    file, held_out_file = folder / "fold.vw", folder / "held_out.vw"
    model, predictions = folder / "fold.model", folder / "fold.txt"
    for rows, held_out in folds:
        peers.write_vowpal_wabbit(file, (prepared[row] for row in rows), labels[rows])
        texts = (prepared[row] for row in held_out)
        peers.write_vowpal_wabbit(held_out_file, texts, labels[held_out])
        seconds = peers.train_vowpal_wabbit(file, model)
        peers.run_vowpal_wabbit(model, held_out_file, predictions)
        yield held_out, np.loadtxt(predictions), {"model": seconds}


def _write(path: Path, rows: Any) -> None:
    import pyarrow as pa
    from pyarrow import feather

    from fakedetect.text import canonical

    canonicals = pa.array(map(canonical, rows["text"].to_pylist()), pa.large_string())
    rows = rows.set_column(0, "text", canonicals)
    feather.write_feather(rows, str(path), compression="uncompressed")


def _read(path: Path) -> tuple[list[str], Any, Any]:
    """Return texts, labels and numbers of sellers."""
    import numpy as np
    from pyarrow import feather

    rows = feather.read_table(path)
    sellers = np.unique(rows["seller"].to_numpy(), return_inverse=True)[1]
    return rows["text"].to_pylist(), rows["label"].to_numpy(), sellers
