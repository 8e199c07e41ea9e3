"""The tables of an evaluation's page that name listings and sellers: slices, harm, labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fakedetect.page import Block, Column, Fact, Facts, Grid, Heading, Quoted, Words
from fakedetect.wording import count, interval, percent, score, short

Values = Mapping[str, Any]

_N_ROWS = 8  # told of a text that stands in more


def slices(values: Values) -> list[Block]:
    """Return a table of figures for each column that the listings were cut by."""
    found = values.get("slices") or []
    if not found:
        return []
    names = list(dict.fromkeys(each["column"] for each in found))
    columns = (
        Column("listings", numeric=True),
        Column("positives", numeric=True),
        Column("flagged", numeric=True),
        Column("precision", numeric=True),
        Column("recall", numeric=True),
        Column("average precision", numeric=True),
    )
    blocks: list[Block] = [Heading("Slices")]
    if values.get("least_slice") is not None:
        blocks.append(
            Words(
                f"Figures of fewer than {count(values['least_slice'])} listings are withheld: they"
                " would say more about chance than about the slice."
            )
        )
    for name in names:
        rows = tuple(_slice(each) for each in found if each["column"] == name)
        blocks.append(Grid((Column(name), *columns), rows, f"By {name}, with 95 % intervals"))
    return blocks


def _slice(value: Values) -> tuple[str | Quoted, ...]:
    metrics = value.get("metrics")
    shown = (
        ["withheld"] * 3
        if value.get("withheld") or not metrics
        else [short(metrics.get(name)) for name in ("precision", "recall", "average_precision")]
    )
    counts = (count(value[name]) for name in ("n", "n_positive", "n_flagged"))
    return (Quoted(str(value["value"])), *counts, *shown)


def harm(values: Values) -> list[Block]:
    """Return who carries the false flags, and which authorised sellers were flagged at all."""
    found = values.get("harm")
    if not found:
        return []
    n_sellers, n_hit = found["n_sellers"], found["n_sellers_hit"]
    hit_share = n_hit / n_sellers if n_sellers else None
    facts = (
        Fact("false flags", count(found["n_false"]), "flagged, and labelled genuine"),
        Fact("sellers hit", count(n_hit), f"{percent(hit_share)} of {count(n_sellers)}"),
        Fact("on the ten most hit", percent(found.get("top_share")), "of the false flags"),
    )
    blocks: list[Block] = [Heading("Harm: who carries the false flags"), Facts(facts)]
    if found.get("sellers"):
        columns = (
            Column("seller"),
            Column("genuine listings", numeric=True),
            Column("false flags", numeric=True),
            Column("rate", numeric=True),
            Column("95 % interval", numeric=True),
        )
        rows = tuple(
            (
                _seller(each),
                count(each["n"]),
                count(each["n_false"]),
                percent((each.get("rate") or {}).get("value")),
                interval(each.get("rate") or {}, percent),
            )
            for each in found["sellers"]
        )
        caption = "Sellers with the most false flags"
        if found.get("interval"):
            caption += f"; intervals by {found['interval']}"
        blocks.append(Grid(columns, rows, caption))
    return [*blocks, *_authorised(found.get("authorised"))]


def _seller(value: Values) -> str | Quoted:
    name = value.get("seller")
    return "not named" if name in {None, ""} else Quoted(str(name))


def _authorised(authorised: Values | None) -> list[Block]:
    if authorised is None:
        return []
    sellers = authorised.get("sellers")
    text = (
        f"{count(authorised['n_listed'])} authorised sellers are listed;"
        f" {count(authorised['n_found'])} of them have listings here"
    )
    if not sellers:  # a card does not say
        return [Words(f"{text}." if sellers is None else f"{text}, and none was flagged.")]
    columns = (
        Column("authorised seller"),
        Column("listings", numeric=True),
        Column("flagged", numeric=True),
    )
    rows = tuple((_seller(each), count(each["n"]), count(each["n_flagged"])) for each in sellers)
    return [
        Words(f"{text}. Some were flagged: look at these first.", "warning"),
        Grid(columns, rows, "Authorised sellers that were flagged"),
    ]


def review(values: Values) -> list[Block]:
    """Return texts with both labels, and labels that the scores contradict."""
    found = values.get("review")
    if not found:
        return []
    text = (
        f"{count(found['n_conflicts'])} texts have both labels, and"
        f" {count(found['n_label_errors'])} labels look wrong by these scores."
    )
    blocks: list[Block] = [Heading("Labels to look at again"), Words(text)]
    if conflicts := found.get("conflicts") or []:
        columns = (
            Column("text"),
            Column("positive", numeric=True),
            Column("negative", numeric=True),
            Column("rows"),
        )
        rows = tuple(
            (
                Quoted(each["text"]),
                count(each["n_positive"]),
                count(each["n_negative"]),
                _rows(each["rows"], each["n_positive"] + each["n_negative"]),
            )
            for each in conflicts
        )
        caption = "The same text with both labels; rows count from 1 in the input"
        blocks.append(Grid(columns, rows, caption))
    if errors := found.get("label_errors") or []:
        blocks.append(_label_errors(errors))
    return blocks


def _rows(rows: Sequence[int], n: int) -> str:
    """Return the first of n rows, and how many more there are."""
    told = rows[:_N_ROWS]
    more = f" and {n - len(told):,} more" if n > len(told) else ""
    return ", ".join(map(str, told)) + more


def _label_errors(errors: Sequence[Values]) -> Grid:
    columns = (
        Column("row", numeric=True),
        Column("label", numeric=True),
        Column("score", numeric=True),
        Column("text"),
        Column("seller"),
    )
    rows = tuple(
        (
            count(each["row"]),
            str(int(each["label"])),
            score(each["score"]),
            Quoted(each["text"]),
            _seller(each),
        )
        for each in errors
    )
    return Grid(columns, rows, "Labels that the scores contradict most")
