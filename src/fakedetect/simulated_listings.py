"""The listings of an invented marketplace: who sells what, and in which words.

Sellers are offenders or not; half of the offenders stand in rings, which share words and list again
what another member has listed. Fakes claim more often what the lexicon knows, or call a brand by a
nickname; both change from week to week.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import numpy as np

from fakedetect.attacks import FAMILIES, lot, words_of
from fakedetect.claims import lexicon
from fakedetect.events import time_text
from fakedetect.simulated_market import WEEK_S, Market, grammar

T = TypeVar("T")

_OFFENDERS = 0.2  # of the sellers; half of them in rings
_RING = 4  # sellers at least, where there are as many
_AUTHORISED = 0.25  # of the other sellers
_LANGUAGES = {"en": 0.8, "es": 0.2}
_FAMILIES = {family.name: family for family in FAMILIES}
_DISGUISES = tuple(
    _FAMILIES[name]
    for name in ("zero-width", "full-width", "homoglyphs", "leet", "spaced-letters", "symbols")
)


class _Chances(NamedTuple):
    """How often a listing says what."""

    claim: float
    nickname: float
    honest: float
    eager: float


_GENUINE, _FAKE = _Chances(0.03, 0.01, 0.5, 0.2), _Chances(0.55, 0.6, 0.2, 0.5)


def pick(rng: np.random.Generator, values: Sequence[T]) -> T:
    """Return one of some values, each as likely."""
    return values[int(rng.integers(len(values)))]


class Listing(NamedTuple):
    """A listing, and the truth of it; ``listed`` is in seconds since 1970."""

    number: int
    listed: int
    seller: str
    brand: str
    category: str
    title: str
    description: str
    is_fake: bool
    ring: str
    is_authorised: bool

    @property
    def id(self) -> str:
        """Its id, in listings and events."""
        return f"l{self.number:07d}"

    def row(self) -> dict[str, Any]:
        """Return it as a row of ``listings.csv``."""
        return {
            "listing_id": self.id,
            "listed": time_text(self.listed * 1_000_000),
            "seller": self.seller,
            "brand": self.brand,
            "category": self.category,
            "title": self.title,
            "description": self.description,
            "label": int(self.is_fake),
            "ring": self.ring,
        }


class _Seller(NamedTuple):
    """A seller: the ring or the brand that one belongs to, empty if none."""

    name: str
    ring: str = ""
    authorised_for: str = ""


class _Sellers:
    """All sellers, of whom few have most of the listings."""

    def __init__(self, market: Market, rng: np.random.Generator) -> None:
        n_offenders = round(_OFFENDERS * market.n_sellers)
        n_ringed = n_offenders // 2
        n_rings = max(1, n_ringed // _RING)
        n_authorised = round(_AUTHORISED * (market.n_sellers - n_offenders))
        # Names tell nothing.
        names = [f"seller-{number + 1}" for number in rng.permutation(market.n_sellers).tolist()]
        rings = [f"ring-{place % n_rings + 1}" for place in range(n_ringed)]
        brands = [
            market.brands[place % market.n_brands]
            for place in range(n_offenders, n_offenders + n_authorised)
        ]
        offenders = itertools.zip_longest(names[:n_offenders], rings, fillvalue="")
        others = itertools.zip_longest(names[n_offenders:], brands, fillvalue="")
        sizes = np.exp(rng.standard_normal(market.n_sellers))
        self._sellers = {
            True: [_Seller(name, ring=ring) for name, ring in offenders],
            False: [_Seller(name, authorised_for=brand) for name, brand in others],
        }
        self._shares = {
            is_offender: np.cumsum(part) / part.sum()
            for is_offender, part in ((True, sizes[:n_offenders]), (False, sizes[n_offenders:]))
        }

    def one(self, rng: np.random.Generator, *, is_fake: bool) -> _Seller:
        """Draw the seller of a listing; offenders sell some genuine goods."""
        is_offender = bool(rng.random() < 0.08) or is_fake
        among = self._sellers[is_offender]
        place = int(np.searchsorted(self._shares[is_offender], rng.random(), side="right"))
        return among[min(place, len(among) - 1)]


class _Vocabulary:
    """Words in use, of which some go out each week and others come in."""

    def __init__(self, supply: Iterator[str], n: int) -> None:
        self._supply = supply
        self.in_use = list(itertools.islice(supply, n))

    def change(self, rng: np.random.Generator, drift: float) -> None:
        goes = rng.random(len(self.in_use)) < drift
        self.in_use = [
            next(self._supply) if out else word
            for word, out in zip(self.in_use, goes.tolist(), strict=True)
        ]


def _claims(rng: np.random.Generator, language: str) -> Iterator[str]:
    """Yield the lexicon's terms in some order, and coined ones when there are no more."""
    forms = [form for claim in lexicon([language]) for form in claim.forms]
    yield from (forms[place] for place in rng.permutation(len(forms)).tolist())
    yield from _coined(rng)


def _coined(rng: np.random.Generator) -> Iterator[str]:
    while True:
        yield "".join(pick(rng, grammar()["syllables"]) for _ in range(int(rng.integers(3, 5))))


@dataclass
class _Ring:
    """What the members of a ring share: words, and what they have listed lately."""

    words: _Vocabulary
    listed: deque[tuple[str, str, str, str]] = field(default_factory=lambda: deque(maxlen=8))


class Listings:
    """The listings of a marketplace, made week by week.

    Parameters
    ----------
    market
        What it is like. The same settings give the same listings, whatever is reported of them.
    """

    def __init__(self, market: Market) -> None:
        self._market = market
        self._rng = np.random.default_rng((market.seed, 0))
        self._sellers = _Sellers(market, self._rng)
        # Each has a generator of its own, so that who is drawn does not depend on the drift.
        words = np.random.default_rng((market.seed, 1))
        self._words_rng = words
        self._claims = {
            language: _Vocabulary(_claims(words, language), round(16 * share))
            for language, share in _LANGUAGES.items()
        }
        self._nicknames = {brand: _Vocabulary(_coined(words), 2) for brand in market.brands}
        self._rings: dict[str, _Ring] = {}
        self._n = 0

    def of_week(self, number: int) -> list[Listing]:
        """Return the listings of a week, in order of time; the weeks must come in order."""
        market = self._market
        if number > 1:
            self._change()
        is_late = number > market.weeks // 2
        n_fakes = market.come(market.n_fakes, number) - market.come(market.n_fakes, number - 1)
        n = market.listings_per_week
        are_fakes = self._rng.permutation(np.arange(n) < n_fakes)
        # The last second is left for what follows in the same week.
        times = np.sort(self._rng.integers(0, WEEK_S - 1, n))
        times += market.start_s + (number - 1) * WEEK_S
        return [
            self._one(listed, is_fake=is_fake, is_late=is_late)
            for listed, is_fake in zip(times.tolist(), are_fakes.tolist(), strict=True)
        ]

    def _change(self) -> None:
        """Let some words go out of use, and others come in."""
        shared = [ring.words for ring in self._rings.values()]
        for each in (*self._claims.values(), *self._nicknames.values(), *shared):
            each.change(self._words_rng, self._market.drift)

    def _one(self, listed: int, *, is_fake: bool, is_late: bool) -> Listing:
        rng, market = self._rng, self._market
        self._n += 1
        seller = self._sellers.one(rng, is_fake=is_fake)
        ring = self._ring(seller.ring) if is_fake and seller.ring else None
        if ring is not None and ring.listed and rng.random() < 0.3:
            brand, category, title, description = pick(rng, ring.listed)
        else:
            is_own = bool(seller.authorised_for) and rng.random() < 0.8
            brand = seller.authorised_for if is_own else pick(rng, market.brands)
            category = pick(rng, list(grammar()["goods"]))
            evades = is_fake and bool(rng.random() < market.evasion) and is_late
            title, description = self._text(brand, category, ring, is_fake=is_fake, evades=evades)
            if ring is not None:
                ring.listed.append((brand, category, title, description))
        is_authorised = bool(seller.authorised_for) and seller.authorised_for == brand
        return Listing(
            self._n, listed, seller.name, brand, category, title, description, is_fake, seller.ring,
            is_authorised,
        )  # fmt: skip

    def _ring(self, name: str) -> _Ring:
        if name not in self._rings:
            self._rings[name] = _Ring(_Vocabulary(_coined(self._words_rng), 2))
        return self._rings[name]

    def _text(
        self, brand: str, category: str, ring: _Ring | None, *, is_fake: bool, evades: bool
    ) -> tuple[str, str]:
        """Return a title and a description."""
        rng = self._rng
        language = "en" if rng.random() < _LANGUAGES["en"] else "es"
        words = grammar()[language]
        title = pick(rng, words["titles"]).format(
            brand=brand,
            goods=pick(rng, grammar()["goods"][category][language]),
            colour=pick(rng, words["colours"]),
            model=f"{pick(rng, 'AFKLMRSTXZ')}-{int(rng.integers(10, 990))}",
        )
        chances = _FAKE if is_fake else _GENUINE
        parts = [pick(rng, words["neutral"]) for _ in range(int(rng.integers(2, 6)))]
        parts += [
            pick(rng, words[kind])
            for kind, chance in (("honest", chances.honest), ("eager", chances.eager))
            if rng.random() < chance
        ]
        for mark in self._marks(brand, language, ring, chances):
            shown = self._disguised(mark) if evades else mark
            if rng.random() < 0.3:
                title += f" {shown}"
            else:
                parts.append(shown)
        order = rng.permutation(len(parts)).tolist()
        return title, ". ".join(parts[place] for place in order)

    def _marks(
        self, brand: str, language: str, ring: _Ring | None, chances: _Chances
    ) -> Iterator[str]:
        """Yield what speaks for a fake."""
        sources = [
            (self._claims[language], chances.claim),
            (self._nicknames[brand], chances.nickname),
        ]
        if ring is not None:
            sources.append((ring.words, 0.5))
        for source, chance in sources:
            if self._rng.random() < chance:
                yield pick(self._rng, source.in_use)

    def _disguised(self, mark: str) -> str:
        # A lot of its own: other listings are the same with disguises and without.
        random = lot(self._market.seed, mark, str(self._n))
        return random.choice(_DISGUISES).attack(mark, words_of(mark), 1.0, random)
