import numpy as np
import pandas as pd

from fakedetect.labels import read_labelled
from fakedetect.splits import folds


def test_every_row_is_held_out_once_and_its_seller_with_it():
    rows = 60
    labelled = read_labelled(
        pd.DataFrame(
            {
                "title": [f"bag {row}" for row in range(rows)],
                "seller": [f"s{row % 15}" for row in range(rows)],
                "label": [row % 3 == 0 for row in range(rows)],
            }
        )
    )
    held_out = []
    for others, fold in folds(labelled, 5, seed=0):
        assert not set(labelled.groups[others]) & set(labelled.groups[fold])
        np.testing.assert_array_equal(np.sort(np.append(others, fold)), np.arange(rows))
        held_out += fold.tolist()
    assert sorted(held_out) == list(range(rows))
