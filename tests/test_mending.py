import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakedetect.mending import mended, unlike

PIECES = st.text(
    st.sampled_from(
        "abNIKE   аеорсу高仿(-17\u202e\u202d\u202c\u2066\u2067\u2069\u200b\u0301\u00a0\n\U0010f701"
    ),
    max_size=30,
)


def visible(text):
    return mended(text).text.split(" \U0010f700")[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u202eacilper\u202c", "replica"),
        ("\u202eacil\u202dper\u202c\u202c", "perlica"),
        ("a \u202ecb\u202c d", "a bc d"),
        ("\u202eba\ncd", "ab\ncd"),  # a paragraph's end closes all
        ("\u202d\u2066\u202e\u2066b\u2069\u2066a\u2069\u202c\u2069\u202c", "ab"),
        ("N I K E", "NIKE"),
        ("N\u200b I K E", "N\u200bIKE"),
        ("N I K", "NIK"),
        ("N I", "N I"),
        ("D x R x C", "D x R x C"),
        ("y a N I K E", "y a NIKE"),
        ("N I K E a b", "NIKE"),
        ("b a g s  o f  n i k e", "bags"),
        ("N i k e,", "Nike,"),
        ("N I K E  A I R S", "NIKE"),
        ("N\nI\nK\nE", "NIKE"),
        ("S M L X", "S M L X"),
        ("x x x x", "x x x x"),
        ("高 仿 鞋", "高仿鞋"),
        ("(N I K E)", "(NIKE)"),
        ("d'u s i n e", "d'usine"),
        ("【高 仿】", "【高 仿】"),
        ("r e p l i c a<b r>b a g s", "replica<br>bags"),
        ("@d e m o_s h o p", "@demo_shop"),
        ("5a b c", "5a b c"),
        ("a b c5", "a b c5"),
        ("сору", "copy"),
        ("сору д", "сору д"),
        ("сорубт", "сорубт"),
    ],
)
def test_mending(text, expected):
    assert visible(text) == expected


SPACED = "b a g s  n i k e  "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a l l  o f", "all  of"),
        ("A A A", "AAA"),
        ("T r i p l e A", "Triple A"),
        ("N I K E a b a g", "NIKE abag"),
        ("s t o k\nk a t a", "stok\nkata"),
        ("N\nI\nK\nE", "NIKE"),
        ("1 0 A  2 0 1 5", "10A  2015"),
        ("s h o p 1 6:1 0", "shop 16:10"),
        ("size 5 S", "size 5S"),
    ],
)
def test_a_text_of_spaced_words_has_more_of_them(text, expected):
    found = mended(SPACED + text).text
    assert re.sub(" [\U00100000-\U0010ffff]+", "", found) == f"bags  nike  {expected}"


def test_marks_stand_behind_the_whole_word():
    mark = "\U0010f700\U0010f70d"
    assert mended("t i p-t o p!! x").text == f"tip-top!! {mark} {mark} x"
    assert mended("(N I K E)").places[0][-3:] == [1, 1, 1]


@settings(max_examples=1000, deadline=None)
@given(PIECES)
def test_every_character_comes_from_somewhere(text):
    found = mended(text)
    if found.is_original:
        assert found.text == text
    for char, start, end in zip(found.text, *found.places, strict=True):
        assert 0 <= start < end <= len(text)
        # But for marks and what is read as another letter it is the same character.
        if end - start == 1 and char not in " \U0010f700" and char.isupper():
            assert text[start] == char


def test_depth_is_bounded():
    assert visible("\u202e" * 10_000 + "ab") in {"ab", "ba"}
    assert "ab" in visible("\u2066" * 10_000 + "ab\u202e" + "\u2069" * 10_000)


def test_unlike_letters():
    assert set("бджйлфыя") <= unlike(1)
    assert not set("асеорху") & unlike(1)
