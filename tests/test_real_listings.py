"""What the method must reach on real listings, where they are at hand."""

import json

import pandas as pd
import pytest

from conftest import SHARED

MARKET = SHARED / "market-titles.csv"
MIXED = SHARED / "listings-mixed.csv.gz"

pytestmark = pytest.mark.skipif(
    not MARKET.exists(), reason=f"the real listings are not at {SHARED.parent.name}/data"
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return tmp_path_factory.mktemp("market") / "market.joblib"


@pytest.mark.slow
def test_average_precision_on_sellers_not_seen(run, trained):
    done = run(
        *("train", MARKET, "--label", "label", "--text", "title", "--group", "seller"),
        *("-o", trained, "--json"),
    )
    found = json.loads(done.stdout)
    figure = found["metrics"]["average_precision"]
    assert figure["value"] >= 0.55
    assert figure["low"] < figure["value"] < figure["high"]
    assert found["folds"]["n_copies_left_out"] > 1000
    assert trained.stat().st_size < 10e6


@pytest.mark.slow
def test_splits_side_by_side_and_the_worst_is_the_headline(run):
    done = run("evaluate", MARKET, "--text", "title", "--time", "first_date", "--json")
    found = json.loads(done.stdout)
    figures = {
        split["name"]: split["common"]["average_precision"]["value"] for split in found["splits"]
    }
    assert list(figures) == ["random", "copies apart", "seller", "seller, copies apart", "time"]
    assert figures[found["headline"]["split"]] == min(figures.values())
    assert found["headline"]["gap"] > 0.15
    assert found["review"]["n_conflicts"] > 0


@pytest.mark.slow
def test_mixed_listings_are_scored_one_row_for_each(run, trained, tmp_path):
    done = run("score", MIXED, "-o", tmp_path / "out.csv", "--model", trained)
    assert done.returncode == 0
    scored = pd.read_csv(tmp_path / "out.csv", dtype=str, keep_default_na=False)
    # Lone carriage returns in titles are text, not ends of rows.
    listings = pd.read_csv(MIXED, dtype=str, keep_default_na=False, lineterminator="\n")
    assert scored["id"].tolist() == listings["id"].tolist()
    assert scored["score"].astype(float).between(0, 1).all()
