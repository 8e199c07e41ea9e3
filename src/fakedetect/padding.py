"""Copies of listings to train on: with harmless words added, or by their sound alone.

A seller who appends harmless words (Lowd and Meek 2005) makes a listing that no training listing is
like. So copies of training listings can be trained on with other, honest ones appended, by their
counts: nothing is read again. Whose words an n-gram is, which is what the ratios of ``fitting`` go
by, copies have no say in.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fakedetect.counts import Counts
from fakedetect.features import Ints
from fakedetect.metrics import Bools

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MOST_COPIES = 10_000  # so that large trainings take little longer
MOST_ADDED = 10  # honest listings
N_BY_SOUND = 2  # copies of a listing, so that its sound weighs no less than its characters
# Characters that have a sound of their own: those unified for Chinese, Japanese and Korean.
_CHARACTER = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")


class Copies(NamedTuple):
    """Counts and labels of copies, and the rows of the listings that were copied."""

    counts: Counts
    labels: Bools
    rows: Ints


def padded(counts: Counts, labels: Bools, rows: Ints) -> Copies:
    """Return counts and labels of copies of some listings with one to ten honest ones appended.

    Pairs of words across the seams are left out. The same arguments give the same copies.

    Parameters
    ----------
    counts, labels
        Of all listings.
    rows
        The listings to copy, and to append the honest ones of; there is one of these at least.
        Beyond ten thousand, so many are drawn.
    """
    from scipy.sparse import csr_matrix

    random = np.random.default_rng(0)
    copied = np.sort(random.permutation(rows)[:MOST_COPIES])
    n_added = random.integers(1, MOST_ADDED + 1, len(copied))
    added = random.choice(rows[~labels[rows]], int(n_added.sum()))
    used, places = np.unique(np.concatenate([copied, added]), return_inverse=True)
    each = np.arange(len(copied))
    owners = np.concatenate([each, np.repeat(each, n_added)])
    chosen = csr_matrix(
        (np.ones(len(owners), np.int32), (owners, places)), shape=(len(copied), len(used))
    )
    found = chosen @ _rows(counts, used)
    found.sort_indices()
    return Copies(
        counts._replace(
            starts=found.indptr.astype(np.int64),
            slots=found.indices.astype(np.int32),
            counts=found.data,
        ),
        labels[copied],
        copied,
    )


def by_sound(counts: Counts, labels: Bools, rows: Ints) -> Copies | None:
    """Return counts and labels of copies of Chinese listings without the characters.

    What is left is how they sound, and all that is not Chinese. None where no listing is Chinese.

    Parameters
    ----------
    counts, labels
        Of all listings.
    rows
        The listings to copy, twice each. Beyond five thousand Chinese ones, so many are drawn.
    """
    # What sounds Chinese need not be: "banana" is three syllables.
    is_left = _is_no_character(counts)
    rows = rows[_with_any(counts, rows, ~is_left)]
    if not len(rows):
        return None
    drawn = np.random.default_rng(0).permutation(rows)[: MOST_COPIES // N_BY_SOUND]
    copied = np.repeat(np.sort(drawn), N_BY_SOUND)
    found = _rows(counts, copied)
    stays = is_left[found.indices]
    n_before = np.append(0, np.cumsum(stays))
    return Copies(
        counts._replace(
            starts=n_before[found.indptr].astype(np.int64),
            slots=found.indices[stays].astype(np.int32),
            counts=found.data[stays],
        ),
        labels[copied],
        copied,
    )


def joined(first: Copies, second: Copies) -> Copies:
    """Return two lots of copies as one."""
    one, two = first.counts, second.counts
    return Copies(
        one._replace(
            starts=np.append(one.starts, one.starts[-1] + two.starts[1:]),
            slots=np.append(one.slots, two.slots),
            counts=np.append(one.counts, two.counts),
        ),
        np.append(first.labels, second.labels),
        np.append(first.rows, second.rows),
    )


def _is_no_character(counts: Counts) -> Bools:
    """Return which n-grams have no Chinese character."""
    terms = itertools.chain(counts.word_terms, counts.char_terms)
    return np.array([_CHARACTER.search(term) is None for term in terms], bool)


def _with_any(counts: Counts, rows: Ints, wanted: Bools) -> Bools:
    """Return which of some rows have any of the n-grams that are wanted."""
    n_before = np.append(0, np.cumsum(wanted[counts.slots]))
    return n_before[counts.starts[rows + 1]] > n_before[counts.starts[rows]]


def _rows(counts: Counts, rows: Ints) -> csr_matrix:
    """Return some rows of the counts."""
    from scipy.sparse import csr_matrix

    lengths = np.diff(counts.starts)[rows]
    starts = np.append(0, np.cumsum(lengths))
    entries = np.arange(starts[-1]) + np.repeat(counts.starts[rows] - starts[:-1], lengths)
    return csr_matrix(
        (counts.counts[entries].astype(np.int32), counts.slots[entries], starts),
        shape=(len(rows), len(counts.n_texts)),
    )
