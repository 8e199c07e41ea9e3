import json

import pandas as pd
import pytest

from fakedetect.ledger import Ledger

EVENTS = """\
event_id,event,time,listing_id,reporter,brand,reason,outcome,reviewer,regards,seller,title
l1,listed,2024-03-01T08:00Z,A1,,Zoë,,,,,Händler 1,réplique 1:1
n1,notice,2024-03-02T08:00+02:00,A1,Åsa,Zoë,counterfeit,,,,,
v1,verdict,2024-03-03T08:00Z,A1,,,,upheld,Jörg,n1,,
r1,removed,2024-03-03T09:00Z,A1,,,,,,n1,,
l2,listed,2024-03-01T08:00Z,A2,,Zoë,,,,,Händler 2,=sac en cuir
"""


@pytest.fixture
def book(tmp_path, run):
    (tmp_path / "events.csv").write_text(EVENTS)
    done = run("ledger", "add", "events.csv", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "added 5 events; ledger.db now has 5\n"
    return tmp_path


def test_adding_again_adds_nothing(book, run):
    done = run("ledger", "add", "events.csv", "--json", cwd=book)
    found = json.loads(done.stdout)
    assert (found["n_new"], found["n_known"]) == (0, 5)
    assert run("ledger", "verify", cwd=book).stdout == found["head"] + "\n"


def test_a_refused_row_is_named_and_nothing_is_added(book, run):
    head = run("ledger", "verify", cwd=book).stdout
    (book / "more.csv").write_text(
        "event,time,listing_id\nsale,2024-03-01T00:00Z,A1\nsold,2024-03-01T00:00Z,A1\n"
    )
    done = run("ledger", "add", "more.csv", cwd=book)
    assert done.returncode == 1
    assert done.stderr == (
        "Error: more.csv, row 2, line 3, column event: 'sold' is no event; the events are listed,"
        " notice, endorsement, complaint, verdict, counter_notice, removed, reinstated,"
        " authentication, sale\n"
    )
    assert run("ledger", "verify", cwd=book).stdout == head


def test_one_notice(book, run):
    done = run(
        *("notice", "A2", "--reporter", "Åsa", "--brand", "Zoë", "--time", "2024-03-05"),
        cwd=book,
    )
    assert done.returncode == 0
    with Ledger(book / "ledger.db") as ledger:
        last = ledger.frame()[lambda events: events["event_id"] == done.stdout.strip()]
    assert last[["event", "listing_id", "reason"]].to_numpy().tolist() == [
        ["notice", "A2", "counterfeit"]
    ]
    done = run("notice", "A2", "--reporter", "=1+1", "--brand", "Zoë", cwd=book)
    assert (done.returncode, done.stderr) == (
        1,
        "Error: column reporter: '=1+1' would be run as a formula by a spreadsheet; change its"
        " beginning\n",
    )


def test_export_comes_back_as_it_was(book, run):
    assert (
        run("ledger", "export", "-o", "all.csv", cwd=book).stderr == "wrote 5 events to all.csv\n"
    )
    assert "'=sac en cuir" in (book / "all.csv").read_text()
    assert run("ledger", "add", "all.csv", "--ledger", "b.db", cwd=book).returncode == 0
    heads = [run("ledger", "verify", "--ledger", name, cwd=book) for name in ("ledger.db", "b.db")]
    assert heads[0].stdout == heads[1].stdout


def test_labels_as_of_a_date(book, run):
    done = run("ledger", "labels", "-o", "labels.csv", "--as-of", "2024-03-20", cwd=book)
    head = run("ledger", "verify", cwd=book).stdout.strip()
    assert done.stderr == (
        f"wrote 2 labels, 1 suspected, of 2 listings as of 2024-03-20T00:00:00Z, head {head}\n"
    )
    found = pd.read_csv(book / "labels.csv").set_index("listing_id")
    assert found["label"].to_dict() == {"A1": 1, "A2": 0}
    assert found.loc["A1", "why"] == "notice upheld"
    # What comes later changes nothing, given the head.
    run("notice", "A2", "--reporter", "Bo", "--brand", "Zoë", "--time", "2024-03-02", cwd=book)
    ask = ["ledger", "labels", "-o", "again.csv", "--as-of", "2024-03-20"]
    run(*ask, "--head", head, cwd=book)
    assert (book / "again.csv").read_bytes() == (book / "labels.csv").read_bytes()
    run(*ask, cwd=book)
    assert (book / "again.csv").read_bytes() != (book / "labels.csv").read_bytes()


def test_reporters(book, run):
    done = run("ledger", "reporters", "--json", cwd=book)
    (found,) = json.loads(done.stdout)["reporters"]
    assert (found["reporter"], found["tier"], found["n_borne_out"]) == ("Åsa", "new", 1)
    assert found["lacks"] == "9 more decided"
    shown = run("ledger", "reporters", cwd=book).stdout
    assert "1 reporters as of 2024-03-03: 1 new, 0 trusted, 0 qualified, 0 suspended." in shown


def test_figures(book, run):
    done = run("ledger", "figures", "--by", "month,brand", "-o", "figures.csv", cwd=book)
    assert done.returncode == 0
    table = pd.read_csv(book / "figures.csv")
    assert {"month", "brand", "figure", "value", "numerator", "denominator"} <= set(table.columns)
    done = run("ledger", "figures", "--by", "moon", cwd=book)
    assert done.returncode == 1
    assert "'moon'" in done.stderr


def test_revoke(book, run):
    done = run("ledger", "revoke", "Nobody", cwd=book)
    assert done.stderr == "Error: ledger.db: no event is by a reporter 'Nobody'\n"
    assert run("ledger", "revoke", "Åsa", cwd=book).stderr == "Åsa is revoked; train anew\n"
    run("ledger", "labels", "-o", "labels.csv", cwd=book)
    found = pd.read_csv(book / "labels.csv").set_index("listing_id")
    assert found.loc["A1", "label"] == 0


def test_gold_is_for_the_owner_alone(book, run):
    (book / "gold.csv").write_text(
        "event,time,listing_id,outcome\ngold,2024-03-05T00:00Z,A1,counterfeit\n"
    )
    (book / "key").write_bytes(b"0123456789abcdef")
    done = run("ledger", "add", "gold.csv", cwd=book)
    assert done.stderr == (
        "Error: gold.csv, row 1, line 2, column event: 'gold' is for the ledger's owner alone; add"
        " it as the owner with --owner\n"
    )
    add = ["ledger", "add", "gold.csv", "--owner"]
    assert run(*add, "--owner-key", "key", cwd=book).returncode == 0
    done = run("ledger", "revoke", "Åsa", cwd=book)
    assert done.stderr == (
        "Error: ledger.db: the ledger has an owner with a key, so an event of the owner's needs it;"
        " give --owner-key\n"
    )


def test_no_ledger(run, tmp_path):
    done = run("ledger", "reporters", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        1,
        "Error: ledger.db: no such ledger; the first `fakedetect ledger add` makes one\n",
    )
