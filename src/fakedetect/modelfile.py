"""Model files: plain data in a joblib file, sealed with a digest.

A pickle can run any code when it is loaded, and joblib files are pickles. Here the file holds
nothing but a dict of strings, numbers, lists and NumPy arrays; behind joblib's own bytes stands
the SHA-256 of everything before it. ``read`` takes the bytes once, checks the seal, and then
parses those same bytes with an unpickler that knows only the instructions such data needs and
three names: NumPy's ``ndarray`` and ``dtype``, and joblib's wrapper for arrays.

The seal finds truncation and alteration. It is no proof of origin: whoever can write a file can
seal it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import re
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import joblib
import numpy as np
from joblib.numpy_pickle import NumpyArrayWrapper, NumpyUnpickler

from fakedetect.atomic import replacing
from fakedetect.errors import ModelError
from fakedetect.metrics import Floats

FORMAT = 1

N_CANARIES = 8
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
    "threshold.rule": str,
    "threshold.value": float,
    "versions": dict,
}
_FIGURE = {"value", "low", "high"}

_SEAL = b"\nfakedetect sha256 "
_SEAL_LENGTH = len(_SEAL) + 64

_NAMES: dict[tuple[str, str], Any] = {
    ("joblib.numpy_pickle", "NumpyArrayWrapper"): NumpyArrayWrapper,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}
# Bytes; a header has some thousand. It bounds what the parser can be made to build.
_MOST_BESIDE_ARRAYS = 1 << 20
_DEEPEST = 8  # dicts and lists inside one another
_DTYPE_NAMES = ("u1", "f8")
_DTYPE_STATES = {np.dtype(name): np.dtype(name).__reduce__()[2] for name in _DTYPE_NAMES}
_INSTRUCTIONS = re.split(
    r"\s+",
    """PROTO FRAME STOP MARK MEMOIZE BINGET LONG_BINGET NONE NEWTRUE NEWFALSE BININT BININT1 BININT2
    LONG1 BINFLOAT SHORT_BINUNICODE BINUNICODE EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_LIST
    APPEND APPENDS EMPTY_DICT SETITEM SETITEMS STACK_GLOBAL NEWOBJ REDUCE BUILD""",
)


class _RefusedError(Exception):
    """Something in the pickle that plain data does not need."""


class _Metered(io.BytesIO):
    """Bytes of which only so many may be read that are not an array's."""

    budget = _MOST_BESIDE_ARRAYS

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self.budget -= len(data)
        if self.budget < 0:
            raise _RefusedError("it holds more than a model does")
        return data


class _DataUnpickler(NumpyUnpickler):  # type: ignore[misc] # joblib ships no types
    """Reads dicts, lists, strings, numbers and numeric arrays, and nothing else."""

    dispatch: ClassVar = {
        code: handler
        for code, handler in NumpyUnpickler.dispatch.items()
        if code in {getattr(pickle, name)[0] for name in _INSTRUCTIONS}
    }

    def __init__(self, data: bytes) -> None:
        self._stream = _Metered(data)
        self._n_bytes = len(data)
        super().__init__("", self._stream, ensure_native_byte_order=True)

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _NAMES[module, name]
        except KeyError:
            raise _RefusedError(f"it asks for {f'{module}.{name}'[:80]!r}") from None

    def get(self, number: int) -> None:
        """Take up a value again: names and strings, but nothing that could contain itself."""
        value = self.memo[number]
        if not isinstance(value, (str, type, np.dtype)):
            raise _RefusedError("it holds a value in two places")
        self.stack.append(value)

    def load_binget(self) -> None:
        self.get(self.read(1)[0])

    def load_long_binget(self) -> None:
        self.get(int.from_bytes(self.read(4), "little"))

    def load_setitem(self) -> None:
        self._check_keys(self.stack[-2:-1])
        super().load_setitem()

    def load_setitems(self) -> None:
        self._check_keys(self.stack[0::2])
        super().load_setitems()

    def _check_keys(self, keys: list[Any]) -> None:
        # Others could take for ever to hash, or more stack than there is.
        if not all(isinstance(key, str) for key in keys):
            raise _RefusedError("it holds a key that is no text")

    def load_newobj(self) -> None:
        arguments, kind = self.stack.pop(), self.stack.pop()
        if kind is not NumpyArrayWrapper or arguments != ():
            raise _RefusedError("it creates an object")
        self.stack.append(NumpyArrayWrapper.__new__(NumpyArrayWrapper))

    def load_reduce(self) -> None:
        arguments = self.stack.pop()
        function = self.stack.pop()
        if function is not np.dtype or arguments[0] not in _DTYPE_NAMES:
            raise _RefusedError("it calls a function")
        self.stack.append(np.dtype(arguments[0]))

    def load_build(self) -> None:
        state = self.stack.pop()
        target = self.stack[-1]
        if isinstance(target, np.dtype):
            if state != _DTYPE_STATES.get(target):
                raise _RefusedError("it changes a data type")
            return
        if not isinstance(target, NumpyArrayWrapper) or not isinstance(state, dict):
            raise _RefusedError("it sets the state of an object")
        self.stack[-1] = self._array(state)

    def _array(self, state: dict[str, Any]) -> np.ndarray[Any, Any]:
        shape: Any = state.get("shape")
        dtype: Any = state.get("dtype")
        plain = (
            state.get("subclass") is np.ndarray
            and isinstance(dtype, np.dtype)
            and dtype in _DTYPE_STATES
            and isinstance(shape, tuple)
            and len(shape) == 1
            and isinstance(shape[0], int)
            and 0 <= shape[0] * dtype.itemsize <= self._n_bytes
        )
        if not plain:
            raise _RefusedError("it holds an array of an unknown kind")
        wrapper = NumpyArrayWrapper(np.ndarray, shape, "C", dtype)
        self._stream.budget += shape[0] * dtype.itemsize
        array: np.ndarray[Any, Any] = wrapper.read(self, ensure_native_byte_order=True)
        return array

    dispatch[pickle.BINGET[0]] = load_binget
    dispatch[pickle.LONG_BINGET[0]] = load_long_binget
    dispatch[pickle.SETITEM[0]] = load_setitem
    dispatch[pickle.SETITEMS[0]] = load_setitems
    dispatch[pickle.NEWOBJ[0]] = load_newobj
    dispatch[pickle.REDUCE[0]] = load_reduce
    dispatch[pickle.BUILD[0]] = load_build


class Parts(NamedTuple):
    """What a model file holds.

    Attributes
    ----------
    header
        The model's card, intercept and canaries, as plain data.
    word_terms, char_terms
        The n-grams of both blocks in slot order, without line feeds.
    idf, coefficients
        One value per n-gram, words before characters.
    """

    header: dict[str, Any]
    word_terms: list[str]
    char_terms: list[str]
    idf: Floats
    coefficients: Floats


def write(path: str | os.PathLike[str], parts: Parts) -> None:
    """Write a model as a sealed joblib file, which appears whole or not at all.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    arrays = {
        "word_terms": _packed(parts.word_terms),
        "char_terms": _packed(parts.char_terms),
        "idf": parts.idf,
        "coefficients": parts.coefficients,
    }
    with replacing(path) as file:
        # By way of JSON no value stands in two places, and equal headers are equal bytes.
        header = json.loads(json.dumps(parts.header))
        file.write(_sealed({"header": header, "arrays": arrays}))


def read(path: str | os.PathLike[str]) -> Parts:
    """Read a sealed joblib file of plain data.

    Raises
    ------
    ModelError
        When the file cannot be read, is no model file, is truncated or altered, is of another
        format, holds anything but plain data, or lacks a part; nothing in it has run by then.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot read the model file: {error.strerror}") from None
    except ValueError as error:  # a NUL in the name
        raise ModelError(f"{path!r}: cannot read the model file: {error}") from None
    contents = _parse(path, _unsealed(path, data))
    found = contents["header"].get("format")
    if found != FORMAT:
        raise ModelError(
            f"{path}: the model file has format {found}, this version of fakedetect reads format"
            f" {FORMAT}; install the version that wrote it, or train again"
        )
    try:
        return _checked(contents["header"], contents["arrays"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        kind = type(error).__name__
        raise ModelError(
            f"{path}: refused to load the model file: its parts do not fit ({kind})"
        ) from None


def _checked(header: dict[str, Any], arrays: dict[str, Any]) -> Parts:
    """Return the parts, or raise if one is missing, of another type, or of another length."""
    for place, kind in _HEADER_TYPES.items():
        value: Any = header
        for name in place.split("."):
            value = value[name]
        if not isinstance(value, kind):
            raise TypeError(place)
    if not all(isinstance(name, str) for name in header["text"]["columns"]):
        raise TypeError("text.columns")
    for figure in header["metrics"].values():
        if set(figure) != _FIGURE or not all(isinstance(each, float) for each in figure.values()):
            raise TypeError("metrics")
    canaries = header["canaries"]
    if len(canaries) != N_CANARIES or not all(
        isinstance(canary["text"], str) and isinstance(canary["score"], float)
        for canary in canaries
    ):
        raise TypeError("canaries")
    word_terms, char_terms = _unpacked(arrays["word_terms"]), _unpacked(arrays["char_terms"])
    idf, coefficients = arrays["idf"], arrays["coefficients"]
    if not (idf.dtype == coefficients.dtype == float):
        raise TypeError("arrays")
    finite = (idf, coefficients, header["intercept"])
    if not all(np.isfinite(each).all() for each in finite):
        raise ValueError("not finite")
    # From ln(1) + 1 to what 2**63 listings would give.
    if not ((idf >= 1) & (idf < 50)).all():
        raise ValueError("no inverse document frequency")
    if not (0 <= header["threshold"]["value"] <= 1 and 0 < header["calibration"]["prevalence"] < 1):
        raise ValueError("no probability")
    if not len(word_terms) + len(char_terms) == len(idf) == len(coefficients):
        raise ValueError("arrays of different lengths")
    return Parts(header, word_terms, char_terms, idf, coefficients)


def _packed(terms: list[str]) -> np.ndarray[Any, Any]:
    return np.frombuffer("\n".join(terms).encode(), dtype=np.uint8)


def _unpacked(data: np.ndarray[Any, Any]) -> list[str]:
    return data.tobytes().decode().split("\n") if len(data) else []


def _sealed(contents: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(contents, buffer)
    data = buffer.getvalue()
    return data + _SEAL + hashlib.sha256(data).hexdigest().encode()


def _unsealed(path: str | os.PathLike[str], data: bytes) -> bytes:
    data, seal = data[:-_SEAL_LENGTH], data[-_SEAL_LENGTH:]
    if not seal.startswith(_SEAL):
        raise ModelError(
            f"{path}: not a fakedetect model file, or one that was cut short;"
            " `fakedetect train` writes model files"
        )
    if seal[len(_SEAL) :] != hashlib.sha256(data).hexdigest().encode():
        raise ModelError(
            f"{path}: the model file was altered after it was written; get the original"
        )
    return data


def _parse(path: str | os.PathLike[str], data: bytes) -> dict[str, Any]:
    try:
        contents = _DataUnpickler(data).load()
    except _RefusedError as refused:
        raise ModelError(f"{path}: refused to load the model file: {refused}") from None
    except Exception as error:  # whatever the parser stumbles over in hostile bytes
        kind = type(error).__name__
        raise ModelError(f"{path}: refused to load the model file: {kind}") from None
    if not isinstance(contents, dict) or not isinstance(contents.get("header"), dict):
        raise ModelError(f"{path}: refused to load the model file: it has no header")
    header = contents["header"]
    if not _is_plain(header) or not isinstance(header.get("format"), int):
        raise ModelError(f"{path}: refused to load the model file: its header is no plain data")
    return contents


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
