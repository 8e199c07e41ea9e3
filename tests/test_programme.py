import json
import math
import statistics

import pandas as pd
import pytest

from event_frames import day, event, framed, muddle
from fakedetect import report
from fakedetect.errors import InputError
from fakedetect.programme import BY, FIGURES, figures

LISTED_BY = {"reporter", "reason"}  # which listings do not have
HOUR = 1 / 24


def total(*rows, **how):
    """Return the total's figures of events, each as value, numerator and denominator."""
    return plain(figures(framed(*rows), by=(), **how).as_dict()["total"])


def grouped(*rows, by, **how):
    """Return the figures of each group, by its name."""
    found = figures(framed(*rows), by=(by,), **how).as_dict()["groups"]
    return {each["group"][by]: plain(each["figures"]) for each in found}


def plain(found):
    """Return figures as value, numerator and denominator; medians as value and n."""
    return {
        name: (each["value"], each["n"]) if "n" in each else tuple(each.values())
        for name, each in found.items()
    }


def undefined(found):
    return math.isnan(found[0]) and found[1:] == (0, 0)


def test_removed_before_a_sale_is_up_to_the_first_removal():
    found = total(
        event("sale", 1, "sold"), event("removed", 2, "sold"),
        event("removed", 1, "later"), event("sale", 2, "later"),
        event("removed", 1, "never"),
        event("removed", 1, "at once", event_id="a"), event("sale", 1, "at once", event_id="b"),
        event("removed", 1, "twice"), event("reinstated", 2, "twice"), event("sale", 3, "twice"),
        event("removed", 4, "twice"),
        event("sale", 1, "left alone"),
    )  # fmt: skip
    assert found["removed_before_sale"] == (0.6, 3, 5)


def test_proactive_is_what_nobody_had_reported_up_to_then():
    found = total(
        event("notice", 1, "reported", "Jörg"), event("removed", 2, "reported"),
        event("complaint", 1, "complained of"), event("removed", 2, "complained of"),
        event("notice", 2, "at once", "Jörg", event_id="b"),
        event("removed", 2, "at once", event_id="a"),
        event("removed", 1, "after"), event("notice", 2, "after", "Jörg"),
        event("endorsement", 1, "praised", "Zoë"), event("removed", 2, "praised"),
        event("removed", 2, "ours"), event("reinstated", 3, "ours"),
        event("complaint", 4, "ours"), event("removed", 5, "ours"),
    )  # fmt: skip
    assert found["proactive"] == (0.5, 3, 6)


def test_notices_are_for_a_thousand_listings_each_seen_once():
    rows = [event("listed", place, name) for name in "äbc" for place in range(3)]
    rows += [event("notice", 5, "ä", who) for who in ("Jörg", "Zoë")] + [event("removed", 6, "d")]
    assert total(*rows)["notices_per_thousand"] == (pytest.approx(2000 / 3), 2, 3)


def test_complaints_and_objections_are_for_each_removed_listing():
    found = total(
        event("complaint", 1, "a", "buyer"), event("complaint", 2, "a", "another"),
        event("complaint", 3, "b"),
        event("removed", 4, "a"), event("removed", 4, "c"),
        event("counter_notice", 5, "a"),
        event("counter_notice", 6, "a", outcome="accepted"),
        event("counter_notice", 6, "c", outcome="rejected"),
        event("counter_notice", 7, "c", outcome="rejected"),
    )  # fmt: skip
    assert found["complaints_to_removals"] == (1.5, 3, 2)
    assert found["counter_notices_to_removals"] == (0.5, 1, 2)
    assert found["counter_notices_accepted"] == (pytest.approx(1 / 3), 1, 3)


def test_each_verdict_counts():
    rows = [event("verdict", n, "a", outcome="upheld") for n in range(3)]
    assert total(*rows, event("verdict", 4, "b", outcome="rejected"))["upheld"] == (0.75, 3, 4)


def test_hours_are_those_to_the_first_verdict_or_removal():
    found = total(
        event("notice", 1, "a", "Jörg"), event("verdict", 1 + HOUR, "a", outcome="rejected"),
        event("notice", 1, "b", "Jörg", event_id="n"), event("removed", 1 + 2 * HOUR, "b"),
        event("verdict", 2, "b", outcome="upheld", regards="n"),
        event("notice", 1, "c", "Zoë"), event("removed", 1 + 9 * HOUR, "c"),
        event("notice", 1, "d", "Zoë"), event("reinstated", 2, "d"),
    )  # fmt: skip
    assert found["hours_to_close"] == (pytest.approx(2), 3)
    assert found["open_notices"] == (1, 1, 4)


def test_one_answer_without_a_notice_named_closes_all_before_it():
    rows = [event("notice", n, "a", "Jörg") for n in (1, 2, 5)]
    found = total(*rows, event("removed", 3, "a"), event("notice", 1, "b", "Jörg"))
    assert found["hours_to_close"] == (36, 2)
    assert found["open_notices"] == (2, 2, 4)


def test_undefined_is_not_zero():
    found = total(event("endorsement", 1, "a", "Zoë"))
    assert found.pop("open_notices") == (0, 0, 0)
    assert undefined((*found.pop("hours_to_close"), 0))
    assert all(map(undefined, found.values()))
    assert total().keys() == {figure.name for figure in FIGURES}
    assert figures(framed(), by=BY).as_dict()["groups"] == []
    assert figures(framed()).as_of is None


def test_each_event_counts_in_its_own_month():
    found = grouped(
        event("listed", 0, "a"), event("listed", 40, "a"),
        event("notice", 10, "a", "Jörg"),
        event("verdict", 40, "a", outcome="upheld"),
        event("removed", 70, "a"),
        event("complaint", 100, "a"),
        event("counter_notice", 130, "a", outcome="rejected"),
        by="month",
    )  # fmt: skip
    january, february, march, april, may = found.values()
    assert january["notices_per_thousand"] == (1000, 1, 1)
    assert january["hours_to_close"] == (720, 1)
    assert undefined(january["upheld"])
    assert february["upheld"] == (1, 1, 1)
    assert undefined(february["notices_per_thousand"])
    assert march["removed_before_sale"] == (1, 1, 1)
    assert march["complaints_to_removals"] == (0, 0, 1)
    assert april["complaints_to_removals"][1:] == (1, 0)
    assert may["counter_notices_accepted"] == (0, 0, 1)


@pytest.mark.parametrize("by", ["reporter", "reason"])
def test_notices_of_every_reporter_are_compared_with_the_same_listings(by):
    rows = [event("listed", n, f"é{n}") for n in (0, 1, 2, 40, 41)]
    rows += [
        event("notice", 3, "é0", "Jörg"), event("notice", 4, "é1", "Zoë", reason="design"),
        event("notice", 42, "é2", "Jörg"),
    ]  # fmt: skip
    found = figures(framed(*rows), by=("month", by)).as_dict()["groups"]
    shares = [
        (*each["group"].values(), *plain(each["figures"])["notices_per_thousand"]) for each in found
    ]
    first, second = ("Jörg", "Zoë") if by == "reporter" else ("counterfeit", "design")
    assert shares == [
        ("2026-01", first, pytest.approx(1000 / 3), 1, 3),
        ("2026-01", second, pytest.approx(1000 / 3), 1, 3),
        ("2026-02", first, 500, 1, 2),
    ]


def test_later_events_are_left_out():
    rows = [event("notice", 1, "a", "Jörg"), event("removed", 2, "a"), event("removed", 3, "b")]
    assert total(*rows, as_of=day(2))["open_notices"] == (0, 0, 1)
    assert total(*rows, as_of=day(1.5))["open_notices"] == (1, 1, 1)
    early = figures(framed(*rows), as_of=day(1).tz_convert("Asia/Tokyo"))
    assert (early.n_events, early.as_dict()["as_of"]) == (1, "2026-01-02T00:00:00Z")
    assert figures(framed(*rows)).as_dict()["as_of"] == "2026-01-04T00:00:00Z"


def test_revocations_are_not_counted():
    rows = [event("notice", 1, "a", "Jörg"), event("revoke", 2, "", "Jörg")]
    assert figures(framed(*rows), by=("brand", "month")).n_events == 1


def test_names_that_groups_cannot_go_by_are_refused():
    with pytest.raises(InputError) as caught:
        figures(framed(), by=("brand", "farbé"))
    assert str(caught.value) == (
        "cannot group by 'farbé'; group by some of month, quarter, week, brand, seller, reporter,"
        " reason"
    )


def test_the_table_has_a_row_for_each_group_and_figure():
    rows = [event("removed", 1, "a", brand="Zoë"), event("notice", 40, "b", "Jörg", brand="Åse")]
    found = figures(framed(*rows), by=("month", "brand"))
    table = found.as_table()
    assert list(table) == [
        "scope", "month", "brand", "figure", "value", "numerator", "denominator",
    ]  # fmt: skip
    assert list(table["figure"]) == 3 * [figure.name for figure in FIGURES]
    assert list(table["scope"]) == 9 * ["total"] + 18 * ["group"]
    assert table["month"].isna().sum() == table["brand"].isna().sum() == 9
    assert list(zip(table["month"][9:], table["brand"][9:], strict=True)) == (
        9 * [("2026-01", "Zoë")] + 9 * [("2026-02", "Åse")]
    )
    medians = table[table["figure"] == "hours_to_close"]
    assert medians["numerator"].isna().all()
    assert list(medians["denominator"]) == [0, 0, 0]
    table["value"] = 0.0
    assert not (found.as_table()["value"] == 0).all()


def test_hostile_names_stay_as_they_are():
    frame = framed(event("removed", 1, "a", brand="Zoë"), event("removed", 1, "b", brand="né"))
    hostile = ["=1+1|'é'", "\x1b[31m<b>"]
    frame["brand"] = frame["brand"].cat.rename_categories({"Zoë": hostile[0], "né": hostile[1]})
    found = figures(frame, by=("brand",))
    groups = json.loads(report.as_json(found.as_dict()))["groups"]
    assert [each["group"]["brand"] for each in groups] == sorted(hostile)
    assert list(found.as_table()["brand"].dropna().unique()) == sorted(hostile)


def seen_slowly(rows):
    """Return some figures counted event by event: the reference of the fast way."""
    rows = [row for row in rows if row["event"] != "revoke"]
    late = {"verdict", "counter_notice", "removed", "reinstated"}
    rows = sorted(rows, key=lambda row: (pd.Timestamp(row["time"]), row["event"] in late))
    unsold, proactive, removed, hours, n_open = 0, 0, set(), [], 0
    for place, row in enumerate(rows):
        name, kind = row["listing_id"], row["event"]
        if kind == "removed" and name not in removed:
            before = {each["event"] for each in rows[:place] if each["listing_id"] == name}
            removed.add(name)
            unsold += "sale" not in before
            proactive += not before & {"notice", "complaint"}
        if kind == "notice":
            closing = [
                each
                for each in rows[place:]
                if each["event"] in {"verdict", "removed"}
                and (
                    each.get("regards") == row["event_id"]
                    or (not each.get("regards") and each["listing_id"] == name)
                )
            ]
            n_open += not closing
            for each in closing[:1]:
                took = pd.Timestamp(each["time"]) - pd.Timestamp(row["time"])
                hours.append(took.total_seconds() / 3600)
    n = len(removed)
    return (unsold, n), (proactive, n), (statistics.median(hours), len(hours)), n_open


@pytest.mark.parametrize("seed", range(4))
def test_all_at_once_is_as_one_by_one(seed):
    rows = muddle(seed)
    found = total(*rows)
    assert (
        found["removed_before_sale"][1:],
        found["proactive"][1:],
        found["hours_to_close"],
        found["open_notices"][0],
    ) == seen_slowly(rows)


@pytest.mark.parametrize("by", [*((name,) for name in BY), ("quarter", "brand", "reporter")])
def test_groups_add_up_to_the_total(by):
    rows = muddle(7)
    found = figures(framed(*rows), by=by)
    table = found.as_table()
    sums = table[table["scope"] == "group"].groupby("figure")[["numerator", "denominator"]].sum()
    in_all = table[table["scope"] == "total"].set_index("figure")[["numerator", "denominator"]]
    if LISTED_BY & set(by):
        sums, in_all = (each.drop("notices_per_thousand") for each in (sums, in_all))
    pd.testing.assert_frame_equal(sums.sort_index(), in_all.fillna(0).sort_index())
    shuffled = figures(framed(*rows).sample(frac=1, random_state=1), by=by)
    pd.testing.assert_frame_equal(shuffled.as_table(), table)
