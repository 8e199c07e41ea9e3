import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from fakedetect import reviewed
from fakedetect.batch import Output, score_file
from fakedetect.errors import InputError
from fakedetect.lanes import Budget
from fakedetect.listings import ListingReader, read_table


@pytest.fixture
def frame():
    """Two flagged listings, two drawn of four others, one record that could not be read."""
    return pd.DataFrame(
        {
            "flagged": ["true", "true", "false", "false", "false", "false", ""],
            "lane": ["hold", "review", "review", "review", "clear", "clear", ""],
            "inclusion_probability": ["1", "1", "0.5", "0.5", "0.5", "0.5", ""],
            "label": ["1", "0", "1", "0", "", "", ""],
        }
    )


def test_what_labels_say(frame):
    found = reviewed.estimates(frame)
    assert (found.n_flagged, found.n_flagged_positive) == (2, 1)
    assert (found.n_drawn, found.n_drawn_positive, found.n) == (2, 1, 6)
    assert found.prevalence.value == pytest.approx(3 / 6)
    assert found.recall.value == pytest.approx(1 / 3)
    assert found.precision.value == 0.5


def test_other_names_and_forms_say_the_same(frame):
    expected = reviewed.estimates(frame)
    without = frame[frame["lane"] != "clear"]
    spreadsheet = frame.assign(flagged=frame["flagged"].str.upper(), label=frame["label"] + " ")
    typed = pa.table(
        {
            "flagged": [True, True, False, False, False, False, None],
            "lane": [*frame["lane"][:-1], None],
            "inclusion_probability": [1.0, 1.0, 0.5, 0.5, 0.5, 0.5, None],
            "label": [1, 0, 1, 0, None, None, None],
        }
    )
    for other in (without, spreadsheet, typed):
        assert reviewed.estimates(other) == expected
    renamed = frame.rename(columns=lambda name: "verdict" if name == "label" else f"x_{name}")
    assert reviewed.estimates(renamed, label="verdict", prefix="x_") == expected


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_files_as_scoring_writes_them(model, listings, listings_file, tmp_path, ending):
    out = str(tmp_path / f"out.{ending}")
    budget = Budget(n=150, explore=0.5)
    score_file(str(listings_file), out, model, output=Output(prefix="my_"), budget=budget)
    found = reviewed.estimates(read_table(ListingReader(out)), prefix="my_")
    assert found.n == pytest.approx(400)
    assert found.n_drawn == 75
    true = (listings["label"] == "1").mean()
    assert found.prevalence.low < true < found.prevalence.high


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("flagged", "yes", "row 2, column flagged: 'yes' is no value that scoring writes there"),
        ("lane", "queue", "row 2, column lane: 'queue' is no value that scoring writes there"),
        (
            "inclusion_probability",
            "0,5",
            "row 2, column inclusion_probability: '0,5' is no value that scoring writes there",
        ),
        (
            "label",
            "maybe",
            "row 2, column label: label 'maybe' is not 1 (suspected), 0 (genuine) or empty"
            " (unlabelled)",
        ),
        (
            "label",
            "",
            "1 of 2 flagged listings and 0 of 2 drawn by lot have no label; without them every"
            " figure would be biased",
        ),
    ],
)
def test_what_was_not_written_by_scoring(frame, column, value, message):
    frame.loc[1, column] = value
    with pytest.raises(InputError) as caught:
        reviewed.estimates(frame)
    assert str(caught.value) == message


def test_columns_that_are_missing(frame):
    with pytest.raises(InputError) as caught:
        reviewed.estimates(frame.drop(columns="inclusion_probability"))
    assert str(caught.value) == (
        "no column 'inclusion_probability', which scoring with --budget and --explore adds; the"
        " columns are flagged, lane, label"
    )
    with pytest.raises(InputError, match=r"^no column 'verdict'; the columns are flagged, lane, "):
        reviewed.estimates(frame, label="verdict")


def test_text_columns_of_missing_values_only(frame):
    table = pa.Table.from_pandas(frame).set_column(3, "label", pa.nulls(7))
    with pytest.raises(InputError, match="2 of 2 flagged listings and 2 of 2 drawn by lot have no"):
        reviewed.estimates(table)
    assert np.isnan(reviewed.estimates(frame[2:]).precision.value)


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.drop(2),
        lambda frame: frame.replace({"inclusion_probability": {"0.5": "0.6"}}),
        lambda frame: frame.replace({"inclusion_probability": {"0.5": "0.7"}}).query(
            "lane!='clear'"
        ),
    ],
)
def test_drawn_listings_that_cannot_all_be_there(frame, change):
    with pytest.raises(InputError, match="some were taken out or changed, so that every figure"):
        reviewed.estimates(change(frame))


def test_a_spreadsheet_may_save_fewer_digits():
    rows = [("true", "hold", "1", "1"), *[("false", "review", "0.001951981", "0")] * 30]
    rows += [("false", "clear", "0.001951981", "")] * (15_369 - 30)
    frame = pd.DataFrame(rows, columns=["flagged", "lane", "inclusion_probability", "label"])
    assert reviewed.estimates(frame).n == pytest.approx(15_370, abs=0.01)


def test_a_flagged_listing_was_certain_to_be_looked_at(frame):
    frame.loc[0, "inclusion_probability"] = "0.5"
    with pytest.raises(InputError) as caught:
        reviewed.estimates(frame)
    assert str(caught.value) == (
        "column inclusion_probability: a flagged listing has another inclusion probability than 1;"
        " take the file as score wrote it"
    )
