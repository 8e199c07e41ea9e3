"""The pages of rising terms and of the lexicon."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING

from fakedetect.page import Block, Cell, Column, Grid, Page, Quoted, Words
from fakedetect.wording import count, percent

if TYPE_CHECKING:
    from fakedetect.claims import Claim
    from fakedetect.rising import Rising, RisingTerm


def rising(value: Rising) -> Page:
    """Return the page of rising terms."""
    n = len(value.terms)
    terms = f"{count(n)} {'term is' if n == 1 else 'terms are'}" if n else "No term is"
    blocks: list[Block] = [
        Words(
            f"{terms} newly rising among suspected listings since {value.since}.",
            "verdict",
        )
    ]
    if value.terms:
        blocks.append(_terms(value))
    who = "sellers" if value.speakers else "different texts"
    blocks.append(
        Words(
            f"Of suspected listings, {count(value.n_since)} {who} since then are compared with"
            f" {count(value.n_before)} before; of others, {count(value.n_others_since)} with"
            f" {count(value.n_others_before)}. Of {count(value.n_tested)} terms tested, those are"
            " told that have grown by more than among others, and of which 5 % are expected to be"
            " there by chance.",
            "note",
        )
    )
    if not value.speakers:
        blocks.append(
            Words(
                "No seller is named, so every text speaks for itself, and one seller's fashion may"
                " look like many; name their column with --seller.",
                "warning",
            )
        )
    return Page("", (*blocks, *_left_out(value)))


def _terms(value: Rising) -> Grid:
    columns = (
        Column("term"),
        Column("said by", numeric=True),
        Column("share since", numeric=True),
        Column("before", numeric=True),
        Column("others since", numeric=True),
        Column("before", numeric=True),
        Column("what the lexicon says"),
    )
    return Grid(columns, tuple(_row(value, term) for term in value.terms))


def _row(value: Rising, term: RisingTerm) -> tuple[Cell, ...]:
    return (
        Quoted(term.term),
        count(term.n_since),
        _share(term.n_since, value.n_since),
        _share(term.n_before, value.n_before),
        _share(term.n_others_since, value.n_others_since),
        _share(term.n_others_before, value.n_others_before),
        term.claim.meaning if term.claim else "not in it",
    )


def _share(n: int, of: int) -> str:
    return percent(n / of if of else None)


def _left_out(value: Rising) -> list[Words]:
    told = (
        ("listings without a time", value.n_undated),
        ("records that could not be read", value.n_errored),
    )
    return [Words(f"Left out: {count(n)} {what}.", "warning") for what, n in told if n]


def entries(claims: Iterable[Claim]) -> Page:
    """Return the page of a lexicon."""
    columns = (Column("term"), Column("kind"), Column("what sellers mean"), Column("honest use"))
    grids = (
        Grid(
            columns,
            tuple(
                ("; ".join(each.forms), each.kind, each.meaning, each.ambiguous) for each in found
            ),
            f"Language: {language}",
        )
        for language, found in groupby(claims, key=lambda claim: claim.language)
    )
    return Page("", tuple(grids))
