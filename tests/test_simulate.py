import itertools

import pandas as pd
import pytest

from fakedetect import simulate as module
from fakedetect.errors import InputError
from fakedetect.events import COLUMNS, KINDS, REASONS
from fakedetect.simulate import ATTACKS, Market, weeks, write
from fakedetect.simulated_reports import Pending


def all_of(market):
    """Return all listings, with their week, and all events."""
    found = list(weeks(market))
    listings = pd.concat([week.listings.assign(week=week.number) for week in found])
    return listings.reset_index(drop=True), pd.concat([week.events for week in found])


def test_a_seed_gives_the_same_bytes(tmp_path):
    small = {"weeks": 3, "listings_per_week": 100, "n_gold": 10, "attack": "flip", "evasion": 0.5}
    files = []
    for place, seed in enumerate((7, 7, 8)):
        (tmp_path / str(place)).mkdir()
        written = write(Market(seed=seed, **small), tmp_path / str(place))
        files.append((written.listings.read_bytes(), written.events.read_bytes()))
        assert written.n_listings == 300
    assert files[0] == files[1]
    assert files[0][0] != files[2][0]
    assert files[0][1] != files[2][1]


def test_the_files_hold_the_weeks(tmp_path):
    market = Market(weeks=3, listings_per_week=50, n_gold=4)
    written = write(market, str(tmp_path))
    listings, events = all_of(market)
    read = pd.read_csv(written.listings, dtype={"ring": str}, keep_default_na=False)
    pd.testing.assert_frame_equal(read, listings.drop(columns="week"))
    read = pd.read_csv(written.events, dtype=str, keep_default_na=False)
    pd.testing.assert_frame_equal(read, events.reset_index(drop=True))
    assert (written.n_listings, written.n_events) == (len(listings), len(events))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.csv", "listings.csv"]


def test_a_file_that_cannot_be_finished_leaves_the_old_one(tmp_path, monkeypatch):
    market = Market(weeks=3, listings_per_week=50, n_gold=4)
    (tmp_path / "listings.csv").write_text("älter")

    def broken(market):
        yield next(weeks(market))
        raise ZeroDivisionError

    monkeypatch.setattr(module, "weeks", broken)
    with pytest.raises(ZeroDivisionError):
        write(market, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["listings.csv"]
    assert (tmp_path / "listings.csv").read_text() == "älter"
    with pytest.raises(InputError) as info:
        write(market, tmp_path / "nö")
    path = tmp_path / "nö" / "listings.csv"
    assert str(info.value) == f"{path}: cannot write: no such directory; create it first"


@pytest.mark.parametrize("attack", ATTACKS)
def test_events_are_such_as_a_ledger_takes(attack):
    market = Market(weeks=8, attack=attack, evasion=0.3, n_gold=20)
    listings, events = all_of(market)
    assert tuple(events.columns) == COLUMNS
    assert all(isinstance(cell, str) for cell in events.to_numpy().ravel())
    assert events["event_id"].is_unique
    assert events["event_id"].str.fullmatch(r"e\d{7}").all()
    assert events["time"].str.fullmatch(r"2024-\d\d-\d\dT\d\d:\d\d:\d\dZ").all()
    assert set(events["listing_id"]) == set(listings["listing_id"])
    assert set(events["reason"]) <= {"", *REASONS}
    for kind, rows in events.groupby("event"):
        assert (rows[list(KINDS[kind].needs)] != "").all(axis=None)
        assert set(rows["outcome"]) <= set(KINDS[kind].outcomes)
    # Few are put back in so short a time.
    assert {"reinstated", *events["event"]} == set(KINDS) - {"revoke"}


def test_events_come_in_order_and_after_what_they_answer():
    listings, events = all_of(Market())
    order = events.sort_values(["time", "event_id"], kind="stable")
    assert events["event_id"].tolist() == order["event_id"].tolist()
    assert events["time"].between("2024-01-01T00:00:00Z", "2024-05-19T23:59:59Z").all()
    listed = events[events["event"] == "listed"].set_index("listing_id")
    told = ["time", "seller", "brand", "title", "description"]
    assert listed[told].to_numpy().tolist() == (listings[["listed", *told[1:]]].to_numpy().tolist())
    others = events[events["event"] != "listed"]
    assert (others["time"].to_numpy() > listed.loc[others["listing_id"], "time"].to_numpy()).all()
    by_id = events.set_index("event_id")
    answers = events[events["regards"] != ""]
    assert set(answers["event"]) == {"verdict", "counter_notice", "removed", "reinstated"}
    assert (by_id.loc[answers["regards"], "event"] == "notice").all()
    assert (by_id.loc[answers["regards"], "time"].to_numpy() < answers["time"].to_numpy()).all()


def test_a_week_s_events_are_those_of_its_time():
    for week in weeks(Market(weeks=3, n_gold=10)):
        first, last = week.events["time"].min(), week.events["time"].max()
        assert f"2024-01-{7 * week.number - 6:02}T" < first < last
        assert last < f"2024-01-{7 * week.number + 1:02}T"


def test_weeks_are_made_when_they_are_asked_for(monkeypatch):
    held = []
    until = Pending.until

    def counted(pending, end):
        rows = until(pending, end)
        held.append(len(pending._heap))
        return rows

    monkeypatch.setattr(Pending, "until", counted)
    market = Market(weeks=520, start="2015-01-05", n_gold=10, attack="sybils")
    found = [week.number for week in itertools.islice(weeks(market), 30)]
    assert found == list(range(1, 31))
    assert len(held) == 30
    assert max(held[10:]) < 1.5 * held[9] < 900
