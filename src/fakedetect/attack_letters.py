"""How sellers write letters otherwise: look-alikes, letters with marks, digits.

Small tables of facts, written down for the attacks and for nothing else: a defence that read the
same ones would be measured by its own yardstick.

Sources: look-alikes are from confusables.txt of Unicode Technical Standard 39, of Greek, Cyrillic,
Armenian, Cherokee, Lisu and other Latin letters, without those that compatibility forms undo; those
for k, m, t and Q are not there, since it calls them too unlike in print, and sellers use them.
Mathematical letters are those of the Unicode block U+1D400 to U+1D7FF. Letters with marks are found
by their Unicode names, as the visual neighbours of Eger et al. (2019, "Text processing like humans
do: visually attacking and shielding NLP systems", DCES). Digits for letters are those of leetspeak.
"""

from __future__ import annotations

import functools
import string
import unicodedata

# Code points in hexadecimal, since their shapes tell nothing apart.
_LOOK_ALIKES = {
    "a": "0430 03B1 0251", "b": "0184 042C 13CF", "c": "0441 1D04 2CA5 ABAF", "d": "0501 13E7",
    "e": "0435 04BD AB32", "f": "0584 A799 AB35", "g": "0581 0261 018D", "h": "04BB 0570 13C2",
    "i": "0456 0131 03B9 04CF", "j": "0458 03F3", "k": "03BA 043A", "l": "04CF 0406 01C0 0399",
    "m": "043C", "n": "0578 057C", "o": "043E 03BF 0585 2C9F", "p": "0440 03C1 2CA3",
    "q": "051B 0563", "r": "0433 1D26 AB81 AB47", "s": "0455 A731 ABAA", "t": "0442 03C4",
    "u": "057D 03C5 1D1C 028B", "v": "0475 03BD 1D20 ABA9", "w": "051D 0461 0561 1D21",
    "x": "0445", "y": "0443 04AF 03B3 028F", "z": "1D22 AB93",
    "A": "0410 0391 13AA A4EE", "B": "0412 0392 13F4 A4D0", "C": "0421 13DF 2CA4 A4DA",
    "D": "13A0 A4D3", "E": "0415 0395 13AC A4F0", "F": "03DC A798 A4DD", "G": "050C 13C0 A4D6",
    "H": "041D 0397 13BB A4E7", "I": "0406 0399 04C0 A4F2", "J": "0408 037F 13AB A4D9",
    "K": "041A 039A 13E6 A4D7", "L": "13DE 2CD0 A4E1", "M": "041C 039C 13B7 A4DF",
    "N": "039D 2C9A A4E0", "O": "041E 039F 0555 A4F3", "P": "0420 03A1 13E2 A4D1", "Q": "051A",
    "R": "01A6 13A1 A4E3", "S": "0405 054F 13D5 A4E2", "T": "0422 03A4 13A2 A4D4",
    "U": "054D A4F4", "V": "0474 13D9 A4E6", "W": "051C 13B3 A4EA", "X": "0425 03A7 A4EB",
    "Y": "04AE 03A5 13A9 A4EC", "Z": "0396 13C3 A4DC",
    "а": "0061 0251", "е": "0065", "о": "006F 03BF", "р": "0070 03C1", "с": "0063", "у": "0079",
    "х": "0078", "к": "03BA 006B", "г": "0072", "і": "0069", "А": "0041 0391", "В": "0042 0392",
    "Е": "0045 0395", "К": "004B 039A", "М": "004D 039C", "Н": "0048 0397", "О": "004F 039F",
    "Р": "0050 03A1", "С": "0043", "Т": "0054 03A4", "У": "0059", "Х": "0058 03A7",
}  # fmt: skip
# First letters of the mathematical alphabets that have no holes: bold, bold italic, bold script,
# bold Fraktur, sans-serif (plain, bold, italic, bold italic), monospace. Capitals come first.
_ALPHABETS = (0x1D400, 0x1D468, 0x1D4D0, 0x1D56C, 0x1D5A0, 0x1D5D4, 0x1D608, 0x1D63C, 0x1D670)
_DIGITS_FOR = {
    "a": "4@", "b": "8", "e": "3", "g": "9", "i": "1!", "l": "1", "o": "0", "s": "5$", "t": "7",
    "z": "2", "о": "0", "з": "3", "ч": "4", "б": "6",
}  # fmt: skip
# Where letters with marks are looked for: Latin, Greek and Cyrillic with their extensions.
_MARKED = (range(0xC0, 0x530), range(0x1D00, 0x2000), range(0x2C60, 0x2C80), range(0xA640, 0xAB70))


def look_alikes(char: str) -> str:
    """Return letters of other alphabets that look like one.

    Examples
    --------
    >>> [f"{ord(char):X}" for char in look_alikes("q")]
    ['51B', '563']
    """
    return "".join(chr(int(each, 16)) for each in _LOOK_ALIKES.get(char, "").split())


def mathematical_forms(char: str) -> str:
    """Return a letter of the Latin alphabet in nine mathematical alphabets; nothing of others."""
    place = (string.ascii_uppercase + string.ascii_lowercase).find(char)
    return "".join(chr(first + place) for first in _ALPHABETS) if place >= 0 else ""


def visual_neighbours(char: str) -> str:
    """Return letters that are one letter with other marks, by their Unicode names.

    Examples
    --------
    >>> visual_neighbours("k")[:4], visual_neighbours("é")[:4]
    ('ķƙǩᶄ', 'èêëē')
    """
    name = unicodedata.name(char, "").partition(" WITH ")[0]
    return _by_base().get(name, "").replace(char, "")


@functools.cache
def _by_base() -> dict[str, str]:
    found: dict[str, str] = {}
    for char in (chr(point) for block in _MARKED for point in block):
        base, marked, _ = unicodedata.name(char, "").partition(" WITH ")
        if marked and " LETTER " in base:
            found[base] = found.get(base, "") + char
    return found


def digits_for(char: str) -> str:
    """Return the digits and signs that stand for a letter in leetspeak."""
    return _DIGITS_FOR.get(char.lower(), "")
