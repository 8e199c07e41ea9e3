"""How sellers disguise words: the attacks by which a model is put under stress.

A seller who is flagged for a word writes it otherwise, so that a reader still knows it and a model
does not. Each family here is one published way of doing so. An attack may use the cues of a
listing, that is where the words stand that speak for suspicion under the model on the text as it
is, and nothing else about the model; it changes those words and leaves the rest alone.

An attack is drawn by lot from a seed, the family and the text: the order of listings changes
nothing. The tables are the attacks' own (``attack_letters``, ``attack_hanzi``), not those by which
a model's text step undoes disguises.

Left out on purpose: attacks on the words' meaning (synonyms, translation), which no text step can
undo, and carriage returns, which no listing survives.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from fakedetect.attack_hanzi import homophones, parts, pinyin, traditional_forms
from fakedetect.attack_letters import (
    digits_for,
    look_alikes,
    mathematical_forms,
    visual_neighbours,
)
from fakedetect.text import is_unspaced

Cue = tuple[int, int]  # where a word stands: text[start:end]
# A word, the share of its places that change (at least one does), and the lot.
Disguise = Callable[[str, float, Random], str]

FORMATTING = "invisible characters and forms"
LETTERS = "look-alike letters"
SET_APART = "letters changed or set apart"
TYPOS = "typing errors"
CHINESE = "Chinese"

_BAD_CHARACTERS = "Boucher et al. 2022, Bad Characters"
_TEXT_BUGGER = "Li et al. 2019, TextBugger"
_INVISIBLE = "\u200b\u200c\u200d\u2060\u2063\ufeff\u00ad\u034f\u180e"
_MARKS = [chr(point) for point in range(0x300, 0x370) if point != 0x34F]
_SYMBOLS = ".-_*~•·|/+^°🔥⭐✨💎❤🌸💯🎁👜"
_SEPARATORS = " .·-*|/~•❤⭐"
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_LRI, _PDI, _LRO, _RLO, _PDF = "\u2066", "\u2069", "\u202d", "\u202e", "\u202c"
_LONGEST_WORD = 64
_KANA = re.compile("[\u3041-\u30fa]")


@dataclass(frozen=True)
class Family:
    """A way of disguising words.

    Attributes
    ----------
    name
        By which it is asked for.
    group
        The kind of attack that it is.
    does
        What it does to a word, in words.
    reference
        Where it is described.
    disguise
        Takes a word, the share (0-1) of its places that change, and the lot; gives the word
        disguised, or as it was where there is nothing to change.
    is_chinese
        Whether it is for Chinese only.
    is_spaced
        Whether two attacked words in a row are set further apart, since blanks are what it puts
        between letters.
    """

    name: str
    group: str
    does: str
    reference: str
    disguise: Disguise
    is_chinese: bool = False
    is_spaced: bool = False

    def attack(self, text: str, cues: Sequence[Cue], strength: float, random: Random) -> str:
        """Return the text with its cues disguised.

        Parameters
        ----------
        text
            The listing's text.
        cues
            Where the words to disguise stand, the most important first, none overlapping another.
        strength
            Share (0-1) of the cues that are attacked, the first ones; 1 attacks all.
        random
            The lot; see ``lot``.
        """
        if self.is_chinese and _KANA.search(text):  # Japanese
            return text
        n = math.ceil(strength * len(cues))
        chosen = sorted(cues[:n])
        words = [self.disguise(text[start:end], 1.0, random) for start, end in chosen]
        return "".join(self._rewritten(text, chosen, words))

    def _rewritten(self, text: str, cues: Sequence[Cue], words: Sequence[str]) -> Iterator[str]:
        done, is_apart = 0, False
        for (start, end), word in zip(cues, words, strict=True):
            yield text[done:start]
            was_apart, is_apart = is_apart, self.is_spaced and word != text[start:end]
            if was_apart and is_apart and text[done:start] == " ":
                yield " "
            yield word
            done = end
        yield text[done:]


def lot(seed: int, *names: str) -> Random:
    """Return the lot that goes by a seed and names, such as a family's and the text itself."""
    digest = hashlib.blake2b("\0".join([str(seed), *names]).encode(), digest_size=8)
    return Random(digest.digest())  # noqa: S311 # a seeded attack, not cryptography


def words_of(text: str) -> list[Cue]:
    """Return where the words of a text stand; without spaces, two characters count as a word.

    A word of more than 64 characters counts as several, so that work on words is bounded.

    Examples
    --------
    >>> text = "copy 高仿货"
    >>> [text[start:end] for start, end in words_of(text)]
    ['copy', '高仿', '货']
    """
    found: list[Cue] = []
    for word in re.finditer(r"\S+", text):
        start, end = word.span()
        width = 2 if any(map(is_unspaced, word[0])) else _LONGEST_WORD
        found += [(at, min(at + width, end)) for at in range(start, end, width)]
    return found


def _some(places: Sequence[int], share: float, random: Random) -> set[int]:
    """Return a share of the places, at least one if there is any."""
    n = min(len(places), max(1, round(share * len(places))))
    return set(random.sample(places, n))


def _each(change: Callable[[str], str]) -> Disguise:
    """Return the disguise that puts one of several others in the place of each letter."""

    def disguise(word: str, share: float, random: Random) -> str:
        others = [change(char) for char in word]
        places = _some([at for at, other in enumerate(others) if other], share, random)
        return "".join(
            random.choice(others[at]) if at in places else char for at, char in enumerate(word)
        )

    return disguise


def _behind(follow: Callable[[Random], str]) -> Disguise:
    """Return the disguise that puts something behind each letter."""

    def disguise(word: str, share: float, random: Random) -> str:
        places = _some([at for at, char in enumerate(word) if char.isalnum()], share, random)
        return "".join(
            char + follow(random) if at in places else char for at, char in enumerate(word)
        )

    return disguise


def _between(
    fills: str, applies: Callable[[str], bool], *, one_fill: bool, least: int = 1
) -> Disguise:
    """Return the disguise that puts signs between the characters that it applies to.

    One and the same sign within a word, or another in each place; nothing where marks would be
    parted from their letter.
    """

    def disguise(word: str, share: float, random: Random) -> str:
        units = _units(word)
        pairs = itertools.pairwise(units)
        gaps = [at for at, pair in enumerate(pairs) if all(applies(unit[0]) for unit in pair)]
        places = _some(gaps, share, random) if len(gaps) >= least else set()
        same = random.choice(fills)
        return "".join(
            unit + (same if one_fill else random.choice(fills)) if at in places else unit
            for at, unit in enumerate(units)
        )

    return disguise


def _units(word: str) -> list[str]:
    """Return a word's characters, each with the marks that stand on it."""
    units: list[str] = []
    for char in word:
        if units and unicodedata.category(char) in {"Mn", "Mc", "Me"}:
            units[-1] += char
        else:
            units.append(char)
    return units


def _is_any(char: str) -> bool:
    return not char.isspace()


def _is_spaced_letter(char: str) -> bool:
    return char.isalnum() and not is_unspaced(char)


def _is_hanzi(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff"


def _homoglyphs(word: str, share: float, random: Random) -> str:
    """Return a word with look-alikes for letters; one word in four is in mathematical letters."""
    is_mathematical = random.random() < 0.25
    return _each(mathematical_forms if is_mathematical else _other_alphabets)(word, share, random)


def _other_alphabets(char: str) -> str:
    # Mathematical letters are undone by compatibility forms, so the others are worth more.
    return look_alikes(char) or mathematical_forms(char)


def _full_width(char: str) -> str:
    return chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else ""


def _is_turned(char: str) -> bool:
    """Return whether a character looks the same when its line runs from right to left."""
    return unicodedata.bidirectional(char) not in {"R", "AL", "AN"} and not unicodedata.mirrored(
        char
    )


def _reordered(word: str, share: float, random: Random) -> str:
    """Return a word in another order that controls put right on the screen.

    Either neighbours change places, as in Boucher et al., or a whole run is turned round. What is
    written is isolated from the rest of its line, or a number behind it would move.
    """
    is_swap = random.random() < 0.5 or share < 1
    pieces: list[str] = []
    for turns, group in itertools.groupby(
        _units(word), key=lambda unit: all(map(_is_turned, unit))
    ):
        units = list(group)
        if not turns or len(units) < 2:
            pieces += units
        elif is_swap:
            pieces += _swapped(units, share, random)
        else:
            pieces.append(f"{_LRI}{_RLO}{''.join(reversed(units))}{_PDF}{_PDI}")
    return "".join(pieces)


def _swapped(units: Sequence[str], share: float, random: Random) -> Iterator[str]:
    firsts = range(0, len(units) - 1, 2)
    places = _some(firsts, share, random)
    for at in firsts:
        one, two = units[at : at + 2]
        if at in places:
            isolates = f"{_LRI}{two}{_PDI}{_LRI}{one}{_PDI}"
            yield f"{_LRO}{_LRI}{_RLO}{isolates}{_PDF}{_PDI}{_PDF}"
        else:
            yield one + two
    if len(units) % 2:
        yield units[-1]


def _erased(random: Random) -> str:
    return random.choice(_ALPHABET) + random.choice("\b\x7f")


def _stacked(random: Random) -> str:
    return "".join(random.choices(_MARKS, k=random.randint(2, 5)))


def _repeated(word: str, share: float, random: Random) -> str:
    """Return a word with a third of its letters drawn out."""
    letters = [at for at, char in enumerate(word) if char.isalpha() and not is_unspaced(char)]
    places = _some(letters, share / 3, random)
    return "".join(
        char * random.randint(3, 5) if at in places else char for at, char in enumerate(word)
    )


def _mistyped(word: str, share: float, random: Random) -> str:
    """Return a word with one error in it, whatever the share.

    It is a blank, a letter less, two letters that change places, all but at the ends, or a digit or
    look-alike for a letter.
    """
    del share
    letters = [at for at, char in enumerate(word) if _is_spaced_letter(char)]
    inner = letters[1:-1]
    pairs = [(one, two) for one, two in itertools.pairwise(inner) if word[one] != word[two]]
    seen = [at for at in letters if digits_for(word[at]) or look_alikes(word[at])]
    kinds = ["blank", "delete"] * bool(inner) + ["swap"] * bool(pairs) + ["visual"] * bool(seen)
    if not kinds:
        return word
    kind = random.choice(kinds)
    if kind == "swap":
        one, two = random.choice(pairs)
        return word[:one] + word[two] + word[one + 1 : two] + word[one] + word[two + 1 :]
    at = random.choice(seen if kind == "visual" else inner)
    if kind == "blank":
        return f"{word[:at]} {word[at:]}"
    other = random.choice(digits_for(word[at]) or look_alikes(word[at])) if kind == "visual" else ""
    return word[:at] + other + word[at + 1 :]


def _spelled_out(word: str, share: float, random: Random) -> str:
    """Return a word with its Chinese characters in pinyin, with or without blanks between."""
    hanzi = [at for at, char in enumerate(word) if pinyin(char)]
    places = _some(hanzi, share, random)
    blank = random.choice(["", " "])
    pieces = []
    for at, char in enumerate(word):
        is_next = at in places and at - 1 in places
        pieces.append((blank if is_next else "") + (pinyin(char) or "") if at in places else char)
    return "".join(pieces)


def _traditional(char: str) -> str:
    return traditional_forms().get(char, "")


def _split(word: str, share: float, random: Random) -> str:
    found = parts()
    places = _some([at for at, char in enumerate(word) if char in found], share, random)
    return "".join(found[char] if at in places else char for at, char in enumerate(word))


FAMILIES = (
    Family(
        "zero-width",
        FORMATTING,
        "puts characters that render as nothing between all characters",
        _BAD_CHARACTERS,
        _between(_INVISIBLE, _is_any, one_fill=False),
    ),
    Family(
        "full-width",
        FORMATTING,
        "writes ASCII in its full-width forms",
        "Unicode Standard Annex 15",
        _each(_full_width),
    ),
    Family(
        "bidi",
        FORMATTING,
        "changes the order of letters and puts it right by direction controls",
        _BAD_CHARACTERS,
        _reordered,
    ),
    Family(
        "backspace",
        FORMATTING,
        "puts a wrong letter and a backspace or a delete behind each letter",
        _BAD_CHARACTERS,
        _behind(_erased),
    ),
    Family(
        "diacritics",
        FORMATTING,
        "stacks two to five marks on each letter",
        "Unicode Standard Annex 15; known as Zalgo",
        _behind(_stacked),
    ),
    Family(
        "homoglyphs",
        LETTERS,
        "puts look-alikes of other alphabets, or mathematical letters, for letters",
        "Unicode Technical Standard 39; Boucher et al. 2022",
        _homoglyphs,
    ),
    Family(
        "visual-neighbours",
        LETTERS,
        "puts the same letters with other marks for letters",
        "Eger et al. 2019, VIPER (DCES)",
        _each(visual_neighbours),
    ),
    Family(
        "leet",
        SET_APART,
        "puts digits and signs for letters",
        _TEXT_BUGGER,
        _each(digits_for),
    ),
    Family(
        "spaced-letters",
        SET_APART,
        "puts a blank between all letters, two between words",
        "Lee and Ng 2005, Spam deobfuscation",
        _between(" ", _is_spaced_letter, one_fill=True),
        is_spaced=True,
    ),
    Family(
        "symbols",
        SET_APART,
        "puts a symbol or an emoji between all letters",
        "Lee and Ng 2005, Spam deobfuscation",
        _between(_SYMBOLS, _is_spaced_letter, one_fill=True),
    ),
    Family(
        "repeated-letters",
        SET_APART,
        "draws out a third of the letters",
        "Brody and Diakopoulos 2011, Word lengthening",
        _repeated,
    ),
    Family(
        "typos",
        TYPOS,
        "makes one error in each word: a blank, a letter less, a swap, a look-alike",
        _TEXT_BUGGER,
        _mistyped,
    ),
    Family(
        "traditional",
        CHINESE,
        "writes simplified characters in their traditional forms",
        "General List of Simplified Chinese Characters 1986",
        _each(_traditional),
        is_chinese=True,
    ),
    Family(
        "separators",
        CHINESE,
        "puts a sign between characters",
        "Li et al. 2020, TextShield",
        _between(_SEPARATORS, _is_hanzi, one_fill=True),
        is_chinese=True,
    ),
    Family(
        "homophones",
        CHINESE,
        "puts characters of the same sound for characters",
        "Li et al. 2020, TextShield",
        _each(homophones),
        is_chinese=True,
    ),
    Family(
        "split-characters",
        CHINESE,
        "writes the two parts of characters side by side",
        "Li et al. 2020, TextShield",
        _split,
        is_chinese=True,
    ),
    Family(
        "pinyin",
        CHINESE,
        "spells characters out in Latin letters",
        "Li et al. 2020, TextShield",
        _spelled_out,
        is_chinese=True,
    ),
)
