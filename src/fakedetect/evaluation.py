"""How far to trust a model: figures on labelled listings, with intervals resampled by seller."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from fakedetect import metrics
from fakedetect.decisions import Threshold, largest_f1
from fakedetect.fitting import Progress, out_of_fold
from fakedetect.labels import DEFAULT_LABEL_COLUMN, Labelled, read_labelled, seen_share
from fakedetect.metrics import Estimate
from fakedetect.model import Model, probability
from fakedetect.splits import N_FOLDS
from fakedetect.tables import DEFAULT_TEXT_COLUMNS


class Evaluation(NamedTuple):
    """Figures on labelled listings and how they were earned.

    Attributes
    ----------
    figures
        Estimates by name, as ``metrics.figures`` gives them; NaN where undefined.
    threshold
        The score from which a listing counted as flagged.
    protocol
        Which models gave the scores.
    seen_share
        About how large a share of the distinct texts (0-1) was among the given model's training
        listings; on those the figures are no evidence. NaN where it cannot be told.
    n_labelled, n_positive, n_unlabelled, n_groups
        Counts of the listings and of their sellers.
    group_column
        The column of sellers; None if every listing was one of its own.
    """

    figures: dict[str, Estimate]
    threshold: Threshold
    protocol: str
    seen_share: float
    n_labelled: int
    n_positive: int
    n_unlabelled: int
    n_groups: int
    group_column: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the evaluation as plain data."""
        return {
            "metrics": {name: figure._asdict() for name, figure in self.figures.items()},
            "threshold": self.threshold._asdict(),
            "protocol": self.protocol,
            "seen_share": self.seen_share,
            "data": {
                "n_labelled": self.n_labelled,
                "n_positive": self.n_positive,
                "n_unlabelled": self.n_unlabelled,
                "n_groups": self.n_groups,
                "group_column": self.group_column,
            },
        }


def evaluate(
    listings: Any,
    model: Model | None = None,
    *,
    label: str = DEFAULT_LABEL_COLUMN,
    text: Sequence[str] | None = None,
    group: str | None = None,
    n_folds: int = N_FOLDS,
    seed: int = 0,
    engine: str | None = None,
    n_threads: int | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Return figures on labelled listings.

    Parameters
    ----------
    listings
        A pandas DataFrame or a pyarrow Table.
    model
        The model to judge. None judges the method instead: every listing is scored by a model
        trained without its seller and without copies of its text, as in ``train``.
    label, text, group, n_folds, seed, engine, n_threads, progress
        As in ``train``; with a model, the text columns default to the model's.

    Raises
    ------
    InputError
        As ``train`` does; with a model, one class and any number of sellers will do, and figures
        that they cannot give are NaN.
    """
    labelled = read_labelled(
        listings,
        label=label,
        text=text,
        group=group,
        default_text=DEFAULT_TEXT_COLUMNS if model is None else model.text_columns,
    )
    if model is not None:
        scores = model.score(labelled.texts, engine=engine, n_threads=n_threads)
        threshold = Threshold(model.threshold, model.card["threshold"]["rule"])
        protocol = "the given model"
        seen = seen_share(model.card["data"]["sketch"], labelled.texts)
        return _judged(labelled, scores, threshold, protocol, seen=seen, seed=seed)
    scored = out_of_fold(
        labelled,
        n_folds=n_folds,
        seed=seed,
        engine=engine,
        n_threads=n_threads,
        progress=progress,
    )
    scores = probability(scored.margins)
    threshold = largest_f1(labelled.labels, scores)
    protocol = f"{n_folds} folds, {labelled.group_column or 'listing'} and copies of texts held out"
    return _judged(labelled, scores, threshold, protocol, seen=0.0, seed=seed)


def _judged(
    labelled: Labelled,
    scores: metrics.Floats,
    threshold: Threshold,
    protocol: str,
    *,
    seen: float,
    seed: int,
) -> Evaluation:
    figures = metrics.figures(labelled.labels, scores, labelled.groups, threshold.value, seed=seed)
    return Evaluation(
        figures=figures,
        threshold=threshold,
        protocol=protocol,
        seen_share=seen,
        n_labelled=len(labelled.labels),
        n_positive=int(labelled.labels.sum()),
        n_unlabelled=labelled.n_unlabelled,
        n_groups=int(labelled.groups.max()) + 1,
        group_column=labelled.group_column,
    )
