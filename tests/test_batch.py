import json
import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

import fakedetect.engines
import fakedetect.streams
from fakedetect import portions
from fakedetect.batch import Output, score_file
from fakedetect.decisions import Rule
from fakedetect.errors import InputError
from fakedetect.lanes import LANES, UNREACHED, Budget, filled
from fakedetect.listings import ListingReader, read_table
from fakedetect.sampling import draws


def read(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def test_one_row_out_per_row_in_in_order(model, listings, listings_file, tmp_path):
    summary = score_file(str(listings_file), str(tmp_path / "out.csv"), model)
    found = read(tmp_path / "out.csv")
    pd.testing.assert_frame_equal(found[listings.columns], listings, check_dtype=False)
    assert list(found.columns) == [
        *listings.columns,
        "score",
        "flagged",
        "lane",
        "reasons",
        "status",
    ]
    scores = model.score(listings).to_numpy()
    np.testing.assert_array_equal(found["score"].astype(float), scores)
    flagged = scores >= model.threshold
    assert (found["flagged"] == np.where(flagged, "true", "false")).all()
    assert (found["lane"] == np.where(flagged, "review", "clear")).all()
    assert ((found["reasons"] != "") == flagged).all()
    assert found["reasons"][flagged].str.contains("copy|1:1|高仿|exacta|factory").mean() > 0.8
    assert set(found["status"]) == {"ok"}
    assert (summary.n_read, summary.n_scored, summary.n_errored) == (400, 400, 0)
    assert summary.n_flagged == flagged.sum()


def test_same_bytes_whatever_the_portion(model, listings_file, tmp_path, monkeypatch):
    found = set()
    for portion in (1, 7, 399, 400, 401):
        monkeypatch.setattr(portions, "N_ROWS", portion)
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
    for size, n_threads in ((4 << 20, 1), (4 << 20, 3), (2000, 2), (999, 3)):
        monkeypatch.setattr(fakedetect.streams, "PIECE", size)
        out = tmp_path / "out.csv"
        score_file(str(listings_file), str(out), model, engine="compiled", n_threads=n_threads)
        found.add(out.read_bytes())
    assert len(found) == 1


@pytest.mark.parametrize(("least", "expected"), [(15_000, "compiled"), (10_000_000, "walk")])
def test_the_texts_of_the_whole_file_choose_the_engine(
    model, listings_file, monkeypatch, least, expected
):
    monkeypatch.setattr(fakedetect.streams, "PIECE", 2000)
    monkeypatch.setattr(portions, "LEAST_CHARACTERS", least)
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
    score_file(str(listings_file), str(tmp_path / "out.csv"), model, output=Output(ids_only=True))
    found = read(tmp_path / "out.csv")
    assert list(found.columns) == ["listing_id", "score", "flagged", "lane", "status"]
    assert found["listing_id"].tolist() == listings["listing_id"].tolist()
    assert found["score"].astype(float).tolist() == model.score(listings).tolist()


def test_ids_only_needs_ids(model, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("title,price\nwatch,1\n")
    with pytest.raises(InputError) as caught:
        score_file(str(path), str(tmp_path / "out.csv"), model, output=Output(ids_only=True))
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
    monkeypatch.setattr(portions, "N_ROWS", 150)
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
        " rename it, or name the added ones otherwise with --prefix"
    )
    assert list(tmp_path.iterdir()) == [once]
    score_file(str(once), str(tmp_path / "twice.csv"), model, output=Output(prefix="second_"))
    twice = read(tmp_path / "twice.csv")
    assert list(twice.columns[-5:]) == [
        "second_score", "second_flagged", "second_lane", "second_reasons", "second_status",
    ]  # fmt: skip
    assert (twice["second_score"] == twice["score"]).all()


def test_bad_records_are_rows_that_say_why(model, tmp_path):
    source = tmp_path / "in.csv"
    lines = [f"{n},super copy" for n in range(6000)]
    lines[3] = "3"
    lines[4999] = '4999,"super copy'
    source.write_text("id,title\n" + "\n".join(lines) + "\n")
    summary = score_file(str(source), str(tmp_path / "out.csv"), model, n_top=2)
    found = read(tmp_path / "out.csv")
    ragged = "line 5: 1 cell where the header has 2 columns; check the quotes and delimiters"
    stray = (
        "line 5001: a quote is opened and not properly closed within 1,000 lines and 1 MiB; look"
        " for a stray quote"
    )
    assert found[found["status"] != "ok"].to_dict("index") == {
        row: dict.fromkeys(found.columns, "") | {"status": status}
        for row, status in ((3, ragged), (4999, stray))
    }
    good = found[found["status"] == "ok"]
    assert good["id"].tolist() == [str(n) for n in range(6000) if n not in {3, 4999}]
    assert (summary.n_read, summary.n_scored, summary.n_errored) == (6000, 5998, 2)
    assert summary.problems == (ragged, stray)
    assert [each.row for each in summary.top] == [1, 2]


def test_problems_of_several_files_name_theirs(model, tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("id,title\n1,x\n2\n")
    sources = [str(tmp_path / name) for name in ("a.csv", "b.csv")]
    summary = score_file(sources, str(tmp_path / "out.csv"), model)
    assert [problem.partition(":")[0] for problem in summary.problems] == [
        f"{source}, line 3" for source in sources
    ]


def test_problems_of_a_folder_name_their_files(model, tmp_path):
    (tmp_path / "in").mkdir()
    bad = pa.array([b"bag", b"caf\xe9"]).view(pa.string())
    for name in ("a", "b"):
        parquet.write_table(pa.table({"title": bad}), tmp_path / "in" / f"{name}.parquet")
    summary = score_file(str(tmp_path / "in"), str(tmp_path / "out.csv"), model)
    assert summary.problems == tuple(
        f"{tmp_path}/in/{name}.parquet, line 2: the text of column 'title' is not UTF-8"
        for name in ("a", "b")
    )


def test_what_is_no_file_is_not_packed(model, listings_file, tmp_path):
    os.mkfifo(tmp_path / "out.csv.gz")
    with pytest.raises(InputError) as caught:
        score_file(str(listings_file), str(tmp_path / "out.csv.gz"), model)
    assert str(caught.value) == (
        f"{tmp_path}/out.csv.gz: only a regular file can be packed; name one"
    )


def test_error_in_a_late_row_leaves_nothing(model, tmp_path, monkeypatch):
    monkeypatch.setattr(fakedetect.streams, "PIECE", 2000)
    monkeypatch.setattr(portions, "LEAST_CHARACTERS", 1000)
    source = tmp_path / "in.csv"
    source.write_bytes(b"title,b\n" + b"bag,1\n" * 1000 + b"\xff,1\n")
    with pytest.raises(InputError, match="not UTF-8: byte 0xff at offset 6008"):
        score_file(str(source), str(tmp_path / "out.csv"), model)
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("ending", ["jsonl", "parquet", "tsv", "csv.gz", "csv.zst", "jsonl.gz"])
def test_other_formats_hold_the_same(model, listings_file, tmp_path, ending):
    out = str(tmp_path / f"out.{ending}")
    score_file(str(listings_file), out, model)
    score_file(str(listings_file), str(tmp_path / "plain.csv"), model)
    found = read_table(ListingReader(out))
    plain = read_table(ListingReader(str(tmp_path / "plain.csv")))
    if ending == "parquet":
        assert found["score"].type == "double"
        assert found["flagged"].type == "bool"
        found = found.set_column(*_as_text(found, "score"))
        found = found.set_column(*_as_text(found, "flagged"))
    assert found.column_names == plain.column_names
    as_numbers = [float(score) for score in found["score"].to_pylist()]
    assert as_numbers == [float(score) for score in plain["score"].to_pylist()]
    assert found.drop(["score"]).to_pydict() == plain.drop(["score"]).to_pydict()


def _as_text(table, name):
    place = table.column_names.index(name)
    return place, name, table[name].cast("string")


def test_json_lines_stay_as_they_stand(model, tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text('{"title": "super copy",  "n": 1.10}\n{"title": 5}\n{"title"\n')
    summary = score_file(str(source), str(tmp_path / "out.jsonl"), model)
    first, second, third = (tmp_path / "out.jsonl").read_text().splitlines()
    assert first.startswith('{"title": "super copy",  "n": 1.10, "score": 0.')
    assert json.loads(second)["title"] == 5
    assert json.loads(third) == {
        "score": None,
        "flagged": None,
        "lane": None,
        "reasons": "",
        "status": "line 3: not JSON: Expecting ':' delimiter at character 9",
    }
    assert summary.n_errored == 1


def test_columns_of_parquet_keep_their_types(model, tmp_path):
    source = tmp_path / "in.parquet"
    table = pa.table({"title": ["bag", None], "price": [1.5, None], "tags": [["a"], []]})
    parquet.write_table(table, source)
    score_file(str(source), str(tmp_path / "out.parquet"), model)
    found = parquet.read_table(tmp_path / "out.parquet")
    assert found.select(table.column_names) == table
    source = tmp_path / "numbers.parquet"
    parquet.write_table(pa.table({"title": [1, 2]}), source)
    with pytest.raises(InputError) as caught:
        score_file(str(source), str(tmp_path / "none.csv"), model)
    assert str(caught.value) == f"{source}, column title: it holds int64, not text"


def test_a_source_that_changes_meanwhile_is_noticed(model, listings_file, tmp_path):
    source = tmp_path / "in.csv"
    source.write_bytes(listings_file.read_bytes())

    def touch(n, fraction):
        del n, fraction
        os.utime(source, ns=(1, 1))

    with pytest.raises(InputError) as caught:
        score_file(str(source), str(tmp_path / "out.csv"), model, progress=touch)
    assert str(caught.value) == f"{source}: changed while it was read; run it again"
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
    score_file(str(source), str(tmp_path / "raw.csv"), model, output=Output(raw_cells=True))
    assert read(tmp_path / "raw.csv")["title"].tolist() == titles


@pytest.mark.parametrize("engine", ["walk", "compiled"])
def test_reasons_are_those_of_the_explanation(model, tmp_path, engine):
    # The last two are left to the plain way by the compiled pass.
    texts = ["super copy\n1:1 mirror quality", "size 42", "高仿A货 正品", " \u0301super copy"]
    texts.append("super copy " * 7000)
    source = tmp_path / "in.csv"
    pd.DataFrame({"title": texts}).to_csv(source, index=False)
    score_file(str(source), str(tmp_path / "out.csv"), model, engine=engine)
    found = read(tmp_path / "out.csv")
    for text, flagged, reasons in zip(texts, found["flagged"], found["reasons"], strict=True):
        assert reasons == (model.explain(text).line() if flagged == "true" else "")
    assert (found["reasons"] != "").sum() >= 3


@pytest.mark.parametrize("engine", ["walk", "compiled"])
def test_a_long_text_is_explained_by_its_start(model, tmp_path, engine):
    source = tmp_path / "in.csv"
    source.write_text("title\n" + "super copy " * 1000 + "1:1 mirror " * 1000 + "\n")
    score_file(str(source), str(tmp_path / "out.csv"), model, engine=engine)
    (reasons,) = read(tmp_path / "out.csv")["reasons"]
    assert reasons.startswith("super copy super copy ")
    assert "mirror" not in reasons


EXPLORED = Budget(n=np.int64(100), explore=0.3, seed=np.uint64(4))


def test_a_budget_is_filled_over_the_whole_file(model, listings, listings_file, tmp_path):
    """What is written equals what the library makes of the same listings in memory."""
    held = model.with_hold(Rule("threshold", 0.95))
    summary = score_file(str(listings_file), str(tmp_path / "out.csv"), held, budget=EXPLORED)
    found = read(tmp_path / "out.csv")
    assert list(found.columns[-6:]) == [
        "score", "flagged", "lane", "inclusion_probability", "reasons", "status",
    ]  # fmt: skip
    scores, margins = model.score(listings).to_numpy(), model.margin(listings).to_numpy()
    lots = draws(listings["listing_id"], seed=4)
    policy, filling = filled(scores, EXPLORED, margins=margins, hold=0.95, draws=lots)
    expected = policy.assign(scores, lots, margins=margins)
    np.testing.assert_array_equal(found["score"].astype(float), scores)
    assert (found["flagged"] == np.where(expected.flagged, "true", "false")).all()
    assert found["lane"].tolist() == [LANES[lane] for lane in expected.lanes]
    chances = found["inclusion_probability"].astype(float)
    np.testing.assert_array_equal(chances, expected.inclusion_probability)
    assert (summary.policy, summary.filling) == (policy, filling)
    n_of_each = found["lane"].value_counts()
    assert (summary.n_held, summary.n_review) == (n_of_each["hold"], n_of_each["review"])
    drawn = (found["lane"] == "review") & (found["flagged"] == "false")
    assert summary.n_explored == drawn.sum() == 30
    assert 0 < summary.n_flagged <= 70
    assert ((found["reasons"] != "") == expected.flagged).all()


def test_a_budget_that_is_smaller_than_the_number_of_scores_of_1(
    saturated, listings, listings_file, tmp_path
):
    """The largest margins fill it, in a file as in the library; before, none was flagged."""
    scores, margins = saturated.score(listings).to_numpy(), saturated.margin(listings).to_numpy()
    assert (scores == 1).sum() == 70
    held = saturated.with_hold(Rule("threshold", 1.0))
    budget = Budget(n=20, explore=0.25)
    summary = score_file(
        str(listings_file), str(tmp_path / "out.csv"), held, budget=budget, n_top=25
    )
    found = read(tmp_path / "out.csv")
    highest = np.argsort(-margins)[:25]
    assert np.flatnonzero(found["flagged"] == "true").tolist() == sorted(highest[:15])
    assert (summary.n_flagged, summary.n_held, summary.n_explored) == (15, 15, 5)
    assert summary.policy[:2] == (1.0, 1.0)
    assert summary.policy.margin == margins[highest[14]]
    assert [each.row for each in summary.top] == (highest + 1).tolist()
    assert [each.flagged for each in summary.top] == [True] * 15 + [False] * 10
    lots = draws(listings["listing_id"], seed=0)
    policy, filling = filled(scores, budget, margins=margins, hold=1.0, draws=lots)
    assert (policy, filling) == (summary.policy, summary.filling)
    lanes = policy.assign(scores, lots, margins=margins).lanes
    assert found["lane"].tolist() == [LANES[lane] for lane in lanes]


@pytest.mark.parametrize("kind", ["model", "saturated"])
def test_a_budget_makes_the_same_bytes_however_the_file_is_cut(
    kind, listings_file, tmp_path, monkeypatch, request
):
    model = request.getfixturevalue(kind)
    for engine in ("walk", "compiled"):
        found = set()
        for size, n_threads, portion in ((4 << 20, 1, 2000), (2000, 2, 7), (999, 3, 399)):
            monkeypatch.setattr(fakedetect.streams, "PIECE", size)
            monkeypatch.setattr(portions, "N_ROWS", portion)
            out = tmp_path / "out.csv"
            how = {"engine": engine, "n_threads": n_threads, "budget": EXPLORED, "n_top": 3}
            summary = score_file(str(listings_file), str(out), model, **how)
            found.add((out.read_bytes(), summary))
        assert len(found) == 1


def test_no_record_is_scored_twice(model, listings_file, monkeypatch):
    scored = []
    margins = type(model)._margins

    def counted(*arguments):
        scored.append(arguments[1].num_rows)
        return margins(*arguments)

    monkeypatch.setattr(type(model), "_margins", counted)
    monkeypatch.setattr(portions, "N_ROWS", 150)
    score_file(str(listings_file), os.devnull, model, budget=EXPLORED)
    assert scored == [150, 150, 100]


def test_records_that_cannot_be_read_take_none_of_the_budget(model, tmp_path):
    source = tmp_path / "in.csv"
    source.write_text("id,title\n" + "1,super copy\n2\n" * 3 + ",watch\n" * 6)
    out = tmp_path / "out.csv"
    budget = Budget(share=0.5, explore=0.25)
    summary = score_file(str(source), str(out), model, budget=budget)
    found = read(out)
    bad = found[found["status"] != "ok"]
    assert set(bad["lane"]) == set(bad["inclusion_probability"]) == set(bad["flagged"]) == {""}
    assert (summary.n_errored, summary.n_scored, summary.filling.n) == (3, 9, 4)
    # Six without an id are drawn by their rows: one of them.
    assert (summary.n_flagged, summary.n_explored) == (3, 1)
    assert set(found["inclusion_probability"]) == {"", "1", str(1 / 6)}


def test_equal_margins_stay_out_of_a_budget_together(model, tmp_path):
    source = tmp_path / "in.csv"
    source.write_text("title\n" + "super copy\n" * 5)
    summary = score_file(str(source), str(tmp_path / "out.csv"), model, budget=Budget(n=4))
    assert (summary.n_flagged, summary.policy.threshold) == (0, UNREACHED)
    assert summary.filling == (4, 0, 5)
    assert set(read(tmp_path / "out.csv")["lane"]) == {"clear"}
    summary = score_file(str(source), os.devnull, model, budget=Budget(n=9))
    assert (summary.n_flagged, summary.filling) == (5, (5, 0, 0))


@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_lanes_in_other_formats(model, listings_file, tmp_path, ending):
    for out in (f"out.{ending}", "out.csv"):
        score_file(str(listings_file), str(tmp_path / out), model, budget=EXPLORED)
    found = read_table(ListingReader(str(tmp_path / f"out.{ending}"))).to_pandas()
    plain = read(tmp_path / "out.csv")
    assert found["lane"].tolist() == plain["lane"].tolist()
    chances = [frame["inclusion_probability"].astype(float).tolist() for frame in (found, plain)]
    assert chances[0] == chances[1]


def test_what_is_read_once_fills_no_budget(model, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError) as caught:
        score_file(str(tmp_path / "pipe"), str(tmp_path / "out.csv"), model, budget=Budget(n=1))
    assert str(caught.value) == (
        f"{tmp_path}/pipe: a budget is filled with the highest scores of all listings, which takes"
        " reading them twice, and this can be read once; make it a file first, or flag from a score"
        " on with --threshold"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.parametrize("change", [lambda data: data + b"1,x\n", lambda data: data[:-4]])
def test_a_source_that_changes_between_the_passes_is_noticed(model, tmp_path, change):
    source = tmp_path / "in.csv"
    source.write_bytes(b"id,title\n" + b"1,x\n" * 50)
    seen = []

    def alter(n, fraction):
        seen.append((n, fraction))
        if len(seen) == 1:
            source.write_bytes(change(source.read_bytes()))

    with pytest.raises(InputError) as caught:
        score_file(
            str(source), str(tmp_path / "out.csv"), model, budget=Budget(n=5), progress=alter
        )
    assert str(caught.value) == f"{source}: changed while it was read; run it again"
    assert seen[0] == (25, 0.5)
    assert list(tmp_path.iterdir()) == [source]


def test_progress_goes_through_both_passes(model, listings_file, monkeypatch):
    monkeypatch.setattr(portions, "N_ROWS", 150)
    steps = []
    progress = lambda *step: steps.append(step)  # noqa: E731 # one line
    score_file(str(listings_file), os.devnull, model, budget=Budget(n=9), progress=progress)
    assert [n for n, _ in steps] == [75, 150, 200, 275, 350, 400]
    fractions = [fraction for _, fraction in steps]
    assert fractions == sorted(fractions)
    assert (fractions[2], fractions[-1]) == (0.5, 1.0)


def test_ids_that_cannot_be_drawn_by(model, tmp_path):
    source = tmp_path / "in.parquet"
    parquet.write_table(pa.table({"id": [1.5], "title": ["x"]}), source)
    with pytest.raises(InputError) as caught:
        score_file(str(source), os.devnull, model, budget=EXPLORED)
    assert str(caught.value) == (
        f"{source}, column id: ids to draw by are text or whole numbers, not double"
    )
