import dataclasses

import numpy as np
import pandas as pd
import pytest

from conftest import market
from event_frames import day, event, framed
from fakedetect.errors import InputError
from fakedetect.ledger_labels import Policy
from fakedetect.model import Model
from fakedetect.reporters import programme
from fakedetect.retraining import Rule, retrain

POLICY = Policy(programme("good-faith"))
GOLD = [f"{number:05d}" for number in range(280, 400, 2)]


def listed(each, n, **cells):
    text = {"title": each["title"], "description": each["description"]}
    return event(
        "listed", n, each["listing_id"], seller=each["seller"], brand="Zoë", **text, **cells
    )


def decided(each, n, outcome):
    number = each["listing_id"]
    return [
        event("notice", n + 1, number, "Åsa", event_id=f"n{number}"),
        event("verdict", n + 2, number, outcome=outcome, regards=f"n{number}"),
    ]


def world(*more, lies=False):
    """A market that is reported in full; what comes after day 50 may be judged the wrong way."""
    rows = []
    listings = market(n=400, seed=3).to_dict("records")
    # The last one reads as the first does.
    listings[-1] |= {
        "title": listings[0]["title"].upper(),
        "description": listings[0]["description"],
        "label": listings[0]["label"],
    }
    for number, each in enumerate(listings):
        # Sixty days of listings, and as many of gold.
        n = number / 400 * 100
        rows.append(listed(each, n))
        suspected = each["label"] == "1"
        if each["listing_id"] in GOLD:
            rows.append(
                event(
                    "gold", n + 1, each["listing_id"],
                    outcome="counterfeit" if suspected else "genuine",
                )
            )  # fmt: skip
        elif suspected != (lies and n > 5):
            rows += decided(each, n, "upheld")
    return framed(*rows, *more, texts=True)


def run(events, champion, **more):
    return retrain(
        events, champion, as_of=day(60), until=day(130), policy=POLICY, n_folds=2, **more
    )


@pytest.fixture(scope="module")
def champion(model):
    """A model that knows a little: one word in three of what is learned has been forgotten."""
    forgotten = np.arange(len(model.coefficients)) % 3 > 0
    return dataclasses.replace(model, coefficients=np.where(forgotten, 0.0, model.coefficients))


@pytest.fixture(scope="module")
def honest(champion):
    return run(world(), champion, authorised=["seller 1", "seller 2"])


def test_what_is_better_on_later_listings_is_promoted(honest):
    assert honest.refusals == ()
    assert honest.promoted
    assert isinstance(honest.challenger, Model)
    assert honest.later.average_precision.value > 0


def test_neither_has_seen_what_it_is_judged_by(honest):
    table = market(n=400, seed=3)
    later = table[(table.index / 400 * 100 > 60) & ~table["listing_id"].isin(GOLD)]
    # The copy of what was learned is left out.
    assert honest.later.judged.n_labelled == len(later) - 1
    assert honest.later.challenger.seen_share == 0
    assert honest.gold.judged.n_labelled == len(GOLD)
    assert honest.gold.challenger.seen_share == 0


def test_plain_data(honest):
    found = honest.as_dict()
    assert found["promoted"]
    assert found["as_of"] == "2026-03-02T00:00:00+00:00"
    assert found["n_training"] == honest.challenger.card["data"]["n_labelled"]
    assert found["gold"]["judged"]["n_labelled"] == len(GOLD)
    assert honest.challenger.card["ledger"]["n_gold"] == len(GOLD)


def test_a_lie_that_most_tell_is_refused_by_the_gold_set(champion):
    found = run(world(lies=True), champion)
    # By the lies that came later it looks better.
    assert found.later.average_precision.value > 0
    assert not found.promoted
    (refusal,) = found.refusals
    gold = found.gold.average_precision
    assert gold.high < 0
    assert refusal == (
        f"average precision is lower on the gold set ({gold.value:+.3f}, 95 % interval"
        f" {gold.low:+.3f} to {gold.high:+.3f})"
    )
    blind = run(world(lies=True), champion, rule=Rule(needs_gold=False))
    assert blind.promoted


def test_without_a_gold_set_nothing_is_promoted(champion):
    events = world()
    found = run(events[events["event"] != "gold"], champion)
    assert found.gold is None
    assert found.refusals == (
        "there is no gold set, without which whoever sends most notices decides; add events of the"
        " kind gold",
    )


def test_a_margin_asks_for_more(champion):
    found = run(world(), champion, rule=Rule(margin=0.0))
    for part, where in ((found.later, "on later listings"), (found.gold, "on the gold set")):
        said = [each for each in found.refusals if each.endswith(")") and where in each]
        assert bool(said) == (part.average_precision.low < 0)


def test_no_better_than_itself(honest):
    found = run(world(), honest.challenger)
    assert found.refusals == ("average precision is no higher on later listings (+0.000)",)


def test_authorised_sellers_must_not_be_flagged_anew(champion):
    sellers = [f"seller {number}" for number in range(40)]
    sparing = dataclasses.replace(champion, threshold=0.9999)
    found = run(world(), sparing, authorised=sellers)
    newly = sorted({*found.later.newly_flagged_authorised, *found.gold.newly_flagged_authorised})
    assert newly
    assert found.refusals == (
        f"{len(newly)} authorised sellers are newly flagged: {', '.join(newly[:5])}",
    )


def test_nothing_came_after(champion):
    with pytest.raises(InputError) as error:
        retrain(world(), champion, as_of=day(60), until=day(60), policy=POLICY)
    assert str(error.value) == (
        "nothing comes after 2026-03-02, by which a challenger could be judged; train as of an"
        " earlier date"
    )
    found = retrain(
        world(), champion, as_of=day(104), until=day(104) + pd.Timedelta(hours=1), policy=POLICY,
        n_folds=2,
    )  # fmt: skip
    assert found.later is None
    assert found.refusals[0] == (
        "no later listing is firmly labelled; wait for verdicts, or take an earlier date"
    )


def test_the_rule_in_words():
    assert Rule().words == (
        "Promoted when average precision is not worse with 95 % confidence on later listings and on"
        " the gold set, higher on later listings, and no authorised seller is newly flagged."
    )
    assert Rule(0.02, needs_gold=False).words == (
        "Promoted when average precision is with 95 % confidence not lower by more than 0.02 on"
        " later listings, higher on later listings, and no authorised seller is newly flagged."
    )


def test_who_is_revoked_later_teaches_nothing_now(champion):
    events = world(event("revoke", 120, reporter="Åsa"))
    with pytest.raises(InputError) as error:
        run(events, champion)
    assert str(error.value).startswith("no listing with a text is suspected as of that date")
