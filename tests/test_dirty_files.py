"""Dirty files have the outcomes written beside them; random ones are accounted for."""

import gzip
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT, TORTURE
from dirty_files import JSON, report, small, table, zstd
from fakedetect import streams
from fakedetect.batch import score_file
from fakedetect.errors import InputError
from fakedetect.listings import ListingReader

CASES = small()
PIECES = (1, 2, 3, 7, 64, streams.PIECE)
N_RANDOM = 20_000 if TORTURE else 500

# What random files are made of, where it matters what stands beside what.
CSV_PARTS = [
    *[b'"'] * 8, *[b","] * 5, *[b"\n"] * 6, b"\r\n", b"\r\n", b"\r", b"x", b"y z", "é".encode(),
    "手".encode(), b"\0", b";", b'""', b'"""', "\ufdd0".encode(), "\ufdd0\ufdd1".encode(),
    "\ufdd0\ufdd2".encode(), "\ufeff".encode(), b" ", b"\t", b"'", b"1,2\n", b'"a\nb",1\n',
]  # fmt: skip
JSON_PARTS = [
    *[JSON] * 4, *[b"\n"] * 5, b"\r\n", b"\r", b'{"title":', b'"', b"[", b"]", b"{", b"}", b",",
    b"1", b"\\u", b"d800", b'\\"', "é".encode(), b'{"a": 1}', b" ", b"\0", b"null", b"{}\n",
    b'{"title": [1.0, {"k": null}], "b": 2}', "\ufeff".encode(),
]  # fmt: skip
NO_UTF8 = [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x80"]
OPTIONS = [
    *[{}] * 8, {"quote": ""}, {"quote": "'"}, {"delimiter": ";"}, {"encoding": "latin-1"},
    {"encoding": "utf-16-le"}, {"encoding": "gb18030"},
]  # fmt: skip


def test_there_are_many_cases():
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)) >= 200


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_outcome(case, model, tmp_path):
    found = report(case, tmp_path / "case", model)
    assert found["wrong"] == ""
    assert found["seconds"] < 10


@pytest.mark.slow
def test_large_files_take_little_time_and_memory(model_file, tmp_path):
    arguments = [model_file, tmp_path, *(["all"] if TORTURE else [])]
    done = subprocess.run(
        [sys.executable, "-W", "error", ROOT / "tests" / "dirty_files.py", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(reports) >= 15
    assert [each for each in reports if each.get("wrong", "no report")] == []
    assert [each for each in reports if each["seconds"] >= 10] == []
    assert [each for each in reports if each["kilobytes"] >= 1 << 20] == []


def test_columns_of_two_kinds_do_not_make_one_parquet_file(model, tmp_path):
    paths = [str(tmp_path / name) for name in ("a.parquet", "b.parquet")]
    for path, n in zip(paths, (1, 1.5), strict=True):
        Path(path).write_bytes(table(title=["x"], n=[n]))
    with pytest.raises(InputError) as caught:
        score_file(paths, str(tmp_path / "out.parquet"), model)
    assert str(caught.value) == (
        f"{paths[1]}, column n: it holds double, and int64 in the first file, which one Parquet"
        " file cannot; write CSV or JSON Lines"
    )
    assert score_file(paths, str(tmp_path / "out.jsonl"), model).n_scored == 2


def test_json_lines_have_no_nan(model, tmp_path):
    source, target = tmp_path / "a.parquet", tmp_path / "out.jsonl"
    source.write_bytes(table(title=["x"], n=[float("nan")], m=[[float("-inf")]]))
    score_file(str(source), str(target), model)
    assert target.read_text().startswith('{"title": "x", "n": null, "m": ["-inf"], "score": 0.')


def random_text(rng) -> tuple[str, bytes]:
    """Return the ending and the text of a random file."""
    parts, ending = rng.choice([(CSV_PARTS, ".csv")] * 3 + [(JSON_PARTS, ".jsonl")])
    parts = parts + (NO_UTF8 if rng.random() < 0.15 else [])
    text = b"".join(rng.choice(parts) for _ in range(rng.randrange(40)))
    if rng.random() < 0.1:
        text = rng.randbytes(rng.randrange(60))
    if rng.random() < 0.9:
        heads = {".csv": [b"title,b\n", b"title,b\r\n", b'"title","b"\n'], ".jsonl": [JSON]}
        text = rng.choice(heads[ending]) + text
    return ending, text


def mutated(rng, data: bytes) -> bytes:
    """Return data with a few random changes."""
    changed = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        at, length = rng.randrange(len(changed)), rng.randrange(20)
        match rng.randrange(4):
            case 0:
                changed[at] ^= 1 << rng.randrange(8)
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = rng.randbytes(length)
            case 3:
                del changed[at:]
        if not changed:
            break
    return bytes(changed)


def records(path, options):
    """Return all records of a file, or the message that refuses it."""
    reader = ListingReader(str(path), **options)
    rows, lines, problems = [], [], {}
    try:
        for block in reader.blocks():
            batch = block.read()
            assert batch.table.num_rows == len(batch.lines) == block.n_records
            problems |= {len(rows) + row: why for row, why in batch.problems.items()}
            rows += batch.table.to_pylist()
            lines += batch.lines.tolist()
    except InputError as error:
        return str(error).split("; it may be")[0]
    assert all(set(rows[row].values()) == {None} for row in problems)
    return rows, lines, problems


def test_pieces_may_end_anywhere(tmp_path, monkeypatch):
    rng = random.Random(1)
    for number in range(N_RANDOM):
        ending, text = random_text(rng)
        options = rng.choice(OPTIONS)
        path = tmp_path / f"{number}{ending}"
        path.write_bytes(text)
        found = []
        for piece in PIECES if TORTURE else rng.sample(PIECES, 2):
            monkeypatch.setattr(streams, "PIECE", piece)
            found.append(records(path, options))
        if not all(isinstance(each, str) for each in found):  # which fault is met first may differ
            assert all(each == found[0] for each in found), (text, options)
        path.unlink()


def test_random_files_have_a_row_for_each_record(model, tmp_path):
    rng = random.Random(2)
    target = str(tmp_path / "scored.parquet")
    listings = table(title=["x", "été", None, "手表"], n=[1, 2, None, 4])
    csv = b'title,b\nx,1\n"y\nz",2\n'
    good = {
        ".csv": csv,
        ".jsonl": JSON * 3 + b'{"title": ["x", 1.50]}\n',
        ".csv.gz": gzip.compress(csv),
        ".csv.zst": zstd(csv),
        ".parquet": listings,
    }
    n_scored = 0
    for _ in range(N_RANDOM // 2):
        ending = rng.choice(list(good))
        path = tmp_path / f"in{ending}"
        path.write_bytes(mutated(rng, good[ending]))
        try:
            summary = score_file(str(path), target, model)
        except InputError:
            continue
        rows, _, problems = records(target, {})
        assert len(rows) == summary.n_read
        assert sum(row["status"] != "ok" for row in rows) == summary.n_errored
        assert all((row["score"] is None) == (row["status"] != "ok") for row in rows)
        assert problems == {}
        n_scored += 1
    assert n_scored > N_RANDOM // 20
