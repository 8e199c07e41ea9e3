"""The parser agrees with joblib on plain data and has nothing for anything else."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakedetect.plainpickle import MOST_BESIDE_ARRAYS, RefusedError, parse
from hostile_models import STATE, described, dumped

numbers = st.integers(-(2**1000), 2**1000) | st.floats(allow_nan=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def unshared(value):
    """Return an equal value with no list or dict in two places."""
    if isinstance(value, dict):
        return {key: unshared(each) for key, each in value.items()}
    return [unshared(each) for each in value] if isinstance(value, list) else value


@given(values)
def test_plain_data_is_what_it_was(value):
    value = unshared(value)
    for protocol in (4, 5):
        assert parse(memoryview(pickle.dumps(value, protocol))) == value
    assert parse(memoryview(dumped(value))) == value


@pytest.mark.parametrize("n", [0, 1, 15, 16, 17, 255, 256, 70_000])
def test_arrays_are_views(n):
    arrays = [np.arange(n, dtype=kind) for kind in ("u1", "u4", "f8")]
    data = dumped({"a" * n: arrays})
    for found, expected in zip(parse(memoryview(data))["a" * n], arrays, strict=True):
        np.testing.assert_array_equal(found, expected, strict=True)
        assert not found.flags.writeable
        assert not n or np.shares_memory(found, np.frombuffer(data, np.uint8))


def test_strings_and_names_may_be_used_again():
    assert parse(memoryview(dumped([["copy", "copy"]]))) == [["copy", "copy"]]
    same = np.zeros(1).dtype
    data = dumped([np.zeros(1, same), np.ones(1, same)])
    np.testing.assert_array_equal(parse(memoryview(data)), [[0], [1]])


def test_description_is_that_of_joblib():
    array = np.zeros(3)
    start = described()[:-1]
    assert dumped(array).startswith(start[:2])
    assert STATE.keys() == vars(pickle.loads(described())).keys()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x80\x04N", "it is cut short"),
        (b"\x80\x04N0N.", "it has an instruction 0x30"),
        (b"\x80\x04NN.", "it does not end where its value ends"),
        (b"\x80\x04N.N", "it does not end where its value ends"),
        (b"\x80\x04a.", "it makes no sense at byte 3"),
        (b"\x80\x04h\x07.", "it makes no sense at byte 4"),
        (b"\x80\x04\x8c\x01\xff.", "it makes no sense at byte 5"),
        (b"\x80\x04]\x94h\x00.", "it holds a value in two places"),
        (b"\x80\x04NNa.", "it fills what is no container"),
        (b"\x80\x04}NNs.", "it holds a key that is no text"),
        (b"\x80\x04\x8c\x02os\x8c\x05mkdir\x93.", "it asks for 'os.mkdir'"),
        (b"\x80\x04NN\x93.", "it asks for something without a name"),
        (b"\x80\x04\x8c\x05numpy\x8c\x05dtype\x93)\x81.", "it creates an object"),
        (b"\x80\x04N)R.", "it calls a function"),
        (b"\x80\x04}}b.", "it sets the state of an object"),
        (described(b"\x00", shape=(2, 2)), "it holds an array of an unknown kind"),
        (described(b"\x00"), "it holds an array out of its place"),
        (b"\x80\x04" + b"N" * MOST_BESIDE_ARRAYS, "it holds more than a model does"),
    ],
)
def test_refusals(data, expected):
    with pytest.raises(RefusedError) as caught:
        parse(memoryview(data))
    assert str(caught.value) == expected
