"""What margins rest on: sums over words, corrected for what is repeated."""

import numpy as np
import pyarrow as pa
import pytest

from fakedetect import compiled, score_kernels
from fakedetect.compiled import Scorer
from fakedetect.features import TfidfFeatures
from fakedetect.score_kernels import LONGEST_SUMMED

WORDS = TfidfFeatures(["bag", "watch", "watch bag"], [" w", "at", "wa", "watch"], np.full(7, 1.5))
COEFFICIENTS = np.array([1.0, -2.0, 4.0, 0.5, -0.25, 8.0, 1.0])
TEXTS = ["watch", "watch watch", "bag watch bag watch bag", "wawawawa at", "nothing here"]


def scorer():
    return Scorer(WORDS.word_terms, WORDS.char_terms, WORDS.idf, COEFFICIENTS)


def expected(texts):
    rows, slots, values = WORDS.weigh(texts)
    return np.bincount(rows, values * COEFFICIENTS[slots], minlength=len(texts))


def margins(texts, by=None):
    return (by or scorer()).margins([pa.array(texts)], n_threads=1)


def test_repeated_slots_are_damped():
    np.testing.assert_allclose(margins(TEXTS), expected(TEXTS), rtol=0, atol=1e-14)
    once, twice = margins(["watch bag", "watch bag bag"])
    assert once != twice


@pytest.mark.parametrize("length", [LONGEST_SUMMED + more for more in (-1, 0, 1)])
def test_summing_and_counting_meet(length):
    texts = [("watch bag " * length)[:length], ("wa" * length)[:length]]
    np.testing.assert_allclose(margins(texts), expected(texts), rtol=0, atol=1e-11)


def test_a_listing_leaves_nothing_behind():
    by = scorer()
    long = "watch bag " * LONGEST_SUMMED
    first = margins([*TEXTS, long, *TEXTS], by)
    assert np.array_equal(first, margins([*TEXTS, long, *TEXTS], by))
    assert np.array_equal(first[: len(TEXTS)], first[-len(TEXTS) :])


def test_stamps_begin_anew_when_they_run_out():
    by = scorer()
    before = margins(TEXTS, by)
    (workspace,) = by._idle
    workspace.memory.used[1] = score_kernels._LAST_STAMP - 2
    assert np.array_equal(margins(TEXTS, by), before)
    assert workspace.memory.used[1] == len(TEXTS) - 2


def test_a_workspace_is_used_again(monkeypatch):
    by = scorer()
    margins(TEXTS, by)
    monkeypatch.setattr(compiled, "Workspace", None)
    margins(TEXTS, by)
