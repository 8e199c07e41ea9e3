"""Values to pages, and pages to files: what is printed, written and shown is made here.

Listing text is hostile to a terminal as well as to a browser. It comes into a page as ``Quoted`` or
``Painted``, and every face of a page keeps it from being obeyed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fakedetect import evaluation_report
from fakedetect.atomic import replacing
from fakedetect.errors import InputError
from fakedetect.evaluation_report import evaluation, figures
from fakedetect.page import (
    Cell,
    Column,
    Grid,
    Heading,
    Page,
    Quoted,
    Words,
    painted,
    signed,
)
from fakedetect.stress_report import stressed
from fakedetect.wording import score

if TYPE_CHECKING:
    from fakedetect.batch import Scored, Summary
    from fakedetect.explanation import Explanation
    from fakedetect.model import Model

__all__ = [
    "as_json", "card", "evaluation", "explanation", "figures",
    "scored_data", "stressed", "top", "training", "write",
]  # fmt: skip

_N_WORDS = 12  # shown of an explanation, strongest first
_LONGEST_OF_TOP = 160  # characters of a text
_CARD_SECTIONS = ("versions", "text", "features", "folds", "fit", "calibration", "ledger")


def as_json(value: Any) -> str:
    """Return plain data as JSON; what is undefined (NaN) becomes null.

    Everything outside ASCII is escaped, so that no listing's text can act on a terminal.
    """
    return json.dumps(_null_for_nan(value), indent=2, allow_nan=False)


def write(path: str, page: Page, values: Mapping[str, Any]) -> None:
    """Write a report file, which appears whole or not at all.

    Parameters
    ----------
    path
        File to write; its ending chooses the face: ``.html``, ``.md`` or ``.json``.
    page, values
        The page, and the plain data it was made from, which is what ``.json`` holds.

    Raises
    ------
    InputError
        When the ending is another or the file cannot be written.
    """
    from fakedetect import markdown, webpage

    match Path(path).suffix.lower():
        case ".html":
            text = webpage.rendered(page)
        case ".md":
            text = markdown.rendered(page)
        case ".json":
            text = as_json(values) + "\n"
        case _:
            raise InputError("a report is .html, .md or .json, by its ending", file=path)
    with replacing(path) as file:
        # No surrogate can come through printable, which every face uses; plain data are ASCII.
        file.write(text.encode())


def training(card: Mapping[str, Any]) -> Page:
    """Return what a training run found, from the model's card."""
    return evaluation_report.summary(card)


def card(model: Model, path: str) -> Page:
    """Return all that is known about a model: its figures, and how it was made."""
    header = model.header()
    rows: list[tuple[Cell, ...]] = [
        (f"{section} {name.replace('_', ' ')}", Quoted(_shown(value)))
        for section in _CARD_SECTIONS
        if isinstance(header.get(section), dict)
        for name, value in header[section].items()
    ]
    rows += [
        ("data fingerprint", Quoted(header["data"]["fingerprint"])),
        ("format of the file", str(header["format"])),
        ("intercept", _shown(header["intercept"])),
    ]
    canaries = tuple(
        (f"canary {number}", f"{each['score']:.6f}", Quoted(each["text"][:60]))
        for number, each in enumerate(header["canaries"], 1)
    )
    return Page(
        path,
        (
            *evaluation_report.sections(header),
            Heading("How the model was made"),
            Grid((Column("setting"), Column("value")), tuple(rows)),
            Grid(
                (Column("canary"), Column("score", numeric=True), Column("text")),
                canaries,
                "Texts whose scores are checked whenever the file is loaded",
            ),
        ),
    )


def explanation(value: Explanation) -> Page:
    """Return one listing's score, its painted text, and what each word adds."""
    verdict = "flagged as suspected counterfeit" if value.flagged else "not flagged"
    ranked = sorted(value.spans, key=lambda span: -abs(span.value))[:_N_WORDS]
    rows = tuple(
        (
            Quoted(span.text[:60]),
            signed(span.value),
            "for suspicion" if span.value > 0 else "against",
        )
        for span in ranked
        if span.value
    )
    columns = (Column("word"), Column("log-odds", numeric=True), Column("speaks"))
    total = f"{signed(value.margin)} log-odds"
    return Page(
        "",
        (
            Words(
                f"score {value.score:.3f}: {verdict} (threshold {value.threshold:.3f})", "verdict"
            ),
            *_whose(value),
            painted(value),
            Grid(columns, rows) if rows else Words("The model knows no word of it."),
            *_traces(value),
            *_claims(value),
            Words(
                f"intercept {signed(value.intercept)}, all words"
                f" {signed(value.margin - value.intercept)}, together {total}"
            ),
        ),
    )


def _traces(value: Explanation) -> tuple[Grid, ...]:
    """Return what had to be undone to read the listing; nothing if nothing had to."""
    if not value.traces:
        return ()
    rows = tuple(
        (Quoted(value.text[each.start : each.end][:60]), each.kind)
        for each in value.traces[:_N_WORDS]
    )
    title = "Undone to read it; honest listings have some of these as ornaments"
    return (Grid((Column("word"), Column("written with")), rows, title),)


def _claims(value: Explanation) -> tuple[Grid, ...]:
    """Return what sellers mean by words that speak for suspicion; nothing if nothing is known."""
    if not value.claims:
        return ()
    columns = (Column("claim"), Column("log-odds", numeric=True), Column("what sellers mean by it"))
    rows = tuple(
        (Quoted(each.span.text[:60]), signed(each.span.value), each.claim.meaning)
        for each in value.claims[:_N_WORDS]
    )
    return (Grid(columns, rows, "Claims; honest listings use some of the same words"),)


def _whose(value: Explanation) -> tuple[Words, ...]:
    """Return what is said where only a segment of the listing speaks."""
    if value.segment is None:
        return ()
    start, end = value.segment
    return (
        Words(
            "judged by its most suspicious segment, not by the whole text: characters"
            f" {start + 1:,} to {end:,} of {len(value.text):,}"
        ),
    )


def top(listings: Iterable[Scored], model: Model) -> Page:
    """Return the most suspected listings of a file with the words that made them so."""
    columns = (
        Column("row", numeric=True),
        Column("score", numeric=True),
        Column("text, and what speaks for suspicion and against"),
    )
    rows = tuple(
        (
            f"{each.row:,}",
            score(each.score),
            painted(model.explain(each.text), longest=_LONGEST_OF_TOP, noted=True),
        )
        for each in listings
    )
    return Page("", (Grid(columns, rows),))


def scored_data(summary: Summary, model: Model) -> dict[str, Any]:
    """Return what came of a scored file as plain data."""
    return {
        "n_read": summary.n_read,
        "n_scored": summary.n_scored,
        "n_errored": summary.n_errored,
        "n_flagged": summary.n_flagged,
        "n_held": summary.n_held,
        "n_review": summary.n_review,
        "n_explored": summary.n_explored,
        **summary.policy._asdict(),
        "threshold": summary.policy.flagged_from,
        "budget": None if summary.filling is None else summary.filling._asdict(),
        "top": [
            {
                "row": each.row,
                **model.explain(each.text).as_dict(),
                "score": each.score,
                "flagged": each.flagged,
            }
            for each in summary.top
        ],
    }


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    if isinstance(value, dict):
        return " ".join(f"{name} {_shown(each)}" for name, each in value.items())
    return str(value)


def _null_for_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _null_for_nan(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_null_for_nan(each) for each in value]
    return value
