import pytest

from fakedetect.scripts import main_script


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Ledertasche été", "Latin"),
        ("новые кроссовки nike", "Cyrillic"),
        ("高仿 a货", "Chinese characters"),
        ("バッグ ルイヴィトン 正規品", "Kana"),
        ("짝퉁 가방", "Hangul"),
        ("กระเป๋า", "Thai"),
        ("حقيبة", "Arabic"),
        ("2021 ❤️ 1:1", "none"),
        ("", "none"),
        ("ab яб", "Latin"),
        ("яб ab", "Cyrillic"),
        ("\ue000\U000e0100 x", "Latin"),
    ],
)
def test_main_script(text, script):
    assert main_script(text) == script


def test_most_letters_decide_and_not_the_longest_stretch():
    assert main_script("a b c d e яяяя") == "Latin"
    assert main_script("a b c яяяя") == "Cyrillic"
