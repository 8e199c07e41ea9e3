"""Listings with harmless words added, to train on.

A seller who appends harmless words (Lowd and Meek 2005) makes a listing that no training listing is
like. So copies of training listings can be trained on with other, honest ones appended, by their
counts: nothing is read again. Whose words an n-gram is, which is what the ratios of ``fitting`` go
by, copies have no say in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fakedetect.counts import Counts
from fakedetect.features import Ints
from fakedetect.metrics import Bools

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MOST_COPIES = 10_000  # so that large trainings take little longer
MOST_ADDED = 10  # honest listings


class Copies(NamedTuple):
    """Counts and labels of padded copies."""

    counts: Counts
    labels: Bools


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
    )


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
