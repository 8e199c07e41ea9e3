from contextlib import closing

import pyarrow as pa
import pytest

from fakedetect import jsonlines, streams
from fakedetect.errors import InputError
from fakedetect.jsonlines import JsonLinesFile
from fakedetect.streams import ByteStream


def read(tmp_path, data, reserved=None):
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)
    with closing(ByteStream(str(path))) as stream:
        return [block.read() for block in JsonLinesFile(stream, encoding=None, reserved=reserved)]


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_values_become_their_text(tmp_path, monkeypatch, size):
    monkeypatch.setattr(streams, "PIECE", size)
    data = (
        '\ufeff{"a": "手表", "n": 1.10, "big": 123456789012345678901234567890}\r\n\n'
        '{"a": null, "flag": true, "n": -0, "list": [1.5, {"x": "é"}]}'
    )
    batches = read(tmp_path, data.encode())
    assert pa.concat_tables([batch.table for batch in batches]).to_pydict() == {
        "a": ["手表", None],
        "n": ["1.10", "-0"],
        "big": ["123456789012345678901234567890", None],
        "flag": [None, "true"],
        "list": [None, '[1.5, {"x": "é"}]'],
    }
    assert [line for batch in batches for line in batch.lines] == [1, 3]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "not JSON: Expecting property name enclosed in double quotes at character 2"),
        ('{"a": 1} x', "not JSON: Extra data at character 10"),
        ("[1]", "the line is JSON, but no object"),
        ('"a"', "the line is JSON, but no object"),
        ('{"a": NaN}', "not JSON: NaN is no JSON number"),
        ('{"a": 1, "a": 2}', "not JSON: a key occurs twice in an object"),
        ('{"a": "\\ud800"}', "the text has a lone surrogate"),
        ("[" * 100_000, "not JSON: nested too deeply"),
        ('{"a": "' + "x" * (4 << 20) + '"}', "the record is longer than 4 MiB"),
    ],
)
def test_bad_lines_cost_one_row(tmp_path, line, problem):
    batches = read(tmp_path, f'{{"a": "x"}}\n{line}\n{{"a": "y"}}\n'.encode())
    table = pa.concat_tables([batch.table for batch in batches])
    assert table["a"].to_pylist() == ["x", None, "y"]
    assert [why for batch in batches for why in batch.problems.values()] == [problem]


def test_lines_are_kept_as_they_stand(tmp_path):
    lines = [b'{"a":  "x", "n": 1.50}', b'{"score": 1}', b"{", b'{"late": 1}']
    (batch,) = read(tmp_path, b"\n".join([*lines, b""]), reserved=("score", "status"))
    assert batch.raw == [lines[0], None, None, lines[3]]
    assert batch.problems == {
        1: "it has the key 'score', which scoring adds",
        2: "not JSON: Expecting property name enclosed in double quotes at character 2",
    }


def test_a_key_that_comes_late_is_not_lost_in_silence(tmp_path, monkeypatch):
    monkeypatch.setattr(jsonlines, "N_FOR_COLUMNS", 2)
    (batch,) = read(tmp_path, b'{"a": "x"}\n{"b": "y"}\n{"b": "z", "c": "w"}\n')
    assert batch.table.to_pydict() == {"a": ["x", None, None], "b": [None, "y", None]}
    assert batch.problems == {
        2: "the key 'c' is in none of the first 2 records, whose keys are the columns; write JSON"
        " Lines, which keep every key"
    }


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b'[{"a": 1},\n {"a": 2}]', "the file is one JSON array; convert it with `jq -c '.[]'`"),
        (
            b'{"a": "caf\xe9"}',
            "not UTF-8: byte 0xe9 at offset 10 (line 1); it may be cp1252: try --encoding cp1252",
        ),
    ],
)
def test_files_that_cannot_be_used(tmp_path, data, message):
    with pytest.raises(InputError) as caught:
        read(tmp_path, data)
    assert str(caught.value) == f"{tmp_path}/a.jsonl: {message}"
