"""The page of an evaluation, which is also that of a model's card.

It is made from plain data, so an evaluation just made, one kept as JSON and the card in a model
file give the same page. A part that is None or missing, as in the cards of older models, is left
out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakedetect.evaluation_figures import curves, splits
from fakedetect.evaluation_tables import harm, review, slices
from fakedetect.page import Block, Column, Fact, Facts, Grid, Heading, Page, Words
from fakedetect.splits import COPIES, RANDOM, SELLER, SELLER_COPIES, TIME
from fakedetect.text import printable
from fakedetect.wording import (
    FIGURE_NAMES,
    GIVEN_MODEL,
    count,
    estimate,
    fixed,
    interval,
    is_defined,
    percent,
)

Values = Mapping[str, Any]

_LONGEST_COLUMN = 60  # characters of its name in a sentence
# How a verdict begins, by the split that it is of.
_HELD_OUT = {
    RANDOM: "On a random split",
    COPIES: "With copies of texts held out together",
    SELLER: "Held out by {seller}",
    SELLER_COPIES: "Held out by {seller} with copies left out",
    TIME: "Held out by time",
}


def evaluation(values: Values) -> Page:
    """Return the page of an evaluation."""
    return Page("Evaluation of a model for suspected counterfeits", tuple(sections(values)))


def summary(values: Values) -> Page:
    """Return what a training run found: the card's figures and threshold, and what to mind."""
    return Page("", (*_verdict(values), *_evaluated(values), *_decision(values)))


def sections(values: Values) -> list[Block]:
    """Return all that an evaluation or a model's card says of how good the scores are."""
    return [
        *_verdict(values),
        *_warnings(values),
        *_evaluated(values),
        *splits(values),
        *curves(values),
        *_decision(values),
        *slices(values),
        *harm(values),
        *review(values),
    ]


def figures(metrics: Values, group: str) -> Grid:
    """Return a table of figures with their intervals, which were resampled by group."""
    columns = (
        Column("figure"),
        Column("value", numeric=True),
        Column(f"95 % interval, resampled by {group}", numeric=True),
    )
    rows = tuple(
        (FIGURE_NAMES.get(name, name), fixed(found.get("value")), interval(found))
        for name, found in metrics.items()
    )
    return Grid(columns, rows)


def _verdict(values: Values) -> list[Block]:
    headline = values.get("headline")
    if not headline:
        figure = estimate(values["metrics"]["average_precision"], _two_digits)
        return [Words(f"Average precision is {figure}.", "verdict")]
    name, gap = headline["split"], headline.get("gap")
    held_out = _HELD_OUT.get(name, f"With {name}")
    seller = printable(values["data"].get("group_column") or "seller")[:_LONGEST_COLUMN]
    text = (
        f"{held_out.replace('{seller}', seller)}, average precision is"
        f" {estimate(headline['average_precision'], _two_digits)}"
    )
    random = headline.get("random") or {}
    if name != RANDOM and is_defined(random.get("value")) and is_defined(gap):
        text += f"; a random split would have said {random['value']:.2f}"
    trained = [_average_precision(split) for split in values.get("splits") or []]
    if name == GIVEN_MODEL and any(map(is_defined, trained)):
        text += f"; held out when it was trained, it was {min(filter(is_defined, trained)):.2f}"
    return [Words(f"{text}.", "verdict")]


def _average_precision(split: Values) -> Any:
    return (split["metrics"].get("average_precision") or {}).get("value")


def _two_digits(value: float) -> str:
    return fixed(value, 2)


def _warnings(values: Values) -> list[Block]:
    blocks: list[Block] = [Words(note, "warning") for note in values.get("notes") or []]
    seen = values.get("seen_share")
    if is_defined(seen) and seen:
        blocks.append(
            Words(
                f"About {seen:.0%} of these texts were among the model's training listings. On"
                " those the figures say how well it remembers, not how well it will do; without"
                " --model they come from models that have not seen them.",
                "warning",
            )
        )
    return blocks


def _evaluated(values: Values) -> list[Block]:
    data = values["data"]
    n_labelled, n_positive = data["n_labelled"], data["n_positive"]
    text = f"{count(n_labelled)} labelled listings, {count(n_positive)} of them positive"
    if data.get("n_unlabelled"):
        text += f", {count(data['n_unlabelled'])} unlabelled left out"
    if data.get("group_column") is not None:
        text += f", in {count(data['n_groups'])} groups by {data['group_column']}"
    if data.get("text_columns"):
        text += f"; text from {', '.join(data['text_columns'])}"
    blocks: list[Block] = [
        Heading("What was evaluated"),
        Words(f"{text}. {_protocol(values)}"),
        figures(values["metrics"], _group(data)),
        Words(
            f"Precision and average precision are those of {n_positive / n_labelled:.2%} positives,"
            " as among these listings; where counterfeits are rarer, both are lower.",
            "note",
        ),
    ]
    if data["n_groups"] >= n_labelled:
        blocks.append(
            Words(
                "No two listings have the same seller, as far as is known: every listing counted"
                " as a seller of its own. Sellers repeat themselves, so these figures flatter; name"
                " the column of sellers with --group.",
                "warning",
            )
        )
    return blocks


def _protocol(values: Values) -> str:
    if values.get("protocol"):
        return f"Scored by {values['protocol']}:"
    return (
        f"Each listing was scored by a model that had seen neither its {_group(values['data'])}"
        f" nor a copy of its text ({values['folds']['n_folds']} folds):"
    )


def _group(data: Values) -> str:
    """Return the word for what is kept on one side of a fold."""
    return data.get("group_column") or "listing"


def _decision(values: Values) -> list[Block]:
    threshold, metrics = values["threshold"], values["metrics"]
    facts = [
        Fact("threshold", fixed(threshold["value"], 4), "flagged from this score on"),
        Fact("precision of flagged", *_value_and_interval(metrics.get("precision"))),
        Fact("recall of flagged", *_value_and_interval(metrics.get("recall"))),
    ]
    if hold := values.get("hold"):
        facts.append(Fact("hold threshold", fixed(hold["value"], 4), "held from this score on"))
        facts += [
            Fact(f"{name} of held", *_value_and_interval(figure))
            for name, figure in (values.get("hold_metrics") or {}).items()
        ]
    blocks: list[Block] = [
        Heading("The decision"),
        Facts(tuple(facts)),
        Words(f"Rule of the threshold: {threshold['rule']}."),
        *_promise(threshold, metrics, values),
    ]
    if hold:
        blocks.append(Words(f"Rule of the hold threshold: {hold['rule']}."))
        blocks += _promise(hold, values.get("hold_metrics") or {}, values)
    return [*blocks, *_budget(values.get("budget")), *_restated(values.get("restated"))]


def _value_and_interval(figure: Values | None) -> tuple[str, str]:
    figure = figure or {}
    return fixed(figure.get("value")), f"95 % interval {interval(figure)}"


def _promise(threshold: Values, metrics: Values, values: Values) -> list[Block]:
    """Return what was promised for a threshold, and whether other listings kept it."""
    kind, bound = threshold.get("kind", ""), threshold.get("bound")
    if not is_defined(bound):
        return []
    is_given = (values.get("headline") or {}).get("split") == GIVEN_MODEL
    labels = "The labels promise"
    if is_given:
        labels = "The labels that the model was trained on promised"
    if kind == "budget":
        return [Words(f"{labels} that at most {percent(bound, 2)} of listings are flagged.")]
    promise = Words(f"{labels} a {kind} of at least {fixed(bound)}.")
    found = metrics.get(kind) or {}
    if not is_given or not is_defined(found.get("high")) or found["high"] >= bound:
        return [promise]
    broken = f"These listings do not keep that: their {kind} is {estimate(found)}."
    return [promise, Words(broken, "warning")]


def _budget(budget: Values | None) -> list[Block]:
    if not budget:
        return []
    share = percent(budget.get("prevalence"), 2)
    stated = budget.get("n_per") or "of all listings"
    facts = (
        Fact("review budget", percent(budget["share"], 2), stated),
        Fact("threshold that fills it", fixed(budget.get("threshold"), 4)),
        Fact("precision within it", *_value_and_interval(budget.get("precision"))),
        Fact("recall within it", *_value_and_interval(budget.get("recall"))),
        Fact("recall ceiling", percent(budget.get("recall_ceiling")), "of any ranker"),
    )
    heading = Heading(f"Under the review budget, at {share} positives", 3)
    blocks: list[Block] = [heading, Facts(facts)]
    ceiling = budget.get("recall_ceiling")
    if ceiling is not None and ceiling < 1:
        blocks.append(
            Words(
                f"At a prevalence of {percent(budget.get('prevalence'), 2)}, reviewing"
                f" {percent(budget['share'], 2)} of all listings can find at most"
                f" {percent(ceiling)} of the positives, however good the ranking."
            )
        )
    return blocks


def _restated(restated: Values | None) -> list[Block]:
    if not restated:
        return []
    text = (
        f"Where {percent(restated['prevalence'], 2)} of the listings are positive, precision of"
        f" the flagged would be {estimate(restated.get('precision'))}"
    )
    if restated.get("average_precision"):
        text += f" and average precision {estimate(restated['average_precision'])}"
    return [
        Heading("At the base rate of the deployment", 3),
        Words(f"{text}, if positives and negatives each look as they do here."),
    ]
