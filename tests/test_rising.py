import itertools
import json
import random

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from fakedetect import rising as module
from fakedetect import seen
from fakedetect.batch import Output, score_file
from fakedetect.errors import InputError
from fakedetect.rising import RisingTerm, rising

BEFORE, SINCE = "2026-01-05", "2026-03-05"
GOODS = ["bag", "watch", "belt", "手表", "scarf"]
WHEN = {"since": "2026-02-01", "time": "listed"}


def said_in(listing):
    """Return what a made listing says: everybody the season's word, some suspected a new one."""
    seller, late = listing["seller"], listing["late"]
    words = [GOODS[seller % 5], f"size {seller % 7}"]
    words.append("super copy" if listing["suspected"] else "with receipt")
    if listing["suspected"]:
        if late and seller % 4 == 0:
            words += ["moonlight batch"] if seller % 8 else ["月光版"]
        if not late and seller % 3 == 0:
            words.append("fading")
    if seller % 20 < (16 if late else 2):
        words.append("christmas")
    random.Random(seller + late).shuffle(words)
    return " ".join(words)


def market(n_sellers=400, n_each=2):
    """Return listings of sellers, a fifth of them suspected, half of the listings new."""
    rows = []
    for seller, late, _ in itertools.product(range(n_sellers), (False, True), range(n_each)):
        row = {"seller": seller, "late": late, "suspected": seller // 20 % 5 == 0}
        rows.append(
            {
                "seller": f"seller {seller}",
                "title": said_in(row),
                "listed": SINCE if late else BEFORE,
                "score": 0.9 if row["suspected"] else 0.1,
                "flagged": str(row["suspected"]).lower(),
                "status": "ok",
            }
        )
    random.Random(4).shuffle(rows)
    return pd.DataFrame(rows)


@pytest.fixture(autouse=True)
def _small_field(monkeypatch):
    monkeypatch.setattr(seen, "N_BITS", 22)


@pytest.fixture
def written(tmp_path):
    """Write listings as a scored file; returns its path."""

    def write(table, name="scored.csv"):
        path = str(tmp_path / name)
        table.to_parquet(path) if name.endswith("parquet") else table.to_csv(path, index=False)
        return path

    return write


def test_what_only_suspected_sellers_begin_to_say_is_rising(written):
    found = rising(written(market()), **WHEN)
    assert [each.term for each in found.terms] == ["moonlight batch", "月光版"]
    first = found.terms[0]
    assert (first.n_before, first.n_others_since, first.n_others_before) == (0, 0, 0)
    assert (first.n_since, first.claim) == (10, None)
    assert 0 < first.q < 0.05
    assert (found.n_since, found.n_before) == (80, 80)
    assert (found.n_others_since, found.n_others_before) == (320, 320)
    assert (found.speakers, found.n_undated, found.n_errored) == ("seller", 0, 0)


def test_a_season_s_word_is_rising_only_without_the_others(written):
    table = market()
    assert "christmas" not in [each.term for each in rising(written(table), **WHEN).terms]
    alone = table[table["flagged"] == "true"]
    found = rising(written(alone), **WHEN)
    assert "christmas" in [each.term for each in found.terms]
    assert (found.n_others_since, found.n_others_before) == (0, 0)


def test_one_seller_s_thousand_listings_speak_once(written):
    loud = market().loc[lambda table: table["flagged"] == "true"].head(1)
    loud = pd.concat([loud] * 1000).assign(listed=SINCE, title=[f"hype {n}" for n in range(1000)])
    table = pd.concat([market(), loud])
    assert "hype" not in [each.term for each in rising(written(table), **WHEN).terms]
    # Nobody is named, so each text speaks; copies of a text speak once.
    nameless = table.drop(columns="seller")
    found = rising(written(nameless), **WHEN)
    assert found.speakers is None
    assert found.terms[0].term == "hype"
    assert found.terms[0].n_since == 1000
    copies = nameless.assign(title=nameless["title"].str.replace(r"hype \d+", "hype", regex=True))
    assert "hype" not in [each.term for each in rising(written(copies), **WHEN).terms]


def test_what_is_known_is_said(written):
    table = market()
    table["title"] = table["title"].str.replace("moonlight batch", "ORIGINAL Order")
    [first, _] = rising(written(table), **WHEN).terms
    assert (first.term, first.claim.kind) == ("original order", "factory story")
    data = json.loads(json.dumps(rising(written(table), **WHEN).as_dict()))
    assert data["terms"][0]["claim"]["meaning"] == "claims to come from the brand's own factory"
    assert data["terms"][1]["claim"] is None


def test_any_file_and_way_to_tell_times(written):
    table = market()
    expected = rising(written(table), **WHEN)
    dated = table.assign(listed=pd.to_datetime(table["listed"]))
    assert rising(written(dated, "scored.parquet"), **WHEN) == expected
    numbered = table.assign(listed=np.where(table["listed"] == SINCE, 10, 9))
    assert rising(written(numbered), since="9.5", time="listed").terms == expected.terms
    half = len(table) // 2
    parts = [written(table[:half], "a.csv"), written(table[half:], "b.csv")]
    assert rising(parts, **WHEN).terms == expected.terms
    assert len(rising(parts, **WHEN, n_terms=1).terms) == 1


def test_a_model_s_flags_instead_of_the_file_s(written, model, tmp_path):
    table = market().drop(columns=["score", "flagged", "status"])
    path, scored = written(table, "in.csv"), str(tmp_path / "out.csv")
    score_file(path, scored, model, output=Output(prefix="our "))
    by_file = rising(scored, **WHEN, output=Output(prefix="our "))
    by_model = rising(path, **WHEN, model=model)
    assert by_model == by_file
    assert by_model.n_since == 80


def test_listings_without_a_time_and_bad_records_are_left_out(written, model, tmp_path):
    table = market()
    table.loc[:2, "listed"] = [" ", "", ""]
    found = rising(written(table), **WHEN)
    assert (found.n_undated, found.n_errored) == (3, 0)
    table = table.astype(str)
    table.loc[3:4, ["score", "flagged", "status"]] = ["", "", "line 5: bad"]
    found = rising(written(table), **WHEN)
    assert (found.n_undated, found.n_errored) == (3, 2)
    path = tmp_path / "in.csv"
    path.write_text("title,seller,listed\n" + '"super copy",s,2026-01-01\n"a,b,c,d\n' * 2)
    with pytest.raises(InputError, match="no suspected listing is dated since 2026-02-01, so"):
        rising(str(path), **WHEN, model=model)


def test_a_spreadsheet_s_apostrophe_is_no_part_of_a_seller_or_term(written, tmp_path, model):
    table = market().drop(columns=["score", "flagged", "status"])
    table["seller"] = "=" + table["seller"]
    path, scored = written(table, "in.csv"), str(tmp_path / "out.csv")
    score_file(path, scored, model)
    assert rising(scored, **WHEN) == rising(path, **WHEN, model=model)


@pytest.mark.parametrize(
    ("change", "how", "message"),
    [
        ({}, {"time": "when"}, "no column 'when'; the columns are seller, title, listed, score,"
         " flagged, status"),
        ({}, {"seller": "shop"}, "no column 'shop'; the columns are seller, title, listed, score,"
         " flagged, status"),
        ({}, {"text": ["name"]}, "no column 'name'; the columns are seller, title, listed, score,"
         " flagged, status"),
        ({"listed": "soon"}, {}, "time 'soon' is neither a number nor an ISO 8601 date; give all as"
         " numbers, or all as ISO 8601 dates like 2024-05-31 or 2024-05-31T08:30Z"),
        ({"listed": "7"}, {}, "time '7' is a number, and '2026-02-01', which it is to be compared"
         " with, is a time without offset; give all as numbers, or all as ISO 8601 dates like"
         " 2024-05-31 or 2024-05-31T08:30Z"),
        ({"listed": BEFORE}, {}, "no suspected listing is dated since 2026-02-01, so nothing can be"
         " compared; choose another date, or give listings of a longer time"),
        ({}, {"since": "1999-01-01"}, "no suspected listing is dated before 1999-01-01, so nothing"
         " can be compared; choose another date, or give listings of a longer time"),
        ({}, {"since": "soon"}, "time 'soon' is neither a number nor an ISO 8601 date; give all as"
         " numbers, or all as ISO 8601 dates like 2024-05-31 or 2024-05-31T08:30Z"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_named(written, change, how, message):
    path = written(market(40).assign(**change))
    with pytest.raises(InputError) as caught:
        rising(path, **{**WHEN, **how})
    assert caught.value.message == message
    assert caught.value.file in {path, None}


def test_standard_input_is_not_read_twice():
    with pytest.raises(InputError) as caught:
        rising("-", **WHEN)
    assert str(caught.value) == (
        "the listings are read twice, so not from standard input; name a file"
    )


def test_a_file_that_changes_between_the_readings(written, model, monkeypatch):
    path = written(market(40).drop(columns=["score", "flagged", "status"]), "in.csv")

    def changed(_):
        written(market(20).drop(columns=["score", "flagged", "status"]), "in.csv")
        return ["super"]

    monkeypatch.setattr(module._First, "tried", changed)
    with pytest.raises(InputError, match="changed while it was read; run it again"):
        rising(path, **WHEN, model=model)


def told(**counts):
    """Return which terms are told of some with so many speakers since, the most certain first."""
    terms = [
        RisingTerm(name.replace("_", " "), n, 0, 0, 0, 0.01, None) for name, n in counts.items()
    ]
    return [each.term for each in module._told(terms)]


def test_terms_that_come_with_others_are_not_told():
    assert told(same_factory=20, same=21, factory=22, factory_black=9) == ["same factory"]
    assert told(same=20, same_factory=19, batch=30) == ["same factory", "batch"]
    # Said by others too, or often enough with another neighbour.
    assert told(same_factory=20, factory=40, factory_fresh=11) == [
        "same factory", "factory",
    ]  # fmt: skip
    assert told(原单=20, 原单货=19, 单货=19, 货源=20) == ["原单货", "货源"]
    assert told() == []


@pytest.mark.parametrize("odds", [1.0, 1.5, 40.0])
@pytest.mark.parametrize(("said", "n_since", "n"), [(0, 4, 10), (10, 4, 10), (7, 30, 90)])
def test_tails_are_those_of_scipy(said, n_since, n, odds):
    for least in range(min(said, n_since) + 1):
        expected = stats.nchypergeom_fisher.sf(least - 1, n, said, n_since, odds)
        assert module._tail(said, n_since, n, odds, least) == pytest.approx(expected, abs=1e-9)


def test_adjusted_chances_are_those_of_scipy():
    chances = np.array([0.01, 0.5, 0.02, 0.02, 1.0, 0.001])
    assert module._adjusted(chances) == pytest.approx(stats.false_discovery_control(chances))
    assert len(module._adjusted(np.empty(0))) == 0


def test_nothing_new_gives_few_alarms(written):
    """Of markets in which nothing changes, at most one in twenty has a term, by the procedure."""
    n_with = 0
    for seed in range(20):
        table = market(120)
        rng = np.random.default_rng(seed)
        table["title"] = [
            " ".join(rng.choice([f"w{n}" for n in range(60)], 6)) for _ in table.index
        ]
        n_with += bool(rising(written(table), **WHEN).terms)
    assert n_with <= 3


def test_a_full_field_loses_speakers_and_invents_none(written, monkeypatch):
    table = market()
    path = [written(table[first::8], f"{first}.csv") for first in range(8)]
    exact = rising(path, **WHEN)
    monkeypatch.setattr(seen, "N_BITS", 10)
    lossy = rising(path, **WHEN)
    assert 0 < lossy.n_others_since < exact.n_others_since
    assert 0 < lossy.n_before <= exact.n_before
