"""Ledgers, also such as were killed, starved, written by two at once, and changed by hand."""

import json
import mmap
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from conftest import TORTURE
from fakedetect import ledger as module
from fakedetect import ledger_file, streams
from fakedetect.errors import InputError, OutputBusyError, OutputError, OutputFullError
from fakedetect.events import COLUMNS, KINDS, checked, digest_of, parsed_time, time_text
from fakedetect.ledger import START, Added, Break, Head, Ledger, parsed_head
from fakedetect.listings import ListingReader

NOW = 1_800_000_000_000_000
KEY = b"the owner's own key"
OTHER_HEAD = "the ledger was changed, or it is not that head's"


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch):
    """Have files of a few lines read in several blocks."""
    monkeypatch.setattr(streams, "PIECE", 200)


@pytest.fixture
def path(folder):
    return folder / "手表.db"


def listed(n, start=1, **cells):
    """Return events each of which was a second before the one before it."""
    return [
        {
            "event_id": f"é{number}",
            "event": "listed",
            "time": time_text(1_717_200_000_000_000 - number * 1_000_000),
            "listing_id": f"l{number}",
            "title": f"手表 {number}",
        }
        | cells
        for number in range(start, start + n)
    ]


def events_of(rows, **how):
    names = dict.fromkeys(chain.from_iterable(rows))
    table = pa.table({name: [row.get(name, "") for row in rows] for name in names})
    return checked(table, now=NOW, **how)


def file_of(folder, rows, name="events.csv"):
    pd.DataFrame(rows).to_csv(folder / name, index=False)
    return ListingReader(str(folder / name))


def made(path, rows=(), *, key=None):
    ledger = Ledger(path, create=True, owner_key=key)
    if rows:
        ledger.add(events_of(list(rows), by_owner=True))
    return ledger


def refused(call, *arguments, error=InputError, **how):
    with pytest.raises(error) as caught:
        call(*arguments, **how)
    assert type(caught.value) is error
    return str(caught.value)


def changed(path, *statements):
    """Do to a ledger what whoever can write the file can do."""
    raw = sqlite3.connect(path)
    for name in ("events_stay", "events_remain"):
        raw.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        raw.execute(*statement) if isinstance(statement, tuple) else raw.execute(statement)
    raw.commit()
    raw.close()


def inserted(before, n, cells, seal=None):
    """Return the statement that adds an event by hand, properly chained."""
    row = tuple(cells.get(name, 0 if name == "time" else "") for name in COLUMNS)
    digest = digest_of(row)
    link = module._link(before, digest)
    stored = (None if name == "regards" else cell for name, cell in zip(COLUMNS, row, strict=True))
    places = ", ".join("?" * (len(COLUMNS) + 4))
    return f"INSERT INTO events VALUES ({places})", (n, *stored, digest, link, seal)


def test_files_are_added_once(folder, path):
    reader = file_of(folder, listed(40))
    shares = []
    with made(path) as ledger:
        added = ledger.add_file(reader, progress=lambda *share: shares.append(share))
        assert added == Added(40, 0)
        head = ledger.head
        assert shares[-1] == (40, 1.0)
        assert len(shares) > 5
        assert ledger.add_file(reader) == Added(0, 40)
        assert ledger.add_file(file_of(folder, listed(42))) == Added(2, 40)
        assert ledger.add(events_of(listed(2, 41) + listed(1, 43) * 2)) == Added(1, 3)
        nameless = [{**row, "event_id": ""} for row in listed(9)]
        assert ledger.add(events_of(nameless)) == Added(9, 0)
        assert ledger.add(events_of(nameless[::-1])) == Added(0, 9)
        assert (ledger.head.n, ledger.breaks(head)) == (52, [])
    with made(folder / "other.db", listed(40)) as other:
        assert other.head == head
        assert [row[0] for rows in other.rows() for row in rows] == [f"é{n}" for n in range(1, 41)]


OTHER_CONTENT = (
    "is there already, with other content; events are never changed, so give it an id of its own"
)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            {"event": "Gold"},
            f"event: 'Gold' is no event; the events are {', '.join(list(KINDS)[:-2])}",
        ),
        ({"listing_id": ""}, "listing_id: empty, and every listed needs one"),
        (
            {"time": "2999-01-01T00:00Z"},
            "time: '2999-01-01T00:00Z' has not been yet; it is 2027-01-15T08:00:00Z",
        ),
        ({"event_id": "é7"}, f"event_id: event 'é7' {OTHER_CONTENT}"),
        ({"event_id": "é35"}, f"event_id: event 'é35' {OTHER_CONTENT}"),
        ({"event_id": "old"}, f"event_id: event 'old' {OTHER_CONTENT}"),
    ],
)
def test_one_bad_row_and_none_is_added(folder, path, cells, message):
    rows = listed(40)
    rows[3]["title"] = "two\nlines"
    rows[36] |= cells
    with made(path, listed(1, event_id="old")) as ledger:
        assert refused(ledger.add_file, file_of(folder, rows), now=NOW) == (
            f"{folder}/events.csv, row 37, line 39, column {message}"
        )
        assert ledger.head.n == 1
        del rows[36]
        assert ledger.add_file(file_of(folder, rows)) == Added(39, 0)


def test_a_record_that_cannot_be_read_and_none_is_added(folder, path):
    reader = file_of(folder, listed(40))
    with (folder / "events.csv").open("a") as file:
        file.write("one cell\n")
    with made(path) as ledger:
        assert refused(ledger.add_file, reader) == (
            f"{folder}/events.csv, row 41, line 42: 1 cell where the header has 5 columns; check"
            " the quotes and delimiters"
        )
        assert ledger.head == Head(0, START)


def test_what_an_event_regards_must_be_there(folder, path):
    verdict = listed(1, event="verdict", outcome="upheld", reviewer="r", event_id="v1")[0]
    verdict["regards"] = "n手1"
    notice = {**verdict, "event": "notice", "outcome": "", "reporter": "Ærø", "brand": "b"}
    notice |= {"reason": "design", "event_id": "n手1", "regards": ""}
    with made(path) as ledger:
        why = (
            "column regards: event 'v1' regards 'n手1', which is no event here; add that one"
            " before, or in the same file"
        )
        ledger.add_file(file_of(folder, listed(3)))
        rows = [*listed(3000), verdict, *listed(40)]
        file = file_of(folder, rows)
        assert refused(ledger.add_file, file) == f"{file.name}, row 3001, line 3002, {why}"
        assert refused(ledger.add, events_of([*listed(5), verdict])) == f"row 6, {why}"
        assert ledger.head.n == 3
        assert not ledger.knows("Ærø")
    with made(path.with_name("again.db")) as ledger:
        assert ledger.head.n == 0
        assert ledger.add_file(file_of(folder, [verdict, *listed(40), notice])) == Added(42, 0)
        assert ledger.add(events_of([{**verdict, "event_id": "v2"}])) == Added(1, 0)
        assert ledger.knows("Ærø")


def test_regarding_a_later_event_costs_little(folder):
    """SQLite must not look through all events at each one that comes before it."""
    n_steps = Counter()
    for n in (300, 600):
        with made(folder / f"{n}.db") as ledger:
            ledger._connection.set_progress_handler(lambda n=n: n_steps.update([n]), 100)
            ledger.add(events_of([*listed(1, 9000, regards=f"é{n}"), *listed(n)]))
    assert n_steps[600] < 2.5 * n_steps[300]


def test_only_added_to(path):
    made(path, [*listed(3), *listed(1, 4, event="gold", outcome="genuine")], key=KEY).close()
    raw = sqlite3.connect(path)
    for table, column, words in (
        ("events", "title", "a ledger is only added to"),
        ("owner", "place", "a ledger keeps its owner"),
    ):
        for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):
            assert refused(raw.execute, statement, error=sqlite3.IntegrityError) == words
    raw.close()


CHANGED, FOLLOWS = "its content was changed", "it does not follow from the event before it"


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["UPDATE events SET title = 'x' WHERE n = 3"], {3: CHANGED}),
        (["UPDATE events SET time = time + 1 WHERE n = 5"], {5: CHANGED}),
        (["UPDATE events SET title = CAST(x'ff' AS TEXT) WHERE n = 3"], {3: CHANGED}),
        (["DELETE FROM events WHERE n = 1"], {2: "event 1 before it is missing"}),
        (["DELETE FROM events WHERE n IN (2, 3)"], {4: "events 2 to 3 before it are missing"}),
        (
            ["UPDATE events SET n = 9 WHERE n = 2", "UPDATE events SET n = 2 WHERE n = 3",
             "UPDATE events SET n = 3 WHERE n = 9"],
            {2: FOLLOWS, 3: FOLLOWS, 4: FOLLOWS},
        ),
        ([inserted(START, 6, {"event_id": "é6", "event": "sale"})], {6: FOLLOWS}),
    ],
)  # fmt: skip
def test_a_change_is_located(path, statements, found):
    with made(path, listed(5)) as ledger:
        assert ledger.breaks(ledger.head) == []
    ids = {n: f"é{n}" for n in range(1, 7)} | ({2: "é3", 3: "é2"} if len(statements) > 1 else {})
    changed(path, *statements)
    with Ledger(path) as ledger:
        assert ledger.breaks() == [Break(n, ids[n], problem) for n, problem in found.items()]


def test_a_noted_head_finds_what_the_chain_does_not(path, folder):
    with made(path, listed(5)) as ledger:
        head = ledger.head
    with made(folder / "other.db", listed(6)[1:]) as other:
        assert other.breaks() == []
        words = f"event 5 is another than the noted head says; {OTHER_HEAD}"
        assert other.breaks(head) == [Break(5, "", words)]
        assert refused(other.frame, head=head) == f"{folder}/other.db: {words}"
    changed(path, "DELETE FROM events WHERE n > 3")
    with Ledger(path) as ledger:
        assert ledger.breaks() == []
        assert ledger.breaks(head) == [Break(5, "", f"event 5 is missing; {OTHER_HEAD}")]


def test_heads_are_written_and_read(path):
    with made(path, listed(2)) as ledger:
        assert str(ledger.head) == f"2:{ledger.head.link.hex()}"
        assert parsed_head(str(ledger.head)) == ledger.head
    link = "0" * 64
    for text in ("", "2", f"-1:{link}", f"2:{link[2:]}", f"é:{link}", f"{10**19}:{link}"):
        assert refused(parsed_head, text) == (
            f"{text!r:.80} is no head: a number, a colon and 64 hexadecimal digits, as `ledger"
            " verify` prints it"
        )


GOLD = listed(1, event="gold", outcome="genuine", event_id="g1")[0]


def test_the_first_with_a_key_becomes_the_owner(path):
    with made(path) as ledger:
        assert ledger.add(events_of([{**GOLD, "event_id": "g0"}], by_owner=True)) == Added(1, 0)
    with made(path, [GOLD], key=KEY) as ledger:
        assert ledger.head.n == 2
    with Ledger(path) as ledger:
        gold = events_of([{**GOLD, "event_id": "g2"}], by_owner=True)
        assert refused(ledger.add, gold) == (
            f"{path}: the ledger has an owner with a key, so an event of the owner's needs it; give"
            " --owner-key"
        )
        assert ledger.add(events_of(listed(1))) == Added(1, 0)
    assert refused(Ledger, path, owner_key=KEY[::-1]) == (
        f"{path}: the key is not that of the ledger's owner"
    )
    assert refused(Ledger, path, owner_key=b"short") == (
        "the key has 5 bytes, fewer than 16; make a longer one at random"
    )


@pytest.mark.parametrize("seal", [None, bytes(32)])
def test_a_label_that_the_owner_did_not_seal_is_refused(path, seal):
    with made(path, [GOLD], key=KEY) as ledger:
        assert list(ledger.frame()["event_id"]) == ["g1"]
        cells = {"event_id": "g2", "event": "gold", "listing_id": "l", "outcome": "genuine"}
        changed(path, inserted(ledger.head.link, 2, cells, seal))
        assert ledger.breaks() == []
        assert refused(ledger.frame) == (
            f"{path}: event 'g2', a gold, is not sealed with the owner's key; somebody else added"
            " it"
        )
    with Ledger(path) as ledger:
        assert list(ledger.frame()["event_id"]) == ["g2", "g1"]


def test_text_that_somebody_broke_is_not_read(path):
    made(path, listed(2)).close()
    changed(path, "UPDATE events SET title = CAST(x'ff' AS TEXT) WHERE n = 2")
    with Ledger(path) as ledger:
        words = "a text is not UTF-8, so it was changed; `fakedetect ledger verify` says which"
        assert refused(ledger.frame, texts=True) == f"{path}: {words}"


def test_frames(path):
    rows = [*listed(3), *listed(1, 3, event_id="a", title="", brand="Ærø")]
    with made(path, rows) as ledger:
        frame, texts = ledger.frame(), ledger.frame(texts=True)
        early = ledger.frame(as_of=parsed_time("2024-05-31T23:59:57Z"))
        former = ledger.head
        ledger.add(events_of(listed(2, 8)))
        assert ledger.frame(head=former).equals(frame)
        assert len(ledger.frame()) == 6
        assert len(ledger.frame(head=Head(0, START))) == 0
    assert list(frame["event_id"]) == ["a", "é3", "é2", "é1"]
    assert list(early["event_id"]) == ["a", "é3"]
    assert list(frame["brand"]) == ["Ærø", "", "", ""]
    assert list(texts["title"]) == ["", "手表 3", "手表 2", "手表 1"]
    assert list(texts.columns) == list(COLUMNS)
    assert frame["time"].iloc[0] == pd.Timestamp("2024-05-31T23:59:57Z")
    expected = dict.fromkeys(COLUMNS[:-2], "category") | {"event_id": "str"}
    expected["time"] = "datetime64[us, UTC]"
    with made(path.with_name("empty.db")) as empty:
        for table in (frame, empty.frame()):
            assert table.dtypes.astype(str).to_dict() == expected


def test_who_reads_does_not_wait_and_who_writes_does(folder, path, monkeypatch):
    monkeypatch.setattr(ledger_file, "WAIT_S", 0.01)
    seen = []

    def look(*_):
        with Ledger(path) as other:
            seen.append((len(other.frame()), other.head.n, other.breaks()))
            words = refused(other.add, events_of(listed(1)), error=OutputBusyError)
            assert words == f"{path}: another run has been writing it for 0 seconds"

    with made(path, listed(3, 50)) as ledger:
        ledger.add_file(file_of(folder, listed(20)), progress=look)
    assert len(seen) > 2
    assert set(map(str, seen)) == {"(3, 3, [])"}


def test_many_at_once_lose_nothing(folder):
    """Also when each of them would make the ledger."""
    starts = range(0, 400, 100)
    for path in (folder / f"{number}.db" for number in range(100 if TORTURE else 15)):
        together = threading.Barrier(4)

        def add(start, path=path, together=together):
            together.wait()
            for number in range(start, start + 15, 3):
                made(path, listed(3, number)).close()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(add, starts))
        with Ledger(path) as ledger:
            assert (ledger.head.n, ledger.breaks()) == (60, [])
            numbers = sorted(int(row[0][1:]) for rows in ledger.rows() for row in rows)
        assert numbers == [number for start in starts for number in range(start, start + 15)]


def test_a_full_disk_leaves_nothing(folder, path):
    with made(path, listed(3, 50)) as ledger:
        ledger._connection.execute("PRAGMA max_page_count = 20")
        words = refused(ledger.add_file, file_of(folder, listed(900)), error=OutputFullError)
        assert words == f"{path}: no space left; nothing of this file was added"
        assert (ledger.head.n, ledger.breaks()) == (3, [])


@pytest.mark.slow
def test_files_that_cannot_grow(folder, path):
    """Neither beside the ledger, where it is written first, nor when it is put in place."""
    reader, found = file_of(folder, listed(200)), Counter()
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    for n_bytes in range(0, 400_000, 20_000):
        made(path, listed(3, 9000)).close()
        resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, most))
        try:
            with Ledger(path) as ledger:
                words = ""
                ledger.add_file(reader)
        except OutputError as error:
            words = str(error)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        with Ledger(path) as ledger:
            assert (ledger.head.n, ledger.breaks()) == (3 if words else 203, [])
        found[words] += 1
        path.unlink()
    assert set(found) == {"", f"{path}: disk I/O error; nothing was added"}


@pytest.mark.slow
def test_killed_at_any_moment(folder):
    """In a process of its own, which makes children that are killed; see ``_kill``."""
    command = [sys.executable, __file__, folder, "300" if TORTURE else "60"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    print(f"killed {done.stdout}")
    met = json.loads(done.stdout)
    assert (len(met), sum(met.values()) >= 50, min(met.values()) >= 5) == (3, True, True)


def _kill(folder, n_kills):
    """Kill children that add a file: before the first events are in, until all are, and after.

    Each time all events are there or none, and the file can be added again. Prints how many kills
    fell into each part; on a busy machine a few more, until there are enough.
    """
    streams.PIECE = 20_000
    n, met, rng = 3000, Counter(), random.Random(7)
    path, reader = folder / "手表.db", file_of(folder, listed(n))
    phase = mmap.mmap(-1, 1)  # shared with the children
    _, first, last = _timed(folder / "warm.db", reader)
    while met.total() < n_kills or (met.total() < 10 * n_kills and min(met.values()) < 5):
        former = rng.choice([0, 3])  # where there are none, the ledger is to be made
        if former:
            made(path, listed(former, 9000)).close()
        spans = [(0, first), (first, last), (0.9 * last, 1.1 * last), (last, 1.5 * last)]
        phase[0] = 0
        _killed_after(rng.uniform(*rng.choice(spans)), path, reader, phase)
        with Ledger(path, create=True) as ledger:
            n_there = ledger.head.n - former
            assert n_there in ({n} if phase[0] == COMMITTED else {0, n})
            assert ledger.breaks() == []
        met["after" if n_there else "during" if phase[0] else "before"] += 1
        added, *times = _timed(path, reader)
        assert added == Added(n - n_there, n_there)
        if not n_there:  # it took as long as it would have, on this machine and now
            first, last = times
        for left in folder.glob("手表.db*"):
            left.unlink()
    print(json.dumps(met))


BEGUN, COMMITTED = 1, 2  # how far a child came


def _killed_after(kill_s, path, reader, phase):
    child = os.fork()
    if not child:
        with Ledger(path, create=True) as ledger:
            ledger.add_file(reader, progress=lambda *_: phase.__setitem__(0, BEGUN))
            phase[0] = COMMITTED
        signal.pause()
    time.sleep(kill_s)
    os.kill(child, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def _timed(path, reader):
    """Add a file; return what came of it, and when the first block was in, and the last."""
    begun, times = time.perf_counter(), []
    with Ledger(path, create=True) as ledger:
        added = ledger.add_file(reader, progress=lambda *_: times.append(time.perf_counter()))
        times.append(time.perf_counter())
        assert ledger.breaks() == []
    return added, times[0] - begun, times[-1] - begun


if __name__ == "__main__":
    _kill(Path(sys.argv[1]), int(sys.argv[2]))
