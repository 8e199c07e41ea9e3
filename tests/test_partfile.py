import errno
import fcntl
import itertools
import json
import os
import sys
import zlib
from pathlib import Path

import pytest

from fakedetect import partfile
from fakedetect.errors import InputError, OutputBusyError, OutputError, OutputFullError
from fakedetect.partfile import PartFile, Straight
from runner import fail

RUN = {"version": "1", "listings": [["in.csv", 10, 20]]}
PIECES = [b"title,score\n", "серьги,0.5\n".encode(), b"", b"watch,0.25\n" * 3, "手表,1\n".encode()]
WHOLE = b"".join(PIECES)
N_PIECES = len(PIECES)


@pytest.fixture
def target(folder):
    return folder / "out.csv"


def doubled(part, packed):
    packed.write_bytes(part.read_bytes() * 2)


def write_all(target, *, resume=True, pack=None, n_pieces=N_PIECES, run=RUN):
    """Write pieces from where the file is gone on with; finish it if they are all there."""
    part = PartFile(str(target), run, resume=resume)
    try:
        began = part.state.get("n", 0)
        if not part.is_complete:
            for n in range(began, n_pieces):
                part.write(PIECES[n], {"n": n + 1})
                part.sync()
        if n_pieces == N_PIECES:
            part.finish(pack)
    finally:
        part.close()
    return began


def left_by(target):
    """Return the names of what stands in the target's folder."""
    return sorted(path.name for path in target.parent.iterdir())


def note(text):
    return text + f" {zlib.crc32(text):08x}\n".encode()


def test_the_file_appears_when_it_is_whole(target):
    target.write_bytes(b"before")
    part = PartFile(str(target), RUN)
    for n, piece in enumerate(PIECES):
        part.write(piece, {"n": n})
        part.sync()
        assert target.read_bytes() == b"before"
    part.finish()
    assert target.read_bytes() == WHOLE
    assert part.is_in_place
    assert left_by(target) == ["out.csv"]


def test_a_packed_file_is_made_of_the_whole(target):
    write_all(target, pack=doubled)
    assert target.read_bytes() == WHOLE * 2
    assert left_by(target) == ["out.csv"]


@pytest.mark.parametrize("n_pieces", range(N_PIECES))
def test_gone_on_with_from_what_is_safe(target, n_pieces):
    write_all(target, n_pieces=n_pieces)
    assert left_by(target) == ["out.csv.journal", "out.csv.part"]
    assert write_all(target) == n_pieces
    assert target.read_bytes() == WHOLE


def test_what_is_not_safe_is_cut_off(target):
    part = PartFile(str(target), RUN)
    part.write(PIECES[0], {"n": 1})
    part.sync()
    part.write(PIECES[1], {"n": 2})
    part.close()
    assert (target.parent / "out.csv.part").read_bytes() == PIECES[0] + PIECES[1]
    part = PartFile(str(target), RUN, resume=True)
    assert part.state == {"n": 1}
    assert (target.parent / "out.csv.part").read_bytes() == PIECES[0]
    part.close()


def test_begun_anew_over_what_is_left(target):
    write_all(target, n_pieces=3)
    assert write_all(target, resume=False) == 0
    assert target.read_bytes() == WHOLE


def test_a_run_of_another_kind_is_refused(target):
    write_all(target, n_pieces=3)
    before = {path: path.read_bytes() for path in target.parent.iterdir()}
    for run, differs in (
        (RUN | {"version": "2"}, "version"),
        (RUN | {"listings": [["in.csv", 10, 21]]}, "listings"),
        (RUN | {"engine": "walk"}, "engine"),
        ({"listings": RUN["listings"]}, "version"),
    ):
        with pytest.raises(InputError) as caught:
            PartFile(str(target), run, resume=True)
        assert str(caught.value) == (
            f"{target}: the run to go on with differs in its {differs}; run it as before, or anew"
            " without --resume"
        )
        assert {path: path.read_bytes() for path in target.parent.iterdir()} == before
    assert write_all(target, run=dict(reversed(RUN.items()))) == 3


def test_a_run_that_cannot_be_gone_on_with(target):
    write_all(target, n_pieces=3, run=None)
    assert write_all(target) == 0  # there is nothing to go on from
    assert target.read_bytes() == WHOLE
    part = PartFile(str(target), None)
    part.write(PIECES[0], {"n": 1})
    part.discard()
    assert left_by(target) == ["out.csv"]


@pytest.mark.parametrize("with_part", [True, False])
def test_put_in_place_and_stopped_before_the_rest(target, with_part):
    """The process ended between the renaming and the removal of the journal."""
    write_all(target, n_pieces=4)
    part = PartFile(str(target), RUN, resume=True)
    part.write(PIECES[4], {"n": 5})
    part._safe = part._safe._replace(complete=True)
    part.sync()
    part.close()
    if with_part:  # as when another file was packed from it
        target.write_bytes(WHOLE * 2)
    else:
        (target.parent / "out.csv.part").replace(target)
    assert write_all(target, pack=doubled if with_part else None) == (5 if with_part else 0)
    assert target.read_bytes() == (WHOLE * 2 if with_part else WHOLE)
    assert left_by(target) == ["out.csv"]


def test_a_journal_cut_anywhere(target):
    write_all(target, n_pieces=4)
    journal, part = (target.parent / f"out.csv.{each}" for each in ("journal", "part"))
    notes, written = journal.read_bytes(), part.read_bytes()
    for length in range(len(notes) + 1):
        journal.write_bytes(notes[:length])
        part.write_bytes(written)
        n_whole = notes[:length].count(b"\n")
        assert write_all(target) == max(0, n_whole - 1)
        assert target.read_bytes() == WHOLE


def test_a_journal_with_any_byte_flipped(target):
    write_all(target, n_pieces=4)
    journal, part = (target.parent / f"out.csv.{each}" for each in ("journal", "part"))
    notes, written = journal.read_bytes(), part.read_bytes()
    for place in range(len(notes)):
        bad = bytearray(notes)
        bad[place] ^= 1 << place % 8
        journal.write_bytes(bad)
        part.write_bytes(written)
        assert write_all(target) == max(0, notes[:place].count(b"\n") - 1)
        assert target.read_bytes() == WHOLE


@pytest.mark.parametrize("more", [b"\0" * 50, b"garbage\n", b"\xff 0", b"\n\n", note(b"no JSON")])
def test_a_journal_with_more_at_its_end(target, more):
    write_all(target, n_pieces=4)
    with (target.parent / "out.csv.journal").open("ab") as journal:
        journal.write(more)
    assert write_all(target) == 4
    assert target.read_bytes() == WHOLE


def test_a_journal_with_its_last_line_doubled(target):
    write_all(target, n_pieces=4)
    with (target.parent / "out.csv.journal").open("r+b") as journal:
        last = journal.readlines()[-1]
        journal.write(last)
    assert write_all(target) == 4
    assert target.read_bytes() == WHOLE


@pytest.mark.parametrize(
    "other",
    [
        {"n_bytes": 0, "checksum": 0, "state": {}},
        {"n_bytes": 0, "checksum": 0, "state": {}, "complete": True, "more": 1},
        {"run": {"format": 2, **RUN}},
        {},
        [1, 2],
        5,
        None,
    ],
)
def test_whole_lines_that_say_something_else(target, other):
    write_all(target, n_pieces=4)
    journal = target.parent / "out.csv.journal"
    strange = note(json.dumps(other).encode())
    journal.write_bytes(journal.read_bytes() + strange)
    assert write_all(target) == 4
    assert target.read_bytes() == WHOLE
    journal.write_bytes(strange)
    assert write_all(target) == 0
    assert target.read_bytes() == WHOLE


def test_a_part_file_of_any_length(target):
    write_all(target, n_pieces=4)
    journal, part = (target.parent / f"out.csv.{each}" for each in ("journal", "part"))
    notes, written = journal.read_bytes(), part.read_bytes()
    ends = list(itertools.accumulate(map(len, PIECES[:4])))
    for length in range(len(written) + 1):
        journal.write_bytes(notes)
        part.write_bytes(written[:length])
        assert write_all(target) == sum(end <= length for end in ends)
        assert target.read_bytes() == WHOLE


def test_a_part_file_altered_anywhere(target):
    write_all(target, n_pieces=4)
    journal, part = (target.parent / f"out.csv.{each}" for each in ("journal", "part"))
    notes, written = journal.read_bytes(), part.read_bytes()
    ends = list(itertools.accumulate(map(len, PIECES[:4])))
    for place in range(len(written)):
        journal.write_bytes(notes)
        part.write_bytes(written[:place] + bytes([written[place] ^ 1]) + written[place + 1 :])
        assert write_all(target) == sum(end <= place for end in ends)
        assert target.read_bytes() == WHOLE


@pytest.mark.parametrize("pack", [None, doubled])
@pytest.mark.parametrize("how", ["once", "full", "half"])
def test_every_call_fails_in_its_turn(target, monkeypatch, pack, how):
    """As SQLite is tested: the first call fails, then the second, until none is left to fail."""
    expected = WHOLE if pack is None else WHOLE * 2
    for which in itertools.count(1):
        target.write_bytes(b"before")
        with monkeypatch.context() as patched:
            fail(how, which, patched.setattr)
            try:
                write_all(target, resume=False, pack=pack)
                failure = None
            except OutputError as error:
                failure = error
        if failure:
            reason = "No space left on device; make room" if how == "full" else "Input/output error"
            words = f"{target}: cannot write: {reason}"
            assert str(failure) in {words, f"{words}; then go on with --resume"}
            assert isinstance(failure, OutputFullError) == (how == "full")
        assert target.read_bytes() in {b"before", expected}
        write_all(target, pack=pack)
        assert target.read_bytes() == expected
        assert left_by(target) == ["out.csv"]
        if failure is None:
            break
    assert which > 4 * N_PIECES


def test_go_on_is_said_when_there_is_something_to_go_on_from(target, monkeypatch):
    for run, ending in ((RUN, "; then go on with --resume"), (None, "")):
        part = PartFile(str(target), run)
        part.write(PIECES[0], {"n": 1})
        with monkeypatch.context() as patched:
            fail("full", 1, patched.setattr)
            with pytest.raises(OutputFullError) as caught:
                part.write(PIECES[1], {"n": 2})
        part.close()
        assert str(caught.value) == (
            f"{target}: cannot write: No space left on device; make room{ending}"
        )


def test_what_failed_to_be_packed_gives_its_room_back(target):
    def full(part, packed):
        packed.write_bytes(part.read_bytes())
        # As Arrow says it.
        raise OSError(errno.ENOSPC, "Error writing bytes to file. Detail: [errno 28] No space left")

    with pytest.raises(OutputFullError) as caught:
        write_all(target, pack=full)
    assert str(caught.value) == (
        f"{target}: cannot write: No space left on device; make room; then go on with --resume"
    )
    assert left_by(target) == ["out.csv.journal", "out.csv.part"]
    assert write_all(target, pack=doubled) == N_PIECES
    assert target.read_bytes() == WHOLE * 2


def test_one_run_at_a_time(target):
    first = PartFile(str(target), RUN)
    for resume in (False, True):
        with pytest.raises(OutputBusyError) as caught:
            PartFile(str(target), RUN, resume=resume)
        assert str(caught.value) == (
            f"{target}: another run is writing this file; wait for it, or name another"
        )
    first.write(PIECES[0], {"n": 1})
    first.sync()
    first.close()
    assert write_all(target) == 1


@pytest.mark.parametrize("ends_after", [False, True])
def test_the_other_run_ends_while_this_one_begins(target, monkeypatch, ends_after):
    """Its journal was opened, and is gone when it is locked, or just before it is looked at."""
    other = PartFile(str(target), RUN)
    lock = fcntl.flock

    def later(file, how):
        if not ends_after:
            other.discard()
        try:
            lock(file, how)
        finally:
            monkeypatch.undo()
            if ends_after:
                other.discard()

    monkeypatch.setattr(fcntl, "flock", later)
    if ends_after:  # too late: the file was still being written
        with pytest.raises(OutputBusyError):
            PartFile(str(target), RUN)
        assert left_by(target) == []
    assert write_all(target) == 0
    assert left_by(target) == ["out.csv"]


def test_the_journal_that_is_locked_is_the_one_that_stands_there(target, monkeypatch):
    """Else two runs could each hold a lock, one of them on a file that is gone."""
    lock, n_locked = fcntl.flock, 0

    def removed(file, how):
        nonlocal n_locked
        lock(file, how)
        n_locked += 1
        if n_locked == 1:
            (target.parent / "out.csv.journal").unlink()
        if n_locked == 2:
            (target.parent / "out.csv.journal").replace(target.parent / "moved")
            (target.parent / "out.csv.journal").write_bytes(b"")

    monkeypatch.setattr(fcntl, "flock", removed)
    part = PartFile(str(target), RUN)
    assert n_locked == 3
    with pytest.raises(OutputBusyError):
        PartFile(str(target), RUN)
    part.close()


def test_permissions_stay_and_are_those_of_the_parts_too(target):
    target.write_bytes(b"before")
    target.chmod(0o600)
    seen = []

    def pack(part, packed):
        seen.extend(path.stat().st_mode & 0o777 for path in target.parent.iterdir())
        doubled(part, packed)

    write_all(target, pack=pack)
    assert seen == [0o600] * 4
    assert target.stat().st_mode & 0o777 == 0o600
    target.chmod(0o444)
    write_all(target)
    assert target.stat().st_mode & 0o777 == 0o444


def test_a_new_file_has_the_usual_permissions(target):
    plain = target.with_name("plain")
    plain.touch()
    for pack in (None, doubled):
        target.unlink(missing_ok=True)
        write_all(target, pack=pack)
        assert target.stat().st_mode == plain.stat().st_mode


def test_a_link_stays_a_link(target):
    (target.parent / "elsewhere").mkdir()
    target.symlink_to(Path("elsewhere") / "real.csv")
    write_all(target, n_pieces=2)
    assert write_all(target) == 2
    assert target.is_symlink()
    assert (target.parent / "elsewhere" / "real.csv").read_bytes() == WHOLE
    assert left_by(target) == ["elsewhere", "out.csv"]


@pytest.mark.parametrize(
    ("number", "fails"), [(errno.EINVAL, False), (errno.EACCES, False), (errno.EIO, True)]
)
def test_file_systems_that_cannot_sync_a_folder(target, monkeypatch, number, fails):
    sync = partfile._sync

    def refused(path):
        if path.is_dir():
            raise OSError(number, os.strerror(number))
        sync(path)

    monkeypatch.setattr(partfile, "_sync", refused)
    if fails:
        with pytest.raises(OutputError) as caught:
            write_all(target)
        assert str(caught.value) == f"{target}: cannot write: Input/output error"
        return
    write_all(target)
    assert target.read_bytes() == WHOLE


def test_nowhere_to_write(folder):
    path = folder / "missing" / "out.csv"
    with pytest.raises(OutputError) as caught:
        PartFile(str(path), RUN)
    assert str(caught.value) == f"{path}: cannot write: No such file or directory"


def test_a_file_cannot_take_the_place_of_a_folder(target):
    target.mkdir()
    with pytest.raises(OutputError) as caught:
        write_all(target)
    assert str(caught.value) == (
        f"{target}: cannot write: Is a directory; then go on with --resume"
    )


def test_straight_to_standard_output(capsysbinary):
    straight = Straight("-")
    straight.write(PIECES[0], {"n": 1})
    straight.write(PIECES[1], {"n": 2})
    straight.sync()
    assert straight.state == {"n": 2}
    straight.finish()
    assert capsysbinary.readouterr().out == PIECES[0] + PIECES[1]
    assert not sys.stdout.buffer.closed


def test_straight_to_a_full_device():
    straight = Straight("/dev/full")
    straight.write(b"x" * 10, {})
    words = "/dev/full: cannot write: No space left on device"
    with pytest.raises(OutputFullError) as caught:
        straight.finish()
    assert str(caught.value) == words
    with pytest.raises(OutputFullError) as caught:
        straight.close()
    assert str(caught.value) == words


def test_straight_to_a_pipe_that_nobody_reads(folder):
    os.mkfifo(folder / "pipe")
    reading = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    straight = Straight(str(folder / "pipe"))
    os.close(reading)
    straight.write(b"x", {})
    with pytest.raises(BrokenPipeError):
        straight.finish()
    with pytest.raises(BrokenPipeError):
        straight.close()


def test_straight_to_nowhere(folder):
    with pytest.raises(OutputError) as caught:
        Straight(str(folder / "missing" / "out.csv"))
    assert str(caught.value) == (
        f"{folder}/missing/out.csv: cannot write: No such file or directory"
    )
