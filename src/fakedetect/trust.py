"""Which model files to trust: digests that are pinned, keys, and files that list digests."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from fakedetect.errors import InputError, ModelRefused

SHORTEST_KEY = 16  # bytes; a key that can be guessed proves nothing
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_LOCK_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *](.+)")


class Trust(NamedTuple):
    """What the command line was told about the model files to trust.

    Attributes
    ----------
    sha256
        SHA-256 that a model file must have, in hexadecimal digits.
    key
        Key that it must be sealed with.
    lock
        Path of a file that lists digests as ``sha256sum`` prints them.
    """

    sha256: str | None = None
    key: bytes | None = None
    lock: str | None = None

    def sha256_of(self, path: str) -> str | None:
        """Return the digest that a model file must have, or None if any will do.

        Raises
        ------
        ModelRefused
            When the lock file does not list the model file, or has another digest than ``sha256``.
        InputError
            When the lock file cannot be read or is none.
        """
        if self.lock is None:
            return self.sha256
        locked = locked_digest(self.lock, path)
        if self.sha256 not in {None, locked}:
            raise ModelRefused(
                f"{path}: pinned to SHA-256 {self.sha256}, but {self.lock} has {locked}; correct"
                " the one that is wrong"
            )
        return locked


def checked_digest(sha256: str | None) -> str | None:
    """Return a SHA-256 in lower case, or raise ``InputError`` if it is none."""
    if sha256 is None:
        return None
    if not _DIGEST.fullmatch(sha256):
        raise InputError(f"{sha256!r} is not a SHA-256: 64 hexadecimal digits")
    return sha256.lower()


def checked_key(key: bytes | None) -> bytes | None:
    """Return a key, or raise ``InputError`` if it is too short."""
    if key is not None and len(key) < SHORTEST_KEY:
        raise InputError(
            f"the key has {len(key)} bytes, fewer than {SHORTEST_KEY}; make a longer one at random"
        )
    return key


def read_key(path: str | os.PathLike[str]) -> bytes:
    """Return the key in a file, without the white space around it.

    Raises
    ------
    InputError
        When the file cannot be read, or the key is too short.
    """
    try:
        key = Path(path).read_bytes().strip()
        checked_key(key)
    except OSError as error:
        raise InputError(f"cannot read the key: {error.strerror}", file=str(path)) from None
    except InputError as error:
        raise error.in_file(str(path)) from None
    return key


def locked_digest(lock: str | os.PathLike[str], model: str | os.PathLike[str]) -> str:
    """Return the digest that a lock file lists for a model file, by the last part of its path.

    Parameters
    ----------
    lock
        File as ``sha256sum`` prints it: a digest, two spaces or a space and an asterisk, a path.
        Empty lines and those that begin with ``#`` are passed over.
    model
        Path of the model file.

    Raises
    ------
    InputError
        When the lock file cannot be read, has another line, or two digests for the model's name.
    ModelRefused
        When it does not list the model file.
    """
    name = Path(model).name
    try:
        lines = Path(lock).read_text("utf-8").splitlines()
    except OSError as error:
        raise InputError(f"cannot read the lock: {error.strerror}", file=str(lock)) from None
    except UnicodeDecodeError:
        raise InputError("not UTF-8; write it with `sha256sum`", file=str(lock)) from None
    found = set()
    for number, line in enumerate(lines, 1):
        if not line or line.startswith("#"):
            continue
        match = _LOCK_LINE.fullmatch(line)
        if match is None:
            raise InputError(
                f"line {number} is not a digest and a path; write it with `sha256sum`",
                file=str(lock),
            )
        if Path(match[2]).name == name:
            found.add(match[1].lower())
    if not found:
        raise ModelRefused(
            f"{model}: {lock} does not list {name}; if you trust the file, add what `sha256sum`"
            " prints for it"
        )
    if len(found) > 1:
        raise InputError(f"has two digests for {name}; keep the right one", file=str(lock))
    return found.pop()
