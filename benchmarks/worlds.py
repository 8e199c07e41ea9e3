"""Worlds of listings and events with known truth: simulated ones, and real titles.

The real titles are those of ``market-titles.csv`` with simulated reporters, who say of a listing
what its seller filed it under, or lie.
"""

from __future__ import annotations

import tempfile
import time
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from fakedetect.events import COLUMNS, checked, time_text
from fakedetect.ledger import Ledger

from .children import ROOT

REAL = ROOT.parent / "shared" / "data" / "market-titles.csv"
# Simulated reporters of the real titles: how many, what share of the suspected listings they find,
# how often they are wrong, and what share of the notices a reviewer decides.
N_REPORTERS, FOUND, WRONG, DECIDED = 10, 0.6, 0.07, 0.6


def real(seed: int, attack: str = "none", share: float = 0.0, decided: float = DECIDED) -> World:
    """Return the real titles with simulated reporters who say what sellers' own labels say.

    A title is listed at its first date; notices come within a week, verdicts within another.
    """
    rng = np.random.default_rng(seed)
    table = pd.read_csv(REAL, dtype=str, keep_default_na=False)
    listed = pd.to_datetime(table["first_date"], utc=True)
    label = table["label"].to_numpy() == "1"
    n = len(table)
    claims = []
    owners = rng.integers(N_REPORTERS, size=n)
    noticed = (label & (rng.random(n) < FOUND)) | (
        ~label & (rng.random(n) < FOUND * label.mean() * WRONG)
    )
    endorsed = ~label & ~noticed & (rng.random(n) < 0.03)
    for number in range(N_REPORTERS):
        own = owners == number
        claims.append(_Claims(f"owner-{number}", own & noticed, own & endorsed))
    claims += _liars(rng, attack, share, label, table["category"].to_numpy())
    return World(
        through_ledger(_events(rng, table, listed, label, claims, decided)),
        pd.DataFrame(
            {
                "listing_id": table["listing_id"],
                "listed": listed,
                "seller": table["seller"],
                "title": table["title"],
                "label": label.astype(int),
            }
        ),
    )


class _Claims(NamedTuple):
    """Which listings a reporter says infringe, and which are genuine."""

    reporter: str
    noticed: np.ndarray
    endorsed: np.ndarray


def _liars(
    rng: np.random.Generator, attack: str, share: float, label: np.ndarray, category: np.ndarray
) -> list[_Claims]:
    n = len(label)
    chosen = rng.random(n) < share
    match attack:
        case "flip":
            return [_Claims("liar", chosen & ~label, chosen & label)]
        case "smear":
            names, counts = np.unique(category[~label], return_counts=True)
            smeared = category == names[np.argsort(counts)[len(names) // 2]]
            return [_Claims("liar", smeared, np.zeros(n, bool))]
        case "hide":
            return [_Claims("liar", np.zeros(n, bool), chosen & label)]
        case "sybils":
            who = rng.integers(200, size=n)
            return [
                _Claims(f"sybil-{number}", chosen & ~label & (who == number),
                        chosen & label & (who == number))
                for number in range(200)
            ]  # fmt: skip
    return []


def _events(
    rng: np.random.Generator,
    table: pd.DataFrame,
    listed: pd.Series,
    label: np.ndarray,
    claims: list[_Claims],
    decided: float,
) -> pd.DataFrame:
    day = 86_400_000_000
    start = listed.astype("int64").to_numpy() // (1000 if listed.dtype.unit == "ns" else 1)
    rows: list[dict[str, Any]] = []

    def add(kind: str, place: int, when: int, **cells: str) -> str:
        event_id = f"e{len(rows)}"
        row = dict.fromkeys(COLUMNS, "") | cells
        row |= {"event_id": event_id, "event": kind, "time": time_text(when)}
        row |= {"listing_id": table["listing_id"].iloc[place], "brand": "any"}
        rows.append(row)
        return event_id

    for place in range(len(table)):
        seller, title = table["seller"].iloc[place], table["title"].iloc[place]
        add("listed", place, int(start[place]), seller=seller, title=title)
    for each in claims:
        for place in np.flatnonzero(each.noticed | each.endorsed).tolist():
            when = int(start[place]) + int(rng.integers(day, 7 * day))
            says = bool(each.noticed[place])
            kind = "notice" if says else "endorsement"
            reason = "counterfeit" if says else ""
            notice = add(kind, place, when, reporter=each.reporter, reason=reason)
            if says and rng.random() < decided:
                right = bool(label[place]) == (rng.random() >= 0.02)
                when += int(rng.integers(day, 7 * day))
                outcome = "upheld" if right else "rejected"
                add("verdict", place, when, outcome=outcome, reviewer="reviewer", regards=notice)
    return pd.DataFrame(rows)


class World(NamedTuple):
    """Events as a ledger hands them out, and the truth: listings with label and time listed."""

    events: pd.DataFrame
    truth: pd.DataFrame


def through_ledger(events: pd.DataFrame) -> pd.DataFrame:
    """Return events as a ledger hands them out that they were added to."""
    table = pa.Table.from_pandas(events[list(COLUMNS)], preserve_index=False)
    with tempfile.TemporaryDirectory() as folder, Ledger(f"{folder}/l.db", create=True) as ledger:
        ledger.add(checked(table, now=time.time_ns() // 1000, by_owner=True))
        return ledger.frame(texts=True)
