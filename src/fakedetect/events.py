"""What may stand in a ledger: kinds of events, and the check of each row before it is let in.

Rights owners, buyers, reviewers and laboratories say what they know of a listing; each is an event
with a time. The rows come from outside, so every cell is looked at before any is written: whole
columns at a time, since a file may hold a million rows.

Listing text is evidence and stays as it is, formulas and all. Names and codes are another matter:
they go into tables that people open, so what a spreadsheet would run is refused there.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from fakedetect.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

LISTED = "listed"
NOTICE, ENDORSEMENT, COMPLAINT = "notice", "endorsement", "complaint"
VERDICT, COUNTER_NOTICE, AUTHENTICATION = "verdict", "counter_notice", "authentication"
REMOVED, REINSTATED, SALE = "removed", "reinstated", "sale"
GOLD, REVOKE = "gold", "revoke"

COUNTERFEIT, GENUINE = "counterfeit", "genuine"
UPHELD, REJECTED, ACCEPTED = "upheld", "rejected", "accepted"
REASONS = (COUNTERFEIT, "trademark", "copyright", "design", "patent", "other")

TEXTS = ("title", "description")
COLUMNS = (
    *("event_id", "event", "time", "listing_id", "reporter", "brand", "reason", "outcome"),
    *("reviewer", "regards", "seller"),
    *TEXTS,
)
# The digest of an exported event, by which it is known to come back as it was.
DIGEST = "sha256"

LONGEST_NAME = 200  # characters
LONGEST_TEXT = 1 << 20  # bytes
_OPTIONAL = ""


class Kind(NamedTuple):
    """A kind of event.

    Attributes
    ----------
    needs
        Columns that must be filled.
    outcomes
        What the column ``outcome`` may hold; empty text where it may be left out.
    by_owner
        Whether only the ledger's owner may add it.
    """

    needs: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = (_OPTIONAL,)
    by_owner: bool = False


KINDS = {
    LISTED: Kind(),  # a listing is seen, with its text
    NOTICE: Kind(("reporter", "brand", "reason")),  # it infringes
    ENDORSEMENT: Kind(("reporter",)),  # it is genuine
    COMPLAINT: Kind(),  # a buyer's
    VERDICT: Kind(("reviewer",), (UPHELD, REJECTED)),
    COUNTER_NOTICE: Kind((), (_OPTIONAL, ACCEPTED, REJECTED)),  # the seller objects
    REMOVED: Kind(),
    REINSTATED: Kind(),
    # A laboratory's, of a bought item.
    AUTHENTICATION: Kind(("reviewer",), (COUNTERFEIT, GENUINE, "inconclusive")),
    SALE: Kind(),
    GOLD: Kind((), (COUNTERFEIT, GENUINE), by_owner=True),  # a label to judge models by
    REVOKE: Kind(("reporter",), by_owner=True),  # no trust in a reporter
}


class Events(NamedTuple):
    """Rows that may go into a ledger.

    Attributes
    ----------
    rows
        Cells in the order of ``COLUMNS``; the time is in microseconds since 1970 in UTC.
    digests
        SHA-256 of each row, the content that its id stands for.
    """

    rows: list[tuple[Any, ...]]
    digests: list[bytes]


def checked(table: pa.Table, *, now: int, by_owner: bool = False) -> Events:
    """Return rows as events, or say which cell of them cannot be one.

    Parameters
    ----------
    table
        Columns of text, some of ``COLUMNS`` in any order, and perhaps ``sha256``, which exporting
        adds: such rows must be what they were, also where the export put an apostrophe before what
        a spreadsheet would run. Names lose blanks around them.
    now
        The latest time that has been, in microseconds since 1970 in UTC.
    by_owner
        Whether the ledger's owner adds them.

    Raises
    ------
    InputError
        With the row in the table, from 1, and the column: a column is unknown or missing, or twice
        there, or holds fractions or lists; an event, reason or outcome is unknown, or not for this
        kind; a time has no zone, is before 1970 or has not been yet; a name is missing, too long,
        or would be run by a spreadsheet; a text is too long; a row is not what its digest says.
    """
    import pyarrow.compute as pc

    cells = _columns(table)
    digests = cells.pop(DIGEST, None)
    for name in COLUMNS:
        if name not in TEXTS:
            cells[name] = pc.utf8_trim_whitespace(cells[name])
            _check_name(cells[name], name)
    _check_kinds(cells, by_owner=by_owner)
    times = _times(cells["time"], now)
    if digests is not None:
        cells = _as_exported(cells, times, digests.to_pylist())
    for name in TEXTS:
        _refuse(
            pc.greater(pc.binary_length(cells[name]), LONGEST_TEXT),
            cells[name],
            name,
            f"the text is longer than {LONGEST_TEXT:,} bytes; shorten it",
        )
    columns = [times if name == "time" else cells[name].to_pylist() for name in COLUMNS]
    found = _identified(list(zip(*columns, strict=True)))
    if digests is not None:
        _check_digests(found, digests.to_pylist())
    return found


def digest_of(row: tuple[Any, ...]) -> bytes:
    """Return the SHA-256 of an event: of its cells as JSON, so no two rows have the same bytes.

    Parameters
    ----------
    row
        Cells in the order of ``COLUMNS``.
    """
    return hashlib.sha256(json.dumps(row, ensure_ascii=False).encode()).digest()


def time_text(time: int) -> str:
    """Return microseconds since 1970 as ISO 8601 in UTC, the shortest form that loses nothing.

    Examples
    --------
    >>> time_text(1_717_144_200_000_000), time_text(1_717_144_200_250_000)
    ('2024-05-31T08:30:00Z', '2024-05-31T08:30:00.250000Z')
    """
    from datetime import UTC, datetime, timedelta

    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time)
    return moment.isoformat().replace("+00:00", "Z")


def parsed_time(text: str) -> int:
    """Return an ISO 8601 time with a zone, or a date (its beginning in UTC), in microseconds.

    Raises
    ------
    InputError
        When it is neither.

    Examples
    --------
    >>> parsed_time("2024-05-31T10:30+02:00"), parsed_time("1970-01-02")
    (1717144200000000, 86400000000)
    """
    import pyarrow as pa

    whole = f"{text}T00:00Z" if len(text) == len("2024-05-31") else text
    try:
        found: int = pa.array([whole]).cast(pa.timestamp("us", "UTC")).cast(pa.int64())[0].as_py()
    except pa.ArrowInvalid:
        raise InputError(
            f"time {text!r:.40} is no ISO 8601 time with a zone; write 2024-05-31T08:30Z or a"
            " date like 2024-05-31, which begins in UTC"
        ) from None
    return found


def _columns(table: pa.Table) -> dict[str, pa.Array]:
    """Return all columns as text without gaps, those that are not there as empty ones."""
    import pyarrow as pa

    names = table.column_names
    for name in names:
        if name not in {*COLUMNS, DIGEST}:
            raise InputError(f"no column {name!r}; the columns are {', '.join(COLUMNS)}")
        if names.count(name) > 1:
            raise InputError(f"column {name!r} is there twice")
    for name in ("event", "time"):
        if name not in names:
            raise InputError(f"no column {name!r}; the columns are {', '.join(names)}")
    empty = pa.repeat(pa.scalar(""), table.num_rows)
    found = dict.fromkeys(COLUMNS, empty)
    return found | {name: _texts(table.column(name), name) for name in names}


def _texts(column: pa.ChunkedArray, name: str) -> pa.Array:
    """Return cells as text, but not numbers that may have lost digits, nor what has no one form."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from fakedetect.blocks import is_text

    kind = column.type
    if not (is_text(kind) or pa.types.is_integer(kind) or pa.types.is_timestamp(kind)):
        raise InputError(f"holds {kind}; write it as text", column=name)
    return pc.fill_null(column.combine_chunks().cast(pa.string()), "")


def _check_name(cells: pa.Array, name: str) -> None:
    import pyarrow.compute as pc

    from fakedetect.spreadsheet import would_run

    _refuse(
        pc.greater(pc.utf8_length(cells), LONGEST_NAME),
        cells,
        name,
        f"longer than {LONGEST_NAME} characters; shorten it",
    )
    _refuse(
        pc.match_substring_regex(cells, r"\p{Cc}|\p{Zl}|\p{Zp}"),
        cells,
        name,
        "holds a line end or another control character; take it out",
        shown=True,
    )
    _refuse(
        would_run(cells),
        cells,
        name,
        "would be run as a formula by a spreadsheet; change its beginning",
        shown=True,
    )


def _check_kinds(cells: dict[str, pa.Array], *, by_owner: bool) -> None:
    """Raise where an event is unknown, or lacks or has what its kind must or must not."""
    import pyarrow as pa
    import pyarrow.compute as pc

    events, reasons = cells["event"], cells["reason"]
    known = [name for name, kind in KINDS.items() if by_owner or not kind.by_owner]
    for name, kind in KINDS.items():
        if kind.by_owner and not by_owner:
            _refuse(
                pc.equal(events, name),
                events,
                "event",
                f"{name!r} is for the ledger's owner alone; add it as the owner with --owner",
            )
    _refuse(
        pc.invert(pc.is_in(events, pa.array(known))),
        events,
        "event",
        f"is no event; the events are {', '.join(known)}",
        shown=True,
    )
    _refuse(
        pc.invert(pc.is_in(reasons, pa.array(["", *REASONS]))),
        reasons,
        "reason",
        f"is no reason; the reasons are {', '.join(REASONS)}",
        shown=True,
    )
    for name, kind in KINDS.items():
        of_kind = pc.equal(events, name)
        needs = kind.needs if name == REVOKE else ("listing_id", *kind.needs)
        for column in needs:
            lacks = pc.and_(of_kind, pc.equal(cells[column], ""))
            _refuse(lacks, cells[column], column, f"empty, and every {name} needs one")
        wrong = pc.invert(pc.is_in(cells["outcome"], pa.array(list(kind.outcomes))))
        accepted = ", ".join(outcome or "none" for outcome in kind.outcomes)
        article = "an" if name[0] in "aeiou" else "a"
        _refuse(
            pc.and_(of_kind, wrong),
            cells["outcome"],
            "outcome",
            f"is no outcome of {article} {name}; the outcomes are {accepted}",
            shown=True,
        )


def _times(cells: pa.Array, now: int) -> list[int]:
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = pa.timestamp("us", "UTC")
    try:
        times = cells.cast(kind).cast(pa.int64())
    except pa.ArrowInvalid:
        # Which one it is, is found the slow way.
        for row, cell in enumerate(cells, 1):
            try:
                cell.cast(kind)
            except pa.ArrowInvalid:
                text = cell.as_py()
                why = "empty" if not text else f"{text!r:.40} is no ISO 8601 time with a zone"
                raise InputError(
                    f"{why}; write it like 2024-05-31T08:30Z", row=row, column="time"
                ) from None
        raise
    _refuse(pc.less(times, 0), cells, "time", "is before 1970; look it up", shown=True)
    late = pc.greater(times, now)
    _refuse(late, cells, "time", f"has not been yet; it is {time_text(now)}", shown=True)
    found: list[int] = times.to_pylist()
    return found


def _identified(rows: list[tuple[Any, ...]]) -> Events:
    """Give rows without an id one made from their content, which is the same in every run."""
    for place, row in enumerate(rows):
        if not row[0]:
            rows[place] = (digest_of(row).hex()[:32], *row[1:])
    return Events(rows, list(map(digest_of, rows)))


def _as_exported(
    cells: dict[str, pa.Array], times: list[int], digests: list[str]
) -> dict[str, pa.Array]:
    """Return cells without the apostrophes that exporting puts before formulas.

    Only where the row as it stands is another than the digest says: text that was exported without
    them may begin with an apostrophe of its own.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    from fakedetect.spreadsheet import restored

    batch = restored(pa.RecordBatch.from_arrays([cells[name] for name in TEXTS], list(TEXTS)))
    columns = [times if name == "time" else cells[name].to_pylist() for name in COLUMNS]
    stands = [
        digest_of(row).hex() == digest
        for row, digest in zip(zip(*columns, strict=True), digests, strict=True)
    ]
    kept = pa.array(stands, pa.bool_())
    return cells | {name: pc.if_else(kept, cells[name], batch[name]) for name in TEXTS}


def _check_digests(found: Events, digests: list[str]) -> None:
    for row, (digest, stated) in enumerate(zip(found.digests, digests, strict=True), 1):
        if digest.hex() != stated:
            raise InputError(
                "the event is not what was exported; take the file as it was written, or leave out"
                f" the column {DIGEST}",
                row=row,
                column=DIGEST,
            )


def _refuse(
    wrong: pa.Array, cells: pa.Array, column: str, why: str, *, shown: bool = False
) -> None:
    """Raise at the first cell that is wrong."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from fakedetect.text import printable

    row = pc.index(wrong, pa.scalar(value=True)).as_py()
    if row >= 0:
        said = f"{printable(repr(cells[row].as_py()[:40]))} {why}" if shown else why
        raise InputError(said, row=row + 1, column=column)
