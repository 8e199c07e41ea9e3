import sqlite3
from contextlib import contextmanager

import pytest

from fakedetect import ledger_file
from fakedetect.errors import InputError, OutputError
from fakedetect.ledger_file import LedgerFile


@pytest.fixture
def path(folder):
    return folder / "手表.db"


@contextmanager
def made(path, *, create=True):
    file = LedgerFile(path, create=create)
    yield file
    file.connection.close()


def refused(path, *, create=False):
    with pytest.raises(InputError) as caught:
        LedgerFile(path, create=create)
    return str(caught.value)


def test_what_is_no_ledger(path, folder):
    assert refused(path) == (f"{path}: no such ledger; the first `fakedetect ledger add` makes one")
    assert not path.exists()
    lost = folder / "no" / "a.db"
    words = "cannot open; see that its folder is there"
    assert refused(lost, create=True) == f"{lost}: {words}"
    path.write_text("é" * 1000)
    assert refused(path) == f"{path}: no ledger: file is not a database"
    path.unlink()
    for statement in ("CREATE TABLE a (b)", "PRAGMA user_version = 1", "PRAGMA application_id = 5"):
        raw = sqlite3.connect(path)
        raw.execute(statement)
        raw.close()
        assert refused(path) == f"{path}: an SQLite file, but no ledger; name another"
        path.unlink()


def test_formats_are_upgraded_and_later_ones_refused(path, monkeypatch):
    with made(path) as ledger:
        ledger.connection.execute("INSERT INTO owner VALUES (1, zeroblob(32))")
    raw = sqlite3.connect(path)
    assert raw.execute("PRAGMA user_version").fetchone() == (1,)
    assert raw.execute("PRAGMA application_id").fetchone() == (0x66614C31,)
    with monkeypatch.context() as later:
        later.setattr(ledger_file, "VERSION", 2)
        steps = (*ledger_file._MIGRATIONS, "CREATE TABLE more (a TEXT);")
        later.setattr(ledger_file, "_MIGRATIONS", steps)
        for _ in range(2):
            with made(path, create=False) as ledger:
                assert ledger.connection.execute("SELECT count(*) FROM owner").fetchone() == (1,)
    assert raw.execute("SELECT count(*) FROM more").fetchone() == (0,)
    raw.close()
    assert refused(path) == (
        f"{path}: a ledger of format 2, and this program knows up to 1; update fakedetect"
    )


def interrupted(file, statement):
    with file.transaction():
        file.connection.execute(statement)
        raise KeyboardInterrupt


def test_a_transaction_is_done_as_a_whole_or_not_at_all(path):
    insert = "INSERT INTO owner VALUES (1, zeroblob(32))"
    with made(path) as file, made(path, create=False) as other:
        with pytest.raises(KeyboardInterrupt):
            interrupted(file, insert)
        assert other.connection.execute("SELECT count(*) FROM owner").fetchone() == (0,)
        with other.snapshot():
            assert other.connection.execute("SELECT count(*) FROM owner").fetchone() == (0,)
            with file.transaction():
                file.connection.execute(insert)
            # As it was when the snapshot was taken.
            assert other.connection.execute("SELECT count(*) FROM owner").fetchone() == (0,)
        assert other.connection.execute("SELECT count(*) FROM owner").fetchone() == (1,)


def test_what_sqlite_says_is_said_with_the_file(path):
    with made(path) as file:
        with pytest.raises(OutputError) as caught, file.named_errors():
            file.connection.execute("SELECT * FROM lost")
        assert str(caught.value) == f"{path}: no such table: lost; nothing was added"
