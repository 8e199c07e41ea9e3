import math

import numpy as np
import pandas as pd
import pytest

from event_frames import day, event, framed, muddle, record
from fakedetect.events import COLUMNS, KINDS
from fakedetect.ledger_labels import (
    CLAIMED,
    DENIED,
    DISPUTED,
    DONE,
    MATURE_DAYS,
    MOST_OF_NEW,
    MOST_OF_ONE,
    OTHER,
    RIGHT,
    SILENT,
    UNASKED,
    UNREPORTED,
    UNWATCHED,
    UNWATCHED_WHY,
    YOUNG,
    Policy,
    labels_as_of,
    snapshots,
)
from fakedetect.reporters import PRIOR, programme

POLICY = Policy(programme("good-faith"))
FREE = POLICY._replace(most_of_one=1.0, most_of_new=1.0)
AS_OF = 100
NEW = PRIOR[0] / sum(PRIOR)
HONEST, MORE_HONEST = ((PRIOR[0] + n) / (sum(PRIOR) + n) for n in (20, 21))
# Somebody with a record, who makes the brand Zoë a watched one.
HONEST_ROWS = record("honest", 20)


def labelled(*rows, as_of=AS_OF, policy=POLICY):
    return labels_as_of(framed(*rows), day(as_of), policy)


def table_of(*rows, **how):
    return labelled(*rows, **how).table


def one(*rows, **how):
    """Return label, weight and why of the listing ``l``, None where it has no label."""
    row = table_of(*rows, **how).loc["l"]
    return None if np.isnan(row["label"]) else row["label"], row["weight"], row["why"]


def here(kind, n, reporter="", **cells):
    return event(kind, n, "l", reporter, **cells)


def odds(belief):
    return math.log(belief / (1 - belief))


def sure(*beliefs):
    """Return |2p - 1| of opinions together."""
    return math.tanh(abs(sum(map(odds, beliefs))) / 2)


def same(first, second):
    """Raise unless labels are the same in all they hold."""
    pd.testing.assert_frame_equal(first.table, second.table)
    pd.testing.assert_series_equal(first.gold, second.gold)
    pd.testing.assert_frame_equal(first.records.table, second.records.table)
    pd.testing.assert_frame_equal(first.records.by_reason, second.records.by_reason)
    pd.testing.assert_series_equal(first.records.belief, second.records.belief)
    assert first.as_of == second.as_of


def test_what_counts_for_more_where_events_disagree():
    rows = [here("listed", 1)]
    ladder = [
        (here("notice", 2, "honest"), (1, CLAIMED)),
        (here("removed", 3), (1, "removed after a notice")),
        (here("reinstated", 4), (0, "reinstated")),
        (here("verdict", 5, outcome="upheld"), (1, "notice upheld")),
        (here("counter_notice", 6, outcome="accepted"), (0, "counter-notice accepted")),
        (here("authentication", 7, outcome="counterfeit"), (1, "authenticated as counterfeit")),
        (here("verdict", 8, outcome="rejected"), (1, "authenticated as counterfeit")),
        (here("authentication", 9, outcome="inconclusive"), (1, "authenticated as counterfeit")),
        (here("authentication", 10, outcome="genuine"), (0, "authenticated as genuine")),
    ]
    assert one(*HONEST_ROWS, here("listed", 1, brand="Zoë")) == (0, UNREPORTED, SILENT)
    for row, expected in ladder:
        rows.append(row)
        found = one(*HONEST_ROWS, *rows)
        assert (found[0], found[2]) == expected


def test_decisions_weigh_as_much_as_all_who_spoke_are_sure():
    upheld, asked = here("verdict", 3, outcome="upheld"), here("notice", 2, "honest")
    assert one(upheld)[1] == pytest.approx(2 * RIGHT - 1)
    assert one(*HONEST_ROWS, asked, upheld)[1] == pytest.approx(sure(RIGHT, MORE_HONEST))
    rejected = here("verdict", 3, outcome="rejected")
    assert one(*HONEST_ROWS, asked, rejected)[1] < 2 * RIGHT - 1
    vouched = one(*HONEST_ROWS, here("endorsement", 2, "honest"), rejected)[1]
    assert vouched == pytest.approx(sure(RIGHT, MORE_HONEST))
    removed = one(*HONEST_ROWS, asked, here("removed", 3))[1]
    assert removed == pytest.approx(sure(DONE, MORE_HONEST))
    # A reporter who is nearly always wrong, and once right by the verdict.
    liar = [*record("liar", 0, 200), here("notice", 2, "liar")]
    assert one(*liar, upheld)[1] < 0.2
    assert one(*liar, here("authentication", 3, outcome="counterfeit"))[1] == 1
    assert one(*liar, rejected)[1] == pytest.approx(2 * RIGHT - 1)
    # Joining in takes nothing from who is believed.
    both = one(*HONEST_ROWS, asked, *liar, upheld)[1]
    assert both == pytest.approx(one(*HONEST_ROWS, asked, upheld)[1])


@pytest.mark.parametrize("mature_days", [MATURE_DAYS, 3])
def test_silence_tells_after_some_time(mature_days):
    policy = POLICY._replace(mature_days=mature_days)
    seen = AS_OF - mature_days
    assert one(here("listed", seen), policy=policy) == (0, UNWATCHED, UNWATCHED_WHY)
    assert one(here("listed", seen + 0.001), policy=policy) == (None, 0, YOUNG)
    # The first time counts.
    again = [here("sale", seen), here("listed", seen + 1)]
    assert one(*again, policy=policy) == (0, UNWATCHED, UNWATCHED_WHY)


def test_brands_are_watched_by_who_is_trusted():
    listing = here("listed", 1, brand="Zoë")
    new = [event("notice", 50, f"n{n}", f"new {n}") for n in range(50)]
    assert one(listing, *new) == (0, UNWATCHED, UNWATCHED_WHY)
    assert one(listing, *new, *HONEST_ROWS) == (0, UNREPORTED, SILENT)
    assert one(here("listed", 1, brand="Élan"), *HONEST_ROWS) == (0, UNWATCHED, UNWATCHED_WHY)
    assert one(here("listed", 1), *HONEST_ROWS) == (0, UNWATCHED, UNWATCHED_WHY)
    policy = POLICY._replace(unreported=0.5, unwatched=0.25)
    assert one(listing, *HONEST_ROWS, policy=policy)[1] == 0.5
    assert one(listing, policy=policy)[1] == 0.25


def test_a_removal_without_a_notice_is_no_label():
    rows = [here("listed", 1), here("removed", 2)]
    assert one(*rows) == (None, 0, UNASKED)
    assert one(*rows, here("reinstated", 3)) == (0, UNWATCHED, UNWATCHED_WHY)
    assert one(*rows, here("notice", 3, "honest"), *HONEST_ROWS)[2] == CLAIMED


@pytest.mark.parametrize("reason", ["trademark", "other"])
def test_other_reasons_give_no_label_unless_they_are_refuted(reason):
    listing, about = here("listed", 1), {"reason": reason}
    asked = here("notice", 2, "b", **about)
    upheld, rejected = (here("verdict", 3, outcome=each) for each in ("upheld", "rejected"))
    nothing, silent = (None, 0, OTHER), (0, UNWATCHED, UNWATCHED_WHY)
    assert one(listing, asked) == nothing
    assert one(listing, asked, upheld) == nothing
    assert one(listing, asked, rejected) == silent
    assert one(listing, asked, rejected, here("notice", 4, "c", **about)) == silent
    assert one(listing, upheld | about) == nothing
    assert one(listing, asked, here("removed", 3)) == nothing
    assert one(listing, asked, *record("b", 0, 40)) == silent  # who is suspended
    assert one(listing, asked, here("authentication", 4, outcome="genuine"))[0] == 0
    assert (
        one(listing, asked, upheld, here("verdict", 4, outcome="upheld", reason="counterfeit"))[0]
        == 1
    )


def test_claims_that_nobody_decided():
    asked, vouched = here("notice", 95, "b"), here("endorsement", 96, "c")
    assert one(asked, policy=FREE) == (1, pytest.approx(sure(NEW)), CLAIMED)
    assert one(vouched, policy=FREE) == (0, pytest.approx(sure(NEW)), DENIED)
    assert one(asked, vouched, policy=FREE) == (None, 0, DISPUTED)
    assert one(here("complaint", 95, "b"), policy=FREE)[2] == CLAIMED
    # The last word of each counts.
    assert one(asked, here("endorsement", 96, "b"), policy=FREE)[2] == DENIED
    strong = here("notice", 95, "honest"), *HONEST_ROWS
    assert one(*strong, policy=FREE)[1] == pytest.approx(sure(HONEST))
    # Nobody has a say of it that is not believed.
    liar = record("b", 0, 40)
    assert one(here("listed", 1), asked, *liar) == (0, UNWATCHED, UNWATCHED_WHY)
    assert one(asked, *liar) == (None, 0, YOUNG)


def test_disputes_have_no_weight_also_where_silence_has():
    rows = [here("listed", 1, brand="Zoë"), here("notice", 95, "b"), here("endorsement", 96, "c")]
    assert one(*rows, *HONEST_ROWS) == (None, 0, DISPUTED)
    assert table_of(*rows).loc["l", "reporter"] == ""


def test_endorsements_make_silence_no_less_telling():
    rows = [here("listed", 1, brand="Zoë"), here("endorsement", 96, "c"), *HONEST_ROWS]
    assert one(*rows) == (0, UNREPORTED, DENIED)


def test_a_crowd_of_new_reporters_is_one():
    crowd = [here("notice", 90 + n / 100, f"new {n}") for n in range(50)]
    assert one(*crowd, policy=FREE)[1] == pytest.approx(sure(NEW))
    against = here("endorsement", 95, "honest"), *HONEST_ROWS
    assert one(*crowd, *against, policy=FREE)[::2] == (0, DENIED)


def test_whom_an_undecided_label_rests_on():
    asked = here("notice", 95, "honest"), *HONEST_ROWS
    for more, expected in (
        ([], "honest"),
        ([here("endorsement", 96, "new")], "honest"),
        ([here("notice", 96, "new")], ""),
        ([here("verdict", 96, outcome="upheld")], ""),
    ):
        assert table_of(*asked, *more).loc["l", "reporter"] == expected


def shares(*rows):
    """Return the weights of undecided and of all suspected listings, by the reporter."""
    table = table_of(*rows)
    table = table[table["label"] == 1]
    undecided = table[table["why"] == CLAIMED].groupby("reporter")["weight"].sum()
    return undecided, table["weight"].sum()


@pytest.mark.parametrize("n", [1, 40, 2000])
def test_undecided_claims_of_one_reporter_are_few(n):
    rows = [event("notice", 90, f"open-{k}", "honest") for k in range(n)]
    [of_one], total = shares(*HONEST_ROWS, *rows)
    decided = 20 * sure(RIGHT, HONEST)
    uncut = n * sure(HONEST)
    assert total == pytest.approx(decided + of_one)
    assert of_one == pytest.approx(min(uncut, decided * MOST_OF_ONE / (1 - MOST_OF_ONE)))


@pytest.mark.parametrize("n", [1, 40, 2000])
def test_undecided_claims_of_all_new_reporters_are_few(n):
    rows = [event("notice", 90, f"open-{k}", f"new-{k % 70}") for k in range(n)]
    undecided, total = shares(*HONEST_ROWS, *rows)
    decided = 20 * sure(RIGHT, HONEST)
    assert undecided.sum() == pytest.approx(
        min(n * sure(NEW), decided * MOST_OF_NEW / (1 - MOST_OF_NEW))
    )
    assert total == pytest.approx(decided + undecided.sum())


def test_several_reporters_have_no_more_than_their_shares():
    names = ["a", "b", "c"]
    rows = [row for name in names for row in record(name, 20)]
    for place, name in enumerate(names):
        rows += [event("notice", 90, f"{name}-{k}", name) for k in range((1, 200, 3000)[place])]
    rows += [event("notice", 91, f"new-{k}", f"new-{k % 9}") for k in range(1000)]
    undecided, total = shares(*rows)
    few = undecided[names]
    assert few["a"] == pytest.approx(sure(HONEST))
    assert few["b"] == pytest.approx(few["c"])
    assert few["b"] <= MOST_OF_ONE * total
    # As much as may be: the share is of all but what new ones say.
    new = undecided.drop(names).sum()
    assert few["b"] == pytest.approx(MOST_OF_ONE * (total - new))
    assert new == pytest.approx(MOST_OF_NEW * total)


def test_undecided_claims_alone_weigh_nothing():
    assert one(here("notice", 95, "b")) == (1, 0, CLAIMED)


def test_gold_is_in_no_other_label_and_the_latest_counts():
    rows = [
        here("notice", 51, "b"), here("verdict", 52, outcome="upheld"), here("listed", 53),
        here("gold", 54, outcome="counterfeit"), here("gold", 55, outcome="genuine"),
        event("gold", 56, "золото", outcome="counterfeit"), event("listed", 56, "ä"),
    ]  # fmt: skip
    found = labelled(*rows)
    assert list(found.table.index) == ["ä"]
    assert found.gold.to_dict() == {"l": False, "золото": True}
    assert found.gold.dtype == bool
    assert labelled(*rows, as_of=54).gold.to_dict() == {"l": True}
    # Records are what they were.
    assert found.records.table.loc["b", "n_borne_out"] == 1


def test_sellers_brands_and_times_are_as_the_platform_saw_them():
    rows = [
        here("notice", 1, "b", brand="said", seller="alleged"),
        here("listed", 2, brand="Zoë", seller="Müller"),
        here("listed", 3, brand="later", seller="later"),
        event("notice", 4, "ä", "b", brand="Élan", seller="李"),
        event("sale", 5, "б"),
    ]
    found = table_of(*rows)
    assert list(found.index) == ["l", "ä", "б"]
    assert list(found["brand"]) == ["Zoë", "Élan", ""]
    assert list(found["seller"]) == ["Müller", "李", ""]
    assert list(found["seen"]) == [day(1), day(4), day(5)]


def test_snapshots_are_what_the_platform_saw_last():
    texts = [
        event("listed", 1, "ä", title="first"), event("listed", 3, "ä"),
        event("listed", 2, "ä", title="月光版", description="d"),
        event("notice", 4, "ä", "b", title="alleged"),
        event("notice", 5, "b", "b", title="said first"),
        event("notice", 6, "b", "c", title="later"),
        event("notice", 6, "c", "c", title="alleged"),
        event("gold", 7, "c", outcome="genuine", description="only"), event("sale", 8, "none"),
    ]  # fmt: skip
    assert snapshots(framed(*texts, texts=True)).to_dict("index") == {
        "b": {"title": "said first", "description": ""},
        "c": {"title": "", "description": "only"},
        "ä": {"title": "月光版", "description": "d"},
    }
    for rows in ([], [here("sale", 1)]):
        found = snapshots(framed(*rows, texts=True))
        assert (len(found), list(found.columns)) == (0, ["title", "description"])


@pytest.mark.parametrize("seed", range(5))
def test_whoever_is_revoked_was_never_there(seed):
    rows = [*muddle(seed), *record("honest", 12, n=20), *record("Söhne", 9, 3, n=20)]
    revoked = labelled(*rows, event("revoke", 199, reporter="Söhne"), as_of=200)
    gone = {row.get("event_id") for row in rows if row["reporter"] == "Söhne"}
    never = [
        row for row in rows if row["reporter"] != "Söhne" and row.get("regards", 0) not in gone
    ]
    assert len(never) < len(rows) - 40
    same(revoked, labelled(*never, as_of=200))
    before = labelled(*rows, event("revoke", 199, reporter="Söhne"), as_of=198)
    same(before, labelled(*rows, as_of=198))
    assert not before.table.equals(revoked.table)


@pytest.mark.parametrize("seed", range(5))
def test_a_pure_fold(seed):
    rows = muddle(seed)
    found = labelled(*rows)
    same(found, labelled(*rows))
    same(found, labelled(*rows[::-1]))
    same(found, labelled(*sorted(rows, key=lambda row: row["event_id"])))
    same(found, labelled(*[row for row in rows if pd.Timestamp(row["time"]) <= day(AS_OF)]))
    assert found.table["why"].nunique() > 5
    weights, has = found.table["weight"], found.table["label"].notna()
    assert weights.between(0, 1).all()
    assert (weights[~has] == 0).all()
    assert set(found.table["label"].dropna()) == {0, 1}


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_a_single_event_or_none_gives_the_usual_columns(kind):
    cells = {"outcome": KINDS[kind].outcomes[0], "reporter": "д"} if kind else {}
    rows = [event(kind, 1, "" if kind == "revoke" else "ä", **cells)] if kind else []
    found, usual = labelled(*rows), labelled(*HONEST_ROWS, event("gold", 1, "ä", outcome="genuine"))
    assert found.table.dtypes.astype(str).to_dict() == usual.table.dtypes.astype(str).to_dict()
    assert found.gold.dtype == usual.gold.dtype
    assert list(found.table.index) == ([] if kind in {None, "gold", "revoke"} else ["ä"])
    assert list(framed(*rows, texts=True).columns) == list(COLUMNS)
