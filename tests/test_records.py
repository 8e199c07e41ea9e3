import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakedetect import records
from fakedetect.records import QUOTES, TOO_LONG, Splitter


def split(text, size=1 << 30, *, one_by_one=False, delimiter=b",", quote=b'"'):
    """Return each record's line, text and problem, the text given in pieces of a size."""
    splitter = Splitter(delimiter, quote)
    if one_by_one:
        splitter._of_clean_text = lambda *_, **__: None
    found, held, n_lines = [], b"", 0
    for start in range(0, max(1, len(text)), size):
        held += text[start : start + size]
        part = splitter.split(held, last=start + size >= len(text))
        for number, (first, end, line) in enumerate(zip(*part[:3], strict=True)):
            problem = part.problems.get(number, "")
            # Of a line that is too long the end may not be there yet.
            whole = b"" if problem == TOO_LONG else held[first:end]
            found.append((int(line) + n_lines, whole, problem))
        held = held[part.n_bytes :]
        n_lines += part.n_lines
    assert held == b""
    return found


def texts(found):
    return [text for _, text, _ in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", []),
        (b"\n\r\n\n", []),
        (b"a,b\nc,d", [b"a,b", b"c,d"]),
        (b"a\r\nb\r\n", [b"a\r", b"b\r"]),
        (b'"a\nb",c\nd\n', [b'"a\nb",c', b"d"]),
        (b'"a ""b""\n",c\nd', [b'"a ""b""\n",c', b"d"]),
        (b'19" rack,"x"\n20" rack\n', [b'19" rack,"x"', b'20" rack']),
        (b'size 19",x\nb\n', [b'size 19",x', b"b"]),
        (b'"a"b,"c"\nd\n', [b'"a"b,"c"', b"d"]),
        (b'""\n"",""\n', [b'""', b'"",""']),
        (b'a,"b\r\nc"\r\nd\r\n', [b'a,"b\r\nc"\r', b"d\r"]),
        (b"a\rb\nc", [b"a\rb", b"c"]),
        (b'"a"\rb\nc\n', [b'"a"\rb', b"c"]),
        (b'a\n"b', [b"a", b'"b']),
    ],
)
def test_records_end_where_they_should(text, expected):
    assert texts(split(text)) == expected
    assert texts(split(text, one_by_one=True)) == expected


def test_lines_are_those_of_the_file():
    found = split(b'a\n\n"b\nc"\n\r\nd\n')
    assert [(line, text) for line, text, _ in found] == [(0, b"a"), (2, b'"b\nc"'), (5, b"d")]


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        (b'1,"a\n2,b\n3,c\n', [0]),  # never closed
        (b'1,"a\n2,"b"\n3,c\n', [0]),  # closed by the next record's opening quote
        (b'1,a\n2,"b\n', [1]),  # in the last record
        (b'1,"a\n"2\n3,c\n', [0, 1]),
        (b'1,"a ""b\n2,b\n', [0]),
        (b'1,"a\nb",c\n2,"d\n3,e\n', [1]),
    ],
)
def test_a_stray_quote_costs_its_line_only(text, bad):
    found = split(text)
    assert [number for number, each in enumerate(found) if each[2]] == bad
    assert {each[2] for each in found} <= {"", QUOTES}
    assert b"\n".join(texts(found)) == text.strip()


def test_nothing_is_quoted_without_a_quote():
    assert texts(split(b'"a\nb"\n', quote=b"")) == [b'"a', b'b"']


@pytest.mark.parametrize("n", [999, 1000, 1001])
def test_a_record_goes_over_a_thousand_lines_at_most(n):
    found = split(b'1,"' + b"\n" * (n - 1) + b'"\n2,b\n')
    assert [each[2] for each in found][:1] == ["" if n <= 1000 else QUOTES]
    assert texts(found)[-1] == b"2,b"


@pytest.mark.parametrize("n", [-1, 0, 1])
def test_a_record_over_lines_has_a_mebibyte_at_most(n):
    frame = b'1,"\n"'
    record = b'1,"\n' + b"x" * ((1 << 20) - len(frame) + n) + b'"'
    found = split(record + b"\n2,b\n")
    assert found[0][2] == ("" if n <= 0 else QUOTES)
    assert texts(found)[-1] == b"2,b"


@pytest.mark.parametrize("n", [-1, 0, 1])
@pytest.mark.parametrize("size", [1 << 20, 1 << 30])
def test_a_line_has_four_mebibytes_at_most(n, size):
    found = split(b'"' + b"x" * ((4 << 20) - 2 + n) + b'"\n2,b\n', size)
    assert [each[2] for each in found] == ["" if n <= 0 else TOO_LONG, ""]
    assert [each[0] for each in found] == [0, 1]


PARTS = st.lists(
    st.sampled_from(['"', ",", "\n", "a", '"\n"', ',"', '","', '""', "\r\n", "\r", "x" * 9])
)


@given(PARTS, st.sampled_from([1, 2, 3, 7, 20]))
def test_neither_pieces_nor_the_way_change_the_records(parts, size):
    text = "".join(parts).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "MOST_LINES", 4)
        patch.setattr(records, "MOST_OVER_LINES", 30)
        patch.setattr(records, "MOST_ON_A_LINE", 50)
        expected = split(text, one_by_one=True)
        assert split(text) == expected
        assert split(text, size) == expected
        assert split(text, size, one_by_one=True) == expected


@pytest.mark.parametrize(
    "line", [b'x","\n', b'1,"abc,2\n', b'"\n', b'"""\n', b'",""\n', b'"a""\n', b",\n", b'19" x\n']
)
def test_hostile_lines_take_time_in_proportion(line, monkeypatch):
    looked_at = 0
    closing = Splitter._closing

    def counted(self, text, at, end):
        nonlocal looked_at
        found = closing(self, text, at, end)
        looked_at += (found if found >= 0 else min(end, len(text))) - at
        return found

    monkeypatch.setattr(Splitter, "_closing", counted)
    text = line * 20_000
    split(text)
    assert looked_at <= 3 * len(text)


def test_positions_are_large_enough_for_any_file():
    found = Splitter(b",", b'"').split(b"a\n" * (2**16 + 1), last=True)
    assert found.starts[-1] == 2**17
    assert found.starts.dtype == np.intp
