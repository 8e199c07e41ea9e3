"""Options and sources that the commands around a ledger share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from fakedetect import named_files, options
from fakedetect.errors import InputError
from fakedetect.events import parsed_time

if TYPE_CHECKING:
    import pandas as pd

    from fakedetect.learning import Influence
    from fakedetect.ledger import Head
    from fakedetect.ledger_labels import Policy
    from fakedetect.model import Model

Command = Callable[..., Any]


def _head(ctx: click.Context, param: click.Parameter, value: str | None) -> Head | None:
    from fakedetect.ledger import parsed_head

    del ctx
    try:
        return None if value is None else parsed_head(value)
    except InputError as error:
        raise click.BadParameter(str(error), param=param) from None


def _time(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    del ctx
    try:
        return None if value is None else parsed_time(value)
    except InputError as error:
        raise click.BadParameter(str(error), param=param) from None


ledger_option = click.option(
    "--ledger",
    "ledger_path",
    default="ledger.db",
    show_default=True,
    envvar="FAKEDETECT_LEDGER",
    show_envvar=True,
    metavar="FILE",
    help="The ledger, an SQLite file.",
)


def head_option(
    what: str = "Leave out events that were added behind this one, as `ledger verify` prints it.",
) -> Callable[[Command], Command]:
    """Return an option that takes a ledger's head."""
    return click.option("--head", callback=_head, metavar="N:LINK", help=what)


def as_of_option(
    name: str = "--as-of", what: str = "Leave out later events."
) -> Callable[[Command], Command]:
    """Return an option that takes a date."""
    return click.option(
        name,
        callback=_time,
        metavar="DATE",
        help=f"{what} An ISO 8601 date, which begins in UTC, or a time with a zone.",
    )


def policy_options(command: Command) -> Command:
    """Give a command the options that say how events become labels, as one ``policy``."""

    @functools.wraps(command)
    def gathered(*arguments: Any, programme: str, mature_days: float, **others: Any) -> Any:
        from fakedetect import reporters
        from fakedetect.ledger_labels import Policy

        policy = Policy(reporters.programme(programme), mature_days)
        return command(*arguments, policy=policy, **others)

    return options.joined(
        click.option(
            "--programme",
            type=click.Choice(["acceptance", "good-faith"]),  # those that are shipped
            default="good-faith",
            show_default=True,
            help="Rules by which reporters qualify.",
        ),
        click.option(
            "--mature-days",
            type=click.FloatRange(0),
            default=14,
            show_default=True,
            metavar="N",
            help="Days after which a listing that nobody has reported counts as genuine.",
        ),
    )(gathered)


class LessonSource(NamedTuple):
    """A ledger to train from: the file, up to where, and how events become labels."""

    path: str
    as_of: int | None
    head: Head | None
    owner_key: bytes | None
    policy: Policy

    def trained(
        self,
        listings: tuple[str, ...],
        reading: dict[str, Any],
        only: tuple[str, str] | None,
        *,
        settings: dict[str, Any],
    ) -> tuple[Model, list[Influence]]:
        """Return a model trained on the ledger's labels, and what heavy reporters did to it.

        Parameters
        ----------
        listings, reading, only
            Listing files whose texts are taken; without any, the texts are the ledger's.
        settings
            Of ``training.train``.
        """
        from fakedetect import learning, progress, training
        from fakedetect.ledger import Ledger

        for name in ("label", "weight"):
            if settings.pop(name) not in {None, "label"}:
                raise click.UsageError(f"--{name} names a column, and --ledger gives the labels")
        with Ledger(self.path, owner_key=self.owner_key) as book:
            head = self.head or book.head
            events = book.frame(as_of=self.as_of, head=head, texts=True)
        when = moment(self.as_of, events, self.path)
        text = settings["text"]
        if listings:
            time = settings.pop("time")
            with named_files.listings(listings, reading, only) as table:
                found = learning.lesson_of(table, events, when, self.policy, text=text, time=time)
        else:
            found = learning.lesson(events, when, self.policy)
        with progress.steps("training") as advance:
            model = training.train(found.table, weight="weight", **settings, progress=advance)
        model = replace(model, card={**model.card, "ledger": learning.provenance(found, str(head))})
        moved = learning.influences(events, found, model, self.policy, text=text)
        return model, moved


def lesson_options(command: Command) -> Command:
    """Give a command the options that say which ledger to train from, as one ``source``."""

    @functools.wraps(command)
    def gathered(
        *arguments: Any,
        ledger_path: str | None,
        as_of: int | None,
        head: Head | None,
        owner_key: bytes | None,
        policy: Policy,
        **others: Any,
    ) -> Any:
        source = None
        if ledger_path is not None:
            source = LessonSource(ledger_path, as_of, head, owner_key, policy)
        elif as_of is not None or head is not None:
            raise click.UsageError("--as-of and --head are about a --ledger, and none is named")
        return command(*arguments, source=source, **others)

    return options.joined(
        click.option(
            "--ledger",
            "ledger_path",
            metavar="FILE",
            help="Ledger that gives the labels.  [default: none; a column does]",
        ),
        as_of_option("--as-of", "With --ledger: labels as of then."),
        head_option(),
        policy_options,
        options.owner_key_option,
    )(gathered)


def moment(as_of: int | None, events: pd.DataFrame, path: str) -> pd.Timestamp:
    """Return a date, or the time of the last event."""
    import pandas as pd

    if not len(events):
        raise InputError("the ledger has no events up to then", file=path)
    if as_of is None:
        found: pd.Timestamp = events["time"].iloc[-1]
        return found
    return pd.Timestamp(as_of, unit="us", tz="UTC")
