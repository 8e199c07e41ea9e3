"""The seller who tries until a listing passes: a greedy attacker who sees nothing but scores.

The published shape is that of TextBugger's black box (Li et al. 2019) and of Incer et al. (2018):
words are ranked by what the score loses without them, and disguised one after the other by whatever
lowers it most, until the listing passes or the means are used up. Two means are bounded: queries,
since a marketplace notices who lists one thing two hundred times, and the characters changed, since
a listing must still be found and read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from fakedetect.added_words import Margins
from fakedetect.attacks import FAMILIES, Family, words_of

N_QUERIES = 200
MOST_CHANGED = 0.15

_N_LEARNING = 3  # words on which everything is tried
_N_KEPT = 6  # disguises that are tried afterwards: those that have done most


class Adapted(NamedTuple):
    """What came of an attack.

    Attributes
    ----------
    text
        The listing as it was left.
    evaded
        Whether its margin fell below the threshold.
    n_queries
        Texts whose margin was asked for, that of the listing itself included.
    changed_rate
        Edits (characters put in, taken out or replaced) per character of the listing.
    """

    text: str
    evaded: bool
    n_queries: int
    changed_rate: float


class _Disguised(NamedTuple):
    """A word disguised: by which disguise, and how many edits that takes."""

    how: tuple[str, float]
    word: str
    n_edits: int


def adapt(
    text: str,
    margins: Margins,
    threshold: float,
    *,
    random: Random,
    families: Sequence[Family] = FAMILIES,
    n_queries: int = N_QUERIES,
    most_changed: float = MOST_CHANGED,
) -> Adapted:
    """Return a listing after an attacker has tried to bring it below a threshold.

    Parameters
    ----------
    text
        The listing's text.
    margins
        Gives the margins of texts; each text is a query.
    threshold
        The margin below which the attacker has won.
    random
        The lot.
    families
        Disguises to try, each on all letters of a word and on a single one.
    n_queries
        How many queries there are.
    most_changed
        Share (0-1) of the text's characters that edits may come to.
    """
    search = _Search(text, margins, n_queries)
    most_edits = math.floor(most_changed * len(text))
    n_edits, tried = 0, dict[tuple[str, float], list[float]]()
    order = search.by_importance() if search.margin >= threshold else []
    for number, at in enumerate(order):
        if search.margin < threshold or not search.n_left:
            break
        found = list(_disguised(search.words[at], families, most_edits - n_edits, random))
        if number >= _N_LEARNING:
            found = sorted(found, key=lambda each: -_mean(tried.get(each.how)))[:_N_KEPT]
        found = found[: search.n_left]
        drops = search.drops(at, [each.word for each in found])
        for each, drop in zip(found, drops, strict=True):
            tried.setdefault(each.how, []).append(drop)
        best = max(zip(drops, found, strict=True), default=None, key=lambda pair: pair[0])
        if best is not None and best[0] > 0:
            search.put(at, best[1].word, best[0])
            n_edits += best[1].n_edits
    changed = n_edits / max(1, len(text))
    is_below = bool(search.margin < threshold)
    return Adapted("".join(search.pieces), is_below, search.n_asked, changed)


class _Search:
    """A text in pieces, of which words can be replaced, and the queries that are left."""

    def __init__(self, text: str, margins: Margins, n_queries: int) -> None:
        self._margins = margins
        self._n_queries = n_queries
        self.n_asked = 0
        self.pieces: list[str] = []
        self._places: list[int] = []
        done = 0
        for start, end in words_of(text):
            self.pieces += [text[done:start], text[start:end]]
            self._places.append(len(self.pieces) - 1)
            done = end
        self.pieces.append(text[done:])
        self.margin = self._asked([text])[0]

    @property
    def n_left(self) -> int:
        return self._n_queries - self.n_asked

    @property
    def words(self) -> list[str]:
        return [self.pieces[place] for place in self._places]

    def by_importance(self) -> list[int]:
        """Return the words' numbers, those first without which the margin is lowest.

        Half the queries may go into this; in a long text, several words in a row are left out
        together.
        """
        n_words = len(self._places)
        width = math.ceil(n_words / max(1, self._n_queries // 2))
        runs = [range(at, min(at + width, n_words)) for at in range(0, n_words, max(1, width))]
        runs = runs[: self.n_left]
        found = self._asked([self._with(dict.fromkeys(run, "")) for run in runs])
        order = sorted(range(len(runs)), key=lambda at: found[at])
        return [number for at in order for number in runs[at]]

    def drops(self, at: int, words: Sequence[str]) -> list[float]:
        """Return how far the margin falls with each word in the place of one."""
        found = self._asked([self._with({at: word}) for word in words])
        return [self.margin - each for each in found]

    def put(self, at: int, word: str, drop: float) -> None:
        """Put a word in the place of one, by which the margin falls so far."""
        self.pieces[self._places[at]] = word
        self.margin -= drop

    def _with(self, words: dict[int, str]) -> str:
        pieces = list(self.pieces)
        for at, word in words.items():
            pieces[self._places[at]] = word
        return "".join(pieces)

    def _asked(self, texts: Sequence[str]) -> list[float]:
        self.n_asked += len(texts)
        return [float(margin) for margin in self._margins(texts)] if texts else []


def _disguised(
    word: str, families: Sequence[Family], most_edits: int, random: Random
) -> Iterator[_Disguised]:
    """Yield the word in every disguise that takes no more than so many edits."""
    seen = {word}
    for family in families:
        for share in (0.0, 1.0):
            other = family.disguise(word, share, random)
            if other in seen or abs(len(other) - len(word)) > most_edits:
                continue
            seen.add(other)
            n_edits = edit_distance(word, other)
            if n_edits <= most_edits:
                yield _Disguised((family.name, share), other, n_edits)


def edit_distance(one: str, other: str) -> int:
    """Return how many characters are to be put in, taken out or replaced (Levenshtein 1966).

    Examples
    --------
    >>> edit_distance("copy", "c0py "), edit_distance("", "ab")
    (2, 2)
    """
    row = list(range(len(other) + 1))
    for number, char in enumerate(one, 1):
        before, row = row, [number]
        for at, each in enumerate(other):
            row.append(min(before[at] + (char != each), before[at + 1] + 1, row[at] + 1))
    return row[-1]


def _mean(values: Sequence[float] | None) -> float:
    return sum(values) / len(values) if values else 0.0
