"""The command line: parse, call, render."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

import fakedetect
from fakedetect import (
    console,
    learning_commands,
    ledger_commands,
    ledger_options,
    named_files,
    options,
)
from fakedetect.claims import LANGUAGES, lexicon
from fakedetect.errors import InputError
from fakedetect.rule_options import Rules, rule_options

if TYPE_CHECKING:
    from fakedetect.lanes import Budget
    from fakedetect.ledger_options import LessonSource
    from fakedetect.trust import Trust


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(fakedetect.__version__, prog_name="fakedetect")
def app() -> None:
    """Flag suspected-counterfeit marketplace listings from their text, with reasons.

    A score is a probability and a flag a suspicion: a reason to look, never a finding.
    """


@app.command(short_help="Train a model on labelled listings.")
@options.listings_argument(required=False)
@options.labelled_options
@click.option(
    "-o",
    "--output",
    default="model.joblib",
    show_default=True,
    metavar="FILE",
    help="Model file to write.",
)
@options.prevalence_option
@rule_options
@options.by_option
@options.time_option
@click.option(
    "--all-splits",
    is_flag=True,
    help="Judge by every split, as evaluate does, not only by the one that training uses.",
)
@click.option(
    "--weight",
    metavar="COLUMN",
    help="Column of how much each label counts, from 0 to 1.  [default: none; all alike]",
)
@ledger_options.lesson_options
@options.key_option
def train(
    listings: tuple[str, ...],
    only: tuple[str, str] | None,
    reading: dict[str, Any],
    as_json: bool,
    output: str,
    by: list[str] | None,
    rules: Rules,
    source: LessonSource | None,
    model_key: bytes | None,
    **settings: Any,
) -> None:
    """Train a model on labelled LISTINGS and print its out-of-fold figures.

    Every figure comes from models that saw neither the listing's seller nor a copy of its text.
    With --ledger the labels and their weights are the ledger's; without LISTINGS the texts are too.
    """
    from fakedetect import progress, report, training

    named_files.check_model_target(output, *listings)
    chosen = {"rule": rules.for_labels().rule, "hold": rules.hold, "n_per": rules.budget}
    chosen["by"] = by or ()
    if source is not None:
        model, moved = source.trained(listings, reading, only, settings={**chosen, **settings})
    else:
        moved = []
        if not listings:
            raise click.UsageError("give LISTINGS, a --ledger, or both")
        with (
            named_files.listings(listings, reading, only) as table,
            progress.steps("training") as advance,
        ):
            model = training.train(table, **chosen, **settings, progress=advance)
    model.save(output, key=model_key)
    if as_json:
        data = {"model": output, **model.header()}
        if source is not None:
            data["influences"] = [each._asdict() for each in moved]
        click.echo(report.as_json(data))
    else:
        page = report.training(model.card)
        if moved:
            from fakedetect import ledger_report

            page = page._replace(blocks=(*page.blocks, *ledger_report.influences(moved)))
        console.show(page)
    console.say(f"wrote {output} ({Path(output).stat().st_size / 1e6:.1f} MB)")


@app.command(short_help="Score listings into a file, row by row.")
@click.argument("listings", metavar="LISTINGS...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    help="File to write: .csv, .tsv, .jsonl or .parquet, the first three also .gz or .zst; - is"
    " standard output, as CSV.",
)
@options.model_option
@options.trust_options
@options.text_option
@rule_options
@click.option(
    "--prevalence",
    type=options.SHARE,
    metavar="SHARE",
    help="Share of positives among these listings.  [default: the model's]",
)
@click.option(
    "--top",
    default=0,
    type=click.IntRange(0),
    metavar="N",
    help="Print the N most suspected listings, with reasons.",
)
@click.option(
    "--explore",
    type=options.Fraction(0, 1),
    metavar="SHARE",
    help="Give this share of the --budget to listings drawn by lot from those that are not flagged,"
    " so that what is missed can be estimated.",
)
@click.option(
    "--seed",
    default=0,
    show_default=True,
    type=click.IntRange(0, 2**64 - 1),
    metavar="N",
    help="Seed of the lots, which go by id. One that is not easily guessed keeps sellers from"
    " telling how theirs will fall.",
)
@click.option(
    "--raw-cells",
    is_flag=True,
    help="Write text cells unchanged. A spreadsheet would then run cells that begin with = + - or"
    " @ as formulas; without this an apostrophe is put before them, also inside a cell where a"
    " wrongly chosen delimiter would begin one.",
)
@click.option(
    "--ids-only",
    is_flag=True,
    help="Write no columns but the ids (listing_id or id) and the added ones, and no reasons.",
)
@click.option(
    "--prefix",
    default="",
    metavar="TEXT",
    help="What the names of the added columns begin with.  [default: nothing]",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Go on from where the same command was stopped, if it was.",
)
@options.engine_options
@options.reading_options
@options.json_option
@options.report_option
@click.option("--quiet", is_flag=True, help="No progress and no closing line.")
def score(
    listings: tuple[str, ...],
    output: str,
    model_path: str | None,
    trust: Trust,
    text: list[str] | None,
    rules: Rules,
    prevalence: float | None,
    explore: float | None,
    seed: int,
    top: int,
    as_json: bool,
    quiet: bool,
    raw_cells: bool,
    ids_only: bool,
    prefix: str,
    reading: dict[str, Any],
    report_path: str | None,
    **settings: Any,
) -> int:
    """Score LISTINGS into a file with a row for each record, in order.

    LISTINGS are CSV, TSV, JSON Lines or Parquet files, plain or packed with gzip or zstd, several
    of the same columns, a folder of Parquet, or - for standard input. A row has their columns, then
    score, flagged, lane (hold, review or clear), reasons (of flagged listings) and status: ok, or
    why the record could not be read, in which case the exit code is 3.
    """
    from fakedetect import batch, progress, report, tallies
    from fakedetect.atomic import check_target
    from fakedetect.listings import ListingReader

    if (top or as_json) and output == "-":
        raise click.UsageError(
            "--top and --json print to standard output; write the listings to a file"
        )
    if output != "-":
        check_target(output, *listings, model_path)
    if report_path is not None:
        named_files.check_report(report_path, *listings, model_path, output=output)
    budget = _budget(rules, explore, seed)
    reader = ListingReader(listings, **reading)
    model = named_files.loaded(model_path, trust, rules=rules, prevalence=prevalence)
    written = batch.Output(raw_cells=raw_cells, ids_only=ids_only, prefix=prefix)
    with progress.rows(hidden=quiet) as advance:
        summary = batch.score_file(
            reader,
            output,
            model,
            text=text,
            output=written,
            budget=budget,
            n_top=top,
            progress=console.heeding(advance),
            **settings,
        )
    prevalence = model.card["calibration"]["prevalence"]
    if report_path is not None:
        from fakedetect.overview import overview
        from fakedetect.overview_report import scored

        found = overview(
            output,
            model,
            output=written,
            text=text,
            policy=summary.policy,
            rule=None if budget is None else f"fills a budget of {rules.budget}",
        )
        notes = tallies.budget(summary, prevalence=prevalence)
        report.write(report_path, scored(found, output, notes=notes), found.as_dict())
    model = dataclasses.replace(model, threshold=summary.policy.threshold)
    if as_json:
        click.echo(report.as_json(report.scored_data(summary, model)))
    elif top:
        console.show(report.top(summary.top, model))
    if not quiet:
        for line in tallies.counts(summary, output, prevalence=prevalence):
            console.say(line)
    return console.SOME_BAD if summary.n_errored else 0


@app.command(short_help="Estimate what was missed, from reviewed files.")
@click.argument("reviewed", metavar="REVIEWED...", nargs=-1, required=True)
@options.label_option
@click.option(
    "--prefix",
    default="",
    metavar="TEXT",
    help="What the names of the columns that scoring added begin with.  [default: nothing]",
)
@options.reading_options
@options.json_option
def estimate(
    reviewed: tuple[str, ...],
    label: str,
    prefix: str,
    reading: dict[str, Any],
    as_json: bool,
) -> None:
    """Print what labels of REVIEWED files say about all listings that were scored.

    REVIEWED are files that score wrote with --budget and --explore, with a label for every listing
    that was flagged or drawn by lot. Prints the prevalence, and the recall and precision of what
    was flagged, with 95 % intervals.
    """
    from fakedetect import report, tallies
    from fakedetect.reviewed import estimates

    with named_files.listings(reviewed, reading, None) as table:
        found = estimates(table, label=label, prefix=prefix)
    if as_json:
        click.echo(report.as_json(found.as_dict()))
    else:
        console.show(tallies.estimates(found))


@app.command(short_help="Show what in a text speaks for suspicion.")
@click.argument("text")
@options.model_option
@options.trust_options
@options.json_option
def explain(text: str, model_path: str | None, trust: Trust, as_json: bool) -> None:
    """Show what in TEXT speaks for and against suspicion (- reads standard input)."""
    from fakedetect import report

    if text == "-":
        text = _standard_input()
    explanation = named_files.loaded(model_path, trust).explain(text)
    if as_json:
        click.echo(report.as_json(explanation.as_dict()))
    else:
        console.show(report.explanation(explanation))


@app.command(short_help="Print rising terms, or the lexicon of claims.")
@click.argument("listings", metavar="[LISTINGS...]", nargs=-1)
@click.option(
    "--since",
    metavar="DATE",
    help="From when on a listing is new: a number or an ISO 8601 date, as in the column --time.",
)
@click.option("--time", metavar="COLUMN", help="Column of times, numbers or ISO 8601 dates.")
@click.option(
    "--model",
    "model_path",
    metavar="FILE",
    help="Model file that flags the suspected listings.  [default: none; the listings are files"
    " that score has written, with flags of their own]",
)
@options.trust_options
@options.text_option
@click.option(
    "--seller",
    metavar="COLUMN",
    help="Column of sellers; each counts once.  [default: seller, if there, else each text]",
)
@click.option(
    "--top",
    "n_terms",
    default=20,
    show_default=True,
    type=click.IntRange(1),
    metavar="N",
    help="Print the N most certain terms.",
)
@click.option("--raw-cells", is_flag=True, help="The scored files were written with --raw-cells.")
@click.option(
    "--prefix",
    default="",
    metavar="TEXT",
    help="What the names of the columns that scoring added begin with.  [default: nothing]",
)
@click.option("--list", "is_list", is_flag=True, help="Print the lexicon instead.")
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    help="With --list: the lexicon of one language.  [default: all]",
)
@options.json_option
def claims(
    listings: tuple[str, ...],
    since: str | None,
    time: str | None,
    model_path: str | None,
    trust: Trust,
    raw_cells: bool,
    prefix: str,
    is_list: bool,
    language: str | None,
    as_json: bool,
    **settings: Any,
) -> None:
    """Print terms that are newly rising among suspected LISTINGS, or the lexicon of claims.

    A term rises when the share of sellers who say it in suspected listings has grown since --since,
    by more than chance allows and by more than among other listings. The lexicon says what is meant
    by it, if it is known.
    """
    from fakedetect import rising_report

    if is_list:
        if listings or since or time:
            raise click.UsageError("--list prints the lexicon and reads no listings")
        entries = lexicon(None if language is None else [language])
        values: Any = [claim.as_dict() for claim in entries]
        console.print_page(rising_report.entries(entries), values, as_json=as_json)
        return
    if language is not None:
        raise click.UsageError("--language chooses from the lexicon, which --list prints")
    if not (listings and since and time):
        raise click.UsageError("give LISTINGS with --since and --time, or --list")
    from fakedetect.batch import Output
    from fakedetect.rising import rising

    console.keep_signals()
    found = rising(
        listings,
        since=since,
        time=time,
        model=None if model_path is None else named_files.loaded(model_path, trust),
        output=Output(raw_cells=raw_cells, prefix=prefix),
        **settings,
    )
    console.print_page(rising_report.rising(found), found.as_dict(), as_json=as_json)


@app.command(short_help="Print figures on labelled listings.")
@options.listings_argument()
@options.labelled_options
@click.option(
    "--model",
    "model_path",
    metavar="FILE",
    help="Model file to judge.  [default: none; judge the method by splits side by side]",
)
@options.trust_options
@options.prevalence_option
@rule_options
@options.by_option
@options.time_option
@click.option(
    "--authorised",
    metavar="FILE",
    help="File of sellers, one on a line, who should never be flagged; any that are will be named.",
)
@options.report_option
@click.option("--markdown", is_flag=True, help="Print Markdown.")
def evaluate(
    listings: tuple[str, ...],
    only: tuple[str, str] | None,
    reading: dict[str, Any],
    as_json: bool,
    model_path: str | None,
    trust: Trust,
    by: list[str] | None,
    authorised: str | None,
    rules: Rules,
    report_path: str | None,
    markdown: bool,
    **settings: Any,
) -> None:
    """Print figures on labelled LISTINGS, with intervals resampled by seller.

    With --model they are that model's. Without, the method is judged by models that have not seen
    the listing, its seller, copies of its text, or later listings, side by side; the worst of these
    is the headline.
    """
    from fakedetect import evaluation, progress, report
    from fakedetect.harm import read_authorised

    if as_json and markdown:
        raise click.UsageError("--json and --markdown both print; choose one")
    if report_path is not None:
        named_files.check_report(report_path, *listings, model_path, authorised)
    model = None if model_path is None else named_files.loaded(model_path, trust)
    asked = rules.for_labels()
    # A budget is a place on the curve; nothing is promised of it.
    budget = asked.target if asked.kind == "budget" else None
    with (
        named_files.listings(listings, reading, only) as table,
        progress.steps("evaluating") as advance,
    ):
        values = evaluation.evaluate(
            table,
            model,
            by=by or (),
            authorised=None if authorised is None else read_authorised(authorised),
            rule=None if budget else asked.rule,
            hold=asked.hold,
            budget=budget,
            n_per=asked.budget,
            progress=advance,
            **settings,
        ).as_dict()
    page = report.evaluation(values)
    if report_path is not None:
        report.write(report_path, page, values)
    console.print_page(page, values, as_json=as_json, markdown=markdown)


@app.command(short_help="Attack labelled listings as sellers do.")
@click.argument("listings", metavar="LISTINGS...", nargs=-1, required=True)
@options.model_option
@options.trust_options
@options.label_option
@options.text_option
@options.only_option
@options.stress_options
@options.reading_options
@options.json_option
@options.report_option
@click.option("--markdown", is_flag=True, help="Print Markdown.")
def stress(
    listings: tuple[str, ...],
    model_path: str | None,
    trust: Trust,
    only: tuple[str, str] | None,
    families: tuple[str, ...],
    reading: dict[str, Any],
    as_json: bool,
    report_path: str | None,
    markdown: bool,
    **settings: Any,
) -> None:
    """Attack labelled LISTINGS as sellers do and print what the model still flags.

    The words that speak for suspicion are disguised, or drowned among others, and recall at a fixed
    false-positive rate is counted before and after. An adaptive attacker tries besides until a
    listing passes.
    """
    from fakedetect import progress, report
    from fakedetect import stress as stressing

    if as_json and markdown:
        raise click.UsageError("--json and --markdown both print; choose one")
    if report_path is not None:
        named_files.check_report(report_path, *listings, model_path)
    names = stressing.named(families or None)
    model = named_files.loaded(model_path, trust)
    with (
        named_files.listings(listings, reading, only) as table,
        progress.steps("attacking") as advance,
    ):
        values = stressing.stress(
            table, model, families=names, **settings, progress=advance
        ).as_dict()
    page = report.stressed(values)
    if report_path is not None:
        report.write(report_path, page, values)
    console.print_page(page, values, as_json=as_json, markdown=markdown)


@app.group()
def model() -> None:
    """Look into a model file, or export it."""


@model.command(short_help="Print what is known about a model file.")
@click.argument("file", required=False)
@options.trust_options
@options.json_option
@click.option("--html", metavar="FILE", help="Write it as one HTML page as well, to a file .html.")
def show(file: str | None, trust: Trust, as_json: bool, html: str | None) -> None:
    """Print what is known about the model FILE (default: the starter model)."""
    from fakedetect import report

    if html is not None:
        named_files.check_report(html, file)
        if Path(html).suffix.lower() != ".html":
            raise click.UsageError(f"--html writes HTML, and {html} does not end in .html")
    loaded = named_files.loaded(file, trust)
    page = report.card(loaded, file or "starter model")
    if html is not None:
        report.write(html, page, {})
    console.print_page(page, loaded.header(), as_json=as_json)


@model.command(short_help="Write a model as a scikit-learn pipeline.")
@click.argument("file")
@click.option("-o", "--output", required=True, metavar="FILE", help="Pipeline file to write.")
@options.trust_options
def export(file: str, output: str, trust: Trust) -> None:
    """Write the model FILE as a fitted scikit-learn Pipeline.

    joblib.load(OUTPUT).predict_proba(texts) needs fakedetect installed, for the text step, and
    the scikit-learn version that wrote it. Mind that such a file, unlike a model file, runs code
    when it is loaded: load it only from a source that you trust.
    """
    import joblib

    from fakedetect.atomic import replacing

    named_files.check_model_target(output, file)
    pipeline = named_files.loaded(file, trust).pipeline()
    with replacing(output) as target:
        joblib.dump(pipeline, target)
    console.say(
        f"wrote {output}; it runs code when loaded, so load it only from a source you trust"
    )


app.add_command(ledger_commands.ledger)
app.add_command(ledger_commands.notice)
app.add_command(learning_commands.compare)
app.add_command(learning_commands.retrain)
app.add_command(learning_commands.simulate)


def main() -> NoReturn:
    """Run the command line."""
    console.run(app)


def _budget(rules: Rules, explore: float | None, seed: int) -> Budget | None:
    """Return the budget that was asked for, if one was."""
    from fakedetect.lanes import Budget

    if rules.kind != "budget":
        if explore is not None:
            raise click.UsageError("--explore takes its share of a --budget, and none is named")
        return None
    return Budget(rules.target, rules.n, explore or 0.0, seed)


def _standard_input() -> str:
    if sys.stdin is None:
        raise InputError("closed; give the text as an argument", file="standard input")
    data = sys.stdin.buffer.read()
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InputError(
            f"not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start}",
            file="standard input",
        ) from None
