"""The pages of a ledger: reporters, and what they have done to a model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fakedetect.learning import HEAVY, Influence
from fakedetect.page import Block, Cell, Column, Grid, Heading, Page, Quoted, Words
from fakedetect.reporters import PRIOR, SUSPENDED_BELOW, TIERS, Records
from fakedetect.wording import count, percent

if TYPE_CHECKING:
    import pandas as pd

_LONGEST_EXAMPLE = 60  # characters


def reporters(found: Records, as_of: pd.Timestamp, *, most: int) -> Page:
    """Return the page of reporters' records.

    Parameters
    ----------
    found
        The records.
    as_of
        Their date.
    most
        How many reporters are shown, those with the most decided claims first.
    """
    table = found.table.sort_values(["n_decided", "n_claims"], ascending=False, kind="stable")
    rows: list[tuple[Cell, ...]] = []
    for name, row in zip(table.index, table.to_dict("records"), strict=True):
        ends = "–".join(f"{100 * row[end]:.0f}" for end in ("low", "high"))
        rows.append(
            (
                Quoted(str(name)),
                row["tier"],
                count(row["n_claims"]),
                f"{count(row['n_borne_out'])} of {count(row['n_decided'])}",
                count(row["n_countered"]),
                f"{100 * row['rate']:.0f} ({ends})",
                row["lacks"] or "qualifies",
            )
        )
    columns = (
        Column("reporter"),
        Column("tier"),
        Column("claims", numeric=True),
        Column("borne out of decided", numeric=True),
        Column("countered", numeric=True),
        Column("rate, %", numeric=True),
        Column("lacks"),
    )
    rules = found.programme
    tiers = ", ".join(f"{count(int((table['tier'] == tier).sum()))} {tier}" for tier in TIERS)
    left = len(rows) - most
    return Page(
        "Reporters",
        (
            Words(f"{count(len(rows))} reporters as of {as_of:%Y-%m-%d}: {tiers}.", "verdict"),
            Words(
                f"Programme {rules.name}: {rules.words}. Decisions of {rules.window_days} days"
                " count. The rate is the mean of a Beta posterior, with its 95 % interval and the"
                f" prior {PRIOR[0]:g} to {PRIOR[1]:g}; suspended is who surely stays below"
                f" {percent(SUSPENDED_BELOW, 0)}. What a reporter lacks keeps it from qualifying.",
                "note",
            ),
            *([Grid(columns, tuple(rows[:most]))] if rows else []),
            *([Words(f"{count(left)} more are not shown; --json has all.")] if left > 0 else []),
        ),
    )


def reporters_data(found: Records, as_of: pd.Timestamp) -> dict[str, Any]:
    """Return reporters' records as plain data, with those for each reason."""
    by_reason: dict[str, list[dict[str, Any]]] = {}
    for row in found.by_reason.reset_index().to_dict("records"):
        by_reason.setdefault(row.pop("reporter"), []).append({str(k): v for k, v in row.items()})
    return {
        "as_of": as_of.isoformat(),
        "programme": found.programme._asdict(),
        "reporters": [
            {
                **{str(key): value for key, value in row.items()},
                "belief": float(found.belief[row["reporter"]]),
                "reasons": by_reason.get(row["reporter"], []),
            }
            for row in found.table.reset_index().to_dict("records")
        ],
    }


def influences(found: Iterable[Influence]) -> list[Block]:
    """Return what heavy reporters have done to a model, to stand on the page of its training."""
    found = list(found)
    if not found:
        return []
    columns = (
        Column("reporter"),
        Column("of suspected listings", numeric=True),
        Column("flags", numeric=True),
        Column("would vanish", numeric=True),
        Column("would appear", numeric=True),
        Column("such as"),
    )
    rows = tuple(
        (
            Quoted(each.reporter),
            percent(each.share),
            count(each.n_flagged),
            count(each.n_vanished),
            count(each.n_appeared),
            Quoted(each.examples[0][:_LONGEST_EXAMPLE] if each.examples else ""),
        )
        for each in found
    )
    return [
        Heading("What heavy reporters have done to it"),
        Grid(
            columns,
            rows,
            f"Reporters behind at least {percent(HEAVY, 0)} of the suspected listings: flags on"
            " training listings that would vanish, or appear, had one never been there",
        ),
    ]
