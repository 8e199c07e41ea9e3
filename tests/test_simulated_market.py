import math

import pytest

from fakedetect.errors import InputError
from fakedetect.simulated_market import Market, grammar


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weeks": 0}, "weeks 0 is not a whole number from 1 to 520"),
        ({"weeks": True}, "weeks True is not a whole number from 1 to 520"),
        (
            {"listings_per_week": 2.5},
            "listings_per_week 2.5 is not a whole number from 1 to 1000000",
        ),
        ({"n_brands": 25}, "n_brands 25 is not a whole number from 1 to 24"),
        ({"n_sellers": 19}, "n_sellers 19 is not a whole number from 20 to 1000000"),
        ({"seed": -1}, "seed -1 is not a whole number from 0 to 9223372036854775807"),
        ({"prevalence": 0}, "prevalence 0 is not a number from 0.01 to 0.9"),
        ({"decided": math.nan}, "decided nan is not a number from 0 to 1"),
        ({"drift": "schnell"}, "drift 'schnell' is not a number from 0 to 1"),
        ({"honest_error": 1}, "honest_error 1 is not a number from 0 to 0.9"),
        (
            {"attack": "flüp"},
            "attack 'flüp' is none of none, flip, smear, hide, sybils, majority",
        ),
        (
            {"attack_share": 0.1},
            "attack_share 0.1 without an attack; name one of flip, smear, hide, sybils, majority",
        ),
        ({"attack": "flip", "attack_share": 2}, "attack_share 2 is not a number from 0 to 1"),
        (
            {"start": "2024-01-02"},
            "start '2024-01-02' is not the date of a Monday, like 2024-01-01",
        ),
        ({"start": "März"}, "start 'März' is not the date of a Monday, like 2024-01-01"),
        ({"start": None}, "start None is not the date of a Monday, like 2024-01-01"),
        (
            {"start": "2999-12-30"},
            "20 weeks from 2999-12-30 on have not passed yet; start earlier",
        ),
        (
            {"weeks": 2},
            "n_gold 200 is more than 90, the listings of the rarer kind; pass n_gold=90 or less"
            " (--gold 90), or more weeks or listings",
        ),
    ],
)
def test_what_is_not_accepted_is_said(settings, message):
    with pytest.raises(InputError) as info:
        Market(**settings)
    assert str(info.value) == message


def test_what_is_said_to_pass_is_accepted():
    assert Market(weeks=2, n_gold=90).n_gold == 90
    assert Market(weeks=2, prevalence=0.9, n_gold=60).n_gold == 60
    with pytest.raises(InputError, match=r"^n_gold 61 is more than 60, the listings of the rarer"):
        Market(weeks=2, prevalence=0.9, n_gold=61)
    with pytest.raises(InputError, match=r"^6 weeks from 2999-12-30 on have not passed yet; "):
        Market(weeks=6, start="2999-12-30")


def test_there_are_as_many_brands_as_may_be_asked_for():
    assert len(set(Market(n_brands=24).brands)) == len(grammar()["brands"]) == 24
    assert Market(n_brands=3).brands == ("Velmora", "Brölanth", "Kettaro")


def test_the_first_brands_contribute():
    assert Market().contributors == ("Velmora", "Brölanth", "Kettaro", "Chronvald")
    assert Market(contributing=0.0).contributors == ()
    assert Market(contributing=1.0).contributors == Market().brands


@pytest.mark.parametrize(
    ("n", "came"), [(0, [0] * 6), (4, [0, 0, 1, 2, 3, 4]), (10, [0, 2, 4, 6, 8, 10])]
)
def test_what_comes_evenly_has_come_by_the_end(n, came):
    market = Market(weeks=5, n_gold=0)
    assert [market.come(n, number) for number in range(6)] == came


def test_a_market_starts_at_midnight_in_utc_and_counts_its_fakes():
    assert Market().start_s == 1_704_067_200
    assert Market(prevalence=0.151, weeks=1, n_gold=0).n_fakes == 45
