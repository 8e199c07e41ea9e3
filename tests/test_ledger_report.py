from event_frames import day, event, framed
from fakedetect import markdown, report
from fakedetect.learning import Influence
from fakedetect.ledger_labels import Policy, labels_as_of
from fakedetect.ledger_report import influences, reporters, reporters_data
from fakedetect.page import Page
from fakedetect.reporters import programme

HOSTILE = "<b>Åsa</b>\u202e"


def known(n=12):
    rows = [event("notice", 1, "ç0", "<b>Åsa</b>")]
    for number in range(n):
        rows += [
            event("notice", 1, f"b{number}", "Bo", event_id=f"n{number}"),
            event("verdict", 2, f"b{number}", outcome="upheld", regards=f"n{number}"),
        ]
    return labels_as_of(framed(*rows), day(10), Policy(programme("acceptance"))).records


def test_reporters_with_the_most_decided_claims_come_first():
    page = reporters(known(), day(10), most=20)
    assert page.blocks[0].text == (
        "2 reporters as of 2026-01-11: 1 new, 0 trusted, 1 qualified, 0 suspended."
    )
    (grid,) = page.blocks[2:]
    first, second = grid.rows
    assert first[0].text == "Bo"
    # The posterior of 12 of 12 on 4 to 1 has the mean 16/17.
    assert first[1:] == ("qualified", "12", "12 of 12", "0", "94 (79–100)", "qualifies")
    assert second[0].text == "<b>Åsa</b>"
    assert second[1:] == ("new", "1", "0 of 0", "0", "80 (40–99)", "10 more decided")


def test_only_so_many_are_shown_and_the_rest_is_counted():
    page = reporters(known(), day(10), most=1)
    assert len(page.blocks[2].rows) == 1
    assert page.blocks[3].text == "1 more are not shown; --json has all."


def test_data_have_all_reporters_and_their_records_by_reason():
    found = reporters_data(known(), day(10))
    assert found["programme"]["name"] == "acceptance"
    bo = next(each for each in found["reporters"] if each["reporter"] == "Bo")
    (reason,) = bo["reasons"]
    assert (reason["reason"], reason["n_decided"], reason["n_borne_out"]) == ("counterfeit", 12, 12)
    assert report.as_json(found)


def test_no_reporters():
    records = labels_as_of(framed(event("sale", 1, "a")), day(2), Policy(programme("acceptance")))
    page = reporters(records.records, day(2), most=5)
    assert page.blocks[0].text.startswith("0 reporters as of 2026-01-03:")
    assert len(page.blocks) == 2


def test_what_reporters_and_sellers_say_is_not_obeyed():
    text = "x" * 70 + "<script>"
    found = Influence(HOSTILE, 0.25, 40, 10, 2, (text,))
    blocks = influences([found])
    row = blocks[1].rows[0]
    assert row[1:5] == ("25.0%", "40", "10", "2")
    assert row[5].text == "x" * 60
    shown = markdown.rendered(Page("", tuple(blocks)))
    assert "\u202e" not in shown
    assert "`<b>Åsa</b>" in shown
    assert influences([]) == []
