"""Pickled plain data, read by a parser that has no means to run anything.

A pickle is a program: its reader looks up whatever names it asks for and calls them. joblib's files
are pickles, with the bytes of each array right behind its description. This parser knows the thirty
instructions that dicts, lists, strings, numbers and numeric arrays need, and the three names that
describe an array, none of which it looks up. It does not recurse, believes no length that the bytes
do not bear out, and copies no array: arrays are read-only views of the bytes it is given.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

# Bytes that are no array's; a model's header has some ten thousand. It bounds what can be built.
MOST_BESIDE_ARRAYS = 1 << 17
_ALIGNMENT = 16  # of the arrays in joblib's files


class RefusedError(Exception):
    """Something that a file of plain data has no need of; the message says what."""


class _Name(Enum):
    WRAPPER = ("joblib.numpy_pickle", "NumpyArrayWrapper")
    ARRAY = ("numpy", "ndarray")
    DTYPE = ("numpy", "dtype")


_NAMES = {name.value: name for name in _Name}
_DTYPES = [np.dtype(name) for name in ("u1", "u4", "f8")]


def parse(data: memoryview) -> Any:
    """Return the value in a pickle, or a joblib file, of plain data.

    Parameters
    ----------
    data
        The bytes, which the arrays found in them keep alive.

    Raises
    ------
    RefusedError
        At the first thing that is not plain data as joblib writes it.
    """
    reader = _Reader(data)
    try:
        return reader.read()
    except (LookupError, TypeError, ValueError):  # an empty stack, bytes that are no UTF-8, ...
        raise RefusedError(f"it makes no sense at byte {reader.position}") from None


class _Reader:
    """A pickle's stack, its memory, and how far it is read."""

    def __init__(self, data: memoryview) -> None:
        self.position = 0
        self._data = data
        self._beside_arrays = MOST_BESIDE_ARRAYS
        self._stack: list[Any] = []
        self._below: list[list[Any]] = []  # the stacks under each mark
        self._memory: list[Any] = []

    def read(self) -> Any:
        while (instruction := self._byte()) != pickle.STOP[0]:
            step = _STEPS.get(instruction)
            if step is None:
                raise RefusedError(f"it has an instruction {instruction:#04x}")
            step(self)
        if self.position != len(self._data) or self._below or len(self._stack) != 1:
            raise RefusedError("it does not end where its value ends")
        return self._stack[0]

    def _bytes(self, n: int) -> memoryview:
        start, end = self.position, self.position + n
        if end > len(self._data):
            raise RefusedError("it is cut short")
        self._beside_arrays -= n
        if self._beside_arrays < 0:
            raise RefusedError("it holds more than a model does")
        self.position = end
        return self._data[start:end]

    def _number(self, n_bytes: int) -> int:
        return int.from_bytes(self._bytes(n_bytes), "little")

    def _byte(self) -> int:
        return self._bytes(1)[0]

    def _since_mark(self) -> list[Any]:
        values = self._stack
        self._stack = self._below.pop()
        return values

    def _on_top(self, kind: type) -> Any:
        if type(self._stack[-1]) is not kind:
            raise RefusedError("it fills what is no container")
        return self._stack[-1]

    def protocol(self) -> None:
        self._byte()

    def frame(self) -> None:
        if self._number(8) > len(self._data) - self.position:
            raise RefusedError("it is cut short")

    def mark(self) -> None:
        self._below.append(self._stack)
        self._stack = []

    def memoize(self) -> None:
        self._memory.append(self._stack[-1])

    def recall(self, n_bytes: int) -> None:
        value = self._memory[self._number(n_bytes)]
        # A list in two places could contain itself, or double itself again and again.
        if not isinstance(value, (str, _Name, np.dtype)):
            raise RefusedError("it holds a value in two places")
        self._stack.append(value)

    def constant(self, value: bool | None) -> None:
        self._stack.append(value)

    def unsigned(self, n_bytes: int) -> None:
        self._stack.append(self._number(n_bytes))

    def signed(self, n_bytes: int) -> None:
        self._stack.append(int.from_bytes(self._bytes(n_bytes), "little", signed=True))

    def long_signed(self) -> None:
        self.signed(self._byte())

    def real(self) -> None:
        self._stack.append(struct.unpack(">d", self._bytes(8))[0])

    def string(self, n_bytes: int) -> None:
        self._stack.append(str(self._bytes(self._number(n_bytes)), "utf-8"))

    def marked_tuple(self) -> None:
        values = self._since_mark()
        self._stack.append(tuple(values))

    def short_tuple(self, length: int) -> None:
        values = [self._stack.pop() for _ in range(length)]
        self._stack.append(tuple(reversed(values)))

    def new_list(self) -> None:
        self._stack.append([])

    def append(self) -> None:
        value = self._stack.pop()
        self._on_top(list).append(value)

    def extend(self) -> None:
        values = self._since_mark()
        self._on_top(list).extend(values)

    def new_dict(self) -> None:
        self._stack.append({})

    def enter(self) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._enter([key], [value])

    def enter_all(self) -> None:
        values = self._since_mark()
        self._enter(values[0::2], values[1::2])

    def _enter(self, keys: list[Any], values: list[Any]) -> None:
        # Others could take for ever to hash, or more stack than there is.
        if not all(type(key) is str for key in keys):
            raise RefusedError("it holds a key that is no text")
        self._on_top(dict).update(zip(keys, values, strict=True))

    def name(self) -> None:
        attribute, module = self._stack.pop(), self._stack.pop()
        if not (type(module) is type(attribute) is str):
            raise RefusedError("it asks for something without a name")
        if (module, attribute) not in _NAMES:
            raise RefusedError(f"it asks for {f'{module}.{attribute}'[:80]!r}")
        self._stack.append(_NAMES[module, attribute])

    def create(self) -> None:
        arguments, kind = self._stack.pop(), self._stack[-1]
        if kind is not _Name.WRAPPER or type(arguments) is not tuple or arguments:
            raise RefusedError("it creates an object")

    def call(self) -> None:
        arguments, function = self._stack.pop(), self._stack.pop()
        # Compared, not looked up: a tuple deep enough would take more stack to hash than there is.
        found = [dtype for dtype in _DTYPES if dtype.__reduce__()[1] == arguments]
        if function is not _Name.DTYPE or type(arguments) is not tuple or not found:
            raise RefusedError("it calls a function")
        self._stack.append(found[0])

    def build(self) -> None:
        state, target = self._stack.pop(), self._stack[-1]
        if target is _Name.WRAPPER and type(state) is dict:
            self._stack[-1] = self._array(**state)
        elif not (isinstance(target, np.dtype) and state == target.__reduce__()[2]):
            raise RefusedError("it sets the state of an object")

    def _array(self, *, shape: Any, dtype: Any, **others: Any) -> npt.NDArray[Any]:
        plain = (
            type(shape) is tuple
            and len(shape) == 1
            and type(shape[0]) is int
            and isinstance(dtype, np.dtype)
            and others == _OTHERS
        )
        if not plain:
            raise RefusedError("it holds an array of an unknown kind")
        padding = self._byte()
        if padding != _ALIGNMENT - self.position % _ALIGNMENT:
            raise RefusedError("it holds an array out of its place")
        self._bytes(padding)
        start, n_bytes = self.position, shape[0] * dtype.itemsize
        if not 0 <= n_bytes <= len(self._data) - start:
            raise RefusedError("it holds an array larger than the file")
        self.position += n_bytes
        return np.frombuffer(self._data[start : self.position], dtype)


_OTHERS = {
    "subclass": _Name.ARRAY,
    "order": "C",
    "allow_mmap": True,
    "numpy_array_alignment_bytes": _ALIGNMENT,
}
_Step = Callable[[_Reader], None]
_STEPS: dict[int, _Step] = {
    code[0]: step
    for code, step in {
        pickle.PROTO: _Reader.protocol,
        pickle.FRAME: _Reader.frame,
        pickle.MARK: _Reader.mark,
        pickle.MEMOIZE: _Reader.memoize,
        pickle.BINGET: lambda reader: reader.recall(1),
        pickle.LONG_BINGET: lambda reader: reader.recall(4),
        pickle.NONE: lambda reader: reader.constant(None),
        pickle.NEWTRUE: lambda reader: reader.constant(True),
        pickle.NEWFALSE: lambda reader: reader.constant(False),
        pickle.BININT: lambda reader: reader.signed(4),
        pickle.BININT1: lambda reader: reader.unsigned(1),
        pickle.BININT2: lambda reader: reader.unsigned(2),
        pickle.LONG1: _Reader.long_signed,
        pickle.BINFLOAT: _Reader.real,
        pickle.SHORT_BINUNICODE: lambda reader: reader.string(1),
        pickle.BINUNICODE: lambda reader: reader.string(4),
        pickle.EMPTY_TUPLE: lambda reader: reader.short_tuple(0),
        pickle.TUPLE1: lambda reader: reader.short_tuple(1),
        pickle.TUPLE2: lambda reader: reader.short_tuple(2),
        pickle.TUPLE3: lambda reader: reader.short_tuple(3),
        pickle.TUPLE: _Reader.marked_tuple,
        pickle.EMPTY_LIST: _Reader.new_list,
        pickle.APPEND: _Reader.append,
        pickle.APPENDS: _Reader.extend,
        pickle.EMPTY_DICT: _Reader.new_dict,
        pickle.SETITEM: _Reader.enter,
        pickle.SETITEMS: _Reader.enter_all,
        pickle.STACK_GLOBAL: _Reader.name,
        pickle.NEWOBJ: _Reader.create,
        pickle.REDUCE: _Reader.call,
        pickle.BUILD: _Reader.build,
    }.items()
}
