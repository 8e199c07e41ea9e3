"""Options by which a command chooses thresholds, and how budgets are read."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import click

from fakedetect.options import SHARE, Command, Fraction, joined

_RATE = re.compile(r"(\d[\d,_]*)(?:/(hour|day|week))?")
_HOURS = {"hour": 1, "day": 24, "week": 168}
_HELD_BY = {"hold-precision": "precision", "hold": "threshold"}


class Amount(NamedTuple):
    """A number of listings, in some time or in all.

    Attributes
    ----------
    n
        How many.
    per
        ``"hour"``, ``"day"`` or ``"week"``; None for in all.
    """

    n: int
    per: str | None = None

    def __str__(self) -> str:
        return f"{self.n:,}" + (f" per {self.per}" if self.per else "")


class Rules(NamedTuple):
    """What was asked for to choose thresholds by.

    Attributes
    ----------
    kind, target, confidence
        The rule for flagging, as in ``decisions.Rule``; None where none was named. Of a budget the
        target is the share of listings, None if only their number is known.
    n
        Of a budget, the number of listings in all, None if it is a share.
    budget
        The budget in words, None if there is none.
    hold_kind, hold_target
        The rule for holding back, likewise: ``"precision"`` or ``"threshold"``.
    """

    kind: str | None = None
    target: float | None = None
    confidence: float = 0.95
    n: int | None = None
    budget: str | None = None
    hold_kind: str | None = None
    hold_target: float | None = None

    @property
    def rule(self) -> Any:
        """The ``Rule`` for flagging; None if none was named, or it has no share to go by."""
        return self._rule(self.kind, self.target)

    @property
    def hold(self) -> Any:
        """The ``Rule`` for holding back; None if none was named."""
        return self._rule(self.hold_kind, self.hold_target)

    def for_labels(self) -> Rules:
        """Return the rules, or raise where a budget says no share to be found in labels."""
        if self.n is not None:
            raise click.UsageError(
                f"a budget of {self.n:,} listings is a share of how many? Name the --volume that"
                " they are chosen from, or the share"
            )
        return self

    def _rule(self, kind: str | None, target: float | None) -> Any:
        from fakedetect.decisions import Rule

        return None if kind is None or target is None else Rule(kind, target, self.confidence)


def _amount(text: str, param: click.Parameter, *, or_share: str = "") -> Amount:
    found = _RATE.fullmatch(text)
    n = int(found[1].replace(",", "").replace("_", "")) if found else 0
    if found is None or n < 1:
        raise click.BadParameter(
            f"{text!r} is not a number as 2000 or 2000/day{or_share}", param=param
        )
    return Amount(n, found[2])


def _budget(ctx: click.Context, param: click.Parameter, value: str | None) -> Amount | float | None:
    """Return a number of listings, or a share as 0.0002 or 0.02%."""
    del ctx
    if value is None:
        return None
    number, percent, rest = value.partition("%")
    if not rest and (percent or "." in number):
        try:
            share = float(number) / (100 if percent else 1)
        except ValueError:
            share = 0.0
        if not 0 < share < 1:
            raise click.BadParameter(
                f"{value!r} is not a share between 0 and 1, as 0.0002 or 0.02%", param=param
            )
        return share
    return _amount(value, param, or_share=", nor a share as 0.02%")


def _volume(ctx: click.Context, param: click.Parameter, value: str | None) -> Amount | None:
    del ctx
    return None if value is None else _amount(value, param)


def rule_options(command: Command) -> Command:
    """Give a command the options that say how thresholds are chosen, as one ``rules``."""

    @functools.wraps(command)
    def gathered(
        *arguments: Any,
        budget: Amount | float | None,
        volume: Amount | None,
        precision: float | None,
        recall: float | None,
        threshold: float | None,
        confidence: float,
        hold_precision: float | None,
        hold: float | None,
        **others: Any,
    ) -> Any:
        flagging = {"precision": precision, "recall": recall, "threshold": threshold}
        holding = {"hold-precision": hold_precision, "hold": hold}
        kind, held_by = _only({"budget": budget, **flagging}), _only(holding)
        if volume is not None and not isinstance(budget, Amount):
            raise click.UsageError("--volume is for a --budget that is a number of listings")
        rules = Rules(
            kind=kind,
            target=flagging.get(kind or ""),
            confidence=confidence,
            hold_kind=None if held_by is None else _HELD_BY[held_by],
            hold_target=holding.get(held_by or ""),
        )
        return command(*arguments, rules=_with_budget(rules, budget, volume), **others)

    return joined(*_OPTIONS)(gathered)


def _with_budget(rules: Rules, budget: Amount | float | None, volume: Amount | None) -> Rules:
    if budget is None:
        return rules
    if isinstance(budget, float):
        return rules._replace(target=budget, budget=f"{100 * budget:.4g} % of listings")
    if volume is None:
        if budget.per:
            raise click.UsageError(
                f"a budget of {budget} is a share of how many? Name the --volume per {budget.per}"
            )
        return rules._replace(n=budget.n, budget=f"{budget} listings")
    if (budget.per is None) != (volume.per is None):
        raise click.UsageError(
            f"a budget of {budget} and a volume of {volume} do not go together; name the time of"
            " both, or of none"
        )
    hours = [_HOURS[each.per] if each.per else 1 for each in (budget, volume)]
    share = budget.n / hours[0] / (volume.n / hours[1])
    if not share < 1:
        raise click.UsageError(f"a budget of {budget} is not less than the volume of {volume}")
    return rules._replace(target=share, budget=f"{budget} of {volume}")


def _only(values: dict[str, Any]) -> str | None:
    """Return the one option that was given, None if none was."""
    given = [name for name, value in values.items() if value is not None]
    if len(given) > 1:
        named = " and ".join(f"--{name}" for name in given)
        raise click.UsageError(f"{named} choose the same threshold; name one of them")
    return given[0] if given else None


_OPTIONS: tuple[Callable[[Command], Command], ...] = (
    click.option(
        "--budget",
        callback=_budget,
        metavar="N|SHARE",
        help="Flag as many listings as can be reviewed: a number, as 2000 or 2000/day, or a share,"
        " as 0.02%.",
    ),
    click.option(
        "--volume",
        callback=_volume,
        metavar="N",
        help="How many listings the budget is chosen from, as 10000000/day.",
    ),
    click.option(
        "--precision",
        type=SHARE,
        metavar="SHARE",
        help="Flag as low as labels promise that at least this share of the flagged is positive.",
    ),
    click.option(
        "--recall",
        type=SHARE,
        metavar="SHARE",
        help="Flag so low that labels promise that at least this share of the positives is"
        " flagged.",
    ),
    click.option(
        "--threshold",
        type=Fraction(0, 1),
        metavar="SCORE",
        help="Flag from this score on.  [default: the model's rule]",
    ),
    click.option(
        "--confidence",
        type=Fraction(0.5, 1, max_open=True),
        default=0.95,
        show_default=True,
        metavar="SHARE",
        help="Of what is promised.",
    ),
    click.option(
        "--hold-precision",
        type=SHARE,
        metavar="SHARE",
        help="Put flagged listings into the lane hold from where on labels promise this precision.",
    ),
    click.option(
        "--hold",
        type=Fraction(0, 1),
        metavar="SCORE",
        help="Put flagged listings into the lane hold from this score on.",
    ),
)
