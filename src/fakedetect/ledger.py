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
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from fakedetect.errors import InputError
from fakedetect.events import COLUMNS, KINDS, TEXTS, Events, checked, digest_of
from fakedetect.ledger_file import LedgerFile
from fakedetect.metrics import Ints
from fakedetect.trust import checked_key

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from fakedetect.listings import ListingReader

START = bytes(32)  # the link before the first event

_TIME, _REGARDS = COLUMNS.index("time"), COLUMNS.index("regards")
_CELLS = {name: "coalesce(regards, '')" if name == "regards" else name for name in COLUMNS}
_ROW = ", ".join(_CELLS.values())
_N_AT_ONCE = 50_000  # rows held in Python


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
        self._file = LedgerFile(path, create=create)
        self._connection = self._file.connection
        try:
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
        with self._file.named_errors():
            found = self._connection.execute(
                "SELECT n, link FROM events ORDER BY n DESC LIMIT 1"
            ).fetchone()
        return Head(*found) if found else Head(0, START)

    @property
    def has_owner(self) -> bool:
        """Whether gold labels and revocations are sealed with somebody's key."""
        with self._file.named_errors():
            return bool(self._connection.execute("SELECT count(*) FROM owner").fetchone()[0])

    def knows(self, reporter: str) -> bool:
        """Return whether any event is by a reporter."""
        with self._file.named_errors():
            found = self._connection.execute(
                "SELECT 1 FROM events WHERE reporter = ? LIMIT 1", (reporter,)
            ).fetchone()
        return found is not None

    def add(self, events: Events) -> Added:
        """Add events: all of them, or, when one is refused, none.

        Raises
        ------
        InputError
            As ``add_file`` does.
        """
        with self._file.transaction():
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
        with self._file.transaction():
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
        with self._file.named_errors(), self._file.snapshot():
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
        with self._file.named_errors():
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
        with self._file.named_errors(), self._file.any_bytes():
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
        with self._file.named_errors():
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
