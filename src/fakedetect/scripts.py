"""The script that most of a text is written in, where nobody says its language."""

from __future__ import annotations

import functools
import unicodedata
from collections import Counter

# Words that begin a letter's Unicode name, where they are not the script's own name.
_KNOWN_AS = {"CJK": "Chinese characters", "HIRAGANA": "Kana", "KATAKANA": "Kana"}


def main_script(text: str) -> str:
    """Return the script of most of a text's letters; "none" if it has no letter.

    The script is the first word of the letter's name in the Unicode character database. Of scripts
    with equally many letters, the one that comes first in the text. Japanese counts as kana or as
    Chinese characters, by which it has more of.

    Examples
    --------
    >>> [main_script(text) for text in ("Tasche 手", "高仿 A货", "часы", "2021")]
    ['Latin', 'Chinese characters', 'Cyrillic', 'none']
    """
    found: Counter[str] = Counter()
    for letter, n in Counter(text).items():
        if letter.isalpha():
            found[_script(letter)] += n
    return found.most_common(1)[0][0] if found else "none"


@functools.lru_cache(maxsize=1 << 14)
def _script(letter: str) -> str:
    first = unicodedata.name(letter, "UNNAMED").partition(" ")[0].partition("-")[0]
    return _KNOWN_AS.get(first, first.capitalize())
