"""What margins rest on: sums over words, corrected for what is repeated."""

import numpy as np
import pyarrow as pa
import pytest

from fakedetect import compiled, score_kernels
from fakedetect.compiled import Scorer
from fakedetect.features import TfidfFeatures
from fakedetect.score_kernels import LONGEST_SUMMED
from fakedetect.segments import Segments

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


def spoken(texts, segments):
    """Return margins, and which part of each text gave it; None where it is too close to call."""
    by = Scorer(WORDS.word_terms, WORDS.char_terms, WORDS.idf, COEFFICIENTS, segments)
    (block,) = compiled.blocks([compiled.buffers(pa.array(texts))])
    out = np.zeros(len(texts))
    with by._workspace() as workspace, np.errstate(over="ignore"):
        read = workspace.mended_rows(block)
        firsts = read.offsets[:-1, np.newaxis]
        found = by._read(workspace, read, 0, out) - firsts
    places = zip(texts, found.tolist(), (found + firsts)[:, 0] < 0, strict=True)
    return out, [None if close else text[start:end] for text, (start, end), close in places]


def test_what_spoke_is_told():
    texts = [
        "bag at at at bag watch bag",  # the last words
        "watch bag at at at at",  # the first
        "bag bag",  # too short
        "watch bag watch bag",  # two segments that are not alike, and the whole is less
        "at at at at at at",  # all the same
    ]
    out, found = spoken(texts, Segments(2, 1, 0.0))
    np.testing.assert_allclose(
        out, Segments(2, 1, 0.0).margins(texts, expected), rtol=0, atol=1e-14
    )
    assert found == ["watch bag", "watch bag", "bag bag", None, None]
    _, found = spoken(texts, Segments(2, 1, 1e6))
    assert found == texts


def test_stamps_last_through_the_segments_of_a_long_listing():
    texts = ["watch bag at " * 400, *TEXTS]
    rule = Segments(3, 1, 0.0)
    by = Scorer(WORDS.word_terms, WORDS.char_terms, WORDS.idf, COEFFICIENTS, rule)
    found = margins(texts, by)
    np.testing.assert_allclose(found, rule.margins(texts, expected), rtol=0, atol=1e-11)
    assert np.array_equal(found, margins(texts, by))


def test_a_workspace_is_used_again(monkeypatch):
    by = scorer()
    margins(TEXTS, by)
    monkeypatch.setattr(compiled, "Workspace", None)
    margins(TEXTS, by)
