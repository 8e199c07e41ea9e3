"""The kernels' text side against its plain twin, on generated text."""

import re

import numba
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakedetect import compiled, text
from fakedetect.codepoints import POINT_BITS, code_points
from fakedetect.features import char_ngrams
from fakedetect.text_kernels import canonical, char_keys, is_space, next_token

# Without compilation a kernel takes a thousand times as long.
MANY = 20 if numba.config.DISABLE_JIT else 500
TABLES = {edition: code_points(edition) for edition in (1, 2)}
EDITIONS = pytest.mark.parametrize("edition", [1, 2])

# Letters and what changes, joins or breaks them, side by side more often than chance has it.
LIVELY = (
    "aKéﬀＡ①ßİſ\u0301\u0308\u0327\u0345\u0323\u1100\u1161\u11a8가각\u0915\u093cกำ\u0e49"
    "\u200b\ufe0f👍🏽‍\u202e\u2067\u00a0\u3000\u2800ﷺ1:1_-.שׁ\u05c1مَ\t\x00\x1f 手表"
    "нrеepoсcl034ai!|*·🔥\x08\x7f\u0336ñḱĸѕꓢ𝐧🅝ⓔ高仿亻方傳木目另刂gaofangVv"
)
# Ways to write the letters of words that are known.
WAYS = {
    "a": "a4@àạ", "e": "e3éẹ", "i": "i1!íl", "o": "o0óôộ", "s": "s5$", "g": "g9", "l": "l1",
    "t": "t7", "k": "kḱ", "h": "hḥ", "n": "nñ", "в": "в8", "о": "о0ӧ", "п": "пҧ", "к": "кқ",
    "и": "иӣ",
}  # fmt: skip
WORDS = ("replica", "original", "imitation", "không", "hàng", "scontrino", "копия", "реплика")


@st.composite
def disguised(draw):
    word = draw(st.sampled_from(WORDS))
    ways = [st.sampled_from(WAYS.get(char, char)) for char in word]
    return "".join(draw(way) * draw(st.sampled_from([1, 1, 1, 2, 3, 4])) for way in ways)


TEXTS = st.one_of(st.text(max_size=60), st.text(st.sampled_from(LIVELY), max_size=60), disguised())


def points_of(written, edition=2):
    data = np.frombuffer(written, np.uint8) if written else np.empty(0, np.uint8)
    scratch = compiled.scratch_for(max(1, len(data)))
    n = canonical(data, 0, len(data), TABLES[edition], scratch)
    return scratch.room.points[:n].copy() if n >= 0 else None


def read_of(written, edition):
    """Return what is read for a raw word, with the kernel's spaces made single."""
    return " ".join("".join(map(chr, points_of(written, edition))).split())


def read_by(value, edition):
    """Return the same by the plain twin, which cuts texts into raw words and mends them first."""
    return " ".join("".join(map(chr, text._spelled(value, edition).points)).split())


@EDITIONS
@settings(max_examples=MANY, deadline=None)
@given(TEXTS)
@example("R.e.p.l.1.c.a")
@example("e" + "\u0301" * 31)
@example("e" + "\u0323\u0301" * 40 + "x")
@example("\u1100\u1161\u11a8\u11a8")
@example("\u0344" * 31)
def test_words_are_read_alike(edition, value):
    assert read_of(value.encode(), edition) == read_by(value, edition)


@EDITIONS
@pytest.mark.parametrize("plane", [0, 1, 2, 3, 14, 16])
def test_every_code_point_is_read_alike(plane, edition):
    step = 997 if numba.config.DISABLE_JIT else 5 if edition == 1 else 1
    points = range(plane << 16, (plane + 1) << 16, step)
    chars = [chr(point) for point in points if not 0xD800 <= point < 0xE000]
    for before in ("", "a", "\u1100"):
        value = " ".join(f"{before}{char}\u0301\u0327" for char in chars)
        assert read_of(value.encode(), edition) == read_by(value, edition)


@EDITIONS
@pytest.mark.parametrize("n", [1, 30, 31, 10_001, 2**16 + 1])
def test_long_words(n, edition):
    n = min(n, 2000) if numba.config.DISABLE_JIT else n
    for value in ("a" * n, "é" * n, "e\u0301" * n, "\u0301" * n, "ﷺ" * n):
        assert read_of(value.encode(), edition) == read_by(value, edition)


@settings(max_examples=MANY, deadline=None)
@given(st.one_of(st.binary(max_size=12), TEXTS.map(lambda value: value.encode()[1:])))
@example(b"\xed\xa0\x80")  # a surrogate
@example(b"\xc0\xaf")  # longer than need be
@example(b"\xf4\x90\x80\x80")  # beyond the last code point
@example(b"\xe2\x82")  # cut short
def test_what_is_not_utf8_is_refused(written):
    try:
        written.decode()
    except UnicodeDecodeError:
        assert points_of(written) is None
    else:
        assert points_of(written) is not None


def test_white_space_is_that_of_python():
    found = [bool(is_space(np.uint8(byte))) for byte in range(128)]
    assert found == [chr(byte).isspace() for byte in range(128)]


def unpacked(key):
    low = (1 << POINT_BITS) - 1
    points = [int(key[part]) >> POINT_BITS * at & low for part in (0, 1) for at in range(3)]
    return "".join(chr(point) for point in points if point)


@settings(max_examples=MANY, deadline=None)
@given(st.lists(st.text("abé手-", min_size=1, max_size=9), max_size=5), st.integers(10, 40))
def test_keys_are_the_ngrams_of_characters(words, room):
    points = np.array(list(map(ord, "  ".join(words))), np.int32)
    keys = np.zeros((room, 2), np.uint64)
    found, at = [], 0
    while at < len(points):
        n_keys, at = char_keys(points, len(points), at, keys)
        found += map(unpacked, keys[:n_keys])
    assert sorted(found) == sorted(ngram for word in words for ngram in char_ngrams(word))


@settings(max_examples=MANY, deadline=None)
@given(st.text("ab_1 -é手\u0301\u0e49", max_size=30))
def test_tokens_are_those_of_the_pattern(value):
    points = np.array(list(map(ord, value)), np.int32)
    found, start = [], 0
    while (span := next_token(points, len(points), start, TABLES[2].is_word))[0] < span[1]:
        found.append(value[span[0] : span[1]])
        start = span[1]
    assert found == re.findall(text.word_pattern(), value)
