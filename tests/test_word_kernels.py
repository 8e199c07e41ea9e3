"""Raw words: cut where Python cuts, remembered under all of their bytes, forgotten in order."""

import re

import numba
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fakedetect import compiled
from fakedetect.compiled import Block, Texts, Workspace, random_seeds
from fakedetect.word_kernels import (
    AT_ONCE,
    LONGEST_KEPT,
    ROOM,
    end_of_word,
    foresee_words,
    had_met_again,
    most_words,
    parts,
    read_words,
    recall,
    remember,
)

PLAIN = bool(numba.config.DISABLE_JIT)
WORD = re.compile(rb"[^\t-\r\x1c- ]+")
SEEDS = random_seeds()
LENGTHS = [1, 7, 8, 9, 15, 16, 17, 23, 24, 25, 30, 31]


def cut(written, begin=0, end=None):
    """Return every word of some bytes, read as the kernels read a row, and whether it is long."""
    end = len(written) if end is None else end
    workspace = Workspace(0, 0)
    data = np.frombuffer(written or b"\0", np.uint8)
    rows, _ = workspace.rows(Block(Texts(data, np.array([0, len(written)])), 0, 1, 0, end))
    words, at = [], begin
    with np.errstate(over="ignore"):
        while at < end:
            n, at = read_words(rows, at, end, SEEDS, workspace.memory, workspace.batch)
            for start, length in zip(
                workspace.batch.starts[:n].tolist(),
                workspace.batch.lengths[:n].tolist(),
                strict=True,
            ):
                words.append(written[start : start + length])
            if n == 0 and at < end:
                stop = end_of_word(rows.data, at, end)
                assert stop - at > LONGEST_KEPT
                words.append(written[at:stop])
                at = stop
    return words


@settings(max_examples=20 if PLAIN else 500, deadline=None)
@given(st.binary(max_size=200) | st.text("ab \t\x00\x1b\x1f!é手", max_size=200).map(str.encode))
@example(b"")
@example(b" ")
@example(b"\x00\x1b \x1b!\x20!!!!!!!")
@example(b"a" * 31 + b" " + b"b" * 32 + b" " + b"c" * 33)
@example(b"ab " * AT_ONCE + b"c")
def test_words_are_those_between_white_space(written):
    assert cut(written) == WORD.findall(written)


@pytest.mark.parametrize("begin", range(9))
def test_a_row_begins_and_ends_anywhere(begin):
    written = b"watch replica-bag 1:1 perfume"
    for end in range(begin, len(written) + 1):
        assert cut(written, begin, end) == WORD.findall(written[begin:end])


class Remembering:
    """A workspace that is shown words, and what it finds of them."""

    def __init__(self):
        self.workspace = Workspace(0, 0)

    def show(self, words):
        """Return the record of each word, -1 if it is new; new ones are kept with some slots."""
        memory, batch = self.workspace.memory, self.workspace.batch
        written = b" ".join(words)
        block = Block(
            Texts(np.frombuffer(written, np.uint8), np.array([0, len(written)])), 0, 1, 0, 0
        )
        rows, _ = self.workspace.rows(block)
        found, at = [], 0
        with np.errstate(over="ignore"):
            while at < len(written):
                n, at = read_words(rows, at, len(written), SEEDS, memory, batch)
                foresee_words(n, memory, batch)
                for index in range(n):
                    record = int(recall(index, memory, batch))
                    found.append(record)
                    if record < 0:
                        word = words[len(found) - 1]
                        slots = np.array([len(word), *word], np.uint32)
                        # The first is a token, the others slots.
                        rolled = np.roll(slots, -1)
                        remember(index, rolled, len(word), len(rolled), memory, batch)
                    else:
                        had_met_again(record, memory.pool)
        return found

    def kept(self, record):
        with np.errstate(over="ignore"):
            _, first, middle, last = parts(record, self.workspace.memory.pool)
        entries = self.workspace.memory.entries
        return entries[first:middle].tolist(), bytes(entries[middle:last].tolist())


def numbered(n, length=6):
    return [f"{number:x}".rjust(length, "-").encode() for number in range(n)]


@pytest.mark.parametrize("length", LENGTHS)
def test_what_is_kept_of_a_word_is_found_again(length):
    words = [b"a" * length, b"a" * (length - 1) + b"b", b"b" + b"a" * (length - 1)]
    words = list(dict.fromkeys(words))
    memory = Remembering()
    assert memory.show(words) == [-1] * len(words)
    found = memory.show(words)
    assert [memory.kept(record) for record in found] == [([length], word) for word in words]


def test_words_that_differ_in_a_nul_byte_are_apart():
    memory = Remembering()
    words = [b"ab", b"ab\x00", b"ab\x00\x00"]
    assert memory.show(words) == [-1] * 3
    assert [memory.kept(record)[1] for record in memory.show(words)] == words


def test_a_word_is_kept_once_though_it_is_new_twice_in_a_batch():
    memory = Remembering()
    found = memory.show([b"watch", b"watch", b"watch"])
    assert found[0] == -1
    assert found[1] == found[2] >= 0


def test_crowded_places_are_given_to_newer_words(monkeypatch):
    monkeypatch.setattr(compiled, "_PLACES", 4)
    memory = Remembering()
    words = numbered(50)
    memory.show(words)
    (record,) = memory.show([words[-1]])
    assert memory.kept(record)[1] == words[-1]
    for word, record in zip(words, memory.show(words), strict=True):
        assert record < 0 or memory.kept(record) == ([len(word)], word)


def test_words_not_met_again_are_forgotten_first(monkeypatch):
    monkeypatch.setattr(compiled, "_POOL", 2 * ROOM)
    memory = Remembering()
    often = numbered(100, length=9)
    memory.show(often)
    memory.show(often)
    once = numbered(300 if PLAIN else 2**16 + 1)
    used = []
    for start in range(0, len(once), 1000):
        memory.show(once[start : start + 1000])
        memory.show(often)
        used.append(int(memory.workspace.memory.used[0]))
    found = memory.show(often)
    assert [memory.kept(record)[1] for record in found] == often
    if not PLAIN:
        assert used != sorted(used)  # it has been full
        assert memory.show([once[0]]) == [-1]


@settings(max_examples=20 if PLAIN else 200, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 9))
def test_no_text_has_more_words_than_the_most(data, start):
    wide = np.frombuffer(data.ljust(80, b"\xff"), np.uint64)
    n_words = len(WORD.findall(data[start:]))
    with np.errstate(over="ignore"):
        assert n_words <= most_words(wide, start, len(data)) <= 1 + (len(data) + 7) // 8 * 8


def test_the_most_words_are_few_where_no_byte_is_low():
    wide = np.frombuffer("gefälschtes手表".encode().ljust(64, b"x"), np.uint64)
    with np.errstate(over="ignore"):
        assert most_words(wide, 0, 40) == 1
