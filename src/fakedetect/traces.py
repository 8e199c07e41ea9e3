"""What may have been undone to read a text, and the marks of it that a model reads.

A word of marks is one that all have and one for the kind. They are characters for private use,
which no text may bring along.
"""

from __future__ import annotations

# One bit for each.
INVISIBLE = 1
DIRECTION = 2
BACKSPACE = 4
FULL_WIDTH = 8
FANCY = 16
LOOKALIKE = 32
PILED = 64
ACCENTS = 128
SIGNS = 256
REPEATED = 512
DIGITS = 1024
HALVES = 2048
SPACED = 4096

# In the order of their bits.
NAMES = (
    "invisible characters", "direction controls", "backspaces", "full-width letters",
    "fancy letters", "look-alike letters", "piled marks", "strange accents",
    "signs between letters", "repeated letters", "digits for letters", "split characters",
    "spaced letters",
)  # fmt: skip
N_TRACES = len(NAMES)

ANY_TRACE = 0x10F700
FIRST_TRACE = ANY_TRACE + 1
FIRST_SYLLABLE = 0x10F800  # how a Chinese character sounds, one sign for each syllable


def marks(trace: int) -> str:
    """Return the word of marks for one trace."""
    return chr(ANY_TRACE) + chr(FIRST_TRACE + trace.bit_length() - 1)
