"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from fakedetect.errors import InputError
from fakedetect.streams import FORMATS
from fakedetect.trust import Trust, checked_digest, read_key

Command = Callable[..., Any]
REPORTS = (".html", ".md", ".json")  # endings of report files


class Fraction(click.FloatRange):
    """Numbers in a range."""

    name = "number"  # messages would speak of a "float range"


def _columns(ctx: click.Context, param: click.Parameter, value: str | None) -> list[str] | None:
    del ctx
    names = None if value is None else [name.strip() for name in value.split(",")]
    if names and not all(names):
        raise click.BadParameter(f"{value!r} leaves a column's name empty", param=param)
    if names and len(set(names)) < len(names):
        raise click.BadParameter(f"{value!r} names a column twice", param=param)
    return names


def _condition(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> tuple[str, str] | None:
    del ctx
    if value is None:
        return None
    column, equals, wanted = value.partition("=")
    if not equals or not column:
        raise click.BadParameter(f"{value!r} is not COLUMN=VALUE", param=param)
    return column, wanted


def _delimiter(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    del ctx
    if value == r"\t":
        return "\t"
    if value is not None and (len(value) != 1 or not value.isascii() or value in "\r\n"):
        raise click.BadParameter(
            f"{value!r} is not one ASCII character other than a line end", param=param
        )
    return value


def _quote(ctx: click.Context, param: click.Parameter, value: str) -> str:
    del ctx
    if value == "none":
        return ""
    if len(value) != 1 or not value.isascii() or value in "\r\n":
        raise click.BadParameter(f"{value!r} is neither one ASCII character nor none", param=param)
    return value


def _digest(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    del ctx
    try:
        return checked_digest(value)
    except InputError as error:
        raise click.BadParameter(str(error), param=param) from None


def _key(ctx: click.Context, param: click.Parameter, value: str | None) -> bytes | None:
    del ctx, param
    return None if value is None else read_key(value)


def _report(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    del ctx
    if value is not None and Path(value).suffix.lower() not in REPORTS:
        raise click.BadParameter(f"{value!r} ends in none of {', '.join(REPORTS)}", param=param)
    return value


def _lock_here() -> str | None:
    return "models.lock" if Path("models.lock").is_file() else None


def listings_argument(*, required: bool = True) -> Callable[[Command], Command]:
    """Return the argument that names listing files."""
    shown = "LISTINGS..." if required else "[LISTINGS...]"
    return click.argument("listings", metavar=shown, nargs=-1, required=required)


def joined(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return options as one decorator, in the order that help shows them."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


label_option = click.option(
    "--label",
    default="label",
    show_default=True,
    metavar="COLUMN",
    help="Column of labels: 1 suspected, 0 genuine, empty unlabelled.",
)
text_option = click.option(
    "--text",
    callback=_columns,
    metavar="COLUMNS",
    help="Text columns, separated by commas.  [default: title,description as far as there; with a"
    " model, those it was trained on]",
)
time_option = click.option(
    "--time",
    metavar="COLUMN",
    help="Column of times, numbers or ISO 8601 dates: judge models of earlier listings by later"
    " ones.  [default: none]",
)
by_option = click.option(
    "--by",
    callback=_columns,
    metavar="COLUMNS",
    help="Give figures for each value of these columns, separated by commas; language without such"
    " a column goes by the script.",
)
model_option = click.option(
    "--model",
    "model_path",
    metavar="FILE",
    help="Model file.  [default: the starter model, an example]",
)
key_option = click.option(
    "--model-key",
    envvar="FAKEDETECT_MODEL_KEY",
    show_envvar=True,
    callback=_key,
    metavar="FILE",
    help="File with the secret key that the model file is sealed with.",
)

owner_key_option = click.option(
    "--owner-key",
    envvar="FAKEDETECT_OWNER_KEY",
    show_envvar=True,
    callback=_key,
    metavar="FILE",
    help="File with the secret key of the ledger's owner, by which gold labels and revocations are"
    " sealed and checked.",
)


def trust_options(command: Command) -> Command:
    """Give a command the options that say which model files to trust, as one ``trust``."""

    @functools.wraps(command)
    def gathered(
        *arguments: Any,
        model_sha256: str | None,
        model_key: bytes | None,
        models_lock: str | None,
        **others: Any,
    ) -> Any:
        return command(*arguments, trust=Trust(model_sha256, model_key, models_lock), **others)

    return joined(
        click.option(
            "--model-sha256",
            envvar="FAKEDETECT_MODEL_SHA256",
            show_envvar=True,
            callback=_digest,
            metavar="HEX",
            help="SHA-256 that the model file must have.",
        ),
        key_option,
        click.option(
            "--models-lock",
            envvar="FAKEDETECT_MODELS_LOCK",
            show_envvar=True,
            default=_lock_here,
            metavar="FILE",
            help="What sha256sum prints for the model files to trust; no other is loaded."
            "  [default: models.lock, if it is there]",
        ),
    )(gathered)


def reading_options(command: Command) -> Command:
    """Give a command the options that say how listing files are read, as one ``reading``."""

    @functools.wraps(command)
    def gathered(
        *arguments: Any,
        file_format: str | None,
        delimiter: str | None,
        quote: str,
        encoding: str | None,
        **others: Any,
    ) -> Any:
        reading = {
            "format": file_format,
            "delimiter": delimiter,
            "quote": quote,
            "encoding": encoding,
        }
        return command(*arguments, reading=reading, **others)

    return joined(
        click.option(
            "--format",
            "file_format",
            type=click.Choice(FORMATS),
            help="Format of the listings.  [default: by the file's ending, else csv]",
        ),
        click.option(
            "--delimiter",
            metavar="CHARACTER",
            callback=_delimiter,
            help=r"Between the cells of CSV and TSV; \t is a tab.  [default: a tab for TSV, a comma"
            " for CSV]",
        ),
        click.option(
            "--quote",
            metavar="CHARACTER",
            default='"',
            show_default=True,
            callback=_quote,
            help="Around cells of CSV and TSV; none, if nothing is quoted.",
        ),
        click.option(
            "--encoding",
            metavar="NAME",
            help="Of the text: utf-8, cp1252, gb18030, ...  [default: utf-8, or what a byte order"
            " mark says]",
        ),
    )(gathered)


SHARE = Fraction(0, 1, min_open=True, max_open=True)
prevalence_option = click.option(
    "--prevalence",
    type=SHARE,
    metavar="SHARE",
    help="Share of positives where the model will be used.  [default: that of the labels]",
)
engine_options = joined(
    click.option(
        "--engine",
        type=click.Choice(["walk", "compiled"]),
        help="How texts are read: compiled for many, a walk for few; both give the same."
        "  [default: compiled from two million characters on]",
    ),
    click.option(
        "--threads",
        "n_threads",
        type=click.IntRange(1),
        metavar="N",
        help="Threads of the compiled engine.  [default: one for each processor]",
    ),
)
report_option = click.option(
    "--report",
    "report_path",
    callback=_report,
    metavar="FILE",
    help="Write a report as well: .html is one page that needs nothing else, .md Markdown, .json"
    " its data.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
only_option = click.option(
    "--only",
    callback=_condition,
    metavar="COLUMN=VALUE",
    help="Use only the listings whose column has this value.",
)
folds_options = joined(
    click.option(
        "--folds",
        "n_folds",
        default=5,
        show_default=True,
        type=click.IntRange(2),
        metavar="N",
        help="Number of folds.",
    ),
    click.option(
        "--seed",
        default=0,
        show_default=True,
        type=click.IntRange(0, 2**32 - 1),
        metavar="N",
        help="Seed of folds and intervals.",
    ),
)
# Those that are no arguments of the commands below go on to training and evaluation by name.
labelled_options = joined(
    label_option,
    text_option,
    click.option(
        "--group",
        metavar="COLUMN",
        help="Column of sellers; a seller is never on both sides of a fold.  [default: seller, if"
        " there]",
    ),
    only_option,
    folds_options,
    engine_options,
    reading_options,
    json_option,
)
stress_options = joined(
    click.option(
        "--family",
        "families",
        multiple=True,
        metavar="NAME",
        help="Attack to try, by name; may be given again.  [default: all]",
    ),
    click.option(
        "--strength",
        type=Fraction(0, 1, min_open=True),
        default=1.0,
        show_default=True,
        metavar="SHARE",
        help="Share of a listing's cues that is attacked, the loudest first.",
    ),
    click.option(
        "--false-positive-rate",
        type=SHARE,
        default=0.01,
        show_default=True,
        metavar="SHARE",
        help="Share of the honest listings that the threshold lets be flagged.",
    ),
    click.option(
        "--most",
        type=click.IntRange(1),
        default=1000,
        show_default=True,
        metavar="N",
        help="Listings of each class that are attacked, drawn by lot where there are more.",
    ),
    click.option(
        "--adaptive",
        "n_adaptive",
        type=click.IntRange(1),
        default=200,
        show_default=True,
        metavar="N",
        help="Listings that the adaptive attacker tries.",
    ),
    click.option(
        "--seed",
        type=click.IntRange(0, 2**32 - 1),
        default=0,
        show_default=True,
        metavar="N",
        help="Seed of the attacks.",
    ),
)
