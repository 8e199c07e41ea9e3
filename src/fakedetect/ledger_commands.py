"""The commands of a ledger: add events, look at what they say, hand them on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fakedetect import console, options
from fakedetect.errors import InputError
from fakedetect.events import NOTICE, REASONS, REVOKE
from fakedetect.ledger_options import (
    as_of_option,
    head_option,
    ledger_option,
    moment,
    policy_options,
)

if TYPE_CHECKING:
    import pandas as pd

    from fakedetect.events import Events
    from fakedetect.ledger import Head
    from fakedetect.ledger_labels import Labels, Policy

MOST_SHOWN = 20  # reporters in the table on a terminal


@click.group(short_help="Keep notices and verdicts; see what they come to.")
def ledger() -> None:
    """Keep what brand owners, buyers and reviewers say of listings, and see what comes of it."""


@ledger.command(short_help="Add the events of files.")
@click.argument("events", metavar="EVENTS...", nargs=-1, required=True)
@ledger_option
@click.option(
    "--owner",
    "by_owner",
    is_flag=True,
    help="Let gold labels and revocations in, which only the ledger's owner may add.",
)
@options.owner_key_option
@options.reading_options
@options.json_option
def add(
    events: tuple[str, ...],
    ledger_path: str,
    by_owner: bool,
    owner_key: bytes | None,
    reading: dict[str, Any],
    as_json: bool,
) -> None:
    """Add the events of EVENTS files to a ledger: all of them, or, if one is refused, none.

    EVENTS are CSV, TSV, JSON Lines or Parquet with the columns event, time (ISO 8601 with a zone),
    listing_id and, as the kind of event needs them, event_id, reporter, brand, reason, outcome,
    reviewer, regards, seller, title, description. Adding the same file again adds nothing. The
    ledger is made if it is not there.
    """
    from fakedetect import progress, report
    from fakedetect.ledger import Ledger
    from fakedetect.listings import ListingReader

    console.keep_signals()
    reader = ListingReader(events, **reading)
    with (
        Ledger(ledger_path, create=True, owner_key=owner_key) as book,
        progress.rows(hidden=as_json, words="adding", unit="events") as advance,
    ):
        found = book.add_file(reader, by_owner=by_owner, progress=console.heeding(advance))
        head = book.head
    if as_json:
        click.echo(report.as_json({**found._asdict(), "head": str(head)}))
    else:
        known = f", {found.n_known:,} were there already" if found.n_known else ""
        console.say(f"added {found.n_new:,} events{known}; {ledger_path} now has {head.n:,}")


@click.command(short_help="Add one notice to a ledger.")
@click.argument("listing_id")
@ledger_option
@click.option("--reporter", required=True, metavar="NAME", help="Who reports it.")
@click.option("--brand", required=True, metavar="NAME", help="Whose brand it is.")
@click.option(
    "--reason",
    type=click.Choice(REASONS),
    default=REASONS[0],
    show_default=True,
    help="What the listing infringes.",
)
@click.option("--seller", default="", metavar="NAME", help="Who sells it.")
@click.option("--title", default="", metavar="TEXT", help="The listing's title.")
@click.option("--description", default="", metavar="TEXT", help="The listing's description.")
@as_of_option("--time", "When it was reported.  [default: now]")
def notice(listing_id: str, ledger_path: str, time: int | None, **cells: str) -> None:
    """Add a notice: that the listing LISTING_ID infringes.

    Prints the event's id, which verdicts can regard.
    """
    from fakedetect.ledger import Ledger

    found = _event(time, event=NOTICE, listing_id=listing_id, **cells)
    with Ledger(ledger_path, create=True) as book:
        book.add(found)
    click.echo(found.rows[0][0])


@ledger.command(short_help="Withdraw all trust from a reporter.")
@click.argument("reporter")
@ledger_option
@options.owner_key_option
def revoke(reporter: str, ledger_path: str, owner_key: bytes | None) -> None:
    """Withdraw all trust from REPORTER.

    From now on labels are as if the reporter had never been there; models trained before keep what
    they have learned until they are trained anew.
    """
    from fakedetect.ledger import Ledger

    found = _event(None, event=REVOKE, reporter=reporter)
    with Ledger(ledger_path, owner_key=owner_key) as book:
        if not book.knows(reporter):
            raise InputError(f"no event is by a reporter {reporter!r}", file=ledger_path)
        book.add(found)
    console.say(f"{reporter} is revoked; train anew")


@ledger.command(short_help="Write all events to a file.")
@ledger_option
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help="File to write: .csv, .tsv, .jsonl or .parquet, the first three also .gz or .zst.",
)
@click.option(
    "--raw-cells",
    is_flag=True,
    help="Write text cells unchanged, also those that a spreadsheet would run as formulas.",
)
def export(ledger_path: str, output: str, raw_cells: bool) -> None:
    """Write all events to a file that `ledger add` takes back without loss."""
    from fakedetect.atomic import check_target
    from fakedetect.ledger import Ledger
    from fakedetect.ledger_export import export as write

    check_target(output, ledger_path)
    with Ledger(ledger_path) as book:
        n = write(book, output, raw_cells=raw_cells)
    console.say(f"wrote {n:,} events to {output}")


@ledger.command(short_help="Find events that were changed or taken out.")
@ledger_option
@head_option("One that was printed before and noted: that event must still be there, unchanged.")
def verify(ledger_path: str, head: Head | None) -> int:
    """Check that no event was changed or taken out, and print the ledger's head.

    Note the head elsewhere: with it even a ledger that was written anew as a whole is found out.
    """
    from fakedetect.ledger import Ledger

    with Ledger(ledger_path) as book:
        breaks = book.breaks(head)
        now = book.head
    for each in breaks:
        console.say(f"event {each.n} ({each.event_id}): {each.problem}")
    if breaks:
        console.say(f"Error: {ledger_path}: the chain does not hold in {len(breaks)} places")
        return console.BAD_INPUT
    click.echo(str(now))
    return 0


@ledger.command(short_help="Write labels as of a date.")
@ledger_option
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="File to write, .csv, .jsonl or .parquet."
)
@as_of_option("--as-of", "What was known then.  [default: the last event's time]")
@head_option()
@policy_options
@options.owner_key_option
def labels(ledger_path: str, output: str, policy: Policy, **which: Any) -> None:
    """Write what the ledger says of each listing: label, weight, and why.

    The same date and the same head give the same labels for ever.
    """
    from fakedetect.atomic import check_target
    from fakedetect.ledger_export import write_table

    check_target(output, ledger_path)
    found, head = _labelled(ledger_path, policy, **which)
    table = found.table.reset_index()
    table["label"] = table["label"].astype("Int64")
    write_table(table, output)
    n = int(table["label"].notna().sum())
    console.say(
        f"wrote {n:,} labels, {int((table['label'] == 1).sum()):,} suspected, of {len(table):,}"
        f" listings as of {_said(found.as_of)}, head {head}"
    )


@ledger.command(short_help="Show reporters' records.")
@ledger_option
@as_of_option("--as-of", "Records as of then.  [default: the last event's time]")
@head_option()
@policy_options
@options.owner_key_option
@options.json_option
def reporters(ledger_path: str, policy: Policy, as_json: bool, **which: Any) -> None:
    """Show reporters: what became of their claims, how far they are trusted, who would qualify."""
    from fakedetect import ledger_report

    found, _ = _labelled(ledger_path, policy, **which)
    console.print_page(
        ledger_report.reporters(found.records, found.as_of, most=MOST_SHOWN),
        ledger_report.reporters_data(found.records, found.as_of),
        as_json=as_json,
    )


@ledger.command(short_help="Show the programme's figures.")
@ledger_option
@as_of_option()
@click.option(
    "--by",
    default="month",
    show_default=True,
    metavar="COLUMNS",
    help="Separated by commas: week, month or quarter, brand, seller, reporter, reason.",
)
@click.option(
    "-o", "--output", metavar="FILE", help="Write them as CSV as well, a row for each figure."
)
@options.report_option
@options.json_option
def figures(
    ledger_path: str,
    as_of: int | None,
    by: str,
    output: str | None,
    report_path: str | None,
    as_json: bool,
) -> None:
    """Show figures of the programme, each with numerator and denominator.

    What share was removed before a sale, how many notices came for a thousand listings, how long
    they took, how many were upheld, and so on.
    """
    from fakedetect import programme, programme_report, report
    from fakedetect.atomic import check_target
    from fakedetect.ledger import Ledger
    from fakedetect.ledger_export import write_table
    from fakedetect.outcomes import in_force

    for path in filter(None, (output, report_path)):
        check_target(path, ledger_path)
    with Ledger(ledger_path) as book:
        events = book.frame(as_of=as_of)
    when = moment(as_of, events, ledger_path)
    names = [name.strip() for name in by.split(",")]
    found = programme.figures(in_force(events), by=names, as_of=when)
    page = programme_report.figures(found.as_dict())
    if output is not None:
        write_table(found.as_table(), output)
    if report_path is not None:
        report.write(report_path, page, found.as_dict())
    console.print_page(page, found.as_dict(), as_json=as_json)


def _labelled(
    path: str,
    policy: Policy,
    *,
    as_of: int | None,
    head: Head | None,
    owner_key: bytes | None,
) -> tuple[Labels, Head]:
    from fakedetect.ledger import Ledger
    from fakedetect.ledger_labels import labels_as_of

    with Ledger(path, owner_key=owner_key) as book:
        head = head or book.head
        events = book.frame(as_of=as_of, head=head)
    return labels_as_of(events, moment(as_of, events, path), policy), head


def _event(when: int | None, **cells: str) -> Events:
    """Return one event, checked; its time is now unless another is given."""
    import time

    import pyarrow as pa

    from fakedetect.events import checked, time_text

    now = time.time_ns() // 1000
    row = {"time": time_text(now if when is None else when), **cells}
    table = pa.table({name: [value] for name, value in row.items()})
    try:
        return checked(table, now=now, by_owner=True)
    except InputError as error:
        raise InputError(error.message, column=error.column) from None  # it has no row


def _said(when: pd.Timestamp) -> str:
    return when.isoformat().replace("+00:00", "Z")
