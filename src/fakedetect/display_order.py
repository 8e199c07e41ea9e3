"""The order in which a text is displayed, where characters have it turned round.

Source: Unicode Standard Annex 9, of which overrides and what nests in them are here.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field

REVERSING = "\u202e"  # RIGHT-TO-LEFT OVERRIDE: without it no letter of ours changes its place
_EMBEDDING = "\u202a\u202b\u202d\u202e"
_ISOLATING = "\u2066\u2067\u2068"
_POP_EMBEDDING, _POP_ISOLATE = "\u202c", "\u2069"
_CONTROLS = f"{_EMBEDDING}{_ISOLATING}{_POP_EMBEDDING}{_POP_ISOLATE}\n"  # or a paragraph's end
_DEEPEST = 125  # max_depth of UAX 9

Piece = tuple[int, int]  # where a piece of a text starts and ends, the other way round if turned


@dataclass(slots=True)
class _Stretch:
    """A part of a text that is displayed as a whole: pieces of it, and other parts."""

    is_reversed: bool
    is_isolate: bool
    parts: list[Piece | _Stretch] = field(default_factory=list)


def displayed(text: str) -> list[Piece]:
    """Return the pieces of a text in the order of their display, without what changes that."""
    return _flat(_stretches(text))


def _stretches(text: str) -> _Stretch:
    """Return a text's stretches; what stands between two controls is moved as one piece."""
    whole = _Stretch(is_reversed=False, is_isolate=True)
    stack = [whole]
    n_isolates = 0
    end = 0
    parts = [*_controls().split(text), "\n"]
    for piece, control in zip(parts[::2], parts[1::2], strict=True):
        start, end = end, end + len(piece)
        if piece:
            stack[-1].parts.append((start, end))
        if control == _POP_EMBEDDING:
            if len(stack) > 1 and not stack[-1].is_isolate:
                stack.pop()
        elif control == _POP_ISOLATE:
            if n_isolates:
                n_isolates -= 1
                while not stack.pop().is_isolate:
                    pass
        elif control == "\n":
            del stack[1:]
            n_isolates = 0
            if end < len(text):
                whole.parts.append((end, end + 1))
        elif len(stack) < _DEEPEST:
            stretch = _Stretch(control == REVERSING, control in _ISOLATING)
            stack[-1].parts.append(stretch)
            stack.append(stretch)
            n_isolates += stretch.is_isolate
        end += 1
    return whole


def _flat(whole: _Stretch) -> list[Piece]:
    """Return the pieces of a text in the order of their display."""
    order: list[Piece] = []
    todo: list[Piece | _Stretch] = [whole]
    while todo:
        part = todo.pop()
        if not isinstance(part, _Stretch):
            order.append(part)
        elif part.is_reversed:
            # The last to be put on is the first to be taken off.
            todo += [each if isinstance(each, _Stretch) else _turned(each) for each in part.parts]
        else:
            todo += part.parts[::-1]
    return order


def _turned(piece: Piece) -> Piece:
    start, end = piece
    return (end, start) if end - start > 1 else piece


@functools.cache
def _controls() -> re.Pattern[str]:
    return re.compile(f"([{_CONTROLS}])")
