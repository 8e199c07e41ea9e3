"""A long file that survives being killed: a part file, a journal of what is safe in it, a lock.

While ``scored.csv`` is made, its bytes go to ``scored.csv.part``, and ``scored.csv.journal`` says
up to where they are safe and what was counted up to there. A line of the journal is written only
when the bytes that it speaks of have reached the disk, so after a kill, at any moment, the part
file is cut back to what the last whole line says, and the run goes on from there. In the end the
part file takes the place of ``scored.csv``, which until then stays as it was.

The journal is locked while a run is on; the lock goes with the process, however that ends.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, NamedTuple

from fakedetect.errors import InputError, OutputBusyError, OutputError, OutputFullError
from fakedetect.streams import STANDARD_STREAM

_FORMAT = 2
_PIECE = 1 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# What file systems say that cannot make the names in a folder last, or do not let us.
_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EACCES}


class _Safe(NamedTuple):
    """How many bytes are safe, their checksum, and what was counted up to there."""

    n_bytes: int
    checksum: int
    state: dict[str, Any]
    complete: bool = False


_NOTHING = _Safe(0, 0, {})


class PartFile:
    """A file in the making.

    Parameters
    ----------
    target
        The file to be made. Beside it stand, until it is, ``.part`` and ``.journal`` files.
    run
        What the file's bytes depend on, as plain data by name; None if it cannot be gone on with.
    resume
        Go on from where a former run of the same kind was, if there was one.

    Raises
    ------
    InputError
        When the former run was of another kind.
    OutputBusyError
        When another run is making the same file.
    OutputFullError, OutputError
        Here and in all methods: when a file cannot be written.
    """

    def __init__(self, target: str, run: Mapping[str, Any] | None, *, resume: bool = False) -> None:
        self._name = target
        self._target = Path(os.path.realpath(target))
        self._part, self._packed = self._beside(".part"), self._beside(".packed")
        self._run = None if run is None else {"format": _FORMAT, **run}
        self._safe = _NOTHING
        self.is_in_place = False
        try:
            with self._named():
                self._lock(self._beside(".journal"))
                self._part_file = os.open(self._part, os.O_RDWR | os.O_CREAT, self._mode() | 0o600)
                self._begin(resume=resume)
        except BaseException:
            if self._run is None and "_part_file" in self.__dict__:
                self.discard()
            self.close()
            raise

    @property
    def state(self) -> dict[str, Any]:
        """What was counted up to where the file is gone on with; empty at its beginning."""
        return self._safe.state

    @property
    def is_complete(self) -> bool:
        """Whether a former run wrote all bytes, and was stopped before they were in place."""
        return self._safe.complete

    def write(self, data: bytes, state: dict[str, Any]) -> None:
        """Append bytes, with what is counted when they are there."""
        with self._named():
            _write(self._part_file, data)
        self._safe = _Safe(
            self._safe.n_bytes + len(data), zlib.crc32(data, self._safe.checksum), state
        )

    def sync(self) -> None:
        """See to it that a later run can go on from here, whatever happens to this one."""
        if self._run is not None:
            with self._named():
                os.fsync(self._part_file)
                self._note(self._safe._asdict())

    def finish(self, pack: Callable[[Path, Path], None] | None = None) -> None:
        """Put the file in its place.

        Parameters
        ----------
        pack
            Makes the file from the part file, if it is to be another than that.
        """
        self._safe = self._safe._replace(complete=True)
        self.sync()
        ready = self._part
        with self._named():
            if pack:
                ready = self._packed
                self._pack(pack)
            if self._target.exists():
                ready.chmod(self._mode())
            _sync(ready)
            os.replace(ready, self._target)  # noqa: PTH105 # with the other calls that can fail
            self.is_in_place = True
            _sync_names(self._target.parent)
        self.discard()

    def discard(self) -> None:
        """Remove all that stands beside the file."""
        with self._named():
            for path in (self._packed, self._part, self._beside(".journal")):
                path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Let go of the files; what is safe stays."""
        for name in ("_part_file", "_journal_file"):
            file = self.__dict__.pop(name, None)
            if file is not None:
                os.close(file)

    def __del__(self) -> None:
        # An interruption may come before anybody could see to it that the file is closed.
        self.close()

    def _beside(self, ending: str) -> Path:
        return self._target.with_name(self._target.name + ending)

    def _mode(self) -> int:
        """Return the permissions of the file that is replaced, which its parts have from the first.

        What others may not read must not be open to them while it is made.
        """
        return self._target.stat().st_mode & 0o777 if self._target.exists() else 0o666

    def _pack(self, pack: Callable[[Path, Path], None]) -> None:
        try:
            os.close(os.open(self._packed, os.O_WRONLY | os.O_CREAT, self._mode() | 0o600))
            pack(self._part, self._packed)
        except BaseException:
            # It is made anew when the run is gone on with, and the disk may be full.
            self._packed.unlink(missing_ok=True)
            raise

    def _lock(self, path: Path) -> None:
        """Open the journal and lock it."""
        while True:
            self._journal_file = os.open(path, os.O_RDWR | os.O_CREAT, self._mode() | 0o600)
            try:
                fcntl.flock(self._journal_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise OutputBusyError(
                    f"{self._name}: another run is writing this file; wait for it, or name another"
                ) from None
            # Another run may have ended, and removed the file, in between.
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(self._journal_file), path.stat()):
                    return
            self.close()

    def _begin(self, *, resume: bool) -> None:
        """Cut both files back to where they are gone on with."""
        end = 0
        if resume:
            end = self._find_safe()
        os.ftruncate(self._journal_file, end)
        os.lseek(self._journal_file, 0, os.SEEK_END)
        if not end:
            self._note({"run": self._run})
            _sync_names(self._target.parent)
        os.ftruncate(self._part_file, self._safe.n_bytes)
        os.lseek(self._part_file, 0, os.SEEK_END)

    def _find_safe(self) -> int:
        """Find the last state whose bytes are all there; return where its line in the journal ends.

        Raises
        ------
        InputError
            When the former run was of another kind.
        """
        with os.fdopen(os.dup(self._journal_file), "rb") as journal:
            notes = list(_notes(journal.read()))
        former = notes[0][0].get("run") if notes else None
        if not isinstance(former, dict):  # none, or one that cannot be gone on with
            return 0
        self._check_run(former)
        end = notes[0][1]
        checksum = n_bytes = 0
        with os.fdopen(os.dup(self._part_file), "rb") as part:
            for note, after in notes[1:]:
                if note.keys() != set(_Safe._fields):
                    return end
                safe = _Safe(**note)
                while n_bytes < safe.n_bytes:
                    piece = part.read(min(_PIECE, safe.n_bytes - n_bytes))
                    if not piece:
                        return end
                    checksum = zlib.crc32(piece, checksum)
                    n_bytes += len(piece)
                if checksum != safe.checksum:
                    return end
                self._safe, end = safe, after
        return end

    def _check_run(self, former: Mapping[str, Any]) -> None:
        run = json.loads(json.dumps(self._run))
        for name in {**former, **run}:
            if former.get(name) != run.get(name):
                raise InputError(
                    f"the run to go on with differs in its {name}; run it as before, or anew"
                    " without --resume",
                    file=self._name,
                )

    def _note(self, note: Mapping[str, Any]) -> None:
        text = json.dumps(note)
        _write(self._journal_file, f"{text} {zlib.crc32(text.encode()):08x}\n".encode())
        os.fsync(self._journal_file)

    @contextmanager
    def _named(self) -> Iterator[None]:
        go_on = "; then go on with --resume" if self._safe.n_bytes and self._run else ""
        try:
            yield
        except OSError as error:
            reason = f"{self._name}: cannot write: {_reason(error)}"
            if error.errno in _FULL:
                raise OutputFullError(f"{reason}; make room{go_on}") from error
            raise OutputError(f"{reason}{go_on}") from error


def is_straight(target: str) -> bool:
    """Return whether a target is written as it comes: standard output, a device or a pipe."""
    return target == STANDARD_STREAM or (Path(target).exists() and not Path(target).is_file())


class Straight:
    """Standard output, a device or a pipe: written as it comes, and never gone on with.

    Parameters
    ----------
    target
        Its path, ``-`` for standard output.
    """

    is_complete: ClassVar[bool] = False

    def __init__(self, target: str) -> None:
        self.state: dict[str, Any] = {}
        self._name = target
        with self._named():
            self._file: BinaryIO = (
                sys.stdout.buffer if target == STANDARD_STREAM else Path(target).open("wb")  # noqa: SIM115 # closed below
            )

    def write(self, data: bytes, state: dict[str, Any]) -> None:
        """Write bytes, with what is counted when they are there."""
        with self._named():
            self._file.write(data)
        self.state = state

    def sync(self) -> None:
        """Do nothing."""

    def finish(self, pack: Any = None) -> None:
        """Write what is not written yet."""
        del pack
        with self._named():
            self._file.flush()
        self.close()

    def discard(self) -> None:
        """Take nothing back, since it cannot be."""
        self.close()

    def close(self) -> None:
        """Close the file; standard output stays open."""
        if self._file is not sys.stdout.buffer:
            with self._named():
                self._file.close()

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            kind = OutputFullError if error.errno in _FULL else OutputError
            raise kind(f"{self._name}: cannot write: {_reason(error)}") from error


def _reason(error: OSError) -> str:
    # Arrow puts more into the text of its errors than belongs into a line.
    return os.strerror(error.errno) if error.errno else str(error)


def _write(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _sync_names(folder: Path) -> None:
    """Make the names in a folder last, where the file system can."""
    try:
        _sync(folder)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise


def _notes(journal: bytes) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield the journal's notes up to the first that is not whole, and where each ends."""
    end = 0
    for line in journal.splitlines(keepends=True):
        text, _, checksum = line.rpartition(b" ")
        if not line.endswith(b"\n") or checksum != f"{zlib.crc32(text):08x}\n".encode():
            return
        try:
            note = json.loads(text)
        except ValueError:
            return
        if not isinstance(note, dict):
            return
        end += len(line)
        yield note, end
