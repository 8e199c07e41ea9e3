"""How far to trust a model, or the method: an evaluation that does not flatter.

A random split of listings asks how well a model repeats sellers and texts that it has seen. Here
the same listings are split in every way that they allow, side by side, and the worst of them is
the headline.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from fakedetect.appraisal import Appraisal, Terms, appraise, chosen
from fakedetect.cross_validation import (
    CrossValidated,
    Headline,
    Progress,
    SplitFigures,
    cross_validated,
    headline,
    side_by_side,
)
from fakedetect.decisions import Rule, Threshold
from fakedetect.labels import DEFAULT_LABEL_COLUMN, Labelled, read_labelled, seen_share
from fakedetect.metrics import Estimate, Floats
from fakedetect.model import Model, probability
from fakedetect.plaindata import plain
from fakedetect.slices import LEAST_SLICE, Scored
from fakedetect.splits import N_FOLDS, every
from fakedetect.tables import DEFAULT_TEXT_COLUMNS
from fakedetect.wording import GIVEN_MODEL

NO_SELLERS = (
    "No two listings have the same seller, as far as is known, so the splits by seller were not"
    " run."
)


class Data(NamedTuple):
    """Counts of the listings and of their sellers, where they were read, and the positive share."""

    n_labelled: int
    n_positive: int
    n_unlabelled: int
    n_groups: int
    group_column: str | None
    time_column: str | None
    text_columns: list[str]
    prevalence: float


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Figures on labelled listings and how they were earned.

    Attributes
    ----------
    protocol
        Which models gave the scores.
    notes
        What could not be done, in sentences.
    seen_share
        About how large a share of the distinct texts (0-1) was among the given model's training
        listings; on those the figures are no evidence. NaN where it cannot be told.
    data
        What was evaluated on.
    headline
        The worst of the splits, or the given model.
    splits
        Figures of each split; of a given model, those that its training left in its card.
    appraisal
        All figures of one set of scores: the given model's, or those of the split that training
        uses, which holds out sellers and copies.
    """

    protocol: str
    notes: tuple[str, ...]
    seen_share: float
    data: Data
    headline: Headline
    splits: tuple[SplitFigures, ...]
    appraisal: Appraisal

    @property
    def metrics(self) -> dict[str, Estimate]:
        """Average precision, ROC AUC, precision and recall, by name; NaN where undefined."""
        return self.appraisal.metrics

    @property
    def threshold(self) -> Threshold:
        """The score from which a listing counted as flagged."""
        return self.appraisal.threshold

    def as_dict(self) -> dict[str, Any]:
        """Return the evaluation as plain data, with texts and sellers."""
        top = {
            "protocol": self.protocol,
            "notes": self.notes,
            "seen_share": self.seen_share,
            "data": self.data,
            "headline": self.headline,
            "splits": self.splits,
        }
        found: dict[str, Any] = plain({**top, **self.appraisal._asdict()})
        return found

    def card(self) -> dict[str, Any]:
        """Return the evaluation as plain data for a model's card: no text, and no seller's name."""
        values = self.as_dict()
        parts = [values["harm"]]
        if values["harm"]["authorised"] is not None:
            parts.append(values["harm"]["authorised"])
        for part in parts:
            for seller in part["sellers"]:
                del seller["seller"]
        for name in ("conflicts", "label_errors"):
            del values["review"][name]
        return values


def evaluate(  # noqa: PLR0913 # keywords of one call
    listings: Any,
    model: Model | None = None,
    *,
    label: str = DEFAULT_LABEL_COLUMN,
    text: Sequence[str] | None = None,
    group: str | None = None,
    time: str | None = None,
    by: Sequence[str] = (),
    authorised: Collection[str] | None = None,
    rule: Rule | None = None,
    hold: Rule | None = None,
    budget: float | None = None,
    n_per: str | None = None,
    prevalence: float | None = None,
    least_slice: int = LEAST_SLICE,
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
        The model to judge. None judges the method instead, by every split that the listings allow.
    label, text, group, n_folds, seed, engine, n_threads, progress
        As in ``train``; with a model, the text columns default to the model's.
    time
        A column of numbers or ISO 8601 dates, to judge models of earlier listings by later ones.
    by
        Columns to give figures for each value of. ``language`` without such a column goes by the
        script that most of the text is written in.
    authorised
        Names of sellers who should never be flagged.
    rule, hold
        Choose the thresholds for flagging and for holding. None takes the model's, without a model
        the largest F1 and none.
    budget, n_per
        Share (0-1) of listings that can be reviewed, and in words how it was stated.
    prevalence
        Share (0-1) of positives where the scores will be used; figures are restated for it.
    least_slice
        The fewest listings of which figures are given.

    Returns
    -------
    Evaluation
        Intervals are resampled by seller.

    Raises
    ------
    InputError
        As ``train`` does; also when a time is none, the listings' labels cannot promise what a rule
        asks for, or authorised sellers are named and no column of sellers. With a model, one class
        and any number of sellers will do, and figures that they cannot give are NaN.

    Examples
    --------
    >>> import pandas as pd, fakedetect.loading
    >>> listings = pd.DataFrame({"title": ["super copy", "with receipt"], "label": [1, 0]})
    >>> found = fakedetect.evaluate(listings, fakedetect.loading.starter())
    >>> found.metrics["average_precision"].value
    1.0
    """
    labelled = read_labelled(
        listings,
        label=label,
        text=text,
        group=group,
        time=time,
        by=by,
        default_text=DEFAULT_TEXT_COLUMNS if model is None else model.text_columns,
    )
    terms = Terms(rule, hold, budget, n_per, prevalence, authorised, least_slice, seed)
    if model is not None:
        scores = model.score(labelled.originals, engine=engine, n_threads=n_threads)
        return of_model(labelled, model, scores, terms)
    splits = every(labelled, n_folds=n_folds, seed=seed)
    found = cross_validated(labelled, splits, engine=engine, n_threads=n_threads, progress=progress)
    evaluation = of_method(labelled, found, terms, n_folds=n_folds)
    if progress:
        progress(found.n_steps, found.n_steps)
    return evaluation


def of_method(
    labelled: Labelled, found: CrossValidated, terms: Terms, *, n_folds: int
) -> Evaluation:
    """Return the evaluation of what was cross-validated.

    Raises
    ------
    InputError
        When the labels cannot promise what a rule asks for.
    """
    scores = probability(found.own.margins)
    scored = Scored(labelled.labels, scores, labelled.groups)
    threshold = chosen(terms.rule, scored, prevalence=terms.prevalence)
    hold = None
    if terms.hold is not None:
        hold = chosen(terms.hold, scored, prevalence=terms.prevalence)
    appraisal = appraise(labelled, scores, threshold, hold, terms=terms)
    splits = side_by_side(labelled, found, appraisal, terms=terms)
    held_out = labelled.group_column or "listing"
    return Evaluation(
        protocol=f"{n_folds} folds, {held_out} and copies of texts held out",
        notes=() if labelled.has_sellers else (NO_SELLERS,),
        seen_share=0.0,
        data=_data(labelled),
        headline=headline(splits),
        splits=splits,
        appraisal=appraisal,
    )


def of_model(labelled: Labelled, model: Model, scores: Floats, terms: Terms) -> Evaluation:
    """Return the evaluation of a model's scores."""
    if terms.rule is not None:
        model = model.with_rule(terms.rule)
    if terms.hold is not None:
        model = model.with_hold(terms.hold)
    hold = model.card.get("hold")
    appraisal = appraise(
        labelled,
        scores,
        Threshold(**model.card["threshold"]),
        None if hold is None else Threshold(**hold),
        terms=terms,
    )
    return Evaluation(
        protocol=GIVEN_MODEL,
        notes=_notes(labelled, model.card["calibration"]["prevalence"]),
        seen_share=seen_share(model.card["data"]["sketch"], labelled.texts),
        data=_data(labelled),
        headline=Headline(GIVEN_MODEL, appraisal.metrics["average_precision"], None, None),
        splits=tuple(map(SplitFigures.from_dict, model.card.get("splits") or ())),
        appraisal=appraisal,
    )


def _notes(labelled: Labelled, prevalence: float) -> tuple[str, ...]:
    """Return a note where a model was made for a far smaller or larger share of positives."""
    found = float(labelled.labels.mean())
    if prevalence / 2 <= found <= 2 * prevalence:
        return ()
    return (
        f"The model's scores are meant for {100 * prevalence:.3g} % of positives, and of these"
        f" listings {100 * found:.3g} % are: they cannot be calibrated here.",
    )


def _data(labelled: Labelled) -> Data:
    return Data(
        n_labelled=len(labelled.labels),
        n_positive=int(labelled.labels.sum()),
        n_unlabelled=labelled.n_unlabelled,
        n_groups=len(labelled.sellers),
        group_column=labelled.group_column,
        time_column=labelled.time_column,
        text_columns=labelled.text_columns,
        prevalence=float(labelled.labels.mean()),
    )
