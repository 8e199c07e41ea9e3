import math
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from fakedetect.simulated_listings import Listings
from fakedetect.simulated_market import Market

WORD = re.compile(r"[^\W\d_]+")


def listings_of(market):
    """Return all listings, with their week."""
    made, numbers = Listings(market), range(1, market.weeks + 1)
    rows = [
        listing.row() | {"week": number} for number in numbers for listing in made.of_week(number)
    ]
    return pd.DataFrame(rows)


def near(n_hits, n, share):
    """Return whether so many hits may come of so many independent draws, at five deviations."""
    return abs(n_hits - share * n) <= 5 * math.sqrt(n * share * (1 - share)) + 1


@pytest.fixture(scope="module")
def plain():
    return listings_of(Market())


def test_as_many_listings_and_fakes_as_asked_for(plain):
    assert list(plain.columns[:-1]) == [
        "listing_id", "listed", "seller", "brand", "category", "title", "description", "label",
        "ring",
    ]  # fmt: skip
    assert plain.groupby("week").size().tolist() == [300] * 20
    assert plain.groupby("week")["label"].sum().tolist() == [45] * 20
    assert plain["listing_id"].tolist() == [f"l{number:07d}" for number in range(1, 6001)]
    assert plain["listed"].is_monotonic_increasing
    assert set(plain["brand"]) == set(Market().brands)
    assert plain["category"].nunique() == 6
    assert {"ö", "Ñ", "é", "í"} <= set(" ".join(plain["title"] + plain["description"]))


def test_a_week_need_not_hold_a_fake():
    market = Market(weeks=30, listings_per_week=7, prevalence=0.1, n_gold=0)
    fakes = listings_of(market).groupby("week")["label"].sum()
    assert fakes.sum() == market.n_fakes == 21
    assert set(fakes) == {0, 1}


def test_authorised_sellers_sell_their_brand_mostly_and_no_fakes():
    made = Listings(Market(weeks=1, listings_per_week=3000, n_gold=0)).of_week(1)
    authorised = {listing.seller: listing.brand for listing in made if listing.is_authorised}
    theirs = [listing for listing in made if listing.seller in authorised]
    assert not any(listing.is_fake or listing.ring for listing in theirs)
    # One in eight of the others' goods happens to be of the brand as well.
    n_own = sum(listing.brand == authorised[listing.seller] for listing in theirs)
    assert near(n_own, len(theirs), 0.8 + 0.2 / 8)


def test_many_brands_and_few_sellers():
    listings = listings_of(Market(weeks=1, n_brands=24, n_sellers=20, n_gold=0))
    assert listings["brand"].nunique() == 24
    assert listings["ring"].nunique() == 2


def words_said(texts):
    return set(WORD.findall(" ".join(texts).lower()))


def own_words(listings, week):
    """Return words that a week's fakes say, and its genuine listings do not."""
    rows = listings[listings["week"] == week]
    texts = rows["title"] + " " + rows["description"]
    is_fake = rows["label"] == 1
    return words_said(texts[is_fake]) - words_said(texts[~is_fake])


def test_wording_drifts(plain):
    left = []
    for drift in (0.0, 0.1, 0.5):
        listings = plain if drift == 0.1 else listings_of(Market(drift=drift))
        first, last = own_words(listings, 1), own_words(listings, 20)
        left.append(len(first & last) / len(first))
    assert left[0] > 2 * left[1] > 4 * left[2]


def test_a_brand_s_fakes_have_nicknames_of_their_own():
    listings = listings_of(Market(drift=0.0))
    fakes = listings[(listings["label"] == 1) & (listings["ring"] == "")]
    said = {brand: words_said(rows["description"]) for brand, rows in fakes.groupby("brand")}
    others = {one: set().union(*(said[two] for two in said if two != one)) for one in said}
    for brand, words in said.items():
        n = Counter(
            word
            for text in fakes[fakes["brand"] == brand]["description"]
            for word in words_said([text]) & (words - others[brand])
        )
        assert sum(count >= 3 for count in n.values()) >= 2


def test_rings_list_again_and_share_words(plain):
    listings = plain
    assert set(listings["ring"]) == {"", *(f"ring-{number}" for number in range(1, 6))}
    by_seller = listings.groupby("seller")["ring"].nunique()
    assert (by_seller == 1).all()
    fakes = listings[listings["label"] == 1]
    copies = fakes[fakes.duplicated(["title", "description"], keep=False)]
    assert (copies["ring"] != "").mean() > 0.95
    assert near(fakes.duplicated(["title", "description"]).sum(), (fakes["ring"] != "").sum(), 0.3)
    shared = copies.groupby(["title", "description"])
    assert shared["seller"].nunique().max() > 1
    assert (shared["ring"].nunique() == 1).all()
    assert listings[listings["label"] == 1]["seller"].nunique() <= 40


def test_evasion_begins_half_way():
    market = {"weeks": 10, "n_gold": 10, "seed": 2}
    before, after = (listings_of(Market(evasion=share, **market)) for share in (0.0, 1.0))
    changed = (before["title"] + before["description"]) != (after["title"] + after["description"])
    assert before.drop(columns=["title", "description"]).equals(
        after.drop(columns=["title", "description"])
    )
    assert set(before[changed]["label"]) == {1}
    assert before[changed]["week"].min() == 6
    late = (before["week"] > 6) & (before["label"] == 1)
    assert 0.6 < changed[late].mean() < 0.9  # others claim nothing
    half = listings_of(Market(evasion=0.5, **market))
    some = (before["title"] + before["description"]) != (half["title"] + half["description"])
    assert 0.3 < some[late].sum() / changed[late].sum() < 0.7


@pytest.mark.slow
def test_a_model_learns_what_it_is_shown():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import average_precision_score

    listings = listings_of(Market(seed=1))
    texts = listings["title"] + " " + listings["description"]
    X = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True).fit_transform(texts)

    def judged(shown, asked):
        model = LogisticRegression(C=10, max_iter=300)
        model.fit(X[np.flatnonzero(shown)], listings["label"][shown])
        scores = model.decision_function(X[np.flatnonzero(asked)])
        return average_precision_score(listings["label"][asked], scores)

    half = np.arange(len(listings)) % 2 == 0
    assert 0.7 < judged(half, ~half) < 0.9
    week, ours = listings["week"], listings["brand"].isin(Market().contributors)
    assert judged(week <= 2, week == 3) > 1.3 * judged(week <= 2, week >= 19)
    for brands in (ours, ~ours):
        own, others = (judged(each & half, brands & ~half) for each in (brands, ~brands))
        assert own > others + 0.05
