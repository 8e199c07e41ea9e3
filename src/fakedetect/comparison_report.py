"""The page of two models side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakedetect.explanation import Span
from fakedetect.page import (
    Block,
    Cell,
    Column,
    Fact,
    Facts,
    Grid,
    Heading,
    Page,
    Quoted,
    Words,
    painted_text,
)
from fakedetect.wording import (
    FIGURE_NAMES,
    UNDEFINED,
    count,
    estimate,
    fixed,
    is_defined,
    percent,
    score,
    threshold,
)

Values = Mapping[str, Any]

_LONGEST_TEXT = 320  # characters of an example
_MOST_SELLERS = 20  # authorised and newly flagged
_MUCH_SEEN = 0.05
_FEW_GROUPS = 20
_NAMES = {**FIGURE_NAMES, "recall_at_1_percent": "recall at 1 % false positives"}
_MODELS = ("champion", "challenger")
_LABELS = {1: "suspected", 0: "genuine"}


def compared(value: Values) -> Page:
    """Return what changes from champion to challenger, from ``Comparison.as_dict``."""
    return Page(
        "What changes from champion to challenger",
        (
            _verdict(value),
            *_warnings(value),
            *_authorised(value["authorised"]),
            *_flags(value),
            *_figures(value),
            *(block for each in value["swaps"] for block in _swaps(each)),
            *_examples("Newly flagged", value["newly"], _MODELS[1]),
            *_examples("No longer flagged", value["no_longer"], _MODELS[0]),
        ),
    )


def _verdict(value: Values) -> Words:
    n_newly, n_no_longer = value["newly"]["n"], value["no_longer"]["n"]
    text = (
        f"Of {count(value['n'])} listings, {count(n_newly)} would be newly flagged as suspected"
        f" counterfeits and {count(n_no_longer)} no longer flagged."
    )
    if value["judged"] is None:
        text += " No listing is labelled, so nothing here says which model is better."
        return Words(text, "verdict")
    found = value["judged"]["figures"]["average_precision"]["difference"]
    low, high = found.get("low"), found.get("high")
    said = estimate(found, _signed)
    if not is_defined(found.get("value")):
        text += f" The change of average precision is {UNDEFINED}."
    elif not (is_defined(low) and is_defined(high)):
        text += f" Average precision changes by {said}: nothing here says which model is better."
    elif low > 0 or high < 0:
        direction = "higher" if low > 0 else "lower"
        text += f" The challenger's average precision is {direction}: {said}."
    else:
        text += f" Average precision changes by {said}, which may be chance."
    return Words(text, "verdict")


def _warnings(value: Values) -> list[Block]:
    """Return what may mislead about the figures."""
    judged = value["judged"]
    if judged is None:
        return []
    blocks: list[Block] = [
        Words(
            f"About {percent(share, 0)} of the labelled texts were among the {name}'s training"
            " listings. On those its figures say how well it remembers, which flatters it beside"
            " the other.",
            "warning",
        )
        for name in _MODELS
        if is_defined(share := value[name].get("seen_share")) and share > _MUCH_SEEN
    ]
    if judged["n_groups"] >= judged["n_labelled"]:
        blocks.append(
            Words(
                "No two labelled listings have the same seller, as far as is known: every listing"
                " counted as a seller of its own. If sellers repeat themselves, the intervals are"
                " too narrow.",
                "warning",
            )
        )
    elif judged["n_groups"] < _FEW_GROUPS:
        blocks.append(
            Words(
                f"The labelled listings are of {count(judged['n_groups'])} sellers only, so the"
                " intervals are rough.",
                "warning",
            )
        )
    return blocks


def _signed(value: float) -> str:
    return f"{value:+.3f}"


def _authorised(value: Values | None) -> list[Block]:
    if value is None:
        return []
    text = (
        f"{count(value['n_listed'])} authorised sellers are listed; {count(value['n_found'])} of"
        " them have listings here"
    )
    if not value["sellers"]:
        return [Words(f"{text}, and none is newly flagged.")]
    columns = (
        Column("authorised seller"),
        Column("listings", numeric=True),
        Column("newly flagged", numeric=True),
    )
    rows = tuple(
        (Quoted(each["seller"]), count(each["n"]), count(each["n_newly"]))
        for each in value["sellers"][:_MOST_SELLERS]
    )
    caption = "Authorised sellers that are newly flagged"
    if (n_more := len(value["sellers"]) - len(rows)) > 0:
        caption += f"; {count(n_more)} more are not shown"
    return [
        Words(f"{text}. Some are newly flagged: look at these first.", "warning"),
        Grid(columns, rows, caption),
    ]


def _flags(value: Values) -> list[Block]:
    agreement = value["agreement"]
    before, after = (value[name]["n_flagged"] for name in _MODELS)
    change = (after - before) / before if before else None
    facts = (
        Fact("flagged before", count(before), _share(before, value["n"])),
        Fact("flagged after", count(after), _share(after, value["n"])),
        Fact("change in review", f"{after - before:+,}", f"{_percent_change(change)} of before"),
        Fact("flagged by both", count(agreement["n_both"])),
        Fact("flagged by neither", count(agreement["n_neither"])),
        Fact("agreement", percent(agreement["share"])),
        Fact("Cohen's kappa", fixed(agreement["kappa"]), "agreement beyond chance"),
    )
    columns = (
        Column("model"),
        Column("threshold", numeric=True),
        Column("rule of the threshold"),
        Column("labelled texts seen in training", numeric=True),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            name,
            threshold(value[name]["threshold"]),
            Quoted(value[name]["rule"]),
            percent(value[name]["seen_share"]),
        )
        for name in _MODELS
    )
    return [Heading("What is flagged"), Facts(facts), Grid(columns, rows)]


def _share(n: int, of: int) -> str:
    return f"{percent(n / of if of else None)} of listings"


def _percent_change(change: float | None) -> str:
    return UNDEFINED if change is None else f"{change:+.1%}"


def _figures(value: Values) -> list[Block]:
    judged = value["judged"]
    if judged is None:
        return []
    columns = (
        Column("figure"),
        *(Column(name, numeric=True) for name in _MODELS),
        Column("difference", numeric=True),
    )
    rows = tuple(
        (
            _NAMES.get(name, name),
            *(estimate(found[model]) for model in _MODELS),
            estimate(found["difference"], _signed),
        )
        for name, found in judged["figures"].items()
    )
    drawn = judged["group_column"] or "listing"
    caption = (
        f"On {count(judged['n_labelled'])} labelled listings, {count(judged['n_positive'])} of them"
        f" suspected, with 95 % intervals, resampled by {drawn}, the same for both models"
    )
    return [Heading("Figures on the same labelled listings"), Grid(columns, rows, caption)]


def _swaps(value: Values) -> list[Block]:
    if not value["values"]:
        return []
    columns = (
        Column(value["column"]),
        Column("listings", numeric=True),
        Column("newly flagged", numeric=True),
        Column("no longer flagged", numeric=True),
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            Quoted(each["value"]) if each["value"] else "none named",
            *(count(each[name]) for name in ("n", "n_newly", "n_no_longer")),
        )
        for each in value["values"]
    )
    caption = "The most changed first"
    if value["n_more"]:
        caption += f"; {count(value['n_more'])} more have changes and are not shown"
    return [Heading(f"Changes by {value['column']}"), Grid(columns, rows, caption)]


def _examples(title: str, value: Values, model: str) -> list[Block]:
    """Return a swap set; its texts are painted by the model that flags them."""
    if not value["n"]:
        return []
    n, n_suspected, n_genuine = (value[name] for name in ("n", "n_suspected", "n_genuine"))
    text = (
        f"Listings: {count(n)}. Labelled suspected: {count(n_suspected)}; genuine:"
        f" {count(n_genuine)}; not labelled: {count(n - n_suspected - n_genuine)}."
    )
    examples = value["examples"]
    optional = {"listing_id": "listing", "seller": "seller", "label": "label"}
    named = [name for name in optional if any(each[name] not in {None, ""} for each in examples)]
    columns = (
        Column("row", numeric=True),
        *(Column(name, numeric=True) for name in _MODELS),
        Column("text"),
        *(Column(optional[name]) for name in named),
    )
    rows = tuple(
        (
            count(each["row"]),
            *(score(each[name]) for name in _MODELS),
            painted_text(
                each["text"],
                (Span(**span) for span in each["spans"]),
                longest=_LONGEST_TEXT,
                noted=True,
            ),
            *(_cell(each, name) for name in named),
        )
        for each in examples
    )
    caption = f"Scores by both models, painted by the {model}; the largest change of margin first"
    return [Heading(title), Words(text), Grid(columns, rows, caption)]


def _cell(example: Values, name: str) -> Cell:
    if name == "label":
        return _LABELS.get(example["label"], "unlabelled")
    return Quoted(example[name])
