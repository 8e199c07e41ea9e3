"""The process around the commands: signals, streams, words and exit codes."""

from __future__ import annotations

import io
import os
import signal
import sys
from contextlib import suppress
from typing import Any, NoReturn

import click

from fakedetect.errors import FakedetectError

BAD_INPUT = 1
INTERRUPTED = 130
READER_GONE = 141


def run(app: click.Command) -> NoReturn:
    """Run a command line to its end.

    Exit codes: 0 done, 1 bad input or model, 2 wrong usage, 130 interrupted, 141 the reader of the
    output has gone.
    """
    # A polite kill or a closed terminal cleans up as Ctrl-C does, unless it is to be ignored.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # for terminals that lack a character
    _leave(_exit_code(app))


def _exit_code(app: click.Command) -> int:
    try:
        app(standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output has gone, which is its right; keep the exit silent too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    except (FakedetectError, OSError) as error:
        say(f"Error: {error}")
        return BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        say("interrupted; an unfinished file was removed")
        return INTERRUPTED
    return 0


def _leave(code: int) -> NoReturn:
    """Exit without the interpreter's own shutdown where something went wrong.

    The CSV parser's reading thread may still be about then, and every now and then the shutdown
    aborts the process because of it.
    """
    if code:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                stream.flush()
        os._exit(code)
    sys.exit(0)


def say(message: str) -> None:
    """Print words for a person on standard error."""
    from fakedetect.text import printable

    click.echo(printable(message), err=True)


def show(content: Any) -> None:
    """Print a report on standard output, none of it read as markup."""
    from rich.console import Console

    Console(highlight=False, markup=False, emoji=False).print(content)
