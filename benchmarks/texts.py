"""Listings to measure on, in any number: real ones if they are at hand, else the shipped ones.

A row is a labelled title and a stretch of another listing's text. Rows drawn again would flatter
every cache, so each is perturbed: words change places, give way to others, get typing errors and
fresh digits. How often is chosen so that a memory of the 100,000 most frequent words does not know
about 6 % of the words, as with real listings (of which 60,000 give 3.7 % if the memory was made of
the same listings, and 8.9 % if it was made of one half and asked for the other).
"""

from __future__ import annotations

import csv
import functools
import gzip
import string
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
SHIPPED = ROOT / "data" / "listings.csv"

MEAN_CHARACTERS = 174  # of title and description, as in real listings
REMEMBERED = 100_000  # words

# Shares of the words.
_SWAPPED = 0.02
_REPLACED = 0.03
_MISTYPED = 0.025
_RENUMBERED = 0.25  # of those with a digit

_BLOCK = 20_000  # rows; bounds the memory
_N_DIGIT_TABLES = 1000
_LEAST_MISTYPED = 4  # characters; slips in shorter words mostly give other known words


class Source(NamedTuple):
    """What rows are made of.

    Attributes
    ----------
    name, titles_name
        Whose listings these are, and whose the labelled titles.
    titles, labels, sellers
        Labelled titles as they are, whether each is suspected, and the number of its seller.
    words, numeric
        The different words of all texts, and which of them hold a digit.
    title_words, title_starts
        The words of all titles, end to end, as indices of ``words``; where each title starts and
        the last ends.
    running, running_ends
        The words of the other listings' texts, end to end, and the characters up to each one's end.
    lengths
        Lengths to draw a stretch's from, in characters.
    """

    name: str
    titles_name: str
    titles: list[str]
    labels: Bools
    sellers: Ints
    words: pa.Array
    numeric: Bools
    title_words: Ints
    title_starts: Ints
    running: Ints
    running_ends: Ints
    lengths: Ints


@functools.cache
def source() -> Source:
    """Return the real listings if they are at hand, else the shipped ones."""
    if (SHARED / "market-titles.csv").exists():
        market = _read(SHARED / "market-titles.csv")
        others = _read(SHARED / "listings-mixed.csv.gz")
        name = "titles of a real market and texts of real shops"
        titles_name = "titles of a real market"
    else:
        market = _read(SHIPPED)
        # The description may be what decided a positive label.
        others = [row for row in market if row["label"] == "0"]
        name = "the shipped synthetic listings"
        titles_name = "titles of the shipped synthetic listings"
    titles = [row["title"] for row in market]
    texts = [f"{row['title']} {row['description']}".strip() for row in others]
    numbers: dict[str, int] = {}

    def numbered(text: str) -> list[int]:
        # Split at spaces only: line ends stay, as real descriptions have them.
        return [numbers.setdefault(word, len(numbers)) for word in text.split(" ") if word]

    of_titles = [numbered(title) for title in titles]
    running = np.array([word for text in texts for word in numbered(text)])
    words = list(numbers)
    n_characters = np.array([len(word) + 1 for word in words])
    lengths = np.array([len(text) for text in texts])
    wanted = MEAN_CHARACTERS - 1 - np.mean([len(title) for title in titles])
    sellers: dict[str, int] = {}
    return Source(
        name=name,
        titles_name=titles_name,
        titles=titles,
        labels=np.array([row["label"] == "1" for row in market]),
        sellers=np.array([sellers.setdefault(row["seller"], len(sellers)) for row in market]),
        words=pa.array(words),
        numeric=np.array([any(map(str.isdigit, word)) for word in words]),
        title_words=np.array([word for title in of_titles for word in title]),
        title_starts=np.cumsum([0, *map(len, of_titles)]),
        running=running,
        running_ends=np.cumsum(n_characters[running]),
        lengths=(lengths * (wanted / lengths.mean())).astype(np.int64) + 1,
    )


def blocks(n: int, *, seed: int, among: Ints | None = None) -> Iterator[pa.RecordBatch]:
    """Yield rows in batches; the same seed gives the same rows.

    Parameters
    ----------
    n
        Number of rows.
    seed
        Rows of different seeds are different.
    among
        Indices of the titles to draw from; None draws from all.

    Yields
    ------
    pyarrow.RecordBatch
        ``listing_id``, ``title``, ``description``, ``label`` and ``seller``.
    """
    parts = source()
    candidates = np.arange(len(parts.titles)) if among is None else among
    for start in range(0, n, _BLOCK):
        rng = np.random.default_rng([seed, start])
        size = min(_BLOCK, n - start)
        drawn = rng.choice(candidates, size)
        lengths = np.diff(parts.title_starts)[drawn]
        titles = _ranges(parts.title_starts[drawn], lengths)
        begins = rng.integers(0, len(parts.running), size)
        goals = parts.running_ends[begins] + rng.choice(parts.lengths, size)
        stretches = np.maximum(1, np.searchsorted(parts.running_ends, goals) - begins)
        stretches = np.minimum(stretches, len(parts.running) - begins)
        descriptions = _ranges(begins, stretches)
        yield pa.record_batch(
            {
                "listing_id": pa.array([f"L{row:08d}" for row in range(start, start + size)]),
                "title": _perturbed(parts.title_words[titles], lengths, rng),
                "description": _perturbed(parts.running[descriptions], stretches, rng),
                "label": pa.array(parts.labels[drawn]),
                "seller": pa.array(parts.sellers[drawn]),
            }
        )


def table(n: int, *, seed: int, among: Ints | None = None) -> pa.Table:
    """Return rows as one table: ``text`` (title and description), ``label`` and ``seller``."""

    def joined(batch: pa.RecordBatch) -> pa.RecordBatch:
        text = pc.binary_join_element_wise(batch["title"], batch["description"], " ")
        # Ten million texts are more bytes than 32-bit offsets reach.
        columns = [text.cast(pa.large_string()), batch["label"], batch["seller"]]
        return pa.record_batch(columns, names=["text", "label", "seller"])

    batches = map(joined, blocks(n, seed=seed, among=among))
    return pa.Table.from_batches(batches).combine_chunks()


def write_csv(path: str, n: int, *, seed: int) -> None:
    """Write rows to a CSV file with the columns ``listing_id``, ``title`` and ``description``."""
    columns = ["listing_id", "title", "description"]
    schema = pa.schema([(name, pa.string()) for name in columns])
    with arrow_csv.CSVWriter(path, schema) as writer:
        for batch in blocks(n, seed=seed):
            writer.write(batch.select(columns))


def unknown_rate(texts: Sequence[str], memory_of: Sequence[str]) -> float:
    """Return the share of the words that a memory of the most frequent words does not know.

    Parameters
    ----------
    texts
        Canonical texts, whose words are looked up.
    memory_of
        Other canonical texts, whose ``REMEMBERED`` most frequent words are the memory.
    """
    frequent = Counter(word for text in memory_of for word in text.split())
    known = {word for word, _ in frequent.most_common(REMEMBERED)}
    words = [word for text in texts for word in text.split()]
    return sum(word not in known for word in words) / len(words)


def _read(path: Path) -> list[dict[str, Any]]:
    csv.field_size_limit(1 << 30)
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _ranges(starts: Ints, lengths: Ints) -> Ints:
    """Return ``starts[0], starts[0] + 1, ...``, so many of each, end to end."""
    shifts = np.repeat(starts - np.cumsum(lengths) + lengths, lengths)
    return np.arange(len(shifts)) + shifts


def _perturbed(words: Ints, lengths: Ints, rng: np.random.Generator) -> pa.Array:
    """Return one text for each row of so many words, perturbed."""
    parts = source()
    words = words.copy()
    ends = np.cumsum(lengths)
    moved = rng.random(len(words)) < _SWAPPED
    moved[ends[lengths > 0] - 1] = False  # the last word of a row has none behind it
    moved[1:] &= ~moved[:-1]
    first = np.flatnonzero(moved)
    words[first], words[first + 1] = words[first + 1], words[first]
    replaced = np.flatnonzero(rng.random(len(words)) < _REPLACED)
    words[replaced] = rng.choice(parts.running, len(replaced))

    draws = rng.random(len(words))
    renumbered = np.flatnonzero(parts.numeric[words] & (draws < _RENUMBERED))
    mistyped = np.flatnonzero(~parts.numeric[words] & (draws < _MISTYPED))
    new = [
        *_with_fresh_digits(parts.words.take(pa.array(words[renumbered])).to_pylist(), rng),
        *_with_slips(parts.words.take(pa.array(words[mistyped])).to_pylist(), rng),
    ]
    words[np.concatenate([renumbered, mistyped])] = np.arange(len(new)) + len(parts.words)
    every = pa.concat_arrays([parts.words, pa.array(new, pa.string())])
    starts = pa.array(np.concatenate([[0], ends]), pa.int32())
    texts = pa.ListArray.from_arrays(starts, every.take(pa.array(words)))
    return pc.binary_join(texts, " ")


def _with_fresh_digits(words: list[str], rng: np.random.Generator) -> Iterator[str]:
    digits = rng.integers(0, 10, (_N_DIGIT_TABLES, 10)).tolist()
    tables = [str.maketrans(string.digits, "".join(map(str, each))) for each in digits]
    drawn = rng.integers(0, _N_DIGIT_TABLES, len(words)).tolist()
    return (word.translate(tables[which]) for word, which in zip(words, drawn, strict=True))


def _with_slips(words: list[str], rng: np.random.Generator) -> Iterator[str]:
    kinds = rng.integers(0, 4, len(words)).tolist()
    places = rng.random(len(words)).tolist()
    letters = rng.choice(list(string.ascii_lowercase), len(words)).tolist()
    for word, kind, place, letter in zip(words, kinds, places, letters, strict=True):
        if len(word) < _LEAST_MISTYPED:
            yield word
            continue
        at = int(place * (len(word) - 1))
        here, following = word[at], word[at + 1]
        slip = ("", here * 2 + following, following + here, letter + following)[kind]
        yield word[:at] + slip + word[at + 2 :] if slip else word[:at] + word[at + 1 :]
