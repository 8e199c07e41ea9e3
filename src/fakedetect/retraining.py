"""A challenger trained as of a date, and the rule by which it takes the champion's place.

Both are judged by what neither was trained on: listings that came after the date, as they were
labelled since, and the owner's gold set. The gold set is what holds when most reporters lie: then
later labels are as false as the ones learned from, and a model that fits the lie looks better on
them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fakedetect import tables
from fakedetect.comparison import Comparison, compare
from fakedetect.cross_validation import Progress
from fakedetect.errors import InputError
from fakedetect.learning import Lesson, lesson, provenance
from fakedetect.ledger_labels import Policy, labels_as_of, snapshots
from fakedetect.metrics import Estimate
from fakedetect.model import Model
from fakedetect.outcomes import in_force
from fakedetect.text import canonical
from fakedetect.training import train

if TYPE_CHECKING:
    import pandas as pd

FIRM = 0.9  # weight of the labels that later listings are judged by


class Rule(NamedTuple):
    """When a challenger is promoted.

    Attributes
    ----------
    margin
        The average precision (0-1) that may be lost at worst, with 95 % confidence, on later
        listings and on the gold set. None asks for less: that no loss is 95 % certain. With few
        labels even a far better model cannot promise a small margin.
    needs_gold
        Whether a gold set must be there and agree.
    """

    margin: float | None = None
    needs_gold: bool = True

    @property
    def words(self) -> str:
        """The rule as a sentence."""
        both = "on later listings and on the gold set" if self.needs_gold else "on later listings"
        loss = (
            f"not worse with 95 % confidence {both}"
            if self.margin is None
            else f"with 95 % confidence not lower by more than {self.margin:g} {both}"
        )
        return (
            f"Promoted when average precision is {loss}, higher on later listings, and no"
            " authorised seller is newly flagged."
        )


@dataclass(frozen=True, eq=False)
class Retrained:
    """A challenger and whether it may take the champion's place.

    Attributes
    ----------
    challenger
        The model.
    as_of, until
        Trained on labels as of the one, judged by labels as of the other.
    rule
        What it had to fulfil.
    refusals
        What it does not fulfil, a sentence without its full stop each; none if it is promoted.
    later
        Both models on listings that came later; None where none is labelled.
    gold
        Both models on the gold set; None without one.
    """

    challenger: Model
    as_of: pd.Timestamp
    until: pd.Timestamp
    rule: Rule
    refusals: tuple[str, ...]
    later: Comparison | None
    gold: Comparison | None

    @property
    def promoted(self) -> bool:
        """Whether the challenger takes the champion's place."""
        return not self.refusals

    def as_dict(self) -> dict[str, Any]:
        """Return what was found as plain data."""
        return {
            "promoted": self.promoted,
            "refusals": list(self.refusals),
            "rule": self.rule.words,
            "as_of": self.as_of.isoformat(),
            "until": self.until.isoformat(),
            "n_training": self.challenger.card["data"]["n_labelled"],
            "later": None if self.later is None else self.later.as_dict(),
            "gold": None if self.gold is None else self.gold.as_dict(),
        }


def retrain(  # noqa: PLR0913 # keywords of one call
    events: pd.DataFrame,
    champion: Model,
    *,
    as_of: pd.Timestamp,
    until: pd.Timestamp,
    policy: Policy,
    head: str = "",
    rule: Rule = Rule(),  # noqa: B008 # a constant
    authorised: Collection[str] | None = None,
    text: Sequence[str] | None = None,
    n_folds: int = 5,
    seed: int = 0,
    progress: Progress | None = None,
) -> Retrained:
    """Train a challenger as of a date and judge it beside the champion by what came after.

    Parameters
    ----------
    events
        As ``Ledger.frame`` returns them, with texts.
    champion
        The model in use.
    as_of, until
        Labels as of the one are learned from. Listings first seen after it, as labelled by the
        other, are judged by; of these only labels that rest on a decision, or on silence about a
        brand that somebody watches.
    policy
        How events become labels.
    head
        How far the ledger goes, for the challenger's card.
    rule
        When the challenger is promoted.
    authorised
        Sellers who should never be flagged.
    text
        Text columns; None takes ``title`` and ``description``.
    n_folds, seed, progress
        As in ``train``.

    Raises
    ------
    InputError
        When ``until`` is not after ``as_of``, or ``train`` refuses what is labelled by then.
    """
    if until <= as_of:
        raise InputError(
            f"nothing comes after {as_of:%Y-%m-%d}, by which a challenger could be judged; train as"
            " of an earlier date"
        )
    # Whom the owner has revoked since teaches nothing now, whatever was known then.
    events = in_force(events[events["time"] <= until])
    found = lesson(events, as_of, policy, gold_until=until)
    challenger = train(
        found.table, weight="weight", text=text, n_folds=n_folds, seed=seed, progress=progress
    )
    challenger = replace(challenger, card={**challenger.card, "ledger": provenance(found, head)})
    later = _judged(champion, challenger, _later(events, found, until, policy), authorised, seed)
    gold = _judged(champion, challenger, found.gold, authorised, seed)
    return Retrained(
        challenger,
        as_of,
        until,
        rule,
        tuple(_refusals(rule, later, gold)),
        later,
        gold,
    )


def _later(
    events: pd.DataFrame, found: Lesson, until: pd.Timestamp, policy: Policy
) -> pd.DataFrame:
    """Return listings that were first seen after the lesson, firmly labelled, no copies of it."""
    labels = labels_as_of(events, until, policy).table
    firm = labels[(labels["weight"] >= FIRM) & (labels["seen"] > found.labels.as_of)]
    texts = snapshots(events)
    table = firm.join(texts, how="inner").reset_index()
    table["label"] = table["label"].astype(int)
    learned = set(map(canonical, tables.texts_of(found.table, list(texts.columns))))
    learned |= set(map(canonical, tables.texts_of(found.gold, list(texts.columns))))
    copies = [canonical(each) in learned for each in tables.texts_of(table, list(texts.columns))]
    return table[~np.array(copies, dtype=bool)].reset_index(drop=True)


def _judged(
    champion: Model,
    challenger: Model,
    listings: pd.DataFrame,
    authorised: Collection[str] | None,
    seed: int,
) -> Comparison | None:
    if not len(listings):
        return None
    return compare(champion, challenger, listings, label="label", authorised=authorised, seed=seed)


def _refusals(rule: Rule, later: Comparison | None, gold: Comparison | None) -> Iterator[str]:
    """Yield why a challenger is not promoted."""
    if later is None or later.judged is None:
        yield "no later listing is firmly labelled; wait for verdicts, or take an earlier date"
    else:
        found = later.average_precision
        yield from _worse(found, rule.margin, "on later listings")
        if found.value <= 0:
            yield f"average precision is no higher on later listings ({found.value:+.3f})"
    if rule.needs_gold:
        if gold is None or gold.judged is None:
            yield (
                "there is no gold set, without which whoever sends most notices decides; add events"
                " of the kind gold"
            )
        else:
            yield from _worse(gold.average_precision, rule.margin, "on the gold set")
    newly = {name for part in (later, gold) if part for name in part.newly_flagged_authorised}
    if newly:
        yield f"{len(newly)} authorised sellers are newly flagged: {', '.join(sorted(newly)[:5])}"


def _worse(found: Estimate, margin: float | None, where: str) -> Iterator[str]:
    said = f"({found.value:+.3f}, 95 % interval {found.low:+.3f} to {found.high:+.3f})"
    if np.isnan(found.low):
        yield f"average precision cannot be compared {where}; label more listings of more sellers"
    elif found.high < 0:
        yield f"average precision is lower {where} {said}"
    elif margin is not None and found.low < -margin:
        yield f"average precision may be lower by more than {margin:g} {where} {said}"
