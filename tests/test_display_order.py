import pytest

from fakedetect.display_order import displayed


def shown(text):
    return "".join([text[a:b] if a < b else text[b:a][::-1] for a, b in displayed(text)])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("\u202eacilper\u202c", "replica"),
        ("\u202eacil\u202dper\u202c\u202c", "perlica"),
        ("a \u202ecb\u202c d", "a bc d"),
        ("\u202eba\ncd", "ab\ncd"),  # a paragraph's end closes all
        ("\u202d\u2066\u202e\u2066b\u2069\u2066a\u2069\u202c\u2069\u202c", "ab"),
        ("a\u2069\u202cb", "ab"),  # nothing to close
    ],
)
def test_text_is_read_as_it_is_displayed(text, expected):
    assert shown(text) == expected


def test_pieces_cover_all_but_the_controls_once():
    text = "a\u202eb\u2067cd\u2069e\u202cf\ng"
    places = [at for a, b in displayed(text) for at in range(min(a, b), max(a, b))]
    assert sorted(places) == [at for at, char in enumerate(text) if char in "abcdefg\n"]
