import numpy as np
import pandas as pd
import pytest

from conftest import market
from event_frames import day, event, framed
from fakedetect.errors import InputError
from fakedetect.learning import influences, lesson, lesson_of, provenance
from fakedetect.ledger_labels import SILENT, Policy
from fakedetect.reporters import programme
from fakedetect.training import train

POLICY = Policy(programme("good-faith"))
END = day(100)


def listed(n, listing, title, **cells):
    return event(
        "listed", n, listing, title=title, seller=f"Händler {listing}", brand="Zoë", **cells
    )


def upheld(n, listing, reporter):
    return [
        event("notice", n, listing, reporter, event_id=f"{reporter}-{listing}"),
        event("verdict", n + 1, listing, outcome="upheld", regards=f"{reporter}-{listing}"),
    ]


SMALL = [
    listed(1, "a", "réplique 1:1"),
    *upheld(2, "a", "Åsa"),
    listed(1, "b", "sac en cuir"),
    listed(1, "c", "montre"),
    listed(95, "d", "too young"),
    listed(1, "e", "Super Copy"),
    event("gold", 3, "e", outcome="counterfeit"),
    listed(1, "f", "SUPER  copy"),  # reads the same
    event("notice", 2, "g", "Åsa"),  # has no text
]


def test_a_ledger_alone_teaches_what_is_labelled_and_has_a_text():
    found = lesson(framed(*SMALL, texts=True), END, POLICY)
    assert found.table["listing_id"].tolist() == ["a", "b", "c"]
    assert found.table["label"].tolist() == [1, 0, 0]
    assert found.table["title"].tolist() == ["réplique 1:1", "sac en cuir", "montre"]
    assert found.table["seller"].tolist() == ["Händler a", "Händler b", "Händler c"]
    assert (found.table["weight"] > 0).all()


def test_the_gold_set_and_its_copies_are_in_no_lesson():
    found = lesson(framed(*SMALL, texts=True), END, POLICY)
    gold = found.gold.to_dict("records")
    assert [(each["listing_id"], each["label"], each["seller"]) for each in gold] == [
        ("e", 1, "Händler e")
    ]
    assert not {"e", "f"} & set(found.table["listing_id"])


def test_nothing_to_learn():
    with pytest.raises(InputError) as error:
        lesson(framed(listed(99, "a", "x"), texts=True), END, POLICY)
    assert str(error.value) == (
        "no listing with a text is labelled as of that date; add events with title or description,"
        " or take a later date"
    )


def test_listings_from_elsewhere_take_the_labels_of_the_ledger():
    listings = pd.DataFrame(
        {
            "id": ["a", "x", "y", "z", "e"],
            "name": ["replica", "bag", "belt", "super copy", "gold"],
            "label": ["0", "1", "1", "1", "0"],  # of somebody else
            "listed": ["2026-01-01", "2026-01-01", "2026-04-05", "2026-01-01", "2026-01-01"],
        }
    )
    events = framed(*SMALL, texts=True)
    found = lesson_of(listings, events, END, POLICY, text=["name"], time="listed")
    # What the ledger does not know is old enough, or too young; and one reads as the gold set does.
    assert found.table["id"].tolist() == ["a", "x"]
    assert found.table["label"].tolist() == [1, 0]
    assert found.table["why"].tolist()[1] == SILENT
    found = lesson_of(listings, events, END, POLICY, text=["name"])
    assert found.table["id"].tolist() == ["a"]


def test_listings_that_cannot_be_joined():
    events = framed(*SMALL, texts=True)
    with pytest.raises(InputError) as error:
        lesson_of(pd.DataFrame({"title": ["a"]}), events, END, POLICY)
    assert str(error.value) == (
        "no column 'listing_id' or 'id', by which listings and ledger are joined; the columns are"
        " title"
    )
    table = pd.DataFrame({"id": ["a", "x"], "title": ["a", "b"], "listed": ["2026-01-01", "soon"]})
    with pytest.raises(InputError) as error:
        lesson_of(table, events, END, POLICY, time="listed")
    assert str(error.value) == (
        "row 2, column listed: time 'soon' is no ISO 8601 time with a zone; write 2024-05-31T08:30Z"
        " or a date like 2024-05-31, which begins in UTC"
    )


def test_where_a_lesson_comes_from_is_said_without_names():
    found = provenance(lesson(framed(*SMALL, texts=True), END, POLICY), "9:ab")
    assert found == {
        "as_of": END.isoformat(),
        "head": "9:ab",
        "programme": "good-faith",
        "n_gold": 1,
        "labels": {
            "nobody believed reported it, and nobody trusted reports this brand": 2,
            "notice upheld": 1,
        },
    }


@pytest.fixture(scope="module")
def taught():
    """A market of which two reporters know all: one what is said in Chinese, one the rest."""
    table = market(n=300, seed=4)
    rows = []
    for each in table.to_dict("records"):
        text = {"title": each["title"], "description": each["description"]}
        rows.append(
            event("listed", 1, each["listing_id"], seller=each["seller"], brand="Zoë", **text)
        )
        if each["label"] == "1":
            rows += upheld(2, each["listing_id"], "Bo" if "高仿" in each["title"] else "Åsa")
    events = framed(*rows, texts=True)
    found = lesson(events, END, POLICY)
    return events, found, train(found.table, weight="weight", n_folds=3)


def test_what_heavy_reporters_have_done(taught):
    events, found, model = taught
    steps = []
    of_all = influences(events, found, model, POLICY, advance=lambda: steps.append(1))
    assert [each.reporter for each in of_all] == ["Åsa", "Bo"]
    assert sum(each.share for each in of_all) == pytest.approx(1)
    assert len(steps) == 2
    flagged = model.flag(found.table[["title", "description"]])
    for each in of_all:
        assert each.n_flagged == flagged.sum()
        assert 0 < each.n_vanished <= each.n_flagged
        assert 0 < len(each.examples) <= 3
    assert all("高仿" in text for text in of_all[1].examples)


def test_without_a_reporter_is_as_if_never_there(taught):
    events, found, model = taught
    (first, _) = influences(events, found, model, POLICY)
    others = events[
        (events["reporter"] != first.reporter) & ~events["regards"].str.startswith("Åsa")
    ]
    without = lesson(others, END, POLICY)
    assert (without.table["label"] == 1).sum() < (found.table["label"] == 1).sum()
    kept = found.table["listing_id"].isin(without.table["listing_id"])
    assert kept.all()
    assert np.count_nonzero(found.table["label"].to_numpy() != without.table["label"].to_numpy())


def test_without_whom_all_is_known_from_nothing_is_suspected(taught):
    table = market(n=300, seed=4)
    rows = [listed(1, each["listing_id"], each["title"]) for each in table.to_dict("records")]
    for number in table["listing_id"][table["label"] == "1"]:
        rows += upheld(2, number, "Åsa")
    events = framed(*rows, texts=True)
    found = lesson(events, END, POLICY)
    (only,) = influences(events, found, taught[2], POLICY)
    assert (only.share, only.n_appeared) == (1, 0)
    assert only.n_vanished == only.n_flagged > 0


def test_listings_that_the_ledger_never_knew_keep_their_labels(taught):
    events, _, _ = taught
    table = market(n=500, seed=4)
    table = table.assign(listed="2026-01-01", listing_id=[f"{n:05d}" for n in range(500)])
    found = lesson_of(table, events, END, POLICY, time="listed")
    assert (found.table["why"] == SILENT).sum() >= 200
    model = train(found.table, weight="weight", n_folds=3)
    of_all = influences(events, found, model, POLICY, text=["title", "description"])
    # Nearly all of what is known of fakes is known from one, and the honest listings stay.
    assert of_all[0].n_vanished < of_all[0].n_flagged
    assert of_all[0].n_appeared < 20


def test_notices_alone_teach_no_suspicion():
    rows = [listed(1, "a", "réplique"), listed(1, "b", "sac"), event("notice", 2, "a", "Åsa")]
    with pytest.raises(InputError) as error:
        lesson(framed(*rows, texts=True), END, POLICY)
    assert str(error.value) == (
        "no listing with a text is suspected as of that date: notices that nobody has decided count"
        " only beside some that are; add verdicts, or removals after notices"
    )
