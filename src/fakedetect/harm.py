"""Who would carry the false flags: honest sellers, and how many of the flags fall on how few."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fakedetect.errors import InputError
from fakedetect.labels import Labelled
from fakedetect.metrics import Bools, Estimate, wilson

MOST_SELLERS = 10
INTERVAL = "Wilson (1927), 95 %, as if a seller's listings were independent"


class Burdened(NamedTuple):
    """A seller with false flags: ``n_false`` of the seller's ``n`` genuine listings, the share."""

    seller: str
    n: int
    n_false: int
    rate: Estimate


class Flagged(NamedTuple):
    """An authorised seller with flags, right or wrong: ``n_flagged`` of ``n`` listings."""

    seller: str
    n: int
    n_flagged: int


class Authorised(NamedTuple):
    """Authorised sellers: how many are listed, how many have listings here, and who is flagged."""

    n_listed: int
    n_found: int
    sellers: list[Flagged]


class Harm(NamedTuple):
    """Who carries the false flags.

    Attributes
    ----------
    n_false
        Flagged listings that are labelled genuine.
    n_sellers, n_sellers_hit
        Sellers with genuine listings, and those of them with a false flag.
    top_share
        Share (0-1) of the false flags that the sellers below carry; NaN without false flags.
    sellers
        The ten with the most false flags.
    interval
        How the intervals of their rates were made.
    authorised
        The authorised sellers; None if none were named.
    """

    n_false: int
    n_sellers: int
    n_sellers_hit: int
    top_share: float
    sellers: list[Burdened]
    interval: str
    authorised: Authorised | None


def harm(labelled: Labelled, flagged: Bools, authorised: Iterable[str] | None = None) -> Harm:
    """Return who carries the false flags.

    Parameters
    ----------
    labelled
        The listings. Those without a seller count among the false flags, but for no seller.
    flagged
        Which of them are flagged, shape (n,).
    authorised
        Names of sellers who should never be flagged, written as in the listings.

    Raises
    ------
    InputError
        When authorised sellers are named, and the listings have no sellers.
    """
    n_groups = len(labelled.sellers)
    n_genuine = np.bincount(labelled.groups[~labelled.labels], minlength=n_groups)
    n_false = np.bincount(labelled.groups[flagged & ~labelled.labels], minlength=n_groups)
    named = np.array([name is not None for name in labelled.sellers], dtype=bool)
    hit = np.flatnonzero(named & (n_false > 0))
    most = hit[np.argsort(-n_false[hit], kind="stable")][:MOST_SELLERS]
    total = int(n_false.sum())
    return Harm(
        n_false=total,
        n_sellers=int((named & (n_genuine > 0)).sum()),
        n_sellers_hit=len(hit),
        top_share=float(n_false[most].sum() / total) if total else float("nan"),
        sellers=[
            Burdened(name or "", n, n_wrong, wilson(n_wrong, n))
            for name, n, n_wrong in zip(
                (labelled.sellers[number] for number in most.tolist()),
                n_genuine[most].tolist(),
                n_false[most].tolist(),
                strict=True,
            )
        ],
        interval=INTERVAL,
        authorised=None if authorised is None else _authorised(labelled, flagged, authorised),
    )


def read_authorised(path: str) -> list[str]:
    """Return the sellers' names of a UTF-8 file with one on each line; empty lines are none.

    Raises
    ------
    InputError
        When the file cannot be read or is not UTF-8.
    """
    try:
        lines = Path(path).read_text("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise InputError(f"cannot read the authorised sellers: {said}", file=path) from None
    return list(dict.fromkeys(filter(None, map(str.strip, lines))))


def _authorised(labelled: Labelled, flagged: Bools, names: Iterable[str]) -> Authorised:
    if not labelled.has_sellers:
        raise InputError(
            "authorised sellers are named, but the listings have no sellers; name their column",
            column=labelled.group_column,
        )
    listed = set(names)
    found = [number for number, name in enumerate(labelled.sellers) if name in listed]
    n = np.bincount(labelled.groups, minlength=len(labelled.sellers))
    n_flagged = np.bincount(labelled.groups[flagged], minlength=len(labelled.sellers))
    hit = [number for number in found if n_flagged[number]]
    hit.sort(key=lambda number: -n_flagged[number])
    sellers = [
        Flagged(labelled.sellers[number] or "", int(n[number]), int(n_flagged[number]))
        for number in hit
    ]
    return Authorised(len(listed), len(found), sellers)
