import json

import pandas as pd
import pytest

from event_frames import day, event, framed
from fakedetect.errors import InputError
from fakedetect.ledger_labels import Policy
from fakedetect.ledger_options import moment
from fakedetect.reporters import programme, programme_names


@pytest.mark.slow
def test_training_from_a_ledger_alone(tmp_path, run):
    run("simulate", "m", "--weeks", "6", "--listings", "150", "--gold", "20", cwd=tmp_path)
    run("ledger", "add", "m/events.csv", "--owner", cwd=tmp_path)
    done = run(
        *("train", "--ledger", "ledger.db", "--folds", "2", "-o", "m.joblib", "--json"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["ledger"]["n_gold"] == 20
    assert found["influences"][0]["reporter"].startswith(("owner-", "agent-"))
    done = run(
        *("train", "m/listings.csv", "--ledger", "ledger.db", "--folds", "2", "-o", "n.joblib"),
        cwd=tmp_path,
    )
    assert "What heavy reporters have done to it" in done.stdout
    shown = run("model", "show", "n.joblib", cwd=tmp_path).stdout
    assert "ledger as of" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train"], "give LISTINGS, a --ledger, or both"),
        (
            ["train", "a.csv", "--as-of", "2024-01-01"],
            "--as-of and --head are about a --ledger, and none is named",
        ),
        (
            ["ledger", "labels", "-o", "a.csv", "--as-of", "soon"],
            "Invalid value for '--as-of': time 'soon' is no ISO 8601 time with a zone; write"
            " 2024-05-31T08:30Z or a date like 2024-05-31, which begins in UTC",
        ),
        (
            ["ledger", "verify", "--head", "7"],
            "Invalid value for '--head': '7' is no head: a number, a colon and 64 hexadecimal"
            " digits, as `ledger verify` prints it",
        ),
    ],
)
def test_wrong_usage(arguments, message, run, tmp_path):
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == f"Error: {message}"


def test_programmes_are_those_that_are_shipped(run, tmp_path):
    shown = run("ledger", "labels", "--help", cwd=tmp_path).stdout
    assert f"[{'|'.join(programme_names())}]" in shown
    assert Policy(programme("acceptance")).programme.window_days == 180


def test_a_date_is_that_of_the_last_event_unless_one_is_named():
    events = framed(event("sale", 1, "ç"), event("sale", 3, "ç"))
    assert moment(None, events, "l.db") == day(3)
    assert moment(1_767_225_600_000_000, events, "l.db") == pd.Timestamp("2026-01-01", tz="UTC")
    with pytest.raises(InputError) as error:
        moment(None, framed(), "l.db")
    assert str(error.value) == "l.db: the ledger has no events up to then"
