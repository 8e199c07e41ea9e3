import unicodedata

import pytest

from fakedetect import letters


@pytest.mark.parametrize(
    ("char", "kind"),
    [
        ("a", letters.LATIN), ("ệ", letters.LATIN), ("β", letters.GREEK), ("ж", letters.CYRILLIC),
        ("ս", letters.ARMENIAN), ("ꓢ", letters.RARE), ("仿", letters.HAN), ("が", letters.OTHER),
        ("7", letters.DIGIT), ("٣", letters.DIGIT), ("\u0301", letters.MARK), ("*", letters.SIGN),
        ("🔥", letters.SIGN), ("🅽", letters.LATIN), ("/", letters.OTHER), (":", letters.OTHER),
        ("&", letters.OTHER), ("$", letters.OTHER), (" ", letters.SPACE),
    ],
)  # fmt: skip
def test_kinds(char, kind):
    assert letters.kind(char) == kind


def test_look_alikes_are_letters_of_other_scripts():
    for char, letter in letters.latin_of().items():
        assert letter in "abcdefghijklmnopqrstuvwxyz"
        assert not unicodedata.name(char).startswith("LATIN")
    assert letters.latin_of()["а"] == "a"
    # Every honest Cyrillic word with one of these is told from Latin by it.
    assert not set("бджзийлпфцчшщъыьэюя") & letters.latin_of().keys()


def test_each_language_writes_its_letters():
    homes = letters.homes_of()
    for word in ("äöüß", "éàçœ", "ñáé", "şğıç", "đường", "žščř", "őű"):
        shared = letters.EVERY_HOME
        for char in word:
            shared &= homes.get(char, letters.EVERY_HOME)
        assert shared, word
    assert homes["đ"] & homes["ñ"] & homes["ß"] == 0


def test_chinese_tables():
    assert letters.simplified_of()["傳"] == "传"
    # A simplified form is nobody's traditional one, so that once is enough.
    assert not letters.simplified_of().keys() & set(letters.simplified_of().values())
    assert letters.whole_of()["亻", "方"] == "仿"
    assert letters.whole_of()["另", "刂"] == "别"
    assert letters.wholes()[ord("纟"), ord("工")] == ord("红")
    assert letters.wholes()[ord("木"), ord("目")] == -ord("相")
    assert (ord("女"), ord("子")) not in letters.wholes()  # a word
    syllable_of = letters.syllable_of()
    assert syllable_of["高"] == syllable_of["搞"] != syllable_of["仿"]
    assert max(syllable_of.values()) < len(letters.syllables()) == len(letters.spelled_syllables())


def test_what_reads_well():
    assert letters.reads_well("replica")
    assert not letters.reads_well("xqzjk")
    assert not letters.reads_well("réplica")
    assert not letters.reads_well("")
