import json
import os

import numpy as np
import pandas as pd
import pytest

import fakedetect.engines
import fakedetect.listings
from fakedetect import batch
from fakedetect.batch import score_file
from fakedetect.errors import InputError


def read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def test_one_row_out_per_row_in_in_order(model, listings, listings_file, tmp_path):
    summary = score_file(str(listings_file), str(tmp_path / "out.csv"), model)
    found = read(tmp_path / "out.csv")
    pd.testing.assert_frame_equal(found[listings.columns], listings, check_dtype=False)
    assert list(found.columns) == [*listings.columns, "score", "flagged", "reasons"]
    scores = model.score(listings).to_numpy()
    np.testing.assert_array_equal(found["score"].astype(float), scores)
    flagged = scores >= model.threshold
    assert (found["flagged"] == np.where(flagged, "true", "false")).all()
    assert ((found["reasons"] != "") == flagged).all()
    assert found["reasons"][flagged].str.contains("copy|1:1|高仿|exacta|factory").mean() > 0.8
    assert (summary.n_listings, summary.n_flagged) == (len(listings), flagged.sum())


def test_same_bytes_whatever_the_portion(model, listings_file, tmp_path, monkeypatch):
    found = set()
    for portion in (1, 7, 399, 400, 401):
        monkeypatch.setattr(batch, "_PORTION", portion)
        score_file(str(listings_file), str(tmp_path / "out.csv"), model)
        found.add((tmp_path / "out.csv").read_bytes())
    assert len(found) == 1


def test_both_engines_write_the_same_scores(model, listings_file, tmp_path):
    for engine in ("walk", "compiled"):
        score_file(str(listings_file), str(tmp_path / f"{engine}.csv"), model, engine=engine)
    walked, compiled = read(tmp_path / "walk.csv"), read(tmp_path / "compiled.csv")
    for frame in (walked, compiled):
        frame["score"] = frame["score"].astype(float).round(9)
    pd.testing.assert_frame_equal(walked, compiled)


def test_neither_threads_nor_block_size_change_a_byte(model, listings_file, tmp_path, monkeypatch):
    found = set()
    for block, n_threads in ((4 << 20, 1), (4 << 20, 3), (2000, 2), (999, 3)):
        monkeypatch.setattr(fakedetect.listings, "_BLOCK", block)
        out = tmp_path / "out.csv"
        score_file(str(listings_file), str(out), model, engine="compiled", n_threads=n_threads)
        found.add(out.read_bytes())
    assert len(found) == 1


@pytest.mark.parametrize(("least", "expected"), [(15_000, "compiled"), (10_000_000, "walk")])
def test_the_texts_of_the_whole_file_choose_the_engine(
    model, listings_file, monkeypatch, least, expected
):
    monkeypatch.setattr(fakedetect.listings, "_BLOCK", 2000)
    monkeypatch.setattr(batch, "LEAST_CHARACTERS", least)
    monkeypatch.setattr(fakedetect.engines, "LEAST_CHARACTERS", least)
    engines = set()

    def margins(*arguments):
        _, listings, _, *how = arguments
        engines.add(tuple(how))
        return np.zeros(listings.num_rows)

    monkeypatch.setattr(type(model), "_margins", margins)
    score_file(str(listings_file), os.devnull, model)
    assert engines == {(expected, 1)}


def test_ids_only(model, listings, listings_file, tmp_path):
    score_file(str(listings_file), str(tmp_path / "out.csv"), model, ids_only=True)
    found = read(tmp_path / "out.csv")
    assert list(found.columns) == ["listing_id", "score", "flagged"]
    assert found["listing_id"].tolist() == listings["listing_id"].tolist()
    assert found["score"].astype(float).tolist() == model.score(listings).tolist()


def test_ids_only_needs_ids(model, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("title,price\nwatch,1\n")
    with pytest.raises(InputError) as caught:
        score_file(str(path), str(tmp_path / "out.csv"), model, ids_only=True)
    assert str(caught.value) == (
        f"{path}: no column 'listing_id' or 'id', the ids to write; the columns are title, price"
    )
    assert not (tmp_path / "out.csv").exists()


def test_top_listings(model, listings, listings_file):
    top = score_file(str(listings_file), os.devnull, model, n_top=5).top
    scores = model.score(listings).to_numpy()
    order = np.argsort(-scores, kind="stable")[:5]
    assert [each.row - 1 for each in top] == order.tolist()
    assert [each.score for each in top] == scores[order].tolist()
    assert top[0].text.startswith(listings["title"][order[0]])


def test_of_equal_scores_the_first_is_on_top(model, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("title\n" + "super copy\n" * 5)
    assert [each.row for each in score_file(str(path), os.devnull, model, n_top=3).top] == [1, 2, 3]


def test_progress_ends_at_the_whole(model, listings_file, monkeypatch):
    monkeypatch.setattr(batch, "_PORTION", 150)
    steps = []
    score_file(str(listings_file), os.devnull, model, progress=lambda *step: steps.append(step))
    assert [n for n, _ in steps] == [150, 300, 400]
    assert steps[-1][1] == 1.0
    assert [fraction for _, fraction in steps] == sorted(fraction for _, fraction in steps)


def test_a_scored_file_is_not_scored_over(model, listings_file, tmp_path):
    once = tmp_path / "once.csv"
    score_file(str(listings_file), str(once), model)
    with pytest.raises(InputError) as caught:
        score_file(str(once), str(tmp_path / "twice.csv"), model)
    assert str(caught.value) == (
        f"{once}, column score: the listings already have this column, which scoring adds;"
        " rename it"
    )
    assert list(tmp_path.iterdir()) == [once]


def test_error_in_a_late_row_leaves_nothing(model, tmp_path):
    source = tmp_path / "in.csv"
    source.write_bytes(b"title,b\n" + b"x,1\n" * 5000 + b"x\n")
    with pytest.raises(InputError, match="row 5001: 1 cells where the header has 2 columns"):
        score_file(str(source), str(tmp_path / "out.csv"), model)
    assert list(tmp_path.iterdir()) == [source]


def test_hostile_text_is_carried_and_defused(model, tmp_path):
    titles = [
        "=HYPERLINK('x')",
        "super copy <script>",
        "\x1b[31mred",
        "a\u202eb",
        "-5",
        "x" * 10**5,
    ]
    source = tmp_path / "in.csv"
    pd.DataFrame({"title": titles}).to_csv(source, index=False)
    score_file(str(source), str(tmp_path / "out.csv"), model)
    assert read(tmp_path / "out.csv")["title"].tolist() == ["'" + titles[0], *titles[1:]]
    score_file(str(source), str(tmp_path / "raw.csv"), model, raw_cells=True)
    assert read(tmp_path / "raw.csv")["title"].tolist() == titles


def test_reasons_are_one_short_line(model):
    text = "super copy\n1:1 mirror quality " + "supercopy" * 20
    reasons = batch.reasons_of(model, text)
    assert "\n" not in reasons
    assert all(len(reason) <= 60 for reason in reasons.split("; "))
    assert json.dumps(reasons)
