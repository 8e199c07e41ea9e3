"""Model files: plain data in a joblib file, sealed with a digest or a keyed one.

A pickle can run any code when it is loaded, and joblib files are pickles. Here the file holds
nothing but a dict of strings, numbers, lists and NumPy arrays; behind joblib's own bytes stands a
seal, the SHA-256 of everything before it, or with a key its HMAC. ``read`` takes the bytes once,
checks their digest and the seal, and hands those same bytes to a parser of plain data.

The plain seal finds truncation and alteration. It is no proof of origin, since whoever can write a
file can seal it; a digest known from elsewhere is one, and so is a key.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import itertools
import json
import os
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np
import numpy.typing as npt

from fakedetect.atomic import replacing
from fakedetect.cards import PARTS, misfit
from fakedetect.errors import InputError, ModelRefused
from fakedetect.metrics import Floats
from fakedetect.operating_points import OperatingPoints
from fakedetect.plainpickle import RefusedError, parse
from fakedetect.trust import checked_digest, checked_key

FORMAT = 4

NOT_OF_THE_CARD = frozenset(["format", "intercept", "segments", "canaries"])
# Of the canonical text. The first knows compatibility forms and invisible characters.
EDITIONS = (1, 2)
N_CANARIES = 8
MOST_OVERLAPS = 16  # segments that a word may be in
LONGEST_SEGMENT = 1_000  # words
LONGEST_CANARY = 4_000  # characters, so that checking them takes no time to speak of
# What the program reads of a header, by place.
_HEADER_TYPES: dict[str, Any] = {
    "calibration.prevalence": float,
    "canaries": list,
    "data.fingerprint": str,
    "data.group_column": str | None,
    "data.n_groups": int,
    "data.n_labelled": int,
    "data.n_positive": int,
    "data.n_unlabelled": int,
    "data.sketch": list,
    "features": dict,
    "fit": dict,
    "folds.n_folds": int,
    "intercept": float,
    "metrics": dict,
    "text.columns": list,
    "text.edition": int,
    "threshold.rule": str,
    "threshold.value": float,
    "versions": dict,
}
_NEW_IN_3 = ("hold", "operating_points", *PARTS)
_FIGURE = {"value", "low", "high"}
_ARRAYS = {
    "word_terms": np.uint8,
    "char_terms": np.uint8,
    "idf": np.float64,
    "idf_lengths": np.uint32,
    "coefficients": np.float64,
}

_MOST_BYTES = 1 << 28  # some ten times what a million n-grams of each block take
_DEEPEST = 8  # dicts and lists inside one another
_HEAVIEST = 1e9  # so that no sum of weights is infinite; fitted ones stay below a thousand

_PLAIN_SEAL = b"\nfakedetect sha256 "
_KEYED_SEAL = b"\nfakedetect hmac-sha256 "
_DIGITS = 64


class Parts(NamedTuple):
    """What a model file holds.

    Attributes
    ----------
    header
        The model's card, intercept, segments and canaries, as plain data.
    word_terms, char_terms
        The n-grams of both blocks in slot order, without line feeds, in each block distinct.
    idf, coefficients
        One value per n-gram, words before characters.
    """

    header: dict[str, Any]
    word_terms: list[str]
    char_terms: list[str]
    idf: Floats
    coefficients: Floats


def write(path: str | os.PathLike[str], parts: Parts, *, key: bytes | None = None) -> None:
    """Write a model as a sealed joblib file, which appears whole or not at all.

    Parameters
    ----------
    path
        File to write.
    parts
        What it is to hold.
    key
        Seals the file with an HMAC instead of a plain digest; 16 bytes or more.

    Raises
    ------
    InputError
        When the file cannot be written, or the key is too short.
    """
    key = checked_key(key)
    arrays = {
        "word_terms": _packed(parts.word_terms),
        "char_terms": _packed(parts.char_terms),
        **_in_runs(parts.idf),
        "coefficients": parts.coefficients,
    }
    # By way of JSON no value stands in two places, and equal headers are equal bytes.
    header = json.loads(json.dumps(parts.header))
    buffer = io.BytesIO()
    joblib.dump({"header": header, "arrays": arrays}, buffer)
    with buffer.getbuffer() as data:
        seal = _seal(data, key)
    buffer.write(seal)
    with replacing(path) as file:
        file.write(buffer.getbuffer())


def read(
    path: str | os.PathLike[str],
    *,
    sha256: str | None = None,
    key: bytes | None = None,
    mapped: bool = False,
) -> Parts:
    """Read a sealed joblib file of plain data.

    Parameters
    ----------
    path
        File to read.
    sha256
        SHA-256 that the whole file must have, in hexadecimal digits.
    key
        Key that the file must be sealed with; None takes files with the plain seal only.
    mapped
        Whether to map the file into memory instead of reading it, so that processes share it.

    Raises
    ------
    InputError
        When the digest is none, or the key is too short.
    ModelRefused
        When the file cannot be read, has another digest or seal, is no model file, is truncated or
        altered, is of an unknown format, holds anything but plain data, or lacks a part; nothing in
        it has run by then.
    """
    pinned = checked_digest(sha256)
    key = checked_key(key)
    data = _bytes_of(path, mapped)
    if pinned and (found := hashlib.sha256(data).hexdigest()) != pinned:
        raise ModelRefused(
            f"{path}: the file's SHA-256 is {found}, not the pinned {pinned}; get the file that was"
            " pinned"
        )
    content = _unsealed(path, data, key)
    try:
        return _parts(_upgraded(_contents(parse(content))))
    except RefusedError as reason:
        raise ModelRefused(f"{path}: refused to load the model file: {reason}") from None


def _bytes_of(path: str | os.PathLike[str], mapped: bool) -> memoryview:
    data = memoryview(b"")
    try:
        with Path(path).open("rb") as file:
            size = os.fstat(file.fileno()).st_size  # of a pipe 0
            if mapped and 0 < size <= _MOST_BYTES:
                data = memoryview(mmap(file.fileno(), 0, access=ACCESS_READ))
            elif size <= _MOST_BYTES:
                data = memoryview(file.read(size or _MOST_BYTES + 1))
    except OSError as error:
        raise ModelRefused(f"{path}: cannot read the model file: {error.strerror}") from None
    except ValueError as error:  # a NUL in the name
        raise ModelRefused(f"{path!r}: cannot read the model file: {error}") from None
    if max(size, len(data)) > _MOST_BYTES:
        raise ModelRefused(f"{path}: larger than any model file ({_MOST_BYTES >> 20} MiB)")
    return data


def _seal(data: memoryview, key: bytes | None) -> bytes:
    if key is None:
        return _PLAIN_SEAL + hashlib.sha256(data).hexdigest().encode()
    return _KEYED_SEAL + hmac.digest(key, data, "sha256").hex().encode()


def _unsealed(path: str | os.PathLike[str], data: memoryview, key: bytes | None) -> memoryview:
    """Return the bytes before the seal, or raise if it is not the one they should have."""
    is_keyed = data[-len(_KEYED_SEAL) - _DIGITS : -_DIGITS] == _KEYED_SEAL
    kind = _KEYED_SEAL if is_keyed else _PLAIN_SEAL
    content, seal = data[: -len(kind) - _DIGITS], data[-len(kind) - _DIGITS :]
    if seal[: len(kind)] != kind:
        raise ModelRefused(
            f"{path}: not a fakedetect model file, or one that was cut short;"
            " `fakedetect train` writes model files"
        )
    if is_keyed and key is None:
        raise ModelRefused(
            f"{path}: the model file is sealed with a key; name the key's file with --model-key, or"
            " give key= in Python"
        )
    if key is not None and not is_keyed:
        raise ModelRefused(
            f"{path}: the model file is not sealed with a key, as you ask; get one that is, or do"
            " without the key"
        )
    if not hmac.compare_digest(_seal(content, key), seal):
        raise ModelRefused(
            f"{path}: the model file was altered after it was written"
            f"{', or sealed with another key' if is_keyed else ''}; get the original"
        )
    return content


def _contents(value: Any) -> dict[str, Any]:
    """Return the header and the arrays, or raise if they are not plain data of a known format."""
    header = value.get("header") if isinstance(value, dict) else None
    if not isinstance(header, dict):
        raise RefusedError("it has no header")
    if not _is_plain(header) or not isinstance(header.get("format"), int):
        raise RefusedError("its header is no plain data")
    if not 1 <= header["format"] <= FORMAT:
        raise RefusedError(
            f"it has format {header['format']}, this version of fakedetect reads formats 1 to"
            f" {FORMAT}; install the version that wrote it, or train again"
        )
    arrays = value.get("arrays")
    _require(isinstance(arrays, dict), "arrays")
    for name, array in arrays.items():
        fits = isinstance(array, np.ndarray) and name in _ARRAYS and array.dtype == _ARRAYS[name]
        _require(fits, name)
    return {"header": header, "arrays": arrays}


def _upgraded(contents: dict[str, Any]) -> dict[str, Any]:
    """Return the contents of any format as the newest has them, one step after another."""
    header, arrays = contents["header"], contents["arrays"]
    if header["format"] == 1:  # one idf for each n-gram, now for each run of equal ones
        _require("idf" in arrays, "idf")
        header, arrays = {**header, "format": 2}, {**arrays, **_in_runs(arrays["idf"])}
    if header["format"] == 2:  # had one threshold and nothing to choose another by
        header = {**header, "format": 3, **dict.fromkeys(_NEW_IN_3)}
    if header["format"] == 3:  # read every listing as a whole, and knew one canonical text
        _require(isinstance(header.get("text"), dict), "text.columns")
        text = {**header["text"], "edition": 1}
        header = {**header, "format": 4, "text": text, "segments": None}
    return {"header": header, "arrays": arrays}


def _parts(contents: dict[str, Any]) -> Parts:
    """Return the parts, or raise if one is missing, of another type, or of another length."""
    header, arrays = contents["header"], contents["arrays"]
    _check_header(header)
    for name in _ARRAYS:
        _require(name in arrays, name)
    coefficients, idf, lengths = (arrays[name] for name in ("coefficients", "idf", "idf_lengths"))
    # From ln(1) + 1 to what 2**63 listings would give.
    _require(bool(((idf >= 1) & (idf < 50)).all()), "idf")
    _require(bool((np.abs(coefficients) < _HEAVIEST).all()), "coefficients")
    # Everything is counted before anything larger than the file is made.
    counts = [_n_packed(arrays[name]) for name in ("word_terms", "char_terms")]
    _require(sum(counts) == len(coefficients), "coefficients")
    _require(len(idf) == len(lengths) and lengths.sum() == len(coefficients), "idf_lengths")
    word_terms, char_terms = (_unpacked(arrays, name) for name in ("word_terms", "char_terms"))
    return Parts(header, word_terms, char_terms, np.repeat(idf, lengths), coefficients)


def _check_header(header: dict[str, Any]) -> None:
    for place, kind in _HEADER_TYPES.items():
        value: Any = header
        for name in place.split("."):
            value = value.get(name, ...) if isinstance(value, dict) else ...
        _require(isinstance(value, kind), place)
    _require(all(isinstance(name, str) for name in header["text"]["columns"]), "text.columns")
    _require(all(map(_is_figure, header["metrics"].values())), "metrics")
    _require(header["text"]["edition"] in EDITIONS, "text.edition")
    segments = header.get("segments", ...)
    _require(segments is None or _are_segments(segments), "segments")
    canaries = header["canaries"]
    _require(len(canaries) == N_CANARIES and all(map(_is_canary, canaries)), "canaries")
    _require(abs(header["intercept"]) < _HEAVIEST, "intercept")
    _require(_is_threshold(header["threshold"]), "threshold")
    hold = header.get("hold", ...)
    _require(hold is None or _is_threshold(hold), "hold")
    try:
        if header.get("operating_points", ...) is not None:
            OperatingPoints.from_dict(header["operating_points"])
    except (InputError, KeyError):
        raise _missing("operating_points") from None
    _require(0 < header["calibration"]["prevalence"] < 1, "calibration.prevalence")
    wrong = misfit(header)
    _require(wrong is None, wrong or "")


def _is_figure(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == _FIGURE
        and all(isinstance(each, float) for each in value.values())
    )


def _is_threshold(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("rule"), str):
        return False
    shares = [value.get(name) for name in ("target", "confidence", "bound")]
    return (
        isinstance(value.get("value"), float)
        and 0 <= value["value"] <= 1
        and isinstance(value.get("kind", ""), str)
        and all(each is None or (isinstance(each, float) and 0 <= each <= 1) for each in shares)
    )


def _are_segments(value: Any) -> bool:
    if not isinstance(value, dict) or set(value) != {"n_words", "step", "penalty"}:
        return False
    n_words, step, penalty = value["n_words"], value["step"], value["penalty"]
    return (
        isinstance(n_words, int)
        and isinstance(step, int)
        # Steps of a few words in long segments would read a text many times over.
        and 1 <= step <= n_words <= MOST_OVERLAPS * step
        and n_words <= LONGEST_SEGMENT
        and isinstance(penalty, float)
        and 0 <= penalty < _HEAVIEST
    )


def _is_canary(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("text"), str)
        and len(value["text"]) <= LONGEST_CANARY
        and isinstance(value.get("score"), float)
    )


def _require(holds: bool, place: str) -> None:
    if not holds:
        raise _missing(place)


def _missing(place: str) -> RefusedError:
    return RefusedError(f"it has no {place[:80]!r} that a model could have")


def _in_runs(idf: Floats) -> dict[str, npt.NDArray[Any]]:
    """Return runs of equal values: as the most frequent n-grams come first, they are long."""
    starts = np.concatenate([[0], np.flatnonzero(idf[1:] != idf[:-1]) + 1])[: len(idf)]
    lengths = np.diff(starts, append=len(idf)).astype(np.uint32)
    return {"idf": idf[starts], "idf_lengths": lengths}


def _packed(terms: list[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(terms).encode(), dtype=np.uint8)


def _n_packed(data: npt.NDArray[np.uint8]) -> int:
    return int(np.count_nonzero(data == ord("\n"))) + 1 if len(data) else 0


def _unpacked(arrays: dict[str, Any], name: str) -> list[str]:
    data = arrays[name]
    try:
        terms = str(data.data, "utf-8").split("\n") if len(data) else []
    except UnicodeDecodeError:
        raise RefusedError(f"its {name} are not UTF-8") from None
    if not _are_distinct(terms):
        raise RefusedError(f"its {name} hold one twice")
    return terms


def _are_distinct(terms: list[str]) -> bool:
    # A third of the time that a set takes, and the strings keep their hashes for later. A few
    # differ and have the same: "ab" and the letter that is written with the same bytes.
    hashes = np.fromiter(map(hash, terms), np.int64, count=len(terms))
    in_order = np.sort(hashes)
    repeated = in_order[1:][in_order[1:] == in_order[:-1]]
    alike = list(itertools.compress(terms, np.isin(hashes, repeated)))
    return len(set(alike)) == len(alike)


def _is_plain(value: Any, depth: int = 0) -> bool:
    """Return whether a value is what JSON could hold, of the size that headers have."""
    if isinstance(value, (dict, list)) and depth == _DEEPEST:
        return False
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(value[key], depth + 1) for key in value)
    if isinstance(value, list):
        return all(_is_plain(each, depth + 1) for each in value)
    if isinstance(value, int):
        return abs(value) < 1 << 63
    return value is None or isinstance(value, (str, float))
