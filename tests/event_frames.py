"""Events as a ledger hands them out, from rows written short."""

from __future__ import annotations

import random

import pandas as pd
import pyarrow as pa

from fakedetect.events import COLUMNS, KINDS, checked
from fakedetect.ledger import Ledger

_START = pd.Timestamp("2026-01-01T00:00Z")
_NOW = pd.Timestamp("2036-01-01T00:00Z").value // 1000
_USUAL = {
    "notice": {"brand": "Zoë", "reason": "counterfeit"},
    "verdict": {"reviewer": "Jörg"},
    "authentication": {"reviewer": "laboratoire"},
}


def day(n):
    """Return the moment so many days after 2026 began."""
    return _START + pd.Timedelta(days=n).round("us")


def event(kind, n, listing="", reporter="", **cells):
    """Return an event on day ``n``, other cells as they mostly are."""
    named = {"listing_id": listing, "reporter": reporter}
    return {"event": kind, "time": day(n).isoformat(), **named, **_USUAL.get(kind, {}), **cells}


def framed(*rows, texts=False):
    """Return rows as a ledger hands them out that they were added to in this order."""
    cells = {name: [row.get(name, "") for row in rows] for name in COLUMNS}
    table = pa.table({name: pa.array(values, pa.string()) for name, values in cells.items()})
    with Ledger(":memory:", create=True) as ledger:
        ledger.add(checked(table, now=_NOW, by_owner=True))
        return ledger.frame(texts=texts)


def record(reporter, n_good, n_bad=0, *, n=50, **cells):
    """Return a reporter's notices on day ``n``, each about a listing of its own, and verdicts."""
    rows = []
    for place in range(n_good + n_bad):
        listing = f"{reporter}-{n}-{place}"
        outcome = "upheld" if place < n_good else "rejected"
        rows.append(event("notice", n, listing, reporter, **cells))
        rows.append(event("verdict", n + 1, listing, outcome=outcome))
    return rows


def muddle(seed, n=300):
    """Return events of every kind, drawn by lot, no two at the same time."""
    rng = random.Random(seed)
    rows, notices = [], []
    kinds = 2 * [name for name in KINDS if name not in {"gold", "revoke"}]
    kinds += ["gold", *6 * ["notice"], *2 * ["endorsement"]]
    for place in range(n):
        kind = rng.choice(kinds)
        row = event(kind, place / 2, f"å{rng.randrange(60)}", event_id=f"{rng.random():.9f}")
        row["outcome"] = rng.choice(KINDS[kind].outcomes)
        if kind in {"notice", "endorsement", "complaint"}:
            row["reporter"] = rng.choice(["Söhne", "b", "c", "д"])
        if kind not in {"authentication", "gold"} and rng.random() < 0.5:
            row["reason"] = rng.choice(["counterfeit", "trademark"])
        if kind in {"verdict", "counter_notice", "removed"} and notices and rng.random() < 0.6:
            answered = rng.choice(notices)
            row |= {"regards": answered["event_id"], "listing_id": answered["listing_id"]}
        if kind == "listed":
            row |= {"seller": rng.choice(["", "Müller", "李"]), "brand": rng.choice(["", "Zoë"])}
        notices += [row] * (kind == "notice")
        rows.append(row)
    return rows
