import pytest

from fakedetect.evaluation_tables import harm, review, slices
from fakedetect.page import Facts, Grid, Quoted, Words
from sample_evaluation import sample


def grids(blocks):
    return [block for block in blocks if isinstance(block, Grid)]


def said(blocks):
    return " ".join(block.text for block in blocks if isinstance(block, Words))


def test_slices_by_column_with_the_small_ones_withheld():
    values = sample()
    values["slices"].append({**values["slices"][0], "column": "language", "value": "fr"})
    market, language = grids(slices(values))
    assert next(column.name for column in market.columns) == "market"
    assert market.rows[0] == (
        Quoted("nemesis"), "6,120", "510", "437", "0.62 (0.50–0.72)", "0.50", "undefined",
    )  # fmt: skip
    assert market.rows[2] == (Quoted("others"), "31", "2", "2", *["withheld"] * 3)
    assert language.rows[0][0] == Quoted("fr")
    assert "fewer than 50 listings" in said(slices(values))


def test_harm_is_counted_and_concentrated():
    blocks = harm(sample())
    [facts] = [block for block in blocks if isinstance(block, Facts)]
    assert [(fact.value, fact.note) for fact in facts.facts] == [
        ("310", "flagged, and labelled genuine"),
        ("141", "5.4% of 2,604"),
        ("41.2%", "of the false flags"),
    ]
    sellers, authorised = grids(blocks)
    assert sellers.rows[1] == (Quoted("second-hand"), "12", "9", "75.0%", "47.0% to 91.0%")
    assert sellers.caption.endswith("; intervals by Wilson (1927), 95 %")
    assert authorised.rows == ((Quoted("the brand itself"), "60", "2"),)


@pytest.mark.parametrize(
    ("authorised", "says"),
    [
        (None, ""),
        ({"n_listed": 3, "n_found": 0, "sellers": []}, "and none was flagged."),
        # A model's card names nobody.
        ({"n_listed": 3, "n_found": 1}, "1 of them have listings here."),
    ],
)
def test_authorised_sellers_that_were_not_flagged(authorised, says):
    values = sample()
    values["harm"] |= {"authorised": authorised, "sellers": None, "n_sellers": 0}
    blocks = harm(values)
    assert grids(blocks) == []
    assert says in said(blocks)
    [facts] = [block for block in blocks if isinstance(block, Facts)]
    assert facts.facts[1].note == "undefined of 0"


def test_labels_to_look_at_again():
    blocks = review(sample())
    conflicts, errors = grids(blocks)
    assert conflicts.rows[0][3] == "3, 4, 5, 6, 7, 8, 9, 10 and 5 more"
    assert errors.rows[0] == ("1,204", "0", "0.981", Quoted("super copy 1:1"), Quoted("copies"))
    assert errors.rows[1][4] == "not named"
    assert "2 texts have both labels, and 57 labels look wrong" in said(blocks)


def test_a_card_has_only_the_counts():
    blocks = review({"review": {"n_conflicts": 2, "n_label_errors": 57}})
    assert grids(blocks) == []
    assert "57 labels" in said(blocks)


@pytest.mark.parametrize("part", [slices, harm, review])
def test_parts_that_are_missing(part):
    assert part({}) == []


def test_a_text_in_many_rows_tells_how_many_more():
    conflict = {"text": "x", "n_positive": 60, "n_negative": 40, "rows": list(range(1, 21))}
    found = {"n_conflicts": 1, "conflicts": [conflict], "n_label_errors": 0, "label_errors": []}
    [grid] = [block for block in review({"review": found}) if isinstance(block, Grid)]
    assert grid.rows[0][3] == "1, 2, 3, 4, 5, 6, 7, 8 and 92 more"
