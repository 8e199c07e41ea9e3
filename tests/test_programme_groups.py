import numpy as np
import pandas as pd
import pytest

from event_frames import day, event, framed, muddle
from fakedetect.errors import InputError
from fakedetect.programme_groups import BY, Story, grouped, keys

LATE = {"verdict", "counter_notice", "removed", "reinstated"}
ANSWERS = LATE - {"reinstated"}


def story_of(*rows):
    return Story(framed(*rows))


def ids(story):
    return list(story.events["event_id"])


def belongs(by, *rows):
    """Return what each event belongs to, by its id."""
    story = story_of(*rows)
    [(codes, names)] = keys(story, [by])
    assert names == sorted(set(names))
    return {name: names[code] for name, code in zip(ids(story), codes, strict=True)}


def ids_at(story, rows):
    """Return the ids of rows, None where there is no row."""
    assert rows.dtype == np.int64
    return [[*ids(story), None][row] for row in rows]


def test_what_answers_comes_last_of_its_moment():
    answers = ["verdict", "counter_notice", "removed", "reinstated"]
    said = ["listed", "notice", "complaint", "sale"]
    outcomes = {"verdict": "upheld"}
    rows = [
        event(kind, 1, "é", "Jörg", event_id=f"{place}", outcome=outcomes.get(kind, ""))
        for place, kind in enumerate([*answers, *said])
    ]
    story = story_of(*rows, event("removed", 0, "é", event_id="first"))
    assert ids(story) == ["first", *"4567", *"0123"]
    assert list(story.times) == [day(0).to_datetime64(), *8 * [day(1).to_datetime64()]]


def test_a_revocation_is_no_listing_s():
    story = story_of(event("notice", 1, "é", "Jörg", event_id="n"), event("revoke", 2, "", "Jörg"))
    assert (story.n, ids(story)) == (1, ["n"])


def test_rows_of_kinds_and_outcomes():
    story = story_of(
        event("verdict", 2, "é", outcome="upheld", event_id="u"),
        event("verdict", 3, "é", outcome="rejected", event_id="r"),
        event("counter_notice", 4, "é", outcome="rejected", event_id="c"),
        event("sale", 1, "b", event_id="s"), event("sale", 5, "é", event_id="t"),
        event("sale", 6, "b", event_id="v"),
    )  # fmt: skip
    kinds = ["verdict", "counter_notice"]
    assert ids_at(story, story.rows(*kinds)) == ["u", "r", "c"]
    assert ids_at(story, story.rows(*kinds, outcomes=["rejected"])) == ["r", "c"]
    assert ids_at(story, story.rows("verdict", outcomes=[])) == []
    assert sorted(ids_at(story, story.firsts("sale"))) == ["s", "t"]
    assert ids_at(story, story.firsts("removed")) == []


def test_the_latest_and_next_are_of_the_same_listing():
    story = story_of(
        event("removed", 0, "é", event_id="r"), event("sale", 1, "é", event_id="s"),
        event("sale", 2, "b", event_id="x"), event("removed", 3, "é", event_id="q"),
        event("sale", 4, "é", event_id="t"), event("removed", 5, "é", event_id="p"),
    )  # fmt: skip
    sales = story.are("sale")
    assert ids_at(story, story.latest(sales)) == [None, "s", "x", "s", "t", "t"]
    assert ids_at(story, story.next(sales)) == ["s", "s", "x", "t", "t", None]


def test_only_notices_and_complaints_are_regarded():
    frame = framed(
        event("notice", 1, "é", "Jörg", event_id="n"), event("complaint", 1, "é", event_id="o"),
        event("sale", 1, "é", event_id="s"), event("notice", 1, "é", "Zoë", event_id="left out"),
        *(event("removed", 2, "é", regards=which) for which in ("n", "o", "s", "left out", "")),
    )  # fmt: skip
    story = Story(frame[frame["event_id"] != "left out"])
    found = dict(zip(story.events["regards"], ids_at(story, story.regarded), strict=True))
    assert found == {"n": "n", "o": "o", "s": None, "left out": None, "": None}


@pytest.mark.parametrize(
    ("answers", "closing"),
    [
        ([event("verdict", 2, "é", outcome="rejected", event_id="v")], "v"),
        ([event("removed", 2, "é", event_id="r")], "r"),
        # The first of the two counts, whichever it is.
        ([event("removed", 4, "é", event_id="r"),
          event("verdict", 3, "é", outcome="upheld", event_id="v")], "v"),
        ([event("removed", 2, "é", event_id="r"),
          event("verdict", 3, "é", outcome="upheld", event_id="v")], "r"),
        # What regards a notice closes that one, and no other.
        ([event("removed", 3, "é", regards="n", event_id="r")], "r"),
        ([event("removed", 4, "é", regards="n", event_id="r"),
          event("removed", 3, "é", regards="n", event_id="q")], "q"),
        ([event("removed", 2, "é", regards="m"),
          event("removed", 4, "é", regards="n", event_id="r")], "r"),
        ([event("removed", 2, "é", regards="m")], None),
        ([event("verdict", 2, "b", outcome="upheld", regards="c")], None),
        # What came before does not.
        ([event("verdict", 0.5, "é", outcome="upheld"), event("removed", 0.9, "é")], None),
        ([event("removed", 0.5, "é", regards="n")], None),
        # What came at the same moment does, whatever the ids.
        ([event("removed", 1, "é", event_id="0")], "0"),
        ([event("removed", 1, "é", event_id="0", regards="n")], "0"),
        ([event("reinstated", 2, "é"), event("counter_notice", 2, "é", outcome="accepted")], None),
        ([], None),
    ],
)  # fmt: skip
def test_what_closes_a_notice(answers, closing):
    story = story_of(
        event("notice", 1, "é", "Jörg", event_id="n"),
        event("notice", 100, "é", "Zoë", event_id="m"),
        event("complaint", 1, "b", event_id="c"),
        *answers,
    )
    found = dict(zip(ids(story), ids_at(story, story.closing()), strict=True))
    assert (found["n"], found["m"]) == (closing, None)


def test_a_month_begins_in_utc():
    rows = [
        event("removed", 0, "a", event_id="a") | {"time": "2026-01-31T23:59:59.999999Z"},
        event("removed", 0, "b", event_id="b") | {"time": "2026-02-01T00:30:00+02:00"},
        event("removed", 0, "c", event_id="c") | {"time": "2026-01-31T23:00:00-01:00"},
    ]
    assert belongs("month", *rows) == {"a": "2026-01", "b": "2026-01", "c": "2026-02"}


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("month", ["1970-01", "2024-12", "2024-12", "2025-01", "2025-03", "2025-04"]),
        ("quarter", ["1970-Q1", "2024-Q4", "2024-Q4", "2025-Q1", "2025-Q1", "2025-Q2"]),
        # 2024-12-30 was a Monday, of the week that the next year begins with.
        ("week", ["1970-W01", "2024-W52", "2025-W01", "2025-W01", "2025-W14", "2025-W14"]),
    ],
)
def test_periods_are_named_and_in_order(by, names):
    days = ["1970-01-01", "2024-12-29", "2024-12-30", "2025-01-05", "2025-03-31", "2025-04-01"]
    rows = [event("sale", 0, "é", event_id=when) | {"time": f"{when}T12:00Z"} for when in days]
    assert belongs(by, *rows) == dict(zip(days, names, strict=True))


@pytest.mark.parametrize("by", ["brand", "seller"])
def test_brands_and_sellers_are_inherited(by):
    rows = [
        event("removed", 0, "later", event_id="later"), event("listed", 1, "later", **{by: "事"}),
        event("listed", 2, "later", **{by: "noch später"}),
        event("listed", 0, "é", **{by: "alt"}), event("sale", 1, "é", **{by: "neu"}),
        event("removed", 2, "é", event_id="latest"), event("listed", 3, "é", **{by: "zu spät"}),
        event("listed", 0, "own", **{by: "alt"}),
        event("removed", 1, "own", event_id="own", **{by: "Åse"}),
        event("removed", 1, "nobody's", event_id="nobody's"),
        event("notice", 0, "é", "Jörg", event_id="n", **{by: "Zoë"}),
        event("removed", 5, "é", regards="n", event_id="answer"),
    ]  # fmt: skip
    found = belongs(by, *rows)
    expected = {"later": "事", "latest": "neu", "own": "Åse", "nobody's": "", "answer": "Zoë"}
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("by", "named", "latest", "own"),
    [("reason", "design", "patent", "other"), ("reporter", "Jörg", "Ömer", "Ömer")],
)
def test_an_answer_has_the_reason_and_reporter_of_its_notice(by, named, latest, own):
    rows = [
        event("notice", 1, "é", "Jörg", reason="design", event_id="n"),
        event("notice", 2, "é", "Ömer", reason="patent", event_id="m"),
        event("verdict", 3, "é", outcome="upheld", regards="n", event_id="named"),
        event("verdict", 3, "é", outcome="rejected", event_id="latest"),
        event("counter_notice", 4, "é", reason="other", event_id="own"),
        event("removed", 0, "b", event_id="none"), event("removed", 0, "é", event_id="before"),
        event("sale", 5, "é", event_id="sale"), event("reinstated", 5, "é", event_id="back"),
    ]  # fmt: skip
    assert belongs(by, *rows) == {
        "n": named, "m": latest, "named": named, "latest": latest, "own": own, "none": "",
        "before": "", "sale": "", "back": "",
    }  # fmt: skip


def test_complaints_are_about_counterfeits_and_buyers_are_no_reporters():
    rows = [
        event("complaint", 1, "é", "Käufer", event_id="c"),
        event("complaint", 1, "b", "Käufer", reason="design", event_id="d"),
        event("notice", 1, "é", "Jörg", reason="patent", event_id="n"),
        event("removed", 2, "é", regards="c", event_id="r"),
    ]
    assert belongs("reason", *rows) == {
        "c": "counterfeit", "d": "design", "n": "patent", "r": "counterfeit",
    }  # fmt: skip
    assert belongs("reporter", *rows) == {"c": "", "d": "", "n": "Jörg", "r": ""}


def by_hand(rows, name):
    """Return what each event belongs to, found event by event: the reference of the fast way."""
    rows = sorted(rows, key=lambda row: (pd.Timestamp(row["time"]), row["event"] in LATE))
    notices = {row["event_id"]: row for row in rows if row["event"] in {"notice", "complaint"}}
    found = {}
    for place, row in enumerate(rows):
        near = [*rows[place::-1], *rows[place:]]
        near = [each for each in near if each["listing_id"] == row["listing_id"]]
        named = notices.get(row.get("regards"))
        if name in {"reason", "reporter"}:
            before = near[: near.index(row, 1)]
            latest = next((each for each in before if each["event"] == "notice"), None)
            near = [row]
            if row["event"] in ANSWERS:
                near += filter(None, [named or latest])
            if name == "reporter":
                near = [each for each in near if each["event"] == "notice"]
        elif named:
            near.insert(1, named)
        texts = (
            each.get(name) or "counterfeit" * (name == "reason" and each["event"] == "complaint")
            for each in near
        )
        found[row["event_id"]] = next(filter(None, texts), "")
    return found


@pytest.mark.parametrize("by", ["brand", "seller", "reporter", "reason"])
@pytest.mark.parametrize("seed", [1, 2])
def test_all_at_once_is_as_one_by_one(by, seed):
    rows = muddle(seed)
    found = belongs(by, *rows)
    assert found == by_hand(rows, by)
    assert len(set(found.values())) > 1


def test_groups_are_those_that_anything_counts_in():
    story = story_of(
        event("listed", 0, "é", brand="Zoë"), event("listed", 1, "b", brand="Zoë"),
        event("listed", 1, "c", brand="Åse"), event("listed", 40, "d", brand="Zoë"),
        event("notice", 2, "é", "Jörg"), event("notice", 3, "b", "Ömer"),
        event("notice", 41, "é", "Jörg"), event("sale", 80, "é", brand="事"),
    )  # fmt: skip
    counting, listed = [story.rows("notice")], story.rows("listed")
    of, n_listed, names = grouped(story, ["month", "brand"], counting, listed)
    assert names == [["2026-01", "2026-01", "2026-02"], ["Zoë", "Åse", "Zoë"]]
    assert list(n_listed) == [2, 1, 1]
    assert list(of[:-1]) == [0, 0, 1, 0, 0, 2, 2]
    # No listing has a reporter, so all reporters are compared with the same ones.
    of, n_listed, names = grouped(story, ["reporter", "month"], counting, listed)
    assert names == [["Jörg", "Jörg", "Ömer"], ["2026-01", "2026-02", "2026-01"]]
    assert list(n_listed) == [3, 1, 3]
    assert list(of[counting[0]]) == [0, 2, 1]


def test_without_events_there_is_no_group():
    story = story_of()
    of, n_listed, names = grouped(story, BY, [story.rows("notice")], story.rows("listed"))
    assert (list(of), list(n_listed), names) == ([], [], [[] for _ in BY])


@pytest.mark.parametrize(
    ("by", "message"),
    [
        (["colour"], "cannot group by 'colour'; group by some of month, quarter, week, brand,"
         " seller, reporter, reason"),
        (["month", ""], "cannot group by ''; group by some of month, quarter, week, brand, seller,"
         " reporter, reason"),
        (["brand", "month", "brand"], "'brand' is there twice to group by; name it once"),
    ],
)  # fmt: skip
def test_what_cannot_be_grouped_by_is_named(by, message):
    with pytest.raises(InputError) as caught:
        keys(story_of(), by)
    assert str(caught.value) == message
