"""The shipped listings, their grammar, and the starter model trained from them."""

import importlib.util
import sys
import tomllib
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from conftest import ROOT
from fakedetect.evaluation import evaluate
from fakedetect.loading import load, starter
from fakedetect.training import train

DATA = ROOT / "data"
SUSPECTED = {"overt", "coded", "terms"}
HARD = {
    "authorised", "beware", "compatible", "film_prop", "inspired", "museum", "not_a_replica",
    "same_words", "scale_model", "second_hand",
}  # fmt: skip


@pytest.fixture(scope="module")
def grammar():
    spec = importlib.util.spec_from_file_location("make_listings", DATA / "make_listings.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def shipped():
    return pd.read_csv(DATA / "listings.csv", dtype=str, keep_default_na=False)


def test_same_seed_same_bytes(grammar, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["make_listings.py", "-o", str(tmp_path / "again.csv")])
    grammar.main()
    assert (tmp_path / "again.csv").read_bytes() == (DATA / "listings.csv").read_bytes()


def test_another_seed_is_another_sample(grammar):
    first, second = (
        [listing.row["title"] for listing in grammar.generate(seed, 80)] for seed in (1, 2)
    )
    assert first != second


def test_data_sheet_counts_are_current(grammar, shipped, tmp_path):
    sheet = tmp_path / "README.md"
    sheet.write_bytes((DATA / "README.md").read_bytes())
    grammar.refresh_sheet(sheet, shipped.to_dict("records"))
    assert sheet.read_text() == (DATA / "README.md").read_text()


def test_no_template_is_in_both_parts(grammar):
    listings = list(grammar.generate())
    assert grammar.shared_templates(listings) == set()
    assert {part for listing in listings for part in [listing.row["split"]]} == {"train", "test"}
    # The check itself can fail.
    moved = listings[0]._replace(row={**listings[0].row, "split": "test"})
    other = listings[0]._replace(row={**listings[0].row, "split": "train"})
    assert grammar.shared_templates([moved, other]) == set(listings[0].templates)


def test_sellers_are_in_one_part(shipped):
    assert (shipped.groupby("seller")["split"].nunique() == 1).all()


def test_every_language_and_kind_is_there(shipped):
    assert len(shipped) >= 4000
    assert set(shipped["language"]) == {"en", "zh", "es", "fr", "de", "pt", "ru", "id"}
    assert set(shipped["kind"]) == SUSPECTED | HARD | {"plain"}
    assert ((shipped["label"] == "1") == shipped["kind"].isin(SUSPECTED)).all()
    for _, part in shipped.groupby(["language", "split"]):
        counts = Counter(part["label"])
        assert counts["1"] >= 30
        assert counts["0"] >= 100


def test_no_slot_is_left_unfilled(shipped):
    text = shipped["title"] + " " + shipped["description"]
    assert not text.str.contains(r"[{}]|<(?!br|/?[bp]>|p )[a-z_]+>", regex=True).any()


def test_grammars_have_the_same_lists():
    def shape(value):
        return {key: shape(each) for key, each in value.items()} if isinstance(value, dict) else 0

    shapes = [
        shape(tomllib.loads(path.read_text()))
        for path in sorted((DATA / "grammar").glob("??.toml"))
    ]
    assert len(shapes) == 8
    assert all(each == shapes[0] for each in shapes)


def test_hard_negatives_use_the_words_of_suspicion(shipped):
    honest = shipped[(shipped["label"] == "0") & (shipped["language"] == "en")]
    text = (honest["title"] + " " + honest["description"]).str.lower()
    for word in ("replica", "copy", "1:1", "mirror", "factory", "aaa", "fake"):
        assert text.str.contains(word, regex=False).sum() >= 3, word


@pytest.mark.slow
def test_starter_comes_from_the_shipped_listings(shipped):
    again = train(shipped[shipped["split"] == "train"], group="wording")
    shipped_model = load(ROOT / "models" / "starter.joblib")
    titles = shipped["title"].tolist()
    np.testing.assert_allclose(again.score(titles), shipped_model.score(titles), atol=1e-6)
    assert again.card["data"] == shipped_model.card["data"]


def test_starter_reads_wording_it_has_not_seen(shipped):
    held_out = shipped[shipped["split"] == "test"]
    found = evaluate(held_out, starter())
    assert found.seen_share < 0.05
    assert found.metrics["average_precision"].low > 2 * (held_out["label"] == "1").mean()


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("Leather bag 1:1 mirror quality, same factory", True),
        ("手表 高仿 1:1 顶级复刻", True),
        ("Bolso réplica calidad espejo 1:1", True),
        ("Часы реплика 1:1 люкс копия", True),
        ("", False),
        ("Winter jacket, hardly worn, size M, with receipt", False),
        ("Gebrauchte Uhr mit Rechnung, Privatverkauf", False),
    ],
)
def test_starter_on_plain_cases(text, flagged):
    assert starter().flag(text) is flagged
