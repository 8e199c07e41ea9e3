"""How much of a model survives the sellers who write against it.

The threshold is set so that a fixed share of the honest listings is flagged, suspected listings
are attacked (``attacks``, ``added_words``, ``adaptive``), and their recall is counted before and
after.
What words an attack may touch is the same for all: those that speak for suspicion under the model,
in the listing as its seller wrote it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from fakedetect import tables
from fakedetect.adaptive import MOST_CHANGED, N_QUERIES, adapt
from fakedetect.added_words import CHOSEN, INTERLEAVED, Padding, chosen_words, paddings
from fakedetect.added_words import NAMES as PADDINGS
from fakedetect.attacks import FAMILIES, Cue, Family, lot
from fakedetect.errors import InputError
from fakedetect.labels import DEFAULT_LABEL_COLUMN, parsed_labels
from fakedetect.metrics import Estimate, Floats, wilson
from fakedetect.model import Model

Attack = Family | Padding
Progress = Callable[[int, int], None]

ADAPTIVE = "adaptive"
NAMES = (*(family.name for family in FAMILIES), *PADDINGS, ADAPTIVE)
UNTOUCHED = "nothing"  # what is added to honest listings for comparison
MOST = 1000
N_ADAPTIVE = 200

# Buckets of lengths, in characters: all listings, and parts.
_LENGTHS = ((0, None), (0, 49), (50, 99), (100, 199), (200, 399), (400, 799), (800, None))
# How far the threshold stands above the highest honest margin below it: more than what the engines
# differ by.
_HAIR = 1e-6
_N_IN_STEP = 10  # listings of the adaptive attacker that count as a step of progress


class Row(NamedTuple):
    """What one attack did.

    Attributes
    ----------
    family, group, does, reference
        The attack.
    n
        Suspected listings whose text it changed.
    n_caught
        How many of these were flagged as they were written.
    before, after
        Recall among the n, as they were written and attacked; NaN if there is none.
    kept
        Share of the n_caught that is flagged still, with its Wilson interval; NaN if there is none.
    """

    family: str
    group: str
    does: str
    reference: str
    n: int
    n_caught: int
    before: float
    after: float
    kept: Estimate


class FalsePositives(NamedTuple):
    """Honest listings of some length that are flagged, with words added or without.

    Attributes
    ----------
    family
        What was added.
    least, most
        Characters of the listings as they were written; most is None where there is no bound. A
        length that no listing has is left out.
    n
        How many listings these are.
    rate
        Share of them that is flagged, with its Wilson interval.
    """

    family: str
    least: int
    most: int | None
    n: int
    rate: Estimate


class Adaptive(NamedTuple):
    """What came of the attacker who sees scores.

    Attributes
    ----------
    n
        Listings attacked, all of them flagged as they were written.
    evaded
        Share of them that got below the threshold, with its Wilson interval; NaN if n is 0.
    n_queries, changed_rate
        Queries and share of characters changed, on average over those that did; NaN if none did.
    """

    n: int
    evaded: Estimate
    n_queries: float
    changed_rate: float


class Settings(NamedTuple):
    """By what the figures were made; see ``stress``."""

    seed: int
    strength: float
    false_positive_rate: float
    most: int
    n_adaptive: int
    n_queries: int
    most_changed: float


@dataclass(frozen=True)
class Stress:
    """A model under stress.

    Attributes
    ----------
    settings
        By what the figures were made.
    model
        The model's fingerprint.
    n_suspected, n_honest
        Labelled listings.
    threshold
        Margin (log-odds) from which a listing counts as flagged.
    recall
        Share of the suspected listings that is flagged as they were written, with its Wilson
        interval.
    rows
        What each attack did, but for the adaptive one.
    false_positives
        Honest listings flagged, with words added and without, by length.
    adaptive
        What the adaptive attacker did; None if it was not asked for.
    """

    settings: Settings
    model: str
    n_suspected: int
    n_honest: int
    threshold: float
    recall: Estimate
    rows: tuple[Row, ...]
    false_positives: tuple[FalsePositives, ...]
    adaptive: Adaptive | None

    def cells(self) -> dict[str, Estimate]:
        """Return the figures that should not fall, by name: the higher, the better.

        These are the shares of the suspected listings still flagged and of the honest ones still
        not flagged. Those that are undefined are left out.
        """
        cells = {f"flagged under {row.family}": row.kept for row in self.rows}
        if self.adaptive is not None:
            cells[f"flagged under {ADAPTIVE}"] = _other(self.adaptive.evaded)
        for each in self.false_positives:
            cells[f"honest, {bucket(each.least, each.most)}, {each.family} added"] = _other(
                each.rate
            )
        return {name: cell for name, cell in cells.items() if math.isfinite(cell.value)}

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as plain data, each cell with the tolerance that ``fallen`` grants."""
        return {
            "settings": self.settings._asdict(),
            "model": self.model,
            "n_suspected": self.n_suspected,
            "n_honest": self.n_honest,
            "threshold": self.threshold,
            "recall": self.recall._asdict(),
            "rows": [{**row._asdict(), "kept": row.kept._asdict()} for row in self.rows],
            "false_positives": [
                {**each._asdict(), "rate": each.rate._asdict()} for each in self.false_positives
            ],
            "adaptive": None
            if self.adaptive is None
            else {**self.adaptive._asdict(), "evaded": self.adaptive.evaded._asdict()},
            "cells": [
                {"name": name, "figure": cell.value, "tolerance": cell.value - cell.low}
                for name, cell in self.cells().items()
            ],
        }


def bucket(least: int, most: int | None) -> str:
    """Return a range of lengths in words.

    Examples
    --------
    >>> bucket(50, 99), bucket(800, None), bucket(0, None)
    ('50 to 99 characters', '800 characters or more', 'any length')
    """
    if most is None and not least:
        return "any length"
    return f"{least} characters or more" if most is None else f"{least} to {most} characters"


def fallen(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return in words which cells fell by more than their tolerance, or are not there any more.

    The tolerance of a cell is how far it stands above the lower end of its 95 % Wilson interval: a
    fall that the lot of which listings are there could explain is let pass.

    Parameters
    ----------
    before, after
        The figures as plain data: those to be kept up, and new ones.
    """
    now = {cell["name"]: cell["figure"] for cell in after["cells"]}
    problems = []
    for cell in before["cells"]:
        name, figure, tolerance = cell["name"], cell["figure"], cell["tolerance"]
        if name not in now:
            problems.append(f"{name}: was {figure:.3f}, and is missing")
        elif now[name] < figure - tolerance:
            problems.append(
                f"{name}: fell from {figure:.3f} to {now[name]:.3f}, by more than {tolerance:.3f}"
            )
    return problems


def stress(  # noqa: PLR0913 # keywords of one call
    listings: Any,
    model: Model,
    *,
    label: str = DEFAULT_LABEL_COLUMN,
    text: Sequence[str] | None = None,
    families: Sequence[str] | None = None,
    strength: float = 1.0,
    false_positive_rate: float = 0.01,
    most: int = MOST,
    n_adaptive: int = N_ADAPTIVE,
    n_queries: int = N_QUERIES,
    most_changed: float = MOST_CHANGED,
    seed: int = 0,
    progress: Progress | None = None,
) -> Stress:
    """Return how a model stands up to attacks on labelled listings.

    Parameters
    ----------
    listings
        A pandas DataFrame or a pyarrow Table; rows without a label are left out.
    model
        The model to attack. Listings that it was trained on flatter it.
    label
        The column of labels: 1 suspected, 0 genuine, empty unlabelled.
    text
        The text columns; None takes the model's. The first is where titles are taken from.
    families
        Names of the attacks, out of ``NAMES``; None takes all.
    strength
        Share (0-1) of a listing's cues that is attacked, the loudest first, and of the 150 words
        that is added.
    false_positive_rate
        Share (0-1) of the honest listings that the threshold lets be flagged.
    most
        How many suspected listings are attacked, and how many honest ones padded; more are drawn
        from by lot.
    n_adaptive, n_queries, most_changed
        Listings, queries for each, and share (0-1) of the characters changed of the adaptive
        attacker.
    seed
        Of the lots. Each goes by the text besides, so the order of the listings changes nothing.
    progress
        Called with the steps done and their number.

    Returns
    -------
    Stress
        A figure that the listings cannot give is NaN: an attack on Chinese where there is none.

    Raises
    ------
    InputError
        When there is no such attack or column, a label or text is none, a number is out of its
        range, or no listing is suspected or none genuine.

    Examples
    --------
    >>> import pandas as pd, fakedetect.loading
    >>> listings = pd.DataFrame({"title": ["super copy", "with receipt"], "label": [1, 0]})
    >>> model = fakedetect.loading.starter()
    >>> found = stress(listings, model, families=["symbols", "pinyin"])
    >>> [(row.family, row.n, row.kept.value) for row in found.rows]
    [('symbols', 1, 1.0), ('pinyin', 0, nan)]
    """
    settings = Settings(
        seed, strength, false_positive_rate, most, n_adaptive, n_queries, most_changed
    )
    names = named(families)
    _check(settings)
    market = _Market.of(listings, model, label=label, text=text, settings=settings)
    attacks = market.attacks(names)
    n_adapted = len(market.caught[:n_adaptive]) if ADAPTIVE in names else 0
    steps = _Steps(progress, len(attacks) + math.ceil(n_adapted / _N_IN_STEP))
    rows, false_positives = [], list[FalsePositives]()
    for attack in attacks:
        rows.append(market.row(attack))
        steps.take()
    padded = [each for each in attacks if isinstance(each, Padding) and each.name != INTERLEAVED]
    if padded:
        false_positives += market.false_positives(None)
        for each in padded:
            false_positives += market.false_positives(each)
    return Stress(
        settings,
        model.fingerprint,
        int(market.labels.sum()),
        int((~market.labels).sum()),
        market.threshold,
        market.recall,
        tuple(rows),
        tuple(false_positives),
        market.adaptive(steps) if ADAPTIVE in names else None,
    )


def named(families: Sequence[str] | None) -> tuple[str, ...]:
    """Return the names of the attacks that are asked for; None asks for all.

    Raises
    ------
    InputError
        When there is none of a name.
    """
    for name in families or ():
        if name not in NAMES:
            raise InputError(f"no attack is called {name!r}; there are {', '.join(NAMES)}")
    return NAMES if families is None else tuple(dict.fromkeys(families))


def _check(settings: Settings) -> None:
    if not 0 < settings.strength <= 1:
        raise InputError(f"the strength {settings.strength} is not above 0 and at most 1")
    if not 0 < settings.false_positive_rate < 1:
        raise InputError(
            f"the false-positive rate {settings.false_positive_rate} is not strictly between 0"
            " and 1"
        )
    if not 0 < settings.most_changed <= 1:
        raise InputError(
            f"the share of characters changed, {settings.most_changed}, is not above 0 and at"
            " most 1"
        )
    for name in ("most", "n_adaptive", "n_queries"):
        if (number := getattr(settings, name)) < 1:
            raise InputError(f"{name} is {number}; give a whole number from 1 on")


class _Steps:
    """Tells how many of the steps are done."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def take(self) -> None:
        self._done += 1
        if self._progress:
            self._progress(self._done, self._total)


@dataclass(frozen=True, eq=False)
class _Market:
    """Labelled listings, the model, and what it says of them as they were written.

    ``attacked`` and ``honest`` are the rows that attacks are tried on, by lot where there are many.
    """

    model: Model
    settings: Settings
    texts: list[str]
    titles: list[str]
    labels: Any
    margins: Floats
    threshold: float
    attacked: list[int]
    honest: list[int]
    _cues: dict[int, list[Cue]] = field(default_factory=dict, init=False)

    @classmethod
    def of(
        cls,
        listings: Any,
        model: Model,
        *,
        label: str,
        text: Sequence[str] | None,
        settings: Settings,
    ) -> _Market:
        if not tables.is_table(listings):
            raise InputError(
                f"labelled listings are of type {type(listings).__name__};"
                " give a pandas DataFrame or a pyarrow Table"
            )
        columns = tables.text_columns(listings, text, model.text_columns)
        texts = tables.texts_of(listings, columns)
        titles = tables.texts_of(listings, columns[:1])
        marks = parsed_labels(tables.column(listings, label), label)
        rows = [row for row, mark in enumerate(marks) if mark is not None]
        labels = np.array([bool(marks[row]) for row in rows], dtype=bool)
        for wanted, word in ((True, "suspected (1)"), (False, "genuine (0)")):
            if wanted not in labels:
                raise InputError(f"no listing is labelled {word}; stress takes both", column=label)
        texts, titles = [texts[row] for row in rows], [titles[row] for row in rows]
        margins = np.asarray(model.margin(texts), dtype=np.float64)
        return cls(
            model,
            settings,
            texts,
            titles,
            labels,
            margins,
            _threshold(margins[~labels], settings.false_positive_rate),
            _drawn(texts, np.flatnonzero(labels).tolist(), settings),
            _drawn(texts, np.flatnonzero(~labels).tolist(), settings),
        )

    @property
    def recall(self) -> Estimate:
        n_caught = int((self.margins[self.labels] >= self.threshold).sum())
        return wilson(n_caught, int(self.labels.sum()))

    @property
    def caught(self) -> list[int]:
        return [row for row in self.attacked if self.margins[row] >= self.threshold]

    def attacks(self, names: Sequence[str]) -> list[Attack]:
        """Return the attacks of these names, but for the adaptive one."""
        known: dict[str, Attack] = {family.name: family for family in FAMILIES}
        if any(name in PADDINGS for name in names):
            chosen = self._chosen() if {CHOSEN, INTERLEAVED} & set(names) else []
            honest = [row for row in range(len(self.texts)) if not self.labels[row]]
            texts, titles = ([each[row] for row in honest] for each in (self.texts, self.titles))
            known |= {each.name: each for each in paddings(texts, titles, chosen)}
        return [known[name] for name in names if name != ADAPTIVE]

    def row(self, attack: Attack) -> Row:
        """Return what an attack does."""
        changed, texts = [], []
        for row in self.attacked:
            text = self._attacked(attack, self.texts[row], self._cues_of(row))
            if text != self.texts[row]:
                changed.append(row)
                texts.append(text)
        was = self.margins[changed] >= self.threshold
        still = self._flagged(texts)
        return Row(
            attack.name,
            attack.group,
            attack.does,
            attack.reference,
            n=len(changed),
            n_caught=int(was.sum()),
            before=float(was.mean()) if changed else math.nan,
            after=float(still.mean()) if changed else math.nan,
            kept=wilson(int((was & still).sum()), int(was.sum())),
        )

    def false_positives(self, padding: Padding | None) -> Iterator[FalsePositives]:
        """Yield how many honest listings are flagged with words added, by length."""
        texts = [self.texts[row] for row in self.honest]
        lengths = np.array(list(map(len, texts)))
        if padding is not None:
            texts = [self._attacked(padding, text, []) for text in texts]
        flagged = self._flagged(texts)
        for least, most in _LENGTHS:
            inside = (lengths >= least) & (lengths <= (most or math.inf))
            if n := int(inside.sum()):
                rate = wilson(int(flagged[inside].sum()), n)
                yield FalsePositives(padding.name if padding else UNTOUCHED, least, most, n, rate)

    def adaptive(self, steps: _Steps) -> Adaptive:
        """Return what the attacker does who sees the scores."""
        settings = self.settings
        found = []
        for number, row in enumerate(self.caught[: settings.n_adaptive]):
            if number % _N_IN_STEP == 0:
                steps.take()
            found.append(
                adapt(
                    self.texts[row],
                    self.model.margin,
                    self.threshold,
                    random=lot(settings.seed, ADAPTIVE, self.texts[row]),
                    n_queries=settings.n_queries,
                    most_changed=settings.most_changed,
                )
            )
        won = [each for each in found if each.evaded]
        return Adaptive(
            len(found),
            wilson(len(won), len(found)),
            _mean([each.n_queries for each in won]),
            _mean([each.changed_rate for each in won]),
        )

    def _chosen(self) -> list[str]:
        """Return the words that one who has the model would add."""
        own = (term for term in self.model.features.word_terms if " " not in term)
        theirs = (
            word
            for text, label in zip(self.texts, self.labels, strict=True)
            if not label
            for word in text.split()
        )
        # What is not printable is no word that a seller could write.
        vocabulary = filter(str.isprintable, {*own, *theirs})
        targets = [self.texts[row] for row in self.caught or self.attacked]
        return chosen_words(self._margins_of, vocabulary, targets)

    def _cues_of(self, row: int) -> list[Cue]:
        if row not in self._cues:
            self._cues[row] = cues(self.model, self.texts[row])
        return self._cues[row]

    def _attacked(self, attack: Attack, text: str, cues: Sequence[Cue]) -> str:
        random = lot(self.settings.seed, attack.name, text)
        return attack.attack(text, cues, self.settings.strength, random)

    def _margins_of(self, texts: Sequence[str]) -> list[float]:
        found: list[float] = np.asarray(self.model.margin(list(texts))).tolist()
        return found

    def _flagged(self, texts: list[str]) -> Any:
        return np.array(self._margins_of(texts)) >= self.threshold


def cues(model: Model, text: str) -> list[Cue]:
    """Return where the words of a text stand that speak for suspicion under a model.

    Those that speak loudest come first.
    """
    spans = [span for span in model.explain(text).spans if span.value > 0]
    return [(span.start, span.end) for span in sorted(spans, key=lambda span: -span.value)]


def _threshold(margins: Floats, rate: float) -> float:
    """Return the margin that no more than a share of some margins reach."""
    ranked = np.sort(margins)[::-1]
    return float(ranked[math.floor(rate * len(ranked))]) + _HAIR


def _drawn(texts: Sequence[str], rows: Sequence[int], settings: Settings) -> list[int]:
    """Return rows in an order that goes by their texts alone, as many as are attacked."""
    order = {row: lot(settings.seed, "drawn", texts[row]).random() for row in rows}
    return sorted(rows, key=order.__getitem__)[: settings.most]


def _other(share: Estimate) -> Estimate:
    return Estimate(1 - share.value, 1 - share.high, 1 - share.low)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan
