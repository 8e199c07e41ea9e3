"""What liars can do to labels, on simulated markets of which the truth is known.

``benchmarks/learning.md`` has what that does to models; here it is held that the labels stay right.
"""

import pandas as pd
import pytest

from event_frames import framed
from fakedetect import simulate
from fakedetect.ledger_labels import Policy, labels_as_of
from fakedetect.reporters import SUSPENDED, programme

pytestmark = pytest.mark.slow

POLICY = Policy(programme("good-faith"))
QUARTER = pd.Timedelta(days=13 * 7)
MOST_WRONG = 0.06  # of the weight of the labels that say suspected
ATTACKS = [("none", None), ("flip", 0.01), ("flip", 0.2), ("smear", 1.0), ("hide", 0.1)]
ATTACKS += [("sybils", 0.2)]


@pytest.fixture(scope="module", params=ATTACKS, ids=lambda each: f"{each[0]} {each[1]}")
def judged(request):
    """The labels after a quarter, the truth, and what would be believed without a record."""
    attack, share = request.param
    market = simulate.Market(
        weeks=13, listings_per_week=400, attack=attack, attack_share=share, seed=5
    )
    weeks = list(simulate.weeks(market))
    truth = pd.concat([pd.DataFrame(week.listings) for week in weeks])
    rows = pd.concat([week.events for week in weeks]).to_dict("records")
    events = framed(*rows)
    as_of = pd.Timestamp(market.start, tz="UTC") + QUARTER
    found = labels_as_of(events, as_of, POLICY)
    table = found.table.join(truth.set_index("listing_id")["label"].rename("truth").astype(int))
    return attack, table, found.records.table, events


def wrong(labels, truth, weights):
    """Return the share of the weight that is on listings that are not suspected in truth."""
    on = labels == 1
    return (weights[on] * (truth[on] == 0)).sum() / weights[on].sum()


def test_labels_stay_right(judged):
    attack, table, _, events = judged
    assert (table["label"] == 1).sum() > 200
    assert wrong(table["label"], table["truth"], table["weight"]) < MOST_WRONG
    noticed = table.index.isin(events["listing_id"][events["event"] == "notice"])
    believed = wrong(noticed.astype(int), table["truth"], table["weight"] * 0 + 1)
    if attack in {"flip", "smear", "sybils"}:
        assert believed > wrong(table["label"], table["truth"], table["weight"])


def test_one_liar_is_suspended_within_the_quarter_and_nobody_honest_is(judged):
    attack, _, records, _ = judged
    liars = records[records.index.str.startswith(f"{attack}-")]
    honest = records[records.index.str.startswith(("owner-", "agent-"))]
    assert not (honest["tier"][honest["n_claims"] > 30] == SUSPENDED).any()
    assert (honest["n_claims"] > 30).sum() > 3
    if attack in {"flip", "smear", "hide"}:
        assert (len(liars), set(liars["tier"])) == (1, {SUSPENDED})


def test_no_reporter_and_no_crowd_weighs_more_than_its_share(judged):
    attack, table, _, _ = judged
    open_ones = table[(table["why"] == "claimed by reporters") & (table["label"] == 1)]
    most = 0.1 * table["weight"][table["label"] == 1].sum()
    by_one = open_ones.groupby("reporter")["weight"].sum().drop("", errors="ignore")
    assert (by_one <= most + 1e-9).all()
    crowd = open_ones[open_ones["reporter"].str.startswith(f"{attack}-")]
    assert crowd["weight"].sum() <= most + 1e-9
