"""Plots as values, and as SVG to stand inside a page.

Each plot is drawn by matplotlib through its objects: no pyplot, no current figure. Settings hold
while one is drawn and no longer. The SVG is the same bytes each time, and its text stays text.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from fakedetect.inline_svg import ACCENT, INK, MUTED, RULE, SECOND, SURFACE, inlined

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH = 5.3  # inches of 72 units: what a phone's screen still shows legibly
_FONT = "DejaVu Sans"  # comes with matplotlib: the same layout everywhere
_LONGEST_NAME = 40  # characters
_CROWDED = 0.1  # the median score below which the axes of a reliability diagram are logarithmic
_DRAWING = threading.Lock()  # matplotlib's settings are one for all threads


class Mark(NamedTuple):
    """A value on the axis of scores that is worth a line, and its name."""

    value: float
    name: str


class Histogram(NamedTuple):
    """How often each score occurs.

    Attributes
    ----------
    edges
        Ends of the bins in ascending order, one more than there are bins.
    counts
        Listings in each bin.
    marks
        Thresholds.
    """

    edges: Sequence[float]
    counts: Sequence[int]
    marks: Sequence[Mark] = ()


class Spot(NamedTuple):
    """A point of a precision-recall curve that has a name."""

    recall: float
    precision: float
    name: str


class PrecisionRecall(NamedTuple):
    """Precision over recall.

    Attributes
    ----------
    recall, precision
        The curve, from the highest threshold down.
    spots
        Points of it that have names.
    prevalence
        What precision would be by chance; None if unknown.
    budget_slope
        Precision over recall where the flagged fill a review budget, which is prevalence over the
        budget's share of all listings; None without a budget.
    """

    recall: Sequence[float]
    precision: Sequence[float]
    spots: Sequence[Spot] = ()
    prevalence: float | None = None
    budget_slope: float | None = None


class Reliability(NamedTuple):
    """How many of those with a score are positive: one entry for each bin of scores.

    Attributes
    ----------
    scores, rates
        Mean score, and share of positives.
    lows, highs
        The share's interval; NaN where undefined.
    counts
        Listings in the bin.
    """

    scores: Sequence[float]
    rates: Sequence[float]
    lows: Sequence[float]
    highs: Sequence[float]
    counts: Sequence[int]


class Dot(NamedTuple):
    """An estimate, its interval (NaN where undefined), and whether it is the one that counts."""

    name: str
    value: float
    low: float
    high: float
    is_headline: bool = False


class Dots(NamedTuple):
    """Estimates under one another, on one axis.

    Attributes
    ----------
    dots
        The estimates, from the top down.
    axis
        What they are of.
    flattering
        A value that the headline is compared with; None if there is none.
    """

    dots: Sequence[Dot]
    axis: str
    flattering: float | None = None


Plot = Histogram | PrecisionRecall | Reliability | Dots


def svg(plot: Plot, *, alternative: str, name: str) -> str:
    """Return a plot as an SVG element.

    Parameters
    ----------
    plot
        What to draw.
    alternative
        What it shows in words: the element's accessible name.
    name
        What ids begin with: a letter, then letters, digits and hyphens.
    """
    import matplotlib as mpl
    from matplotlib import style
    from matplotlib.figure import Figure

    # Not what a user's matplotlibrc says, and the same ids each time.
    ours = style.context(["default", _settings()])
    with _DRAWING, ours, mpl.rc_context({"svg.hashsalt": "fakedetect"}):
        figure = Figure(figsize=(_WIDTH, _height(plot)), layout="constrained")
        _DRAWN_BY[type(plot)](figure, plot)
        sink = io.BytesIO()
        nothing = dict.fromkeys(["Creator", "Date", "Format", "Type"])
        figure.savefig(sink, format="svg", metadata=nothing)
    return inlined(sink.getvalue(), alternative=alternative, name=name)


def _settings() -> dict[str, Any]:
    return {
        "svg.fonttype": "none",
        "text.parse_math": False,  # a dollar is a dollar
        "font.family": [_FONT],
        "font.size": 11,
        "text.color": INK,
        "axes.labelcolor": MUTED,
        "axes.edgecolor": RULE,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": True,
        "grid.color": RULE,
        "grid.linewidth": 0.6,
        "xtick.color": RULE,
        "ytick.color": RULE,
        "xtick.labelcolor": MUTED,
        "ytick.labelcolor": MUTED,
        "legend.frameon": False,
        "legend.fontsize": 10,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
    }


def _height(plot: Plot) -> float:
    return 1.2 + 0.42 * len(plot.dots) if isinstance(plot, Dots) else 4.2


def _histogram(figure: Figure, plot: Histogram) -> None:
    axes = figure.add_subplot()
    axes.stairs(plot.counts, plot.edges, baseline=0.5, fill=True, color=SECOND, alpha=0.75)
    axes.set_yscale("log")
    axes.set_ylim(0.7, 2 * max([*plot.counts, 5]))
    axes.set_xlim(0, 1)
    _plain_counts(axes)
    styles = ["-", "--", ":"]
    for number, mark in enumerate(plot.marks):
        axes.axvline(
            mark.value, color=ACCENT, ls=styles[number % 3], lw=1.8, label=_drawable(mark.name)
        )
    axes.set_xlabel("score")
    axes.set_ylabel("listings (log scale)")
    _legend(figure, axes)


def _precision_recall(figure: Figure, plot: PrecisionRecall) -> None:
    axes = figure.add_subplot()
    axes.plot(plot.recall, plot.precision, color=SECOND, lw=2, label="all thresholds")
    if plot.prevalence is not None:
        axes.axhline(plot.prevalence, color=MUTED, ls=":", lw=1.4, label="by chance")
    if plot.budget_slope is not None:
        # Flagged = budget wherever precision = recall x prevalence / budget; it ends where no
        # ranker can do better: all of the budget positive, or all of the positives found.
        end = min(1.0, 1 / plot.budget_slope)
        ends = [0.0, end * plot.budget_slope]
        axes.plot([0, end], ends, color=MUTED, ls="--", lw=1.4, label="the budget, filled")
    for spot, shape in zip(plot.spots, "oDs^v", strict=False):
        axes.plot(
            *([spot.recall], [spot.precision], shape),
            color=ACCENT,
            ms=9,
            mec=SURFACE,
            mew=1.5,
            ls="",
            clip_on=False,
            label=_drawable(spot.name),
        )
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="recall", ylabel="precision")
    _legend(figure, axes)


def _reliability(figure: Figure, plot: Reliability) -> None:
    import numpy as np

    above, below = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [3, 1]})
    above.plot([0, 1], [0, 1], color=MUTED, ls="--", lw=1.2, label="score = share of positives")
    pairs = zip(plot.rates, plot.lows, plot.highs, strict=True)
    # An interval that is undefined is NaN here too, and is not drawn.
    below_above = [(max(rate - low, 0), max(high - rate, 0)) for rate, low, high in pairs]
    above.errorbar(
        *(plot.scores, plot.rates, list(zip(*below_above, strict=True))),
        fmt="o",
        color=ACCENT,
        ms=6,
        lw=1.4,
        capsize=0,
        clip_on=False,
        label="bins of scores, with 95 % intervals",
    )
    above.set(xlim=(0, 1), ylim=(0, 1), ylabel="share of positives")
    if np.median(plot.scores) < _CROWDED:
        # Where most scores are low, bins of equal counts would stand on one another.
        for axis in (above.set_xscale, above.set_yscale):
            axis("symlog", linthresh=0.01, linscale=0.5)
        above.xaxis.set_major_formatter("{x:g}")
        above.yaxis.set_major_formatter("{x:g}")
    below.vlines(plot.scores, 0.5, plot.counts, color=SECOND, lw=4)
    below.set_yscale("log")
    below.set_ylim(0.7, 2 * max([*plot.counts, 5]))
    below.set(xlabel="mean score of the bin", ylabel="listings")
    _plain_counts(below)
    _legend(figure, above)


def _dots(figure: Figure, plot: Dots) -> None:
    axes = figure.add_subplot()
    for place, dot in enumerate(reversed(plot.dots)):
        colour = ACCENT if dot.is_headline else SECOND
        axes.plot([dot.low, dot.high], [place, place], color=colour, lw=2.5, alpha=0.6)
        fill = colour if dot.is_headline else SURFACE
        if dot.is_headline and plot.flattering is not None:
            _gap(axes, dot.value, plot.flattering, place)
        axes.plot([dot.value], [place], "o", color=colour, mfc=fill, mew=2, ms=9, clip_on=False)
    labels = axes.set_yticks(
        range(len(plot.dots)), [_drawable(dot.name) for dot in reversed(plot.dots)]
    )
    for label, dot in zip(labels, reversed(plot.dots), strict=True):
        label.label1.set_color(INK)
        label.label1.set_fontweight("bold" if dot.is_headline else "normal")
    axes.grid(visible=False, axis="y")
    # A dot at nothing must not stand on its name.
    axes.tick_params(axis="y", length=0, pad=9)
    axes.spines["left"].set_visible(False)
    axes.set(xlim=(0, 1), ylim=(-0.6, len(plot.dots) - 0.4), xlabel=plot.axis)


def _gap(axes: Axes, headline: float, other: float, place: int) -> None:
    """Draw how far one value is above another."""
    axes.plot([headline, other], [place, place], color=MUTED, ls=":", lw=1.4, zorder=1)
    axes.plot([other, other], [place - 0.15, place + 0.15], color=MUTED, lw=1.4)
    axes.annotate(
        f"{other - headline:+.2f}",
        (other, place),
        xytext=(5, 0),
        textcoords="offset points",
        va="center",
        color=MUTED,
        fontsize=10,
    )


_DRAWN_BY: dict[type, Callable[[Figure, Any], None]] = {
    Histogram: _histogram,
    PrecisionRecall: _precision_recall,
    Reliability: _reliability,
    Dots: _dots,
}


def _legend(figure: Figure, axes: Axes) -> None:
    handles, names = axes.get_legend_handles_labels()
    if handles:
        figure.legend(handles, names, loc="outside lower left", ncols=2, handlelength=1.8)


def _plain_counts(axes: Axes) -> None:
    """Label an axis of counts with counts: 10,000 and not a power of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axes.yaxis.set_major_locator(LogLocator(numticks=6))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="y", which="minor", length=0)


def _drawable(name: str) -> str:
    """Return a name of bounded length with what the font lacks, and XML forbids, replaced."""
    from matplotlib.font_manager import findfont, get_font

    known = get_font(findfont(_FONT)).get_charmap()
    shown = "".join(char if ord(char) in known else "\ufffd" for char in name[:_LONGEST_NAME])
    return shown + "…" if len(name) > _LONGEST_NAME else shown
