"""What a scored file says as a whole: counts, scores, the most suspected listings, and who sells.

It is read off the finished file, so that a run that was resumed, or made elsewhere, gives the same.
The file is read twice at most, in blocks: the second time counts the listings of the few brands and
sellers that the first found to have the most flagged ones, so that millions of sellers take no more
memory than a hundred thousand.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fakedetect.batch import Output
from fakedetect.breakdowns import LONGEST_NAME, Breakdown, Frequent, breakdowns, names_in
from fakedetect.explanation import Claimed, Span
from fakedetect.lanes import LANES, REVIEW, Policy
from fakedetect.portions import ID_COLUMNS, MOST_EXPLAINED
from fakedetect.scored import Rows, ScoredFile
from fakedetect.tables import texts_of
from fakedetect.text import canonical

if TYPE_CHECKING:
    from fakedetect.model import Model

BY = ("brand", "seller", "language")
N_TOP = 20
N_FOR_TERMS = 200  # listings with the highest scores, whose words are summed
N_TERMS = 20
N_BINS = 50


class Listing(NamedTuple):
    """A listing of the file with one of the highest scores.

    Attributes
    ----------
    row, score
        Its row (the first is 1) and its score (0-1).
    names
        What the file calls it and its seller, by column.
    lane
        Its lane; empty if the file has none.
    text
        The beginning of its text; empty if the file has none.
    spans
        The words of the text with what each adds to the margin, in log-odds.
    claims
        What sellers mean by those that speak for suspicion, as far as the lexicon knows.
    """

    row: int
    score: float
    names: dict[str, str]
    lane: str
    text: str
    spans: tuple[Span, ...] = ()
    claims: tuple[Claimed, ...] = ()


class Term(NamedTuple):
    """A word: its log-odds, summed over the listings that it stands in, and how many these are."""

    term: str
    value: float
    n_listings: int


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What a scored file says as a whole.

    Attributes
    ----------
    n_read, n_scored, n_errored, n_flagged
        Records, those with a score, those that could not be read, those flagged.
    threshold, hold
        The scores from which a listing is flagged, and held; None where none is.
    rule
        What chose the threshold.
    lanes
        Listings in each lane; None if the file has no lanes.
    n_explored
        Listings drawn by lot below the threshold; None if the file does not say.
    edges, counts
        Ends of 50 bins of scores, and the listings in each.
    top
        The listings with the highest scores, highest first; of equal scores the first.
    terms, n_explained
        What speaks loudest for suspicion in the listings with the highest scores, and how many of
        those were looked at, 200 at most.
    breakdowns
        By brand, seller and language, as far as the file has such columns.
    has_text
        Whether the file has the text that was scored.
    """

    n_read: int
    n_scored: int
    n_errored: int
    n_flagged: int
    threshold: float | None
    hold: float | None
    rule: str
    lanes: dict[str, int] | None
    n_explored: int | None
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    top: tuple[Listing, ...]
    terms: tuple[Term, ...]
    n_explained: int
    breakdowns: tuple[Breakdown, ...]
    has_text: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the overview as plain data."""
        return {
            **{name: getattr(self, name) for name in self.__dataclass_fields__},
            "edges": list(self.edges),
            "counts": list(self.counts),
            "top": [
                {
                    **each._asdict(),
                    "spans": [span._asdict() for span in each.spans],
                    "claims": [claimed.as_dict() for claimed in each.claims],
                }
                for each in self.top
            ],
            "terms": [each._asdict() for each in self.terms],
            "breakdowns": [
                {
                    **each._asdict(),
                    "shares": [{**s._asdict(), "rate": s.rate._asdict()} for s in each.shares],
                }
                for each in self.breakdowns
            ],
        }


def overview(
    path: str,
    model: Model,
    *,
    output: Output = Output(),  # noqa: B008 # a constant
    text: Sequence[str] | None = None,
    policy: Policy | None = None,
    rule: str | None = None,
    by: Sequence[str] = BY,
    n_top: int = N_TOP,
) -> Overview:
    """Return what a scored file says as a whole.

    Parameters
    ----------
    path
        A file that ``score_file`` has written.
    model, output, text
        What it was scored with.
    policy
        By what listings came into their lanes; None takes the model's threshold and hold.
    rule
        What chose the threshold, in words; None takes the model's.
    by
        Columns to break the flagged down by, as far as they are there.
    n_top
        Listings to return and to explain.

    Raises
    ------
    InputError
        When the file cannot be read or lacks the columns that scoring adds.
    """
    policy = policy or Policy(model.threshold, model.hold)
    file = ScoredFile(path, output)
    tally = _Tally(max(n_top, N_FOR_TERMS), file, text or model.text_columns, by)
    for rows in file:
        tally.add(rows)
    explained = [_explained(each, model) if each.text else each for each in tally.highest()]
    return Overview(
        n_read=tally.n_read,
        n_scored=tally.n_scored,
        n_errored=tally.n_errored,
        n_flagged=tally.n_flagged,
        threshold=policy.flagged_from,
        hold=policy.held_from,
        rule=model.card["threshold"]["rule"] if rule is None else rule,
        lanes=tally.lanes,
        n_explored=tally.n_explored,
        edges=tuple(tally.edges.tolist()),
        counts=tuple(tally.counts.tolist()),
        top=tuple(explained[:n_top]),
        terms=_terms(explained[:N_FOR_TERMS]),
        n_explained=min(N_FOR_TERMS, len(explained)),
        breakdowns=breakdowns(file, tally.frequent),
        has_text=tally.has_text,
    )


class _Tally:
    """What is counted and kept while the file is read for the first time."""

    def __init__(
        self, n_kept: int, file: ScoredFile, text: Sequence[str], by: Sequence[str]
    ) -> None:
        self.n_read = self.n_scored = self.n_errored = self.n_flagged = 0
        self.lanes: dict[str, int] | None = None
        self.n_explored: int | None = None
        self.edges = np.linspace(0, 1, N_BINS + 1)
        self.counts = np.zeros(N_BINS, np.int64)
        self.frequent: dict[str, Frequent] = {}
        self.has_text = False
        self._n_kept = n_kept
        self._file = file
        self._text = list(text)
        self._by = list(by)
        self._highest: list[Listing] = []

    def add(self, rows: Rows) -> None:
        """Count some rows."""
        scored = ~np.isnan(rows.scores)
        self.n_read += len(scored)
        self.n_scored += int(scored.sum())
        self.n_errored += rows.n_errored
        self.n_flagged += int(rows.flagged.sum())
        self.counts += np.histogram(rows.scores[scored], self.edges)[0]
        self._add_lanes(rows)
        self._keep_highest(rows)
        flagged = rows.table.filter(rows.flagged)
        for name in self._by:
            if self._file.has(name, rows.table):
                counted = self.frequent.setdefault(name, Frequent())
                counted.add(names_in(self._file, flagged, name))

    def highest(self) -> list[Listing]:
        """Return the listings with the highest scores, highest first."""
        return sorted(self._highest, key=_by_score)

    def _add_lanes(self, rows: Rows) -> None:
        if rows.lanes is None:
            return
        self.lanes = self.lanes or {}
        for each in rows.lanes.value_counts().to_pylist():
            if each["values"]:  # a record that could not be read has none
                self.lanes[each["values"]] = self.lanes.get(each["values"], 0) + each["counts"]
        if rows.chances is not None:
            in_review = rows.lanes.to_numpy(zero_copy_only=False) == LANES[REVIEW]
            drawn = in_review & ~rows.flagged
            self.n_explored = (self.n_explored or 0) + int(drawn.sum())

    def _keep_highest(self, rows: Rows) -> None:
        ranked = np.argsort(-rows.scores, kind="stable")[: self._n_kept]  # NaN comes last
        least = min((each.score for each in self._highest), default=-1.0)
        if len(self._highest) < self._n_kept:
            least = -1.0
        ranked = ranked[rows.scores[ranked] > least]
        if not len(ranked):
            return
        found = self._listings(rows, ranked)
        self._highest = heapq.nsmallest(self._n_kept, [*self._highest, *found], key=_by_score)

    def _listings(self, rows: Rows, which: Any) -> Iterator[Listing]:
        import pyarrow as pa

        file, table = self._file, rows.table.take(which)
        columns = [name for name in self._text if file.has(name, table)]
        self.has_text = bool(columns)
        texts = [""] * len(which)
        if columns:
            cells = {name: file.values(table, name) for name in columns}
            texts = texts_of(pa.table(cells), columns)
        named = [name for name in (*ID_COLUMNS, "seller") if file.has(name, table)]
        labels = {name: names_in(file, table, name).to_pylist() for name in named}
        for place, row in enumerate(which.tolist()):
            yield Listing(
                row=rows.first + row,
                score=float(rows.scores[row]),
                names={name: found[place] for name, found in labels.items()},
                lane="" if rows.lanes is None else rows.lanes[row].as_py(),
                text=texts[place][:MOST_EXPLAINED],
            )


def _by_score(listing: Listing) -> tuple[float, int]:
    return -listing.score, listing.row


def _explained(listing: Listing, model: Model) -> Listing:
    found = model.explain(listing.text)
    return listing._replace(spans=tuple(found.spans), claims=tuple(found.claims))


def _terms(listings: Sequence[Listing]) -> tuple[Term, ...]:
    """Return the words that add most to the margins of some listings."""
    values: Counter[str] = Counter()
    n_listings: Counter[str] = Counter()
    for listing in listings:
        here: Counter[str] = Counter()
        for span in listing.spans:
            here[canonical(span.text)[:LONGEST_NAME]] += span.value  # type: ignore[assignment] # a Counter adds any number
        n_listings.update(here.keys())
        for word, value in here.items():
            values[word] += value
    ranked = sorted(values.items(), key=lambda item: (-item[1], item[0]))[:N_TERMS]
    return tuple(Term(word, value, n_listings[word]) for word, value in ranked if value > 0)
