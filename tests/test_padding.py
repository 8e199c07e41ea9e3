"""Copies of listings with honest ones appended."""

import numpy as np
import pytest

from fakedetect import padding
from fakedetect.features import count

TEXTS = ["super copy", "super copy bag", "sealed bag", "sealed box", "with box", "with box bag"]
LABELS = np.array([True, True, False, False, False, False])
COUNTS = count(TEXTS, engine="walk")


def dense(counts):
    found = np.zeros((len(counts.starts) - 1, len(counts.n_texts)), dtype=int)
    rows = np.repeat(np.arange(len(found)), np.diff(counts.starts))
    found[rows, counts.slots] = counts.counts
    return found


@pytest.mark.parametrize("most", [1, 2, 3])
def test_honest_listings_of_the_rows_are_added(monkeypatch, most):
    monkeypatch.setattr(padding, "MOST_ADDED", most)
    rows = np.array([0, 2, 4])
    found = padding.padded(COUNTS, LABELS, rows)
    assert found.labels.tolist() == [True, False, False]
    all_rows = dense(COUNTS)
    for copy, row in zip(dense(found.counts), rows, strict=True):
        added = copy - all_rows[row]
        times = [
            (n, m)
            for n in range(most + 1)
            for m in range(most + 1 - n)
            if np.array_equal(added, n * all_rows[2] + m * all_rows[4])
        ]
        assert len(times) == 1
        assert 1 <= sum(times[0]) <= most


def test_counts_are_in_order_and_of_the_same_ngrams():
    counts, _ = padding.padded(COUNTS, LABELS, np.arange(6))
    assert counts[:3] == COUNTS[:3]
    for start, end in zip(counts.starts[:-1], counts.starts[1:], strict=True):
        assert np.all(np.diff(counts.slots[start:end]) > 0)
    assert counts.counts.min() >= 1


def test_same_arguments_same_copies():
    first, again = (padding.padded(COUNTS, LABELS, np.arange(6)).counts for _ in range(2))
    np.testing.assert_array_equal(dense(first), dense(again))


def test_no_more_copies_than_a_bound(monkeypatch):
    monkeypatch.setattr(padding, "MOST_COPIES", 4)
    found = padding.padded(COUNTS, LABELS, np.arange(6))
    assert len(found.labels) == len(found.counts.starts) - 1 == 4


def test_counts_beyond_a_byte():
    counts = count(["bag " * 200, "bag", "bag " * 200], engine="walk")
    narrow = counts._replace(counts=counts.counts.astype(np.uint8))
    found = padding.padded(narrow, np.array([True, False, False]), np.arange(3)).counts
    assert found.counts.max() > 255
