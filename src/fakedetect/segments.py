"""A listing's segments: runs of its words, so that words added to it do not hide what it says.

Sellers append harmless words to a listing until its score falls (Lowd and Meek 2005). They cannot
take the suspicious words away, though, and these mostly stand together. So a long listing is also
read in segments of a fixed number of words, and its margin is the larger of two: that of the whole
text, and that of its most suspicious segment less a penalty, since among many segments one looks
suspicious by chance.

Words are cut at white space in ASCII, before anything is made of the text: that is what the
compiled pass does, and no segment begins or ends inside a letter. A text without such white space
is one word and has no segments, however long it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Margins = Callable[[Sequence[str]], Floats]

_WORD = re.compile(r"[^\t\n\x0b\x0c\r\x1c-\x1f ]+")
# Of 4 to 48 words and steps of a quarter to a whole these are the best compromise
# (docs/dilution.md): with fewer words honest listings look suspicious by chance, more leave room
# for harmless ones; a larger step may cut in two what belongs together, a smaller one finds little
# more and takes time.
N_WORDS, STEP = 24, 8


class Strongest(NamedTuple):
    """The most suspicious segment of each of some texts.

    Attributes
    ----------
    margins
        Its margin, shape (n,); minus infinity for a text without segments.
    n_segments
        How many segments the text has, shape (n,).
    """

    margins: Floats
    n_segments: Ints


class Spoken(NamedTuple):
    """What of a text gives its margin: ``text[start:end]``, and what the choice of it costs."""

    start: int
    end: int
    toll: float


@dataclass(frozen=True)
class Segments:
    """How a model reads long listings.

    Attributes
    ----------
    n_words
        Words of a segment. Texts with as many or fewer have no segments.
    step
        Words from the start of one segment to that of the next; at most ``n_words``, so that none
        is left out.
    penalty
        What the margin of the most suspicious segment is less by, in log-odds, for n segments
        ``penalty * ln(n)``.
    """

    n_words: int
    step: int
    penalty: float

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return start and end of each segment of a text.

        The last one ends with the text, and may overlap more of the one before it.

        Examples
        --------
        >>> Segments(3, 2, penalty=0.0).spans("a b c d e f")
        [(0, 5), (4, 9), (6, 11)]
        """
        words = [match.span() for match in _WORD.finditer(text)]
        last = len(words) - self.n_words
        if last <= 0:
            return []
        firsts = [*range(0, last, self.step), last]
        return [(words[first][0], words[first + self.n_words - 1][1]) for first in firsts]

    def tolls(self, n_segments: Ints) -> Floats:
        """Return what the choice among so many segments costs, in log-odds; of none, nothing."""
        return np.asarray(self.penalty * np.log(np.maximum(n_segments, 1)))

    def combined(self, wholes: Floats, strongest: Strongest) -> Floats:
        """Return margins of texts from those of the whole texts and of their segments."""
        return np.maximum(wholes, strongest.margins - self.tolls(strongest.n_segments))

    def strongest(self, texts: Sequence[str], margins_of: Margins) -> Strongest:
        """Return the most suspicious segment of each text.

        Parameters
        ----------
        texts
            The texts.
        margins_of
            Returns the margin of each of several texts, each read as a whole.
        """
        cut = [[text[start:end] for start, end in self.spans(text)] for text in texts]
        n_segments = np.array([len(segments) for segments in cut], dtype=np.intp)
        best = np.full(len(texts), -np.inf)
        flat = [segment for segments in cut for segment in segments]
        if flat:
            np.maximum.at(best, np.repeat(np.arange(len(texts)), n_segments), margins_of(flat))
        return Strongest(best, n_segments)

    def margins(self, texts: Sequence[str], margins_of: Margins) -> Floats:
        """Return the margins of texts, with their segments; takes what ``strongest`` does."""
        return self.combined(margins_of(texts), self.strongest(texts, margins_of))

    def spoken(self, text: str, margins_of: Margins) -> Spoken:
        """Return what of a text gives its margin: of equals the whole, then the first segment."""
        whole = Spoken(0, len(text), 0.0)
        spans = self.spans(text)
        if not spans:
            return whole
        found = margins_of([text, *(text[start:end] for start, end in spans)])
        toll = float(self.tolls(np.array(len(spans))))
        best = int(np.argmax(found[1:]))
        return Spoken(*spans[best], toll) if found[1 + best] - toll > found[0] else whole
