"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from fakedetect.errors import InputError


def check_target(path: str | os.PathLike[str], *sources: str | None) -> None:
    """Find out before minutes of work that a file cannot be written, or is still to be read.

    Raises
    ------
    InputError
        When the path is a directory, in none, in one that cannot be written to, or is the same
        file as one of the sources; a source that is None or not there is passed over.
    """
    name, target = str(path), Path(path)
    with _named_errors(path):
        if not target.parent.is_dir():
            raise InputError("cannot write: no such directory; create it first", file=name)
        if target.is_dir():
            raise InputError("this is a directory; name a file to write", file=name)
        if not os.access(target.parent, os.W_OK):
            raise InputError("cannot write: the directory is not writable", file=name)
        for source in sources:
            if source and target.is_file() and Path(source).exists() and target.samefile(source):
                raise InputError(
                    f"this file is to be read as {source}; write to another", file=name
                )


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
