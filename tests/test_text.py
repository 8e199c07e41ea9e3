import json
import re
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakedetect.text import (
    align,
    canonical,
    code_point_table,
    pile_pattern,
    printable,
    word_pattern,
)

CASES = json.loads((Path(__file__).parent / "cases" / "canonical.json").read_text())
# The planes with assigned characters, surrogates included, and the very last code points.
POINTS = [*range(0x32000), *range(0xE0000, 0xE1000), *range(sys.maxunicode - 3, sys.maxunicode + 1)]
# Letters, marks and blanks of many scripts side by side, where normalisation is hardest.
TRICKY = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from(
            "aAéßİǰΐςﬁ½\u0301\u0323\u0345\u05b0\u0e49\u09be\u1161\u11a8가ガｶﾞ´¨ \t\u200b\ud7b0"
        ),
    ),
    max_size=20,
)


@pytest.mark.parametrize("case", CASES, ids=[case["comment"] for case in CASES])
def test_cases(case):
    assert canonical(case["original"]) == unicodedata.normalize("NFC", case["expected"])


@settings(max_examples=1000, deadline=None)
@given(TRICKY)
def test_canonical_text_has_no_edges(text):
    found = canonical(text)
    assert canonical(found) == found
    assert found == " ".join(found.split())
    assert canonical(unicodedata.normalize("NFD", text)) == canonical(
        unicodedata.normalize("NFC", text)
    )


@settings(max_examples=1000, deadline=None)
@given(TRICKY)
def test_alignment_gives_the_canonical_text_in_order(text):
    found = align(text)
    assert found.canonical == canonical(text)
    assert len(found.starts) == len(found.ends) == len(found.canonical)
    assert found.starts == sorted(found.starts)
    assert all(
        0 <= start < end <= len(text) for start, end in zip(found.starts, found.ends, strict=True)
    )


def test_alignment_of_piled_marks():
    for n in (29, 30, 31, 100):
        text = "xa" + "\u0301\u0323" * n + "b"
        found = align(text)
        assert found.canonical == canonical(text)
        assert (found.starts[-1], found.ends[-1]) == (len(text) - 1, len(text))


def test_every_code_point_is_stable():
    unstable = [
        point for point in POINTS if canonical(once := canonical(f"x{chr(point)}y")) != once
    ]
    assert unstable == []


def test_table_gives_what_canonical_gives():
    table = code_point_table()
    for point in POINTS:
        text = f"x{chr(point)}y"
        steps = pile_pattern().sub(r"\1", text.translate(table))
        assert " ".join(unicodedata.normalize("NFC", steps).split()) == canonical(text)


def test_only_the_first_of_half_a_million_marks_are_sorted():
    text = "a" + "\u0301\u0323" * 250_000
    assert len(canonical(text)) == 30
    assert align(text).canonical == canonical(text)


@pytest.mark.parametrize(
    "joining", ["\u1161", "\u11a8", "\u09be", "\u0b3e", "\u0301", "\u200b\u0301"]
)
def test_no_character_stands_for_a_long_stretch(joining):
    found = align("a" + joining * 10_000 + "b")
    lengths = [end - start for start, end in zip(found.starts, found.ends, strict=True)]
    assert max(lengths) <= 61
    assert found.canonical == canonical("a" + joining * 10_000 + "b")


def test_words_keep_their_marks():
    assert re.findall(word_pattern(), "ของแท้ की घड़ी a b2 l'été") == [
        "ของแท้",
        "की",
        "घड़ी",
        "b2",
        "été",
    ]


@given(st.text())
def test_printable_keeps_positions_and_hides_nothing(text):
    shown = printable(text)
    assert len(shown) == len(text)
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in shown)
