import re

import pytest

from conftest import ROOT
from fakedetect.attack_hanzi import homophones, parts, pinyin, traditional_forms

CLAIMS = (ROOT / "data" / "grammar" / "zh.toml").read_text("utf-8").partition("[suspect]")[2]
USED = sorted(set(re.findall("[\u4e00-\u9fff]", CLAIMS)))


@pytest.mark.parametrize(
    ("char", "syllable"),
    [
        ("啊", "a"), ("仿", "fang"), ("复", "fu"), ("货", "huo"), ("吕", "lv"), ("路", "lu"),
        ("略", "lve"), ("女", "nv"), ("原", "yuan"), ("真", "zhen"), ("座", "zuo"),
    ],
)  # fmt: skip
def test_readings(char, syllable):
    assert pinyin(char) == syllable


@pytest.mark.parametrize("char", ["a", "1", "カ", "貨", "\U00020000", ""])
def test_what_is_not_in_everyday_use_has_no_reading(char):
    assert pinyin(char) is None
    assert homophones(char) == ""


def test_nearly_all_that_shipped_listings_say_has_a_reading():
    assert len(USED) > 300
    assert [char for char in USED if pinyin(char) is None] == ["晷", "楦", "毂", "瑕"]


def test_homophones_sound_alike_and_differ():
    for char in USED:
        found = homophones(char)
        assert char not in found
        assert {pinyin(each) for each in found} <= {pinyin(char)}
    # Syllables of a single character are rare.
    assert sum(not homophones(char) for char in USED) / len(USED) < 0.05


def test_traditional_forms_are_other_characters():
    found = traditional_forms()
    assert [found[char] for char in "货买卖厂专"] == list("貨買賣廠專")
    assert "高" not in found
    assert all(len(form) == 1 and form != char for char, form in found.items())
    # None is simplified again.
    assert not [char for char, form in found.items() if found.get(form, form) != form]


def test_parts_are_two_characters():
    found = parts()
    assert [found[char] for char in "仿版码链"] == ["亻方", "片反", "石马", "钅连"]
    assert len(found) > 400
    assert all(len(two) == 2 and char not in two for char, two in found.items())
