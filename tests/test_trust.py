"""Pinned digests, keys and lock files."""

import re

import pytest

from fakedetect.errors import InputError, ModelRefused
from fakedetect.trust import Trust, checked_digest, checked_key, locked_digest, read_key

A, B = "a1" * 32, "b2" * 32


@pytest.fixture
def lock(tmp_path):
    path = tmp_path / "models.lock"
    path.write_text(f"# reviewed\n\n{A.upper()}  models/été v2.joblib\n{B} *b.joblib\n")
    return path


def test_a_model_is_looked_up_by_the_last_part_of_its_path(lock):
    assert locked_digest(lock, "/srv/models/été v2.joblib") == A
    assert locked_digest(lock, "b.joblib") == B


def test_a_model_that_is_not_listed(lock):
    with pytest.raises(ModelRefused) as caught:
        locked_digest(lock, "models/c.joblib")
    assert str(caught.value) == (
        f"models/c.joblib: {lock} does not list c.joblib; if you trust the file, add what"
        " `sha256sum` prints for it"
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"abc  b.joblib\n", "line 1 is not a digest and a path; write it with `sha256sum`"),
        (f"{A} b.joblib".encode(), "line 1 is not a digest and a path; write it with `sha256sum`"),
        (f"\\{A}  b\\nc".encode(), "line 1 is not a digest and a path; write it with `sha256sum`"),
        (
            f"{A}  x/b.joblib\n{B}  b.joblib".encode(),
            "has two digests for b.joblib; keep the right one",
        ),
        (b"\xff", "not UTF-8; write it with `sha256sum`"),
    ],
)
def test_what_is_no_lock(lock, content, expected):
    lock.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(f"{lock}: {expected}")):
        locked_digest(lock, "b.joblib")


def test_a_lock_that_is_not_there(tmp_path):
    with pytest.raises(InputError) as caught:
        locked_digest(tmp_path / "none", "b.joblib")
    assert str(caught.value) == f"{tmp_path}/none: cannot read the lock: No such file or directory"


def test_pin_and_lock_must_agree(lock):
    assert Trust().sha256_of("b.joblib") is None
    assert Trust(sha256=A).sha256_of("b.joblib") == A
    assert Trust(lock=str(lock)).sha256_of("b.joblib") == B
    assert Trust(sha256=B, lock=str(lock)).sha256_of("b.joblib") == B
    with pytest.raises(ModelRefused) as caught:
        Trust(sha256=A, lock=str(lock)).sha256_of("b.joblib")
    assert str(caught.value) == (
        f"b.joblib: pinned to SHA-256 {A}, but {lock} has {B}; correct the one that is wrong"
    )


def test_digests():
    assert checked_digest(A.upper()) == A
    assert checked_digest(None) is None
    for wrong in ("", A[:-1], A + "0", "g" * 64, f"{A}\n"):
        with pytest.raises(InputError) as caught:
            checked_digest(wrong)
        assert str(caught.value) == f"{wrong!r} is not a SHA-256: 64 hexadecimal digits"


def test_keys(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(b" sixteen bytes or\n")
    assert read_key(path) == checked_key(b"sixteen bytes or") == b"sixteen bytes or"
    path.write_bytes(b"short\n")
    with pytest.raises(InputError) as caught:
        read_key(path)
    assert str(caught.value) == (
        f"{path}: the key has 5 bytes, fewer than 16; make a longer one at random"
    )
    with pytest.raises(InputError) as caught:
        read_key(tmp_path / "none")
    assert str(caught.value) == f"{tmp_path}/none: cannot read the key: No such file or directory"
