import os
from pathlib import Path

import pytest

from fakedetect.atomic import check_target, replacing
from fakedetect.errors import InputError


def test_a_failed_block_leaves_what_was_there(tmp_path):
    path = tmp_path / "out.csv"
    path.write_bytes(b"before")

    def interrupted():
        with replacing(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_finished_block_replaces_it(tmp_path):
    path = tmp_path / "out.csv"
    path.write_bytes(b"before")
    with replacing(path) as file:
        file.write(b"after")
        assert path.read_bytes() == b"before"
    assert path.read_bytes() == b"after"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_stay(tmp_path):
    path = tmp_path / "out.csv"
    path.write_bytes(b"before")
    path.chmod(0o600)
    with replacing(path) as file:
        file.write(b"after")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_name_that_is_too_long(tmp_path):
    path = tmp_path / ("x" * 300)
    with pytest.raises(InputError, match="cannot write: File name too long"), replacing(path):
        pass


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "target").write_bytes(b"before")
    (tmp_path / "link").symlink_to("target")
    with replacing(tmp_path / "link") as file:
        file.write(b"after")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"after"


def test_a_device_is_written_and_not_replaced():
    with replacing(os.devnull) as file:
        file.write(b"gone")
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("missing/out.csv", "missing/out.csv: cannot write: No such file or directory"),
        (".", ".: this is a directory; name a file to write"),
    ],
)
def test_unwritable(tmp_path, monkeypatch, name, expected):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught, replacing(name):
        pass
    assert str(caught.value) == expected


def test_a_target_is_checked_before_the_work(tmp_path):
    source, link = tmp_path / "in.csv", tmp_path / "link.csv"
    source.write_bytes(b"listings")
    link.symlink_to(source)
    check_target(tmp_path / "out.csv", str(source), None, "missing.csv")
    for target, message in (
        (tmp_path / "no" / "out.csv", "cannot write: no such directory; create it first"),
        (tmp_path, "this is a directory; name a file to write"),
        (source, f"this file is to be read as {source}; write to another"),
        (link, f"this file is to be read as {source}; write to another"),
    ):
        with pytest.raises(InputError) as caught:
            check_target(target, str(source))
        assert str(caught.value) == f"{target}: {message}"
