"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from fakedetect.errors import InputError


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file that takes the place of ``path`` when the block ends well.

    Until then, and if the block raises or the process is killed, ``path`` stays as it was. What is
    written goes to a hidden neighbour, which is removed when the block raises. A path that is no
    regular file, such as a device or a pipe, is written straight.

    Raises
    ------
    InputError
        When the file cannot be created, written or put in place.
    """
    with _named_errors(path):
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise InputError("this is a directory; name a file to write", file=str(path))
        if target.exists() and not target.is_file():
            with target.open("wb") as file:
                yield file
            return
        part = target.with_name(f".fakedetect.{os.getpid()}.part")
        try:
            with part.open("wb") as file:
                if target.exists():
                    part.chmod(target.stat().st_mode)
                yield file
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def _named_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(f"cannot write: {error.strerror or error}", file=str(path)) from error
