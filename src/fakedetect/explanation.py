"""Why a listing got its score: what each n-gram added, painted on the listing's own characters.

A logistic regression explains itself: the margin is the intercept plus one product per n-gram,
its TF-IDF weight times its coefficient. Nobody wants to read overlapping n-grams, though. So the
product of each n-gram is shared out evenly over the places where it stands, and in each place over
the characters of the original text that it covers. Nothing is lost on the way: the characters'
shares, like the n-grams' contributions, add up with the intercept to the margin.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

from fakedetect.claims import Claim, claims_in
from fakedetect.features import Floats, Ints, TfidfFeatures
from fakedetect.text import Aligned, Trace, is_unspaced, shown

N_REASONS = 3
# A word is part of a reason if it adds at least this share of what the loudest word adds. (A share
# of the whole would leave no reason where words are repeated often.)
LEAST_SHARE = 0.25
_LONGEST_REASON = 60  # characters, on a line
_PORTION = 200_000  # n-grams spread at a time, to bound the memory


class Contribution(NamedTuple):
    """What one n-gram adds to the margin.

    Attributes
    ----------
    term
        The n-gram as the model knows it; a space at its edge is the edge of a word, and what
        ``text.featured`` marks stands in angle brackets.
    n_places
        How often it stands in the text.
    value
        Its part of the margin, in log-odds; positive speaks for suspicion.
    """

    term: str
    n_places: int
    value: float


class Span(NamedTuple):
    """A stretch of the original text, ``text[start:end]``, and its part of the margin."""

    text: str
    start: int
    end: int
    value: float


class Claimed(NamedTuple):
    """A claim that a text makes, and the stretch of the text that makes it."""

    claim: Claim
    span: Span

    def as_dict(self) -> dict[str, Any]:
        """Return the claim as plain data."""
        claim = self.claim.as_dict()
        told = {name: claim[name] for name in ("term", "language", "kind", "meaning", "ambiguous")}
        return {**self.span._asdict(), **told}


@dataclass(frozen=True, eq=False)
class Explanation:
    """The margin of one listing, taken apart.

    Attributes
    ----------
    text
        The listing's text as it was given.
    intercept
        The margin of a text without any known n-gram, in log-odds; where a segment speaks, less
        what the choice of it costs.
    characters
        What the n-grams add to the margin, shared out over the characters of ``text``, shape
        (len(text),).
    margin, score
        Log-odds, and probability (0-1), of a suspected counterfeit.
    threshold, flagged
        The score from which listings are flagged, and whether this one is.
    segment
        Start and end of the most suspicious segment, where it speaks instead of the whole text:
        what stands outside adds nothing then. None where the whole text speaks.
    traces
        What had to be undone to read the text, in order: disguises, and honest ornaments too.
    """

    text: str
    intercept: float
    characters: Floats
    margin: float
    score: float
    threshold: float
    flagged: bool
    # Listed when asked for: reasons can do without.
    _list_ngrams: Callable[[], tuple[Contribution, ...]] = field(repr=False)
    segment: tuple[int, int] | None = None
    traces: tuple[Trace, ...] = ()

    @cached_property
    def ngrams(self) -> tuple[Contribution, ...]:
        """Contributions of all known n-grams, strongest first.

        With the intercept they add up to the margin.
        """
        return self._list_ngrams()

    @cached_property
    def spans(self) -> list[Span]:
        """The words of the text in order, each with its part of the margin.

        A word in a script written without spaces is cut where its characters turn from speaking
        for suspicion to speaking against it.
        """
        return [
            Span(self.text[start:end], start, end, float(self.characters[start:end].sum()))
            for start, end in self._stretches()
        ]

    @cached_property
    def reasons(self) -> list[Span]:
        """Up to three stretches of the text that speak loudest for suspicion, loudest first.

        Neighbouring words that each speak for suspicion are one stretch; of stretches with the
        same text the first stands for all. None if no word speaks for suspicion.
        """
        least = LEAST_SHARE * max((span.value for span in self.spans), default=0.0)
        runs = [
            self._joined(list(group))
            for speaks, group in itertools.groupby(
                self.spans, key=lambda span: span.value > 0 and span.value >= least
            )
            if speaks
        ]
        return _loudest(runs)

    @cached_property
    def claims(self) -> list[Claimed]:
        """The claims of the lexicon in words that speak for suspicion, loudest first.

        They say in words what the words mean, and add nothing to the margin: a claim in words that
        speak against suspicion, or that the model does not know, is not among them. Of a claim that
        is made more than once the loudest place stands for all.
        """
        loudest: dict[Claim, Claimed] = {}
        for found in claims_in(self.text):
            value = float(self.characters[found.start : found.end].sum())
            if value > 0 and (
                found.claim not in loudest or value > loudest[found.claim].span.value
            ):
                span = Span(found.text, found.start, found.end, value)
                loudest[found.claim] = Claimed(found.claim, span)
        return sorted(loudest.values(), key=lambda claimed: -claimed.span.value)

    def line(self) -> str:
        """Return the reasons on one line, loudest first, each cut to 60 characters."""
        return _line(self.reasons)

    def _joined(self, spans: list[Span]) -> Span:
        start, end = spans[0].start, spans[-1].end
        value = float(self.characters[start:end].sum())
        return Span(self.text[start:end], start, end, value)

    def _stretches(self) -> Iterator[tuple[int, int]]:
        start = 0
        for is_space, group in itertools.groupby(self.text, key=str.isspace):
            end = start + sum(1 for _ in group)
            if not is_space:
                yield from self._cut(start, end)
            start = end

    def _cut(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        def side(position: int) -> bool:
            return bool(self.characters[position] > 0)

        if not any(map(is_unspaced, self.text[start:end])):
            yield start, end
            return
        for _, group in itertools.groupby(range(start, end), key=side):
            positions = list(group)
            yield positions[0], positions[-1] + 1

    def as_dict(self) -> dict[str, Any]:
        """Return the explanation as plain data, ready for JSON."""
        return {
            "text": self.text,
            "score": self.score,
            "flagged": self.flagged,
            "threshold": self.threshold,
            "margin": self.margin,
            "intercept": self.intercept,
            "segment": None if self.segment is None else list(self.segment),
            "reasons": [span._asdict() for span in self.reasons],
            "traces": [trace._asdict() for trace in self.traces],
            "claims": [claimed.as_dict() for claimed in self.claims],
            "spans": [span._asdict() for span in self.spans],
            "ngrams": [ngram._asdict() for ngram in self.ngrams],
        }


def contributions(
    features: TfidfFeatures, slots: Ints, values: Floats, aligned: Aligned
) -> tuple[Callable[[], tuple[Contribution, ...]], Floats]:
    """Return what each n-gram of a text adds to its margin, and the same per character.

    Parameters
    ----------
    features
        The fitted TF-IDF.
    slots, values
        The features of the text in ascending order and what each adds, shape (n,).
    aligned
        The canonical text and its origins.

    Returns
    -------
    tuple
        What lists the contributions, strongest first, and an array with one value per character of
        the original text; both have the same sum as ``values``.
    """
    places = features.occurrences(aligned.canonical)
    which = np.searchsorted(slots, places.slots)
    n_places = np.bincount(which, minlength=len(slots))
    shares = _spread(aligned.canonical, places.starts, places.ends, values[which] / n_places[which])
    return partial(_listed, features, slots, n_places, values), _on_original(aligned, shares)


class _Stretch(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def value(self) -> float: ...


S = TypeVar("S", bound=_Stretch)


def _loudest(stretches: Sequence[S]) -> list[S]:
    """Return what of the stretches of a text, given in order, become its reasons."""
    ordered = sorted(stretches, key=lambda stretch: -stretch.value)
    first_of = {stretch.text.casefold(): stretch for stretch in reversed(ordered)}
    return [each for each in ordered if first_of[each.text.casefold()] is each][:N_REASONS]


def _line(reasons: Sequence[_Stretch]) -> str:
    texts = (" ".join(reason.text.split()) for reason in reasons)
    return "; ".join(
        text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 1] + "…"
        for text in texts
    )


def line_of(stretches: Sequence[_Stretch]) -> str:
    """Return ``Explanation.line`` of a text whose loud stretches, in order, are these."""
    return _line(_loudest(stretches))


def _listed(
    features: TfidfFeatures, slots: Ints, n_places: Ints, values: Floats
) -> tuple[Contribution, ...]:
    ngrams = [
        Contribution(shown(features.term(slot)), n, value)
        for slot, n, value in zip(slots.tolist(), n_places.tolist(), values.tolist(), strict=True)
    ]
    ngrams.sort(key=lambda ngram: (-abs(ngram.value), ngram.term))
    return tuple(ngrams)


def _spread(text: str, starts: Ints, ends: Ints, values: Floats) -> Floats:
    """Share each value out evenly over the characters of its stretch that are no spaces."""
    is_letter = np.array([char != " " for char in text], dtype=bool)
    n_letters_before = np.append(0, np.cumsum(is_letter))
    per_letter = values / (n_letters_before[ends] - n_letters_before[starts])
    shares = np.zeros(len(text))
    for first in range(0, len(starts), _PORTION):
        part = slice(first, first + _PORTION)
        shares += _painted(starts[part], ends[part], per_letter[part], len(text))
    return np.asarray(shares * is_letter)


def _on_original(aligned: Aligned, shares: Floats) -> Floats:
    # Characters that come from the same stretch are summed first: one of a million invisible
    # characters with thirty marks would otherwise be painted thirty times.
    starts, ends = np.array(aligned.starts, dtype=int), np.array(aligned.ends, dtype=int)
    is_first = np.append(True, (np.diff(starts) != 0) | (np.diff(ends) != 0))[: len(starts)]
    sums = np.bincount(np.cumsum(is_first) - 1, shares, minlength=int(is_first.sum()))
    starts, ends = starts[is_first], ends[is_first]
    return _painted(starts, ends, sums / (ends - starts), aligned.length)


def _painted(starts: Ints, ends: Ints, values: Floats, n: int) -> Floats:
    """Return the sum of the values of all stretches that cover each of n characters."""
    lengths = ends - starts
    n_covered_before = np.cumsum(lengths) - lengths
    covered = np.arange(lengths.sum()) + np.repeat(starts - n_covered_before, lengths)
    # bincount of nothing forgets that it sums floats.
    return np.bincount(covered, np.repeat(values, lengths), minlength=n).astype(float)
