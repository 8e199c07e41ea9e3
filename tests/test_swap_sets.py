import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from fakedetect.errors import InputError
from fakedetect.model import probability
from fakedetect.swap_sets import Agreement, Listings, Scoring, Scorings, swap_set, swaps

TABLE = pd.DataFrame(
    {
        "id": ["a", "b", "c", "d", "e", "f"],
        "seller": ["Åsa", "Åsa", None, "Zoë", "Zoë", "Zoë"],
        "brand": ["x", "y", "x", "x", "", "y"],
        "title": ["super copy", "super copy", "with receipt", "сумка новая", "手表", ""],
        "description": ["", "1:1", None, "sealed", "高仿", ""],
        "label": ["1", "0", "", "1", "", "0"],
    }
)
# By turns flagged by both, by the challenger alone, twice by the champion alone, by neither.
MARGINS = ([2, -1, 3, 1, -2, -3], [1, 4, -1, -4, 2, -3])


def read(table=TABLE, *, label="label", text=None, group=None):
    return Listings.of(table, label=label, text=text, group=group)


def scored(model, margins):
    margins = np.array(margins, dtype=float)
    return Scoring(model, margins, probability(margins), margins >= 0)


@pytest.fixture
def other(model):
    """A model of titles alone."""
    card = {**model.card, "text": {**model.card["text"], "columns": ["title"]}}
    return type(model)(model.features, -model.coefficients, model.intercept, 0.5, card)


@pytest.fixture
def both(model, other):
    return Scorings(scored(model, MARGINS[0]), scored(other, MARGINS[1]))


def test_listings_by_who_flags_them(both):
    assert both.newly.tolist() == [False, True, False, False, True, False]
    assert both.no_longer.tolist() == [False, False, True, True, False, False]
    assert both.agreement == Agreement(n_both=1, n_no_longer=2, n_newly=2, n_neither=1)
    assert both.agreement.n == 6


def test_kappa_is_what_is_left_beyond_chance():
    assert Agreement(20, 5, 10, 15).kappa == pytest.approx(0.4)  # .7 agree, .5 would by chance
    assert Agreement(0, 5, 5, 0).kappa == -1
    assert Agreement(3, 0, 0, 1).kappa == Agreement(3, 0, 0, 1).share == 1
    assert np.isnan([Agreement(0, 0, 0, 9).kappa, Agreement(9, 0, 0, 0).kappa]).all()
    assert np.isnan([Agreement(0, 0, 0, 0).kappa, Agreement(0, 0, 0, 0).share]).all()


def test_a_model_flags_from_its_own_threshold(model, listings):
    found = Scoring.of(model, read(listings), engine="walk", n_threads=1)
    assert found.flagged.tolist() == model.flag(listings).tolist()
    assert found.scores.tolist() == model.score(listings).tolist()
    assert found.margins.shape == (400,)


@pytest.mark.parametrize("table", [TABLE, TABLE[::-1][::-1], pa.Table.from_pandas(TABLE)])
def test_those_that_change_most_come_first(both, table):
    newly = swap_set(read(table), both, newly=True)
    assert (newly.n, newly.n_suspected, newly.n_genuine) == (2, 0, 1)
    first, second = newly.examples
    assert first[:4] == (2, "b", "Åsa", 0)
    assert first.champion == pytest.approx(1 / (1 + np.exp(1)))
    assert first.challenger == pytest.approx(1 / (1 + np.exp(-4)))
    assert (first.change, second.change) == (5, 4)
    assert (second.row, second.label) == (5, None)
    no_longer = swap_set(read(table), both, newly=False)
    assert (no_longer.n, no_longer.n_suspected, no_longer.n_genuine) == (2, 1, 0)
    assert [each.change for each in no_longer.examples] == [-5, -4]
    assert [each.row for each in no_longer.examples] == [4, 3]
    assert [each.seller for each in no_longer.examples] == ["Zoë", ""]


def test_examples_are_read_and_explained_by_the_model_that_flags_them(model, other, both):
    newly, no_longer = (swap_set(read(), both, newly=each).examples for each in (True, False))
    assert [each.text for each in newly] == ["super copy", "手表"]
    assert newly[0].spans == tuple(other.explain("super copy").spans)
    assert [each.text for each in no_longer] == ["сумка новая sealed", "with receipt"]
    assert no_longer[0].spans == tuple(model.explain("сумка новая sealed").spans)
    [named, _] = swap_set(read(text=["description"]), both, newly=True).examples
    assert named.text == "1:1"


def test_ten_examples_of_many_and_none_of_none(model):
    table = pd.DataFrame({"title": [f"手表 {number}" for number in range(12)]})
    margins = np.arange(12.0)
    both = Scorings(scored(model, margins - 12), scored(model, margins))
    found = swap_set(read(table, label=None), both, newly=True)
    assert (found.n, found.n_suspected, found.n_genuine) == (12, 0, 0)
    # All change alike, and stay in order.
    assert [each.row for each in found.examples] == [*range(1, 11)]
    assert {each[1:4] for each in found.examples} == {("", "", None)}
    assert swap_set(read(table, label=None), both, newly=False) == (0, 0, 0, ())


def test_values_with_the_most_changes_come_first(both):
    found = swaps("Größe", ["x", "y", "x", "x", "", "y"], both)
    assert found == ("Größe", (("x", 3, 0, 2), ("y", 2, 1, 0), ("", 1, 1, 0)), 0)
    # Equally many changes: in the order of the listings, though "y" changes first.
    tied = swaps("Größe", ["z", "y", "z", "q", "q", "q"], both)
    assert [each.value for each in tied.values] == ["q", "z", "y"]


def test_twenty_values_are_kept_and_long_names_cut(model):
    margins = np.ones(23)
    both = Scorings(scored(model, -margins), scored(model, margins))
    values = [f"{'é' * 300}{number}" for number in range(23)]
    found = swaps("c" * 300, values, both)
    assert (len(found.values), found.n_more) == (20, 3)
    assert (found.column, found.values[0].value) == ("c" * 200, "é" * 200)


def test_columns_to_count_by():
    names = ["title", "description"]
    assert [name for name, _ in read().columns(None, names)] == ["brand", "seller"]
    assert [name for name, _ in read(group="id").columns(None, names)] == ["brand", "id"]
    assert [name for name, _ in read(TABLE[["title", "label"]]).columns(None, names)] == []
    assert read().columns(["seller", "language", "seller"], names) == [
        ("seller", ["Åsa", "Åsa", "", "Zoë", "Zoë", "Zoë"]),
        ("script", ["Latin", "Latin", "Latin", "Cyrillic", "Chinese characters", "none"]),
    ]
    spoken = read(TABLE.assign(language="kk"))
    assert spoken.columns(["language"], names) == [("language", ["kk"] * 6)]


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"label": "Etikett"}, "no column 'Etikett'; the columns are title"),
        ({"label": None, "group": "händler"}, "no column 'händler'; the columns are title"),
    ],
)
def test_missing_columns(how, says):
    with pytest.raises(InputError) as caught:
        read(TABLE[["title"]], **how)
    assert str(caught.value) == says
    with pytest.raises(InputError) as caught:
        read(TABLE[["title"]], label=None).columns(["Farbe"], ["title"])
    assert str(caught.value) == "no column 'Farbe'; the columns are title"
