"""The process around the commands: interruptions, streams, exit codes."""

import os
import signal
import subprocess
import sys

import pytest


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_runs_leave_nothing(model_file, tmp_path, sent):
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "fakedetect", "score", "-", "-o", "out.csv", "--model"]
    with subprocess.Popen(
        [*command, model_file],
        stdin=reading,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        text=True,
        # A shell starts jobs in the background with some signals ignored, and children inherit it.
        preexec_fn=lambda: signal.signal(sent, signal.SIG_DFL),  # noqa: PLW1509 # no threads here
    ) as process:
        os.close(reading)
        # More than a pipe holds: once it is written, the reader is at work.
        os.write(writing, b"title\n" + b"super copy\n" * 20_000)
        process.send_signal(sent)
        errors = process.stderr.read()
        os.close(writing)
    assert process.returncode == 130
    assert errors == "\ninterrupted; every file is as it was before, or complete\n"
    assert list(tmp_path.iterdir()) == []


def test_reader_that_goes_away(model_file, listings_file):
    command = f"{sys.executable} -m fakedetect score {listings_file} -o - --model {model_file}"
    done = subprocess.run(
        f"{command} | head -n 1", shell=True, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith('"listing_id"')
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", ["explain x", "model show --json", "--help"])
def test_full_standard_output(arguments):
    command = f"{sys.executable} -m fakedetect {arguments} > /dev/full"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "Error: [Errno 28] No space left on device\n")


def test_terminal_that_lacks_characters():
    done = subprocess.run(
        [sys.executable, "-m", "fakedetect", "explain", "super copy 高仿"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert r"\u9ad8\u4eff" in done.stdout
