"""The flagged listings of a scored file by brand, seller or language, in bounded memory."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from fakedetect.metrics import Estimate, clopper_pearson
from fakedetect.scored import ScoredFile

if TYPE_CHECKING:
    import pyarrow as pa

N_VALUES = 15  # of a column
LONGEST_NAME = 100
_MOST_COUNTED = 100_000  # values of a column at a time
_N_CANDIDATES = 4 * N_VALUES


class Share(NamedTuple):
    """The listings of one brand, seller or language, those flagged, and their rate."""

    value: str
    n: int
    n_flagged: int
    rate: Estimate


class Breakdown(NamedTuple):
    """The values of a column with the most flagged listings, most first.

    Attributes
    ----------
    column
        Its name.
    shares
        At most fifteen values that have any.
    is_complete
        Whether it is certain that no value with more flagged listings is missing.
    """

    column: str
    shares: tuple[Share, ...]
    is_complete: bool


class Frequent:
    """Which values of a column occur most often, in bounded memory.

    At most so many are counted. When there are more, as much is taken off all counts as leaves so
    many, and what a value may have lost is known (Misra and Gries 1982, merged as by Agarwal et
    al. 2013). While there are fewer, the counts are exact.
    """

    def __init__(self, most: int = _MOST_COUNTED) -> None:
        self.counts: Counter[str] = Counter()
        self.lost = 0
        self._most = most

    def add(self, values: pa.Array) -> None:
        """Count some values."""
        self.counts.update(_counted(values))
        if len(self.counts) > self._most:
            off = heapq.nlargest(self._most + 1, self.counts.values())[-1]
            self.lost += off
            self.counts = Counter({v: n - off for v, n in self.counts.items() if n > off})

    def first(self, n: int) -> list[str]:
        """Return the most frequent values; of equal ones the first by name."""
        ranked = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        return [value for value, _ in ranked[:n]]


def names_in(file: ScoredFile, table: pa.Table, column: str) -> pa.Array:
    """Return the values of a column, each of bounded length."""
    import pyarrow.compute as pc

    return pc.utf8_slice_codeunits(file.values(table, column), 0, LONGEST_NAME)


def breakdowns(file: ScoredFile, frequent: Mapping[str, Frequent]) -> tuple[Breakdown, ...]:
    """Count the listings of the values that have the most flagged ones.

    Parameters
    ----------
    file
        The scored file, which is read once more if there is any such value.
    frequent
        By column, the values that occur most often among the flagged listings.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = {
        name: each.first(_N_CANDIDATES)
        for name, each in frequent.items()
        if each.counts or each.lost
    }
    n = {name: Counter[str]() for name in wanted}
    n_flagged = {name: Counter[str]() for name in wanted}
    for rows in file if any(wanted.values()) else ():
        for name, values in wanted.items():
            found = names_in(file, rows.table, name)
            is_wanted = pc.is_in(found, value_set=pa.array(values, pa.string()))
            n[name].update(_counted(found.filter(is_wanted)))
            flagged = pc.and_(is_wanted, pa.array(rows.flagged))
            n_flagged[name].update(_counted(found.filter(flagged)))
    return tuple(_breakdown(name, n[name], n_flagged[name], frequent[name].lost) for name in wanted)


def _counted(values: pa.Array) -> dict[str, int]:
    found = values.value_counts()
    return dict(zip(found.field(0).to_pylist(), found.field(1).to_pylist(), strict=True))


def _breakdown(name: str, n: Counter[str], n_flagged: Counter[str], lost: int) -> Breakdown:
    ranked = sorted(n_flagged.items(), key=lambda item: (-item[1], item[0]))[:N_VALUES]
    shares = tuple(Share(value, n[value], k, clopper_pearson(k, n[value])) for value, k in ranked)
    # A value that is not among the candidates has at most what may have been lost.
    is_complete = not lost or (len(ranked) == N_VALUES and ranked[-1][1] >= lost)
    return Breakdown(name, shares, is_complete)
