from fakedetect import terminal
from fakedetect.page import Heading
from fakedetect.retraining_report import retrained

FOUND = {
    "promoted": False,
    "refusals": ["there is no gold set", "1 authorised sellers are newly flagged: <b>Åsa</b>"],
    "rule": "Promoted when it is better.",
    "as_of": "2026-03-02T00:00:00+00:00",
    "until": "2026-05-11T00:00:00+00:00",
    "n_training": 12345,
    "later": None,
    "gold": None,
}


def test_what_became_of_it_and_why():
    page = retrained(FOUND)
    assert [(block.text, block.tone) for block in page.blocks] == [
        ("The challenger is not promoted; the champion stays.", "verdict"),
        ("There is no gold set.", "warning"),
        ("1 authorised sellers are newly flagged: <b>Åsa</b>.", "warning"),
        (
            "Promoted when it is better. Trained on 12,345 listings as of 2026-03-02, judged by"
            " labels as of 2026-05-11.",
            "note",
        ),
    ]
    promoted = retrained({**FOUND, "promoted": True, "refusals": []})
    assert promoted.blocks[0].text == "The challenger is promoted."
    assert terminal.rendered(page)


def test_both_comparisons_stand_under_their_headings(model, listings):
    from fakedetect.comparison import compare

    value = compare(model, model, listings.head(50), label="label").as_dict()
    page = retrained({**FOUND, "later": value, "gold": value})
    headings = [block for block in page.blocks if isinstance(block, Heading)]
    titles = [each.text for each in headings if each.level == 2]
    assert titles == ["Later listings", "The gold set"]
    assert {each.level for each in headings} == {2, 3}
    verdicts = [block for block in page.blocks if getattr(block, "tone", "") == "verdict"]
    assert len(verdicts) == 1
