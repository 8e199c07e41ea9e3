import numpy as np
import pyarrow as pa
import pytest

import fakedetect.streams
from fakedetect import portions
from fakedetect.errors import InputError
from fakedetect.listings import ListingReader
from fakedetect.portions import Task, first_blocks


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
    found = list(portions.portions(blocks, task, engine, n_done=n_done, n_threads=2))
    n_of_each = [len(portion.scores) for portion in found]
    assert sum(n_of_each) == 400 - n_done
    if found:
        ids = pa.concat_tables(portion.batch.table for portion in found)["listing_id"]
        assert ids.to_pylist() == listings["listing_id"].tolist()[n_done:]
        scores = np.concatenate([portion.scores for portion in found])
        np.testing.assert_allclose(scores, model.score(listings)[n_done:], rtol=0, atol=1e-9)
        assert found[-1].fraction == 1.0
        assert max(n_of_each) <= (7 if engine == "walk" else 20)


@pytest.mark.usefixtures("small_pieces")
def test_a_slice_of_a_portion_is_the_same_records(listings_file, task):
    (block, *_), engine = first_blocks(ListingReader(str(listings_file)).blocks(), task, "compiled")
    whole = task.scored(block.read(), block, engine)
    part = whole.slice(2, 3)
    assert part.batch.table.equals(whole.batch.table.slice(2, 3))
    assert part.reasons == whole.reasons[2:5]
    assert len(part.scores) == len(part.flagged) == 3


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
