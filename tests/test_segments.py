"""A long listing's segments, and the rule between the whole and one of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakedetect.segments import Segments, Strongest

RULE = Segments(3, 2, penalty=0.5)
# A made-up margin of a whole text: it is high where "copy" is much of it.
SUSPICIOUS = {"super": 1.0, "copy": 4.0, "box": -1.0}


def margins_of(texts):
    return np.array(
        [sum(SUSPICIOUS.get(word, 0.0) for word in text.split()) / len(text) for text in texts]
    )


def words_of(rule, text):
    return [text[start:end] for start, end in rule.spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n", []),
        ("a b c", []),
        ("a b c d", ["a b c", "b c d"]),
        ("a b c d e", ["a b c", "c d e"]),
        ("a b c d e f", ["a b c", "c d e", "d e f"]),
        ("  é\tb\x1fc\r\n手表 e  ", ["é\tb\x1fc", "c\r\n手表 e"]),
        ("a\u00a0b c\u3000d e f", ["a\u00a0b c\u3000d e", "c\u3000d e f"]),
        ("手表" * 50, []),
    ],
)
def test_words_are_cut_at_white_space_in_ascii(text, expected):
    assert words_of(RULE, text) == expected


@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 9))
def test_segments_reach_from_end_to_end_and_leave_no_word_out(n, n_words, step):
    rule = Segments(n_words, min(step, n_words), 0.0)
    words = [f"w{number}" for number in range(n)]
    found = [segment.split() for segment in words_of(rule, " ".join(words))]
    if n <= n_words:
        assert found == []
        return
    assert {len(segment) for segment in found} == {n_words}
    assert {word for segment in found for word in segment} == set(words)
    firsts = [words.index(segment[0]) for segment in found]
    assert firsts == sorted(set(firsts))
    assert (firsts[0], firsts[-1]) == (0, n - n_words)
    assert max(np.diff(firsts)) <= rule.step


def test_the_larger_margin_counts_less_the_toll():
    text = "box box box box super copy box"
    whole, *segments = margins_of([text, *words_of(RULE, text)])
    best = max(segments) - 0.5 * np.log(3)
    assert RULE.margins([text, "super copy"], margins_of).tolist() == pytest.approx(
        [max(whole, best), margins_of(["super copy"])[0]]
    )
    dear = Segments(3, 2, penalty=100.0)
    assert dear.margins([text], margins_of).tolist() == [whole]


def test_spoken_is_what_gives_the_margin():
    text = "box box box box super copy box"
    free = Segments(3, 2, penalty=0.0)
    start, end, toll = free.spoken(text, margins_of)
    assert (text[start:end], toll) == ("super copy box", 0.0)
    assert margins_of([text[start:end]]) == free.margins([text], margins_of)
    assert RULE.spoken("super copy", margins_of) == (0, 10, 0.0)
    assert Segments(3, 2, penalty=100.0).spoken(text, margins_of) == (0, len(text), 0.0)


def test_of_equals_the_whole_speaks_then_the_first():
    even = "box box box box box box"
    same = Segments(3, 2, penalty=0.0)
    assert same.spoken(even, lambda texts: np.ones(len(texts))) == (0, len(even), 0.0)
    assert same.spoken(even, lambda texts: np.arange(len(texts)) > 0)[:2] == (0, 11)


def test_texts_without_segments_cost_nothing():
    def refuse(texts):
        raise AssertionError(texts)

    found = RULE.strongest(["", "a b c"], refuse)
    assert (found.margins.tolist(), found.n_segments.tolist()) == ([-np.inf, -np.inf], [0, 0])
    assert RULE.combined(np.array([1.0, -2.0]), found).tolist() == [1.0, -2.0]
    assert RULE.tolls(np.array([0, 1, 2])).tolist() == pytest.approx([0, 0, 0.5 * np.log(2)])
    assert isinstance(found, Strongest)
    assert RULE.margins([], margins_of).tolist() == []
