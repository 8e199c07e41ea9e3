"""The process around the commands: signals, streams, words and exit codes."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import click

from fakedetect.errors import (
    FakedetectError,
    OutputBusyError,
    OutputFullError,
    RunInterrupted,
)

if TYPE_CHECKING:
    from fakedetect.page import Page

BAD_INPUT = 1
SOME_BAD = 3
DISK_FULL = NOT_PROMOTED = 4
BUSY = 5
INTERRUPTED = 130
READER_GONE = 141

_INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Those that came. No lock is taken to add one, which a second signal would wait for in vain.
_came: list[int] = []


def run(app: click.Command) -> NoReturn:
    """Run a command line to its end.

    Exit codes: 0 done, 1 bad input or model, 2 wrong usage, 3 done but some records could not be
    read, 4 no space left for the output, 5 another run is writing it, 130 interrupted, 141 the
    reader of the output has gone. A command may return its own.
    """
    # A polite kill or a closed terminal cleans up as Ctrl-C does, unless it is to be ignored.
    for number in _INTERRUPTIONS:
        if signal.getsignal(number) in {signal.SIG_DFL, signal.default_int_handler}:
            signal.signal(number, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # for terminals that lack a character
    try:
        code = _exit_code(app)
        _stop_listening()
    except KeyboardInterrupt:  # once more, while the first was dealt with
        _stop_listening()
        code = INTERRUPTED
    _leave(code)


def _interrupt(number: int, frame: Any) -> NoReturn:
    del frame
    _came.append(number)
    raise KeyboardInterrupt


def keep_signals() -> None:
    """Turn off Arrow's own handlers of signals, which now and then lose one."""
    import pyarrow as pa

    pa.enable_signal_handlers(False)


def heeding(
    progress: Callable[[int, float | None], None] | None,
) -> Callable[[int, float | None], None]:
    """Return a callback for progress that raises again an interruption that was lost.

    An exception is lost where Arrow calls Python back and can pass none on, as for each record that
    does not fit.
    """
    keep_signals()

    def advance(n: int, fraction: float | None) -> None:
        if progress:
            progress(n, fraction)
        if _came:
            raise KeyboardInterrupt

    return advance


def _stop_listening() -> None:
    """Ignore interruptions from now on, since all is done but leaving."""
    for number in _INTERRUPTIONS:
        signal.signal(number, signal.SIG_IGN)


def _exit_code(app: click.Command) -> int:
    try:
        code = app(standalone_mode=False)
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
        return _code_of(error)
    except (click.Abort, KeyboardInterrupt) as interruption:
        cause = interruption.__cause__ or interruption  # click puts its own in its place
        known = isinstance(cause, RunInterrupted)
        say(str(cause) if known else "interrupted; every file is as it was before, or complete")
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _code_of(error: Exception) -> int:
    if isinstance(error, OutputFullError):
        return DISK_FULL
    return BUSY if isinstance(error, OutputBusyError) else BAD_INPUT


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


def show(page: Page) -> None:
    """Print a page on standard output, none of it read as markup."""
    from rich.console import Console

    from fakedetect.terminal import rendered

    Console(highlight=False, markup=False, emoji=False).print(rendered(page))


def print_page(page: Page, values: Any, *, as_json: bool, markdown: bool = False) -> None:
    """Print a page, or as Markdown, or the data it was made from as JSON."""
    from fakedetect import report

    if as_json:
        click.echo(report.as_json(values))
    elif markdown:
        from fakedetect.markdown import rendered

        click.echo(rendered(page), nl=False)
    else:
        show(page)
