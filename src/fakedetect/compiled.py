"""Many texts at once: the compiled pass over Arrow's text buffers, on several threads.

The kernels have the loops; here are their tables, their scratch memory and the threads. Texts are
Arrow string arrays; no Python object is made per text. Neither the number of threads nor how the
texts are cut into arrays changes a result.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import islice, pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fakedetect import spelling
from fakedetect.codepoints import POINT_BITS, code_points, cuts
from fakedetect.engines import on_threads
from fakedetect.errors import InputError
from fakedetect.mend_kernels import clues, need_mending
from fakedetect.mending import mended
from fakedetect.reason_kernels import LONGEST_PAINTED, MOST_PLACES, Canvas, loud
from fakedetect.score_kernels import LONGEST_SUMMED, Tally, margins
from fakedetect.segments import Segments
from fakedetect.table_kernels import (
    MOST_OF_A_WORD,
    Vocabulary,
    fill_chars,
    fill_pairs,
    fill_tokens,
)
from fakedetect.tables import NO_UTF8
from fakedetect.text import EDITION
from fakedetect.text_kernels import LONGEST_NGRAM, Scratch
from fakedetect.word_kernels import (
    AT_ONCE,
    LONGEST_KEPT,
    MOST_UNITS,
    ROOM,
    Batch,
    Memory,
    Rows,
)
from fakedetect.word_room import Room

Floats = npt.NDArray[np.float64]

_BLOCK = 1 << 18  # bytes of text that a thread takes at a time
_PLACES = 1 << 19  # for the words that a thread remembers
_POOL = MOST_UNITS  # of 8 bytes, for what it remembers of them
# Sums of other order than the plain walk's differ by less, for coefficients of one at most.
_GAP = 1e-9


class Texts(NamedTuple):
    """UTF-8 bytes of texts, end to end: text i is ``data[offsets[i]:offsets[i + 1]]``."""

    data: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1


def buffers(array: pa.Array) -> Texts:
    """Return the buffers of an Arrow string array, sliced or not, of any string type.

    A null is an empty text. Nothing is copied but the offsets, unless there are nulls or the type
    keeps its bytes otherwise.
    """
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        array = array.cast(pa.large_string())
    if array.null_count:
        array = pc.fill_null(array, "")
    if not len(array):
        return Texts(np.empty(0, np.uint8), np.zeros(1, np.int64))
    width = np.int32 if pa.types.is_string(array.type) else np.int64
    _, offsets, data = array.buffers()
    found = np.frombuffer(offsets, width)[array.offset : array.offset + len(array) + 1]
    # Empty texts only may come without bytes.
    bytes_ = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    return Texts(bytes_, found.astype(np.int64))


class Block(NamedTuple):
    """Consecutive rows of one of several texts.

    Attributes
    ----------
    texts, first, last
        The rows are ``first`` to ``last``, exclusive, of these texts.
    row
        What number the first row has among the rows of all texts.
    longest
        Bytes of the longest row.
    """

    texts: Texts
    first: int
    last: int
    row: int
    longest: int


def blocks(many: Iterable[Texts]) -> Iterator[Block]:
    """Yield blocks of some hundred kilobytes, or of a single longer row."""
    row = 0
    for texts in many:
        offsets = texts.offsets
        first = 0
        while first < len(texts):
            end = int(np.searchsorted(offsets, offsets[first] + _BLOCK, side="right")) - 1
            last = min(max(first + 1, end), len(texts))
            longest = int(np.diff(offsets[first : last + 1]).max())
            yield Block(texts, first, last, row + first, longest)
            first = last
        row += len(texts)


class MendedRows(NamedTuple):
    """Rows of which some may have been mended; their offsets, which those are, the longest."""

    rows: Rows
    offsets: npt.NDArray[np.int64]
    is_mended: npt.NDArray[np.bool_]
    longest: int


def _mended(text: bytes) -> bytes:
    try:
        return mended(str(text, "utf-8")).text.encode()
    except UnicodeDecodeError:
        return text  # the kernels find where


class Workspace:
    """What one thread works with: words that it remembers, and scratch memory.

    Parameters
    ----------
    n_words, n_chars
        Slots of words, and of characters' n-grams.
    n_repeated
        Most slots that one listing may be noted to repeat.
    """

    def __init__(self, n_words: int, n_chars: int, n_repeated: int = 0) -> None:

        pool = np.empty(max(_POOL, 2 * ROOM), np.uint64)
        self.memory = Memory(
            places=np.zeros(_PLACES, np.uint32),
            pool=pool,
            sums=pool.view(np.float64),
            entries=pool.view(np.uint32),
            used=np.zeros(2, np.int64),
        )
        n_slots = n_words + n_chars
        self.tally = Tally(
            counts=np.zeros(n_slots, np.int32),
            stamps=np.zeros(n_slots if n_repeated else 0, np.uint8),
            seen_words=np.empty(max(n_words, n_repeated) + 1, np.int32),
            seen_chars=np.empty(max(n_chars, n_repeated) + 1, np.int32),
        )
        most_points = AT_ONCE * LONGEST_KEPT * code_points().most_per_byte * spelling.GROWTH
        most_tokens = max(most_points, MOST_OF_A_WORD) + 1
        self.batch = Batch(
            starts=np.zeros(AT_ONCE, np.int64),
            lengths=np.zeros(AT_ONCE, np.int64),
            keys=np.zeros((AT_ONCE, 4), np.uint64),
            homes=np.zeros(AT_ONCE, np.uint64),
            records=np.zeros(AT_ONCE, np.int64),
            tokens=np.zeros(most_tokens, np.uint32),
            pairs=np.zeros(most_tokens, np.uint64),
        )
        self._scratch = scratch_for(1 << 12)
        self._wide = np.empty(0, np.uint64)

    def scratch(self, longest: int) -> Scratch:
        """Return scratch memory for rows of so many bytes."""
        if longest > len(self._scratch.room.raw):
            self._scratch = scratch_for(longest)
        return self._scratch

    @cached_property
    def canvas(self) -> Canvas:
        """Room to say what speaks for suspicion in a listing."""
        return _canvas()

    def rows(self, block: Block) -> tuple[Rows, npt.NDArray[np.int64]]:
        """Return the bytes of a block's rows, where the kernels can read them, and the offsets.

        They are copied, since Arrow promises neither whole numbers of eight bytes nor any behind.
        """
        offsets = block.texts.offsets[block.first : block.last + 1]
        start, end = int(offsets[0]), int(offsets[-1])
        return self._copied(block.texts.data[start:end]), offsets - start

    def _copied(self, data: npt.NDArray[np.uint8]) -> Rows:
        n_wide = len(data) // 8 + 3
        if n_wide > len(self._wide):
            self._wide = np.zeros(n_wide, np.uint64)
        copy = self._wide.view(np.uint8)
        copy[: len(data)] = data
        return Rows(copy, self._wide)

    def mended_rows(self, block: Block) -> MendedRows:
        """Return what ``rows`` does, those mended that need it, and which may be."""
        rows, offsets = self.rows(block)
        may_need = np.zeros(len(offsets) - 1, np.bool_)
        need_mending(rows.data, offsets, clues(), may_need)
        pieces: list[bytes] = []
        is_mended = np.zeros_like(may_need)
        grown = np.zeros_like(offsets)
        at = 0
        for row in np.flatnonzero(may_need).tolist():
            start, end = offsets[row : row + 2].tolist()
            text = bytes(rows.data[start:end].data)
            other = _mended(text)
            if other != text:
                is_mended[row] = True
                grown[row + 1] = len(other) - len(text)
                pieces += [bytes(rows.data[at:start].data), other]
                at = end
        if not pieces:
            return MendedRows(rows, offsets, is_mended, block.longest)
        pieces.append(bytes(rows.data[at : offsets[-1]].data))
        offsets = offsets + np.cumsum(grown)
        rows = self._copied(np.frombuffer(b"".join(pieces), np.uint8))
        return MendedRows(rows, offsets, is_mended, int(np.diff(offsets).max()))


def scratch_for(longest: int) -> Scratch:
    """Return scratch memory for words of so many bytes."""
    n_points = longest * code_points().most_per_byte
    whole = spelling.GROWTH * n_points + spelling.ROOM
    return Scratch(
        room=Room(
            raw=np.empty(longest, np.int32),
            points=np.empty(whole, np.int32),
            starts=np.empty(whole, np.int32),
            ends=np.empty(whole, np.int32),
            apart=np.empty(n_points, np.int32),
            apart_starts=np.empty(n_points, np.int32),
            apart_ends=np.empty(n_points, np.int32),
        ),
        keys=np.empty((MOST_OF_A_WORD, 2), np.uint64),
        guesses=np.empty(MOST_OF_A_WORD, np.uint64),
        found=np.empty(MOST_OF_A_WORD, np.uint32),
    )


def _canvas() -> Canvas:
    n = LONGEST_PAINTED
    return Canvas(
        points=np.empty(n, np.int32),
        point_starts=np.empty(n, np.int32),
        point_ends=np.empty(n, np.int32),
        values=np.empty(n, np.float64),
        is_known=np.empty(n, np.bool_),
        slots=np.empty(MOST_PLACES, np.uint32),
        starts=np.empty(MOST_PLACES, np.int32),
        ends=np.empty(MOST_PLACES, np.int32),
        shares=np.empty(MOST_PLACES, np.float64),
        key_starts=np.empty(MOST_OF_A_WORD, np.int32),
        key_ends=np.empty(MOST_OF_A_WORD, np.int32),
        # Between two words there is a space.
        word_starts=np.empty(n // 2 + 1, np.int64),
        word_ends=np.empty(n // 2 + 1, np.int64),
        word_points=np.empty(n // 2 + 2, np.int64),
        is_special=np.empty(n // 2 + 1, np.bool_),
        raw_values=np.empty(n, np.float64),
        raw_known=np.empty(n, np.bool_),
        span_starts=np.empty(n, np.int64),
        span_ends=np.empty(n, np.int64),
        span_values=np.empty(n, np.float64),
    )


class Stretch(NamedTuple):
    """A stretch of a text, and its part of the margin."""

    text: str
    value: float


class Scorer:
    """Margins of many texts under one model, and what is loud in them.

    Parameters
    ----------
    word_terms, char_terms
        The n-grams of both blocks in slot order, characters after words.
    idf, coefficients
        Inverse document frequency and weight of each slot, shape (n_slots,).
    segments
        How long texts are read; None reads all as a whole.
    edition
        Of the canonical text.
    """

    def __init__(
        self,
        word_terms: Sequence[str],
        char_terms: Sequence[str],
        idf: Floats,
        coefficients: Floats,
        segments: Segments | None = None,
        edition: int = EDITION,
    ) -> None:

        self._n_terms = len(word_terms), len(char_terms)
        self._mends = edition > 1
        self._points = code_points(edition)
        self._vocabulary = vocabulary(word_terms, char_terms)
        self._weights = np.stack([idf * idf, idf * coefficients], axis=1)
        self._gap = _GAP * max(1.0, float(np.abs(coefficients).max(initial=0.0)))
        rule = (segments.n_words, segments.step, segments.penalty) if segments else (0, 1, 0.0)
        self._cutting = (*rule, self._gap)
        # No n-gram occurs more often than the text has characters.
        most = LONGEST_SUMMED * self._points.most_per_byte * spelling.GROWTH
        damped = 1.0 + np.log(np.arange(1, most + 2))
        growths = np.stack([np.diff(damped * damped), np.diff(damped)], axis=1) - 1.0
        self._growths = np.concatenate([np.zeros((1, 2)), growths])
        # With a space for each character, at most eight n-grams begin there.
        self._n_repeated = 8 * most
        self._idle: list[Workspace] = []

    def margins(self, arrays: Sequence[pa.Array], *, n_threads: int | None = None) -> Floats:
        """Return what the n-grams of each text, or of its best segment, add to its margin.

        A segment's penalty is taken off.

        Parameters
        ----------
        arrays
            Arrow string arrays.
        n_threads
            None takes as many as the process may use.

        Raises
        ------
        InputError
            When a text is not UTF-8, with its row.
        """
        many = [buffers(array) for array in arrays]
        out = np.zeros(sum(map(len, many)))

        def score(block: Block) -> None:
            self._score(block, out[block.row : block.row + block.last - block.first])

        todo = list(blocks(many))
        for _ in on_threads(score, todo, n_threads) if len(todo) > 1 else map(score, todo):
            pass
        return out

    def _score(self, block: Block, out: Floats) -> None:
        with self._workspace() as workspace, np.errstate(over="ignore"):
            self._read(workspace, self._rows(workspace, block), block.row, out)

    def _read(
        self, workspace: Workspace, read: MendedRows, first: int, out: Floats
    ) -> npt.NDArray[np.int64]:
        """Write the margins of a block's rows; return which bytes of each gave that.

        ``first`` is the number of the first row among all, for errors.
        """
        spoken = np.empty((len(out), 2), np.int64)
        bad = margins(
            read.rows,
            read.offsets,
            self._cutting,
            self._points,
            self._vocabulary,
            self._weights,
            self._growths,
            workspace.memory,
            workspace.tally,
            workspace.scratch(read.longest),
            workspace.batch,
            out,
            spoken,
        )
        if bad >= 0:
            # The workspace is left in the middle of a listing, and so not used again.
            raise no_text(first + bad)
        return spoken

    def loud(
        self, arrays: Sequence[pa.Array], *, share: float, n_threads: int | None = None
    ) -> list[list[Stretch] | None]:
        """Return the stretches of each text that speak loud for suspicion, in order.

        Of a text whose best segment gives its margin, only that segment is looked at. They are what
        ``Explanation`` makes its reasons of: neighbouring words that each add at least a share of
        what the loudest adds. No two of them are as good as equally loud unless they read the same,
        so that their order is that of the explanation too.

        Parameters
        ----------
        arrays
            Arrow string arrays.
        share
            The share.
        n_threads
            None takes as many as the process may use.

        Returns
        -------
        list
            None for a text that is left to the plain walk: where values are too close to call, the
            text or the segment is very long, or its marks are written in unusual ways.
        """
        todo = list(blocks(map(buffers, arrays)))

        def find(block: Block) -> list[list[Stretch] | None]:
            return self._loud(block, share)

        done = on_threads(find, todo, n_threads) if len(todo) > 1 else map(find, todo)
        return [each for found in done for each in found]

    def _loud(self, block: Block, share: float) -> list[list[Stretch] | None]:
        n_runs = np.empty(block.last - block.first, np.int64)
        with self._workspace() as workspace, np.errstate(over="ignore"):
            read = self._rows(workspace, block)
            spoken = np.stack([read.offsets[:-1], read.offsets[1:]], axis=1)
            if self._cutting[0]:
                spoken = self._read(workspace, read, block.row, np.empty(len(n_runs)))
            most = int(read.offsets[-1]) // 2 + len(n_runs)
            starts, ends, values = (
                np.empty(most, np.int64),
                np.empty(most, np.int64),
                np.empty(most),
            )
            loud(
                read.rows,
                spoken,
                self._points,
                cuts(),
                self._vocabulary,
                self._weights,
                share,
                self._gap,
                workspace.tally.counts,
                workspace.scratch(min(read.longest, LONGEST_PAINTED)),
                workspace.canvas,
                n_runs,
                starts,
                ends,
                values,
            )
            n = int(np.maximum(n_runs, 0).sum())
            places = zip(starts[:n].tolist(), ends[:n].tolist(), values[:n].tolist(), strict=True)
            data = read.rows.data.data
            stretches = (
                Stretch(str(data[start:end], "utf-8"), value) for start, end, value in places
            )
            return [
                self._told_apart(found) if n >= 0 and not is_mended else None
                for n, is_mended in zip(n_runs.tolist(), read.is_mended.tolist(), strict=True)
                for found in [list(islice(stretches, max(0, n)))]
            ]

    def _rows(self, workspace: Workspace, block: Block) -> MendedRows:
        if self._mends:
            return workspace.mended_rows(block)
        rows, offsets = workspace.rows(block)
        return MendedRows(rows, offsets, np.zeros(len(offsets) - 1, np.bool_), block.longest)

    def _told_apart(self, stretches: list[Stretch]) -> list[Stretch] | None:
        """Return the stretches, None if the order of two of them is too close to call."""
        ordered = sorted(stretches, key=lambda stretch: stretch.value)
        too_close = (
            second.value - first.value < self._gap and second.text != first.text
            for first, second in pairwise(ordered)
        )
        return None if any(too_close) else stretches

    @contextmanager
    def _workspace(self) -> Iterator[Workspace]:
        try:
            workspace = self._idle.pop()
        except IndexError:
            workspace = Workspace(*self._n_terms, self._n_repeated)
        yield workspace
        self._idle.append(workspace)


def no_text(row: int) -> InputError:
    """Return the error for a row that is not UTF-8; rows count from zero here."""
    return InputError(NO_UTF8, row=row + 1)


def vocabulary(word_terms: Sequence[str], char_terms: Sequence[str]) -> Vocabulary:
    """Return the tables of a model's n-grams. Of equal terms the last counts, as in a dict."""
    seeds = random_seeds()
    slots = {term: slot for slot, term in enumerate(word_terms)}
    words = [term for term in slots if " " not in term]
    halves = []
    for term, slot in slots.items():
        first, _, second = term.partition(" ")
        if first and second and " " not in second:
            halves.append(((first, second), slot))
    # Words that stand in pairs only get numbers that are no slots.
    others = sorted({word for pair, _ in halves for word in pair} - set(words))
    numbers = {word: slots[word] for word in words}
    numbers.update(zip(others, range(len(word_terms), len(word_terms) + len(others)), strict=True))

    by_number = [""] * (len(word_terms) + len(others))
    for word, number in numbers.items():
        by_number[number] = word
    token_points, token_starts = _end_to_end(by_number)
    token_table = np.zeros(table_size(len(numbers)), np.uint64)
    entered = np.array([number for word, number in numbers.items() if word], np.int64)
    pairs = np.zeros((table_size(len(halves)), 2), np.uint64)
    firsts = np.array([numbers[first] for (first, _), _ in halves], np.uint64)
    seconds = np.array([numbers[second] for (_, second), _ in halves], np.uint64)
    keys, possible = _packed(char_terms, LONGEST_NGRAM)
    char_table = np.zeros(2 * table_size(len(possible)), np.uint32)
    slot_bits = np.uint32(len(char_terms).bit_length())
    with np.errstate(over="ignore"):
        fill_tokens(entered, token_table, token_starts, token_points, seeds)
        fill_pairs(
            (firsts << np.uint64(32) | seconds) + np.uint64(1),
            np.array([slot for _, slot in halves], np.uint64),
            pairs,
            seeds,
        )
        fill_chars(possible, keys, char_table, slot_bits, seeds)
    return Vocabulary(
        n_words=len(word_terms),
        char_keys=keys,
        char_table=char_table,
        slot_bits=slot_bits,
        token_starts=token_starts,
        token_points=token_points,
        token_table=token_table,
        pairs=pairs,
        seeds=seeds,
    )


def random_seeds() -> npt.NDArray[np.uint64]:
    """Return odd factors for hashes, drawn anew each time."""
    return np.array([secrets.randbits(64) | 1 for _ in range(4)], np.uint64)


def table_size(n: int) -> int:
    """Return a power of two of which n entries take two thirds at most."""
    return 1 << (3 * n // 2).bit_length() if n > 10 else 16


def _end_to_end(terms: Sequence[str]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Return the code points of all terms, and where each starts and the last ends."""
    points = np.frombuffer("".join(terms).encode("utf-32-le", "surrogatepass"), "<i4")
    lengths = np.fromiter(map(len, terms), np.int64, count=len(terms))
    return points.astype(np.int32), np.concatenate([[0], np.cumsum(lengths)])


def _packed(
    terms: Sequence[str], longest: int
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Return the keys of n-grams of characters, and the indices of those that a text can have."""
    points, starts = _end_to_end(terms)
    lengths = np.diff(starts)
    columns = np.zeros((len(terms), 6), np.uint64)
    for offset in range(longest):
        rows = np.flatnonzero(lengths > offset)
        columns[rows, offset] = points[starts[rows] + offset]
    shifts = np.arange(3, dtype=np.uint64) * np.uint64(POINT_BITS)
    halves = [np.bitwise_or.reduce(columns[:, at : at + 3] << shifts, axis=1) for at in (0, 3)]
    nuls = np.concatenate([[0], np.cumsum(points == 0)])
    possible = (lengths >= 2) & (lengths <= longest) & (nuls[starts[1:]] == nuls[starts[:-1]])
    return np.stack(halves, axis=1), np.flatnonzero(possible)
