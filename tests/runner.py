"""Runs of the command line that can be killed, starved and held up, hundreds of them a minute.

A process imports the package once and makes a child for each run, so that a run does not wait for
the imports. In a child the portions are small and everything written is made safe at once, so that
there is much to interrupt.
"""

from __future__ import annotations

import errno
import io
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from contextlib import redirect_stdout
from pathlib import Path

PORTION = 20  # records
PIECE = 2000  # bytes
# The calls that can fail, of those that partfile makes.
CALLS = ("write", "fsync", "replace", "ftruncate", "unlink")


class Runner:
    """The process that makes the runs."""

    def __init__(self, folder, *, compiled):
        self._folder = folder
        self._n_runs = 0
        self._process = subprocess.Popen(
            [sys.executable, __file__, *(["compiled"] if compiled else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, *arguments, cwd, **how):
        """Start a run; see ``_run`` for how it can be."""
        self._n_runs += 1
        log = self._folder / str(self._n_runs)
        ask = {"arguments": list(map(str, arguments)), "cwd": str(cwd), "log": str(log), **how}
        return Run(self, self._asked(ask), log)

    def run(self, *arguments, cwd, **how):
        """Return a run that has ended."""
        run = self.start(*arguments, cwd=cwd, **how)
        run.wait()
        return run

    def wait(self, pid):
        return self._asked({"wait": pid})

    def close(self):
        self._process.communicate()

    def _asked(self, ask):
        self._process.stdin.write(json.dumps(ask) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


class Run:
    """A run: its exit code (less than 0 if it was killed) and words, when it has ended."""

    def __init__(self, runner, pid, log):
        self._runner, self._pid, self._log = runner, pid, log
        self.code = None
        for ending in (".out", ".err"):  # a run may be killed before it opens them
            log.with_suffix(ending).touch()

    def send(self, number):
        os.kill(self._pid, number)

    def wait(self):
        """Return the exit code."""
        if self.code is None:
            self.code = self._runner.wait(self._pid)
            self.output = self._log.with_suffix(".out").read_text()
            self.words = self._log.with_suffix(".err").read_text()
            # What Arrow says of an interruption that came while it called Python back.
            self.words = re.sub(
                r"Exception ignored in: .*keep.*\n(?:.*\n)*?KeyboardInterrupt: *\n", "", self.words
            )
            assert "Traceback" not in self.words, self.words
            assert "Exception ignored" not in self.words, self.words
        return self.code


def _serve():
    """Do what is asked for on standard input, a line of JSON each."""
    _warm_up(compiled=sys.argv[1:] == ["compiled"])
    for line in sys.stdin:
        ask = json.loads(line)
        if "wait" in ask:
            answer = os.waitstatus_to_exitcode(os.waitpid(ask["wait"], 0)[1])
        else:
            answer = os.fork()
            if not answer:
                try:
                    _run(**ask)
                except SystemExit:
                    sys.stdout.flush()
                except BaseException:
                    traceback.print_exc()
                    sys.stderr.flush()
                os._exit(0)
        print(json.dumps(answer), flush=True)


def _warm_up(*, compiled):
    """Import all that a run needs by making one, and load what is compiled, which takes seconds."""
    import pyarrow.parquet  # noqa: F401 # is imported where it is needed

    from fakedetect import batch, cli, parquet, portions, streams
    from fakedetect.loading import starter

    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
        listings = Path(folder) / "in.csv"
        listings.write_text("title\nsuper copy 1:1\n" * 9)
        command = ["score", str(listings), "-o", str(listings.with_name("out.csv")), "--quiet"]
        cli.app([*command, "--top", "1", "--json"], standalone_mode=False)
    if compiled:
        starter().margin(["watch"], engine="compiled", n_threads=1)
    portions.N_ROWS = PORTION
    batch._SYNC_S = 0
    parquet._MOST_ROWS = 2 * PORTION
    streams.PIECE = PIECE


def _run(
    arguments, cwd, log, *, stdin=os.devnull, gate=None, pause_s=0, most_bytes=None, fault=None
):
    """Run the command line.

    ``gate`` is a file to wait for, ``pause_s`` how long to rest after each portion, ``most_bytes``
    how long a file may become, and ``fault`` the way in which which of the calls fails.
    """
    from fakedetect import batch, cli

    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    os.chdir(cwd)
    for number, path, flags in (
        (1, f"{log}.out", os.O_WRONLY | os.O_CREAT),
        (2, f"{log}.err", os.O_WRONLY | os.O_CREAT),
        (0, stdin, os.O_RDONLY),
    ):
        os.dup2(os.open(path, flags), number)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode) for number, mode in enumerate(("r", "w", "w"))
    )
    if pause_s:
        rows = batch._rows

        def slow(*arguments):
            time.sleep(pause_s)
            return rows(*arguments)

        batch._rows = slow
    while gate and not Path(gate).exists():
        time.sleep(0.001)
    if most_bytes is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))
    if fault:
        fail(*fault)
    sys.argv = ["fakedetect", *arguments]
    cli.main()


def fail(how, which, patched=setattr):
    """Make the call with a number fail, from 1; ``patched`` sets an attribute.

    How: ``"once"`` with an input/output error, ``"full"`` as every later one of its kind with no
    space left, ``"half"`` done in part (a write) or in full and then failing; ``"die"`` and ``"die
    after"`` end the process before and after the call.
    """
    n_calls, failed = 0, None

    def failing(name):
        call = getattr(os, name)

        def counted(*arguments, **more):
            nonlocal n_calls, failed
            n_calls += 1
            if how == "full" and failed == name:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if n_calls != which:
                return call(*arguments, **more)
            failed = name
            if how in {"once", "full"}:
                number = errno.EIO if how == "once" else errno.ENOSPC
                raise OSError(number, os.strerror(number))
            if how == "die":
                os._exit(9)
            if name == "write":
                call(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
            else:
                call(*arguments, **more)
            if how == "die after":
                os._exit(9)
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        return counted

    for name in CALLS:
        patched(os, name, failing(name))


if __name__ == "__main__":
    _serve()
