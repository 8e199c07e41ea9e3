"""What an invented marketplace is like: its size, who contributes, who errs, who attacks.

``simulate`` says what such a marketplace is good for, and makes it.
"""

from __future__ import annotations

import functools
import time
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import resources
from typing import Any

from fakedetect.errors import InputError

ATTACKS = ("none", "flip", "smear", "hide", "sybils", "majority")
DAY_S = 86_400
WEEK_S = 7 * DAY_S
_WHOLE = {
    "weeks": (1, 520),
    "listings_per_week": (1, 1_000_000),
    "n_brands": (1, 24),
    "n_sellers": (20, 1_000_000),
    "n_gold": (0, 1_000_000),
    "seed": (0, 2**63 - 1),
}
_SHARES = {
    "prevalence": (0.01, 0.9),
    "contributing": (0, 1),
    "decided": (0, 1),
    "reviewer_error": (0, 1),
    "honest_error": (0, 0.9),
    "attack_share": (0, 1),
    "evasion": (0, 1),
    "drift": (0, 1),
}


@dataclass(frozen=True, kw_only=True)
class Market:
    """What a marketplace is like.

    Attributes
    ----------
    weeks, listings_per_week
        How long it runs, and how many listings appear each week.
    start
        The Monday that it starts on, ISO 8601, in UTC; the last week must have passed.
    n_brands, n_sellers
        Brands (24 at most) and sellers (20 at least). A fifth of the sellers offend, half of those
        in rings, which share wording and list again what another member has listed.
    prevalence
        Share (0.01-0.9) of the listings that are fakes.
    contributing
        Share (0-1) of the brands for which notices are filed, the first ones; for others none.
    decided
        Share (0-1) of the notices that a reviewer decides.
    reviewer_error
        Share (0-1) of the decisions that are wrong, of verdicts and of counter-notices.
    honest_error
        Share (0-0.9) of honest reporters' notices of counterfeits that are about genuine listings.
    attack
        ``"none"``; ``"flip"``: one reporter claims the opposite of the truth; ``"smear"``: one
        reporter files notices on bags, whosever; ``"hide"``: one reporter endorses fakes, whose
        sellers object to most notices; ``"sybils"``: two hundred reporters take turns to claim the
        opposite of the truth; ``"majority"``: twenty do so, and four of five reviewers decide
        against the truth.
    attack_share
        Share (0-1) of all listings that the attack claims something of; for ``"smear"`` of the
        bags, for ``"hide"`` of the fakes. None takes the attack's usual share: 0.05, 1, 0.3, 0.1
        and 0.3, in the order above.
    evasion
        Share (0-1) of the fakes that disguise their claims, from the middle of the run on.
    drift
        Probability (0-1) that a claim or a brand's nickname goes out of use with a week, and
        another comes in.
    n_gold
        Listings of all weeks whose labels the owner vouches for, half of them fakes; no more than
        there are listings of the rarer kind, so that half of those at most are used up.
    seed
        Seed of everything.

    Raises
    ------
    InputError
        When a value is not accepted.

    Examples
    --------
    >>> Market(n_brands=4, contributing=0.5).contributors
    ('Velmora', 'Brölanth')
    """

    weeks: int = 20
    listings_per_week: int = 300
    start: str = "2024-01-01"
    n_brands: int = 8
    n_sellers: int = 200
    prevalence: float = 0.15
    contributing: float = 0.5
    decided: float = 0.6
    reviewer_error: float = 0.02
    honest_error: float = 0.07
    attack: str = "none"
    attack_share: float | None = None
    evasion: float = 0.0
    drift: float = 0.1
    n_gold: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        for name, (low, high) in _WHOLE.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise InputError(f"{name} {value!r} is not a whole number from {low} to {high}")
        for name, (least, most) in _SHARES.items():
            value = getattr(self, name)
            if name == "attack_share" and value is None:
                continue
            # NaN is in no range.
            if not isinstance(value, int | float) or not least <= value <= most:
                raise InputError(f"{name} {value!r} is not a number from {least} to {most}")
        if self.attack not in ATTACKS:
            raise InputError(f"attack {self.attack!r} is none of {', '.join(ATTACKS)}")
        if self.attack == "none" and self.attack_share:
            raise InputError(
                f"attack_share {self.attack_share} without an attack; name one of"
                f" {', '.join(ATTACKS[1:])}"
            )
        self._check_start()
        most_gold = min(self.n_fakes, self.weeks * self.listings_per_week - self.n_fakes)
        if self.n_gold > most_gold:
            raise InputError(
                f"n_gold {self.n_gold} is more than {most_gold}, the listings of the rarer kind;"
                f" pass n_gold={most_gold} or less (--gold {most_gold}), or more weeks or listings"
            )

    def _check_start(self) -> None:
        try:
            is_monday = date.fromisoformat(self.start).weekday() == 0
        except (TypeError, ValueError):
            is_monday = False
        if not is_monday:
            raise InputError(f"start {self.start!r} is not the date of a Monday, like 2024-01-01")
        if self.start_s + self.weeks * WEEK_S > time.time():
            raise InputError(
                f"{self.weeks} weeks from {self.start} on have not passed yet; start earlier"
            )

    @property
    def start_s(self) -> int:
        """When the first week begins, in seconds since 1970."""
        return int(datetime.fromisoformat(self.start).replace(tzinfo=UTC).timestamp())

    @property
    def n_fakes(self) -> int:
        """How many of all listings are fakes."""
        return round(self.prevalence * self.weeks * self.listings_per_week)

    @property
    def brands(self) -> tuple[str, ...]:
        """All brands."""
        return tuple(grammar()["brands"][: self.n_brands])

    @property
    def contributors(self) -> tuple[str, ...]:
        """The brands for which notices are filed."""
        return self.brands[: round(self.contributing * self.n_brands)]

    def come(self, n: int, number: int) -> int:
        """Return how many of ``n`` have come by the end of a week, if they come evenly."""
        return n * number // self.weeks


@functools.cache
def grammar() -> dict[str, Any]:
    """Return the words of the marketplace: brands, syllables, goods, and those of each language."""
    file = resources.files("fakedetect").joinpath("simulation", "market.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))
