import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from event_frames import day, event, framed, record
from fakedetect.errors import InputError
from fakedetect.outcomes import in_force, outcomes
from fakedetect.reporters import (
    AGREEMENT,
    PRIOR,
    SURE,
    SUSPENDED_BELOW,
    TRUSTED_FROM,
    TRUSTED_RATE,
    Programme,
    latest_claims,
    odds_of,
    programme,
    programme_names,
    records,
    summed,
    votes_of,
)

A, B = PRIOR
USUAL = A / (A + B)
AS_OF = 100
GOOD_FAITH = programme("good-faith")


def known(*rows, rules=GOOD_FAITH, as_of=AS_OF):
    found = outcomes(in_force(framed(*rows)))
    return records(found, day(as_of), rules)


def row_of(*rows, reporter="Söhne", **how):
    return known(*rows, **how).table.loc[reporter]


def countered(reporter, n):
    """Return notices that were ended by counter-notices."""
    rows = []
    for place in range(n):
        rows.append(event("notice", 50, f"countered-{place}", reporter))
        rows.append(event("counter_notice", 51, f"countered-{place}", outcome="accepted"))
    return rows


def mean(n_good, n_bad):
    return (A + n_good) / (A + B + n_good + n_bad)


def test_programmes_are_data():
    assert programme_names() == ("acceptance", "good-faith")
    assert programme("acceptance") == Programme(
        "acceptance",
        "at least 90 % of the notices decided in six months borne out",
        180, 10, 0.9, 1.0,
    )  # fmt: skip
    assert GOOD_FAITH[0] == "good-faith"
    assert GOOD_FAITH[2:] == (90, 10, 0.9, 0.05)
    for name in ("gold", "../programmes/acceptance", ""):
        with pytest.raises(InputError) as caught:
            programme(name)
        assert str(caught.value) == f"no programme {name!r}; there are acceptance, good-faith"


@pytest.mark.parametrize("name", programme_names())
def test_decisions_count_within_the_window(name):
    rules = programme(name)
    start = 200 - rules.window_days
    for decided, n in ((start - 1, 0), (start, 0), (start + 0.001, 1), (200, 1)):
        rows = [
            event("notice", start - 2, "l", "Söhne"),
            event("verdict", decided, "l", outcome="upheld"),
        ]
        found = row_of(*rows, rules=rules, as_of=200)
        assert (found["n_claims"], found["n_decided"], found["n_borne_out"]) == (1, n, n)


def test_claims_are_counted_once_and_after_what_came_of_them():
    rows = [
        *record("Söhne", 3, 1),
        *countered("Söhne", 2),
        event("notice", 60, "again", "Söhne"),
        event("notice", 61, "again", "Söhne"),
        event("removed", 62, "again"),
        event("verdict", 63, "again", outcome="upheld"),
        event("authentication", 64, "again", outcome="counterfeit"),
        event("notice", 65, "again", "Söhne"),
        event("endorsement", 66, "genuine", "Söhne"),
        event("authentication", 67, "genuine", outcome="genuine"),
        event("notice", 68, "open", "Söhne"),
    ]
    found = row_of(*rows)
    assert found["n_claims"] == 4 + 2 + 3 + 1 + 1
    assert (found["n_decided"], found["n_borne_out"], found["n_countered"]) == (8, 5, 2)


def test_rates_are_those_of_a_beta_posterior():
    rows = [*record("Söhne", 12, 3), *record("Söhne", 0, 4, n=60, reason="design")]
    rows += [*record("д", 1), event("notice", 70, "open", "none")]
    found = known(*rows)
    expected = {"Söhne": (12, 7), "д": (1, 0), "none": (0, 0)}
    assert list(found.table.index) == sorted(expected)
    reasons = {("Söhne", "counterfeit"): (12, 3), ("Söhne", "design"): (0, 4)}
    reasons[("д", "counterfeit")] = (1, 0)
    assert sorted(found.by_reason.index) == sorted(reasons)
    for table, counts in ((found.table, expected), (found.by_reason, reasons)):
        for key, (n_good, n_bad) in counts.items():
            row = table.loc[key]
            posterior = stats.beta(A + n_good, B + n_bad)
            assert (row["n_decided"], row["n_borne_out"]) == (n_good + n_bad, n_good)
            assert row["rate"] == pytest.approx(posterior.mean(), abs=1e-12)
            assert row["low"] == pytest.approx(posterior.ppf(0.025), abs=1e-9)
            assert row["high"] == pytest.approx(posterior.ppf(0.975), abs=1e-9)


@pytest.mark.parametrize("name", programme_names())
def test_who_qualifies(name):
    rules = programme(name)
    n = rules.least_decided
    least = math.ceil(rules.success_rate * n)
    for n_good, n_bad, lacks in (
        (least, n - least, ""),
        (n - 1, 0, "1 more decided"),
        (least - 1, n - least + 1, "8 of 10 borne out, not 90 %"),
        (5, 4, "1 more decided; 5 of 9 borne out, not 90 %"),
        (43, 5, "43 of 48 borne out, not 90 %"),
        (900, 100, ""),
        (899, 101, "899 of 1000 borne out, not 90 %"),
    ):
        found = row_of(*record("Söhne", n_good, n_bad), rules=rules)
        assert found["lacks"] == lacks
        assert (found["tier"] == "qualified") == (not lacks)


def test_accepted_counter_notices_keep_from_qualifying():
    for n_good, n_countered, lacks in (
        (19, 1, []),
        (18, 1, ["1 of 19 countered, over 5 %"]),
        (18, 2, ["2 of 20 countered, over 5 %"]),
        (7, 2, ["1 more decided", "7 of 9 borne out, not 90 %", "2 of 9 countered, over 5 %"]),
    ):
        rows = [*record("Söhne", n_good), *countered("Söhne", n_countered)]
        assert row_of(*rows)["lacks"] == "; ".join(lacks)
        lax = row_of(*rows, rules=programme("acceptance"))["lacks"]
        assert lax == "; ".join(each for each in lacks if "countered" not in each)


def test_who_is_trusted_before_qualifying():
    n = TRUSTED_FROM
    least = math.ceil(TRUSTED_RATE * (A + B + n) - A - 1e-9)
    assert row_of(*record("Söhne", least, n - least))["tier"] == "trusted"
    assert row_of(*record("Söhne", least - 1, n - least + 1))["tier"] == "new"
    assert row_of(*record("Söhne", n - 1))["tier"] == "new"
    assert row_of(event("notice", 1, "l", "Söhne"))["tier"] == "new"
    # A good record that does not qualify: too often countered.
    assert row_of(*record("Söhne", 18), *countered("Söhne", 2))["tier"] == "trusted"


def test_who_is_suspended():
    k = next(k for k in range(99) if stats.beta.cdf(SUSPENDED_BELOW, A, B + k) >= SURE)
    assert k > 2
    assert row_of(*record("Söhne", 0, k - 1))["tier"] == "new"
    found = row_of(*record("Söhne", 0, k))
    assert (found["tier"], found["lacks"]) == ("suspended", "is suspended")
    # No longer, once it is out of the window; but who waited for that is believed no more for it.
    later = known(*record("Söhne", 0, k), as_of=50 + 2 + GOOD_FAITH.window_days)
    assert later.table.loc["Söhne", "tier"] == "new"
    assert later.belief["Söhne"] < mean(0, k)


def test_an_honest_reporter_is_never_suspended():
    """Of 31 decided 29 are borne out; the two that are not come first."""
    rows = []
    for n in range(31):
        rows += record("Söhne", int(n > 1), int(n <= 1), n=n)
    tiers = [row_of(*rows[: 2 * n + 2])["tier"] for n in range(31)]
    assert "suspended" not in tiers
    assert tiers[-1] == "qualified"


def test_votes_are_log_odds():
    belief = np.array([0.0, 0.3, 0.5, 0.8, 0.98, 1.0])
    most = math.log(0.98 / 0.02)
    assert votes_of(belief) == pytest.approx([0, 0, 0, math.log(4), most, most])
    assert odds_of(belief) == pytest.approx(
        [-most, math.log(3 / 7), 0, math.log(4), most, most], abs=1e-12
    )


def test_new_reporters_together_speak_as_one():
    one = math.log(A / B)
    matters = pd.Series([7] * 51 + [8, 9, 9])
    votes = np.array([one] * 50 + [-2.0] + [-one] + [one, -one])
    is_new = np.array([True] * 50 + [False] + [True] * 3)
    total, settled = summed(matters, votes, is_new)
    assert total == pytest.approx([one - 2] * 51 + [-one, 0, 0])
    assert settled == pytest.approx([-2] * 51 + [0, 0, 0])
    assert [len(each) for each in summed(matters[:0], votes[:0], is_new[:0])] == [0, 0]


def test_last_claims_that_nobody_decided():
    rows = [
        event("notice", 1, "l", "b"), event("notice", 2, "l", "Söhne"),
        event("endorsement", 3, "l", "b"), event("notice", 4, "l", "c", reason="design"),
        event("notice", 5, "decided", "b"), event("verdict", 6, "decided", outcome="rejected"),
        event("notice", 7, "decided", "b"),
    ]  # fmt: skip
    found = latest_claims(outcomes(framed(*rows)))
    assert list(zip(found["reporter"], found["says"], strict=True)) == [
        ("Söhne", True), ("b", False),
    ]  # fmt: skip


def both(first="notice", second="notice", *, others=(), as_of=AS_OF):
    """Return beliefs of two who have a record, and make claims of the same open listing."""
    rows = [*record("Söhne", 11, 1), *record("b", 9), *others]
    rows += [event(first, 60, "open", "Söhne"), event(second, 61, "open", "b")]
    return known(*rows, as_of=as_of).belief


def test_agreement_adds_to_belief_and_disagreement_takes_from_it():
    # |2p - 1| of what the other is believed.
    sure = AGREEMENT * (2 * mean(9, 0) - 1)
    assert both()["Söhne"] == pytest.approx(mean(11 + sure, 1))
    assert both("endorsement", "endorsement")["Söhne"] == pytest.approx(mean(11 + sure, 1))
    assert both("endorsement")["Söhne"] == pytest.approx(mean(11, 1 + sure))
    assert both(second="endorsement")["Söhne"] == pytest.approx(mean(11, 1 + sure))
    sure = AGREEMENT * (2 * mean(11, 1) - 1)
    assert both()["b"] == pytest.approx(mean(9 + sure, 0))


def test_nobody_agrees_with_themselves():
    rows = [event("notice", 60 + n / 100, f"open {n // 2}", "Söhne") for n in range(60)]
    assert known(*rows).belief["Söhne"] == pytest.approx(USUAL)
    assert known(*rows, *record("Söhne", 11, 1)).belief["Söhne"] == pytest.approx(mean(11, 1))


def test_names_that_cost_nothing_move_nobody():
    crowd = []
    for n in range(50):
        crowd.append(event("notice", 62, f"open {n}", "Söhne"))
        crowd += [event("endorsement", 63, f"open {n}", f"new {k}") for k in range(3)]
    alone = known(*record("Söhne", 11, 1)).belief["Söhne"]
    assert known(*record("Söhne", 11, 1), *crowd).belief["Söhne"] == alone
    # Nor anybody who has none yet, such as an owner whose notices are all open.
    assert known(*crowd).belief["Söhne"] == pytest.approx(USUAL)
    # But who has a record tells of them.
    found = known(*record("Söhne", 11, 1), *crowd).belief
    assert found["new 0"] < 0.5 < USUAL
    agree = [event("notice", 62, f"open {n}", name) for n in range(9) for name in ("Söhne", "new")]
    assert known(*record("Söhne", 11, 1), *agree).belief["new"] > USUAL


def test_who_is_suspended_is_not_believed_and_tells_nothing_of_others():
    says = event("endorsement", 62, "open", "liar")
    for liar in (
        record("liar", 0, 40),
        # Nor after many that were borne out before the window.
        [*record("liar", 90, n=1), *record("liar", 0, 40, n=60)],
    ):
        found = both(others=[*liar, says], as_of=130)
        assert found["Söhne"] == both(others=liar, as_of=130)["Söhne"]
        assert found["liar"] <= 0.5


def test_new_reporters_are_believed_as_far_as_all_of_them_were_right():
    crowd = [row for n in range(20) for row in record(f"new {n}", 0, 2)]
    assert known(*crowd, event("notice", 60, "open", "李")).belief["李"] == pytest.approx(
        mean(0, 40)
    )
    # Buyers are not told of by them.
    found = known(*crowd, event("complaint", 60, "open", "acheteur")).belief
    assert found["acheteur"] == pytest.approx(USUAL)
    good = known(*crowd, *record("Söhne", 11, 1)).belief
    assert good["Söhne"] == pytest.approx(mean(11, 1))


def test_belief_is_about_counterfeits_alone():
    rows = record("Söhne", 0, 5, reason="design")
    assert known(*rows).belief["Söhne"] == pytest.approx(USUAL)
    assert known(*rows).table.loc["Söhne", "rate"] == mean(0, 5)


@pytest.mark.parametrize("rows", [[], [event("listed", 1, "l")], [event("removed", 1, "l")]])
def test_without_claims_there_are_no_records(rows):
    empty, usual = known(*rows), known(*record("Söhne", 1))
    for name in ("table", "by_reason"):
        expected = getattr(usual, name).dtypes.astype(str).to_dict()
        assert getattr(empty, name).dtypes.astype(str).to_dict() == expected
        assert len(getattr(empty, name)) == 0
    assert len(empty.belief) == 0
    assert empty.programme == GOOD_FAITH
