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


def test_mixed_listings_are_scored_one_row_for_each(run, trained, tmp_path):
    done = run("score", MIXED, "-o", tmp_path / "out.csv", "--model", trained)
    assert done.returncode == 0
    scored = pd.read_csv(tmp_path / "out.csv", dtype=str, keep_default_na=False)
    # Lone carriage returns in titles are text, not ends of rows.
    listings = pd.read_csv(MIXED, dtype=str, keep_default_na=False, lineterminator="\n")
    assert scored["id"].tolist() == listings["id"].tolist()
    assert scored["score"].astype(float).between(0, 1).all()
