import re
import unicodedata

import numpy as np
import pytest

from fakedetect.codepoints import POINT_BITS, UNSPACED, WHITE_SPACE, code_points, cuts
from fakedetect.replacements import code_point_table
from fakedetect.text import EDITION, is_unspaced, word_character

TABLES = code_points()
EVERY = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]


def replacement(point):
    to = int(TABLES.replacement[point])
    if to >= -1:
        return chr(to) if to >= 0 else ""
    starts = TABLES.sequence_starts
    return "".join(map(chr, TABLES.sequences[starts[-2 - to] : starts[-1 - to]]))


def test_replacements_are_those_of_the_canonical_text():
    table = code_point_table(EDITION)
    changed = np.flatnonzero(TABLES.replacement != np.arange(0x110000))
    assert {int(point): replacement(point) for point in changed} == table


def test_word_characters_are_those_of_the_pattern():
    pattern = re.compile(word_character())
    found = [bool(pattern.match(char)) for char in EVERY]
    np.testing.assert_array_equal(TABLES.is_word[[ord(char) for char in EVERY]], found)


def test_pairs_compose_and_decompositions_are_whole():
    for pair, composed in zip(TABLES.pairs.tolist(), TABLES.composed.tolist(), strict=True):
        first, second = chr(pair >> POINT_BITS), chr(pair & ((1 << POINT_BITS) - 1))
        assert unicodedata.normalize("NFC", first + second) == chr(composed)
    starts = TABLES.decomposition_starts
    for at, point in enumerate(TABLES.composites.tolist()):
        found = "".join(map(chr, TABLES.decompositions[starts[at] : starts[at + 1]]))
        assert found == unicodedata.normalize("NFD", chr(point))


@pytest.mark.parametrize("ascending", [TABLES.pairs, TABLES.composites])
def test_what_is_searched_is_in_order(ascending):
    assert (np.diff(ascending) > 0).all()


def test_no_byte_becomes_more_code_points_than_promised():
    for char in EVERY[:0x30000]:
        decomposed = unicodedata.normalize("NFD", replacement(ord(char)))
        assert len(decomposed) <= TABLES.most_per_byte * len(char.encode())


def test_cuts_are_at_white_space_and_scripts_without_spaces():
    kinds = cuts().tolist()
    for char in EVERY:
        kind = WHITE_SPACE if char.isspace() else UNSPACED if is_unspaced(char) else 0
        assert kinds[ord(char)] == (0 if char.isascii() else kind)
