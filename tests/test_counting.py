"""Compiled counting against scikit-learn's."""

import itertools

import numba
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakedetect import compiled, counting, counts, engines, features
from fakedetect.compiled import buffers
from fakedetect.errors import InputError
from fakedetect.features import fit
from fakedetect.text import canonical

JIT = not numba.config.DISABLE_JIT
WORDS = [
    "watch",
    "a",
    "the",
    "replica",
    "高仿手表",
    "ของแท้",
    "é",
    "x-y",
    "1:1",
    "a" * 40,
    "手表手表手表手表手",
]
TEXTS = [
    "replica watch 1:1 replica",
    "replica watch, box and papers",
    "手表 高仿 1:1 高仿手表",
    "高仿手表 watch the the",
    "",
    "x",
]


def counted(texts, n_threads=2):
    return counting.count(buffers(pa.array(texts, pa.large_string())), n_threads)


def as_dict(found):
    terms = [*found.word_terms, *found.char_terms]
    return [
        {
            terms[slot]: int(times)
            for slot, times in zip(found.slots[a:b].tolist(), found.counts[a:b], strict=True)
        }
        for a, b in itertools.pairwise(found.starts.tolist())
    ]


def assert_counted(texts):
    plain, found = features._counted_plainly(texts), counted(texts)
    assert (found.word_terms, found.char_terms) == (plain.word_terms, plain.char_terms)
    assert as_dict(found) == as_dict(plain)
    for start, end in itertools.pairwise(found.starts):
        is_char = found.slots[start:end] >= len(found.word_terms)
        assert np.array_equal(is_char, np.sort(is_char))


LINES = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)


@settings(max_examples=150 if JIT else 10, deadline=None)
@given(st.lists(st.one_of(LINES, st.text(max_size=20).map(canonical)), max_size=12))
@example([])
@example([""])
@example(["a b", "a c"])
@example(TEXTS)
def test_counts_are_those_of_scikit_learn(texts):
    assert_counted(texts)


def test_counts_beyond_a_byte():
    assert_counted(["watch " * 255, "watch " * 256, "the watch"])


@pytest.mark.skipif(not JIT, reason="takes minutes without compilation")
@pytest.mark.parametrize("n", [2**16 - 1, 2**16 + 1])
def test_long_texts(n):
    assert_counted(["watch the " * n, "replica" * n, "watch 高仿手表" * 3])


def test_many_ngrams_make_the_tables_grow(monkeypatch):
    monkeypatch.setattr(counting, "_FIRST_ROOM", 1)
    n = 3000 if JIT else 300
    texts = [f"word{number % n} {'é' * (number % 37)} {number % 50}" for number in range(2 * n)]
    assert_counted(texts)


def test_texts_are_counted_as_they_are():
    texts = ["\ufdfa \U0010f700\U0010f701 Ｎike"] * 2
    found = counted(texts)
    assert as_dict(found) == as_dict(features._counted_plainly(texts))
    assert "Ｎike" in found.word_terms


@pytest.mark.parametrize("size", [1, 64, 1 << 20])
def test_neither_blocks_nor_threads_nor_memory_change_the_counts(monkeypatch, size):
    texts = TEXTS * 20
    expected = counted(texts, n_threads=1)
    monkeypatch.setattr(compiled, "_BLOCK", size)
    monkeypatch.setattr(compiled, "_PLACES", 4)
    for n_threads in (1, 3):
        found = counted(texts, n_threads)
        assert found.word_terms == expected.word_terms
        assert found.char_terms == expected.char_terms
        for part in ("starts", "slots", "counts"):
            assert np.array_equal(getattr(found, part), getattr(expected, part))


@pytest.mark.parametrize("most", [1, 2, 5, 20])
def test_the_most_frequent_are_kept(monkeypatch, most):
    monkeypatch.setattr(counts, "MOST_NGRAMS", most)
    found = counted(TEXTS)
    assert len(found.word_terms) == min(most, 4)
    assert len(found.char_terms) == most
    assert_counted(TEXTS)


def test_fits_are_equal():
    plain, found = fit(features._counted_plainly(TEXTS)), fit(counted(TEXTS))
    assert np.array_equal(plain.features.idf, found.features.idf)
    np.testing.assert_allclose(plain.X.toarray(), found.X.toarray(), rtol=0, atol=1e-15)


def test_weights_are_the_same_to_the_last_bit(monkeypatch):
    monkeypatch.setattr(engines, "LEAST_CHARACTERS", 10**9)
    plain = fit(counted(TEXTS))
    monkeypatch.setattr(engines, "LEAST_CHARACTERS", 0)
    monkeypatch.setattr(counting, "_ROWS", 2)
    assert np.array_equal(fit(counted(TEXTS)).X.data, plain.X.data)


def test_text_that_is_not_utf8_is_refused():
    offsets = pa.py_buffer(np.array([0, 2, 3], np.int32))
    array = pa.StringArray.from_buffers(2, offsets, pa.py_buffer(b"ab\xff"))
    with pytest.raises(InputError) as caught:
        counting.count(buffers(array))
    assert str(caught.value) == "row 2: the text is not UTF-8; decode the listings as UTF-8"
