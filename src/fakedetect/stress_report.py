"""The page of a model under stress, from plain data: just made, or kept as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakedetect.page import Block, Column, Fact, Facts, Grid, Heading, Page, Words
from fakedetect.stress import UNTOUCHED, bucket
from fakedetect.wording import count, estimate, fixed, interval, is_defined, percent, short

Values = Mapping[str, Any]

TITLE = "A model for suspected counterfeits under attack"


def stressed(values: Values) -> Page:
    """Return the page of what ``stress`` found."""
    return Page(TITLE, tuple(sections(values)))


def sections(values: Values) -> list[Block]:
    """Return all that the page says, under its title."""
    return [
        *_verdict(values),
        *_rows(values),
        *_adaptive(values),
        *_false_positives(values),
        *_attacks(values),
        *_settings(values),
    ]


def _verdict(values: Values) -> list[Block]:
    rate = percent(values["settings"]["false_positive_rate"])
    text = (
        f"With {rate} of the honest listings flagged, recall is"
        f" {estimate(values['recall'], percent)}."
    )
    found = [row for row in values["rows"] if is_defined(row["kept"]["value"])]
    if found:
        worst = min(found, key=lambda row: row["kept"]["value"])
        text += (
            f" Of what is flagged, {percent(worst['kept']['value'])} still is under the attack that"
            f" does most, {worst['family']}."
        )
    return [Words(text, "verdict")]


def _rows(values: Values) -> list[Block]:
    if not values["rows"]:
        return []
    columns = (
        Column("attack"),
        Column("listings", numeric=True),
        Column("recall before", numeric=True),
        Column("recall after", numeric=True),
        Column("still flagged", numeric=True),
    )
    return [
        Heading("Before and after each attack"),
        Grid(columns, tuple(map(_row, values["rows"]))),
        Words(
            "Listings: those that the attack changes. Still flagged: of those that were flagged"
            " before, the share that is flagged all the same, with its 95 % interval; undefined"
            " where there are none.",
            "note",
        ),
    ]


def _row(row: Values) -> tuple[str, ...]:
    shown = fixed(row["before"], 2), fixed(row["after"], 2), short(row["kept"])
    return row["family"], count(row["n"]), *shown


def _adaptive(values: Values) -> list[Block]:
    found, settings = values["adaptive"], values["settings"]
    if found is None:
        return []
    return [
        Heading("A seller who tries until it passes"),
        Facts(
            (
                Fact(
                    "evaded",
                    percent(found["evaded"]["value"]),
                    f"{interval(found['evaded'], percent)}, of {count(found['n'])} flagged"
                    " listings",
                ),
                Fact(
                    "queries",
                    fixed(found["n_queries"], 1),
                    f"where it passed, on average; {settings['n_queries']} are allowed",
                ),
                Fact(
                    "characters changed",
                    percent(found["changed_rate"]),
                    f"where it passed, on average; {percent(settings['most_changed'])} are allowed",
                ),
            )
        ),
    ]


def _false_positives(values: Values) -> list[Block]:
    found = values["false_positives"]
    if not found:
        return []
    names = list(dict.fromkeys(each["family"] for each in found))
    lengths = list(dict.fromkeys((each["least"], each["most"]) for each in found))
    rates = {(each["family"], each["least"], each["most"]): each for each in found}
    columns = (
        Column("length as written"),
        Column("listings", numeric=True),
        *(Column(name, numeric=True) for name in names),
    )
    rows = tuple(
        (
            bucket(*length),
            count(rates[UNTOUCHED, *length]["n"]),
            *(percent(rates[name, *length]["rate"]["value"]) for name in names),
        )
        for length in lengths
    )
    return [
        Heading("Honest listings with words added"),
        Grid(
            columns,
            rows,
            "Share of honest listings that is flagged, by length and by what was added",
        ),
    ]


def _attacks(values: Values) -> list[Block]:
    if not values["rows"]:
        return []
    columns = (Column("attack"), Column("what it does"), Column("described in"))
    rows = tuple((row["family"], row["does"], row["reference"]) for row in values["rows"])
    return [Heading("The attacks"), Grid(columns, rows)]


def _settings(values: Values) -> list[Block]:
    settings = values["settings"]
    return [
        Words(
            f"{count(values['n_suspected'])} suspected and {count(values['n_honest'])} honest"
            f" listings, of which no more than {count(settings['most'])} of each were attacked;"
            f" {percent(settings['strength'], 0)} of the cues; seed {settings['seed']}.",
            "note",
        )
    ]
