"""What came of a scored file, and of looking at its listings, in words and figures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fakedetect.decisions import recall_ceiling
from fakedetect.page import Column, Grid, Page, Words
from fakedetect.wording import threshold

if TYPE_CHECKING:
    from fakedetect.batch import Summary
    from fakedetect.metrics import Estimate
    from fakedetect.sampling import Estimates

# With fewer positives among the drawn ones, a recall is told with a warning.
_FEW_DRAWN_POSITIVE = 10


def counts(summary: Summary, target: str, *, prevalence: float) -> list[str]:
    """Return what came of a scored file as lines of words, with counts that add up.

    Parameters
    ----------
    summary
        What was counted.
    target
        The file that was written, ``-`` for standard output.
    prevalence
        Share of positives (0-1) that the model was made for.
    """
    lines = [f"could not be read: {problem}" for problem in summary.problems]
    n_more = summary.n_errored - len(lines)
    if n_more:
        lines.append(f"could not be read: {n_more:,} more; the column status has all of them")
    share = summary.n_flagged / summary.n_scored if summary.n_scored else 0.0
    flagged_from = summary.policy.flagged_from
    since = "" if flagged_from is None else f" from score {threshold(flagged_from)}"
    records = "record" if summary.n_read == 1 else "records"
    lines.append(
        f"read {summary.n_read:,} {records} = {summary.n_scored:,} scored + {summary.n_errored:,}"
        f" that could not be read; flagged {summary.n_flagged:,} ({share:.1%}) as suspected"
        f" counterfeits{since}" + ("" if target == "-" else f"; wrote {target}")
    )
    if summary.filling is not None or summary.policy.hold is not None:
        n_clear = summary.n_scored - summary.n_held - summary.n_review
        lines.append(
            f"lanes: {summary.n_held:,} hold + {summary.n_review:,} review + {n_clear:,} clear"
        )
    return lines + budget(summary, prevalence=prevalence)


def budget(summary: Summary, *, prevalence: float) -> list[str]:
    """Return how a budget was filled, and what nobody could find under it; nothing without one.

    Takes what ``counts`` does.
    """
    filling = summary.filling
    if filling is None:
        return []
    n_others = summary.n_scored - summary.n_flagged
    line = f"budget: {filling.n:,} = {summary.n_flagged:,} flagged"
    if filling.n_explore:
        line += f" + {summary.n_explored:,} drawn by lot from {n_others:,} others"
    n_left = filling.n - summary.n_flagged - summary.n_explored
    if n_left:
        line += f" + {n_left:,} left over"
    if summary.policy.margin is not None:
        line += "; of equal scores at the threshold the largest margins are flagged"
    if filling.n_tied_out:
        line += f"; {filling.n_tied_out:,} with equal margins did not fit, and stayed out together"
    if summary.n_explored < filling.n_explore:
        line += "; listings with equal ids did not fit, and stayed out together"
    ceiling = recall_ceiling(filling.n / max(1, summary.n_scored), prevalence)
    if not ceiling < 1:
        return [line]
    return [
        line,
        f"if {_share(prevalence)} of listings are positive, as the model takes it, no ranker can"
        f" find more than {_share(ceiling)} of those under this budget",
    ]


def estimates(found: Estimates) -> Page:
    """Return what labels of flagged and drawn listings say about all."""
    known = "" if math.isnan(found.precision.value) else "known: all of them were looked at"
    table = Grid(
        (Column("figure"), Column("value", numeric=True), Column("95 % interval")),
        (
            ("prevalence", *_shown(found.prevalence)),
            ("recall of flagged", *_shown(found.recall)),
            ("precision of flagged", _share(found.precision.value), known),
        ),
    )
    counted = Words(
        f"{found.n_flagged:,} listings were flagged, {found.n_flagged_positive:,} of them labelled"
        f" suspected; {found.n_drawn:,} were drawn by lot from {found.n - found.n_flagged:,.0f}"
        f" others, {found.n_drawn_positive:,} of them labelled suspected."
    )
    if found.n_drawn_positive >= _FEW_DRAWN_POSITIVE:
        return Page("", (counted, table))
    warning = Words(
        "So few of the drawn ones are suspected that the recall is too high on average; go by its"
        " interval, or look at more.",
        "warning",
    )
    return Page("", (counted, table, warning))


def _shown(figure: Estimate) -> tuple[str, str]:
    low, high = _share(figure.low), _share(figure.high)
    interval = "undefined" if "undefined" in {low, high} else f"{low} to {high}"
    return _share(figure.value), interval


def _share(value: float) -> str:
    return "undefined" if math.isnan(value) else f"{100 * value:.3g} %"
