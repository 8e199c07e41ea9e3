"""The figures of an evaluation's page: the splits, and the curves of ranking and calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fakedetect.page import Block, Column, Figure, Grid, Heading, Words
from fakedetect.plots import Dot, Dots, PrecisionRecall, Reliability, Spot
from fakedetect.splits import RANDOM
from fakedetect.wording import FIGURE_NAMES, GIVEN_MODEL, count, estimate, fixed, is_defined, short

Values = Mapping[str, Any]

_OF_SPLITS = ("average_precision", "precision", "recall")
_RECALLS = (0.2, 0.5, 0.8)  # at which a curve is told in words
_SAME_PREVALENCE = 0.01  # the relative difference up to which two are one


def splits(values: Values) -> list[Block]:
    """Return the same listings held out in different ways: dots with intervals, and a table."""
    found = values.get("splits") or []
    if not found:
        return []
    worst = (values.get("headline") or {}).get("split")
    shown = [_on_common_rows(split) for split in found]
    dots = [
        Dot(
            split["name"],
            _number(figure["value"]),
            _number(figure.get("low")),
            _number(figure.get("high")),
            is_headline=split["name"] == worst,
        )
        for split, figure in zip(found, shown, strict=True)
        if is_defined(figure["value"])
    ]
    told = "; ".join(f"{dot.name}: {dot.value:.2f}" for dot in dots)
    columns = (
        Column("split: its models had seen"),
        Column("listings", numeric=True),
        Column("positives", numeric=True),
        *(Column(FIGURE_NAMES[name], numeric=True) for name in _OF_SPLITS),
    )
    random = _random(found)
    rows = tuple(
        (
            f"{split['name']}{' (headline)' if split['name'] == worst else ''}: {split['words']}",
            count(split["n"]),
            count(split["n_positive"]),
            *(short(split["metrics"].get(name)) for name in _OF_SPLITS),
        )
        for split in found
    )
    blocks: list[Block] = [
        *_of_what(values, random),
        Grid(columns, rows, "Figures of each split on all listings it scored, 95 % intervals"),
    ]
    if len(dots) > 1:
        caption = f"Average precision on the listings that every split scored{_n_common(found)}; on"
        caption += " all that each scored it is in the table"
        plot = Dots(dots, "average precision", random if worst != RANDOM else None)
        blocks.insert(2, Figure(plot, caption + ".", f"Average precision by split: {told}."))
    return blocks


def _of_what(values: Values, random: float | None) -> list[Block]:
    if (values.get("headline") or {}).get("split") == GIVEN_MODEL:
        return [
            Heading("When the model was trained"),
            Words(
                "What its training listings said, each scored by models that had not seen it. Other"
                " listings may differ in more than that."
            ),
        ]
    return [
        Heading("The same listings, held out in different ways"),
        Words(
            "All splits use the same listings and settings. The easier one makes it for a model to"
            " have met the seller or a copy of the text before, the more it flatters; what counts"
            f" is the worst.{_gap(values, random)}"
        ),
    ]


def _on_common_rows(split: Values) -> Values:
    common = split.get("common") or {}
    figure: Values = common.get("average_precision") or split["metrics"]["average_precision"]
    return figure


def _n_common(splits: Sequence[Values]) -> str:
    n = (splits[0].get("common") or {}).get("n")
    return "" if n is None else f" ({count(n)})"


def _random(splits: Sequence[Values]) -> float | None:
    """Return the random split's figure on the listings that every split scored."""
    for split in splits:
        if split["name"] == RANDOM:
            value = _on_common_rows(split)["value"]
            return float(value) if is_defined(value) else None
    return None


def _gap(values: Values, random: float | None) -> str:
    gap = (values.get("headline") or {}).get("gap")
    return f" A random split says {gap:.2f} more." if is_defined(gap) and random else ""


def _number(value: Any) -> float:
    return float(value) if is_defined(value) else float("nan")


def curves(values: Values) -> list[Block]:
    """Return the curves of ranking and calibration, side by side."""
    plots = [*_precision_recall(values), *_reliability(values)]
    return [Heading("Ranking and calibration"), *plots] if plots else []


def _precision_recall(values: Values) -> list[Block]:
    curve = values.get("precision_recall") or {}
    pairs = [
        (float(recall), float(precision))
        for recall, precision in zip(
            curve.get("recall", []), curve.get("precision", []), strict=True
        )
        if is_defined(recall) and is_defined(precision)
    ]
    if not pairs:
        return []
    spots, prevalence = _spots(values), _prevalence(values)
    slope = (
        prevalence / values["budget"]["share"] if _on_curve(values.get("budget"), values) else None
    )
    recall, precision = zip(*pairs, strict=True)
    told = ", ".join(
        f"{fixed(max((p for r, p in pairs if r >= least), default=None), 2)} at recall {least}"
        for least in _RECALLS
    )
    named = (
        f" At {spot.name}, precision is {spot.precision:.2f} and recall {spot.recall:.2f}."
        for spot in spots
    )
    caption = "Precision over recall, at every threshold."
    if slope:
        caption += " On the dashed line the flagged listings fill the review budget."
    return [
        Figure(
            PrecisionRecall(recall, precision, spots, prevalence, slope),
            caption,
            f"Precision is at most {told} or more.{''.join(named)}",
        )
    ]


def _prevalence(values: Values) -> float:
    share: float = values["data"]["n_positive"] / values["data"]["n_labelled"]
    return share


def _on_curve(budget: Values | None, values: Values) -> bool:
    """Return whether a budget's figures are those of these listings' own prevalence.

    At another prevalence its precision is another, and it stands beside the curve.
    """
    if not budget or not is_defined(budget.get("prevalence")) or not budget["share"] > 0:
        return False
    own = _prevalence(values)
    return bool(abs(budget["prevalence"] - own) <= _SAME_PREVALENCE * own)


def _spots(values: Values) -> list[Spot]:
    budget = values.get("budget")
    found = [
        ("threshold", values.get("threshold"), values["metrics"]),
        ("hold", values.get("hold"), values.get("hold_metrics")),
    ]
    if budget and _on_curve(budget, values):
        found.append(("budget", {"value": budget.get("threshold")}, budget))
    spots = []
    for name, threshold, figures in found:
        value = (threshold or {}).get("value")
        recall, precision = (
            _number(((figures or {}).get(each) or {}).get("value"))
            for each in ("recall", "precision")
        )
        if all(map(is_defined, (value, recall, precision))):
            spots.append(Spot(recall, precision, f"{name} {fixed(value)}"))
    return spots


def _reliability(values: Values) -> list[Block]:
    found = values.get("reliability") or {}
    bins = [
        each
        for each in found.get("bins", [])
        if is_defined(each["mean_score"]) and is_defined(each["positive_rate"]["value"])
    ]
    if not bins:
        return []
    rates = [each["positive_rate"] for each in bins]
    plot = Reliability(
        scores=[each["mean_score"] for each in bins],
        rates=[_number(rate["value"]) for rate in rates],
        lows=[_number(rate.get("low")) for rate in rates],
        highs=[_number(rate.get("high")) for rate in rates],
        counts=[each["n"] for each in bins],
    )
    error = found.get("expected_calibration_error") or {}
    told = "; ".join(
        f"{each['mean_score']:.3f}: {each['positive_rate']['value']:.3f} of {each['n']:,}"
        for each in bins
    )
    caption = f"Share of positives by score; expected calibration error {estimate(error)}."
    if found.get("definition"):
        caption += f" {found['definition']}"
    return [Figure(plot, caption, f"Share of positives by mean score of the bin. {told}.")]
