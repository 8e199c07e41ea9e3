"""Terms that are newly rising among suspected listings: what sellers have begun to say.

Sellers change their words as soon as the old ones are found out. A term is called rising when the
share of sellers who say it in suspected listings has grown since a date by more than chance allows,
and by more than it has grown among all others, so that the words of a season do not count.

*Speakers.* A seller says a term or does not, however many listings say it. Where no seller is named
a text speaks, and its copies with it.

*Test.* Of all speakers of suspected listings who say a term, before the date or since, some number
does so since. If its odds had changed as they have for other listings, that number would follow
Fisher's noncentral hypergeometric distribution; if they had not changed at all, the central one
(Fisher's exact test). The larger of the two one-sided probabilities is the term's, and
Benjamini and Hochberg's procedure (1995) keeps the expected share of terms that are listed by
chance below 5 %. The change among others is estimated with one speaker added, spread over both
times, so that a term that nobody else says has not changed.

*Memory* is bounded: terms are counted as by Misra and Gries (1982), and who has said what already
is remembered in a field of bits (Bloom 1970), which now and then takes a new speaker for one who
has spoken. Files are read twice.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fakedetect.batch import Output
from fakedetect.breakdowns import Frequent
from fakedetect.claims import Claim, known
from fakedetect.errors import InputError
from fakedetect.seen import Field, Keys, hashes, mixed
from fakedetect.speakers import N_GROUPS, OTHERS, SUSPECTED, Columns, Rows, Source
from fakedetect.streams import STANDARD_STREAM
from fakedetect.terms import parts_of, terms_of
from fakedetect.times import not_before

if TYPE_CHECKING:
    from fakedetect.model import Model

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LEAST_SPEAKERS = 5
LEVEL = 0.05
N_TERMS = 20
_MOST_TRIED = 20_000  # terms, the most frequent first
# A term is told within another if they have nine tenths of their speakers in common, and shares
# words with it by accident if it has less than half as many.
_MUCH, _LITTLE = 0.9, 0.5


class RisingTerm(NamedTuple):
    """A term, and how many speakers say it.

    Attributes
    ----------
    term
        A word or two, in canonical spelling; of scripts without spaces two to four characters.
    n_since, n_before
        Speakers of suspected listings who say it.
    n_others_since, n_others_before
        Speakers of other listings who do.
    q
        The expected share of terms that are there by chance, among those as certain as this.
    claim
        What the lexicon knows of it; None if it does not.
    """

    term: str
    n_since: int
    n_before: int
    n_others_since: int
    n_others_before: int
    q: float
    claim: Claim | None

    def as_dict(self) -> dict[str, Any]:
        """Return the term as plain data."""
        claim = None if self.claim is None else self.claim.as_dict()
        return {**self._asdict(), "claim": claim}


@dataclass(frozen=True, kw_only=True)
class Rising:
    """Terms that are newly rising among suspected listings.

    Attributes
    ----------
    since
        The date, as it was given.
    speakers
        Column of sellers; None where texts speak for themselves.
    n_since, n_before, n_others_since, n_others_before
        Speakers of suspected and of other listings.
    n_undated, n_errored
        Listings that have no time, and records that could not be read; neither is counted.
    n_tested
        Terms that were tested: those with five speakers of suspected listings at least.
    terms
        Those that rise, the most certain first.
    """

    since: str
    speakers: str | None
    n_since: int
    n_before: int
    n_others_since: int
    n_others_before: int
    n_undated: int
    n_errored: int
    n_tested: int
    terms: tuple[RisingTerm, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**values, "terms": [term.as_dict() for term in self.terms]}


def rising(
    paths: str | Sequence[str],
    *,
    since: str,
    time: str,
    model: Model | None = None,
    text: Sequence[str] | None = None,
    seller: str | None = None,
    output: Output = Output(),  # noqa: B008 # a constant
    n_terms: int = N_TERMS,
) -> Rising:
    """Return the terms that are newly rising among suspected listings.

    Parameters
    ----------
    paths
        Listing files, read twice; without a model those that ``score_file`` has written.
    since
        From when on a listing is new: a number or an ISO 8601 date.
    time
        Column of the listings' times.
    model
        Flags the suspected listings; None takes the files' own flags.
    text
        Text columns; None takes the model's, or title and description, as far as they are there.
    seller
        Column of sellers; None takes ``seller`` if there is one.
    output
        How scored files were written.
    n_terms
        Most terms to return.

    Raises
    ------
    InputError
        When a file cannot be read or lacks a column, a time is none, or there is no suspected
        listing before the date or none since.
    """
    names = [paths] if isinstance(paths, str) else list(paths)
    if STANDARD_STREAM in names:
        raise InputError("the listings are read twice, so not from standard input; name a file")
    not_before([], since, time, [])  # says whether it is a time before anything is read
    source = Source(names, model, output, Columns(time, seller, text, since))
    first = _First()
    for rows in source:
        first.add(rows)
    _check_groups(first.n_speakers, since)
    tried = first.tried()
    second = _Second(tried)
    for rows in source:
        second.add(rows)
    found = _tested(tried, second.counts, first.n_speakers)
    n_others_before, n_others_since, n_before, n_since = first.n_speakers.tolist()
    return Rising(
        since=since,
        speakers=source.speakers,
        n_since=n_since,
        n_before=n_before,
        n_others_since=n_others_since,
        n_others_before=n_others_before,
        n_undated=first.n_undated,
        n_errored=first.n_errored,
        n_tested=len(tried),
        terms=tuple(itertools.islice(_told(found), n_terms)),
    )


class _Said(NamedTuple):
    """Who says what in some listings: a term, a speaker and a group each."""

    terms: npt.NDArray[np.intp]
    keys: Keys
    groups: npt.NDArray[np.intp]

    def first(self, field: Field) -> _Said:
        """Return those that have not been said before."""
        keys, places = np.unique(self.keys, return_index=True)
        new = np.sort(places[field.add(keys)])
        return _Said(self.terms[new], self.keys[new], self.groups[new])


def _said(terms: Sequence[Sequence[int]], names: Sequence[str], rows: Rows) -> _Said:
    """Return who says what.

    Parameters
    ----------
    terms
        The terms of each listing, as places in ``names``.
    names
        What the terms are called.
    rows
        The listings.
    """
    which = np.array([place for each in terms for place in each], np.intp)
    listing = np.repeat(np.arange(len(terms)), [len(each) for each in terms])
    groups = rows.groups[listing]
    speakers = hashes(rows.speakers)[listing]
    keys = mixed(hashes(names)[which] ^ mixed(speakers + groups.astype(np.uint64)))
    return _Said(which, keys, groups)


class _First:
    """What the first reading counts: speakers, and who says which term in suspected listings."""

    def __init__(self) -> None:
        self.n_speakers = np.zeros(N_GROUPS, np.int64)
        self.n_undated = self.n_errored = 0
        self._field = Field()
        self._frequent = Frequent()

    def add(self, rows: Rows) -> None:
        """Count some listings."""
        import pyarrow as pa

        self.n_undated += rows.n_undated
        self.n_errored += rows.n_errored
        anybody = _said([(0,)] * len(rows.texts), [""], rows).first(self._field)
        self.n_speakers += np.bincount(anybody.groups, minlength=N_GROUPS)
        places: dict[str, int] = {}
        terms = [
            [places.setdefault(term, len(places)) for term in sorted(terms_of(text))]
            if group >= SUSPECTED
            else []
            for text, group in zip(rows.texts, rows.groups, strict=True)
        ]
        names = list(places)
        said = _said(terms, names, rows).first(self._field)
        self._frequent.add(pa.array([names[place] for place in said.terms], pa.string()))

    def tried(self) -> list[str]:
        """Return the terms that have speakers enough to be tested."""
        counts, lost = self._frequent.counts, self._frequent.lost
        return [
            term
            for term in self._frequent.first(_MOST_TRIED)
            if counts[term] + lost >= LEAST_SPEAKERS
        ]


class _Second:
    """What the second reading counts: speakers of the terms that are tested, by group."""

    def __init__(self, terms: Sequence[str]) -> None:
        self.counts = np.zeros((N_GROUPS, len(terms)), np.int64)
        self._terms = terms
        self._places = {term: place for place, term in enumerate(terms)}
        self._field = Field()

    def add(self, rows: Rows) -> None:
        """Count some listings."""
        if not self._terms:
            return
        tried = self._places.keys()
        terms = [[self._places[term] for term in terms_of(text) & tried] for text in rows.texts]
        said = _said(terms, self._terms, rows).first(self._field)
        np.add.at(self.counts, (said.groups, said.terms), 1)


def _check_groups(n_speakers: Counts, since: str) -> None:
    for group, when in ((SUSPECTED, "before"), (SUSPECTED + 1, "since")):
        if not n_speakers[group]:
            raise InputError(
                f"no suspected listing is dated {when} {since}, so nothing can be compared; choose"
                " another date, or give listings of a longer time"
            )


def _tested(terms: Sequence[str], counts: Counts, n_speakers: Counts) -> list[RisingTerm]:
    """Return the terms that rise, the most certain first."""
    odds = _season(terms, _odds(counts[:SUSPECTED], n_speakers[:SUSPECTED]))
    chances = _chances(counts[SUSPECTED:], n_speakers[SUSPECTED:], odds)
    q = _adjusted(chances)
    order = sorted(range(len(terms)), key=lambda i: (chances[i], -counts[-1, i], -len(terms[i])))
    return [
        RisingTerm(
            term=terms[place],
            n_since=int(counts[SUSPECTED + 1, place]),
            n_before=int(counts[SUSPECTED, place]),
            n_others_since=int(counts[OTHERS + 1, place]),
            n_others_before=int(counts[OTHERS, place]),
            q=float(q[place]),
            claim=known(terms[place]),
        )
        for place in order
        if q[place] <= LEVEL and counts[SUSPECTED + 1, place] >= LEAST_SPEAKERS
    ]


def _chances(counts: Counts, n_speakers: Counts, odds: Floats) -> Floats:
    """Return how probable it is that as many speakers, or more, say each term since the date.

    Parameters
    ----------
    counts
        Speakers of each term before the date and since, shape (2, n).
    n_speakers
        All speakers before and since, shape (2,).
    odds
        By what factor the odds of saying each term would have grown anyway, shape (n,).
    """
    n_since, n = int(n_speakers[1]), int(n_speakers.sum())
    said, since = counts.sum(axis=0).tolist(), counts[1].tolist()
    factors = np.maximum(1.0, odds).tolist()
    return np.array(
        [
            _tail(each, n_since, n, factor, least)
            for each, factor, least in zip(said, factors, since, strict=True)
        ],
        dtype=float,
    )


def _tail(said: int, n_since: int, n: int, odds: float, least: int) -> float:
    """Return the probability of so many or more in Fisher's noncentral hypergeometric distribution.

    Of ``n`` speakers, ``n_since`` of whom speak since, ``said`` say a term, since with ``odds``
    times the odds of before. (SciPy's own takes half a minute where hundreds of thousands do.)
    """
    from scipy.special import gammaln

    x = np.arange(max(0, said + n_since - n), min(said, n_since) + 1)
    ways = gammaln(x + 1) + gammaln(said - x + 1)
    ways += gammaln(n_since - x + 1) + gammaln(n - said - n_since + x + 1)
    logs = x * math.log(odds) - ways
    weights = np.exp(logs - logs.max())
    return float(weights[x >= least].sum() / weights.sum())


def _odds(counts: Counts, n_speakers: Counts) -> Floats:
    """Return by what factor the odds of saying each term have grown, from the same as above."""
    if not n_speakers.all():
        return np.ones(counts.shape[1])
    n = n_speakers[:, None].astype(float)
    said = counts + n / n.sum()
    before, since = said / (n + 1 - said)
    return np.asarray(since / before)


def _season(terms: Sequence[str], odds: Floats) -> Floats:
    """Return the factor of each term, or of its loudest word, if that is larger.

    Others do not say "sale super copy", but they do say "sale" in its season.
    """
    places = {term: place for place, term in enumerate(terms)}
    return np.array(
        [
            max([odds[place], *(odds[places[part]] for part in parts_of(term) if part in places)])
            for term, place in places.items()
        ],
        dtype=float,
    )


def _adjusted(chances: Floats) -> Floats:
    """Return Benjamini and Hochberg's adjusted probabilities."""
    order = np.argsort(-chances)
    ranks = np.arange(len(chances), 0, -1)
    adjusted = np.empty(len(chances))
    adjusted[order] = np.minimum.accumulate(chances[order] * len(chances) / ranks)
    return adjusted


def _told(terms: Sequence[RisingTerm]) -> Iterator[RisingTerm]:
    """Yield terms without those that come with a more certain one, each as long as it is said."""
    told: list[tuple[RisingTerm, set[str]]] = []
    for term in terms:
        parts = parts_of(term.term)
        if any(_comes_with(term, other) for other, others in told if parts & others):
            continue
        longer = [other for other in terms if term.term in other.term and _is_much(other, term)]
        whole = max(longer, key=lambda other: len(other.term))
        told.append((whole, parts_of(whole.term)))
        yield whole


def _comes_with(term: RisingTerm, other: RisingTerm) -> bool:
    """Return whether a term that shares parts with a more certain one is no news beside it.

    Either much the same speakers say the two ("same" and "same factory"), or few say the rising
    words with this neighbour ("factory black").
    """
    is_within = other.term in term.term or term.term in other.term
    return (is_within and _is_much(term, other)) or term.n_since < _LITTLE * other.n_since


def _is_much(one: RisingTerm, other: RisingTerm) -> bool:
    fewer, more = sorted((one.n_since, other.n_since))
    return fewer >= _MUCH * more
