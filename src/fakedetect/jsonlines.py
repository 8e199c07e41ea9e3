"""JSON Lines files: one object on each line, kept as it stands."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from fakedetect.blocks import Batch
from fakedetect.errors import InputError
from fakedetect.records import Records, Splitter
from fakedetect.streams import ByteStream, Utf8, check_utf8

# The keys of so many records at the start are the columns.
N_FOR_COLUMNS = 1000
_MOST_FOR_COLUMNS = 64 << 20  # bytes of them
MOST_NESTED = 100

_NO_OBJECT = "the line is JSON, but no object"


class _Piece(NamedTuple):
    """Lines with an object each, and how many bytes and lines of the file came before."""

    text: bytes
    records: Records
    offset: int
    line: int
    fraction: float | None


class JsonLinesFile:
    """A JSON Lines file, opened; iterate for its blocks.

    Parameters
    ----------
    stream
        The file's bytes.
    encoding
        As for ``Utf8``.
    reserved
        Keys that are a problem, if batches are to have the lines as they stand. If not, None, a key
        that none of the first records has is a problem, since there is no column for it.

    Raises
    ------
    InputError
        Here and while iterating: when the file is empty, holds one JSON array, or its bytes are
        not of the encoding.
    """

    def __init__(
        self, stream: ByteStream, *, encoding: str | None, reserved: Collection[str] | None
    ) -> None:
        self.reserved = reserved
        self.file = stream.name
        self._pieces = self._split(stream, Utf8(stream, encoding))
        self._first: list[_Piece] = []
        self.columns = self._keys()

    def __iter__(self) -> Iterator[JsonLinesBlock]:
        for piece in chain(self._first, self._pieces):
            yield JsonLinesBlock(self, piece)

    def _split(self, stream: ByteStream, utf8: Utf8) -> Iterator[_Piece]:
        splitter = Splitter(b",", b"")
        held, offset, line = b"", utf8.offset, 0
        for piece in utf8:
            held += piece
            found = splitter.split(held, last=not piece)
            if len(found.starts):
                yield _Piece(held, found, offset, line, stream.fraction)
            held = held[found.n_bytes :]
            offset += found.n_bytes
            line += found.n_lines

    def _keys(self) -> list[str]:
        keys: dict[str, None] = {}
        problems: list[tuple[int, str]] = []
        n_records = 0
        for line, (found, why) in self._first_records():
            keys |= dict.fromkeys(found)
            n_records += 1
            if why:
                problems.append((line, why))
        if not n_records:
            raise InputError("the file is empty", file=self.file)
        if problems:
            self._check(problems, n_records)
        if not keys:
            raise InputError("the first records are objects without keys", file=self.file)
        return list(keys)

    def _first_records(self) -> Iterator[tuple[int, tuple[dict[str, str | None], str]]]:
        """Yield the records that make the columns, parsed, and the lines that they begin on."""
        n_records = n_bytes = 0
        for piece in self._pieces:
            self._first.append(piece)
            for number, each in enumerate(_lines(piece.text, piece.records)):
                line = piece.line + int(piece.records.lines[number]) + 1
                yield line, _parsed_record(piece, number, each, self.file)
                n_records += 1
                n_bytes += len(each)
                if n_records == N_FOR_COLUMNS or n_bytes > _MOST_FOR_COLUMNS:
                    return

    def _check(self, problems: list[tuple[int, str]], n_records: int) -> None:
        """Raise where the problems of the first records say that they are no JSON Lines."""
        line, why = problems[0]
        piece = self._first[0]
        is_list = piece.text[piece.records.starts[0] :].lstrip().startswith(b"[")
        if is_list and (n_records == 1 or why != _NO_OBJECT):
            raise InputError(
                "the file is one JSON array; convert it with `jq -c '.[]'`", file=self.file
            )
        if len(problems) == n_records:
            message = f"{why}; none of the first records is a JSON object, as in JSON Lines"
            raise InputError(message, file=self.file, line=line)


class JsonLinesBlock:
    """Records of a JSON Lines file, as ``blocks.Block`` has them."""

    def __init__(self, source: JsonLinesFile, piece: _Piece) -> None:
        self.file = source.file
        self.n_records = len(piece.records.starts)
        self.fraction = piece.fraction
        self._source = source
        self._piece = piece

    def read(self) -> Batch:
        """Return the records; values that are no strings become their JSON text."""
        import pyarrow as pa

        records = self._piece.records
        raw = _lines(self._piece.text, records)
        problems = dict(records.problems)
        rows: list[Mapping[str, str | None]] = []
        for number, each in enumerate(raw):
            found, why = _parsed_record(self._piece, number, each, self.file)
            why = why or self._extra(found)
            if why:
                problems[number] = why
            rows.append({} if why else found)
        names = self._source.columns
        columns = [pa.array([row.get(name) for row in rows], pa.string()) for name in names]
        kept = None
        if self._source.reserved is not None:
            kept = [None if number in problems else each for number, each in enumerate(raw)]
        lines = self._piece.line + records.lines + 1
        return Batch(pa.table(columns, names=names), lines, problems, kept)

    def _extra(self, found: Mapping[str, str | None]) -> str:
        """Return what to say of a key that has no place in the output."""
        reserved, columns = self._source.reserved, self._source.columns
        if reserved is not None:
            taken = next((key for key in reserved if key in found), None)
            return "" if taken is None else f"it has the key {taken!r}, which scoring adds"
        if len(found) <= len(columns) and all(key in columns for key in found):
            return ""
        extra = next(key for key in found if key not in columns)
        return (
            f"the key {extra!r:.60} is in none of the first {N_FOR_COLUMNS:,} records, whose keys"
            " are the columns; write JSON Lines, which keep every key"
        )


class _Number(str):
    """A number as it stands in the file."""

    __slots__ = ()


def _lines(text: bytes, records: Records) -> list[bytes]:
    return [
        text[start:end] for start, end in zip(*map(np.ndarray.tolist, records[:2]), strict=True)
    ]


def _parsed_record(
    piece: _Piece, number: int, record: bytes, file: str
) -> tuple[dict[str, str | None], str]:
    """Return the values of an object as text, and why the record cannot be read.

    Raises
    ------
    InputError
        When it is not UTF-8.
    """
    if problem := piece.records.problems.get(number):
        return {}, problem
    try:
        return _parsed(record)
    except UnicodeDecodeError:
        text, records, offset, line, _ = piece
        start, end = int(records.starts[number]), int(records.ends[number]) + 1
        check_utf8(text, start, end, offset=offset, line=line, file=file)
        raise


def _parsed(line: bytes) -> tuple[dict[str, str | None], str]:
    """Return the values of an object as text, and what is wrong with the line."""
    try:
        found = _DECODER.decode(line.decode())
        if not isinstance(found, dict):
            return {}, _NO_OBJECT
        texts = {key: _text(value) for key, value in found.items()}
        if b"\\u" in line:
            "".join([*texts, *filter(None, texts.values())]).encode()
    except UnicodeDecodeError:
        raise
    except UnicodeEncodeError:
        return {}, "the text has a lone surrogate"
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        if isinstance(error, json.JSONDecodeError):
            reason = f"{error.msg} at character {error.pos + 1}"
        return {}, f"not JSON: {reason}"
    return texts, ""


def _text(value: Any) -> str | None:
    if value is None or type(value) is str:
        return value
    if isinstance(value, _Number):
        return str(value)
    return _json(value, MOST_NESTED)


def _json(value: Any, most_nested: int) -> str:
    """Return a value as JSON with all numbers as they stand in the file."""
    if isinstance(value, _Number):
        return str(value)
    if not isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    # How deep the interpreter goes depends on where it is called from.
    if not most_nested:
        raise RecursionError
    if isinstance(value, list):
        return f"[{', '.join(_json(each, most_nested - 1) for each in value)}]"
    members = (
        f"{json.dumps(key, ensure_ascii=False)}: {_json(each, most_nested - 1)}"
        for key, each in value.items()
    )
    return f"{{{', '.join(members)}}}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        # Programs differ in which of them they take, which could hide a text from one of them.
        raise ValueError("a key occurs twice in an object")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")


_DECODER = json.JSONDecoder(
    parse_float=_Number, parse_int=_Number, parse_constant=_refuse, object_pairs_hook=_unique
)
