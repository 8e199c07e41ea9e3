from random import Random

import pytest

from fakedetect.added_words import (
    CHOSEN,
    INTERLEAVED,
    NAMES,
    RANDOM,
    TITLES,
    chosen_words,
    paddings,
)
from hostile_texts import TEXTS

HONEST = ["leather belt black", "genuine receipt", "正品发票 手表", "новые часы"]
TITLED = ["leather belt", "genuine receipt", "手表", "часы"]
GOOD = [f"good{number}" for number in range(150)]
BY_NAME = {each.name: each for each in paddings(HONEST, TITLED, GOOD)}


def padded(name, text, cues=(), *, strength=1.0, seed=0):
    return BY_NAME[name].attack(text, cues, strength, Random(seed))


def test_all_four_are_there():
    assert tuple(BY_NAME) == NAMES
    assert {each.group for each in BY_NAME.values()} == {"words added"}
    assert {each.reference for each in BY_NAME.values()} == {"Lowd and Meek 2005"}


@pytest.mark.parametrize("name", NAMES)
def test_150_words_stand_behind_the_text(name):
    found = padded(name, "super copy")
    assert found.startswith("super copy ")
    assert len(found.split()) == 2 + 150
    assert padded(name, "super copy") == found != padded(name, "super copy", seed=1)
    assert len(padded(name, "super copy", strength=0.1).split()) == 2 + 15


def test_words_are_of_honest_listings_in_the_same_script():
    assert set(padded(RANDOM, "copy").split()[1:]) == {
        "leather", "belt", "black", "genuine", "receipt",
    }  # fmt: skip
    assert set(padded(RANDOM, "копия").split()[1:]) == {"новые", "часы"}
    assert set(padded(RANDOM, "高仿").split()[1:]) == {"正品", "发票", "手表"}
    # Nothing is in this script, so everything will do.
    assert len(set(padded(RANDOM, "ของ").split()[1:])) == 10


def test_titles_are_whole():
    words = " ".join(padded(TITLES, "copy").split()[1:])
    assert words.replace("leather belt", "").replace("genuine receipt", "").strip() == ""
    assert "leather belt" in words
    assert set(padded(TITLES, "高仿").split()[1:]) == {"手表"}


def test_chosen_words_are_each_added_once():
    assert sorted(padded(CHOSEN, "copy").split()[1:]) == sorted(GOOD)


def test_interleaved_words_stand_between_the_cues():
    text = "a super copy here"
    found = padded(INTERLEAVED, text, [(8, 12), (2, 7)])
    words = found.split()
    places = [words.index(word) for word in text.split()]
    assert places == [0, 51, 102, 153]
    assert sorted(set(words) - set(text.split())) == sorted(GOOD)
    few = padded(INTERLEAVED, text, [(2, 7), (8, 12)], strength=0.01)
    assert len(few.split()) == 4 + 2


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_can_be_padded(text):
    for name in NAMES:
        assert len(padded(name, text).split()) >= 150


def test_the_words_that_lower_margins_most_are_chosen():
    words = {"fine": -1.0, "good": -3.0, "bad": 2.0, "plain": 0.0, "best": -4.0}
    asked = []

    def margins(texts):
        asked.extend(texts)
        return [sum(words.get(word, 5.0) for word in text.split()) for text in texts]

    assert chosen_words(margins, words, ["copy"], n=3) == ["best", "good", "fine"]
    assert chosen_words(margins, [*words, "BEST"], ["copy"], n=1) == ["best"]
    assert chosen_words(margins, [], ["copy"]) == []
    assert chosen_words(margins, words, [], n=9)[:2] == ["best", "good"]
    assert "copy best" in asked


def test_words_are_chosen_beside_those_already_taken():
    pool = [f"w{number:03}" for number in range(60)]

    def margins(texts):
        # The higher half is worth nothing beside the lower.
        return [
            sum(
                -int(word[1:]) * (int(word[1:]) > 30 or "w059" not in text) for word in text.split()
            )
            for text in texts
        ]

    assert chosen_words(margins, pool, [""], n=60)[:2] == ["w059", "w058"]
