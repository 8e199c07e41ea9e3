"""Copies of listings with honest ones appended, or by their sound alone."""

import numpy as np
import pytest

from fakedetect import padding
from fakedetect.features import count
from fakedetect.text import featured

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
    counts, *_ = padding.padded(COUNTS, LABELS, np.arange(6))
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


CHINESE = ["高仿包 A货", "高仿包 A货", "正品包 copy", "正品包 copy", "super copy", "super copy"]
CHINESE_COUNTS = count(list(map(featured, CHINESE)), engine="walk")
CHINESE_LABELS = np.array([True, True, False, False, True, False])


def test_copies_by_sound_have_all_but_the_characters():
    rows = np.array([1, 2, 4])
    found = padding.by_sound(CHINESE_COUNTS, CHINESE_LABELS, rows)
    assert found.labels.tolist() == [True, True, False, False]
    assert found.counts[:3] == CHINESE_COUNTS[:3]
    terms = [*CHINESE_COUNTS.word_terms, *CHINESE_COUNTS.char_terms]
    is_character = np.array([not set(term).isdisjoint("高仿包货正品") for term in terms])
    assert is_character.any()
    expected = np.where(is_character, 0, dense(CHINESE_COUNTS)[[1, 1, 2, 2]])
    np.testing.assert_array_equal(dense(found.counts), expected)


def test_homophones_are_all_the_same_to_a_copy_by_sound():
    texts = ["高仿包", "高仿包", "糕访苞", "糕访苞"]
    counts = count(list(map(featured, texts)), engine="walk")
    found = padding.by_sound(counts, np.ones(4, bool), np.arange(4)).counts
    copies = dense(found)
    assert (copies == copies[0]).all()
    assert copies.any()


def test_without_chinese_no_copies_by_sound():
    assert padding.by_sound(COUNTS, LABELS, np.arange(6)) is None
    assert padding.by_sound(CHINESE_COUNTS, CHINESE_LABELS, np.array([4, 5])) is None
    # These are spelled like Chinese, and are none.
    counts = count(list(map(featured, ["banana", "tabangabang"] * 2)), engine="walk")
    assert padding.by_sound(counts, np.ones(4, bool), np.arange(4)) is None


def test_no_more_copies_by_sound_than_a_bound(monkeypatch):
    monkeypatch.setattr(padding, "MOST_COPIES", 5)
    found = padding.by_sound(CHINESE_COUNTS, CHINESE_LABELS, np.arange(6))
    assert len(found.labels) == len(found.counts.starts) - 1 == 4


def test_joined_copies_are_those_of_both():
    first = padding.padded(CHINESE_COUNTS, CHINESE_LABELS, np.arange(6))
    second = padding.by_sound(CHINESE_COUNTS, CHINESE_LABELS, np.arange(6))
    both = padding.joined(first, second)
    assert both.labels.tolist() == [*first.labels, *second.labels]
    stacked = np.vstack([dense(first.counts), dense(second.counts)])
    np.testing.assert_array_equal(dense(both.counts), stacked)
