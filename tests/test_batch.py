import json
import os

import numpy as np
import pandas as pd
import pytest

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
