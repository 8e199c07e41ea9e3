"""What the project asks of itself, beside what was measured."""

from __future__ import annotations

import statistics
from typing import NamedTuple

from . import fitting, scoring, starting, tables
from .files import Size, peak

HEADER = ["", "must", "aim", "measured"]


class Found(NamedTuple):
    """What was measured; None where a subject was left out."""

    scoring: scoring.Measured | None = None
    folds: fitting.Folds | None = None
    large: fitting.Large | None = None
    files: list[Size] | None = None
    starting: starting.Measured | None = None


def rows(found: Found) -> list[list[str]]:
    """Return a row for each bar whose subject was measured."""
    out = []
    if found.scoring:
        peers = {
            "scoring, one core, against the same model in scikit-learn": ("pipeline", "30x", "80x"),
            "against fastText with subwords, one core": ("subwords", "6x", "15x"),
            "against fastText with word bigrams, one core": ("bigrams", "1x", "2x"),
            "against Vowpal Wabbit with word bigrams, one core": ("vw", "1x", "2x"),
        }
        for what, (name, must, aim) in peers.items():
            out.append([what, f">= {must}", aim, tables.ratio(found.scoring.ratio(name))])
        difference = found.scoring.differences["compiled"]
        out.append(["largest difference from scikit-learn", "<= 1e-9", "", f"{difference:.1e}"])
    if found.files:
        longest = found.files[-1]
        name = f"file to file, {longest.n_rows:,} rows"
        wall = [each.wall_s for each in longest.score]
        out += [
            [f"{name}: wall", "<= 120 s at 10,000,000", "60 s", tables.seconds(wall)],
            [f"{name}: memory", "<= 1 GiB", "0.5 GiB", tables.memory(peak(longest.score))],
            [f"{name}: against reading and writing", "<= 8x", "4x", tables.ratio(longest.ratio)],
            [f"{name}: all columns", "<= 2x", "", tables.ratio(longest.ratio_all)],
        ]
        out += [
            [
                f"reading {each.n_rows:,} rows",
                "<= 1.5x at 1,000,000",
                "",
                tables.ratio(each.ratio_read),
            ]
            for each in found.files
            if each.n_rows >= 1_000_000
        ]
        peaks = [peak(each.score) for each in found.files if each.n_rows >= 100_000]
        spread = tables.memory(max(peaks) - min(peaks))
        out.append(["memory from 100,000 rows on differs by", "<= 100 MiB", "", spread])
    if found.large:
        large = found.large
        whole = large.ratio("vectoriser", "model")
        spent = sum(large.alone.value.values())
        both = f"{large.n_both:,} texts, against scikit-learn"
        out += [
            [f"vectoriser, {both}", ">= 10x", "25x", tables.ratio(large.ratio("vectoriser"))],
            [f"vectoriser and model, {both}", ">= 4x", "8x", tables.ratio(whole)],
            ["their average precisions differ by", "<= 1e-3", "", f"{abs(large.difference):.1e}"],
            [
                f"one fit, {large.n_alone:,} texts: wall",
                "<= 180 s at 1,000,000",
                "90 s",
                tables.seconds([spent]),
            ],
            [
                f"one fit, {large.n_alone:,} texts: memory",
                "<= 8 GiB at 1,000,000",
                "4 GiB",
                tables.memory(large.alone.peak_bytes),
            ],
        ]
    if found.starting:
        call = tables.seconds(found.starting.calls["fakedetect"])
        first = statistics.median(starting.walls(found.starting.first_score))
        out += [
            ["one warm call", "<= 400 µs", "100 µs", call],
            ["process start to first score", "<= 2 s", "1 s", tables.seconds([first])],
        ]
    return out
