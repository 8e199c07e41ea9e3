"""What in a listing speaks loudest for suspicion, in compiled code.

What these functions compute is defined by ``explanation``: the product of each n-gram is shared out
over its places, and there over the characters that it covers; a word is worth what its characters
have, and words next to each other that are loud enough make one stretch. Sums run in another order
than there, so wherever a difference in the last digits could change what is found, and for the few
texts that need more than is here, a listing is left to the plain way.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fakedetect.codepoints import UNSPACED, WHITE_SPACE
from fakedetect.table_kernels import (
    NO_TOKEN,
    find_chars,
    pair_key,
    pair_place,
    token_hash,
    token_number,
    token_place,
)
from fakedetect.text_kernels import (
    canonical,
    char_keys,
    char_places,
    decode,
    inlined,
    is_space,
    kernel,
    next_token,
)
from fakedetect.word_kernels import end_of_word

LONGEST_PAINTED = 1 << 16  # bytes of a listing, and characters of its canonical text
# Of n-grams in a listing: for each character at most four n-grams of characters, half a word and
# half a pair of words, which have two characters or more.
MOST_PLACES = 5 * LONGEST_PAINTED

_SPACE = 32


class Canvas(NamedTuple):
    """Room for one listing.

    Attributes
    ----------
    points, values, is_known
        The canonical characters of its raw words, end to end; what the n-grams add on each, and
        whether there is one.
    point_starts, point_ends
        Of a raw word that is special, which of its characters each comes from.
    slots, starts, ends, shares
        The places of its n-grams: the slot, the characters from one to another, exclusive, and
        what it adds there.
    key_starts, key_ends
        The same of the keys of a piece of a word.
    word_starts, word_ends, word_points, is_special
        The raw words: their bytes, their first character (and the last one's end), and whether
        they hold white space or scripts without spaces.
    raw_values, raw_known
        As above, on the characters of one raw word as they were.
    span_starts, span_ends, span_values
        The words of the explanation: their bytes, and what they add.
    """

    points: npt.NDArray[np.int32]
    point_starts: npt.NDArray[np.int32]
    point_ends: npt.NDArray[np.int32]
    values: npt.NDArray[np.float64]
    is_known: npt.NDArray[np.bool_]
    slots: npt.NDArray[np.uint32]
    starts: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int32]
    shares: npt.NDArray[np.float64]
    key_starts: npt.NDArray[np.int32]
    key_ends: npt.NDArray[np.int32]
    word_starts: npt.NDArray[np.int64]
    word_ends: npt.NDArray[np.int64]
    word_points: npt.NDArray[np.int64]
    is_special: npt.NDArray[np.bool_]
    raw_values: npt.NDArray[np.float64]
    raw_known: npt.NDArray[np.bool_]
    span_starts: npt.NDArray[np.int64]
    span_ends: npt.NDArray[np.int64]
    span_values: npt.NDArray[np.float64]


@kernel
def _is_special(data, at, stop, cuts, scratch):
    """Return whether a raw word holds characters at which it may be cut."""
    is_ascii = True
    for index in range(at, stop):
        is_ascii &= data[index] < 128
    if is_ascii:
        return False
    found = False
    for index in range(decode(data, at, stop, scratch.room.raw)):
        found |= cuts[scratch.room.raw[index]] > 0
    return found


@kernel
def _read(data, at, end, tables, cuts, scratch, canvas):
    """Write the raw words of a listing; return how many, -1 if it is left to the plain way."""
    n = 0
    n_points = np.int64(0)
    canvas.word_points[0] = 0
    if end - at > LONGEST_PAINTED:
        return -1
    while True:
        while at < end and is_space(data[at]):
            at += 1
        if at == end:
            return n
        stop = end_of_word(data, at, end)
        m = canonical(data, at, stop, tables, scratch)
        if m < 0 or n_points + m > canvas.points.shape[0]:
            return -1
        canvas.is_special[n] = _is_special(data, at, stop, cuts, scratch)
        for index in range(m):
            canvas.points[n_points + index] = scratch.room.points[index]
            if canvas.is_special[n]:
                canvas.point_starts[n_points + index] = scratch.room.starts[index]
                canvas.point_ends[n_points + index] = scratch.room.ends[index]
        n_points += m
        canvas.word_starts[n] = at
        canvas.word_ends[n] = stop
        n += 1
        canvas.word_points[n] = n_points
        at = stop


@inlined
def _add_place(slot, start, end, canvas, n_places):
    canvas.slots[n_places] = slot
    canvas.starts[n_places] = start
    canvas.ends[n_places] = end
    return n_places + 1


@kernel
def _place_chars(n_words, vocabulary, weights, scratch, canvas):
    """Write the places of the n-grams of characters; return how many."""
    keys, found = scratch.keys, scratch.found
    n_places = np.int64(0)
    for word in range(n_words):
        first = canvas.word_points[word]
        n = canvas.word_points[word + 1] - first
        points = canvas.points[first : first + n]
        done = np.int64(0)
        while done < n:
            n_keys, after = char_keys(points, n, done, keys)
            char_places(points, n, done, after, canvas.key_starts, canvas.key_ends)
            done = after
            n_found = find_chars(keys, n_keys, vocabulary, weights, scratch)
            for index in range(n_found):
                key = np.int64(scratch.guesses[index])
                start, end = first + canvas.key_starts[key], first + canvas.key_ends[key]
                n_places = _add_place(found[index], start, end, canvas, n_places)
    return n_places


@kernel
def _place_words(n_words, is_word, vocabulary, canvas, n_places):
    """Write the places of words and pairs behind what there is; return how many there are then."""
    table, seeds, known = vocabulary.token_table, vocabulary.seeds, vocabulary.pairs
    before = NO_TOKEN
    start_before = np.int64(0)
    for word in range(n_words):
        first = canvas.word_points[word]
        n = canvas.word_points[word + 1] - first
        points = canvas.points[first : first + n]
        start, end = next_token(points, n, 0, is_word)
        while start < end:
            hashed = token_hash(points, start, end, seeds)
            place = token_place(
                points,
                start,
                end,
                hashed,
                table,
                vocabulary.token_starts,
                vocabulary.token_points,
            )
            number = token_number(place, table)
            if number < vocabulary.n_words:
                n_places = _add_place(number, first + start, first + end, canvas, n_places)
            if (before != NO_TOKEN) & (number != NO_TOKEN):
                key = pair_key(before, number)
                place = pair_place(key, known, seeds)
                if known[place, 0] == key:
                    slot = np.uint32(known[place, 1])
                    n_places = _add_place(slot, start_before, first + end, canvas, n_places)
            before = number
            start_before = first + start
            start, end = next_token(points, n, end, is_word)
    return n_places


@inlined
def _unit(squares):
    """Return what brings weights of a squared norm to unit length."""
    return 1.0 / np.sqrt(squares) if squares > 0.0 else 0.0


@kernel
def _weigh(n_places, n_words, counts, weights, canvas):
    """Write what each place of an n-gram adds to the margin."""
    slots, shares = canvas.slots, canvas.shares
    for index in range(n_places):
        counts[slots[index]] += 1
    squares_of_words = 0.0
    squares_of_chars = 0.0
    for index in range(n_places):
        slot = slots[index]
        share = 1.0
        square = weights[slot, 0]
        if counts[slot] > 1:
            damped = 1.0 + np.log(counts[slot])
            share = damped / counts[slot]
            square *= damped * share
        shares[index] = share * weights[slot, 1]
        if slot < n_words:
            squares_of_words += square
        else:
            squares_of_chars += square
    of_words, of_chars = _unit(squares_of_words), _unit(squares_of_chars)
    for index in range(n_places):
        slot = slots[index]
        counts[slot] = 0
        shares[index] *= of_words if slot < n_words else of_chars


@kernel
def _paint(n_points, n_places, n_words, canvas):
    """Share out what the places of n-grams add over the characters that they cover."""
    points, values, is_known = canvas.points, canvas.values, canvas.is_known
    for index in range(n_points):
        values[index] = 0.0
        is_known[index] = False
    for index in range(n_places):
        start, end = canvas.starts[index], canvas.ends[index]
        n_letters = end - start
        if canvas.slots[index] < n_words:
            for at in range(start, end):
                n_letters -= points[at] == _SPACE
        value = canvas.shares[index] / n_letters
        for at in range(start, end):
            if points[at] != _SPACE:
                values[at] += value
                is_known[at] = True


@inlined
def _add_span(start, end, value, canvas, n):
    canvas.span_starts[n] = start
    canvas.span_ends[n] = end
    canvas.span_values[n] = value
    return n + 1


@kernel
def _spread(first, last, value, is_known, canvas):
    """Share a value out over characters as they were."""
    for index in range(first, last):
        canvas.raw_values[index] += value / (last - first)
        canvas.raw_known[index] |= is_known


@kernel
def _paint_raw(word, n_raw, canvas):
    """Carry what there is on canonical characters to those of a raw word as they were."""
    for index in range(n_raw):
        canvas.raw_values[index] = 0.0
        canvas.raw_known[index] = False
    for at in range(canvas.word_points[word], canvas.word_points[word + 1]):
        if canvas.points[at] != _SPACE:
            first, last = canvas.point_starts[at], canvas.point_ends[at]
            _spread(first, last, canvas.values[at], canvas.is_known[at], canvas)


@inlined
def _n_bytes(point):
    return 1 + (point >= 0x80) + (point >= 0x800) + (point >= 0x10000)


@kernel
def _cut(word, data, gap, cuts, scratch, canvas, n):
    """Write the spans of a raw word that is special; return how many there are then.

    -1 if the listing is left to the plain way.
    """
    raw, values = scratch.room.raw, canvas.raw_values
    start = canvas.word_starts[word]
    n_raw = decode(data, start, canvas.word_ends[word], raw)
    _paint_raw(word, n_raw, canvas)
    first = 0
    while first < n_raw:
        if cuts[raw[first]] == WHITE_SPACE:
            start += _n_bytes(raw[first])
            first += 1
            continue
        last = first
        is_unspaced = False
        while last < n_raw and cuts[raw[last]] != WHITE_SPACE:
            is_unspaced |= cuts[raw[last]] == UNSPACED
            last += 1
        end = start
        total = 0.0
        for index in range(first, last):
            if is_unspaced and canvas.raw_known[index] and abs(values[index]) < gap:
                return -1
            if is_unspaced and index > first and (values[index] > 0) != (values[index - 1] > 0):
                n = _add_span(start, end, total, canvas, n)
                start, total = end, 0.0
            total += values[index]
            end += _n_bytes(raw[index])
        n = _add_span(start, end, total, canvas, n)
        start = end
        first = last
    return n


@kernel
def _write_runs(n_spans, share, gap, canvas, starts, ends, values):
    """Write the stretches of spans that are loud enough; return how many, -1 if it is too close."""
    found = canvas.span_values
    loudest = -np.inf
    for index in range(n_spans):
        loudest = max(loudest, found[index])
    if loudest < -gap:
        return 0
    least = share * loudest
    if least < 2.0 * gap:
        return -1
    n = 0
    is_open = False
    for index in range(n_spans):
        if abs(found[index] - least) < gap:
            return -1
        if found[index] < least:
            is_open = False
            continue
        if not is_open:
            starts[n] = canvas.span_starts[index]
            values[n] = 0.0
            n += 1
        is_open = True
        ends[n - 1] = canvas.span_ends[index]
        values[n - 1] += found[index]
    return n


@kernel
def _write_spans(n_words, data, gap, cuts, scratch, canvas):
    """Write the spans of a listing; return how many, -1 if it is left to the plain way."""
    n = np.int64(0)
    for word in range(n_words):
        if canvas.is_special[word]:
            n = _cut(word, data, gap, cuts, scratch, canvas, n)
            if n < 0:
                return n
            continue
        total = 0.0
        for index in range(canvas.word_points[word], canvas.word_points[word + 1]):
            total += canvas.values[index]
        n = _add_span(canvas.word_starts[word], canvas.word_ends[word], total, canvas, n)
    return n


@kernel
def loud(
    rows,
    spoken,
    tables,
    cuts,
    vocabulary,
    weights,
    share,
    gap,
    counts,
    scratch,
    canvas,
    n_runs,
    starts,
    ends,
    values,
):
    """Write the stretches of each row that add at least a share of what its loudest word adds.

    Parameters
    ----------
    spoken
        Start and end of what is looked at of each row, shape (n, 2); a row with -1 is left to the
        plain way.
    cuts
        ``codepoints.cuts``.
    weights
        idf squared and idf times coefficient of each slot.
    share, gap
        The share, and below what two sums are too close to each other to be told apart.
    counts
        Zero for each slot, as they are left.
    n_runs
        Written: how many stretches each row has; -1 leaves it to the plain way.
    starts, ends, values
        Written: bytes of the stretches of all rows, end to end, and what each adds. A row of n
        bytes has no more than ``n // 2 + 1``.
    """
    n = 0
    for row in range(n_runs.shape[0]):
        n_runs[row] = -1
        start, end = spoken[row, 0], spoken[row, 1]
        if start < 0:
            continue
        n_words = _read(rows.data, start, end, tables, cuts, scratch, canvas)
        if n_words < 0:
            continue
        n_places = _place_chars(n_words, vocabulary, weights, scratch, canvas)
        n_places = _place_words(n_words, tables.is_word, vocabulary, canvas, n_places)
        if n_places == 0:
            n_runs[row] = 0
            continue
        n_points = canvas.word_points[n_words]
        _weigh(n_places, vocabulary.n_words, counts, weights, canvas)
        _paint(n_points, n_places, vocabulary.n_words, canvas)
        n_spans = _write_spans(n_words, rows.data, gap, cuts, scratch, canvas)
        if n_spans < 0:
            continue
        n_runs[row] = _write_runs(n_spans, share, gap, canvas, starts[n:], ends[n:], values[n:])
        n += max(0, n_runs[row])
