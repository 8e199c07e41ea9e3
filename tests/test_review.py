import numpy as np
import pandas as pd

from fakedetect.labels import read_labelled
from fakedetect.review import MOST_LISTED, label_errors, review


def table(titles, labels):
    sellers = [f"s{row}" for row in range(len(titles))]
    return read_labelled(pd.DataFrame({"title": titles, "label": labels, "seller": sellers}))


def test_copies_with_both_labels():
    found = review(
        table(["Été", "bag", "ÉTÉ", "belt", "été ", "bag", "belt"], [1, 1, 0, "", 0, 0, 1]),
        np.full(6, 0.5),
    )
    assert found.n_conflicts == 2
    first, second = found.conflicts
    assert tuple(first) == ("été", 1, 2, [1, 3, 5])
    assert tuple(second) == ("bag", 1, 1, [2, 6])


def test_long_conflicts_are_cut():
    n = 50
    found = review(table(["same"] * n, [1, 0] * 25), np.full(n, 0.5))
    assert found.conflicts[0].n_positive == 25
    assert found.conflicts[0].rows == list(range(1, MOST_LISTED + 1))


def test_wrong_labels_are_found_where_they_were_put():
    rng = np.random.default_rng(0)
    truth = rng.random(2000) < 0.1
    scores = np.clip(rng.beta(1, 20, 2000) + truth * rng.beta(5, 3, 2000), 0, 1)
    wrong = rng.choice(2000, 40, replace=False)
    labels = truth.copy()
    labels[wrong] = ~labels[wrong]
    found = label_errors(table([f"bag {row}" for row in range(2000)], labels), scores)
    right = np.isin(found, wrong)
    assert right.sum() >= 25
    assert right.mean() > 0.9
    confidence = np.where(labels, scores, 1 - scores)[found]
    assert (np.diff(confidence) >= 0).all()


def test_thresholds_take_in_that_scores_of_a_rare_class_are_low():
    # Positives score .3 on average, so a negative of .4 is suspicious, though below a half.
    listings = table(["a", "b", "c", "d", "e"], [1, 1, 0, 0, 0])
    scores = np.array([0.2, 0.4, 0.01, 0.02, 0.4])
    assert label_errors(listings, scores).tolist() == [4]


def test_errors_say_which_row_and_whose():
    listings = table(["a", "b", "c", "d", "e"], ["", 1, 0, 0, 1])
    found = review(listings, np.array([0.9, 0.05, 0.95, 0.8]))
    assert found.n_label_errors == 1
    assert tuple(found.label_errors[0]) == (4, 0, 0.95, "d", "s3")


def test_one_class_tells_nothing():
    for label in (0, 1):
        found = review(table(["a", "b"], [label, label]), np.array([0.1, 0.9]))
        assert (found.n_label_errors, found.n_conflicts) == (0, 0)
