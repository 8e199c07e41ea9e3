"""The commands that learn from a ledger: compare two models, retrain one, simulate a market."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fakedetect import console, named_files, options
from fakedetect.errors import InputError
from fakedetect.ledger_options import (
    as_of_option,
    head_option,
    ledger_option,
    moment,
    policy_options,
)

if TYPE_CHECKING:
    from fakedetect.ledger import Head
    from fakedetect.ledger_labels import Policy
    from fakedetect.trust import Trust

authorised_option = click.option(
    "--authorised",
    metavar="FILE",
    help="File of sellers, one on a line, who should never be flagged.",
)


@click.command(short_help="Show what changes from one model to another.")
@click.argument("champion")
@click.argument("challenger")
@click.argument("listings", metavar="LISTINGS...", nargs=-1, required=True)
@options.trust_options
@click.option(
    "--label",
    metavar="COLUMN",
    help="Column of labels: 1 suspected, 0 genuine, empty unlabelled.  [default: label, if there]",
)
@options.text_option
@options.by_option
@authorised_option
@options.only_option
@options.reading_options
@options.engine_options
@options.json_option
@options.report_option
def compare(
    champion: str,
    challenger: str,
    listings: tuple[str, ...],
    trust: Trust,
    label: str | None,
    authorised: str | None,
    only: tuple[str, str] | None,
    reading: dict[str, Any],
    as_json: bool,
    report_path: str | None,
    **settings: Any,
) -> None:
    """Show what changes on LISTINGS when CHALLENGER takes the place of CHAMPION.

    Which listings are newly flagged and which no longer, by brand and seller; and, where there are
    labels, both models' figures on the same listings with intervals of the difference.
    """
    from fakedetect import comparison, comparison_report, report
    from fakedetect.harm import read_authorised
    from fakedetect.tables import column_names

    if report_path is not None:
        named_files.check_report(report_path, *listings, champion, challenger, authorised)
    before, after = (named_files.loaded(path, trust) for path in (champion, challenger))
    with named_files.listings(listings, reading, only) as table:
        if label is None and "label" in column_names(table):
            label = "label"
        found = comparison.compare(
            before,
            after,
            table,
            label=label,
            authorised=None if authorised is None else read_authorised(authorised),
            **settings,
        )
    values = found.as_dict()
    page = comparison_report.compared(values)
    if report_path is not None:
        report.write(report_path, page, values)
    console.print_page(page, values, as_json=as_json)


@click.command(short_help="Train a challenger, write it if it is better.")
@ledger_option
@click.option("--champion", required=True, metavar="FILE", help="Model file in use.")
@options.trust_options
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help="Model file to write if the challenger is promoted; never the champion's.",
)
@as_of_option("--as-of", "Train on labels as of then.  [default: 28 days before --until]")
@as_of_option("--until", "Judge by labels as of then.  [default: the last event's time]")
@head_option()
@policy_options
@options.owner_key_option
@authorised_option
@click.option(
    "--margin",
    type=options.Fraction(0, 1),
    metavar="SHARE",
    help="Promote only if, with 95 % confidence, no more average precision than this is lost."
    "  [default: if no loss is certain]",
)
@click.option(
    "--without-gold",
    is_flag=True,
    help="Promote without a gold set. Then whoever sends most of the notices decides.",
)
@options.folds_options
@options.json_option
@options.report_option
def retrain(
    ledger_path: str,
    champion: str,
    trust: Trust,
    output: str,
    as_of: int | None,
    until: int | None,
    head: Head | None,
    policy: Policy,
    owner_key: bytes | None,
    authorised: str | None,
    margin: float | None,
    without_gold: bool,
    as_json: bool,
    report_path: str | None,
    **settings: Any,
) -> int:
    """Train a challenger on a ledger as of a date, and write it if it is better than the champion.

    Both are judged by listings that came after the date and by the owner's gold set. The exit code
    is 4, and nothing is written, if the challenger does not take the champion's place.
    """
    import pandas as pd

    from fakedetect import progress, report, retraining, retraining_report
    from fakedetect.harm import read_authorised
    from fakedetect.ledger import Ledger

    named_files.check_model_target(output, champion, ledger_path)
    if report_path is not None:
        named_files.check_report(report_path, champion, ledger_path, authorised, output=output)
    model = named_files.loaded(champion, trust)
    with Ledger(ledger_path, owner_key=owner_key) as book:
        if book.has_owner and owner_key is None:
            raise InputError(
                "the gold set is sealed with its owner's key, without which anybody's would count;"
                " give --owner-key",
                file=ledger_path,
            )
        head = head or book.head
        events = book.frame(as_of=until, head=head, texts=True)
    end = moment(until, events, ledger_path)
    begin = end - pd.Timedelta(days=28) if as_of is None else moment(as_of, events, ledger_path)
    with progress.steps("training") as advance:
        found = retraining.retrain(
            events,
            model,
            as_of=begin,
            until=end,
            policy=policy,
            head=str(head),
            rule=retraining.Rule(margin, needs_gold=not without_gold),
            authorised=None if authorised is None else read_authorised(authorised),
            **settings,
            progress=advance,
        )
    values = found.as_dict()
    page = retraining_report.retrained(values)
    if report_path is not None:
        report.write(report_path, page, values)
    console.print_page(page, values, as_json=as_json)
    if not found.promoted:
        console.say(f"not promoted: {'; '.join(found.refusals)}")
        return console.NOT_PROMOTED
    found.challenger.save(output, key=trust.key)
    console.say(f"promoted: wrote {output} ({Path(output).stat().st_size / 1e6:.1f} MB)")
    return 0


@click.command(short_help="Write a marketplace with known truth.")
@click.argument("folder")
@click.option("--weeks", default=20, show_default=True, type=click.IntRange(1), metavar="N")
@click.option(
    "--listings",
    "listings_per_week",
    default=300,
    show_default=True,
    type=click.IntRange(1),
    metavar="N",
    help="Listings in a week.",
)
@click.option(
    "--attack",
    default="none",
    show_default=True,
    metavar="NAME",
    help="What liars do: none, flip, smear, hide, sybils, majority.",
)
@click.option(
    "--share",
    "attack_share",
    type=options.Fraction(0, 1),
    metavar="SHARE",
    help="How much of it.  [default: as usual for the attack]",
)
@click.option(
    "--evasion",
    default=0.0,
    show_default=True,
    type=options.Fraction(0, 1),
    metavar="SHARE",
    help="Share of the suspected listings that hide their claims in the second half.",
)
@click.option(
    "--gold",
    "n_gold",
    default=200,
    show_default=True,
    type=click.IntRange(0),
    metavar="N",
    help="Listings in the owner's gold set.",
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), metavar="N")
def simulate(folder: str, **settings: Any) -> None:
    """Write a marketplace with known truth into FOLDER: listings.csv and events.csv.

    For trying out a ledger and testing estimators. Figures on it say nothing about real markets.
    """
    from fakedetect import simulate as simulating

    Path(folder).mkdir(parents=True, exist_ok=True)
    found = simulating.write(simulating.Market(**settings), folder)
    console.say(
        f"wrote {found.n_listings:,} listings to {found.listings} and {found.n_events:,} events to"
        f" {found.events}"
    )
