import errno
import tempfile
from itertools import chain
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from conftest import TORTURE
from fakedetect import ledger as ledger_module
from fakedetect import ledger_export
from fakedetect.errors import InputError
from fakedetect.events import COLUMNS, TEXTS, checked
from fakedetect.ledger import Ledger
from fakedetect.ledger_export import export, write_table
from fakedetect.listings import ListingReader

NOW = 1_800_000_000_000_000
ENDINGS = [
    *("csv", "tsv", "jsonl", "parquet"),
    *("csv.gz", "tsv.gz", "jsonl.gz", "csv.zst", "tsv.zst", "ndjson.zst"),
]
AWKWARD = [
    *("", "=1+1", "'=1+1", "''=1+1", "+49 170", "\"=cmd|'/C calc'!A0\"", "bag;=1\n-2\t@x", "＝1"),
    *("two\nlines", "two\r\nlines", "lone\rreturn", "\rfirst", "last\r", "\n", "\r", "\t", "'"),
    *("  blanks ", '"', '""', '","', "a\tb", "手表 高仿", "👜❤️", "e\u0301", "\u202eabc", "\u2028"),
    *("\ufeffmark", "\ufdd0\ufdd1", "NUL \0 inside", "\0", "\x1b[31m", "NA", "null", "0012"),
    *("{}", "\\n", "\\u0041"),
]
NAMES = ["Ærø", "手表", "серьги", "-12.50", "'quoted'", 'a "b", c; d', "👜", "NA", "x" * 200]


def made(path, texts, names=("手表",)):
    """Return a ledger whose events hold pairs of texts, and names."""
    n = len(texts)
    table = {
        "event": ["listed"] * n,
        "time": [f"2024-05-31T08:30:00.{n - place:06d}Z" for place in range(n)],
        "listing_id": [f"{names[place % len(names)]}" for place in range(n)],
        "seller": [names[-1 - place % len(names)] for place in range(n)],
        **dict(zip(TEXTS, zip(*texts, strict=True), strict=True)),
    }
    ledger = Ledger(path, create=True)
    ledger.add(checked(pa.table(table), now=NOW))
    return ledger


def rows_of(ledger):
    return list(chain.from_iterable(ledger.rows()))


def assert_comes_back(ledger, path, *, raw_cells=False, **how):
    assert export(ledger, str(path), raw_cells=raw_cells) == ledger.head.n
    assert [each.name for each in path.parent.glob(".*")] == []
    with Ledger(path.with_name("again.db"), create=True) as again:
        assert again.add_file(ListingReader(str(path)), now=NOW, **how) == (ledger.head.n, 0)
        assert rows_of(again) == rows_of(ledger)
        assert again.head == ledger.head


@pytest.mark.parametrize("raw_cells", [False, True])
@pytest.mark.parametrize("ending", ENDINGS)
def test_awkward_texts_come_back(tmp_path, monkeypatch, ending, raw_cells):
    monkeypatch.setattr(ledger_module, "_N_AT_ONCE", 40)
    texts = [(a, b) for a in AWKWARD for b in ("", "x", a, f"x{a}", f"'{a}")]
    texts += [("手" * 300_000, "=é"), ("=" * (1 << 20), "")]
    with made(tmp_path / "book.db", list(dict.fromkeys(texts)), NAMES) as ledger:
        assert_comes_back(ledger, tmp_path / f"手表.{ending}", raw_cells=raw_cells)


TEXT = st.text() | st.text("'\";,|\t\r\n\0 =+-@＝−5a\ufeff\ufdd0\ufdd2")


@settings(max_examples=200 if TORTURE else 15, deadline=None)
@given(
    st.sampled_from(["csv", "tsv", "jsonl.gz", "parquet"]),
    st.booleans(),
    st.lists(st.tuples(TEXT, TEXT), min_size=1, unique=True),
)
@example("tsv", False, [("\r'=\t=", "\0"), ("", '"\n\n')])
def test_any_text_comes_back(ending, raw_cells, texts):
    with tempfile.TemporaryDirectory() as folder, made(Path(folder) / "book.db", texts) as ledger:
        assert_comes_back(ledger, Path(folder) / f"out.{ending}", raw_cells=raw_cells)


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_all_columns_and_the_owners_events_come_back(tmp_path, ending):
    table = {name: ["", "", ""] for name in COLUMNS} | {
        "event_id": ["v1", "", "n1"],
        "event": ["verdict", "gold", "notice"],
        "time": ["2024-06-02T10:00+02:00", "1970-01-01T00:00Z", "2024-06-01T00:00:00.5Z"],
        "listing_id": ["ä1", "ä1", "ä1"],
        "reporter": ["", "", "Ærø"],
        "brand": ["", "", "手表"],
        "reason": ["", "", "design"],
        "outcome": ["upheld", "counterfeit", ""],
        "reviewer": ["r", "", ""],
        "regards": ["n1", "", ""],
    }
    with Ledger(tmp_path / "book.db", create=True, owner_key=b"k" * 16) as ledger:
        ledger.add(checked(pa.table(table), now=NOW, by_owner=True))
        assert_comes_back(ledger, tmp_path / f"out.{ending}", by_owner=True)
        reader = ListingReader(str(tmp_path / f"out.{ending}"))
        assert ledger.add_file(reader, by_owner=True) == (0, 3)


def test_what_stands_in_the_file(tmp_path):
    with made(tmp_path / "book.db", [("=1+1", "手表")]) as ledger:
        for raw_cells, title in ((False, "'=1+1"), (True, "=1+1")):
            export(ledger, str(tmp_path / "out.csv"), raw_cells=raw_cells)
            header, row = (tmp_path / "out.csv").read_text().splitlines()
            assert header == ",".join(f'"{name}"' for name in (*COLUMNS, "sha256"))
            ((*cells, digest),) = rows_of(ledger)
            assert row == (
                f'"{cells[0]}","listed","2024-05-31T08:30:00.000001Z","手表","","","","","","",'
                f'"手表","{title}","手表","{digest.hex()}"'
            )


def test_a_changed_row_is_refused(tmp_path):
    with made(tmp_path / "book.db", [("one", ""), ("two", "")]) as ledger:
        export(ledger, str(tmp_path / "out.csv"))
    (tmp_path / "out.csv").write_text((tmp_path / "out.csv").read_text().replace("two", "tow"))
    with Ledger(tmp_path / "again.db", create=True) as again:
        with pytest.raises(InputError) as caught:
            again.add_file(ListingReader(str(tmp_path / "out.csv")))
        assert again.head.n == 0
    assert str(caught.value) == (
        f"{tmp_path}/out.csv, row 2, line 3, column sha256: the event is not what was exported;"
        " take the file as it was written, or leave out the column sha256"
    )


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl"])
def test_a_text_that_could_not_be_read_back_is_not_written(tmp_path, monkeypatch, ending):
    """Lines of CSV, and characters that JSON spells with six, are counted by the readers."""
    monkeypatch.setattr(ledger_module, "_N_AT_ONCE", 2)
    text = "\x01" * (1 << 20) if ending == "jsonl" else "line\n" * 2000
    texts = [("one", ""), ("two", ""), ("three", ""), ("four", text), ("five", text)]
    (tmp_path / f"out.{ending}").write_text("before")
    with made(tmp_path / "book.db", texts) as ledger:
        with pytest.raises(InputError) as caught:
            export(ledger, str(tmp_path / f"out.{ending}"))
        assert_comes_back(ledger, tmp_path / "out.parquet")
    assert str(caught.value) == (
        f"{tmp_path}/out.{ending}, row 4: a text is too long to be read back from .{ending}; write"
        " .parquet"
    )
    assert (tmp_path / f"out.{ending}").read_text() == "before"


def test_a_ledger_without_events(tmp_path):
    with Ledger(tmp_path / "book.db", create=True) as ledger:
        for ending in ENDINGS:
            assert export(ledger, str(tmp_path / f"out.{ending}")) == 0
    assert (tmp_path / "out.csv").read_text().count("\n") == 1
    assert (tmp_path / "out.jsonl").read_text() == ""
    assert parquet.read_table(tmp_path / "out.parquet").column_names == [*COLUMNS, "sha256"]


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch, ending):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / f"out.{ending}"
    path.write_text("before")
    monkeypatch.setattr(ledger_export.Encoder, "rows" if ending == "csv" else "pack", full)
    with made(tmp_path / "book.db", [("手表", "")]) as ledger, pytest.raises(InputError) as caught:
        export(ledger, str(path))
    assert str(caught.value) == f"{path}: cannot write: No space left on device"
    assert path.read_text() == "before"
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_table_is_written(tmp_path, ending):
    path = tmp_path / f"out.{ending}"
    table = pd.DataFrame(
        {
            "listing_id": ["ä1", "ä2", "ä3"],
            "label": pd.array([1, None, 0], "Int64"),
            "weight": [0.5, float("nan"), 1.0],
            "why": pd.Categorical(["=1+1", "手表", "手表"]),
        },
        index=[5, 6, 7],
    )
    write_table(table, str(path))
    if ending == "parquet":
        found = parquet.read_table(path)
        assert found.to_pydict() == {
            "listing_id": ["ä1", "ä2", "ä3"],
            "label": [1, None, 0],
            "weight": [0.5, None, 1.0],
            "why": ["=1+1", "手表", "手表"],
        }
        return
    assert (
        path.read_text()
        == {
            "csv": '"listing_id","label","weight","why"\n'
            '"ä1",1,0.5,"\'=1+1"\n"ä2",,,"手表"\n"ä3",0,1,"手表"\n',
            "jsonl": '{"listing_id": "ä1", "label": 1, "weight": 0.5, "why": "=1+1"}\n'
            '{"listing_id": "ä2", "label": null, "weight": null, "why": "手表"}\n'
            '{"listing_id": "ä3", "label": 0, "weight": 1.0, "why": "手表"}\n',
        }[ending]
    )
