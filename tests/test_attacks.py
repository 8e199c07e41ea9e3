import re
import unicodedata
from random import Random

import pytest

from fakedetect.adaptive import edit_distance
from fakedetect.attack_hanzi import parts, pinyin, traditional_forms
from fakedetect.attacks import FAMILIES, lot, words_of
from hostile_texts import TEXTS

BY_NAME = {family.name: family for family in FAMILIES}
LATIN = "SUPER copy 1:1, Mirror quality! réplica точная реплика 30"
HANZI = "高仿A货，懂的来 顶级复刻版本"


def attacked(name, text, *, seed=0, strength=1.0, cues=None):
    family = BY_NAME[name]
    places = words_of(text) if cues is None else cues
    return family.attack(text, places, strength, lot(seed, name, text))


def every(name, text):
    """Return what many lots make of a text."""
    return [attacked(name, text, seed=seed) for seed in range(20)]


def without(text, *categories):
    return "".join(char for char in text if unicodedata.category(char) not in categories)


def test_every_family_says_what_it_is():
    assert len(BY_NAME) == len(FAMILIES) == 17
    for family in FAMILIES:
        assert re.fullmatch("[a-z]+(-[a-z]+)*", family.name)
        assert family.does[0].islower()
        assert re.search(r"\d", family.reference)


@pytest.mark.parametrize("name", BY_NAME)
def test_only_cues_are_touched(name):
    text = f"first {HANZI if BY_NAME[name].is_chinese else 'replica'} last"
    cue = (6, len(text) - 5)
    found = attacked(name, text, cues=[cue])
    assert found.startswith("first ")
    assert found.endswith(" last")
    assert found != text
    assert attacked(name, text, cues=[]) == text


@pytest.mark.parametrize("name", BY_NAME)
def test_the_lot_goes_by_seed_family_and_text(name):
    text = HANZI if BY_NAME[name].is_chinese else LATIN
    assert attacked(name, text) == attacked(name, text)
    if name not in {"full-width", "traditional", "split-characters", "spaced-letters"}:
        assert len(set(every(name, text))) > 1


@pytest.mark.parametrize("name", BY_NAME)
def test_strength_is_the_share_of_cues(name):
    text = "高仿货版 " * 6 if BY_NAME[name].is_chinese else "replicas " * 6
    cues = [word.span() for word in re.finditer(r"\S+", text)][::-1]
    found = attacked(name, text, strength=0.5, cues=cues)
    assert found.startswith(text[: cues[2][0]])  # the first cues are attacked
    assert found.count(text.split(maxsplit=1)[0]) == 3


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("text", TEXTS)
def test_any_text_can_be_attacked(name, text):
    attacked(name, text).encode()


@pytest.mark.parametrize("name", sorted(set(BY_NAME) - {"full-width"}))
def test_a_share_of_nothing_changes_one_place(name):
    word = "仿货" if BY_NAME[name].is_chinese else "replica"
    found = BY_NAME[name].disguise(word, 0.0, Random(1))
    bound = {"bidi": 11, "diacritics": 5}.get(name, 4)  # edits that one place takes
    assert 0 < edit_distance(word, found) <= bound


def test_zero_width_characters_render_as_nothing():
    for found in every("zero-width", LATIN):
        assert without(found, "Cf", "Mn") == LATIN
        assert len(found) > 1.6 * len(LATIN)


def test_marks_are_not_parted_from_their_letters():
    text = "re\u0301plica กก็"
    for name in ("zero-width", "symbols", "spaced-letters"):
        assert "e\u0301" in attacked(name, text)
        assert "ก็" in attacked(name, text)


def test_full_width_forms_are_compatible():
    found = attacked("full-width", LATIN)
    assert unicodedata.normalize("NFKC", found) == LATIN
    assert found.startswith("ＳＵＰＥＲ ｃｏｐｙ １：１，")


def rendered(text):
    """Return a line as it is shown: what stands under an override is turned round, from within."""
    isolate = re.compile("\u2066([^\u2066-\u2069\u202a-\u202e]*)\u2069")
    override = re.compile("\u202e([^\u2066-\u2069\u202a-\u202e]*)\u202c")
    forced = re.compile("\u202d([^\u2066-\u2069\u202a-\u202e]*)\u202c")

    def turned(found):
        units = re.findall("[\ue000-\uf8ff]|.[\u0300-\u036f]*", found[1])
        return "".join(reversed(units))

    held = []

    def hold(found):  # an isolate is one thing to what stands around it
        held.append(found[1])
        return chr(0xE000 + len(held) - 1)

    before = None
    while text != before:
        before = text
        text = forced.sub(r"\1", override.sub(turned, isolate.sub(hold, text)))
    while re.search("[\ue000-\uf8ff]", text):
        text = re.sub("[\ue000-\uf8ff]", lambda found: held[ord(found[0]) - 0xE000], text)
    return text


@pytest.mark.parametrize("text", [LATIN, HANZI, "copy 30 (brand new) 5% #x", "re\u0301plica"])
def test_reordered_words_look_as_before(text):
    for found in every("bidi", text):
        assert found != text
        assert rendered(found) == text


def test_right_to_left_and_mirrored_characters_stay_where_they_are():
    assert attacked("bidi", "حقيبة אבג (x)") == "حقيبة אבג (x)"


def test_backspaces_erase_what_is_wrong():
    for found in every("backspace", LATIN):
        assert re.sub("[a-z][\b\x7f]", "", found) == LATIN


def test_marks_are_stacked_on_every_letter():
    for found in every("diacritics", "copy"):
        assert re.sub("[\u0300-\u036f]", "", found) == "copy"
        assert re.fullmatch("(.[\u0300-\u036f]{2,5}){4}", found)


def test_homoglyphs_leave_no_letter_that_has_one():
    for found in every("homoglyphs", "mirror"):
        assert len(found) == 6
        assert not re.search("[a-z]", found)
    mathematical = [unicodedata.normalize("NFKC", each) for each in every("homoglyphs", "mirror")]
    assert 1 <= mathematical.count("mirror") < 15


def test_visual_neighbours_are_read_as_the_same_word():
    for found in every("visual-neighbours", "Replik"):
        names = [unicodedata.name(char).partition(" WITH ") for char in found]
        assert [base[0][-1] for base in names] == list("REPLIK")
        assert all(base[1] for base in names)


def test_digits_for_letters():
    assert set(every("leet", "no ze")) <= {"n0 23"}
    assert attacked("leet", "by") == "8y"


def test_blanks_between_letters_and_two_between_words():
    assert attacked("spaced-letters", "super copy, x 货物 ab") == "s u p e r  c o p y, x 货物 a b"
    assert attacked("spaced-letters", "super copy", cues=[(0, 5)]) == "s u p e r copy"


def test_one_symbol_between_all_letters():
    for found in every("symbols", "copy"):
        sign = found[1]
        assert not sign.isalnum()
        assert found == sign.join("copy")


def test_repeated_letters_are_the_same_letters():
    for found in every("repeated-letters", "mirage"):
        assert re.sub(r"(.)\1{2,}", r"\1", found) == "mirage"
        assert 6 + 2 * 2 <= len(found) <= 6 + 2 * 4


def test_one_error_in_a_word_and_none_at_its_ends():
    kinds = set()
    for found in every("typos", "original,"):
        assert found != "original,"
        assert edit_distance("original,", found) <= 2
        kinds.add("blank" if " " in found else len(found) - len("original,"))
    assert kinds == {"blank", -1, 0}
    # Of two letters none is inside.
    assert all(edit_distance("xy", found) == 1 == len(found) - 1 for found in every("typos", "xy"))
    assert [attacked("typos", text) for text in ("", "高仿", "!?")] == ["", "高仿", "!?"]


def test_traditional_forms():
    found = attacked("traditional", HANZI)
    assert found == "".join(traditional_forms().get(char, char) for char in HANZI)
    assert found != HANZI


def test_separators_stand_inside_runs_of_chinese():
    for found in every("separators", "顶级复刻"):
        assert re.fullmatch(r"顶(.)级复(.)刻", found)  # two words of two characters
    assert attacked("separators", "顶级复刻", cues=[(0, 4)])[1::2] in {
        sign * 3 for sign in " .·-*|/~•❤⭐"
    }
    assert attacked("separators", "A货, copy") == "A货, copy"


def test_homophones_sound_the_same():
    for found in every("homophones", "高仿"):
        assert [pinyin(char) for char in found] == ["gao", "fang"]
        assert found[0] != "高"
        assert found[1] != "仿"


def test_split_characters():
    assert attacked("split-characters", "高仿A货") == f"高{parts()['仿']}A货"


def test_pinyin():
    cues = [(0, 4)]
    found = {attacked("pinyin", "高仿A货", seed=seed, cues=cues) for seed in range(20)}
    assert found == {"gao fangAhuo", "gaofangAhuo"}


@pytest.mark.parametrize("name", [name for name, family in BY_NAME.items() if family.is_chinese])
def test_attacks_on_chinese_leave_japanese_and_others_alone(name):
    japanese = "高級複製品のバッグ"
    assert attacked(name, japanese) == japanese
    assert attacked(name, LATIN) == LATIN


def test_words_of():
    text = "  a " + "w" * 130 + " 高仿货1"
    assert [text[start:end] for start, end in words_of(text)] == [
        "a", "w" * 64, "w" * 64, "ww", "高仿", "货1",
    ]  # fmt: skip
    assert words_of(" \n") == []
