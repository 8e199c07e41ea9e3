import pytest

from fakedetect.terms import parts_of, terms_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", set()),
        ("A 7 bag", {"bag"}),
        ("Bag, BAG bag", {"bag", "bag bag"}),
        ("1:1 no-box d'autore", {"1:1", "no-box", "d'autore", "1:1 no-box", "no-box d'autore"}),
        ("w" * 41 + " ok", {"ok"}),
        ("手 原单A货", {"原单", "单a", "a货", "原单a", "单a货", "原单a货"}),
        ("...---///", set()),
    ],
)
def test_terms(text, expected):
    assert terms_of(text) == expected


@pytest.mark.parametrize("text", ["a-" * 50_000, "手" * 50_000, "b c " * 50_000, "é\u0301" * 9_999])
def test_terms_of_endless_text_are_few(text):
    assert len(terms_of(text)) < 2000


def test_parts():
    assert parts_of("same factory") == {"same", "factory"}
    assert parts_of("1:1") == {"1:1"}
    assert parts_of("单a货") == {"单a", "a货"}
    assert parts_of("") == set()
