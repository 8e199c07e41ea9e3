import numpy as np
import pyarrow as pa

from fakedetect.blocks import Batch, row_bytes, with_gaps


def test_gaps_are_null_rows():
    table = pa.table({"a": ["x", "y"]})
    assert with_gaps(table, 4, [0, 2])["a"].to_pylist() == [None, "x", None, "y"]
    assert with_gaps(table.slice(0, 0), 2, [0, 1])["a"].to_pylist() == [None, None]
    assert with_gaps(table, 2, []) is table


def test_slices_keep_what_belongs_to_their_rows():
    batch = Batch(
        pa.table({"a": ["x", None, "z"]}), np.array([2, 5, 6]), {1: "bad"}, [b"x", None, b"z"]
    )
    part = batch.slice(1, 5)
    assert part.table["a"].to_pylist() == [None, "z"]
    assert part.lines.tolist() == [5, 6]
    assert part.problems == {0: "bad"}
    assert part.raw == [None, b"z"]


def test_sizes_of_rows():
    texts = ["été", None, ""]
    table = pa.table({"a": texts, "b": pa.array(texts, pa.large_string()), "n": [1, 2, 3]})
    assert row_bytes(table).tolist() == [24 + 10, 24, 24]
    batch = pa.record_batch({"d": pa.array(texts).dictionary_encode()})
    assert row_bytes(batch).tolist() == [8 + 5, 8, 8]
