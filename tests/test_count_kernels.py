"""Sketch and renumbering; what is collected and counted is tested in test_counting."""

import numpy as np
import pyarrow as pa
import pytest

from fakedetect import counting
from fakedetect.compiled import buffers, random_seeds
from fakedetect.count_kernels import keep_slots
from fakedetect.features import count


def collected(texts):
    seeds, found = random_seeds(), buffers(pa.array(texts))
    tables = counting._collected(found, counting._sketched(found, seeds, 2), seeds)
    words = counting._word_terms(tables, np.arange(tables.n_words))
    return words, counting._char_terms(tables, np.arange(len(tables.char_keys)))


@pytest.mark.slow
def test_nothing_that_occurs_twice_is_missed():
    texts = [f"watch {number % 7} bag{number % 11} {'x' * (number % 50)}" for number in range(300)]
    words, chars = collected(texts)
    wanted = count(texts, engine="walk")
    assert set(wanted.word_terms) <= set(words)
    assert set(wanted.char_terms) <= set(chars)
    assert len(set(words)) == len(words)
    assert len(set(chars)) == len(chars)


def test_most_of_what_occurs_once_is_left_out():
    texts = [f"{number * 7919 % 100_003:05d}{number:05d}" for number in range(2000)]
    words, _ = collected(texts)
    assert len(words) < 800


def test_the_order_is_that_of_the_text():
    words, _ = collected(["watch bag", "bag watch", "the bag the bag watch"])
    assert [word for word in words if " " not in word] == ["watch", "bag", "the"]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32])
def test_slots_are_renumbered_and_dropped(dtype):
    slots = np.array([3, 1, 0, 2, 1], np.int32)
    counts = np.array([5, 6, 7, 8, 9], dtype)
    starts = np.array([0, 2, 2, 4, 5])
    slot_of = np.array([-1, 0, -1, 1], np.int32)
    assert keep_slots(starts, slots, counts, slot_of) == 3
    assert starts.tolist() == [0, 2, 2, 2, 3]
    assert (slots[:3].tolist(), counts[:3].tolist()) == ([1, 0, 0], [5, 6, 9])
