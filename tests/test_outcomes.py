import random

import numpy as np
import pandas as pd
import pytest

from event_frames import day, event, framed, muddle
from fakedetect.events import KINDS
from fakedetect.outcomes import ACTED, AUTHENTICATED, JUDGED, WHY, in_force, outcomes

LISTING = "Tasche-ä"


def here(kind, n, reporter="", **cells):
    return event(kind, n, LISTING, reporter, **cells)


def notice(n, reporter="Söhne", **cells):
    return here("notice", n, reporter, **cells)


def verdict(n, outcome="upheld", **cells):
    return here("verdict", n, outcome=outcome, **cells)


def objected(n, outcome="accepted"):
    return here("counter_notice", n, outcome=outcome)


def examined(n, outcome="counterfeit"):
    return here("authentication", n, outcome=outcome)


def told(*rows):
    return outcomes(in_force(framed(*rows)))


def decided(*rows):
    """Return what is decided: says and why, by reason."""
    table = told(*rows).decisions
    assert (table["listing_id"] == LISTING).all()
    return {
        row.reason: (bool(row.says), WHY[row.why]) for row in table.sort_values("time").itertuples()
    }


def results(*rows):
    """Return who claimed, what came of it, and whether it was countered."""
    claims = told(*rows).claims
    assert claims["decided"].isna().equals(claims["result"].isna())
    found = claims["result"].astype(object).fillna("open")
    return list(zip(claims["reporter"], found, claims["countered"], strict=True))


@pytest.mark.parametrize(
    ("rows", "says", "why"),
    [
        ([examined(1), verdict(2, "rejected")], True, "authenticated as counterfeit"),
        ([examined(1, "genuine"), notice(2), verdict(3)], False, "authenticated as genuine"),
        ([examined(1, "genuine"), examined(2)], True, "authenticated as counterfeit"),
        ([examined(2, "genuine"), examined(1)], False, "authenticated as genuine"),
        ([examined(1, "genuine"), examined(2, "inconclusive")], False, "authenticated as genuine"),
        ([verdict(1), examined(2, "inconclusive")], True, "notice upheld"),
        ([verdict(1), verdict(2, "rejected")], False, "notice rejected"),
        ([verdict(2), verdict(1, "rejected")], True, "notice upheld"),
        ([verdict(1), objected(2)], False, "counter-notice accepted"),
        ([objected(1), verdict(2)], True, "notice upheld"),
        ([verdict(1), objected(2, "rejected")], True, "notice upheld"),
        ([verdict(1), objected(2, "")], True, "notice upheld"),
        ([notice(1), verdict(2), here("removed", 3), here("reinstated", 4)], True, "notice upheld"),
        ([notice(1), verdict(2, "rejected"), here("removed", 3)], False, "notice rejected"),
        ([notice(1), here("removed", 2)], True, "removed after a notice"),
        ([here("complaint", 1), here("removed", 2)], True, "removed after a notice"),
        ([notice(1), here("removed", 1)], True, "removed after a notice"),
        ([notice(1), here("removed", 2), here("reinstated", 3)], False, "reinstated"),
        ([notice(1), here("removed", 2), here("reinstated", 3), here("removed", 4)], True,
         "removed after a notice"),
    ],
)  # fmt: skip
def test_which_decision_stands(rows, says, why):
    assert decided(*rows) == {"counterfeit": (says, why)}


@pytest.mark.parametrize(
    "rows",
    [
        [here("removed", 1)],
        [here("removed", 1), here("reinstated", 2)],
        [here("removed", 1), notice(2)],
        [here("endorsement", 1, "b"), here("removed", 2)],
        [notice(1), event("removed", 2, "another")],
        [notice(1, reason="trademark"), here("removed", 2, reason="counterfeit")],
        [notice(1), objected(2, "")],
        [notice(1), examined(2, "inconclusive")],
        [here("sale", 1), here("listed", 2), here("complaint", 3)],
    ],
)
def test_what_decides_nothing(rows):
    assert decided(*rows) == {}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([verdict(1)], "counterfeit"),
        ([notice(1, reason="design"), verdict(2)], "design"),
        ([notice(1, reason="design"), notice(2, reason="patent"), verdict(3)], "patent"),
        ([notice(1, reason="design"), verdict(2), notice(3, reason="patent")], "design"),
        ([notice(1, reason="design", event_id="a"), notice(2), verdict(3, regards="a")], "design"),
        ([notice(1, reason="design"), verdict(2, reason="other")], "other"),
        ([verdict(1, regards="a"), notice(2, reason="design", event_id="a")], "design"),
        ([event("notice", 1, "another", "b", reason="design"), verdict(2)], "counterfeit"),
        ([here("complaint", 1, "b", reason="design"), verdict(2)], "counterfeit"),
        ([notice(1, reason="design"), here("removed", 2)], "design"),
        ([notice(1, reason="design"), objected(2)], "design"),
        ([notice(1, reason="design"), examined(2, "genuine")], "counterfeit"),
    ],
)  # fmt: skip
def test_what_a_decision_is_about(rows, expected):
    assert list(decided(*rows)) == [expected]


def test_each_reason_is_a_matter_of_its_own():
    rows = [notice(1, reason="trademark"), notice(2), verdict(3, "rejected", reason="trademark")]
    assert decided(*rows, here("removed", 4)) == {
        "trademark": (False, "notice rejected"),
        "counterfeit": (True, "removed after a notice"),
    }


def test_complaints_and_endorsements_are_about_counterfeits_unless_they_say_so():
    rows = [notice(1, reason="trademark"), here("complaint", 2, "b"), here("endorsement", 3, "c")]
    claims = told(*rows, here("complaint", 4, "d", reason="copyright")).claims
    assert list(claims["reason"]) == ["trademark", "counterfeit", "counterfeit", "copyright"]
    assert list(claims["says"]) == [True, True, False, True]


def test_ranks_and_times_of_decisions():
    rows = [
        event("notice", 1, "a", "x"), event("removed", 2, "a"), event("reinstated", 3, "a"),
        event("verdict", 4, "b", outcome="upheld"), event("removed", 5, "b"),
        event("authentication", 6, "c", outcome="genuine"), event("removed", 7, "c"),
    ]  # fmt: skip
    found = told(*rows).decisions.set_index("listing_id")
    assert found["rank"].to_dict() == {"a": ACTED, "b": JUDGED, "c": AUTHENTICATED}
    assert found["time"].to_dict() == {"a": day(3), "b": day(4), "c": day(6)}
    assert JUDGED > ACTED
    assert AUTHENTICATED > JUDGED


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([notice(1), verdict(2)], [("Söhne", 1, False)]),
        ([notice(1), verdict(1)], [("Söhne", 1, False)]),
        ([notice(1), verdict(2, "rejected")], [("Söhne", 0, False)]),
        ([notice(1)], [("Söhne", "open", False)]),
        ([here("endorsement", 1, "b"), verdict(2, "rejected")], [("b", 1, False)]),
        ([here("endorsement", 1, "b"), examined(2)], [("b", 0, False)]),
        ([here("complaint", 1, "b"), examined(2)], [("b", 1, False)]),
        ([here("complaint", 1), verdict(2)], []),
        # What had been decided before.
        ([verdict(1), notice(2)], [("Söhne", "open", False)]),
        ([verdict(1, "rejected"), notice(2)], [("Söhne", "open", False)]),
        ([verdict(1), notice(2), verdict(3)], [("Söhne", "open", False)]),
        ([verdict(1), notice(2), examined(3, "genuine")], [("Söhne", "open", False)]),
        ([verdict(1, "rejected"), notice(2), examined(3)], [("Söhne", 1, False)]),
        ([verdict(1, "rejected"), notice(2), verdict(3, "rejected")], [("Söhne", 0, False)]),
        ([examined(1, "genuine"), notice(2), verdict(3)], [("Söhne", "open", False)]),
        # One that says it again, as long as it is not decided, says it once.
        ([notice(1), notice(2), verdict(3)], [("Söhne", "open", False), ("Söhne", 1, False)]),
        ([notice(1), notice(2, "b"), verdict(3)], [("Söhne", 1, False), ("b", 1, False)]),
        ([notice(1), here("endorsement", 2, "Söhne"), verdict(3)],
         [("Söhne", "open", False), ("Söhne", 0, False)]),
        ([notice(1), objected(2), here("endorsement", 3, "Söhne"), verdict(4, "rejected")],
         [("Söhne", 0, True), ("Söhne", "open", False)]),
        # Many decisions are one result.
        ([notice(1), here("removed", 2), verdict(3), examined(4)], [("Söhne", 1, False)]),
        ([notice(1), verdict(2), verdict(3, "rejected")], [("Söhne", 0, False)]),
        ([notice(1), objected(2)], [("Söhne", 0, True)]),
        ([notice(1), objected(2), verdict(3)], [("Söhne", 1, True)]),
        ([notice(1), objected(2, "rejected"), verdict(3)], [("Söhne", 1, False)]),
        ([objected(1), notice(2)], [("Söhne", "open", False)]),
        ([here("endorsement", 1, "b"), objected(2)], [("b", 1, False)]),
    ],
)  # fmt: skip
def test_what_came_of_claims(rows, expected):
    assert results(*rows) == expected


def test_when_claims_were_decided():
    claims = told(notice(1), notice(2, "b"), verdict(3), here("removed", 4), notice(5, "c")).claims
    assert list(claims["time"]) == [day(1), day(2), day(5)]
    assert list(claims["decided"].astype(object)) == [day(3), day(3), pd.NaT]
    assert claims["matter"].nunique() == 1


def test_who_is_revoked_was_never_there():
    rows = [
        notice(1, "b", event_id="one"), notice(2, "c", event_id="two"),
        verdict(3, "rejected", regards="two"), verdict(4, regards="one"),
        here("endorsement", 5, "b"), here("listed", 6),
    ]  # fmt: skip
    assert decided(*rows) == {"counterfeit": (True, "notice upheld")}
    revoked = framed(*rows, event("revoke", 9, "", "b"))
    assert list(in_force(revoked)["event"]) == ["notice", "verdict", "listed"]
    assert decided(*rows, event("revoke", 9, "", "b")) == {
        "counterfeit": (False, "notice rejected")
    }
    # A removal that was not asked for by anybody else decides nothing any more.
    asked = [notice(1, "b"), here("removed", 2), event("revoke", 3, "", "b")]
    assert decided(*asked) == {}
    untouched = framed(*rows)
    assert in_force(untouched) is untouched


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_a_single_event_or_none_gives_the_usual_columns(kind):
    usual = told(notice(1), verdict(2), objected(3))
    rows = [here(kind, 1, "д", outcome=KINDS[kind].outcomes[0])] if kind else []
    found = told(*rows)
    for table, expected in zip(found, usual, strict=True):
        assert table.dtypes.astype(str).to_dict() == expected.dtypes.astype(str).to_dict()
    assert len(found.claims) == (kind in {"notice", "endorsement", "complaint"})
    assert len(found.decisions) == (kind in {"verdict", "authentication"})


def folded(rows):
    """Return claims and decisions by the written rules, one event after the other."""
    ranks = {
        ("authentication", "counterfeit"): (3, True), ("authentication", "genuine"): (3, False),
        ("verdict", "upheld"): (2, True), ("verdict", "rejected"): (2, False),
        ("counter_notice", "accepted"): (2, False),
        ("removed", ""): (1, True), ("reinstated", ""): (1, False),
    }  # fmt: skip
    reasons = {row["event_id"]: row["reason"] for row in rows if row["event"] == "notice"}
    latest, noticed, stands, claims = {}, set(), {}, []
    for row in rows:
        kind, listing = row["event"], row["listing_id"]
        reason = row.get("reason") or reasons.get(row.get("regards")) or ""
        if not reason and kind in {"verdict", "counter_notice", "removed", "reinstated"}:
            reason = latest.get(listing, "")
        matter = (listing, reason or "counterfeit")
        if kind == "notice":
            latest[listing] = matter[1]
        if kind in {"notice", "complaint"}:
            noticed.add(matter)
        if kind in {"notice", "complaint", "endorsement"}:
            says = kind != "endorsement"
            known = matter in stands and stands[matter][1] == says
            claims.append([row["event_id"], matter, row["reporter"], says, known, row["time"]])
        rank, says = ranks.get((kind, row["outcome"]), (0, False))
        if rank and (rank > 1 or matter in noticed) and rank >= stands.get(matter, (0,))[0]:
            stands[matter] = (rank, says, row["time"])
    found, spoken = {}, set()
    for event_id, matter, reporter, says, known, time in reversed(claims):
        rank, truth, when = stands.get(matter, (0, False, ""))
        tells = rank and when >= time and not known and (matter, reporter) not in spoken
        if tells:
            spoken.add((matter, reporter))
        found[event_id] = float(truth == says) if tells else None
    return found, {matter: stand[:2] for matter, stand in stands.items()}


@pytest.mark.parametrize("seed", range(12))
def test_the_same_as_event_by_event_in_whatever_order_they_were_added(seed):
    rows = [row | {"time": day(place).isoformat()} for place, row in enumerate(muddle(seed))]
    claims, stands = folded(rows)
    random.Random(seed).shuffle(rows)
    found = told(*rows)
    assert {
        (row.listing_id, row.reason): (row.rank, row.says) for row in found.decisions.itertuples()
    } == stands
    table = found.claims.set_index("event_id")["result"]
    assert {key: None if np.isnan(value) else value for key, value in table.items()} == claims
    assert len(claims) > 50
    assert len({*claims.values()}) == 3
