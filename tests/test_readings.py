import pytest

from fakedetect import text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("5ame", "5ame same"),
        ("rep-lica", "rep-lica replica"),
        ("replicaaaa", "replica \U0010f700\U0010f70a"),
        ("café", "café cafe"),
        ("1:1", "1:1"),
        ("501", "501"),
        ("shoes!!", "shoes!!"),
        ("gucc!", "gucc!"),
    ],
)
def test_further_readings(raw, expected):
    assert text.featured(raw) == expected


def test_homophones_and_spelled_out_words_sound_alike():
    sound = text.featured("高仿").split()[1]
    assert text.featured("搞访").split()[1] == sound
    assert text.featured("gaofang").split()[1] == sound
    assert text.featured("买gaofang鞋").split()[1][1:3] == sound


def test_two_that_may_be_halves_stay_and_sound_as_the_whole():
    whole, halves = text.featured("牌相").split(), text.featured("片卑木目").split()
    assert (whole[0], halves[0]) == ("牌相", "片卑木目")
    assert whole[1] == halves[1]
    # A word is a word; the last of an odd number has none to go with.
    assert len(text.featured("女子").split()[1]) == 2
    assert len(text.featured("木目木").split()[1]) == 2
