"""Who is held out together: folds of labelled listings."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fakedetect.errors import InputError
from fakedetect.features import Ints
from fakedetect.labels import Labelled

N_FOLDS = 5


def folds(labelled: Labelled, n_folds: int, seed: int) -> Iterator[tuple[Ints, Ints]]:
    """Yield for each fold the rows of other sellers' listings, and the rows held out."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    # Where no two rows belong together the plain splitter does the same in far less time.
    alone = len(np.unique(labelled.groups)) == len(labelled.groups)
    kind, groups = (StratifiedKFold, None) if alone else (StratifiedGroupKFold, labelled.groups)
    splitter = kind(n_folds, shuffle=True, random_state=seed)
    yield from splitter.split(labelled.texts, labelled.labels, groups)


def check_folds(labelled: Labelled, n_folds: int) -> None:
    """Raise an InputError when folds would lack a class, or there are too few sellers."""
    n_positive = int(labelled.labels.sum())
    n_negative = len(labelled.labels) - n_positive
    n_groups = len(np.unique(labelled.groups))
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
