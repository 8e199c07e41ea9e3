import hashlib

import pyarrow as pa
import pytest

from fakedetect import events
from fakedetect.errors import InputError
from fakedetect.events import COLUMNS, KINDS, LONGEST_TEXT, checked, digest_of, parsed_time

NOW = 1_717_200_000_000_000  # 2024-06-01T00:00:00Z
LISTED = {"event": "listed", "time": "2024-05-31T08:30:00Z", "listing_id": "ä1"}
WHOLE = LISTED | {"reporter": "Ærø", "brand": "手表", "reason": "design", "reviewer": "r"}
ALL = "listed, notice, endorsement, complaint, verdict, counter_notice, removed, reinstated,"
ALL += " authentication, sale"
REASONS = "counterfeit, trademark, copyright, design, patent, other"
RUN = "would be run as a formula by a spreadsheet; change its beginning"
CONTROL = "holds a line end or another control character; take it out"
NO_TIME = "is no ISO 8601 time with a zone; write it like 2024-05-31T08:30Z"
OWNERS = "is for the ledger's owner alone; add it as the owner with --owner"


def table_of(*rows):
    """Return rows as a table with all columns that one of them has."""
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: [row.get(name) for row in rows] for name in names})


def refused(table, **how):
    with pytest.raises(InputError) as caught:
        checked(table, now=NOW, **how)
    return str(caught.value)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"event": "fake"}, f"column event: 'fake' is no event; the events are {ALL}"),
        ({"event": None}, f"column event: '' is no event; the events are {ALL}"),
        ({"event": "Notice"}, f"column event: 'Notice' is no event; the events are {ALL}"),
        ({"event": "gold", "outcome": "genuine"}, f"column event: 'gold' {OWNERS}"),
        ({"event": "revoke"}, f"column event: 'revoke' {OWNERS}"),
        ({"reason": "ugly"}, f"column reason: 'ugly' is no reason; the reasons are {REASONS}"),
        ({"time": "2024-05-31T08:30:00"}, f"column time: '2024-05-31T08:30:00' {NO_TIME}"),
        ({"time": "2024-05-31"}, f"column time: '2024-05-31' {NO_TIME}"),
        ({"time": "gestern"}, f"column time: 'gestern' {NO_TIME}"),
        ({"time": "2024-05-31T25:00Z"}, f"column time: '2024-05-31T25:00Z' {NO_TIME}"),
        (
            {"time": "2024-05-31T00:00:00.0000001Z"},
            f"column time: '2024-05-31T00:00:00.0000001Z' {NO_TIME}",
        ),
        ({"time": "x" * 99}, f"column time: '{'x' * 39} {NO_TIME}"),
        ({"time": " "}, "column time: empty; write it like 2024-05-31T08:30Z"),
        (
            {"time": "2024-06-01T00:00:00.000001Z"},
            "column time: '2024-06-01T00:00:00.000001Z' has not been yet; it is"
            " 2024-06-01T00:00:00Z",
        ),
        (
            {"time": "1900-01-01T00:00Z"},
            "column time: '1900-01-01T00:00Z' is before 1970; look it up",
        ),
        ({"listing_id": " "}, "column listing_id: empty, and every notice needs one"),
        ({"reporter": ""}, "column reporter: empty, and every notice needs one"),
        ({"brand": ""}, "column brand: empty, and every notice needs one"),
        ({"reason": ""}, "column reason: empty, and every notice needs one"),
        (
            {"event": "endorsement", "reporter": None},
            "column reporter: empty, and every endorsement needs one",
        ),
        (
            {"event": "verdict", "outcome": "upheld", "reviewer": ""},
            "column reviewer: empty, and every verdict needs one",
        ),
        (
            {"event": "authentication", "outcome": "genuine", "reviewer": ""},
            "column reviewer: empty, and every authentication needs one",
        ),
        (
            {"event": "verdict"},
            "column outcome: '' is no outcome of a verdict; the outcomes are upheld, rejected",
        ),
        (
            {"event": "verdict", "outcome": "genuine"},
            "column outcome: 'genuine' is no outcome of a verdict; the outcomes are upheld,"
            " rejected",
        ),
        (
            {"event": "counter_notice", "outcome": "upheld"},
            "column outcome: 'upheld' is no outcome of a counter_notice; the outcomes are none,"
            " accepted, rejected",
        ),
        (
            {"event": "authentication", "outcome": "rejected"},
            "column outcome: 'rejected' is no outcome of an authentication; the outcomes are"
            " counterfeit, genuine, inconclusive",
        ),
        (
            {"outcome": "falsch"},
            "column outcome: 'falsch' is no outcome of a notice; the outcomes are none",
        ),
        ({"brand": "手" * 201}, "column brand: longer than 200 characters; shorten it"),
        ({"seller": "a\r\nb"}, f"column seller: 'a\\r\\nb' {CONTROL}"),
        ({"reporter": "a\u2028b"}, f"column reporter: 'a\\u2028b' {CONTROL}"),
        ({"regards": "a\0b"}, f"column regards: 'a\\x00b' {CONTROL}"),
        ({"reporter": "=1+1"}, f"column reporter: '=1+1' {RUN}"),
        ({"brand": "＠手表"}, f"column brand: '＠手表' {RUN}"),
        ({"seller": "'+SUM(1)"}, f'column seller: "\'+SUM(1)" {RUN}'),
        ({"event_id": "-1+1"}, f"column event_id: '-1+1' {RUN}"),
        ({"listing_id": "a;=cmd()"}, f"column listing_id: 'a;=cmd()' {RUN}"),
        ({"reviewer": "@" + "x" * 99}, f"column reviewer: '@{'x' * 39}' {RUN}"),
        (
            {"title": "手" * (LONGEST_TEXT // 3 + 1)},
            "column title: the text is longer than 1,048,576 bytes; shorten it",
        ),
        (
            {"description": "x" * 10_000_000},
            "column description: the text is longer than 1,048,576 bytes; shorten it",
        ),
    ],
)
def test_a_cell_that_is_refused(cells, message):
    good = WHOLE | {"event": "notice", "title": "", "description": ""}
    assert refused(table_of(good, good, good | cells, good)) == f"row 3, {message}"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"event": "revoke", "reporter": ""}, "reporter: empty, and every revoke needs one"),
        (
            {"event": "gold"},
            "outcome: '' is no outcome of a gold; the outcomes are counterfeit, genuine",
        ),
        ({"event": "fake"}, f"event: 'fake' is no event; the events are {ALL}, gold, revoke"),
    ],
)
def test_the_owner_is_held_to_the_rules_too(cells, message):
    assert refused(table_of(WHOLE | cells), by_owner=True) == f"row 1, column {message}"


def test_columns_that_are_refused():
    table = table_of(LISTED)
    assert refused(table.append_column("Titel", [["x"]])) == (
        f"no column 'Titel'; the columns are {', '.join(COLUMNS)}"
    )
    assert refused(table.append_column("time", [["x"]])) == "column 'time' is there twice"
    assert refused(table.drop_columns(["event"])) == (
        "no column 'event'; the columns are time, listing_id"
    )
    for name, cells in (("brand", [1.5]), ("seller", [["x"]]), ("title", [b"\xff"])):
        column = pa.array(cells)
        assert refused(table.append_column(name, column)) == (
            f"column {name}: holds {column.type}; write it as text"
        )


def test_every_kind_with_every_outcome_of_it_is_taken():
    rows = [
        WHOLE | {"event": name, "outcome": outcome}
        for name, kind in KINDS.items()
        for outcome in kind.outcomes
    ]
    found = checked(table_of(*rows), now=NOW, by_owner=True)
    assert [(row[1], row[7]) for row in found.rows] == [(r["event"], r["outcome"]) for r in rows]
    assert len(set(found.digests)) == len(rows)
    revoked = {"event": "revoke", "time": "2024-05-31T08:30Z", "reporter": "Ærø"}
    assert checked(table_of(revoked), now=NOW, by_owner=True).rows[0][3] == ""


def test_times_from_1970_until_now_are_taken():
    rows = [LISTED | {"time": time} for time in ("1970-01-01T00:00Z", "2024-06-01T00:00Z")]
    assert [row[2] for row in checked(table_of(*rows), now=NOW).rows] == [0, NOW]


def test_text_stays_as_it_is_and_names_lose_blanks():
    text = ' =HYPERLINK("手表")\r\n\0\'@ '
    row = LISTED | {"listing_id": " ä1\n", "title": text, "description": "x" * LONGEST_TEXT}
    (found,) = checked(table_of(row), now=NOW).rows
    assert found[3] == "ä1"
    assert found[-2:] == (text, "x" * LONGEST_TEXT)


def test_missing_numbers_and_times_of_parquet_are_text():
    table = pa.table(
        {
            "event": pa.array(["complaint"]).dictionary_encode(),
            "time": pa.array([1_717_144_200_000_000], pa.timestamp("us", "Europe/Berlin")),
            "listing_id": [17],
            "brand": pa.array([None], pa.null()),
        }
    )
    (found,) = checked(table, now=NOW).rows
    assert found[1:] == ("complaint", 1_717_144_200_000_000, "17", *[""] * 9)
    naive = table.set_column(1, "time", table["time"].cast(pa.timestamp("us")))
    assert refused(naive) == f"row 1, column time: '2024-05-31 08:30:00.000000' {NO_TIME}"


def test_an_id_is_made_of_the_content_whatever_the_zone():
    times = ["2024-05-31T08:30Z", "2024-05-31T10:30:00.000+02:00", "2024-05-30 22:30:00-10:00"]
    found = checked(table_of(*({**LISTED, "time": time} for time in times)), now=NOW)
    cells = ("", "listed", 1_717_144_200_000_000, "ä1", *[""] * 9)
    expected = hashlib.sha256(
        '["", "listed", 1717144200000000, "ä1", "", "", "", "", "", "", "", "", ""]'.encode()
    )
    assert found.rows == [(expected.hexdigest()[:32], *cells[1:])] * 3
    assert found.digests == [digest_of(found.rows[0])] * 3
    assert digest_of(cells) == expected.digest()


def test_no_two_rows_have_the_same_digest():
    texts = [("éa", ""), ("é", "a"), ("e\u0301a", ""), ('é", "a', ""), ("", "éa"), ("éa\0", "")]
    rows = [LISTED | {"event_id": "x", "title": a, "description": b} for a, b in texts]
    assert len(set(checked(table_of(*rows), now=NOW).digests)) == len(texts)


def exported(title):
    row = LISTED | {"event_id": "x1", "title": title}
    return row | {"sha256": checked(table_of(row), now=NOW).digests[0].hex()}


@pytest.mark.parametrize("title", ["=1+1", "'=1+1", "bag;=1", "手表", "", "=" * LONGEST_TEXT])
def test_exported_rows_come_back(title):
    row = exported(title)
    expected = checked(table_of({k: row[k] for k in row if k != "sha256"}), now=NOW)
    as_text = row | {"title": title.replace("=", "'=", 1), "listing_id": " ä1"}
    assert checked(table_of(row, as_text), now=NOW).rows == expected.rows * 2


@pytest.mark.parametrize(
    "cells",
    [
        {"title": "手表 "},
        {"title": "''=手表"},
        {"event_id": "x2"},
        {"event_id": ""},
        {"time": "2024-05-31T08:30:01Z"},
        {"brand": "b"},
        {"sha256": ""},
        {"sha256": None},
        {"sha256": "0" * 64},
    ],
)
def test_exported_rows_that_were_changed_are_refused(cells):
    row = exported("=手表")
    assert refused(table_of(row, row | cells)) == (
        "row 2, column sha256: the event is not what was exported; take the file as it was written,"
        " or leave out the column sha256"
    )


def test_exported_rows_are_looked_at_as_all_others():
    assert refused(table_of(exported("x") | {"time": "x"})) == f"row 1, column time: 'x' {NO_TIME}"


def test_dates_begin_in_utc():
    assert events.time_text(parsed_time("2024-05-31")) == "2024-05-31T00:00:00Z"
    with pytest.raises(InputError) as caught:
        parsed_time("31.5.2024")
    assert str(caught.value) == (
        "time '31.5.2024' is no ISO 8601 time with a zone; write 2024-05-31T08:30Z or a date"
        " like 2024-05-31, which begins in UTC"
    )
