"""Who is held out together: the ways to part listings into what is learned and what is judged.

A random split asks how well a model repeats what it has seen. The others ask what it is for:
sellers it has not met, wordings it has not read, listings that come later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fakedetect.errors import InputError
from fakedetect.features import Ints
from fakedetect.labels import Labelled

N_FOLDS = 5

RANDOM = "random"
COPIES = "copies apart"
SELLER = "seller"
SELLER_COPIES = "seller, copies apart"
TIME = "time"


class Fold(NamedTuple):
    """Places of the listings to train on and of those held out."""

    training: Ints
    held_out: Ints


@dataclass(frozen=True, eq=False)
class Split:
    """Folds that leave out the same kind of knowledge.

    Attributes
    ----------
    name
        One of the names above.
    words
        What the models that score a listing have not seen.
    folds
        No listing is held out twice.
    """

    name: str
    words: str
    folds: list[Fold]


def strictest(labelled: Labelled, *, n_folds: int = N_FOLDS, seed: int = 0) -> Split:
    """Return the split that training uses: sellers and copies held out, without sellers copies.

    Raises
    ------
    InputError
        When a class is missing, or there are too few positives or sellers for the folds.
    """
    _check(labelled, n_folds)
    if not labelled.has_sellers:
        return _copies_apart(labelled, _random(labelled, n_folds, seed))
    return _seller_copies_apart(labelled, _by_seller(labelled, n_folds, seed))


def every(labelled: Labelled, *, n_folds: int = N_FOLDS, seed: int = 0) -> list[Split]:
    """Return all the splits that the listings allow.

    Random folds, and by seller if any two listings have the same; each with copies of held-out
    texts kept in training, and the same folds without them. With times, blocks of later listings
    too, each scored by models of all the blocks before it.

    Raises
    ------
    InputError
        As ``strictest`` does; also when times leave nothing to judge.
    """
    _check(labelled, n_folds)
    folds = _random(labelled, n_folds, seed)
    splits = [
        Split(RANDOM, "not the listing itself", folds),
        _copies_apart(labelled, folds),
    ]
    if labelled.has_sellers:
        folds = _by_seller(labelled, n_folds, seed)
        splits += [
            Split(SELLER, "no listing of its seller", folds),
            _seller_copies_apart(labelled, folds),
        ]
    if labelled.moments is not None:
        folds = _forward(labelled, labelled.moments, n_folds)
        splits.append(Split(TIME, "no listing of its time or later", folds))
    return splits


def _copies_apart(labelled: Labelled, folds: Iterable[Fold]) -> Split:
    return Split(COPIES, "no copy of its text", _without_copies(labelled, folds))


def _seller_copies_apart(labelled: Labelled, folds: Iterable[Fold]) -> Split:
    words = "neither a listing of its seller nor a copy of its text"
    return Split(SELLER_COPIES, words, _without_copies(labelled, folds))


def _random(labelled: Labelled, n_folds: int, seed: int) -> list[Fold]:
    from sklearn.model_selection import StratifiedKFold

    splitter = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    return [Fold(*fold) for fold in splitter.split(labelled.texts, labelled.labels)]


def _by_seller(labelled: Labelled, n_folds: int, seed: int) -> list[Fold]:
    from sklearn.model_selection import StratifiedGroupKFold

    splitter = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)
    folds = splitter.split(labelled.texts, labelled.labels, labelled.groups)
    return [Fold(*fold) for fold in folds]


def _without_copies(labelled: Labelled, folds: Iterable[Fold]) -> list[Fold]:
    """Return folds with copies of held-out texts left out of training."""
    copies = labelled.copies
    return [
        Fold(training[~np.isin(copies[training], copies[held_out])], held_out)
        for training, held_out in folds
    ]


def _forward(labelled: Labelled, moments: Ints, n_folds: int) -> list[Fold]:
    """Return an expanding window: blocks of about equally many listings, equal times in one.

    The first block is only learned from, and so are those before which one class is missing.
    """
    n_until = np.cumsum(np.bincount(moments))
    wanted = np.arange(1, n_folds + 1) * len(moments) / (n_folds + 1)
    starts = np.unique(np.searchsorted(n_until, wanted) + 1)
    starts = starts[starts < len(n_until)]
    if not len(starts):
        raise InputError(
            "most of the labelled listings are of the latest time, so none are left to judge later"
            " ones by; label listings of more times",
            column=labelled.time_column,
        )
    ends = np.append(starts[1:], len(n_until))
    folds = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        before = np.flatnonzero(moments < start)
        if len(set(labelled.labels[before].tolist())) == 2:
            folds.append(Fold(before, np.flatnonzero((moments >= start) & (moments < end))))
    if not folds:
        raise InputError(
            "no block of later listings has both labels before it; label earlier listings too",
            column=labelled.time_column,
        )
    return folds


def _check(labelled: Labelled, n_folds: int) -> None:
    """Raise an InputError when folds would lack a class, or there are too few sellers."""
    n_positive = int(labelled.labels.sum())
    n_negative = len(labelled.labels) - n_positive
    n_groups = len(labelled.sellers)
    if n_folds < 2:
        raise InputError(f"{n_folds} folds; use at least 2")
    for n, kind, mark in ((n_positive, "positive", 1), (n_negative, "negative", 0)):
        if not n:
            other = 1 - mark
            raise InputError(f"every labelled listing is {other}; label some {mark} as well")
        if len(np.unique(labelled.groups[labelled.labels == mark])) == 1:
            raise InputError(
                f"all {kind} listings are of one seller, so no fold can hold that seller out; label"
                f" {kind} listings of more sellers",
                column=labelled.group_column,
            )
        if n < n_folds:
            raise InputError(
                f"{n} {kind} listings are too few for {n_folds} folds; label more, or use fewer"
                " folds"
            )
    if n_groups < n_folds:
        raise InputError(
            f"listings of {n_groups} sellers cannot make {n_folds} folds that keep sellers apart;"
            " label listings of more sellers, or use fewer folds",
            column=labelled.group_column,
        )
