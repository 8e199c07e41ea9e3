import numpy as np
import pytest
from rich.console import Console

from fakedetect import tallies, terminal
from fakedetect.batch import Summary
from fakedetect.lanes import UNREACHED, Filling, Policy
from fakedetect.sampling import estimated


def shown(page):
    console = Console(width=120, no_color=True)
    with console.capture() as capture:
        console.print(terminal.rendered(page))
    return " ".join(capture.get().split())


def words(summary, *, target="out.csv", prevalence=0.03):
    return tallies.counts(summary, target, prevalence=prevalence)


def test_counts_add_up():
    problems = tuple(f"line {line}: bad" for line in range(5))
    summary = Summary(1010, 10, 20, n_review=20, problems=problems, policy=Policy(0.4056))
    assert words(summary) == [
        *(f"could not be read: {problem}" for problem in problems),
        "could not be read: 5 more; the column status has all of them",
        "read 1,010 records = 1,000 scored + 10 that could not be read; flagged 20 (2.0%) as"
        " suspected counterfeits from score 0.406; wrote out.csv",
    ]
    assert words(Summary(1, 1, problems=problems[:1]), target="-")[1:] == [
        "read 1 record = 0 scored + 1 that could not be read; flagged 0 (0.0%) as suspected"
        " counterfeits"
    ]


def test_lanes_are_told_where_any_listing_is_held():
    summary = Summary(100, 0, 20, 5, 15, policy=Policy(0.4, hold=0.9))
    assert words(summary)[1:] == ["lanes: 5 hold + 15 review + 80 clear"]


def test_how_a_budget_was_filled():
    summary = Summary(1000, 0, 7, 2, 8, 3, policy=Policy(0.99996, 0.9), filling=Filling(10, 3, 0))
    read, *lines = words(summary)
    assert "from score 0.99996; wrote" in read
    assert lines == [
        "lanes: 2 hold + 8 review + 990 clear",
        "budget: 10 = 7 flagged + 3 drawn by lot from 993 others",
        "if 3 % of listings are positive, as the model takes it, no ranker can find more than"
        " 33.3 % of those under this budget",
    ]
    assert words(summary, prevalence=0.001)[1:] == lines[:2]


def test_what_of_a_budget_is_left_over():
    summary = Summary(100, 0, 4, 0, 6, 2, policy=Policy(UNREACHED), filling=Filling(10, 3, 5))
    assert words(summary, prevalence=0.01)[-1] == (
        "budget: 10 = 4 flagged + 2 drawn by lot from 96 others + 4 left over; 5 with equal margins"
        " did not fit, and stayed out together; listings with equal ids did not fit, and stayed out"
        " together"
    )
    summary = Summary(100, 0, 9, 0, 9, policy=Policy(1.0, margin=41.5), filling=Filling(9, 0, 0))
    assert words(summary)[2] == (
        "budget: 9 = 9 flagged; of equal scores at the threshold the largest margins are flagged"
    )
    assert words(Summary(filling=Filling(0, 0, 0)))[1:3] == [
        "lanes: 0 hold + 0 review + 0 clear",
        "budget: 0 = 0 flagged",
    ]


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        (
            [1] * 4 + [0] * 96,
            [
                "2 listings were flagged, 1 of them labelled suspected; 100 were drawn by lot from"
                " 1,000 others, 4 of them labelled suspected.",
                "prevalence 4.09 % 1.19 % to 10.3 %",
                "recall of flagged 2.44 % 0.967 % to 8.4 %",
                "precision of flagged 50 % known: all of them were looked at",
                "So few of the drawn ones are suspected that the recall is too high on average; go",
            ],
        ),
        ([1] * 10 + [0] * 90, ["prevalence 10.1 % 4.89 % to 18.5 %"]),
    ],
)
def test_estimates_are_told(drawn, expected):
    labels = np.r_[1, 0, drawn].astype(float)
    flagged = np.arange(102) < 2
    found = estimated(labels, np.where(flagged, 1, 0.1), flagged=flagged, drawn=~flagged)
    text = shown(tallies.estimates(found))
    for each in expected:
        assert each in text
    assert ("So few" in text) == (len(expected) > 1)


def test_undefined_is_told_as_undefined():
    none = np.zeros(10, bool)
    found = estimated(np.zeros(10), np.full(10, 0.1), flagged=none, drawn=~none)
    text = shown(tallies.estimates(found))
    assert "recall of flagged undefined undefined precision of flagged undefined" in text
    assert "known" not in text


def test_a_budget_that_fits_nobody_names_no_score():
    summary = Summary(10, n_review=0, policy=Policy(UNREACHED, hold=0.9), filling=Filling(1, 0, 3))
    assert "from score" not in words(summary)[0]
    assert (summary.policy.flagged_from, summary.policy.held_from) == (None, None)
