import numpy as np
import pyarrow as pa
import pytest

import fakedetect.streams
from fakedetect import portions
from fakedetect.errors import InputError
from fakedetect.lanes import CLEAR, Policy
from fakedetect.listings import ListingReader
from fakedetect.portions import Known, Pass, Task, first_blocks
from fakedetect.sampling import draws


@pytest.fixture
def task(model):
    return Task(model, None, ("score", "status"), ids_only=False)


@pytest.fixture
def small_pieces(monkeypatch):
    """Blocks of some ten records, portions of seven."""
    monkeypatch.setattr(fakedetect.streams, "PIECE", 1000)
    monkeypatch.setattr(portions, "N_ROWS", 7)


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("engine", ["walk", "compiled"])
@pytest.mark.parametrize("n_done", [0, 1, 9, 250, 399, 400])
def test_every_record_behind_those_that_are_done(
    model, listings, listings_file, task, engine, n_done
):
    blocks = ListingReader(str(listings_file)).blocks()
    by = Pass(engine, n_threads=2, n_done=n_done)
    found = list(portions.portions(blocks, task._replace(seed=1), by))
    n_of_each = [portion.n for portion in found]
    assert sum(n_of_each) == 400 - n_done
    if found:
        ids = pa.concat_tables(portion.batch.table for portion in found)["listing_id"]
        assert ids.to_pylist() == listings["listing_id"].tolist()[n_done:]
        scores = np.concatenate([portion.known.scores for portion in found])
        drawn = np.concatenate([portion.known.draws for portion in found])
        np.testing.assert_array_equal(drawn, draws(listings["listing_id"][n_done:], seed=1))
        np.testing.assert_allclose(scores, model.score(listings)[n_done:], rtol=0, atol=1e-9)
        assert found[-1].fraction == 1.0
        assert max(n_of_each) <= (7 if engine == "walk" else 20)


@pytest.mark.usefixtures("small_pieces")
def test_a_slice_of_a_portion_is_the_same_records(listings_file, task):
    (block, *_), engine = first_blocks(ListingReader(str(listings_file)).blocks(), task, "compiled")
    whole = task.scored(block.read(), block, 0, Pass(engine, policy=Policy(0.5)))
    part = whole.slice(2, 3)
    assert part.batch.table.equals(whole.batch.table.slice(2, 3))
    assert part.reasons == whole.reasons[2:5]
    np.testing.assert_array_equal(part.known.scores, whole.known.scores[2:5])
    assert part.assigned.lanes.tolist() == whole.assigned.lanes[2:5].tolist()
    assert part.n == 3


def test_what_is_known_is_not_found_again(listings_file, task, monkeypatch):
    monkeypatch.setattr(type(task.model), "_margins", None)
    known = Known(np.linspace(-1, 1, 400), np.linspace(1, 0, 400))
    by = Pass("walk", policy=Policy(0.5, cut=0.6), known=known, n_done=100)
    ids_only = task._replace(ids_only=True)
    found = list(portions.portions(ListingReader(str(listings_file)).blocks(), ids_only, by))
    np.testing.assert_array_equal(
        np.concatenate([portion.known.scores for portion in found]), known.scores[100:]
    )
    lanes = np.concatenate([portion.assigned.lanes for portion in found])
    assert np.flatnonzero(lanes == CLEAR).tolist() == list(range(60))
    with pytest.raises(InputError) as caught:
        list(
            portions.portions(
                ListingReader(str(listings_file)).blocks(),
                ids_only,
                by._replace(known=known.slice(0, 399)),
            )
        )
    assert str(caught.value) == f"{listings_file}: changed while it was read; run it again"


@pytest.mark.usefixtures("small_pieces")
def test_no_more_is_read_than_is_needed_to_choose_the_engine(listings_file, task, monkeypatch):
    def first(engine=None):
        return first_blocks(ListingReader(str(listings_file)).blocks(), task, engine)

    blocks, engine = first()
    assert (sum(block.n_records for block in blocks), engine) == (400, "walk")
    monkeypatch.setattr(portions, "LEAST_CHARACTERS", 1500)
    assert 1 < len(first()[0]) < 5
    blocks, engine = first("walk")
    assert (len(blocks), engine) == (1, "walk")


def test_columns_that_do_not_do(task, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("title,status\nwatch,sold\n")
    with pytest.raises(InputError, match=r"in\.csv, column status: the listings already have"):
        first_blocks(ListingReader(str(path)).blocks(), task, None)
