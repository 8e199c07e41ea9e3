"""How far reporters are to be believed: their record, as a Beta posterior, and their tier.

Whoever believes every notice is soon sent false ones, and whoever believes none learns nothing. So
a reporter is believed as far as the record goes: what became of the claims that were decided in a
window of time, on top of a prior for those nobody knows yet. Claims that nobody has decided count a
little too, by whether other reporters agree; there all new reporters together speak with no more
weight than one of them, and tell nothing of who has a record, since names cost nothing.

The rules of tiers are data: ``programmes/*.toml``, after programmes that marketplaces have
published.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fakedetect.errors import InputError
from fakedetect.events import COUNTERFEIT
from fakedetect.metrics import Bools, Floats

if TYPE_CHECKING:
    import pandas as pd

    from fakedetect.outcomes import Outcomes

NEW, TRUSTED, QUALIFIED, SUSPENDED = "new", "trusted", "qualified", "suspended"
TIERS = (NEW, TRUSTED, QUALIFIED, SUSPENDED)

# Marketplaces have found 15 % (a craft marketplace, 2020) to 24 % (the largest Chinese one, 2016)
# of notices unfounded or malicious. The prior says 20 %, as firmly as five decided claims would.
PRIOR = (4.0, 1.0)
# A reporter is suspended when it is this sure that fewer claims are borne out than this.
SUSPENDED_BELOW, SURE = 0.6, 0.95
# Tiers between new and qualified: so many decided, and so good a record on the whole.
TRUSTED_FROM, TRUSTED_RATE = 5, 0.8
# What an agreement with others counts for, beside a decision.
AGREEMENT = 0.5
_MOST_BELIEVED = 0.98  # no record makes certain


class Programme(NamedTuple):
    """By which rules reporters qualify.

    Attributes
    ----------
    name, words
        What it is called, and what it asks for.
    window_days
        How far back decisions count.
    least_decided
        The fewest decided claims.
    success_rate
        The least share (0-1) of them borne out.
    counter_rate
        The largest share (0-1) of all decided notices that a counter-notice ended.
    """

    name: str
    words: str
    window_days: int
    least_decided: int
    success_rate: float
    counter_rate: float


class Records(NamedTuple):
    """The record of each reporter as of a date.

    Attributes
    ----------
    table
        One row for each reporter, by name: ``n_claims`` ever made; in the window ``n_decided``,
        ``n_borne_out``, ``n_countered``; ``rate`` with ``low`` and ``high``, the posterior mean of
        the share borne out and its 95 % interval; ``tier``; ``lacks``, what keeps it from
        qualifying, in words.
    by_reason
        The same counts and rates for each reporter and reason.
    belief
        How likely a claim about counterfeits is taken to be right (0-1), by reporter: all decisions
        ever, and agreement with others. Where nothing is decided, 0.5 or less is no word at all.
    programme
        The rules.
    """

    table: pd.DataFrame
    by_reason: pd.DataFrame
    belief: pd.Series[float]
    programme: Programme


@cache
def programme(name: str) -> Programme:
    """Return a programme's rules.

    Raises
    ------
    InputError
        When there is none of this name.
    """
    if name not in programme_names():
        raise InputError(f"no programme {name!r}; there are {', '.join(programme_names())}")
    text = resources.files("fakedetect").joinpath("programmes", f"{name}.toml").read_text("utf-8")
    return Programme(name, **tomllib.loads(text))


@cache
def programme_names() -> tuple[str, ...]:
    """Return the names of the programmes whose rules are shipped."""
    folder = resources.files("fakedetect").joinpath("programmes")
    return tuple(sorted(each.name[:-5] for each in folder.iterdir() if each.name.endswith(".toml")))


def records(found: Outcomes, as_of: pd.Timestamp, rules: Programme) -> Records:
    """Return the record of every reporter.

    Parameters
    ----------
    found
        Claims and decisions up to the date.
    as_of
        The date.
    rules
        Of the programme.
    """
    import pandas as pd

    claims = found.claims.astype({"reporter": str})
    since = as_of - pd.Timedelta(days=rules.window_days)
    counted = claims[claims["decided"] > since]
    names = pd.Index(sorted(claims["reporter"].unique()), name="reporter")
    table = _counts(counted, ["reporter"]).reindex(names, fill_value=0)
    table.insert(0, "n_claims", claims.groupby("reporter").size().reindex(names, fill_value=0))
    _add_rates(table)
    sure = _chance_below(table, SUSPENDED_BELOW)
    lacking = [_lacks(row, rules) for row in table.itertuples()]
    table["lacks"] = pd.Series(lacking, table.index, dtype=str)
    table["tier"] = np.select(
        [
            sure >= SURE,
            table["lacks"] == "",
            (table["n_decided"] >= TRUSTED_FROM) & (table["rate"] >= TRUSTED_RATE),
        ],
        [SUSPENDED, QUALIFIED, TRUSTED],
        NEW,
    )
    table.loc[table["tier"] == SUSPENDED, "lacks"] = "is suspended"
    by_reason = _counts(counted, ["reporter", "reason"])
    _add_rates(by_reason)
    return Records(table, by_reason, _beliefs(found, table), rules)


def votes_of(belief: Floats) -> Floats:
    """Return the log-odds that a claim believed so far adds, none where it is not believed."""
    believed = np.clip(belief, 0.5, _MOST_BELIEVED)
    return np.asarray(np.log(believed / (1 - believed)))


def odds_of(belief: Floats) -> Floats:
    """Return the log-odds that a claim is right, below zero where it is likely wrong."""
    believed = np.clip(belief, 1 - _MOST_BELIEVED, _MOST_BELIEVED)
    return np.asarray(np.log(believed / (1 - believed)))


def summed(matters: pd.Series[int], votes: Floats, is_new: Bools) -> tuple[Floats, Floats]:
    """Add up the votes on each matter; those of new reporters together count as one at most.

    Parameters
    ----------
    matters
        The matter of each vote, shape (n,).
    votes
        Log-odds for an infringement, shape (n,).
    is_new
        Whether the reporter is new, shape (n,).

    Returns
    -------
    tuple
        For each vote the sum of its matter, and what others than new reporters add to it, shape
        (n,) each.
    """
    import pandas as pd

    frame = pd.DataFrame({"settled": np.where(is_new, 0, votes), "new": np.where(is_new, votes, 0)})
    sums = frame.groupby(matters.to_numpy()).transform("sum")
    settled, new = sums["settled"].to_numpy(), sums["new"].to_numpy()
    most = votes_of(np.array([PRIOR[0] / sum(PRIOR)]))[0]
    return settled + np.clip(new, -most, most), settled


def latest_claims(found: Outcomes) -> pd.DataFrame:
    """Return each reporter's last claim about each undecided matter of counterfeits."""
    claims = found.claims
    is_open = ~claims["matter"].isin(found.decisions.index)
    claims = claims[is_open & (claims["reason"] == COUNTERFEIT)]
    return claims.drop_duplicates(["matter", "reporter"], keep="last")


def _counts(claims: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    groups = claims.groupby(keys, observed=True)
    return groups.agg(
        n_decided=("result", "size"),
        n_borne_out=("result", "sum"),
        n_countered=("countered", "sum"),
    ).astype(np.int64)


def _add_rates(table: pd.DataFrame) -> None:
    """Add the posterior's mean and interval (Gelman et al. 2013, section 2.4)."""
    from scipy.special import betaincinv

    a, b = _posterior(table)
    table["rate"] = a / (a + b)
    table["low"], table["high"] = betaincinv(a, b, 0.025), betaincinv(a, b, 0.975)


def _posterior(table: pd.DataFrame) -> tuple[Floats, Floats]:
    borne_out = table["n_borne_out"].to_numpy(float)
    return PRIOR[0] + borne_out, PRIOR[1] + table["n_decided"].to_numpy(float) - borne_out


def _chance_below(table: pd.DataFrame, rate: float) -> Floats:
    from scipy.special import betainc

    return np.asarray(betainc(*_posterior(table), rate))


def _lacks(row: object, rules: Programme) -> str:
    """Return what a reporter lacks to qualify, in words; nothing if nothing does."""
    n, n_good, n_countered = row.n_decided, row.n_borne_out, row.n_countered  # type: ignore[attr-defined]
    lacking = []
    if n < rules.least_decided:
        lacking.append(f"{rules.least_decided - n} more decided")
    if n and n_good < rules.success_rate * n:
        lacking.append(f"{n_good} of {n} borne out, not {100 * rules.success_rate:.0f} %")
    if n and n_countered > rules.counter_rate * n:
        lacking.append(f"{n_countered} of {n} countered, over {100 * rules.counter_rate:.0f} %")
    return "; ".join(lacking)


def _beliefs(found: Outcomes, table: pd.DataFrame) -> pd.Series[float]:
    """Return how far each reporter's claims about counterfeits are believed.

    First by decisions alone, of all time: who waits until lies are out of the window has told them
    all the same. The prior of new reporters is what came of the claims of all of them, so that a
    crowd of liars is soon believed no more than any of its members; buyers, who only complain, have
    one of their own. Then each undecided claim that
    others who are not new have made one about adds to or takes from that, by how sure those are
    together. New names agree with whom they like, and contradict whom they like.
    """
    import pandas as pd

    claims = found.claims
    ever = claims[claims["result"].notna() & (claims["reason"] == COUNTERFEIT)]
    results = ever["result"].groupby(ever["reporter"].astype(str)).agg(["sum", "size"])
    results = results.reindex(table.index, fill_value=0)
    n_good, n_decided = (results[name].to_numpy(np.float64) for name in ("sum", "size"))
    suspended = (table["tier"] == SUSPENDED).to_numpy()
    is_new = (table["tier"] == NEW).to_numpy()
    only = claims.groupby(claims["reporter"].astype(str))["complains"].all()
    buys = only.reindex(table.index).to_numpy(bool)
    prior = np.full(len(table), PRIOR[0])
    for crowd in (is_new & buys, is_new & ~buys):
        pooled = (PRIOR[0] + n_good[crowd].sum()) / (sum(PRIOR) + n_decided[crowd].sum())
        prior[crowd] = pooled * sum(PRIOR)
    good = n_good + prior
    bad = n_decided - n_good + sum(PRIOR) - prior
    latest = latest_claims(found)
    who = table.index.get_indexer(pd.Index(latest["reporter"].astype(str)))
    vote = np.where(suspended, 0.0, votes_of(good / (good + bad)))[who]
    vote = np.where(latest["says"], vote, -vote)
    _, settled = summed(latest["matter"], vote, is_new[who])
    others = settled - np.where(is_new[who], 0.0, vote)
    sure = np.abs(np.tanh(others / 2))  # |2p - 1| for the log-odds of p
    agrees = (others > 0) == latest["says"].to_numpy()
    weights = AGREEMENT * sure
    good += np.bincount(who, np.where(agrees, weights, 0.0), len(table))
    bad += np.bincount(who, np.where(agrees, 0.0, weights), len(table))
    belief = good / (good + bad)
    belief = np.where(suspended, np.minimum(belief, 0.5), belief)
    return pd.Series(belief, table.index, name="belief")
