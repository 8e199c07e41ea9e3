"""What is known of single characters: scripts, look-alikes, readings, and who writes which.

The tables in ``characters`` say what looks or sounds like what; here they become look-ups by code
point, each made when it is first needed.
"""

from __future__ import annotations

import functools
import unicodedata
from importlib import resources

# Kinds of characters, as far as disguises go.
OTHER, LATIN, GREEK, CYRILLIC, ARMENIAN, RARE, HAN, DIGIT, MARK, SIGN, SPACE, HIDDEN = range(12)
# Letters that a reader may take for those of another script are of the kinds up to here.
LAST_ALIKE = RARE
# Letters between which something may be hidden are of the kinds up to here.
LAST_HIDING = HAN

_SCRIPTS = {
    "LATIN": LATIN, "GREEK": GREEK, "CYRILLIC": CYRILLIC, "ARMENIAN": ARMENIAN, "CJK": HAN,
}  # fmt: skip
# Scripts whose letters stand in listings only for what they look like.
_RARE = (
    "CHEROKEE", "LISU", "COPTIC", "DESERET", "OSAGE", "CANADIAN", "TIFINAGH", "MIAO", "RUNIC",
    "OLD", "CARIAN", "LYCIAN", "LYDIAN", "WARANG", "ELBASAN", "MATHEMATICAL", "OGHAM",
)  # fmt: skip
# Signs that sellers put between letters. Strokes, commas and colons part honest words and sizes.
_SIGNS = frozenset("*_.-~^+|=#•·・‧∙⋅°`´'\"’‘″“”‐‑‒–—−¦†‡※")
_KEPT_APART = frozenset("&@$€£¥%№™®©₽₫฿₹")  # symbols that are read

_CYRILLIC_OF = dict(zip("abcehkmoptxy", "авсенкмортху", strict=True))
# Digits and signs by the letter that they are written for.
DIGIT_LETTERS = {
    "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g",
    "@": "a", "$": "s", "!": "i", "|": "i",
}  # fmt: skip
# Of words that are known then, in Latin and in Cyrillic letters.
WORD_DIGITS = {**DIGIT_LETTERS, "2": "z"}
CYRILLIC_DIGITS = {"0": "о", "3": "з", "4": "ч", "6": "б", "8": "в", "@": "а"}

# Letters with something on them that the languages of the Latin script write.
_ORTHOGRAPHIES = (
    "äöüß", "àâæçéèêëîïôœùûüÿ", "áéíóúüñ", "àáâãçéêíóôõúü", "àèéìíîòóùú", "áäčďéíĺľňóôŕšťúýžěřů",
    "ąćęłńóśźż", "áéíóöőúüű", "ăâîșțşţ", "çğıöşüâîû", "åäöøæéà", "áðéíóúýþæö", "āčēģīķļņšūž",
    "ąčęėįšųūž", "čćđšž", "äõöüšž", "àèéíïòóúüç", "ëç", "ċġħż", "éëïíóöüáà",
    "áéíóúàèìòù", "âêîôûŵŷ",
    "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü", "əçğıöşü", "ẹọṣńǹáàéèíìóòúù", "āīūṇṭḍṣśṅñḥṃ", "ĉĝĥĵŝŭ", "ơưăâđêô",
)  # fmt: skip
_CYRILLIC_ORTHOGRAPHIES = ("ґ", "ѐѝ", "ғқң", "җң", "ғқҳҷӣӯ", "ғҙҡңҫ", "ӑӗҫӳ", "ғқҳ", "ӧ")


def _rows(name: str) -> list[tuple[str, str]]:
    """Return the lines of a table: what is meant, and the characters that stand for it."""
    text = (resources.files("fakedetect.characters") / f"{name}.txt").read_text("utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return [(meant, chars) for meant, chars in rows]


def folded(char: str) -> str:
    """Return what compatibility forms and capitals fold to (NFKC and case, until stable)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())


def kind(char: str) -> int:
    """Return the kind of a character that has been folded."""
    category = unicodedata.category(char)
    if category[0] == "L":
        first = unicodedata.name(char, "").split(" ")[0].split("-")[0]
        found = _SCRIPTS.get(first, RARE if first in _RARE else OTHER)
        return LATIN if first == "NEGATIVE" else found
    if category == "Nd":
        return DIGIT
    if category in {"Mn", "Me"}:
        return MARK
    if char in _SIGNS or (category in {"So", "Sk", "Sm"} and char not in _KEPT_APART):
        return LATIN if char in bare_of() else SIGN
    return SPACE if char == " " else OTHER


@functools.cache
def latin_of() -> dict[str, str]:
    """Return the Latin letter that each letter of another script looks like."""
    return {char: letter for letter, chars in _rows("lookalikes") for char in chars}


@functools.cache
def cyrillic_of() -> dict[str, str]:
    """Return the Cyrillic letter that each Latin one looks like."""
    return {
        each: cyrillic
        for latin, cyrillic in _CYRILLIC_OF.items()
        for each in (latin, latin.upper())
    }


@functools.cache
def bare_of() -> dict[str, str]:
    """Return the letter that stands under what is on another, or that is turned or curled."""
    return {char: letter for letter, chars in _rows("bases") for char in chars}


@functools.cache
def homes_of() -> dict[str, int]:
    """Return which orthographies write each letter with something on it, one bit for each.

    Those of Latin and of Cyrillic share bits, since no word is in both.
    """
    homes: dict[str, int] = {}
    for orthographies in ([*_ORTHOGRAPHIES, _vietnamese()], _CYRILLIC_ORTHOGRAPHIES):
        for bit, letters in enumerate(orthographies):
            for letter in letters:
                homes[letter] = homes.get(letter, 0) | 1 << bit
    return homes


EVERY_HOME = (1 << (len(_ORTHOGRAPHIES) + 1)) - 1


def _vietnamese() -> str:
    tones = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
    forms = [unicodedata.normalize("NFC", v + tone) for v in "aăâeêioôơuưy" for tone in tones]
    return "đ" + "".join(form for form in forms if form > "\x7f")


@functools.cache
def simplified_of() -> dict[str, str]:
    """Return the simplified form of each traditional Chinese character."""
    return {char: form for form, chars in _rows("simplified") for char in chars}


@functools.cache
def whole_of() -> dict[tuple[str, str], str]:
    """Return the Chinese character that each pair of halves is put together to."""
    return {(halves[0], halves[1]): whole for halves, whole in _rows("parts")}


@functools.cache
def wholes() -> dict[tuple[int, int], int]:
    """Return code points of what two halves make; negative where they may be read as they are."""
    halved = {(ord(one), ord(two)): ord(whole) for (one, two), whole in whole_of().items()}
    pairs = {(ord(two[0]), ord(two[1])): -ord(whole) for two, whole in _rows("pairs")}
    return {**halved, **pairs}


@functools.cache
def syllables() -> dict[str, str]:
    """Return the Chinese characters of each syllable, without tone."""
    return dict(_rows("syllables"))


@functools.cache
def syllable_of() -> dict[str, int]:
    """Return which syllable each Chinese character is read as, by its number."""
    return {char: number for number, chars in enumerate(syllables().values()) for char in chars}


@functools.cache
def spelled_syllables() -> dict[int, int]:
    """Return the number of each syllable by its letters, read as digits of base 27, a being 1."""
    found = {}
    for number, letters in enumerate(syllables()):
        key = 0
        for letter in letters:
            key = key * 27 + ord(letter) - 96
        found[key] = number
    return found


@functools.cache
def words() -> list[str]:
    """Return known words, in lower case; of those that begin alike, the commonest first."""
    return [start + rest for start, rests in _rows("words") for rest in rests.split(" ")]


@functools.cache
def triples() -> bytes:
    """Return how often three of a space and a to z stand together in words, in 27 * 27 * 27 bytes.

    As the number of bits of the count; 0 is never.
    """
    seen = bytearray(27**3)
    for two, thirds in _rows("triples"):
        for third, n_bits in zip(thirds[::2], thirds[1::2], strict=True):
            first, second, last = (ord(char) - 96 if char != " " else 0 for char in two + third)
            seen[(first * 27 + second) * 27 + last] = int(n_bits)
    return bytes(seen)


def reads_well(word: str) -> bool:
    """Return whether all letters of a word stand together in words that are known.

    Examples
    --------
    >>> reads_well("replica"), reads_well("cymka")
    (True, False)
    """
    if not (word.isascii() and word.isalpha() and word.islower()):
        return False
    places = [0, *(ord(char) - 96 for char in word), 0]
    seen = triples()
    return all(
        seen[(first * 27 + second) * 27 + third]
        for first, second, third in zip(places, places[1:], places[2:], strict=False)
    )
