"""The page of a programme's figures, from plain data: just made, or kept as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fakedetect.metrics import wilson
from fakedetect.page import (
    Block,
    Cell,
    Column,
    Fact,
    Facts,
    Figure,
    Grid,
    Heading,
    Page,
    Quoted,
    Words,
)
from fakedetect.plots import Dot, Dots
from fakedetect.programme import PERIODS
from fakedetect.wording import count, fixed, is_defined, percent

Values = Mapping[str, Any]

MOST_SHOWN = 60  # groups
_MOST_PERIODS = 24  # in a plot
_SECTIONS = {
    "Removals": (
        *("removed_before_sale", "proactive"),
        *("complaints_to_removals", "counter_notices_to_removals"),
    ),
    "Notices": ("notices_per_thousand", "hours_to_close", "open_notices"),
    "Decisions": ("upheld", "counter_notices_accepted"),
}
_PLOTTED = ("removed_before_sale", "proactive", "upheld")


def figures(value: Values) -> Page:
    """Return the page of what ``Programme.as_dict`` holds."""
    definitions = {each["name"]: each for each in value["definitions"]}
    when = f" up to {value['as_of'][:16].replace('T', ' ')} UTC" if value["as_of"] else ""
    total = value["total"]
    return Page(
        "Figures of the brand-protection programme",
        (
            Words(_verdict(total), "verdict"),
            Words(
                f"From {count(value['n_events'])} events{when}. What was removed or reported is"
                " suspected; the figures say what the programme did, not how many counterfeits"
                " there are.",
                "note",
            ),
            Facts(
                tuple(
                    Fact(each["words"], _shown(each, total[name]), _of(each, total[name]))
                    for name, each in definitions.items()
                )
            ),
            *_plots(value, definitions),
            *_groups(value, definitions),
            Heading("How the figures are counted"),
            _definitions(definitions),
            Words(value["membership"], "note"),
        ),
    )


def _verdict(total: Values) -> str:
    removed, decided = total["removed_before_sale"], total["upheld"]
    sold, upheld = "no listing was removed", "there was no verdict"
    if removed["denominator"]:
        sold = f"{_share(removed, 'removed listings')} were removed before a sale"
    if decided["denominator"]:
        upheld = f"{_share(decided, 'verdicts')} upheld the notice"
    return f"{sold[0].upper()}{sold[1:]}; {upheld}."


def _share(figure: Values, what: str) -> str:
    whole = count(figure["denominator"])
    return f"{percent(figure['value'])} of {what} ({count(figure['numerator'])} of {whole})"


def _shown(definition: Values, figure: Values) -> str:
    match definition["kind"]:
        case "share":
            return percent(figure["value"])
        case "count":
            return count(figure["numerator"])
        case "ratio":
            return fixed(figure["value"], 2)
        case _:
            return fixed(figure["value"], 1)


def _of(definition: Values, figure: Values) -> str:
    if definition["kind"] == "median":
        return f"of {count(figure['n'])}"
    whole = count(figure["denominator"])
    return (
        f"of {whole}"
        if definition["kind"] == "count"
        else f"{count(figure['numerator'])} of {whole}"
        if definition["kind"] == "share"
        else f"{count(figure['numerator'])} to {whole}"
    )


def _groups(value: Values, definitions: Mapping[str, Values]) -> list[Block]:
    """Return a table of the groups for each subject."""
    by, groups = value["by"], value["groups"]
    if not groups:
        return []
    shown = _largest(groups)
    blocks: list[Block] = []
    for title, names in _SECTIONS.items():
        columns = (
            *map(Column, by),
            *(Column(definitions[name]["words"], numeric=True) for name in names),
        )
        rows = tuple(
            (
                *_names(by, group["group"]),
                *(_cell(definitions[name], group["figures"][name]) for name in names),
            )
            for group in shown
        )
        blocks += [Heading(f"{title} by {' and '.join(by)}"), Grid(columns, rows)]
    left = len(groups) - len(shown)
    if left:
        blocks.append(
            Words(
                f"{count(left)} more groups, with fewer removals and notices, are not shown;"
                " --json and --output have all."
            )
        )
    return blocks


def _largest(groups: Sequence[Values]) -> list[Values]:
    """Return the groups with the most removals and notices, in the order they come in."""

    def size(place: int) -> int:
        found = groups[place]["figures"]
        n: int = found["proactive"]["denominator"] + found["open_notices"]["denominator"]
        return -n

    return [groups[place] for place in sorted(sorted(range(len(groups)), key=size)[:MOST_SHOWN])]


def _names(by: Sequence[str], group: Values) -> list[Cell]:
    return [
        group[name] if name in PERIODS else Quoted(group[name]) if group[name] else "none named"
        for name in by
    ]


def _cell(definition: Values, figure: Values) -> str:
    if not any(n for name, n in figure.items() if name != "value"):
        return _shown(definition, figure)
    return f"{_shown(definition, figure)} ({_of(definition, figure)})"


def _plots(value: Values, definitions: Mapping[str, Values]) -> list[Block]:
    """Return shares over time, one plot for each."""
    period = next((name for name in value["by"] if name in PERIODS), None)
    if period is None:
        return []
    over_time = {name: _over_time(value["groups"], period, name) for name in _PLOTTED}
    drawn = {
        name: found
        for name, found in over_time.items()
        if sum(is_defined(dot.value) for dot in found) > 1
    }
    blocks: list[Block] = [Heading(f"By {period}")] if drawn else []
    for name, dots in drawn.items():
        words = definitions[name]["words"]
        told = ", ".join(f"{dot.name} {percent(dot.value)}" for dot in dots)
        blocks.append(
            Figure(
                Dots(dots, words),
                f"{words.capitalize()}, by {period}: shares with 95 % intervals by Wilson (1927),"
                " as if listings were independent.",
                f"{words.capitalize()} by {period}: {told}.",
            )
        )
    return blocks


def _over_time(groups: Sequence[Values], period: str, name: str) -> list[Dot]:
    """Return a share in each of the latest periods, all groups of a period taken together."""
    sums: dict[str, tuple[int, int]] = {}
    for group in groups:
        figure, when = group["figures"][name], group["group"][period]
        part, whole = sums.get(when, (0, 0))
        sums[when] = part + figure["numerator"], whole + figure["denominator"]
    return [Dot(when, *wilson(*sums[when])) for when in sorted(sums)[-_MOST_PERIODS:]]


def _definitions(definitions: Mapping[str, Values]) -> Grid:
    columns = (Column("figure"), Column("what is counted"))
    return Grid(
        columns,
        tuple((each["words"], each["definition"]) for each in definitions.values()),
    )
