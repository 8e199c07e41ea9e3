"""What sellers do to their texts: slips, ornaments, and disguises of what they have to hide.

An ornament decorates words that are no cue (a headline, a brand); both classes wear it alike. A
disguise breaks up the words that would give a listing away.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
UNACCENTED = str.maketrans("đĐłŁıİøØ", "dDlLiIoO")  # letters that do not come apart
LEET = str.maketrans("aeiostAEIOST", "431057431057")
# Each Latin letter and the Cyrillic one that looks like it.
PAIRS = dict(zip("aceopxyiABCEHKMOPTX", "асеорхуіАВСЕНКМОРТХ", strict=True))
LOOK_ALIKES = str.maketrans(PAIRS | {there: here for here, there in PAIRS.items()})
STYLISED = str.maketrans("AOEI", "ΛØΞ1")  # as brands write themselves
ZERO_WIDTH = ("\u200b", "\u200c", "\u2060", "\ufeff")
SYMBOLS = (".", "*", "·", "_", "-", "🔥", "✨", "❗")
STARTS = {"bold": (0x1D5D4, 0x1D5EE), "script": (0x1D4D0, 0x1D4EA), "ring": (0x24B6, 0x24D0)}


class Draw:
    """Seeded choices made of ``random()`` alone, the one draw Python promises to keep stable."""

    def __init__(self, seed: int) -> None:
        self.unit = random.Random(seed).random

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self.unit() < probability

    def pick(self, items: Sequence[T]) -> T:
        """Return one of the items."""
        return items[int(self.unit() * len(items))]

    def sample(self, items: Sequence[T], size: int) -> list[T]:
        """Return up to `size` different items in a drawn order."""
        pool = list(items)
        return [pool.pop(int(self.unit() * len(pool))) for _ in range(min(size, len(pool)))]


class Deck(Generic[T]):
    """Items dealt in a drawn order, each before any comes again; those to be `first` before all."""

    def __init__(self, items: Sequence[T], draw: Draw, first: Callable[[T], bool]) -> None:
        self.items, self.draw, self.first = items, draw, first
        self.left: list[T] = []

    def deal(self) -> T:
        """Return the next item."""
        if not self.left:
            drawn = self.draw.sample(self.items, len(self.items))
            self.left = sorted(drawn, key=self.first)
        return self.left.pop()


def mistype(text: str, rate: float, draw: Draw) -> str:
    """Swap or lose a letter now and then."""
    letters = list(text)
    for index in range(len(letters) - 1 if rate else 0):
        pair = letters[index : index + 2]
        if draw.chance(rate) and "".join(pair).isalpha():
            letters[index : index + 2] = pair[::-1] if draw.chance(0.6) else ["", pair[1]]
    return "".join(letters)


def unaccented(text: str) -> str:
    """Leave the accents out."""
    bare = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).translate(
        UNACCENTED
    )


def capitals(text: str, language: str) -> str:
    """Write in capitals. Turkish keeps the dot of its i, unless the typist does without accents."""
    dotted = language == "tr" and not text.isascii()
    return (text.replace("i", "İ") if dotted else text).upper()


def capitalised(text: str, language: str) -> str:
    """Begin with a capital."""
    dotted = language == "tr" and text.startswith("i") and not text.isascii()
    return ("İ" if dotted else text[:1].upper()) + text[1:]


def fancy(text: str, style: str) -> str:
    """Write the Latin letters in one of Unicode's ornamental alphabets."""
    capital, small = STARTS[style]
    styled = str.maketrans(
        {chr(65 + n): chr(capital + n) for n in range(26)}
        | {chr(97 + n): chr(small + n) for n in range(26)}
    )
    return text.translate(styled)


def headline(word: str, draw: Draw) -> str:
    """Write a shop's headline the way headlines are decorated."""
    styles: list[Callable[[str], str]] = [
        lambda text: " ".join(text.upper().replace(" ", "")),
        lambda text: text.upper().translate(FULL_WIDTH),
        lambda text: fancy(text.upper(), "bold"),
        lambda text: fancy(text, "script"),
        lambda text: fancy(text, "ring"),
        lambda text: f"【{text}】",
        lambda text: f"★彡 {text} 彡★",
        lambda text: f"~*~ {text} ~*~",
    ]
    return draw.pick(styles)(word)


def stylised(brand: str, draw: Draw) -> str:
    """Write a brand as brands like to see themselves written."""
    return draw.pick(
        (
            f"{brand}®",
            f"{brand}™",
            brand.lower(),
            f"«{brand}»",
            " ".join(brand.upper()),
            brand.upper().translate(STYLISED),
            fancy(brand, "bold"),
        )
    )


def garland(text: str, mark: str, draw: Draw) -> str:
    """Put an emoji between some of the words."""
    return re.sub(" ", lambda _: f" {mark} " if draw.chance(0.4) else " ", text)


def disguise(text: str, draw: Draw) -> str:
    """Break the words up, or write them in other characters that look alike."""
    mark, symbol = draw.pick(ZERO_WIDTH), draw.pick(SYMBOLS)
    styles: list[Callable[[str], str]] = [
        lambda word: "".join(letter + mark * draw.chance(0.5) for letter in word),
        lambda word: word.translate(FULL_WIDTH),
        lambda word: word.translate(LEET),
        lambda word: "".join(
            letter.translate(LOOK_ALIKES) if draw.chance(0.6) else letter for letter in word
        ),
        symbol.join,
    ]
    style = draw.pick(styles)
    return re.sub(r"\w{2,}", lambda match: style(match[0]) if draw.chance(0.8) else match[0], text)
