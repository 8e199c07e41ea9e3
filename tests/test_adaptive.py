from random import Random

import pytest

from fakedetect.adaptive import adapt, edit_distance
from fakedetect.attacks import FAMILIES
from hostile_texts import TEXTS

TEXT = "leather bag super copy mirror quality with a long description of what is in the box"
WEIGHTS = {"super": 2.0, "copy": 3.0, "mirror": 2.0, "bag": -1.0}


class Market:
    """Scores texts by the words they have, and remembers what was asked."""

    def __init__(self, weights=WEIGHTS):
        self.weights = weights
        self.asked = []

    def __call__(self, texts):
        self.asked += texts
        return [sum(self.weights.get(word, 0.0) for word in text.split()) for text in texts]


def attacked(text=TEXT, market=None, threshold=1.0, **settings):
    return adapt(text, market or Market(), threshold, random=Random(0), **settings)


def test_the_words_that_matter_are_disguised():
    market = Market()
    found = attacked(market=market, threshold=2.5)
    assert found.evaded
    assert found.n_queries == len(market.asked) == len(market.asked[:200])
    assert market.asked[0] == TEXT
    assert "copy" not in found.text.split()
    assert found.text.replace("leather bag super ", "").endswith(
        " mirror quality with a long description of what is in the box"
    )
    assert found.changed_rate == pytest.approx(edit_distance(TEXT, found.text) / len(TEXT))
    assert market([found.text])[0] < 2.5 <= market([TEXT])[0]


def test_what_already_passes_is_left_alone():
    assert attacked(threshold=100.0) == (TEXT, True, 1, 0.0)
    assert attacked("") == ("", True, 1, 0.0)


@pytest.mark.parametrize("n_queries", [1, 2, 16, 17, 30])
def test_queries_are_bounded(n_queries):
    market = Market()
    found = attacked(market=market, threshold=-99.0, n_queries=n_queries)
    assert not found.evaded
    assert found.n_queries == len(market.asked) <= n_queries


def test_characters_changed_are_bounded():
    for share in (0.01, 0.05, 0.15):
        found = attacked(threshold=-99.0, most_changed=share)
        assert found.changed_rate <= share
        assert edit_distance(TEXT, found.text) <= share * len(TEXT)
    assert attacked(most_changed=0.01).text == TEXT


def test_words_of_a_long_text_are_left_out_several_at_a_time():
    market = Market()
    text = f"{'word ' * 500}super copy"
    found = attacked(text, market, most_changed=0.01)
    assert found.evaded
    assert all(len(asked.split()) >= 502 - 6 for asked in market.asked)


def test_families_can_be_chosen():
    leet = [family for family in FAMILIES if family.name == "leet"]
    found = attacked("super copy", families=leet, threshold=2.5, most_changed=0.5)
    assert found == ("super c0py", True, found.n_queries, 0.1)


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_can_be_attacked(text):
    found = attacked(text, Market({}), threshold=-1.0, n_queries=20)
    assert not found.evaded
    assert found.text == text


@pytest.mark.parametrize(
    ("one", "other", "n"),
    [
        ("", "", 0), ("", "ab", 2), ("copy", "copy", 0), ("copy", "c0py", 1), ("copy", "cpoy", 2),
        ("copy", "c o p y", 3), ("kitten", "sitting", 3), ("高仿", "高方", 1),
    ],
)  # fmt: skip
def test_edit_distance(one, other, n):
    assert edit_distance(one, other) == edit_distance(other, one) == n
