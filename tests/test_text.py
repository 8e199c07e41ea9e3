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
    featured,
    printable,
    trace,
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
    # A backspace takes back what was typed, which may be a part of a syllable.
    text = text.replace("\x08", "").replace("\x7f", "")
    found = canonical(text)
    assert canonical(found) == found
    assert found == " ".join(found.split())
    assert canonical(unicodedata.normalize("NFD", text)) == canonical(
        unicodedata.normalize("NFC", text)
    )


@settings(max_examples=1000, deadline=None)
@given(TRICKY)
def test_alignment_gives_the_canonical_text_in_order(text):
    found = align(text, edition=1)
    assert found.canonical == canonical(text, edition=1)
    assert found.starts == sorted(found.starts)
    found = align(text)
    assert found.canonical == featured(text)
    assert len(found.starts) == len(found.ends) == len(found.canonical)
    assert all(
        0 <= start < end <= len(text) for start, end in zip(found.starts, found.ends, strict=True)
    )


def test_alignment_of_piled_marks():
    for n in (29, 30, 31, 100):
        text = "xa" + "\u0301\u0323" * n + "b"
        found = align(text, edition=1)
        assert found.canonical == canonical(text, edition=1)
        assert (found.starts[-1], found.ends[-1]) == (len(text) - 1, len(text))


def test_every_code_point_is_stable():
    unstable = [
        point for point in POINTS if canonical(once := canonical(f"x{chr(point)}y")) != once
    ]
    assert unstable == []


def test_only_the_first_of_many_marks_are_sorted():
    text = "a" + "\u0301\u0323" * 50_000
    assert len(canonical(text, edition=1)) == 30
    assert canonical(text) == "ạ"
    assert align(text, edition=1).canonical == canonical(text, edition=1)


@pytest.mark.parametrize(
    "joining", ["\u1161", "\u11a8", "\u09be", "\u0b3e", "\u0301", "\u200b\u0301"]
)
def test_no_character_stands_for_a_long_stretch(joining):
    found = align("a" + joining * 10_000 + "b", edition=1)
    lengths = [end - start for start, end in zip(found.starts, found.ends, strict=True)]
    assert max(lengths) <= 61
    assert found.canonical == canonical("a" + joining * 10_000 + "b", edition=1)


# What hides words, close together, so that one step meets what another leaves.
HIDING = st.text(
    st.sampled_from(
        "abcdeilnorstKEN0134578@$!|.-_*,;é\u0301\u0323\u0336ñйаеорсхАВЕКМНОРСТУԁӏαβηνοΝΗ"
        "正品高仿亻方傳女"
        "🔥❤\ufe0f\u200b\u200d\ufeff\u202e\u202c\u2066\u2069\x08\x7fＡｂ𝐧🅝ⓔﬁßæøı가ガ゙ก"
        "ꓢᎪ\u00a0\u3000ﷺ    "
    ),
    max_size=14,
)


@settings(max_examples=3000, deadline=None)
@given(HIDING)
def test_undoing_disguises_is_idempotent_and_aligned(text):
    found = canonical(text)
    assert canonical(found) == found
    assert align(text).canonical == featured(text)
    # All that is there comes from somewhere.
    aligned = align(text)
    assert all(
        0 <= start < end <= len(text)
        for start, end in zip(aligned.starts, aligned.ends, strict=True)
    )


def test_what_is_read_begins_with_the_canonical_words():
    assert featured("a plain text, of 7 words") == canonical("a plain text, of 7 words")
    assert (
        featured("Ré\u200bplique", edition=1)
        == canonical("Ré\u200bplique", edition=1)
        == "réplique"
    )


def test_marks_in_a_text_are_not_believed():
    assert featured("\U0010f700\U0010f701 bag\U0010f701") == "bag"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("re\u200bplica", "invisible characters"),
        ("re\u2066pl\u2069ica", "direction controls"),
        ("\u202eacilper\u202c", "direction controls"),
        ("repq\blica", "backspaces"),
        ("ｒｅｐｌｉｃａ", "full-width letters"),
        ("𝐫𝐞𝐩𝐥𝐢𝐜𝐚", "fancy letters"),
        ("rеplicа", "look-alike letters"),
        ("r\u0336e\u0336plica", "piled marks"),
        ("rḗpḻiča", "strange accents"),
        ("r🔥e🔥p🔥l🔥i🔥c🔥a", "signs between letters"),
        ("r.e.p.l.i.c.a", "signs between letters"),
        ("replicaaaa", "repeated letters"),
        ("r3pl1c4", "digits for letters"),
        ("R E P L I C A", "spaced letters"),
    ],
)
def test_traces_name_what_was_undone_and_where(text, kind):
    found = trace(f"a {text} of")
    assert [each.kind for each in found] == [kind]
    assert text in f"a {text} of"[found[0].start : found[0].end]
    assert canonical(f"a {text} of").startswith("a replica")


def test_honest_text_leaves_no_trace():
    for text in (
        "Größe 42, café, señor, đường phố, škoda, ełk",
        "iPhone 15 Pro, AF1, 501, PS5, 1:1, W10, mp3, MP2L2, x4gb, 8x10ft, buy1get1",
        "Кроссовки женские, размер 38; Nike Air",
        "Νέα παπούτσια 10μm",
        "正品包邮，男女同款",
        "S M L XL, w x h x d, U.S.A., D.I.Y., e-mail, t-shirt, S/M/L, H&M",
        "กระเป๋าแท้ की घड़ी أصلي \u200fעברית",
        "🔥 Sale 🔥 www.example.com ❤️",
    ):
        assert trace(text) == [], text


def test_a_disguise_costs_time_in_proportion_to_its_length():
    # No count of steps is to be had; what took quadratic time would not end.
    for piece in (
        "r.",
        "r ",
        "a\u0301",
        "\u202e",
        "\u2066",
        "a1",
        "高*",
        "a\u200b",
        "а",
        "\b",
        "|",
        "an",
    ):
        assert len(featured(f"{piece * 20_000}q")) <= 200_000


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
