"""Whole runs that are killed, starved, interrupted and refused, and what the next one makes of it.

The bar is always the same: the file is as it was before, or as an undisturbed run writes it; and
``--resume`` gets it there.
"""

import itertools
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

import fakedetect
from conftest import TORTURE, market
from fakedetect import batch, encoders, lanes, partfile, portions
from fakedetect.batch import Output, score_file
from fakedetect.errors import FakedetectError, InputError, RunInterrupted
from fakedetect.lanes import Budget
from runner import PORTION

pytestmark = pytest.mark.slow  # as a whole

TOP = ["--top", "3", "--json"]
IDS = ["--ids-only", "--engine", "compiled", "--threads", "2"] if TORTURE else ["--ids-only"]
BUDGET = ["--budget", "10%", "--explore", "0.5", "--seed", "3"]
# What is read, what is written, and how.
KINDS = {
    "all columns": ("in.csv", "out.csv", []),
    "ids": ("in.csv", "out.csv", IDS),
    "JSON Lines": ("in.jsonl", "out.jsonl", []),
    "to Parquet": ("in.csv", "out.parquet", []),
    "packed": ("in.csv", "out.csv.gz", []),
    "from Parquet": ("in.parquet", "out.tsv", []),
    "budget": ("in.csv", "budget.csv", BUDGET),
}
SMALL_KINDS = {
    "ids": ("small.csv", "out.csv", ["--ids-only"]),
    "packed": ("small.csv", "out.csv.gz", ["--ids-only"]),
    "to Parquet": ("small.csv", "out.parquet", ["--ids-only"]),
    "budget": ("small.csv", "budget.csv", BUDGET),
}
INTERRUPTED = re.compile(
    r"\ninterrupted after [\d,]+ records; to go on, run the same command with --resume\n"
)


class Undisturbed(NamedTuple):
    """What a run comes to that nobody disturbs."""

    command: list[str]
    name: str
    code: int
    output: str
    data: bytes
    seconds: float


@pytest.fixture(scope="session")
def sources(tmp_path_factory):
    """Listings in all formats, of which some records cannot be read where that is possible."""
    folder = tmp_path_factory.mktemp("sources")
    frame = market((40 if TORTURE else 15) * PORTION, seed=2)
    lines = frame.to_csv(index=False).splitlines()
    lines[50::97] = ["only,three,cells"] * len(lines[50::97])
    (folder / "in.csv").write_text("\n".join(lines) + "\n")
    (folder / "small.csv").write_text("\n".join(lines[: 5 * PORTION]) + "\n")
    lines = frame.to_json(orient="records", lines=True, force_ascii=False).splitlines()
    lines[50::97] = ['{"title": "cut sho'] * len(lines[50::97])
    (folder / "in.jsonl").write_text("\n".join(lines) + "\n")
    frame.to_parquet(folder / "in.parquet", index=False)
    return folder


@pytest.fixture(scope="session")
def undisturbed(runner, sources, model_file, tmp_path_factory):
    """Return what a run of a kind comes to, found out once."""
    known = {}

    def find(source, name, options):
        command = ["score", sources / source, "-o", name, "--model", model_file, *TOP, *options]
        if source + name not in known:
            folder = tmp_path_factory.mktemp("undisturbed")
            began = time.monotonic()
            run = runner.run(*command, cwd=folder)
            seconds = time.monotonic() - began
            assert run.code == (0 if source == "in.parquet" else 3), run.words
            assert left_in(folder) == [name]
            data = (folder / name).read_bytes()
            known[source + name] = Undisturbed(command, name, run.code, run.output, data, seconds)
        return known[source + name]

    return find


def left_in(folder):
    return sorted(path.name for path in folder.iterdir())


def goes_on(runner, folder, expected):
    """Resume, and see that it comes to what an undisturbed run does."""
    run = runner.run(*expected.command, "--resume", cwd=folder)
    assert run.code == expected.code, run.words
    assert run.output == expected.output
    assert (folder / expected.name).read_bytes() == expected.data
    assert left_in(folder) == [expected.name]


def tear(journal, rng):
    """Do to a journal what a crash may do."""
    data = journal.read_bytes()
    lines = data.splitlines(keepends=True)
    how = rng.randrange(4)
    if how == 0:
        data = data[: rng.randrange(len(data) + 1)]
    elif how == 1:
        data += rng.choice([rng.randbytes(rng.randrange(1, 300)), b"\0" * 4096])
    elif how == 2:
        data += lines[-1] if lines else b""
    elif data:
        place = rng.randrange(len(data) - len(lines[-1]), len(data))
        data = data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]
    journal.write_bytes(data)


# Every fifth run has its journal torn after every kill.
@pytest.mark.parametrize("number", range(200 if TORTURE else 8))
def test_killed_at_any_moment(runner, undisturbed, folder, number):
    rng = random.Random(number)
    expected = undisturbed(*list(KINDS.values())[number % len(KINDS)])
    target, journal = folder / expected.name, folder / f"{expected.name}.journal"
    before = b"before" if rng.random() < 0.5 else None
    done = Counter()
    n_wanted = rng.randint(1, 5) if TORTURE else 1
    while done["kills"] < n_wanted:
        if before and not target.exists():
            target.write_bytes(before)
        run = runner.start(*expected.command, *["--resume"] * (done["kills"] > 0), cwd=folder)
        time.sleep(rng.uniform(0, expected.seconds))
        run.send(signal.SIGKILL)
        if run.wait() != -signal.SIGKILL:
            assert run.code == expected.code
            if done["kills"]:
                break
            target.unlink()
            continue
        done["kills"] += 1
        done["kills while scoring"] += journal.exists()
        found = target.read_bytes() if target.exists() else None
        assert found in {before, expected.data}
        if number % 5 == 4 and journal.exists():
            tear(journal, rng)
            done["torn journals"] += 1
    goes_on(runner, folder, expected)
    print(dict(done))


@pytest.mark.parametrize("kind", SMALL_KINDS)
@pytest.mark.parametrize("how", ["once", "full", "half", "die", "die after"])
def test_every_call_fails_in_its_turn(runner, undisturbed, folder, kind, how):
    """As SQLite is tested: the first call fails, then the second, until none is left to fail."""
    expected = undisturbed(*SMALL_KINDS[kind])
    target = folder / expected.name
    for which in itertools.count(1, 1 if TORTURE else 37):
        target.write_bytes(b"before")
        run = runner.run(*expected.command, cwd=folder, fault=[how, which])
        assert target.read_bytes() in {b"before", expected.data}
        if run.code == expected.code:
            assert left_in(folder) == [expected.name]
            break
        if how.startswith("die"):
            assert (run.code, run.words) == (9, "")
        else:
            assert run.code == (4 if how == "full" else 1)
            reason = "No space left on device; make room" if how == "full" else ""
            words = f"Error: {expected.name}: cannot write: {reason or 'Input/output error'}"
            assert run.words in {f"{words}\n", f"{words}; then go on with --resume\n"}
        goes_on(runner, folder, expected)
    assert which > 20


@pytest.mark.parametrize("kind", SMALL_KINDS)
def test_files_may_not_become_so_large(runner, undisturbed, folder, kind):
    """A limit stands for a full disk everywhere in the file that is made, packed ones included."""
    expected = undisturbed(*SMALL_KINDS[kind])
    target = folder / expected.name
    n_refused = 0
    for limit in range(300, 30_000, 97 if TORTURE else 8000):
        target.write_bytes(b"before")
        run = runner.run(*expected.command, cwd=folder, most_bytes=limit)
        if run.code == expected.code or run.words.startswith("Error: [Errno 27]"):
            # All fits, or all but what is printed of the three listings.
            assert target.read_bytes() == expected.data
            continue
        n_refused += 1
        words = f"Error: {expected.name}: cannot write: File too large; make room"
        assert (run.code, run.output) == (4, "")
        assert run.words in {f"{words}\n", f"{words}; then go on with --resume\n"}
        assert target.read_bytes() == b"before"
        goes_on(runner, folder, expected)
    assert n_refused


def test_full_disk(runner, undisturbed, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o"]
    mounted = subprocess.run(
        [*mount, "size=24k", "tmpfs", disk], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted: {mounted.stderr.strip()}")
    try:
        for kind in KINDS if TORTURE else ["to Parquet"]:
            expected = undisturbed(*KINDS[kind])
            subprocess.run(["mount", "-o", "remount,size=24k", disk], check=True)
            (disk / expected.name).write_bytes(b"before")
            run = runner.run(*expected.command, cwd=disk)
            assert (run.code, run.output) == (4, "")
            assert run.words == (
                f"Error: {expected.name}: cannot write: No space left on device; make room; then go"
                " on with --resume\n"
            )
            assert (disk / expected.name).read_bytes() == b"before"
            subprocess.run(["mount", "-o", "remount,size=4m", disk], check=True)
            goes_on(runner, disk, expected)
            (disk / expected.name).unlink()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def wait_for(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def n_notes(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


@pytest.mark.parametrize("number", range(60 if TORTURE else 3))
def test_interrupted_at_any_moment(runner, undisturbed, folder, number):
    sent = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP][number % 3]
    rng = random.Random(number)
    expected = undisturbed(*list(KINDS.values())[number % len(KINDS)])
    # Rests for twice as long as is waited for below, so that it is not done before.
    run = runner.start(*expected.command, cwd=folder, pause_s=0.05)
    wait_for(lambda: n_notes(folder / f"{expected.name}.journal") > 1)
    time.sleep(rng.uniform(0, 0.3))
    run.send(sent)
    began = time.monotonic()
    code = run.wait()
    took_s = time.monotonic() - began
    assert code == 130
    assert took_s < 10
    assert INTERRUPTED.fullmatch(run.words), run.words
    assert left_in(folder) == [f"{expected.name}.journal", f"{expected.name}.part"]
    print(f"exit after {took_s:.3f} s")
    goes_on(runner, folder, expected)


@pytest.mark.parametrize("number", range(40 if TORTURE else 3))
def test_interrupted_twice(runner, undisturbed, folder, number):
    """Who is impatient may get fewer words, and loses no more."""
    rng = random.Random(number)
    expected = undisturbed(*KINDS["all columns"])
    run = runner.start(*expected.command, cwd=folder, pause_s=0.01)
    wait_for(lambda: n_notes(folder / f"{expected.name}.journal") > 1)
    run.send(signal.SIGINT)
    time.sleep(rng.choice([0, rng.uniform(0, 0.001), rng.uniform(0, 0.02)]))
    run.send(signal.SIGINT)
    assert run.wait() == 130
    assert len(run.words.splitlines()) <= 2
    assert n_notes(folder / f"{expected.name}.journal") > 1
    goes_on(runner, folder, expected)


def at_every_line(files, which):
    """Interrupt at the line with a number, from 1, of those run in some files."""
    n_lines = 0

    def trace(frame, event, _):
        nonlocal n_lines
        # Whoever has a process interrupted between the two lines of closing a file leaves it to
        # the end of the process.
        if frame.f_code.co_filename not in files or frame.f_code.co_name in {"close", "__del__"}:
            return None
        if event == "line":
            n_lines += 1
            if n_lines == which:
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace

    return trace


# A file that was opened, and whose block was not entered yet, is closed when it is collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("name", "budget"),
    [("out.csv", None), ("out.csv.gz", None), ("out.csv", Budget(n=20, explore=0.5))],
)
def test_interrupted_at_every_line(model, sources, folder, name, budget):
    files = {module.__file__ for module in (partfile, portions, batch, encoders, lanes)}
    how = {"output": Output(ids_only=True), "budget": budget}
    source, target = str(sources / "small.csv"), folder / name
    score_file(source, str(target), model, **how)
    expected = target.read_bytes()
    for which in itertools.count(1, 1 if TORTURE else 83):
        target.write_bytes(b"before")
        traced = sys.gettrace()
        sys.settrace(at_every_line(files, which))
        try:
            score_file(source, str(target), model, **how)
            ended = True
        except KeyboardInterrupt as interruption:
            ended = False
            in_place = str(interruption) == "interrupted, but all 99 records are written"
            assert target.read_bytes() == expected if in_place else True
        finally:
            sys.settrace(traced)
        assert target.read_bytes() in {b"before", expected}
        if ended:
            break
        score_file(source, str(target), model, resume=True, **how)
        assert target.read_bytes() == expected
        assert left_in(folder) == [name]
    assert which > 300


@contextmanager
def reading_a_pipe(runner, model_file, folder, tmp_path):
    """Give a run that has written a part of what a pipe holds, and waits for more."""
    os.mkfifo(tmp_path / "pipe")
    command = ["score", "-", "-o", "out.csv", "--model", model_file, "--engine", "walk"]
    run = runner.start(*command, cwd=folder, stdin=str(tmp_path / "pipe"))
    with (tmp_path / "pipe").open("wb", buffering=0) as pipe:
        pipe.write(b"title\n" + b"super copy\n" * 2000)
        part = folder / "out.csv.part"
        # The second portion is written when the first is counted.
        wait_for(lambda: part.exists() and part.read_bytes().count(b"\n") > 2 * PORTION)
        yield run


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_interrupted_while_waiting_for_standard_input(runner, model_file, folder, tmp_path, sent):
    (folder / "out.csv").write_bytes(b"before")
    with reading_a_pipe(runner, model_file, folder, tmp_path) as run:
        run.send(sent)
        assert run.wait() == 130
    n = re.fullmatch(r"\ninterrupted after ([\d,]+) records; nothing was kept\n", run.words)[1]
    assert 0 < int(n.replace(",", "")) < 2000
    assert left_in(folder) == ["out.csv"]
    assert (folder / "out.csv").read_bytes() == b"before"


def test_interrupted_before_anything_came(runner, model_file, folder, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    command = ["score", "-", "-o", "out.csv", "--model", model_file, "--engine", "walk"]
    run = runner.start(*command, cwd=folder, stdin=str(tmp_path / "pipe"))
    with (tmp_path / "pipe").open("wb"):
        time.sleep(0.3)
        run.send(signal.SIGTERM)
        assert run.wait() == 130
    assert run.words == "\ninterrupted; every file is as it was before, or complete\n"
    assert left_in(folder) == []


def test_interrupted_on_the_way_to_standard_output(runner, undisturbed, folder, sources):
    model_file = undisturbed(*KINDS["all columns"]).command[5]
    command = ["score", sources / "in.csv", "-o", "-", "--model", model_file, "--quiet"]
    run = runner.start(*command, cwd=folder, pause_s=0.02)
    time.sleep(0.5)
    run.send(signal.SIGTERM)
    assert run.wait() == 130
    n = int(re.fullmatch(r"\ninterrupted after (\d+) records\n", run.words)[1])
    assert n == len(run.output.splitlines()) - 1 > 0


@pytest.mark.skipif(not TORTURE, reason="compiles for seconds")
def test_interrupted_while_compiling(sources, model_file, tmp_path):
    command = [sys.executable, "-m", "fakedetect", "score", sources / "in.csv", "-o", "out.csv"]
    with subprocess.Popen(
        [*command, "--model", model_file, "--engine", "compiled", "--ids-only"],
        env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")},
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_for((tmp_path / "out.csv.part").exists)
        time.sleep(5)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        words = process.communicate()[1]
        took_s = time.monotonic() - began
    print(f"exit after {took_s:.3f} s")
    assert process.returncode == 130
    assert words == (
        "\ninterrupted after 0 records; to go on, run the same command with --resume\n"
    )
    assert took_s < 10


def test_one_of_four_runs_wins(runner, undisturbed, folder):
    expected = undisturbed(*KINDS["all columns"])
    gate = folder / "gate"
    runs = [
        runner.start(*expected.command, cwd=folder, gate=str(gate), pause_s=0.02) for _ in range(4)
    ]
    time.sleep(0.2)
    gate.touch()
    for run in runs:
        run.wait()
    gate.unlink()
    assert sorted(run.code for run in runs) == [expected.code, 5, 5, 5]
    for run in runs:
        if run.code == 5:
            assert run.words == (
                "Error: out.csv: another run is writing this file; wait for it, or name another\n"
            )
            assert run.output == ""
        else:
            assert run.output == expected.output
    assert (folder / "out.csv").read_bytes() == expected.data
    assert left_in(folder) == ["out.csv"]


@pytest.fixture(autouse=True)
def small_portions(monkeypatch):
    monkeypatch.setattr(portions, "N_ROWS", PORTION)
    monkeypatch.setattr(batch, "_SYNC_S", 0)


@pytest.fixture
def source(sources, folder):
    path = folder / "in.csv"
    path.write_bytes((sources / "small.csv").read_bytes())
    return path


def interrupted(source, target, model, *, after=3 * PORTION, **how):
    """Score until so many records are done, and return what is said then."""

    def stop(n, _):
        if n >= after:
            raise KeyboardInterrupt

    with pytest.raises(RunInterrupted) as caught:
        score_file(str(source), str(target), model, progress=stop, **how)
    return str(caught.value)


def test_only_what_is_not_done_is_done(model, source, folder):
    assert interrupted(source, folder / "out.csv", model, n_top=3) == (
        "interrupted after 60 records; to go on, run the same command with --resume"
    )
    steps = []
    summary = score_file(
        str(source),
        str(folder / "out.csv"),
        model,
        n_top=3,
        resume=True,
        progress=lambda *step: steps.append(step),
    )
    assert [n for n, _ in steps] == [80, 99]
    assert summary == score_file(str(source), str(folder / "anew.csv"), model, n_top=3)
    assert (folder / "out.csv").read_bytes() == (folder / "anew.csv").read_bytes()


@pytest.mark.parametrize(
    ("after", "n_anew"), [(PORTION, 99), (99 // 2 + PORTION, 99 - 2 * PORTION)]
)
def test_a_filled_budget_is_not_filled_again(model, source, folder, monkeypatch, after, n_anew):
    """In the first pass nothing is kept; behind it, what is written and what was decided."""
    how = {"budget": Budget(n=20, explore=0.5, seed=3)}
    score_file(str(source), str(folder / "anew.csv"), model, **how)
    interrupted(source, folder / "out.csv", model, after=after, **how)
    n_scored = []
    margins = type(model)._margins

    def counted(*arguments):
        n_scored.append(arguments[1].num_rows)
        return margins(*arguments)

    monkeypatch.setattr(type(model), "_margins", counted)
    summary = score_file(str(source), str(folder / "out.csv"), model, resume=True, **how)
    assert sum(n_scored) == n_anew
    assert (folder / "out.csv").read_bytes() == (folder / "anew.csv").read_bytes()
    assert summary == score_file(str(source), str(folder / "more.csv"), model, **how)


@pytest.mark.parametrize("after", [PORTION, 99 // 2 + 2 * PORTION])
def test_a_budget_that_margins_fill_is_gone_on_with(saturated, source, folder, after):
    how = {"budget": Budget(n=6), "n_top": 9}
    anew = score_file(str(source), str(folder / "anew.csv"), saturated, **how)
    assert (anew.policy.threshold, anew.n_flagged, anew.filling.n_tied_out) == (1.0, 6, 0)
    interrupted(source, folder / "out.csv", saturated, after=after, **how)
    assert score_file(str(source), str(folder / "out.csv"), saturated, resume=True, **how) == anew
    assert (folder / "out.csv").read_bytes() == (folder / "anew.csv").read_bytes()


def test_a_journal_of_another_format_is_not_gone_on_with(model, source, folder, monkeypatch):
    with monkeypatch.context() as earlier:
        earlier.setattr(partfile, "_FORMAT", 1)
        interrupted(source, folder / "out.csv", model)
    refused(source, folder, model, "format")


@pytest.mark.parametrize(
    "other",
    [Budget(n=21, explore=0.5), Budget(n=20, explore=0.4), Budget(n=20, explore=0.5, seed=1)],
)
def test_the_budget_has_changed(model, source, folder, other):
    interrupted(source, folder / "out.csv", model, budget=Budget(n=20, explore=0.5), after=60)
    refused(source, folder, model, "budget", budget=other)


def test_nothing_to_go_on_with(model, source, folder):
    score_file(str(source), str(folder / "anew.csv"), model)
    for _ in range(2):  # the second time over a file that is complete
        score_file(str(source), str(folder / "out.csv"), model, resume=True)
        assert (folder / "out.csv").read_bytes() == (folder / "anew.csv").read_bytes()
    assert left_in(folder) == ["anew.csv", "in.csv", "out.csv"]


def test_without_resume_all_is_done_anew(model, source, folder):
    interrupted(source, folder / "out.csv", model)
    steps = []
    score_file(str(source), str(folder / "out.csv"), model, progress=lambda n, _: steps.append(n))
    assert steps[0] == PORTION
    assert left_in(folder) == ["in.csv", "out.csv"]


def touched(path):
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))


def changed(path):
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b"watch", b"clock"))
    assert path.stat().st_size == status.st_size


def grown(path):
    with path.open("ab") as file:
        file.write(b"1,2,3,4,5\n")


@pytest.mark.parametrize("change", [touched, changed, grown])
def test_the_listings_have_changed(model, source, folder, change):
    interrupted(source, folder / "out.csv", model)
    change(source)
    refused(source, folder, model, "listings")


@pytest.mark.parametrize(
    ("how", "differs"),
    [
        ({"text": ["title"]}, "text columns"),
        ({"output": Output(prefix="my_")}, "output options"),
        ({"output": Output(raw_cells=True)}, "output options"),
        ({"n_top": 2}, "output options"),
        ({"budget": Budget(n=9)}, "budget"),
    ],
)
def test_the_options_have_changed(model, source, folder, how, differs):
    interrupted(source, folder / "out.csv", model)
    refused(source, folder, model, differs, **how)


def test_the_model_has_changed(model, source, folder):
    interrupted(source, folder / "out.csv", model)
    for other in (model.with_threshold(0.99), model.with_prevalence(0.01)):
        refused(source, folder, other, "model")


def test_the_version_has_changed(model, source, folder, monkeypatch):
    interrupted(source, folder / "out.csv", model)
    monkeypatch.setattr(fakedetect, "__version__", "99.0")
    refused(source, folder, model, "version")


def test_other_ways_of_reading(run, model_file, model, source, folder):
    interrupted(source, folder / "out.csv", model)
    done = run(
        *["score", source, "-o", "out.csv", "--model", model_file, "--resume"],
        *["--encoding", "latin-1"],
        cwd=folder,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: out.csv: the run to go on with differs in its reading options; run it as before, or"
        " anew without --resume\n"
    )


def refused(source, folder, model, differs, **how):
    """See that a run is refused, and that what there is to go on with stays."""
    beside = [folder / "out.csv.part", folder / "out.csv.journal"]
    before = [path.read_bytes() for path in beside]
    with pytest.raises(InputError) as caught:
        score_file(str(source), str(folder / "out.csv"), model, resume=True, **how)
    assert str(caught.value) == (
        f"{folder}/out.csv: the run to go on with differs in its {differs}; run it as before, or"
        " anew without --resume"
    )
    assert [path.read_bytes() for path in beside] == before
    assert not (folder / "out.csv").exists()


def test_the_listings_change_while_they_are_read(model, source, folder):
    (folder / "out.csv").write_bytes(b"before")
    with pytest.raises(InputError) as caught:
        score_file(str(source), str(folder / "out.csv"), model, progress=lambda *_: touched(source))
    assert str(caught.value) == f"{source}: changed while it was read; run it again"
    assert left_in(folder) == ["in.csv", "out.csv"]
    assert (folder / "out.csv").read_bytes() == b"before"


def test_standard_input_cannot_be_gone_on_with(run, model_file, folder):
    command = ["score", "-", "-o", "out.csv", "--model", model_file, "--resume"]
    done = run(*command, stdin="title\nwatch\n", cwd=folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: standard input: what was read is gone, so that it cannot be resumed\n"
    )
    assert left_in(folder) == []


def test_left_by_a_run_on_standard_input(runner, undisturbed, model_file, folder, tmp_path):
    """It was killed; the next run, on a file, begins anew."""
    expected = undisturbed(*KINDS["all columns"])
    with reading_a_pipe(runner, model_file, folder, tmp_path) as run:
        run.send(signal.SIGKILL)
        run.wait()
    assert left_in(folder) == ["out.csv.journal", "out.csv.part"]
    goes_on(runner, folder, expected)


def test_errors_of_other_kinds_leave_something_to_go_on_with(model, source, folder):
    def fail(n, _):
        if n >= 3 * PORTION:
            raise FakedetectError("the terminal is gone")

    with pytest.raises(FakedetectError, match=r"^the terminal is gone$"):
        score_file(str(source), str(folder / "out.csv"), model, progress=fail)
    steps = []
    score_file(
        str(source),
        str(folder / "out.csv"),
        model,
        resume=True,
        progress=lambda n, _: steps.append(n),
    )
    assert steps[0] > PORTION
    assert len(pd.read_csv(folder / "out.csv")) == 99


def test_counts_of_what_goes_to_standard_output(run, sources, model_file):
    done = run("score", sources / "small.csv", "-o", "-", "--model", model_file)
    assert done.returncode == 3
    assert "read 99 records = 98 scored + 1 that could not be read" in done.stderr
    assert len(done.stdout.splitlines()) == 100


def test_a_real_process_is_killed_and_gone_on_with(run, undisturbed, folder):
    """As a user has it, with all sizes as they are."""
    expected = undisturbed(*KINDS["all columns"])
    command = [sys.executable, "-m", "fakedetect", *map(str, expected.command)]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as process:
        wait_for((folder / "out.csv.part").exists)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    done = run(*expected.command, "--resume", cwd=folder)
    assert done.stdout == expected.output
    assert (Path(folder) / "out.csv").read_bytes() == expected.data
    assert left_in(folder) == ["out.csv"]
