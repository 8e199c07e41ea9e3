import sys
import unicodedata

import pytest

from fakedetect.replacements import code_point_table, homes, sign
from fakedetect.text import canonical

# The planes with assigned characters, surrogates included, and the very last code points.
POINTS = [*range(0x32000), *range(0xE0000, 0xE1000), *range(sys.maxunicode - 3, sys.maxunicode + 1)]


def test_table_gives_what_canonical_gives():
    table = code_point_table(1)
    for point in POINTS:
        text = f"x{chr(point)}y"
        steps = unicodedata.normalize("NFC", text.translate(table))
        assert " ".join(steps.split()) == canonical(text, edition=1)


@pytest.mark.parametrize(
    ("char", "simple", "undone"),
    [
        ("Ａ", "a", "a"),
        ("\u200b", "", ""),
        ("\u00a0", " ", " "),
        ("傳", "傳", "传"),
        ("🅡", "🅡", "r"),
    ],
)
def test_editions_replace_alike_but_for_disguises(char, simple, undone):
    for edition, expected in ((1, simple), (2, undone)):
        assert code_point_table(edition).get(ord(char), char) == expected


def test_homes_and_signs():
    assert homes("a") & homes("é") == homes("é") != 0
    assert homes("ᶁ") == 0
    assert sign(None) == 0
    assert sign(1) == sign(0) + 1
