import string
import unicodedata

import pytest

from fakedetect.attack_letters import (
    digits_for,
    look_alikes,
    mathematical_forms,
    visual_neighbours,
)

RUSSIAN = "аеорсухкгіАВЕКМНОРСТУХ"


@pytest.mark.parametrize("letter", [*string.ascii_letters, *RUSSIAN])
def test_look_alikes_are_other_letters_that_nothing_folds_back(letter):
    found = look_alikes(letter)
    assert found
    assert letter not in found
    for each in found:
        assert unicodedata.category(each) in {"Ll", "Lu", "Lo"}
        assert unicodedata.normalize("NFKC", each) == each


def test_look_alikes_keep_the_case_of_what_they_look_like():
    assert look_alikes("a")[0] == "\N{CYRILLIC SMALL LETTER A}"
    assert look_alikes("A")[0] == "\N{CYRILLIC CAPITAL LETTER A}"
    assert look_alikes("\N{CYRILLIC SMALL LETTER A}")[0] == "a"


def test_signs_and_other_scripts_have_no_look_alikes():
    assert [look_alikes(char) for char in "1é高ก "] == [""] * 5


@pytest.mark.parametrize("letter", string.ascii_letters)
def test_mathematical_forms_fold_to_their_letter(letter):
    found = mathematical_forms(letter)
    assert len(set(found)) == 9
    assert {unicodedata.normalize("NFKC", each) for each in found} == {letter}


def test_nothing_else_has_mathematical_forms():
    assert [mathematical_forms(char) for char in "1éж"] == [""] * 3


@pytest.mark.parametrize("letter", [*string.ascii_lowercase.replace("q", ""), *"АЕжéü"])
def test_visual_neighbours_have_the_same_base(letter):
    found = visual_neighbours(letter)
    assert found
    assert letter not in found
    base = unicodedata.name(letter).partition(" WITH ")[0]
    assert all(unicodedata.name(each).startswith(f"{base} WITH ") for each in found)


def test_what_has_no_name_has_no_neighbours():
    assert [visual_neighbours(char) for char in "\x00\ue0001高"] == [""] * 4


def test_digits_stand_for_letters_of_either_case():
    assert digits_for("a") == digits_for("A") == "4@"
    assert digits_for("о") == "0"
    assert digits_for("x") == digits_for("4") == digits_for("İ") == ""
