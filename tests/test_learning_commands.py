import json

import pandas as pd
import pytest

from fakedetect import loading

pytestmark = pytest.mark.slow  # they train


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return tmp_path_factory.mktemp("town")


@pytest.fixture
def market(town, run):
    """A simulated market, its ledger, and two models of it."""
    if not (town / "late.joblib").exists():
        done = run(
            *("simulate", "m", "--weeks", "10", "--listings", "200", "--gold", "60"), cwd=town
        )
        assert done.stderr == (
            f"wrote 2,000 listings to m/listings.csv and {_n_events(town):,} events to"
            " m/events.csv\n"
        )
        run("ledger", "add", "m/events.csv", "--owner", cwd=town)
        for name, date in (("early", "2024-01-29"), ("late", "2024-02-26")):
            train = ("train", "--ledger", "ledger.db", "--as-of", date, "--folds", "2")
            assert run(*train, "-o", f"{name}.joblib", cwd=town).returncode == 0
    return town


def _n_events(folder):
    return len(pd.read_csv(folder / "m" / "events.csv"))


def test_comparing_two_models(market, run):
    done = run(
        *("compare", "early.joblib", "late.joblib", "m/listings.csv", "--json"),
        *("--report", "changes.html"),
        cwd=market,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["n"] == 2000
    assert found["judged"]["n_labelled"] == 2000
    assert "What changes" in (market / "changes.html").read_text()
    done = run("compare", "early.joblib", "late.joblib", "m/listings.csv", cwd=market)
    assert done.stdout.startswith("What changes from champion to challenger\n")


def test_without_labels_only_swaps_are_shown(market, run):
    table = pd.read_csv(market / "m" / "listings.csv").drop(columns="label")
    table.to_csv(market / "unlabelled.csv", index=False)
    done = run(*("compare", "early.joblib", "late.joblib", "unlabelled.csv", "--json"), cwd=market)
    assert json.loads(done.stdout)["judged"] is None


def test_a_challenger_that_is_no_better_is_not_written(market, run):
    (market / "sellers.txt").write_text("seller-1\n")
    ask = ("retrain", "--champion", "late.joblib", "--folds", "2", "-o", "next.joblib")
    done = run(*ask, "--margin", "0", "--report", "why.json", cwd=market)
    assert done.returncode == 4, done.stderr
    assert done.stderr.startswith("not promoted: ")
    assert not (market / "next.joblib").exists()
    assert not json.loads((market / "why.json").read_text())["promoted"]
    assert done.stdout.startswith("Champion and challenger\nThe challenger is not promoted")


def test_a_better_challenger_is_written_and_the_champion_stays(market, run):
    before = (market / "early.joblib").read_bytes()
    done = run(
        *("retrain", "--champion", "early.joblib", "--folds", "2", "-o", "better.joblib"),
        *("--as-of", "2024-02-12", "--until", "2024-03-10", "--without-gold", "--json"),
        cwd=market,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("promoted: wrote better.joblib")
    assert json.loads(done.stdout)["promoted"]
    model = loading.load(market / "better.joblib")
    assert model.card["ledger"]["as_of"] == "2024-02-12T00:00:00+00:00"
    assert (market / "early.joblib").read_bytes() == before


def test_the_champion_is_never_overwritten(market, run):
    done = run("retrain", "--champion", "late.joblib", "-o", "late.joblib", cwd=market)
    assert (done.returncode, done.stderr) == (
        1,
        "Error: late.joblib: this file is to be read as late.joblib; write to another\n",
    )


def test_an_attack_that_is_none(run, tmp_path):
    done = run("simulate", "m", "--attack", "war", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert "'war'" in done.stderr


def test_a_sealed_gold_set_is_not_taken_without_its_key(market, run):
    (market / "key").write_bytes(b"0123456789abcdef")
    sealed = ("--ledger", "sealed.db", "--owner-key", "key")
    assert run("ledger", "add", "m/events.csv", "--owner", *sealed, cwd=market).returncode == 0
    ask = ("retrain", "--champion", "late.joblib", "--folds", "2", "-o", "sealed.joblib")
    done = run(*ask, "--ledger", "sealed.db", cwd=market)
    assert (done.returncode, done.stderr) == (
        1,
        "Error: sealed.db: the gold set is sealed with its owner's key, without which anybody's"
        " would count; give --owner-key\n",
    )
    assert run(*ask, *sealed, cwd=market).returncode in {0, 4}
