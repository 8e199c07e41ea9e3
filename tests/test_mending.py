import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakedetect.mending import mended, unlike

PIECES = st.text(
    st.sampled_from(
        "abNIKE  аеорсу高仿\u202e\u202d\u202c\u2066\u2067\u2069\u200b\u0301\u00a0\n\U0010f701"
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
        ("сору", "copy"),
        ("сору д", "сору д"),
        ("сорубт", "сорубт"),
    ],
)
def test_mending(text, expected):
    assert visible(text) == expected


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
