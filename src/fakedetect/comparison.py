"""What changes when one model takes the place of another, on the same listings.

Where there are labels, both models are judged by the same ones. How far their figures differ is
known better than the figures themselves, since what is hard for one is mostly hard for the other
(``paired``). What changes without labels is in ``swap_sets``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, NamedTuple

import numpy as np

from fakedetect import metrics, tables
from fakedetect.errors import InputError
from fakedetect.labels import Labelled, read_labelled, seen_share
from fakedetect.metrics import Estimate, Figure, Ranking
from fakedetect.model import Model
from fakedetect.plaindata import plain
from fakedetect.resampling import Sample, paired
from fakedetect.swap_sets import (
    Agreement,
    Listings,
    Scoring,
    Scorings,
    Swaps,
    SwapSet,
    swap_set,
    swaps,
)
from fakedetect.text import canonical

FALSE_POSITIVE_RATE = 0.01
RECALL_AT_RATE = "recall_at_1_percent"


class Side(NamedTuple):
    """One of the two models on these listings.

    Attributes
    ----------
    threshold, rule
        The score from which it flags, and what chose that, in words.
    text_columns
        Where it reads.
    n_flagged
        Listings that it flags.
    seen_share
        About how large a share (0-1) of the distinct labelled texts it was trained on; NaN where
        it cannot be told, or none is labelled.
    """

    threshold: float
    rule: str
    text_columns: list[str]
    n_flagged: int
    seen_share: float


class Both(NamedTuple):
    """A figure of both models, and the challenger's less the champion's; NaN where undefined."""

    champion: Estimate
    challenger: Estimate
    difference: Estimate


class Judged(NamedTuple):
    """Both models on the labelled listings; precision and recall are at each one's threshold."""

    n_labelled: int
    n_positive: int
    n_groups: int
    group_column: str | None
    figures: dict[str, Both]


class Newly(NamedTuple):
    """An authorised seller: ``n_newly`` of ``n`` listings are newly flagged."""

    seller: str
    n: int
    n_newly: int


class Authorised(NamedTuple):
    """Authorised sellers: listed, with listings here, and those newly flagged, most first."""

    n_listed: int
    n_found: int
    sellers: tuple[Newly, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Comparison:
    """What changes when a challenger takes the champion's place.

    Attributes
    ----------
    champion, challenger
        The models.
    agreement
        Listings by who flags them.
    newly, no_longer
        Those that only the challenger flags, and only the champion.
    swaps
        Both by brand, seller or other columns.
    judged
        Figures on the labelled listings; None if none is labelled.
    authorised
        The authorised sellers; None if none were named.
    """

    champion: Side
    challenger: Side
    agreement: Agreement
    newly: SwapSet
    no_longer: SwapSet
    swaps: tuple[Swaps, ...]
    judged: Judged | None
    authorised: Authorised | None

    @property
    def average_precision(self) -> Estimate:
        """By how much the challenger's is higher than the champion's; NaN where undefined."""
        if self.judged is None:
            return Estimate(np.nan, np.nan, np.nan)
        return self.judged.figures["average_precision"].difference

    @property
    def newly_flagged_authorised(self) -> tuple[str, ...]:
        """Names of authorised sellers that have newly flagged listings, most first."""
        sellers = () if self.authorised is None else self.authorised.sellers
        return tuple(each.seller for each in sellers)

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as plain data, with texts and sellers."""
        found = {name: plain(getattr(self, name)) for name in self.__dataclass_fields__}
        found["agreement"] |= {"share": self.agreement.share, "kappa": self.agreement.kappa}
        return {"n": self.agreement.n, **found}


def compare(
    champion: Model,
    challenger: Model,
    listings: Any,
    *,
    label: str | None = None,
    text: Sequence[str] | None = None,
    group: str | None = None,
    by: Sequence[str] | None = None,
    authorised: Collection[str] | None = None,
    seed: int = 0,
    engine: str | None = None,
    n_threads: int | None = None,
) -> Comparison:
    """Return what changes when a challenger takes the champion's place on some listings.

    Parameters
    ----------
    champion, challenger
        The models, each of which flags by its own threshold.
    listings
        A pandas DataFrame or a pyarrow Table.
    label
        The column of labels: 1 suspected, 0 genuine, empty unlabelled; None reads no labels.
    text
        The text columns; None takes each model's own, as far as they are there.
    group
        The column of sellers; None takes ``seller`` if it is there.
    by
        Columns to count changes by; ``language`` without such a column goes by the script. None
        takes ``brand`` and that of sellers, as far as they are there.
    authorised
        Names of sellers who should never be flagged, written as in the listings.
    seed
        Seed of the intervals.
    engine, n_threads
        As in ``Model.margin``.

    Raises
    ------
    InputError
        When the listings are no table or have no rows, a column is missing, a text or label is
        none, or authorised sellers are named and there is no column of sellers.
    """
    if not tables.is_table(listings):
        raise InputError(
            f"listings to compare are of type {type(listings).__name__};"
            " give a pandas DataFrame or a pyarrow Table"
        )
    if not len(listings):
        raise InputError("no listings; the file or table has no rows")
    found = Listings.of(listings, label=label, text=text, group=group)
    if authorised is not None and found.group is None:
        raise InputError(
            "authorised sellers are named, but the listings have no sellers; name their column"
        )
    columns = found.columns(by, champion.text_columns)
    labelled = None
    if label is not None and any(mark is not None for mark in found.marks):
        labelled = read_labelled(
            listings, label=label, text=text, group=group, default_text=champion.text_columns
        )
    how = {"engine": engine, "n_threads": n_threads}
    both = Scorings(Scoring.of(champion, found, **how), Scoring.of(challenger, found, **how))
    return Comparison(
        champion=_side(both.champion, found, labelled),
        challenger=_side(both.challenger, found, labelled),
        agreement=both.agreement,
        newly=swap_set(found, both, newly=True),
        no_longer=swap_set(found, both, newly=False),
        swaps=tuple(swaps(name, values, both) for name, values in columns),
        judged=None if labelled is None else _judged(both, labelled, seed),
        authorised=None if authorised is None else _authorised(found, both, authorised),
    )


def _side(scoring: Scoring, found: Listings, labelled: Labelled | None) -> Side:
    model = scoring.model
    columns = tables.text_columns(found.table, found.text, model.text_columns)
    seen = float("nan")
    if labelled is not None:
        texts = labelled.texts
        if columns != labelled.text_columns:
            texts = list(map(canonical, found.texts(columns, labelled.rows - 1)))
        seen = seen_share(model.card["data"]["sketch"], texts)
    rule = model.card["threshold"]["rule"]
    return Side(model.threshold, rule, columns, int(scoring.flagged.sum()), seen)


def _judged(both: Scorings, labelled: Labelled, seed: int) -> Judged:
    first, second = (
        Sample.of(labelled.labels, each.scores[labelled.rows - 1], labelled.groups) for each in both
    )
    wanted = (
        figures(first.ranking, both.champion.model.threshold),
        figures(second.ranking, both.challenger.model.threshold),
    )
    found = paired(wanted, (first, second), seed=seed)
    return Judged(
        n_labelled=len(labelled.labels),
        n_positive=int(labelled.labels.sum()),
        n_groups=len(labelled.sellers),
        group_column=labelled.group_column,
        figures={name: Both(*each) for name, each in found.items()},
    )


def figures(ranking: Ranking, threshold: float) -> dict[str, Figure]:
    """Return the figures by which two models are compared, by name."""
    return {
        **metrics.figures(ranking, ranking.n_levels_from(threshold)),
        RECALL_AT_RATE: Figure(metrics.recall_at(FALSE_POSITIVE_RATE), ranking.labels),
    }


def _authorised(found: Listings, both: Scorings, names: Collection[str]) -> Authorised:
    listed = set(names)
    n = Counter(seller for seller in found.sellers if seller in listed)
    n_newly = Counter(seller for seller in compress(found.sellers, both.newly) if seller in listed)
    return Authorised(
        len(listed),
        len(n),
        tuple(Newly(seller, n[seller], n_hit) for seller, n_hit in n_newly.most_common()),
    )
