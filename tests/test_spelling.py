"""The implementation run as it is; ``test_text_kernels`` holds the compiled one to it."""

import dis
from types import FunctionType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakedetect import letters, spelling, text

WORDS = st.text(
    st.sampled_from("abelnrstКеаорсхВ013458@!|.-_*,é\u0301\u0336\u200b\x08Ａ𝐧高仿亻方木目刂🔥 ﷺ각"),
    max_size=20,
)


@settings(max_examples=500, deadline=None)
@given(WORDS)
def test_room_is_enough_and_every_character_comes_from_somewhere(raw):
    word = text._spelled(raw, 2)
    assert word.length <= len(word.points)
    assert all(
        0 <= start < end <= len(raw) for start, end in zip(word.starts, word.ends, strict=True)
    )


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("5ame", "5ame same"),
        ("rep-lica", "rep-lica replica"),
        ("replicaaaa", "replica \U0010f700\U0010f70a"),
        ("café", "café cafe"),
        ("1:1", "1:1"),
        ("501", "501"),
        ("shoes!!", "shoes!!"),
        ("gucc!", "gucc!"),
    ],
)
def test_further_readings(raw, expected):
    assert text.featured(raw) == expected


def test_homophones_and_spelled_out_words_sound_alike():
    sound = text.featured("高仿").split()[1]
    assert text.featured("搞访").split()[1] == sound
    assert text.featured("gaofang").split()[1] == sound
    assert text.featured("买gaofang鞋").split()[1][1:3] == sound


def test_two_that_may_be_halves_stay_and_sound_as_the_whole():
    whole, halves = text.featured("牌相").split(), text.featured("片卑木目").split()
    assert (whole[0], halves[0]) == ("牌相", "片卑木目")
    assert whole[1] == halves[1]
    # A word is a word; the last of an odd number has none to go with.
    assert len(text.featured("女子").split()[1]) == 2
    assert len(text.featured("木目木").split()[1]) == 2


def test_halves_that_stand_on_the_right_alone():
    assert text.canonical("另刂者阝方攵纟工") == "别都放红"


def test_a_word_that_is_drawn_out_is_marked_where_that_hides_it():
    def marks(raw):
        return [trace.kind for trace in text.trace(raw)]

    assert marks("originaaal") == []
    assert marks("originaaaal") == marks("ooorrriginal") == ["repeated letters"]
    assert text.canonical("originaaal ooorrriginal qualllity") == "original original quality"
    assert text.canonical("cooolll") == "cooolll"  # not known


def test_known_words_are_found_by_their_keys():
    tables = text._tables(text.EDITION)
    words = letters.words()
    assert len(set(words)) == len(words) > 5000
    keys = letters.word_of_key()
    assert list(keys) == sorted(keys)
    for word in ("replica", "реплика", "không"):
        room = spelling.Room([], [ord(char) for char in word], [], [], [], [], [])
        number = spelling._word_for(0, len(word), tables, room)
        assert words[number] == word


def test_numbers_of_traces_fit_their_bits():
    bits = [
        spelling.INVISIBLE, spelling.DIRECTION, spelling.BACKSPACE, spelling.FULL_WIDTH,
        spelling.FANCY, spelling.LOOKALIKE, spelling.PILED, spelling.ACCENTS, spelling.SIGNS,
        spelling.REPEATED, spelling.DIGITS, spelling.HALVES, spelling.SPACED,
    ]  # fmt: skip
    assert bits == [1 << bit for bit in range(spelling.N_TRACES)]
    assert len(text.TRACES) == spelling.N_TRACES
    assert spelling.FIRST_TRACE + spelling.N_TRACES <= spelling.FIRST_SYLLABLE


def test_functions_call_only_those_before_them():
    # They are compiled in this order, each with those before it.
    seen = set()
    for name, function in vars(spelling).items():
        if isinstance(function, FunctionType):
            called = {
                each.argval
                for each in dis.get_instructions(function)
                if each.opname == "LOAD_GLOBAL"
            }
            ours = {n for n in called if isinstance(vars(spelling).get(n), FunctionType)}
            assert ours <= seen, name
            seen.add(name)
