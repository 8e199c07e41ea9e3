import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.pipeline import FeatureUnion

from fakedetect.errors import InputError
from fakedetect.features import TfidfFeatures, char_ngrams, char_spans, count, fit, word_ngrams
from fakedetect.text import canonical, word_pattern

TEXTS = [
    canonical(text)
    for text in (
        "Replica watch 1:1 replica",
        "replica watch, box and papers",
        "手表 高仿 1:1",
        "高仿手表 watch",
        "ของแท้ bag",
        "bag ของแท้ the the the the",
        "",
        "x",
    )
]
FITTED = fit(count(TEXTS))


def dense(features, texts):
    found = features.weigh(texts)
    shape = (len(texts), len(features))
    return csr_matrix((found.values, (found.rows, found.slots)), shape=shape).toarray()


def reference(features, texts):
    return FeatureUnion(features.vectorizers()).transform(texts).toarray()


def test_word_ngrams_have_their_places():
    text = "the red 手表 a bag"
    found = list(word_ngrams(text))
    assert {ngram.term for ngram in found} == {
        "the", "red", "手表", "bag", "the red", "red 手表", "手表 bag",
    }  # fmt: skip
    for ngram in found:
        if " " not in ngram.term:
            assert text[ngram.start : ngram.end] == ngram.term


def test_char_ngrams_and_their_places():
    assert char_ngrams("ab") == [" a", "ab", "b ", " ab", "ab ", " ab "]
    starts, ends = char_spans(2)
    assert list(zip(starts.tolist(), ends.tolist(), strict=True)) == [
        (0, 1), (0, 2), (1, 2), (0, 2), (0, 2), (0, 2),
    ]  # fmt: skip


@pytest.mark.parametrize("word", ["a", "ab", "abc", "abcd", "abcdefgh", "手表"])
def test_char_spans_cover_their_ngrams(word):
    starts, ends = char_spans(len(word))
    covered = [word[start:end] for start, end in zip(starts, ends, strict=True)]
    assert covered == [ngram.strip() for ngram in char_ngrams(word)]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(alphabet="replica watch1:手表高仿ของแท้gb,_\u0301\n"), max_size=5))
def test_the_walk_gives_what_scikit_learn_gives(texts):
    texts = [canonical(text) for text in texts] + TEXTS
    np.testing.assert_allclose(
        dense(FITTED.features, texts), reference(FITTED.features, texts), rtol=0, atol=1e-12
    )


def test_fitted_weights_are_those_of_the_walk():
    np.testing.assert_allclose(
        FITTED.X.toarray(), dense(FITTED.features, TEXTS), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("n", [2**16 - 1, 2**16, 2**16 + 1])
def test_texts_of_many_words(n):
    texts = ["watch replica " * (n // 2) + "watch " * (n % 2), "rep" * n]
    texts = [canonical(text) for text in texts]
    np.testing.assert_allclose(
        dense(FITTED.features, texts), reference(FITTED.features, texts), rtol=0, atol=1e-12
    )


def test_a_text_weighs_the_same_alone_and_among_others():
    together = dense(FITTED.features, TEXTS)
    alone = np.vstack([dense(FITTED.features, [text]) for text in TEXTS])
    assert np.array_equal(together, alone)


def test_narrowed_features_weigh_their_texts_the_same():
    texts = ["replica watch", "ของแท้ bag bag 手表", "unknown"]
    narrow, slots = FITTED.features.narrowed(texts)
    assert 0 < len(narrow) < len(FITTED.features)
    expected = dense(FITTED.features, texts)
    np.testing.assert_array_equal(dense(narrow, texts), expected[:, slots])
    assert np.flatnonzero(expected.any(axis=0)).tolist() == slots.tolist()
    assert len(FITTED.features.narrowed([""])[1]) == 0


def test_memory_of_words_is_bounded(monkeypatch):
    monkeypatch.setattr("fakedetect.features._MOST_LOOKED_UP", 10)
    features = TfidfFeatures(
        FITTED.features.word_terms, FITTED.features.char_terms, FITTED.features.idf
    )
    texts = [f"word{number} replica" for number in range(100)]
    np.testing.assert_array_equal(dense(features, texts), dense(FITTED.features, texts))
    assert len(features._remembered) <= 10


def test_memory_of_places_is_bounded(monkeypatch):
    monkeypatch.setattr("fakedetect.features._MOST_PLACED", 10)
    features = TfidfFeatures(
        FITTED.features.word_terms, FITTED.features.char_terms, FITTED.features.idf
    )
    for text in [f"word{number} replica" for number in range(100)]:
        for found, expected in zip(
            features.occurrences(text), FITTED.features.occurrences(text), strict=True
        ):
            np.testing.assert_array_equal(found, expected)
    assert len(features._places) <= 10


def idf_of(features):
    return {features.term(slot): idf for slot, idf in enumerate(features.idf.tolist())}


def test_frequent_terms_come_first():
    for terms in (FITTED.features.word_terms, FITTED.features.char_terms):
        idf = [idf_of(FITTED.features)[term] for term in terms]
        assert idf == sorted(idf)
    assert FITTED.features.word_terms[:3] == ["watch", "bag", "replica"]


def test_engines_count_the_same():
    plain, compiled = (count(TEXTS, engine=engine) for engine in ("walk", "compiled"))
    assert plain.word_terms == compiled.word_terms
    assert plain.char_terms == compiled.char_terms
    np.testing.assert_allclose(
        fit(plain).X.toarray(), fit(compiled).X.toarray(), rtol=0, atol=1e-15
    )


def test_fitting_on_some_rows_is_as_if_only_those_existed():
    rows = np.array([0, 1, 3, 5])
    whole = fit(count(TEXTS), rows).features
    alone = fit(count([TEXTS[row] for row in rows])).features
    for part in ("word_terms", "char_terms"):
        assert sorted(getattr(whole, part)) == sorted(getattr(alone, part))
    assert idf_of(whole) == idf_of(alone)


def test_occurrences_are_all_the_places_of_the_weights():
    for text in TEXTS:
        found = FITTED.features.occurrences(text)
        assert set(found.slots) == set(FITTED.features.weigh([text]).slots)
        for slot, start, end in zip(*found, strict=True):
            term, covered = FITTED.features.term(slot), text[start:end]
            assert term.strip() == covered or term.split() == re.findall(word_pattern(), covered)


def test_one_block_may_be_empty():
    texts = ["a b", "a c"]  # no word of two letters
    fitted = fit(count(texts))
    assert fitted.features.word_terms == []
    np.testing.assert_allclose(dense(fitted.features, texts), reference(fitted.features, texts))


def test_nothing_in_common():
    with pytest.raises(InputError) as caught:
        fit(count(["abc", "xyz"]))
    assert str(caught.value) == (
        "no word stands in two of the 2 labelled listings; train on more listings"
    )
