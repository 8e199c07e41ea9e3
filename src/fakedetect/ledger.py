"""The ledger: an SQLite file of events, to which is only ever added.

Every event is numbered and chained: its link is the SHA-256 of the link before and of its own
content. So an event that was changed or taken out is located, and a number with its link stands for
all that was known up to there: labels as of a date and a number are the same for ever.

Events come by whole files, in one transaction: when the process is killed, the disk is full, or a
row is refused, none of them is there. Adding the same file again adds nothing. A second writer
waits until the first is done.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from fakedetect.errors import InputError, OutputBusyError, OutputError, OutputFullError
from fakedetect.events import COLUMNS, KINDS, TEXTS, Events, checked, digest_of
from fakedetect.metrics import Ints
from fakedetect.trust import checked_key

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from fakedetect.listings import ListingReader

APPLICATION_ID = 0x66614C31  # by which SQLite files are told apart
WAIT_S = 600.0  # for another writer
START = bytes(32)  # the link before the first event

_TIME, _REGARDS = COLUMNS.index("time"), COLUMNS.index("regards")
_CELLS = {name: "coalesce(regards, '')" if name == "regards" else name for name in COLUMNS}
_ROW = ", ".join(_CELLS.values())
_N_AT_ONCE = 50_000  # rows held in Python
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


class Head(NamedTuple):
    """How far a ledger goes: the number of its last event, and that event's link."""

    n: int
    link: bytes

    def __str__(self) -> str:
        """Return it as ``--head`` takes it."""
        return f"{self.n}:{self.link.hex()}"


class Added(NamedTuple):
    """What came of rows: how many events are new, and how many were there already."""

    n_new: int
    n_known: int


class Break(NamedTuple):
    """A place where the chain does not hold: the event's number, its id, and what is wrong."""

    n: int
    event_id: str
    problem: str


class Ledger:
    """A ledger, open; a context manager.

    Parameters
    ----------
    path
        The SQLite file.
    create
        Whether to make it if it is not there.
    owner_key
        Secret of the ledger's owner, at least 16 bytes. The first to add an event of the owner's
        with a key becomes the owner; from then on nobody adds one without.

    Raises
    ------
    InputError
        When there is no such file, it is no ledger, or one of a later version; the key is too
        short, or not the owner's.
    """

    def __init__(
        self, path: str | Path, *, create: bool = False, owner_key: bytes | None = None
    ) -> None:
        self.path = str(path)
        self._key = checked_key(owner_key)
        if not create and not Path(path).is_file():
            raise InputError(
                "no such ledger; the first `fakedetect ledger add` makes one", file=self.path
            )
        with self._named_errors():
            self._connection = sqlite3.connect(
                path, timeout=WAIT_S, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
                self._check_owner()
            except BaseException:
                self.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what is not committed is gone."""
        self._connection.close()

    @property
    def head(self) -> Head:
        """How far the ledger goes now."""
        with self._named_errors():
            found = self._connection.execute(
                "SELECT n, link FROM events ORDER BY n DESC LIMIT 1"
            ).fetchone()
        return Head(*found) if found else Head(0, START)

    @property
    def has_owner(self) -> bool:
        """Whether gold labels and revocations are sealed with somebody's key."""
        with self._named_errors():
            return bool(self._connection.execute("SELECT count(*) FROM owner").fetchone()[0])

    def add(self, events: Events) -> Added:
        """Add events: all of them, or, when one is refused, none.

        Raises
        ------
        InputError
            As ``add_file`` does.
        """
        with self._transaction():
            before = self.head.n
            found, places = self._append(events)
            if (gap := self._dangling(before)) is not None:
                raise _regards_nothing(gap, row=int(places[gap.n - before - 1]) + 1)
        return found

    def add_file(
        self,
        reader: ListingReader,
        *,
        by_owner: bool = False,
        now: int | None = None,
        progress: Callable[[int, float | None], None] | None = None,
    ) -> Added:
        """Add the events of files: all of them, or, when one is refused, none.

        Parameters
        ----------
        reader
            The files; their columns are those of ``events.COLUMNS``.
        by_owner
            Whether gold labels and revocations may be among them.
        now
            The latest time that has been, in microseconds since 1970; None takes the clock's.
        progress
            Called after each block of records with how many there were and the share of the files.

        Raises
        ------
        InputError
            With file, row and column, where ``events.checked`` refuses a row or a record cannot be
            read; an id is there with other content; or ``regards`` names no event.
        OutputError
            When the ledger cannot be written.
        """
        now = time.time_ns() // 1000 if now is None else now
        n_rows, found = 0, Added(0, 0)
        # Where each new event stands: its row, its line, and the file.
        rows: list[Ints] = []
        lines: list[Ints] = []
        files: list[str] = []
        with self._transaction():
            before = self.head.n
            for block in reader.blocks():
                batch = block.read()
                row = min(batch.problems, default=0)
                try:
                    if batch.problems:
                        raise InputError(batch.problems[row], row=row + 1)
                    events = checked(batch.table, now=now, by_owner=by_owner)
                    more, places = self._append(events)
                except InputError as error:
                    raise _placed(error, block.file, n_rows, batch.lines) from None
                found = Added(found.n_new + more.n_new, found.n_known + more.n_known)
                rows.append(n_rows + places + 1)
                lines.append(batch.lines[places])
                files.append(block.file)
                n_rows += block.n_records
                if progress:
                    progress(n_rows, block.fraction)
            if (gap := self._dangling(before)) is not None:
                number, place = _located(rows, gap.n - before - 1)
                raise _regards_nothing(
                    gap,
                    file=files[number],
                    row=int(rows[number][place]),
                    line=int(lines[number][place]),
                )
        return found

    def frame(
        self, *, as_of: int | None = None, head: Head | None = None, texts: bool = False
    ) -> pd.DataFrame:
        """Return events as a table, in the order of time and, of equal times, of ids.

        Parameters
        ----------
        as_of
            Leaves out later ones: microseconds since 1970 in UTC; None takes all.
        head
            Leaves out those that were added behind it; None takes all.
        texts
            Whether title and description are wanted.

        Returns
        -------
        pandas.DataFrame
            The columns of ``events.COLUMNS``: times in UTC, ids as text, all else categorical.

        Raises
        ------
        InputError
            When the ledger has no such head; with an owner's key, when an event of the owner's is
            not sealed with it.
        """
        import pyarrow as pa

        names = [name for name in COLUMNS if texts or name not in TEXTS]
        wanted = ", ".join(_CELLS[name] for name in names)
        parts: list[list[pa.Array]] = []
        with self._named_errors(), self._snapshot():
            self._check_head(head)
            self._check_seals()
            cursor = self._connection.execute(
                f"SELECT {wanted} FROM events WHERE n <= ? AND time <= ?",  # noqa: S608 # own names
                (_LAST if head is None else head.n, _LAST if as_of is None else as_of),
            )
            while rows := cursor.fetchmany(_N_AT_ONCE):
                parts.append(
                    [
                        pa.array(cells, _arrow_kind(name))
                        for name, cells in zip(names, zip(*rows, strict=True), strict=True)
                    ]
                )
        return _framed(names, parts)

    def rows(self) -> Iterator[list[tuple[Any, ...]]]:
        """Yield all events in the order they came, some at a time: cells, and their digest."""
        with self._named_errors():
            cursor = self._connection.execute(
                f"SELECT {_ROW}, digest FROM events ORDER BY n"  # noqa: S608 # own names
            )
            while rows := cursor.fetchmany(_N_AT_ONCE):
                yield rows

    def breaks(self, head: Head | None = None) -> list[Break]:
        """Return where events were changed or taken out; none if all is well.

        Whoever can write the file can also write a chain of their own from the first change on. So
        note the head from time to time, elsewhere, and hand it over here.

        Parameters
        ----------
        head
            One that was noted.
        """
        found = []
        if head is not None:
            try:
                self._check_head(head)
            except InputError as error:
                found.append(Break(head.n, "", error.message))
        before, last = START, 0
        with self._named_errors(), self._any_bytes():
            cursor = self._connection.execute(
                f"SELECT n, digest, link, {_ROW} FROM events ORDER BY n"  # noqa: S608 # own names
            )
            for n, digest, link, *row in cursor:
                if n != last + 1:
                    gone = f"event {n - 1}" if n == last + 2 else f"events {last + 1} to {n - 1}"
                    verb = "is" if n == last + 2 else "are"
                    found.append(Break(n, row[0], f"{gone} before it {verb} missing"))
                elif _link(before, digest) != link:
                    found.append(Break(n, row[0], "it does not follow from the event before it"))
                if digest_of(tuple(row)) != digest:
                    found.append(Break(n, row[0], "its content was changed"))
                before, last = link, n
        return found

    def _prepare(self) -> None:
        """Bring the file to this version of the format, and refuse what is none."""
        run = self._connection.execute
        run("PRAGMA foreign_keys = ON")
        run("PRAGMA synchronous = FULL")
        with self._snapshot():  # somebody else may be making it
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
        with self._transaction():
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
                self._connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                # SQLite does not wait here by itself.
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(0.01)

    @contextmanager
    def _any_bytes(self) -> Iterator[None]:
        """Read text that is not UTF-8 as another than it is, and do not fail."""
        self._connection.text_factory = lambda data: data.decode(errors="replace")
        try:
            yield
        finally:
            self._connection.text_factory = str

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Read several things as they were at one moment."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._named_errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _append(self, events: Events) -> tuple[Added, Ints]:
        """Add events that are not there yet, inside a transaction; return the places of these."""
        known = self._digests([row[0] for row in events.rows])
        n, link = self.head
        new, places = [], []
        for place, (row, digest) in enumerate(zip(events.rows, events.digests, strict=True)):
            former = known.get(row[0])
            if former is not None:
                if former != digest:
                    raise InputError(
                        f"event {row[0]!r} is there already, with other content; events are never"
                        " changed, so give it an id of its own",
                        row=place + 1,
                        column="event_id",
                    )
                continue
            known[row[0]] = digest
            n, link = n + 1, _link(link, digest)
            seal = self._seal(row[1], digest)
            regards = row[_REGARDS] or None
            new.append((n, *row[:_REGARDS], regards, *row[_REGARDS + 1 :], digest, link, seal))
            places.append(place)
        marks = ", ".join("?" * (len(COLUMNS) + 4))
        self._connection.executemany(f"INSERT INTO events VALUES ({marks})", new)  # noqa: S608 # no cells in it
        return Added(len(new), len(events.rows) - len(new)), np.array(places, dtype=np.int64)

    def _digests(self, ids: list[str]) -> dict[str, bytes]:
        return dict(
            self._connection.execute(
                "SELECT event_id, digest FROM events"
                " WHERE event_id IN (SELECT value FROM json_each(?))",
                (json.dumps(ids),),
            )
        )

    def _dangling(self, before: int) -> _Gap | None:
        """Return the first event behind a number that regards one that is not there."""
        found = self._connection.execute(
            "SELECT n, event_id, regards FROM events AS new WHERE n > ? AND regards IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM events WHERE event_id = new.regards) LIMIT 1",
            (before,),
        ).fetchone()
        return _Gap(*found) if found else None

    def _check_head(self, head: Head | None) -> None:
        if head is None or head.n == 0:
            return
        found = self._connection.execute(
            "SELECT link FROM events WHERE n = ?", (head.n,)
        ).fetchone()
        if found is None or found[0] != head.link:
            what = "is missing" if found is None else "is another than the noted head says"
            raise InputError(
                f"event {head.n} {what}; the ledger was changed, or it is not that head's",
                file=self.path,
            )

    def _check_owner(self) -> None:
        """Raise where a key is given that is not the owner's."""
        found = self._connection.execute("SELECT key_check FROM owner").fetchone()
        if found and self._key and not hmac.compare_digest(found[0], _key_check(self._key)):
            raise InputError("the key is not that of the ledger's owner", file=self.path)

    def _seal(self, kind: str, digest: bytes) -> bytes | None:
        if not KINDS[kind].by_owner:
            return None
        if self._key is None:
            if self.has_owner:
                raise InputError(
                    "the ledger has an owner with a key, so an event of the owner's needs it; give"
                    " --owner-key",
                    file=self.path,
                )
            return None
        if not self.has_owner:
            self._connection.execute("INSERT INTO owner VALUES (1, ?)", (_key_check(self._key),))
        return hmac.digest(self._key, b"fakedetect event\0" + digest, "sha256")

    def _check_seals(self) -> None:
        """Raise where the owner's events were not sealed with the key that is given."""
        if self._key is None:
            return
        kinds = [name for name, kind in KINDS.items() if kind.by_owner]
        cursor = self._connection.execute(
            "SELECT event_id, event, digest, seal FROM events"
            " WHERE event IN (SELECT value FROM json_each(?))",
            (json.dumps(kinds),),
        )
        for event_id, kind, digest, seal in cursor:
            expected = hmac.digest(self._key, b"fakedetect event\0" + digest, "sha256")
            if seal is None or not hmac.compare_digest(seal, expected):
                raise InputError(
                    f"event {event_id!r}, a {kind}, is not sealed with the owner's key; somebody"
                    " else added it",
                    file=self.path,
                )

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
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


_LAST = (1 << 63) - 1


def parsed_head(text: str) -> Head:
    """Return a head from what it prints as.

    Raises
    ------
    InputError
        When it is none.
    """
    number, _, link = text.partition(":")
    try:
        found = Head(int(number), bytes.fromhex(link))
    except ValueError:
        found = Head(-1, b"")
    if not 0 <= found.n <= _LAST or len(found.link) != len(START):
        raise InputError(
            f"{text!r:.80} is no head: a number, a colon and 64 hexadecimal digits, as `ledger"
            " verify` prints it"
        )
    return found


def _code(error: sqlite3.Error) -> int | None:
    """Return SQLite's number for an error; None if Python's own module raised it."""
    found: int | None = getattr(error, "sqlite_errorcode", None)
    return None if found is None else found & 0xFF  # the rest says more than is needed


def _link(before: bytes, digest: bytes) -> bytes:
    return hashlib.sha256(before + digest).digest()


def _key_check(key: bytes) -> bytes:
    return hmac.digest(key, b"fakedetect owner", "sha256")


class _Gap(NamedTuple):
    """An event that regards one that is not there: its number, its id, and that one's."""

    n: int
    event_id: str
    regards: str


def _regards_nothing(gap: _Gap, **where: Any) -> InputError:
    return InputError(
        f"event {gap.event_id!r} regards {gap.regards!r}, which is no event here; add that one"
        " before, or in the same file",
        column="regards",
        **where,
    )


def _located(parts: list[Ints], place: int) -> tuple[int, int]:
    """Return which of some parts holds a place among all of theirs, and where in it."""
    ends = np.cumsum([len(part) for part in parts])
    number = int(np.searchsorted(ends, place, side="right"))
    return number, place - int(ends[number - 1]) if number else place


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script; ``executescript`` would commit what is under way."""
    held = ""
    for part in script.split(";"):
        held += part + ";"
        if sqlite3.complete_statement(held):
            yield held
            held = ""


def _placed(error: InputError, file: str, n_before: int, lines: Any) -> InputError:
    """Return an error about a row of a block as one about a row of a file."""
    if error.row is None:
        return error if error.file else error.in_file(file)
    return InputError(
        error.message,
        file=file,
        row=n_before + error.row,
        column=error.column,
        line=int(lines[error.row - 1]),
    )


def _arrow_kind(name: str) -> pa.DataType:
    import pyarrow as pa

    # Large: plain strings are sorted only up to 2 GB of them.
    return pa.int64() if name == "time" else pa.large_string()


def _framed(names: list[str], parts: list[list[pa.Array]]) -> pd.DataFrame:
    import pyarrow as pa

    empty = [pa.array([], _arrow_kind(name)) for name in names]
    columns = [pa.chunked_array(chunks) for chunks in zip(empty, *parts, strict=True)]
    table = pa.table(dict(zip(names, columns, strict=True)))
    table = table.sort_by([("time", "ascending"), ("event_id", "ascending")])
    moments = table["time"].cast(pa.timestamp("us", "UTC"))
    table = table.set_column(names.index("time"), "time", moments)
    for place, name in enumerate(names):
        if name not in {"event_id", "time", *TEXTS}:
            table = table.set_column(place, name, table[name].combine_chunks().dictionary_encode())
    frame: pd.DataFrame = table.to_pandas()
    return frame
