import numpy as np

from fakedetect import counts
from fakedetect.counts import select

TERMS = np.array(["once", "two b", "two a", "three", "four"], dtype=object)
N_TEXTS = np.array([1, 2, 2, 3, 2])
N_TIMES = np.array([9, 2, 2, 3, 5])


def selected():
    found = select(N_TEXTS, N_TIMES, lambda indices: TERMS[indices].tolist())
    assert TERMS[found.indices].tolist() == found.terms
    return found.terms


def test_what_stands_in_one_text_is_left_out_and_the_rest_ordered():
    assert selected() == ["three", "four", "two a", "two b"]


def test_what_occurs_most_is_kept(monkeypatch):
    monkeypatch.setattr(counts, "MOST_NGRAMS", 3)
    assert selected() == ["three", "four", "two a"]
    monkeypatch.setattr(counts, "MOST_NGRAMS", 2)
    assert selected() == ["three", "four"]
