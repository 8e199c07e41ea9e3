"""Where the records of CSV text begin and end: the accounting behind "every record is a row".

A quote that opens a cell and is never closed makes common readers swallow the rest of the file
without a word. Here the records are counted before anything is parsed, and a record whose quotes
do not hold is one bad record, its first line; reading goes on with the next line.

Records end in LF or CRLF, the last also at the end of the text or in a CR there. A quote opens a
cell only at the cell's start; elsewhere it is text, as in ``19" rack``. Inside a quoted cell two
quotes are one. What follows a closing quote on the same line is text of the cell; but a cell that
went over the end of a line must be closed before a delimiter or the end of a line, or its opening
quote was a stray one. Lines without characters are no records.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.intp]


MOST_LINES = 1000  # of a record that goes over several
MOST_OVER_LINES = 1 << 20  # bytes of such a record
MOST_ON_A_LINE = 4 << 20  # bytes of a record on one line

QUOTES = (
    f"a quote is opened and not properly closed within {MOST_LINES:,} lines and"
    f" {MOST_OVER_LINES >> 20} MiB; look for a stray quote"
)
TOO_LONG = f"the record is longer than {MOST_ON_A_LINE >> 20} MiB"

_LF, _CR = 10, 13
_PART = 1 << 18
_NONE, _UNKNOWN = -1, -2  # places of a closing quote that are none


class Records(NamedTuple):
    """The records of a piece of CSV text.

    Attributes
    ----------
    starts, ends
        Where each begins, and where its line end stands, as positions in bytes.
    lines
        How many lines of the piece are before each.
    problems
        Why a record cannot be read, by its number from 0.
    quotes
        Where quotes open and close cells, in turn; None where that was not made out.
    n_bytes, n_lines
        How much of the piece is done with; what is behind belongs to the next.
    """

    starts: Ints
    ends: Ints
    lines: Ints
    problems: dict[int, str]
    quotes: Ints | None
    n_bytes: int
    n_lines: int


class Splitter:
    """Splits CSV text, given piece by piece, into records.

    Parameters
    ----------
    delimiter, quote
        One byte each; a quote of no bytes means that nothing is quoted.
    """

    def __init__(self, delimiter: bytes, quote: bytes) -> None:
        self._quote = quote
        self._quote_code = quote[0] if quote else _LF
        self._opening = delimiter + quote
        self._cell_ends = (delimiter, b"\n", b"\r\n")
        self._before = np.zeros(256, bool)  # what may stand before an opening quote
        self._after = np.zeros(256, bool)  # and behind a closing one
        self._before[[*delimiter, *quote, _LF]] = True
        self._after[[*delimiter, *quote, _LF]] = True
        # No record that begins before this position may go over the end of a line: the text up to
        # there was read to no avail already, and must not be for each of its lines again.
        self._tried_until = 0
        self._skipping = False  # the rest of a line that is too long

    def split(self, text: bytes, *, last: bool) -> Records:
        """Return the records that end in this piece.

        Parameters
        ----------
        text
            What the former pieces left over and what comes next.
        last
            Whether nothing comes behind it.
        """
        skipped = self._skipped(text)
        found = None
        if not skipped and self._tried_until <= 0:
            found = self._of_clean_text(text, last=last)
        found = found or self._one_by_one(text, skipped, last=last)
        self._tried_until -= found.n_bytes
        return found

    def _skipped(self, text: bytes) -> int:
        """Return how much of the text is the rest of a line that is too long."""
        if not self._skipping:
            return 0
        end = text.find(b"\n")
        self._skipping = end < 0
        return end + 1 or len(text)

    def _of_clean_text(self, text: bytes, *, last: bool) -> Records | None:
        """Return the records if all quotes are those of quoted cells; None if it is not so."""
        codes = np.frombuffer(text, np.uint8)
        marks = self._marks(codes)
        is_quote = codes[marks] != _LF
        line_ends, quotes = marks[~is_quote], marks[is_quote]
        n_before = np.arange(1, len(line_ends) + 1)
        if len(quotes):
            of_cells = self._quotes_of_cells(codes, quotes)
            if of_cells is None or (last and len(of_cells) % 2):
                return None
            quotes = of_cells
            outside = np.searchsorted(quotes, line_ends) % 2 == 0
            line_ends, n_before = line_ends[outside], n_before[outside]
        n_bytes = int(line_ends[-1]) + 1 if len(line_ends) else 0
        n_lines = int(n_before[-1]) if len(line_ends) else 0
        if n_bytes < len(text):
            rest = text[n_bytes:] if n_bytes else text
            if not last and (len(rest) > MOST_OVER_LINES or rest.count(b"\n") > MOST_LINES):
                return None
            if last:
                line_ends = np.append(line_ends, len(text))
                n_before = np.append(n_before, n_lines + 1 + rest.count(b"\n"))
                n_bytes, n_lines = len(text), int(n_before[-1])
        starts = np.concatenate([[0], line_ends[:-1] + 1]).astype(np.intp)[: len(line_ends)]
        lines = np.concatenate([[0], n_before[:-1]]).astype(np.intp)[: len(line_ends)]
        lengths = line_ends - starts
        over = n_before - lines > 1
        if (lengths > MOST_OVER_LINES).any() and (
            (lengths > np.where(over, MOST_OVER_LINES, MOST_ON_A_LINE)).any()
        ):
            return None
        if (n_before - lines > MOST_LINES).any():
            return None
        blank = lengths == 0
        if (single := lengths == 1).any():
            blank |= single & (codes.take(starts, mode="clip") == _CR)
        if blank.any():
            starts, line_ends, lines = starts[~blank], line_ends[~blank], lines[~blank]
        return Records(starts, line_ends, lines, {}, quotes, n_bytes, n_lines)

    def _marks(self, codes: npt.NDArray[np.uint8]) -> Ints:
        """Return where line ends and quotes are."""
        found = []
        # Part by part: memory for the whole would be new each time, which takes most of the time.
        for start in range(0, len(codes), _PART):
            part = codes[start : start + _PART]
            is_mark = part == _LF
            is_mark |= part == self._quote_code
            found.append(np.flatnonzero(is_mark) + start)
        return np.concatenate(found) if found else np.zeros(0, np.intp)

    def _quotes_of_cells(self, codes: npt.NDArray[np.uint8], quotes: Ints) -> Ints | None:
        """Return the quotes that alternately open and close cells; None if it is not so clear.

        A quote next to another stands for a pair of them inside a cell. One between other
        characters, outside of all cells that are quoted, is text.
        """
        if self._may_open(codes, quotes[0::2]).all() and self._may_close(codes, quotes[1::2]).all():
            return quotes
        before, after = self._may_open(codes, quotes), self._may_close(codes, quotes)
        of_cells = before | after
        inner, quotes = quotes[~of_cells], quotes[of_cells]
        if (np.searchsorted(quotes, inner) % 2).any():
            return None
        fits = before[of_cells][0::2].all() and after[of_cells][1::2].all()
        return quotes if fits else None

    def _may_open(self, codes: npt.NDArray[np.uint8], quotes: Ints) -> npt.NDArray[np.bool_]:
        before = codes.take(quotes - 1, mode="clip")
        found: npt.NDArray[np.bool_] = self._before[before]
        found[quotes == 0] = True
        return found

    def _may_close(self, codes: npt.NDArray[np.uint8], quotes: Ints) -> npt.NDArray[np.bool_]:
        after = codes.take(quotes + 1, mode="clip")  # at the text's end, the quote itself
        found: npt.NDArray[np.bool_] = self._after[after]
        returns = np.flatnonzero(after == _CR)
        if len(returns):
            found[returns] = codes.take(quotes[returns] + 2, mode="clip") == _LF
        return found

    def _one_by_one(self, text: bytes, at: int, *, last: bool) -> Records:
        starts: list[int] = []
        ends: list[int] = []
        lines: list[int] = []
        problems: dict[int, str] = {}
        line = int(at > 0 and not self._skipping)
        while at < len(text):
            record = self._record(text, at, last=last)
            if record is None:
                break
            end, n_lines, problem = record
            if text[at:end] not in {b"", b"\r"}:
                if problem:
                    problems[len(starts)] = problem
                starts.append(at)
                ends.append(end)
                lines.append(line)
            line += n_lines
            at = min(end + 1, len(text))
        return Records(
            np.array(starts, np.intp),
            np.array(ends, np.intp),
            np.array(lines, np.intp),
            problems,
            None,
            at,
            line,
        )

    def _record(self, text: bytes, start: int, *, last: bool) -> tuple[int, int, str] | None:
        """Return where a record ends, over how many lines it goes, and what is wrong with it.

        None if it may go on behind the text.
        """
        line_end = text.find(b"\n", start)
        if line_end < 0:
            if not last and len(text) - start <= MOST_ON_A_LINE:
                return None
            self._skipping = not last
            line_end = len(text)
        n_lines = int(not self._skipping)
        if line_end - start > MOST_ON_A_LINE:
            return line_end, n_lines, TOO_LONG
        if not self._quote:
            return line_end, 1, ""
        return self._quoted_record(text, start, line_end, last=last)

    def _quoted_record(
        self, text: bytes, start: int, line_end: int, *, last: bool
    ) -> tuple[int, int, str] | None:
        first_end = line_end
        opening = start if text.startswith(self._quote, start) else -1
        opening = opening if opening >= 0 else self._next_opening(text, start, line_end)
        while opening >= 0:
            closing = self._closing(text, opening + 1, line_end)
            if closing < 0:
                closing, line_end = self._over_lines(text, start, opening, last=last)
                if closing == _UNKNOWN:
                    return None
                if closing == _NONE:
                    return first_end, 1, QUOTES
            opening = self._next_opening(text, closing + 1, line_end)
        return line_end, text.count(b"\n", start, line_end) + 1, ""

    def _over_lines(self, text: bytes, start: int, opening: int, *, last: bool) -> tuple[int, int]:
        """Return where a cell that goes over line ends is closed, and the end of that line.

        Only the text decides, not how much of it is there yet.
        """
        if start < self._tried_until:
            return _NONE, 0
        reach = start + MOST_OVER_LINES
        closing = self._closing(text, opening + 1, reach)
        line_end = text.find(b"\n", closing, reach + 1) if closing >= 0 else -1
        if line_end < 0 and last and len(text) <= reach:
            line_end = len(text)
        tried = closing if closing >= 0 else min(reach, len(text))
        if text.count(b"\n", start, tried) < MOST_LINES:
            following = text[closing + 1 : closing + 3]
            fits = following.startswith(self._cell_ends) or (last and following in {b"", b"\r"})
            if closing >= 0 and fits and line_end >= 0:
                return closing, line_end
            may_fit = fits or closing < 0 or following in {b"", b"\r"}
            if may_fit and line_end < 0 and not last and len(text) <= reach:
                return _UNKNOWN, 0
        if text.count(b"\n", start, tried) >= MOST_LINES:
            tried = _after_lines(text, start, MOST_LINES)
        self._tried_until = text.rfind(b"\n", start, tried) + 1
        return _NONE, 0

    def _next_opening(self, text: bytes, at: int, line_end: int) -> int:
        """Return where the next cell of a line that is quoted begins, -1 if none is."""
        found = text.find(self._opening, at, line_end)
        return found + 1 if found >= 0 else -1

    def _closing(self, text: bytes, at: int, end: int) -> int:
        """Return where a quoted cell is closed, -1 if it is not before the end."""
        while (found := text.find(self._quote, at, end)) >= 0:
            if not text.startswith(self._quote, found + 1):
                return found
            at = found + 2
        return -1


def _after_lines(text: bytes, start: int, n: int) -> int:
    """Return the position behind so many line ends, or that of the end."""
    for _ in range(n):
        start = text.find(b"\n", start) + 1
        if not start:
            return len(text)
    return start
