"""The SQLite file under a ledger: its format, its transactions, and its errors in words."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fakedetect.errors import InputError, OutputBusyError, OutputError, OutputFullError

APPLICATION_ID = 0x66614C31  # by which SQLite files are told apart
WAIT_S = 600.0  # for another writer
# One step for each version of the format; a step that has been released is never changed.
_MIGRATIONS = (
    """
    CREATE TABLE events (
        n INTEGER PRIMARY KEY,
        event_id TEXT NOT NULL UNIQUE,
        event TEXT NOT NULL,
        time INTEGER NOT NULL,
        listing_id TEXT NOT NULL,
        reporter TEXT NOT NULL,
        brand TEXT NOT NULL,
        reason TEXT NOT NULL,
        outcome TEXT NOT NULL,
        reviewer TEXT NOT NULL,
        regards TEXT REFERENCES events (event_id) DEFERRABLE INITIALLY DEFERRED,
        seller TEXT NOT NULL,
        title TEXT NOT NULL,
        description TEXT NOT NULL,
        digest BLOB NOT NULL CHECK (length(digest) = 32),
        link BLOB NOT NULL CHECK (length(link) = 32),
        seal BLOB CHECK (seal IS NULL OR length(seal) = 32)
    ) STRICT;
    CREATE INDEX events_regarding ON events (regards) WHERE regards IS NOT NULL;
    CREATE TABLE owner (
        place INTEGER PRIMARY KEY CHECK (place = 1),
        key_check BLOB NOT NULL CHECK (length(key_check) = 32)
    ) STRICT;
    CREATE TRIGGER events_stay BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'a ledger is only added to'); END;
    CREATE TRIGGER events_remain BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'a ledger is only added to'); END;
    CREATE TRIGGER owner_stays BEFORE UPDATE ON owner
        BEGIN SELECT RAISE(ABORT, 'a ledger keeps its owner'); END;
    CREATE TRIGGER owner_remains BEFORE DELETE ON owner
        BEGIN SELECT RAISE(ABORT, 'a ledger keeps its owner'); END;
    """,
)
VERSION = len(_MIGRATIONS)


class LedgerFile:
    """An SQLite file of a ledger's format, open.

    Parameters
    ----------
    path
        The file.
    create
        Whether to make it if it is not there.

    Attributes
    ----------
    connection
        To read from, inside ``named_errors`` or ``snapshot``; to write to inside ``transaction``.

    Raises
    ------
    InputError
        When there is no such file, it is no ledger, or one of a later version.
    """

    def __init__(self, path: str | Path, *, create: bool) -> None:
        self.path = str(path)
        if not create and not Path(path).is_file():
            raise InputError(
                "no such ledger; the first `fakedetect ledger add` makes one", file=self.path
            )
        with self.named_errors():
            self.connection = sqlite3.connect(
                path, timeout=WAIT_S, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self.connection.close()
                raise

    def _prepare(self) -> None:
        """Bring the file to this version of the format, and refuse what is none."""
        run = self.connection.execute
        run("PRAGMA foreign_keys = ON")
        run("PRAGMA synchronous = FULL")
        with self.snapshot():  # somebody else may be making it
            (version,) = run("PRAGMA user_version").fetchone()
            (identity,) = run("PRAGMA application_id").fetchone()
            (n_tables,) = run("SELECT count(*) FROM sqlite_schema").fetchone()
        if identity != APPLICATION_ID and (n_tables or version or identity):
            raise InputError("an SQLite file, but no ledger; name another", file=self.path)
        if version > VERSION:
            raise InputError(
                f"a ledger of format {version}, and this program knows up to {VERSION}; update"
                " fakedetect",
                file=self.path,
            )
        if version == VERSION:
            return
        self._let_others_read()
        with self.transaction():
            # Somebody else may have been faster.
            (version,) = run("PRAGMA user_version").fetchone()
            for step in _MIGRATIONS[version:]:
                for statement in _statements(step):
                    run(statement)
            run(f"PRAGMA application_id = {APPLICATION_ID}")
            run(f"PRAGMA user_version = {VERSION}")

    def _let_others_read(self) -> None:
        """Have what is written stand beside the file, so that readers and writer do not wait."""
        until = time.monotonic() + WAIT_S
        while True:
            try:
                self.connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                # SQLite does not wait here by itself.
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(0.01)

    @contextmanager
    def any_bytes(self) -> Iterator[None]:
        """Read text that is not UTF-8 as another than it is, and do not fail."""
        self.connection.text_factory = lambda data: data.decode(errors="replace")
        try:
            yield
        finally:
            self.connection.text_factory = str

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read several things as they were at one moment."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write, all of it or, when something is raised inside, nothing."""
        with self.named_errors():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def named_errors(self) -> Iterator[None]:
        """Raise what SQLite raises inside as an error that says what to do."""
        try:
            yield
        except sqlite3.OperationalError as error:
            code = _code(error)
            if code is None:
                raise InputError(
                    "a text is not UTF-8, so it was changed; `fakedetect ledger verify` says which",
                    file=self.path,
                ) from None
            if code == sqlite3.SQLITE_BUSY:
                raise OutputBusyError(
                    f"{self.path}: another run has been writing it for {WAIT_S:.0f} seconds"
                ) from None
            if code == sqlite3.SQLITE_FULL:
                raise OutputFullError(
                    f"{self.path}: no space left; nothing of this file was added"
                ) from None
            if code == sqlite3.SQLITE_CANTOPEN:
                raise InputError(
                    "cannot open; see that its folder is there", file=self.path
                ) from None
            raise OutputError(f"{self.path}: {error}; nothing was added") from None
        except sqlite3.DatabaseError as error:
            raise InputError(f"no ledger: {error}", file=self.path) from None


def _code(error: sqlite3.Error) -> int | None:
    """Return SQLite's number for an error; None if Python's own module raised it."""
    found: int | None = getattr(error, "sqlite_errorcode", None)
    return None if found is None else found & 0xFF  # the rest says more than is needed


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script; ``executescript`` would commit what is under way."""
    held = ""
    for part in script.split(";"):
        held += part + ";"
        if sqlite3.complete_statement(held):
            yield held
            held = ""
