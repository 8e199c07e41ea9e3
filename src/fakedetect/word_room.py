"""Room in which one raw word is spelled, and what is asked there of single characters.

Like all that ``spelling`` is made of, the functions run as they are and compiled.
"""

# Compiled functions carry no types, as in the kernels.

from __future__ import annotations

from typing import Any, NamedTuple

from fakedetect.letters import HAN

LONGEST_READ = 32  # characters of a word that has further readings
MOST_OF_ONE = 3  # letters of a kind in a row that honest words have ("copiii", "IEEE")
SPACE = 32
I, L = 105, 108  # noqa: E741 # letters
_EXCLAMATION, _STROKE = 33, 124


class Room(NamedTuple):
    """Room for one word: code points as read, and two spellings.

    Each spelled character comes from ``raw[starts[i]:ends[i]]``.
    """

    raw: Any
    points: Any
    starts: Any
    ends: Any
    apart: Any
    apart_starts: Any
    apart_ends: Any


def keep(index, m, room):
    """Write a character again, at a place before it or its own."""
    room.points[m] = room.points[index]
    room.starts[m] = room.starts[index]
    room.ends[m] = room.ends[index]


def write(point, start, end, n, room):
    """Write a character that stands for a stretch of the raw word; return the length then."""
    room.points[n] = point
    room.starts[n] = start
    room.ends[n] = end
    return n + 1


def is_letter(point, tables):
    """Return whether it is a letter of an alphabet."""
    return 0 < tables.kind[point] < HAN


def letter_for(point, tables):
    """Return the letter that a digit or sign is written for, 0 if none."""
    return tables.digit_letters[point] if point < 128 else 0


def is_stroke(point):
    """Return whether it is an exclamation mark or a bar."""
    return point == _EXCLAMATION or point == _STROKE


def is_part(point, tables):
    """Return whether it is a letter or written for one."""
    return is_letter(point, tables) or letter_for(point, tables) > 0


def cyrillic_for(point, tables):
    """Return the Cyrillic letter that a Latin one looks like, 0 if none."""
    return tables.cyrillic[point] if point < 128 else 0
