"""Margins of listings, in compiled code: one pass over the text.

Why it is fast. The n-grams of characters never cross a word, and words repeat; so a word's n-grams
are looked up once and remembered, with the sums that they add to a margin (``word_kernels``). A
listing is then a sum over its words and its pairs of words, corrected for the n-grams that it
repeats: those are noticed by stamping each slot with the listing's number. Sums run in the order
of the text, so that a margin depends on nothing but its text. A long listing's segments are summed
like listings of their own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fakedetect.table_kernels import NO_TOKEN, find_chars, find_tokens
from fakedetect.text_kernels import canonical, char_keys, inlined, is_space, kernel, prefetch
from fakedetect.word_kernels import (
    end_of_word,
    most_words,
    pairs_of_tokens,
    parts,
    read_words,
    recall_words,
)

# Bytes of a listing that is summed word by word. Beyond, the corrections for what is repeated
# could cancel more digits than the result can spare; there, every slot is counted.
LONGEST_SUMMED = 4096

_LAST_STAMP = 255  # a byte, so that the stamps of many slots fit into the caches


class Tally(NamedTuple):
    """What is known of each slot in the listing at hand.

    Attributes
    ----------
    counts
        How often it occurs, or is repeated; zero between listings.
    stamps
        The number of the last listing that it occurred in.
    seen_words, seen_chars
        Slots in the order in which they were met, with room for one more than there are.
    """

    counts: npt.NDArray[np.int32]
    stamps: npt.NDArray[np.uint8]
    seen_words: npt.NDArray[np.int32]
    seen_chars: npt.NDArray[np.int32]


@kernel
def _count_slots(source, first, last, counts, seen, n):
    """Count slots; return how many are seen by then."""
    for index in range(first, last):
        slot = np.int64(source[index])
        count = counts[slot]
        counts[slot] = count + 1
        seen[n] = slot
        n += count == 0
    return n


@kernel
def _count_tokens(n_tokens, vocabulary, counts, seen, n, batch):
    """Count tokens that are words, and pairs of them; return how many are seen by then."""
    tokens = batch.tokens
    for index in range(1, n_tokens + 1):
        if tokens[index] < vocabulary.n_words:
            n = _count_slots(tokens, index, index + 1, counts, seen, n)
    n_pairs = pairs_of_tokens(n_tokens, vocabulary, batch)
    return _count_slots(batch.pairs, 0, n_pairs, counts, seen, n)


@kernel
def _count_long(n_points, n_words, n_chars, tables, vocabulary, weights, tally, scratch, batch):
    """Count the n-grams of a word that is too long to be remembered."""
    points, keys, found, counts = scratch.room.points, scratch.keys, scratch.found, tally.counts
    done = 0
    while done < n_points:
        n_keys, done = char_keys(points, n_points, done, keys)
        n_found = find_chars(keys, n_keys, vocabulary, weights, scratch)
        n_chars = _count_slots(found, 0, n_found, counts, tally.seen_chars, n_chars)
    done = 0
    while done < n_points:
        n, done = find_tokens(points, n_points, done, tables.is_word, vocabulary, found, 0)
        for index in range(n):
            batch.tokens[index + 1] = found[index]
        n_words = _count_tokens(n, vocabulary, counts, tally.seen_words, n_words, batch)
    return n_words, n_chars


@kernel
def count_row(rows, at, end, tables, vocabulary, weights, memory, tally, scratch, batch):
    """Count the n-grams of a listing; return how many words and how many characters' are seen.

    The first number is -1 if the bytes are not UTF-8.
    """
    pool, slots, tokens = memory.pool, memory.entries, batch.tokens
    n_words = 0
    n_chars = 0
    tokens[0] = NO_TOKEN
    while at < end:
        n, at = read_words(rows, at, end, vocabulary.seeds, memory, batch)
        if not recall_words(n, rows.data, tables, vocabulary, weights, memory, scratch, batch):
            return -1, 0
        n_tokens = 0
        for index in range(n):
            _, first, middle, last = parts(batch.records[index], pool)
            n_chars = _count_slots(slots, middle, last, tally.counts, tally.seen_chars, n_chars)
            for source in range(first, middle):
                n_tokens += 1
                tokens[n_tokens] = slots[source]
        n_words = _count_tokens(
            n_tokens, vocabulary, tally.counts, tally.seen_words, n_words, batch
        )
        if n == 0 and at < end:
            stop = end_of_word(rows.data, at, end)
            n_points = canonical(rows.data, at, stop, tables, scratch)
            if n_points < 0:
                return -1, 0
            n_words, n_chars = _count_long(
                n_points, n_words, n_chars, tables, vocabulary, weights, tally, scratch, batch
            )
            at = stop
    return n_words, n_chars


@inlined
def _quotient(squares, product):
    return product / np.sqrt(squares) if squares > 0.0 else 0.0


@kernel
def _block_margin(seen, n, counts, weights):
    """Return what one block of n-grams adds to the margin, and set its counts back to zero."""
    squares = 0.0
    product = 0.0
    for index in range(n):
        slot = seen[index]
        damped = 1.0 + np.log(counts[slot])
        counts[slot] = 0
        squares += damped * damped * weights[slot, 0]
        product += damped * weights[slot, 1]
    return _quotient(squares, product)


class Sums(NamedTuple):
    """What a block of a listing's n-grams adds up to, on the way.

    The squared norm and the product with the coefficients, and how many slots were repeated.
    """

    squares: float
    product: float
    n_repeated: int


@inlined
def _stamped(source, first, last, stamps, stamp, repeated, n):
    """Stamp slots, and note those that were stamped before; return how many are noted."""
    end = np.uint64(n)
    for index in range(np.uint64(first), np.uint64(last)):
        slot = source[index]
        repeated[end] = slot
        end += np.uint64(stamps[slot] == stamp)
        stamps[slot] = stamp
    return np.int64(end)


@inlined
def _with_slots(sums, source, n, stamp, stamps, repeated, weights):
    """Return the sums with some slots more."""
    squares, product = sums.squares, sums.product
    for index in range(n):
        squares += weights[source[index], 0]
        product += weights[source[index], 1]
    return Sums(squares, product, _stamped(source, 0, n, stamps, stamp, repeated, sums.n_repeated))


@kernel
def _with_long(n_points, chars, words, stamp, tables, vocabulary, weights, tally, scratch, batch):
    """Return the sums with the n-grams of a word that is too long to be remembered."""
    points, keys, found, stamps = scratch.room.points, scratch.keys, scratch.found, tally.stamps
    tokens = batch.tokens
    done = 0
    while done < n_points:
        n_keys, done = char_keys(points, n_points, done, keys)
        n = find_chars(keys, n_keys, vocabulary, weights, scratch)
        chars = _with_slots(chars, found, n, stamp, stamps, tally.seen_chars, weights)
    done = 0
    while done < n_points:
        n_found, done = find_tokens(points, n_points, done, tables.is_word, vocabulary, found, 0)
        n_words = 0
        for index in range(n_found):
            tokens[index + 1] = found[index]
            found[n_words] = found[index]
            n_words += found[index] < vocabulary.n_words
        words = _with_slots(words, found, n_words, stamp, stamps, tally.seen_words, weights)
        n = pairs_of_tokens(n_found, vocabulary, batch)
        words = _with_slots(words, batch.pairs, n, stamp, stamps, tally.seen_words, weights)
    return chars, words


@inlined
def _total(sums, repeated, counts, growths, weights):
    """Return what a block adds to the margin, once what is repeated is damped."""
    squares, product = sums.squares, sums.product
    for index in range(sums.n_repeated):
        slot = repeated[index]
        count = counts[slot] + 1
        counts[slot] = count
        squares += growths[count, 0] * weights[slot, 0]
        product += growths[count, 1] * weights[slot, 1]
    for index in range(sums.n_repeated):
        counts[repeated[index]] = 0
    return _quotient(squares, product)


@inlined
def _summed_margin(
    rows, at, end, tables, vocabulary, weights, growths, memory, tally, scratch, batch
):
    """Return whether a listing is UTF-8, and what its n-grams add to its margin."""
    pool, kept, slots, tokens = memory.pool, memory.sums, memory.entries, batch.tokens
    stamps, seen_chars, seen_words = tally.stamps, tally.seen_chars, tally.seen_words
    stamp = np.uint8(memory.used[1])
    chars = Sums(0.0, 0.0, 0)
    words = Sums(0.0, 0.0, 0)
    tokens[0] = NO_TOKEN
    while at < end:
        n, at = read_words(rows, at, end, vocabulary.seeds, memory, batch)
        if not recall_words(n, rows.data, tables, vocabulary, weights, memory, scratch, batch):
            return False, 0.0
        n_tokens = 0
        n_chars = chars.n_repeated
        squares_of_chars, product_of_chars = chars.squares, chars.product
        squares_of_words, product_of_words = words.squares, words.product
        for index in range(n):
            sums, first, middle, last = parts(batch.records[index], pool)
            squares_of_chars += kept[sums]
            product_of_chars += kept[sums + 1]
            squares_of_words += kept[sums + 2]
            product_of_words += kept[sums + 3]
            for source in range(first, middle):
                n_tokens += 1
                tokens[n_tokens] = slots[source]
                prefetch(stamps, np.uint64(slots[source]))
            n_chars = _stamped(slots, middle, last, stamps, stamp, seen_chars, n_chars)
        chars = Sums(squares_of_chars, product_of_chars, n_chars)
        n_words = words.n_repeated
        for index in range(1, n_tokens + 1):
            if tokens[index] < vocabulary.n_words:
                n_words = _stamped(tokens, index, index + 1, stamps, stamp, seen_words, n_words)
        words = Sums(squares_of_words, product_of_words, n_words)
        n_pairs = pairs_of_tokens(n_tokens, vocabulary, batch)
        words = _with_slots(words, batch.pairs, n_pairs, stamp, stamps, seen_words, weights)
        if n == 0 and at < end:
            stop = end_of_word(rows.data, at, end)
            n_points = canonical(rows.data, at, stop, tables, scratch)
            if n_points < 0:
                return False, 0.0
            chars, words = _with_long(
                n_points,
                chars,
                words,
                stamp,
                tables,
                vocabulary,
                weights,
                tally,
                scratch,
                batch,
            )
            at = stop
    margin = _total(words, seen_words, tally.counts, growths, weights)
    return True, margin + _total(chars, seen_chars, tally.counts, growths, weights)


@kernel
def _margin(rows, at, end, tables, vocabulary, weights, growths, memory, tally, scratch, batch):
    """Return whether a stretch of text is UTF-8, and what its n-grams add to its margin."""
    if memory.used[1] == _LAST_STAMP:
        tally.stamps[:] = 0
        memory.used[1] = 0
    memory.used[1] += 1
    if end - at <= LONGEST_SUMMED:
        return _summed_margin(
            rows, at, end, tables, vocabulary, weights, growths, memory, tally, scratch, batch
        )
    n_words, n_chars = count_row(
        rows, at, end, tables, vocabulary, weights, memory, tally, scratch, batch
    )
    margin = _block_margin(tally.seen_words, n_words, tally.counts, weights)
    margin += _block_margin(tally.seen_chars, n_chars, tally.counts, weights)
    return n_words >= 0, margin


@inlined
def _start_of_word(data, at, end):
    """Return where the next word begins, the end if there is none."""
    while at < end and is_space(data[at]):
        at += 1
    return at


@inlined
def _past_words(data, at, end, n):
    """Return where the n-th word from here ends, or the last, and how many words that were."""
    n_past = 0
    stop = at
    while n_past < n:
        at = _start_of_word(data, at, end)
        if at == end:
            break
        at = stop = end_of_word(data, at, end)
        n_past += 1
    return stop, n_past


@kernel
def _strongest(
    rows,
    at,
    end,
    n_words,
    step,
    tables,
    vocabulary,
    weights,
    growths,
    memory,
    tally,
    scratch,
    batch,
):
    """Return how many segments a listing has, and margin and place of the most suspicious.

    The fifth value is the second highest margin. A segment begins with the word after ``step``
    others; the last one ends with the listing (``segments.Segments.spans``).
    """
    data = rows.data
    n = 0
    highest, second = -np.inf, -np.inf
    stop, _ = _past_words(data, at, end, n_words)
    n_past = 1 if _start_of_word(data, stop, end) < end else 0
    start = at
    first, last = at, at
    while n_past > 0:
        start = _start_of_word(data, start, end)
        _, margin = _margin(
            rows, start, stop, tables, vocabulary, weights, growths, memory, tally, scratch, batch
        )
        n += 1
        if margin > highest:
            second = highest
            highest, first, last = margin, start, stop
        elif margin > second:
            second = margin
        stop, n_past = _past_words(data, stop, end, step)
        start, _ = _past_words(data, start, end, n_past)
    return n, highest, first, last, second


@kernel
def margins(
    rows,
    offsets,
    cutting,
    tables,
    vocabulary,
    weights,
    growths,
    memory,
    tally,
    scratch,
    batch,
    out,
    spoken,
):
    """Write what the n-grams of each row add to its margin, and which bytes of it gave that.

    Parameters
    ----------
    cutting
        Words of a segment (0: listings have none), the step and the penalty, as in
        ``segments.Segments``, and below what two margins are too close to each other to be told
        apart.
    weights
        idf squared and idf times coefficient of each slot.
    growths
        ``growths[k]`` is what the (k + 1)-th occurrence adds to a squared damped count and to a
        damped count, less one.
    out
        Written: the larger of the whole row's and, less the penalty, its best segment's.
    spoken
        Written: start and end of the one that gave it, shape (n, 2); -1 where that is too close
        to call.

    Returns
    -------
    int
        The first row that is not UTF-8, -1 if there is none.
    """
    n_words, step, penalty, gap = cutting
    for row in range(out.shape[0]):
        start, end = offsets[row], offsets[row + 1]
        is_text, margin = _margin(
            rows, start, end, tables, vocabulary, weights, growths, memory, tally, scratch, batch
        )
        if not is_text:
            return row
        out[row] = margin
        spoken[row, 0], spoken[row, 1] = start, end
        if n_words == 0 or most_words(rows.wide, start, end) <= n_words:
            continue
        n, highest, first, last, second = _strongest(
            rows,
            start,
            end,
            n_words,
            step,
            tables,
            vocabulary,
            weights,
            growths,
            memory,
            tally,
            scratch,
            batch,
        )
        if n == 0:
            continue
        best = highest - penalty * np.log(n)
        runner_up = best
        if best > margin:
            out[row] = best
            spoken[row, 0], spoken[row, 1] = first, last
            runner_up = max(margin, second - penalty * np.log(n))
        if out[row] - runner_up < gap:
            spoken[row, 0] = -1
    return -1
