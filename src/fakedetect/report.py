"""Values to something people read: tables and painted text for a terminal, and JSON.

Listing text is hostile to a terminal as well: whatever is printed goes through ``printable``, and
is never read as markup.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fakedetect.text import printable

if TYPE_CHECKING:
    from fakedetect.batch import Scored, Summary
    from fakedetect.explanation import Explanation
    from fakedetect.model import Model

_FIGURE_NAMES = {
    "average_precision": "average precision",
    "roc_auc": "ROC AUC",
    "precision": "precision of flagged",
    "recall": "recall of flagged",
}
_N_WORDS = 12  # shown of an explanation, strongest first
_LONGEST_SHOWN = 600  # characters of a listing's text


def as_json(value: Any) -> str:
    """Return plain data as JSON; what is undefined (NaN) becomes null.

    Everything outside ASCII is escaped, so that no listing's text can act on a terminal.
    """
    return json.dumps(_null_for_nan(value), indent=2, allow_nan=False)


def figures(metrics: Mapping[str, Mapping[str, float]], group: str) -> Table:
    """Return a table of figures with their intervals, from plain data."""
    table = _table("figure", "value", f"95 % interval, resampled by {group}")
    for name, figure in metrics.items():
        low, high = _fixed(figure["low"]), _fixed(figure["high"])
        interval = "undefined" if "undefined" in {low, high} else f"{low} to {high}"
        shown = _FIGURE_NAMES.get(name, printable(name))
        table.add_row(shown, _fixed(figure["value"]), interval)
    return table


def training(card: Mapping[str, Any]) -> RenderableType:
    """Return what a training run found, from the model's card."""
    data, folds = card["data"], card["folds"]
    return Group(
        Text(
            f"{_counts(data)}. Each listing was scored by a model that had seen neither its"
            f" {_group(data)} nor a copy of its text ({folds['n_folds']} folds):"
        ),
        figures(card["metrics"], _group(data)),
        _prevalence_line(data),
        _threshold_line(card["threshold"]),
        _no_seller_warning(data),
    )


def evaluation(values: Mapping[str, Any]) -> RenderableType:
    """Return an evaluation, from its plain data."""
    warning = Text()
    seen = values["seen_share"]
    if seen > 0:
        warning = Text(
            f"About {seen:.0%} of these texts were among the model's training listings. On those"
            " the figures say how well it remembers, not how well it will do; without --model they"
            " come from models that have not seen them.",
            style="bold",
        )
    return Group(
        Text(f"{_counts(values['data'])}. Scored by {values['protocol']}:"),
        figures(values["metrics"], _group(values["data"])),
        _prevalence_line(values["data"]),
        _threshold_line(values["threshold"]),
        warning,
    )


def card(model: Model, path: str) -> RenderableType:
    """Return what is known about a model."""
    table = _table("", "")
    for section, content in model.card.items():
        if section in {"metrics", "data", "threshold"} or not isinstance(content, dict):
            continue
        for name, value in content.items():
            label = f"{section} {name.replace('_', ' ')}"
            table.add_row(printable(label), printable(_shown(value)))
    table.add_row("data fingerprint", printable(model.card["data"]["fingerprint"]))
    header = model.header()
    table.add_row("format of the file", str(header["format"]))
    table.add_row("intercept", _shown(header["intercept"]))
    for canary in header["canaries"]:
        table.add_row("canary", printable(f"{canary['score']:.6f}  {canary['text'][:60]}"))
    return Group(Text(printable(path), style="bold"), training(model.card), table)


def explanation(value: Explanation) -> RenderableType:
    """Return one listing's score, its painted text, and what each word adds."""
    return Group(
        _verdict(value),
        _painted(value),
        Text(),
        _words(value),
        Text(
            f"intercept {value.intercept:+.2f}, all words"
            f" {value.margin - value.intercept:+.2f}, together {value.margin:+.2f} log-odds"
        ),
    )


def top(listings: Iterable[Scored], model: Model) -> RenderableType:
    """Return the most suspected listings of a file with the words that made them so."""
    table = _table("row", "score", "text, and what speaks for suspicion")
    table.columns[2].ratio = 1
    for each in listings:
        found = model.explain(each.text)
        reasons = "; ".join(f"{span.text} {span.value:+.1f}" for span in found.reasons)
        content = Group(_painted(found, longest=160), Text(printable(reasons), style="italic"))
        table.add_row(f"{each.row:,}", f"{each.score:.3f}", content)
    return table


def scored_data(summary: Summary, model: Model) -> dict[str, Any]:
    """Return what came of a scored file as plain data."""
    return {
        "n_read": summary.n_read,
        "n_scored": summary.n_scored,
        "n_errored": summary.n_errored,
        "n_flagged": summary.n_flagged,
        "n_held": summary.n_held,
        "n_review": summary.n_review,
        "n_explored": summary.n_explored,
        **summary.policy._asdict(),
        "budget": None if summary.filling is None else summary.filling._asdict(),
        "top": [
            {"row": each.row, **model.explain(each.text).as_dict(), "score": each.score}
            for each in summary.top
        ],
    }


def _verdict(value: Explanation) -> Text:
    verdict = "flagged as suspected counterfeit" if value.flagged else "not flagged"
    return Text(
        f"score {value.score:.3f}: {verdict} (threshold {value.threshold:.3f})", style="bold"
    )


def _painted(value: Explanation, longest: int = _LONGEST_SHOWN) -> Text:
    """Return the text with what speaks for suspicion on red and against it on blue."""
    text = Text(printable(value.text[:longest]))
    strongest = max((abs(span.value) for span in value.spans), default=0.0)
    for span in value.spans:
        strength = abs(span.value) / strongest if strongest else 0.0
        if strength >= 0.05:
            # Pale to strong on a dark letter, readable on light and dark backgrounds.
            fade = round(225 - 150 * strength)
            colour = f"rgb(255,{fade},{fade})" if span.value > 0 else f"rgb({fade},{fade},255)"
            text.stylize(f"black on {colour}", span.start, span.end)
    if len(value.text) > longest:
        text.append("…")
    return text


def _words(value: Explanation) -> Table:
    table = _table("word", "log-odds", "speaks")
    ranked = sorted(value.spans, key=lambda span: -abs(span.value))[:_N_WORDS]
    for span in ranked:
        if span.value:
            side = "for suspicion" if span.value > 0 else "against"
            table.add_row(Text(printable(span.text[:60])), f"{span.value:+.2f}", side)
    return table


def _table(*names: str) -> Table:
    table = Table(box=box.SIMPLE, show_header=any(names), header_style="bold")
    for position, name in enumerate(names):
        numeric = name in {"value", "log-odds", "row", "score"}
        table.add_column(
            name,
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=numeric or (position == 0 and not any(names)),
        )
    return table


def _counts(data: Mapping[str, Any]) -> str:
    text = f"{data['n_labelled']:,} labelled listings, {data['n_positive']:,} of them positive"
    if data["n_unlabelled"]:
        text += f", {data['n_unlabelled']:,} unlabelled left out"
    if data["group_column"] is None:
        return text
    return f"{text}, in {data['n_groups']:,} groups by {printable(data['group_column'])}"


def _group(data: Mapping[str, Any]) -> str:
    """Return the word for what is kept on one side of a fold."""
    return "listing" if data["group_column"] is None else printable(data["group_column"])


def _prevalence_line(data: Mapping[str, Any]) -> Text:
    share = data["n_positive"] / data["n_labelled"]
    return Text(
        f"Precision and average precision are those of {share:.2%} positives, as among these"
        " listings; where counterfeits are rarer, both are lower."
    )


def _threshold_line(threshold: Mapping[str, Any]) -> Text:
    return Text(f"threshold {threshold['value']:.4f} ({printable(threshold['rule'])})")


def _no_seller_warning(data: Mapping[str, Any]) -> Text:
    if data["n_groups"] < data["n_labelled"]:
        return Text()
    return Text(
        "No two listings have the same seller, as far as is known: every listing counted as a"
        " seller of its own. Sellers repeat themselves, so these figures flatter; name the column"
        " of sellers with --group.",
        style="bold",
    )


def _fixed(value: float | None) -> str:
    return "undefined" if value is None or math.isnan(value) else f"{value:.3f}"


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    if isinstance(value, dict):
        return " ".join(f"{name} {_shown(each)}" for name, each in value.items())
    return str(value)


def _null_for_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _null_for_nan(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_null_for_nan(each) for each in value]
    return value
