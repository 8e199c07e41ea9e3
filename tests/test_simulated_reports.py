import math
from collections import Counter

import pandas as pd
import pytest

from fakedetect.events import COLUMNS
from fakedetect.simulate import weeks
from fakedetect.simulated_listings import Listings
from fakedetect.simulated_market import ATTACKS, Market
from fakedetect.simulated_reports import Pending

CLAIMS = ["notice", "endorsement"]


def all_of(market):
    """Return all listings, with their week, and all events."""
    found = list(weeks(market))
    listings = pd.concat([week.listings.assign(week=week.number) for week in found])
    return listings.reset_index(drop=True), pd.concat([week.events for week in found])


def claims_of(events, listings):
    """Return counterfeit notices and endorsements, each with the truth and whether it is right."""
    claims = events[events["event"].isin(CLAIMS) & events["reason"].isin(["", "counterfeit"])]
    truth = listings.set_index("listing_id")
    claims = claims.join(truth[["label", "category"]], on="listing_id")
    return claims.assign(right=claims["event"].eq("notice") == claims["label"].eq(1))


def verdicts_of(events, listings):
    """Return verdicts on notices of counterfeits, with the truth."""
    notices = events[(events["event"] == "notice") & (events["reason"] == "counterfeit")]
    verdicts = events[(events["event"] == "verdict") & events["regards"].isin(notices["event_id"])]
    verdicts = verdicts.join(listings.set_index("listing_id")["label"], on="listing_id")
    return verdicts.assign(right=verdicts["outcome"].eq("upheld") == verdicts["label"].eq(1))


def near(n_hits, n, share):
    """Return whether so many hits may come of so many independent draws, at five deviations."""
    return abs(n_hits - share * n) <= 5 * math.sqrt(n * share * (1 - share)) + 1


@pytest.fixture(scope="module")
def plain():
    return all_of(Market())


@pytest.fixture(scope="module")
def attacked():
    return {name: all_of(Market(attack=name)) for name in ATTACKS[1:]}


def test_events_come_out_by_time_and_never_after_the_end():
    [listing] = Listings(Market(weeks=1, listings_per_week=1, n_gold=0)).of_week(1)
    pending = Pending(end=100)
    added = [pending.add("sale", when, listing) for when in (30, 100, 10, 30, 99)]
    assert added == [f"e{number:07d}" for number in range(1, 6)]
    taken = [[row[0] for row in pending.until(end)] for end in (10, 31, 1000)]
    assert taken == [[], ["e0000003", "e0000001", "e0000004"], ["e0000005"]]
    pending.add("complaint", 50, listing, reporter="Zoë")
    told = {"event_id": "e0000006", "event": "complaint", "time": "1970-01-01T00:00:50Z"}
    told |= {"listing_id": "l0000001", "reporter": "Zoë"}
    assert pending.until(51) == [tuple(told.get(name, "") for name in COLUMNS)]


def test_gold_labels_are_true_and_come_evenly(plain):
    listings, events = plain
    gold = events[events["event"] == "gold"].merge(listings, on="listing_id")
    assert (gold["outcome"] == gold["label"].map({1: "counterfeit", 0: "genuine"})).all()
    assert gold.groupby("week")["label"].agg(["size", "sum"]).to_numpy().tolist() == [[10, 5]] * 20
    assert gold["listing_id"].is_unique


@pytest.mark.parametrize("n_gold", [0, 1, 18, 21])
def test_gold_is_found_where_fakes_are_rare(n_gold):
    market = Market(weeks=30, listings_per_week=7, prevalence=0.1, n_gold=n_gold)
    listings, events = all_of(market)
    assert listings["label"].sum() == market.n_fakes == 21
    outcomes = Counter(events[events["event"] == "gold"]["outcome"])
    assert (outcomes["counterfeit"], outcomes["genuine"]) == (n_gold // 2, n_gold - n_gold // 2)


def test_listings_are_taken_down_and_put_back_once(plain):
    events = plain[1]
    for kind, outcome, cause in (
        ("removed", "upheld", "verdict"),
        ("reinstated", "accepted", "counter_notice"),
    ):
        rows = events[events["event"] == kind]
        causes = events[(events["event"] == cause) & (events["outcome"] == outcome)]
        assert len(rows) > 0
        assert rows["listing_id"].is_unique
        assert set(rows["regards"]) <= set(causes["regards"])
    removed = events[events["event"] == "removed"].set_index("listing_id")["time"]
    sold = events[events["event"] == "sale"].set_index("listing_id")["time"]
    both = removed.index.intersection(sold.index)
    assert len(both) > 0
    assert (sold[both] < removed[both]).all()


def test_only_contributing_brands_contribute(plain):
    events = plain[1]
    claims = events[events["event"].isin(CLAIMS)]
    reporters = {
        f"{role}-{brand}" for role in ("owner", "agent") for brand in Market().contributors
    }
    assert set(claims["reporter"]) == reporters
    assert (claims["reporter"].str.split("-").str[1] == claims["brand"]).all()
    nobody = all_of(Market(weeks=4, contributing=0.0, n_gold=10))[1]
    assert set(nobody["event"]) == {"listed", "sale", "complaint", "authentication", "gold"}
    everybody = all_of(Market(weeks=4, contributing=1.0, n_gold=10))[1]
    assert everybody[everybody["event"] == "notice"]["brand"].nunique() == 8


@pytest.mark.parametrize(("prevalence", "error"), [(0.15, 0.07), (0.15, 0.0), (0.6, 0.5)])
def test_honest_reporters_and_reviewers_err_as_often_as_asked_for(prevalence, error):
    market = Market(
        listings_per_week=900,
        prevalence=prevalence,
        honest_error=error,
        contributing=1.0,
        reviewer_error=0.1,
        seed=3,
    )
    listings, events = all_of(market)
    claims = claims_of(events, listings)
    notices = claims[claims["event"] == "notice"]
    assert near((~notices["right"]).sum(), len(notices), error)
    assert claims[claims["event"] == "endorsement"]["right"].all()
    verdicts = verdicts_of(events, listings)
    assert near((~verdicts["right"]).sum(), len(verdicts), 0.1)
    # Verdicts come after up to some weeks, so those of late notices are missing.
    early = notices[notices["time"] < "2024-04-01"]
    assert near(early["event_id"].isin(verdicts["regards"]).sum(), len(early), 0.6)


def test_laboratories_buyers_and_sellers_tell_the_truth_mostly(plain):
    listings, events = plain
    known = events.join(listings.set_index("listing_id")["label"], on="listing_id")
    tests = known[known["event"] == "authentication"]
    assert near(len(tests), len(listings), 0.02)
    clear = tests[tests["outcome"] != "inconclusive"]
    assert 0 < len(clear) < len(tests)
    assert (clear["outcome"] == clear["label"].map({1: "counterfeit", 0: "genuine"})).all()
    assert known[known["event"] == "complaint"]["label"].mean() > 0.5
    assert known[known["event"] == "counter_notice"]["label"].mean() < 0.6
    accepted = known[known["outcome"] == "accepted"]
    assert accepted["label"].mean() < 0.1


@pytest.mark.parametrize("attack", ATTACKS[1:])
def test_an_attack_leaves_listings_and_honest_claims_as_they_are(attack, plain, attacked):
    listings, events = attacked[attack]
    pd.testing.assert_frame_equal(listings, plain[0])
    columns = [name for name in COLUMNS if name != "event_id"]
    honest = [
        rows.loc[rows["event"].isin(CLAIMS) & rows["reporter"].str.match("owner-|agent-"), columns]
        .sort_values(columns)
        .to_numpy()
        .tolist()
        for rows in (plain[1], events)
    ]
    assert honest[0] == honest[1]


def hostile(name, attacked):
    """Return the claims of an attack, and the listings."""
    listings, events = attacked[name]
    claims = claims_of(events, listings)
    return claims[claims["reporter"].str.startswith(name)], listings


# What each attack claims, of how many reporters and of what share of which listings.
SAID = {
    "flip": (1, {"fake": "endorsement", "genuine": "notice"}, 0.05, "all"),
    "smear": (1, {"fake": "notice", "genuine": "notice"}, 1.0, "bags"),
    "hide": (1, {"fake": "endorsement"}, 0.3, "fakes"),
    "sybils": (200, {"fake": "endorsement", "genuine": "notice"}, 0.1, "all"),
    "majority": (20, {"fake": "endorsement", "genuine": "notice"}, 0.3, "all"),
}


@pytest.mark.parametrize("attack", ATTACKS[1:])
def test_what_an_attack_claims(attack, attacked):
    n_reporters, said, share, among = SAID[attack]
    claims, listings = hostile(attack, attacked)
    names = [f"{attack}-{number + 1:03d}" for number in range(n_reporters)]
    assert sorted(set(claims["reporter"])) == names
    kinds = claims["label"].map({1: "fake", 0: "genuine"})
    assert set(zip(kinds, claims["event"], strict=True)) == set(said.items())
    chosen = {
        "all": listings["week"] > 0,
        "bags": listings["category"] == "bags",
        "fakes": listings["label"] == 1,
    }[among]
    assert set(claims["listing_id"]) <= set(listings[chosen]["listing_id"])
    assert claims["listing_id"].is_unique
    # Of the last weeks' listings some claims come too late.
    early = listings[chosen & (listings["week"] < 18)]["listing_id"]
    assert near(early.isin(claims["listing_id"]).sum(), len(early), share)
    assert claims["brand"].nunique() == 8


def test_sellers_object_to_most_notices_when_fakes_are_hidden(plain, attacked):
    shares = []
    for listings, events in (plain, attacked["hide"]):
        fakes = listings[(listings["label"] == 1) & (listings["week"] < 12)]["listing_id"]
        notices = events[(events["event"] == "notice") & events["listing_id"].isin(fakes)]
        verdicts = events[events["event"] == "verdict"].set_index("regards")["outcome"]
        stood = notices[notices["event_id"].map(verdicts).ne("rejected")]["event_id"]
        objected = events[events["event"] == "counter_notice"]["regards"]
        shares.append((stood.isin(objected).sum(), len(stood)))
    assert near(*shares[0], 0.05)
    assert near(*shares[1], 0.8)


def test_sybils_take_turns(attacked):
    counts = hostile("sybils", attacked)[0]["reporter"].value_counts()
    assert 1 <= counts.min() <= counts.max() <= 4


def test_a_majority_makes_most_claims_and_verdicts_wrong(attacked):
    listings, events = attacked["majority"]
    every = claims_of(events, listings)
    notices = every[every["event"] == "notice"]
    assert (~notices["right"]).mean() > 0.5
    verdicts = verdicts_of(events, listings)
    upheld = verdicts[verdicts["outcome"] == "upheld"]
    assert (~upheld["right"]).mean() > 0.9
    assert near((~verdicts["right"]).sum(), len(verdicts), 0.8 + 0.2 * 0.02)


def test_an_attack_may_be_as_large_as_asked_for():
    market = Market(weeks=8, attack="flip", attack_share=0.5, n_gold=10)
    listings, events = all_of(market)
    n = events["reporter"].eq("flip-001").sum()
    assert near(n, len(listings), 0.5)
    none = all_of(Market(weeks=8, attack="flip", attack_share=0.0, n_gold=10))[1]
    assert not none["reporter"].str.startswith("flip").any()
