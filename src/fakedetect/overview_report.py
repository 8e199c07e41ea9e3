"""The page of a scored file."""

from __future__ import annotations

from collections.abc import Sequence

from fakedetect.breakdowns import Breakdown
from fakedetect.overview import Listing, Overview
from fakedetect.page import (
    Block,
    Cell,
    Column,
    Fact,
    Facts,
    Figure,
    Grid,
    Heading,
    Page,
    Quoted,
    Words,
    painted_text,
    signed,
)
from fakedetect.plots import Histogram, Mark
from fakedetect.wording import count, interval, percent, score, threshold

_LONGEST_OF_TOP = 320  # characters of a text
_LANES = {
    "hold": "held until someone has looked",
    "review": "for someone to look at",
    "clear": "left alone",
}


def scored(value: Overview, path: str, *, notes: Sequence[str] = ()) -> Page:
    """Return the page of a scored file.

    Parameters
    ----------
    value
        What the file says.
    path
        What the file is called.
    notes
        What else is to be said of how listings came into their lanes, each a sentence that lacks
        its capital and its full stop.
    """
    return Page(
        f"Scored listings: {path}",
        (
            *_summary(value),
            *(Words(f"{note[:1].upper()}{note[1:]}.") for note in notes),
            *_scores(value),
            *_top(value),
            *_terms(value),
            *(block for each in value.breakdowns for block in _breakdown(each)),
        ),
    )


def _summary(value: Overview) -> list[Block]:
    share = value.n_flagged / value.n_scored if value.n_scored else None
    since = "" if value.threshold is None else f", from score {threshold(value.threshold)} on"
    why = "the column status says why" if value.n_errored else ""
    facts = [
        Fact("records read", count(value.n_read)),
        Fact("scored", count(value.n_scored)),
        Fact("could not be read", count(value.n_errored), why),
        Fact("flagged", count(value.n_flagged), f"{percent(share)} of those scored"),
    ]
    blocks: list[Block] = [
        Words(
            f"{count(value.n_flagged)} of {count(value.n_scored)} listings are flagged as suspected"
            f" counterfeits{since}.",
            "verdict",
        ),
        Facts(tuple(facts)),
        Words(f"Rule of the threshold: {value.rule}."),
    ]
    if value.lanes is not None:
        blocks += [Heading("Lanes"), Facts(tuple(_lanes(value)))]
        if value.n_explored:
            blocks.append(
                Words(
                    f"{count(value.n_explored)} of the listings to review were drawn by lot"
                    " below the threshold, so that what is missed can be estimated."
                )
            )
    return blocks


def _lanes(value: Overview) -> list[Fact]:
    lanes = value.lanes or {}
    names = [*_LANES, *(name for name in lanes if name not in _LANES)]
    return [
        Fact(
            name,
            count(lanes.get(name, 0)),
            f"{percent(lanes.get(name, 0) / value.n_scored)}"
            + (f", {_LANES[name]}" if name in _LANES else ""),
        )
        for name in names
        if value.n_scored
    ]


def _scores(value: Overview) -> list[Block]:
    if not value.n_scored:
        return []
    marks = []
    if value.threshold is not None:
        marks.append(Mark(value.threshold, f"flagged from {threshold(value.threshold)}"))
    if marks and value.hold is not None:
        marks.append(Mark(value.hold, f"held from {threshold(value.hold)}"))
    tenths = [
        sum(
            n for low, n in zip(value.edges[:-1], value.counts, strict=True) if _tenth(low) == tenth
        )
        for tenth in range(10)
    ]
    told = ", ".join(f"{tenth / 10:.1f} {n:,}" for tenth, n in enumerate(tenths))
    return [
        Heading("Scores"),
        Figure(
            Histogram(value.edges, value.counts, marks),
            f"Listings by score, in {len(value.counts)} bins. The scale of counts is logarithmic:"
            " each line is ten times the one below.",
            f"Listings by score in steps of 0.1, from: {told}.",
        ),
    ]


def _tenth(score: float) -> int:
    return int(score * 10 + 1e-9)


def _top(value: Overview) -> list[Block]:
    if not value.top:
        return []
    named = list(value.top[0].names)
    has_lanes = value.lanes is not None
    columns = [
        Column("row", numeric=True),
        Column("score", numeric=True),
        *([Column("lane")] if has_lanes else []),
        *([Column("text")] if value.has_text else []),
        *map(Column, named),
    ]

    def row(each: Listing) -> tuple[Cell, ...]:
        text = painted_text(each.text, each.spans, each.claims, longest=_LONGEST_OF_TOP, noted=True)
        return (
            count(each.row),
            score(each.score),
            *([Quoted(each.lane)] if has_lanes else []),
            *([text] if value.has_text else []),
            *(Quoted(each.names[name]) for name in named),
        )

    said = (
        "What speaks for suspicion is red with a solid line under it, what speaks against it blue"
        " with a dotted one; the stronger, the more. Figures are log-odds."
        if value.has_text
        else "The file has not the text that was scored, so it cannot be shown here nor explained;"
        " score without --ids-only to have it."
    )
    return [
        Heading("The most suspected listings"),
        Words(said, "plain" if value.has_text else "warning"),
        Grid(tuple(columns), tuple(map(row, value.top)), "Highest scores first"),
    ]


def _terms(value: Overview) -> list[Block]:
    if not value.terms:
        return []
    columns = (
        Column("word"),
        Column("log-odds in all", numeric=True),
        Column("listings with it", numeric=True),
    )
    rows = tuple(
        (Quoted(each.term), signed(each.value), count(each.n_listings)) for each in value.terms
    )
    caption = f"Words of the {count(value.n_explained)} listings with the highest scores"
    return [Heading("What speaks loudest for suspicion"), Grid(columns, rows, caption)]


def _breakdown(value: Breakdown) -> list[Block]:
    columns = (
        Column(value.column),
        Column("listings", numeric=True),
        Column("flagged", numeric=True),
        Column("rate", numeric=True),
        Column("95 % interval", numeric=True),
    )
    rows = tuple(
        (
            Quoted(each.value) if each.value else "none named",
            count(each.n),
            count(each.n_flagged),
            percent(each.rate.value),
            interval(each.rate._asdict(), percent),
        )
        for each in value.shares
    )
    caption = (
        f"By {value.column}: the most flagged listings first; intervals by Clopper and Pearson"
    )
    if not value.is_complete:
        caption += ". There are so many that some with as many flagged listings may be missing"
    return [Heading(f"By {value.column}"), Grid(columns, rows, caption)]
