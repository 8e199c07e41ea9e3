"""How sellers drown words: harmless ones are added until the suspicious ones weigh little.

Adding good words is the oldest attack on filters that weigh words (Lowd and Meek 2005, "Good word
attacks on statistical spam filters"). What is added comes from honest listings in the same script,
word by word or title by title, or is chosen by one who knows the model: the worst case.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from fakedetect.attacks import Cue, words_of
from fakedetect.scripts import main_script

N_WORDS = 150

ADDED = "words added"
RANDOM, TITLES, CHOSEN, INTERLEAVED = (
    "random-words", "title-words", "chosen-words", "interleaved-words",
)  # fmt: skip
NAMES = (RANDOM, TITLES, CHOSEN, INTERLEAVED)

_LOWD_MEEK = "Lowd and Meek 2005"
# The words chosen against a model: how many are looked at closely, on how many listings, and how
# many are taken before looking again.
_N_CLOSELY, _N_SAMPLES, _N_AT_ONCE = 250, 4, 50

Margins = Callable[[Sequence[str]], Sequence[float]]


@dataclass(frozen=True)
class Padding:
    """A way of adding words to a listing.

    Attributes
    ----------
    name, group, does, reference
        As for ``attacks.Family``.
    draw
        Gives at least so many words for a text.
    is_interleaved
        Whether the words go between the cues; behind the text if not.
    """

    name: str
    group: str
    does: str
    reference: str
    draw: Callable[[str, int, Random], list[str]]
    is_interleaved: bool = False

    def attack(self, text: str, cues: Sequence[Cue], strength: float, random: Random) -> str:
        """Return the text with words added; ``strength`` is the share (0-1) of 150 words.

        Takes what ``attacks.Family.attack`` does.
        """
        n = math.ceil(strength * N_WORDS)
        words = self.draw(text, n, random)[:n]
        if not self.is_interleaved or not cues:
            return " ".join([text, *words])
        return "".join(_interleaved(text, sorted(cues), words))


def _interleaved(text: str, cues: Sequence[Cue], words: Sequence[str]) -> Iterator[str]:
    """Yield the text with the words spread evenly before its cues and behind the last."""
    places = [*(start for start, _ in cues), cues[-1][1]]
    ends = [len(words) * (number + 1) // len(places) for number in range(len(places))]
    done = 0
    for place, (first, end) in zip(places, itertools.pairwise([0, *ends]), strict=True):
        yield text[done:place]
        if first < end:
            yield f" {' '.join(words[first:end])} "
        done = place
    yield text[done:]


def paddings(
    texts: Sequence[str], titles: Sequence[str], chosen: Sequence[str]
) -> tuple[Padding, ...]:
    """Return the four ways of adding words.

    Parameters
    ----------
    texts, titles
        Of honest listings: what words are drawn from.
    chosen
        The words that lower the model's margin most; see ``chosen_words``.
    """
    words, wholes = _Pool(_all_words(texts)), _Pool(titles)

    def by_word(text: str, n: int, random: Random) -> list[str]:
        return random.choices(words.like(text), k=n)

    def by_title(text: str, n: int, random: Random) -> list[str]:
        drawn: list[str] = []
        while len(drawn) < n:
            title = random.choice(wholes.like(text))
            drawn += _words(title) or [title]
        return drawn

    def by_choice(text: str, n: int, random: Random) -> list[str]:
        del text
        return random.sample(chosen[:n], min(n, len(chosen)))

    return (
        Padding(RANDOM, ADDED, "adds 150 words of honest listings", _LOWD_MEEK, by_word),
        Padding(TITLES, ADDED, "adds whole titles of honest listings", _LOWD_MEEK, by_title),
        Padding(
            CHOSEN, ADDED, "adds the 150 words that lower the margin most", _LOWD_MEEK, by_choice
        ),
        Padding(
            INTERLEAVED,
            ADDED,
            "puts those 150 words between the cues",
            _LOWD_MEEK,
            by_choice,
            is_interleaved=True,
        ),
    )


class _Pool:
    """What may be added, by the script that it is written in."""

    def __init__(self, entries: Iterable[str]) -> None:
        # Sorted, so that the order of the listings does not matter.
        self._all = sorted(entry for entry in entries if entry.strip())
        self._by_script: dict[str, list[str]] = {}
        for entry in self._all:
            self._by_script.setdefault(main_script(entry), []).append(entry)

    def like(self, text: str) -> list[str]:
        """Return what is written as the text is, or all if nothing is."""
        return self._by_script.get(main_script(text)) or self._all


def _all_words(texts: Iterable[str]) -> Iterator[str]:
    return itertools.chain.from_iterable(map(_words, texts))


def _words(text: str) -> list[str]:
    return [text[start:end] for start, end in words_of(text)]


def chosen_words(
    margins: Margins, vocabulary: Iterable[str], texts: Sequence[str], *, n: int = N_WORDS
) -> list[str]:
    """Return the words that lower the margins of some listings most, together.

    First come those with the lowest margins on their own, which is the linear choice of Lowd and
    Meek; of these the ones are taken, fifty at a time, that lower the listings' margins most
    beside those already taken. So it holds for whatever rule a model makes of its weights.

    Parameters
    ----------
    margins
        Gives the margins of texts.
    vocabulary
        Words to choose from: the model's own and those of honest listings. Of spellings that
        differ in case one is looked at.
    texts
        Listings to be cleared; the first four are looked at.
    n
        How many words are wanted.
    """
    words = list({word.casefold(): word for word in sorted(vocabulary)}.values())
    alone = margins(words)
    ranked = [words[at] for at in sorted(range(len(words)), key=lambda at: alone[at])]
    left, taken = ranked[: max(n, _N_CLOSELY)], list[str]()
    while left and len(taken) < n:
        sums = _sums_beside(margins, taken, left, texts[:_N_SAMPLES])
        order = sorted(range(len(left)), key=lambda at: sums[at])
        best = [left[at] for at in order[: min(_N_AT_ONCE, n - len(taken))]]
        taken += best
        left = [word for word in left if word not in set(best)]
    return taken


def _sums_beside(
    margins: Margins, taken: Sequence[str], words: Sequence[str], texts: Sequence[str]
) -> list[float]:
    """Return, for each word, the sum of the margins of texts with it and what is taken added."""
    padded = [" ".join([text, *taken, word]) for word in words for text in texts]
    found = iter(margins(padded))
    return [sum(itertools.islice(found, len(texts))) for _ in words]
