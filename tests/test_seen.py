import subprocess
import sys

import numpy as np
import pytest

from fakedetect.seen import Field, hashes, mixed


def keys(n, start=0):
    return mixed(np.arange(start, start + n, dtype=np.uint64))


def test_keys_are_new_once():
    field = Field(24)
    assert field.add(keys(1000)).all()
    assert not field.add(keys(1000)).any()
    assert field.add(keys(2000))[1000:].all()
    assert field.add(keys(0)).tolist() == []


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 2**16 + 1])
def test_no_key_that_was_met_is_new(n):
    field = Field(16)
    field.add(keys(n))
    assert not field.add(keys(n)).any()


def test_few_new_keys_are_taken_for_old_while_the_field_is_roomy():
    field = Field(20)
    field.add(keys(20_000))
    # A key has two bits, and 40,000 of a million are set.
    assert field.add(keys(20_000, start=10**6)).mean() > 0.99


def test_hashes_are_the_same_in_every_process():
    code = "from fakedetect.seen import hashes; print(hashes(['', 'Ö', 'a']).tolist())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(hashes(["", "Ö", "a"]).tolist())
    assert len(set(hashes(["", "Ö", "a", "Öa"]).tolist())) == 4
    assert len(hashes([])) == 0


def test_mixing_loses_no_key():
    assert len(np.unique(keys(10_000))) == 10_000
