import dataclasses

from fakedetect.claims import known, lexicon
from fakedetect.page import Grid, Quoted, Words
from fakedetect.rising import Rising, RisingTerm
from fakedetect.rising_report import entries, rising
from test_terminal import shown

VALUE = Rising(
    since="2026-02-01",
    speakers="seller",
    n_since=80,
    n_before=90,
    n_others_since=1_200,
    n_others_before=0,
    n_undated=0,
    n_errored=0,
    n_tested=1_500,
    terms=(
        RisingTerm("original order", 20, 0, 6, 0, 0.001, known("original order")),
        RisingTerm("\x1b[31mbatch", 8, 9, 0, 0, 0.04, None),
    ),
)


def texts(page, tone):
    return [each.text for each in page.blocks if isinstance(each, Words) and each.tone == tone]


def test_terms_with_their_shares_and_what_is_known():
    page = rising(VALUE)
    assert texts(page, "verdict") == [
        "2 terms are newly rising among suspected listings since 2026-02-01."
    ]
    [grid] = [each for each in page.blocks if isinstance(each, Grid)]
    assert grid.rows == (
        (Quoted("original order"), "20", "25.0%", "0.0%", "0.5%", "undefined",
         "claims to come from the brand's own factory"),
        (Quoted("\x1b[31mbatch"), "8", "10.0%", "10.0%", "0.0%", "undefined", "not in it"),
    )  # fmt: skip
    assert texts(page, "note") == [
        "Of suspected listings, 80 sellers since then are compared with 90 before; of others, 1,200"
        " with 0. Of 1,500 terms tested, those are told that have grown by more than among others,"
        " and of which 5 % are expected to be there by chance."
    ]
    assert texts(page, "warning") == []
    assert "\x1b" not in shown(page)


def test_what_weakens_the_figures_is_said():
    value = dataclasses.replace(
        VALUE, speakers=None, terms=VALUE.terms[:1], n_undated=1_003, n_errored=1
    )
    page = rising(value)
    assert texts(page, "verdict")[0].startswith("1 term is newly rising")
    assert "80 different texts since then" in texts(page, "note")[0]
    assert texts(page, "warning") == [
        "No seller is named, so every text speaks for itself, and one seller's fashion may look"
        " like many; name their column with --seller.",
        "Left out: 1,003 listings without a time.",
        "Left out: 1 records that could not be read.",
    ]


def test_nothing_rises():
    page = rising(dataclasses.replace(VALUE, terms=()))
    assert texts(page, "verdict") == [
        "No term is newly rising among suspected listings since 2026-02-01."
    ]
    assert not any(isinstance(each, Grid) for each in page.blocks)


def test_the_lexicon_language_by_language():
    claims = lexicon(["en", "zh"])
    english, chinese = entries(claims).blocks
    assert (english.caption, chinese.caption) == ("Language: en", "Language: zh")
    assert len(english.rows) + len(chinese.rows) == len(claims)
    row = next(row for row in english.rows if row[0].startswith("original order"))
    assert row == (
        "original order; original orders; original order goods",
        "factory story",
        "claims to come from the brand's own factory",
        'an order of the buyer\'s: "as in your original order"',
    )
