import itertools

import numpy as np
import pandas as pd
import pytest

from conftest import market
from fakedetect.errors import InputError
from fakedetect.labels import read_labelled
from fakedetect.splits import every, strictest


def timed(times, labels=None):
    n = len(times)
    labels = [row % 2 for row in range(n)] if labels is None else labels
    table = pd.DataFrame({"title": [f"bag {row}" for row in range(n)], "label": labels})
    return read_labelled(table.assign(listed=times), time="listed")


def by_name(labelled, **options):
    return {split.name: split for split in every(labelled, **options)}


@pytest.fixture(scope="module")
def labelled():
    table = market(n=300).assign(listed=np.arange(300) // 7, description="")
    copied = np.random.default_rng(0).integers(0, 120, size=300)
    table["title"] = table["title"].to_numpy()[copied]
    return read_labelled(table, time="listed")


def test_every_listing_is_held_out_once_but_the_first_block(labelled):
    splits = by_name(labelled, n_folds=4)
    assert list(splits) == ["random", "copies apart", "seller", "seller, copies apart", "time"]
    for name, split in splits.items():
        held_out = np.sort(np.concatenate([fold.held_out for fold in split.folds]))
        expected = np.arange(300)
        if name == "time":
            expected = np.flatnonzero(labelled.moments > labelled.moments[held_out].min() - 1)
            assert 0.7 < len(expected) / 300 < 0.85
        np.testing.assert_array_equal(held_out, expected)


def test_each_split_keeps_apart_what_it_says(labelled):
    def shared(split, numbers):
        return [
            set(numbers[fold.training].tolist()) & set(numbers[fold.held_out].tolist())
            for fold in split.folds
        ]

    splits = by_name(labelled)
    sellers = {name: any(shared(split, labelled.groups)) for name, split in splits.items()}
    copies = {name: any(shared(split, labelled.copies)) for name, split in splits.items()}
    assert [name for name, both in sellers.items() if not both] == [
        "seller",
        "seller, copies apart",
    ]
    assert [name for name, both in copies.items() if not both] == [
        "copies apart", "seller, copies apart",
    ]  # fmt: skip


def test_only_copies_are_left_out(labelled):
    splits = by_name(labelled)
    for kept, without in (("random", "copies apart"), ("seller", "seller, copies apart")):
        for whole, part in zip(splits[kept].folds, splits[without].folds, strict=True):
            np.testing.assert_array_equal(whole.held_out, part.held_out)
            left_out = np.setdiff1d(whole.training, part.training)
            assert len(left_out)
            held = set(labelled.copies[part.held_out].tolist())
            assert set(labelled.copies[left_out].tolist()) <= held
            assert not set(part.training) - set(whole.training)


def test_strictest_is_the_last_of_its_kind(labelled):
    for one in (labelled, read_labelled(market().drop(columns="seller"))):
        own = strictest(one, seed=3)
        twin = by_name(one, seed=3)[own.name]
        for first, second in zip(own.folds, twin.folds, strict=True):
            np.testing.assert_array_equal(first.training, second.training)


@pytest.mark.parametrize("sellers", [None, range(400)])
def test_without_sellers_there_are_no_splits_by_seller(sellers):
    table = market().drop(columns="seller")
    if sellers is not None:
        table["seller"] = list(map(str, sellers))
    labelled = read_labelled(table)
    assert list(by_name(labelled)) == ["random", "copies apart"]
    assert strictest(labelled).name == "copies apart"


def test_time_goes_forward_and_equal_times_stay_together():
    times = np.sort(np.random.default_rng(0).integers(0, 30, size=200))
    found = by_name(timed(times))["time"].folds
    assert len(found) == 5
    for fold in found:
        assert times[fold.training].max() < times[fold.held_out].min()
    for before, after in itertools.pairwise(found):
        assert len(before.training) < len(after.training)
        assert len(after.training) == len(before.training) + len(before.held_out)
    sizes = [len(fold.held_out) for fold in found]
    assert max(sizes) < 2 * min(sizes)


def test_few_times_are_few_blocks():
    (only,) = by_name(timed([2024] * 30 + [2025] * 10))["time"].folds
    assert (len(only.training), len(only.held_out)) == (30, 10)


def test_blocks_before_both_classes_are_not_judged():
    labels = [0] * 20 + [1, 0] * 20
    found = by_name(timed(range(60), labels))["time"].folds
    assert all(len(fold.training) > 20 for fold in found)
    assert len(found) < 5


@pytest.mark.parametrize(
    ("times", "labels", "message"),
    [
        ([7] * 20, None, "most of the labelled listings are of the latest time, so none are left to"
         " judge later ones by; label listings of more times"),
        ([1] + [2] * 19, None, "most of the labelled listings are of the latest time, so none are"
         " left to judge later ones by; label listings of more times"),
        ([1] * 15 + [2] * 5, [0] * 15 + [1] * 5, "no block of later listings has both labels before"
         " it; label earlier listings too"),
    ],
)  # fmt: skip
def test_times_that_leave_nothing_to_judge(times, labels, message):
    with pytest.raises(InputError) as caught:
        every(timed(times, labels))
    assert str(caught.value) == f"column listed: {message}"
