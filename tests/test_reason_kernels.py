"""What is loud in a listing, by the kernels and by the explanation that they stand for."""

import dataclasses

import numba
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conftest import SHARED
from fakedetect import compiled
from fakedetect.compiled import Scorer
from fakedetect.explanation import LEAST_SHARE
from fakedetect.features import TfidfFeatures, char_ngrams
from fakedetect.reason_kernels import LONGEST_PAINTED, MOST_PLACES
from fakedetect.segments import Segments
from fakedetect.text_kernels import char_keys, char_places

JIT = not numba.config.DISABLE_JIT
PIECES = st.sampled_from(
    [
        *" ,.\t\n\x00\x1c\u00a0\u3000\u2800\u0085-1:ax❤ﷺｶﾞがกำ่ー",
        *("\u0301", "\u200b", "\u202e", "\u3099", "\u0e49"),
        *("super", "copy", "SUPER copy", "super copy ", "1:1 mirror quality", "ｓｕｐｅｒ"),
        *("same factory", "receipt", "with", "sealed", "réplica exacta", "e\u0301xacta"),
        *(
            "高仿",
            "A货",
            "正品",
            "发票",
            "手表",
            "ของแท้",
            "кроссовки",
            "supercopymirrorquality" * 2,
        ),
    ]
)
TEXTS = st.lists(st.one_of(st.text(max_size=40), st.lists(PIECES).map("".join)), max_size=4)


def assert_same(model, texts):
    """Compare the lines, where the kernels have one, and return for how many they have none."""
    found = model.quick_reasons(texts)
    for text, line in zip(texts, found, strict=True):
        if line is not None:
            assert line == model.explain(text).line(), text
    return found.count(None)


@settings(max_examples=500 if JIT else 15, deadline=None)
@given(TEXTS)
@example(["", " ", "\u0301", "\x00", "\u00a0", "\u3000高仿", " \u0301super", "\u00a0\u0301super"])
@example(["高仿A货手表 正品发票", "super\u00a0copy 高仿\u3000正品\u00a0copy", "ของแท้ก่ำ\u200b้ copy"])
def test_lines_are_those_of_the_explanation(model, texts):
    assert_same(model, texts)


def test_lines_of_segments_are_those_of_the_explanation(model):
    harmless = "sealed with receipt, hardly used, see pictures, new; "
    texts = [
        harmless * 9 + "super copy watch, 1:1 mirror quality",
        "高仿 A货\u3000手表 same factory " + harmless * 9,
        harmless * 9,
        "super copy 1:1 " * 40,
    ]
    found = [model.explain(text) for text in texts]
    assert found[0].segment is not None
    assert assert_same(model, texts) < len(texts)
    short = dataclasses.replace(model, segments=Segments(4, 2, 0.1))
    assert assert_same(short, texts[:2]) == 0


def test_lines_of_listings_are_quick(model, listings):
    texts = listings.title.tolist()[: None if JIT else 30]
    assert assert_same(model, texts) < len(texts) / 20


@pytest.mark.slow
@pytest.mark.skipif(not JIT, reason="takes minutes without compilation")
@pytest.mark.skipif(not SHARED.exists(), reason="the real listings are not there")
def test_lines_of_real_listings_are_quick(model):
    frame = pd.read_csv(SHARED / "listings-mixed.csv.gz", dtype=str, keep_default_na=False)
    texts = (frame.title + " " + frame.description).tolist()[::12]
    # A model of few n-grams has many words that are equally loud.
    assert assert_same(model, texts) < len(texts) / 10


def test_stretches_are_worth_what_they_are_in_the_explanation(model):
    texts = [
        "Ledertasche schwarz, SUPER COPY - same factory",
        "super copy watch, box / " * 5,
        "高仿A货手表 正品发票 super copy\u3000receipt",
        "ของแท้ก่ำ super copy",
    ]
    array = pa.array(texts)
    for text, found in zip(texts, model._scorer.loud([array], share=LEAST_SHARE), strict=True):
        values = dict(found[::-1])
        for reason in model.explain(text).reasons:
            assert values[reason.text] == pytest.approx(reason.value, abs=1e-9)


WORDS = TfidfFeatures(["watch", "replica", "bag", "real"], [], np.ones(4))


def loud(texts, coefficients=(4.0, 4.0, 1.0, -2.0), **settings):
    scorer = Scorer(WORDS.word_terms, WORDS.char_terms, WORDS.idf, np.array(coefficients))
    found = scorer.loud([pa.array(texts, pa.string())], share=0.25, **settings)
    return [None if each is None else [text for text, _ in each] for each in found]


def test_what_is_too_close_to_call_is_left():
    assert loud(["watch x replica"]) == [None]  # equally loud
    assert loud(["watch x watch", "watch replica"]) == [["watch", "watch"], ["watch replica"]]
    assert loud(["watch x bag"]) == [None]  # the least share, to the last digit
    assert loud(["watch x bag"], (3.9, 4, 1, 0)) == [["watch", "bag"]]
    assert loud(["watch x bag"], (4.1, 4, 1, 0)) == [["watch"]]


def test_nothing_is_loud_where_nothing_speaks_for_suspicion():
    assert loud(["", "x", "real", "real, real", "\u00a0"]) == [[]] * 5
    assert loud(["x real"]) == [None]  # nothing is louder than less than nothing


def test_marks_and_what_is_invisible_belong_to_their_words():
    found = loud(["watch \u0301", "watch\u0301", "watch\u200b x"])
    assert found == [["watch"], ["watch\u0301"], ["watch\u200b"]]


def test_mended_texts_are_left():
    assert loud(["w a t c h", "watch"]) == [None, ["watch"]]


def test_white_space_and_scripts_without_spaces_are_cut():
    assert loud(["bag\u00a0x\u3000watch", "高watch仿"], (4.0, 4.0, 3.0, 0.0)) == [
        ["bag", "watch"],
        [],
    ]
    assert loud(["高-watch-仿", "が-watch"]) == [["watch"], ["watch"]]
    assert loud(["か\u3099-watch"]) == [["watch"]]


@pytest.mark.skipif(not JIT, reason="takes minutes without compilation")
@pytest.mark.parametrize("n", [31, 32, 33, 2047, 2048, 2049, LONGEST_PAINTED])
def test_lengths_around_every_bound(model, n):
    texts = [(piece * n)[:n] for piece in ("super copy, ", "supercopy", "a ", "高仿A")]
    texts = [text.encode()[:n].decode(errors="ignore") for text in texts]
    assert assert_same(model, [text + more for text in texts for more in ("", " watch")]) < 8


def test_very_long_texts_are_left():
    assert loud(["x" * (LONGEST_PAINTED - 6) + " watch", "x" * LONGEST_PAINTED + " watch"]) == [
        ["watch"],
        None,
    ]
    assert loud(["ﷺ" * 5000]) == [None]


def test_there_is_room_for_all_places():
    most = max(len(char_ngrams("x" * n)) / n for n in range(1, 50))
    assert (most + 1) * LONGEST_PAINTED <= MOST_PLACES


@pytest.mark.parametrize("word", ["a", "ab", "abc", "abcd", "abcde", "abcdef", "a b", " ab  c d "])
def test_places_are_those_of_the_keys(word):
    points = np.array(list(map(ord, word)), np.int32)
    keys = np.zeros((200, 2), np.uint64)
    starts, ends = np.zeros(200, np.int32), np.zeros(200, np.int32)
    n, _ = char_keys(points, len(points), 0, keys)
    char_places(points, len(points), 0, len(points), starts, ends)
    expected = sorted(ngram.strip() for part in word.split() for ngram in char_ngrams(part))
    assert sorted(word[s:e] for s, e in zip(starts[:n], ends[:n], strict=True)) == expected


def test_what_is_not_utf8_is_left():
    data = b"watch \xff"
    offsets = pa.py_buffer(np.array([0, 5, 7], np.int32))
    array = pa.StringArray.from_buffers(2, offsets, pa.py_buffer(data))
    scorer = Scorer(WORDS.word_terms, WORDS.char_terms, WORDS.idf, np.ones(4))
    assert scorer.loud([array], share=0.25) == [[("watch", 1.0)], None]


def test_neither_blocks_nor_threads_change_a_line(model, listings, monkeypatch):
    texts = [*listings.title[: 400 if JIT else 10], "", "\u0301", "高仿 super copy"]
    expected = model.quick_reasons(texts, n_threads=1)
    margins = model.margin(texts, engine="compiled")
    for size in (1, 40, 1 << 20):
        monkeypatch.setattr(compiled, "_BLOCK", size)
        assert model.quick_reasons(texts, n_threads=3) == expected
    assert np.array_equal(model.margin(texts, engine="compiled"), margins)
