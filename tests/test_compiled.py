"""The compiled pass against the plain walk and scikit-learn."""

import numba
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakedetect import compiled
from fakedetect.compiled import Scorer, Texts, blocks, buffers
from fakedetect.errors import InputError
from fakedetect.features import TfidfFeatures, count, fit
from fakedetect.segments import Segments
from fakedetect.text import featured, mend, read
from fakedetect.word_kernels import AT_ONCE

JIT = not numba.config.DISABLE_JIT
LISTINGS = [
    "Replica watch 1:1 replica",
    "replica watch, box and papers",
    "手表 高仿 1:1 高仿手表",
    "高仿手表 watch",
    "ของแท้ bag ของแท้",
    "bag the the the the",
    "Ré\u200bplique exacte, e\u0301tat",
    "réplique état 👟👟 сумка",
    "сумка шанель שׁלום",
    "שׁלום a bag, a-b c",
]
FEATURES = fit(count([featured(text) for text in LISTINGS])).features
COEFFICIENTS = np.random.default_rng(1).normal(size=len(FEATURES))


def scorer_of(features, coefficients, segments=None):
    return Scorer(features.word_terms, features.char_terms, features.idf, coefficients, segments)


SCORER = scorer_of(FEATURES, COEFFICIENTS)


def walked(texts, features=FEATURES, coefficients=COEFFICIENTS):
    rows, slots, values = features.weigh([featured(text) for text in texts])
    return np.bincount(rows, values * coefficients[slots], minlength=len(texts))


def walked_parts(parts):
    """Return the margins of mended texts, or of parts of them."""
    rows, slots, values = FEATURES.weigh([read(part) for part in parts])
    return np.bincount(rows, values * COEFFICIENTS[slots], minlength=len(parts))


def passed(texts, scorer=SCORER, **settings):
    return scorer.margins([pa.array(texts, pa.large_string())], **settings)


def assert_same(texts, features=FEATURES, coefficients=COEFFICIENTS):
    found = passed(texts, scorer_of(features, coefficients))
    np.testing.assert_allclose(found, walked(texts, features, coefficients), rtol=0, atol=1e-9)


PIECES = st.sampled_from(
    [
        *" ,.\t\n\u00a0-1:\u0301\u200b\u202e\x00ax👟ﷺ",
        *(
            "the",
            "replica",
            "watch",
            "WATCH",
            "高仿手表",
            "ของแท้",
            "réplique",
            "e\u0301tat",
            "שׁלום",
        ),
        *("bag " * 40, "手表" * 30),
    ]
)
TEXTS = st.lists(st.one_of(st.text(max_size=40), st.lists(PIECES).map("".join)), max_size=6)


@settings(max_examples=400 if JIT else 15, deadline=None)
@given(TEXTS)
@example(["", " ", "a", "ab", "\u0301", "\x00", "\u200b"])
def test_margins_are_those_of_the_walk(texts):
    np.testing.assert_allclose(passed(texts), walked(texts), rtol=0, atol=1e-9)


RULES = [Segments(1, 1, 0.0), Segments(3, 2, 0.3), Segments(4, 4, 0.1), Segments(40, 7, 0.0)]


@settings(max_examples=200 if JIT else 5, deadline=None)
@given(TEXTS)
@example([" a b c d\x1c", "a\u00a0b c d e", "", "bag " * 40 + "the", "bag\t" * 42, "watch " * 7])
def test_segments_are_those_of_the_rule(texts):
    for rule in RULES:
        found = passed(texts, scorer_of(FEATURES, COEFFICIENTS, rule))
        np.testing.assert_allclose(
            found,
            rule.margins([mend(text).text for text in texts], walked_parts),
            rtol=0,
            atol=1e-9,
        )


@pytest.mark.parametrize("n", [0, 1, 31, 32, 33, 39, 40, 41, 600 if JIT else 50])
def test_segments_of_so_many_words(n):
    rule = Segments(32, 8, 0.2)
    words = ["replica", "watch", "the", "bag", "replicawatch" * 5, "高仿手表"] * n
    texts = [" ".join(words[start : start + n]) for start in range(6)]
    found = passed(texts, scorer_of(FEATURES, COEFFICIENTS, rule))
    np.testing.assert_allclose(
        found, rule.margins([mend(text).text for text in texts], walked_parts), rtol=0, atol=1e-9
    )
    if n <= 32:
        assert np.array_equal(found, passed(texts))


def test_margins_are_those_of_the_pipeline(model, listings):
    texts = [
        f"{title} {more}" for title, more in zip(listings.title, listings.description, strict=True)
    ]
    texts = (texts + LISTINGS)[: None if JIT else 40]
    expected = model.pipeline().decision_function(texts)
    for engine in ("compiled", "walk"):
        found = model.margin(texts, engine=engine)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("n", [31, 32, 33, 4095, 4096, 4097, 10_001])
def test_lengths_around_every_bound(n):
    starts = [("watch" * n)[:n], ("watch " * n)[:n], ("replicawatch" * n)[:n], "a" * n]
    assert_same([start + end for start in starts for end in ("", "x", "replica", " bag")])


@pytest.mark.parametrize("n", [AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE, 2 * AT_ONCE + 1])
def test_pairs_and_repeats_across_the_words_read_at_once(n):
    words = ["replica", "watch", "replicawatch" * 5, "bag"] * n
    assert_same([" ".join(words[:n]), " ".join(words[1 : n + 1]), "the " * n, "the bag " * n])


def test_words_with_equal_ends_are_kept_apart():
    ends = "-watch-replica-bag-papers-x-y-z"
    texts = [f"{start}{ends}"[:n] for n in (30, 31, 32) for start in ("re", "wa", "baggage-")]
    assert_same([*texts, *reversed(texts)])


@pytest.mark.skipif(not JIT, reason="takes minutes without compilation")
@pytest.mark.parametrize("n", [2**16 - 1, 2**16, 2**16 + 1])
def test_texts_of_many_words(n):
    assert_same(["watch " * n, "replica watch " * n, "the bag 手表 " * (n // 3), "rep" * n])


@pytest.mark.skipif(not JIT, reason="takes minutes without compilation")
def test_a_megabyte_of_text():
    assert_same(
        [
            ("Replica 1:1 高仿手表 é\u0301 " * 60_000)[: 1 << 20],
            "高仿手表" * (1 << 18),
            "x" * (1 << 20),
        ]
    )


def test_vocabularies_of_one_and_of_one_block():
    one = TfidfFeatures(["watch"], [], np.array([1.5]))
    assert_same(LISTINGS, one, np.array([2.0]))
    other = TfidfFeatures([], ["wa"], np.array([1.5]))
    assert_same(LISTINGS, other, np.array([-2.0]))
    none = TfidfFeatures([], [], np.array([]))
    assert passed(LISTINGS, scorer_of(none, np.array([]))).tolist() == [0.0] * len(LISTINGS)


def test_large_coefficients_do_not_blur_small_ones():
    texts = ["watch " * 3000 + "bag", "bag " * 600 + "replica"]
    assert_same(texts, FEATURES, COEFFICIENTS * 50)


ARRAYS = {
    "string": lambda texts: [pa.array(texts, pa.string())],
    "large": lambda texts: [pa.array(texts, pa.large_string())],
    "view": lambda texts: [pa.array(texts, pa.string_view())],
    "sliced": lambda texts: [pa.array(["x", *texts, "watch"]).slice(1, len(texts))],
    "chunked": lambda texts: [pa.array([text]) for text in texts],
    "uneven": lambda texts: [pa.array(texts[:3]), pa.array([], pa.string()), pa.array(texts[3:])],
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_arrays_of_any_kind(kind):
    found = SCORER.margins(ARRAYS[kind](LISTINGS))
    assert np.array_equal(found, passed(LISTINGS))


def test_nulls_are_empty_texts():
    texts = ["watch", None, "bag", None]
    for array in (pa.array(texts), pa.array(["x", *texts]).slice(1)):
        assert np.array_equal(SCORER.margins([array]), passed(["watch", "", "bag", ""]))


@pytest.mark.parametrize("texts", [[], [""], ["", ""], [None]])
def test_arrays_without_a_byte(texts):
    assert SCORER.margins([pa.array(texts, pa.string())]).tolist() == [0.0] * len(texts)
    assert SCORER.margins([]).tolist() == []


def invalid(written):
    """Return Arrow's strings from bytes that nobody has checked."""
    offsets = np.cumsum([0, *map(len, written)]).astype(np.int32)
    data = b"".join(written)
    return pa.StringArray.from_buffers(len(written), pa.py_buffer(offsets), pa.py_buffer(data))


@pytest.mark.parametrize(
    "word", [b"\xff", b"ab\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"x" * 40 + b"\xe2\x82"]
)
def test_text_that_is_not_utf8_is_refused_with_its_row(word):
    with pytest.raises(InputError) as caught:
        SCORER.margins([pa.array(["watch"]), invalid([b"bag", b"a " + word, b"\xff"])])
    assert str(caught.value) == "row 3: the text is not UTF-8; decode the listings as UTF-8"
    # The listing's bytes end where it ends, not where the next one goes on.
    assert np.array_equal(passed(["bag"]), SCORER.margins([pa.array(["bag"])]))


@pytest.mark.parametrize("before", ["watch watch ", "watch bag " * 500])
def test_what_was_refused_leaves_nothing_behind(before):
    scorer = scorer_of(FEATURES, COEFFICIENTS)
    expected = passed(LISTINGS, scorer)
    for _ in range(2):
        with pytest.raises(InputError):
            scorer.margins([invalid([before.encode() + b"\xff"])])
        assert np.array_equal(passed(LISTINGS, scorer), expected)


@pytest.mark.parametrize("size", [1, 40, 41, 1 << 20])
def test_neither_blocks_nor_threads_change_a_result(monkeypatch, size):
    texts = LISTINGS * (30 if JIT else 2)
    expected = passed(texts, n_threads=1)
    monkeypatch.setattr(compiled, "_BLOCK", size)
    for n_threads in (1, 2, 3):
        fresh = scorer_of(FEATURES, COEFFICIENTS)
        assert np.array_equal(passed(texts, fresh, n_threads=n_threads), expected)
        assert np.array_equal(passed(texts, fresh, n_threads=n_threads), expected)


def test_what_is_forgotten_is_looked_up_again(monkeypatch):
    texts = [
        f"watch replica-{number} {LISTINGS[number % 7]}" for number in range(9000 if JIT else 40)
    ]
    expected = passed(texts)
    monkeypatch.setattr(compiled, "_PLACES", 4)
    crowded = scorer_of(FEATURES, COEFFICIENTS)
    assert np.array_equal(passed(texts, crowded, n_threads=1), expected)
    monkeypatch.undo()
    monkeypatch.setattr(compiled, "_POOL", 0)
    forgetful = scorer_of(FEATURES, COEFFICIENTS)
    assert np.array_equal(passed(texts, forgetful, n_threads=1), expected)
    assert np.array_equal(passed(texts, forgetful, n_threads=1), expected)


def test_blocks_have_every_row_once():
    texts = buffers(pa.array(["abc", "", "d" * 10, "ef"] * 5))
    for block in blocks([texts, texts]):
        lengths = np.diff(block.texts.offsets[block.first : block.last + 1])
        assert block.longest == lengths.max()
    rows = [
        block.row + at for block in blocks([texts, texts]) for at in range(block.last - block.first)
    ]
    assert rows == list(range(40))


@pytest.mark.parametrize(("size", "lasts"), [(1, [1, 2, 3, 4]), (5, [2, 4]), (9, [4])])
def test_blocks_are_of_bounded_size(monkeypatch, size, lasts):
    monkeypatch.setattr(compiled, "_BLOCK", size)
    texts = Texts(np.zeros(9, np.uint8), np.array([0, 2, 4, 7, 9]))
    assert [block.last for block in blocks([texts])] == lasts
