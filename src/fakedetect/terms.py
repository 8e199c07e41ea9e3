"""The terms of a text: what is counted to see what sellers have begun to say."""

from __future__ import annotations

import functools
import itertools
import re

from fakedetect.text import canonical, is_unspaced, word_character

_MOST_WORDS = 300  # of a text
_LONGEST_WORD = 40
_LONGEST_CLAUSE = 500  # characters of a stretch without spaces
_LENGTHS = (2, 3, 4)  # of terms in scripts without spaces


def terms_of(text: str) -> set[str]:
    """Return the terms of a text: its words and the pairs of neighbours, in canonical spelling.

    Numbers are no words. Of a stretch in a script without spaces, two to four characters in a row
    are terms. Only the first 300 words are looked at, and 500 characters of such a stretch.

    Examples
    --------
    >>> sorted(terms_of("Bag 42, same FACTORY; 1:1"))
    ['1:1', 'bag', 'factory', 'same', 'same factory']
    >>> sorted(terms_of("原单包"))
    ['单包', '原单', '原单包']
    """
    text = canonical(text)
    found: set[str] = set()
    before, end = "", -1
    for match in itertools.islice(_word().finditer(text), _MOST_WORDS):
        word = match[0]
        if not word.isascii() and any(map(is_unspaced, word)):
            clause = word[:_LONGEST_CLAUSE]
            found.update(
                clause[start : start + n] for n in _LENGTHS for start in range(len(clause) - n + 1)
            )
            word = ""
        elif len(word) < 2 or len(word) > _LONGEST_WORD or word.isdigit():
            word = ""
        if word:
            found.add(word)
            if before and match.start() == end + 1 and text[end] == " ":
                found.add(f"{before} {word}")
        before, end = word, match.end()
    return found


@functools.cache
def _word() -> re.Pattern[str]:
    # "1:1", "no-box" and "d'autore" are one word each.
    letter = word_character()
    return re.compile(rf"{letter}+(?:[:.'’&/-]{letter}+)*")


def parts_of(term: str) -> set[str]:
    """Return the words of a term; in a script without spaces, every two characters in a row."""
    if any(map(is_unspaced, term)):
        return {term[start : start + 2] for start in range(len(term) - 1)}
    return set(term.split())
