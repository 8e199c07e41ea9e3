import json

import numpy as np
import pandas as pd
import pytest

from conftest import market
from fakedetect.batch import Output, score_file
from fakedetect.claims import KINDS
from fakedetect.lanes import Policy
from fakedetect.overview import N_BINS, overview
from fakedetect.text import canonical


@pytest.fixture(scope="module")
def scored(tmp_path_factory, model):
    """A market of 3,000 listings, what was read of it, and the scores it should have."""
    listings = market(3_000, seed=5)
    folder = tmp_path_factory.mktemp("scored")
    listings.to_csv(folder / "in.csv", index=False)
    path = str(folder / "out.csv")
    score_file(str(folder / "in.csv"), path, model)
    return listings, path, model.score(listings)


def test_counts_and_histogram_add_up(scored, model):
    _, path, scores = scored
    found = overview(path, model)
    assert (found.n_read, found.n_scored, found.n_errored) == (3_000, 3_000, 0)
    assert found.n_flagged == (scores >= model.threshold).sum()
    assert found.counts == tuple(np.histogram(scores, N_BINS, (0, 1))[0])
    assert (found.threshold, found.hold) == (model.threshold, None)


def test_top_is_the_highest_and_of_equals_the_first(scored, model):
    listings, path, scores = scored
    found = overview(path, model, n_top=30)
    rows = np.argsort(-scores.to_numpy(), kind="stable")[:30]
    assert [each.row for each in found.top] == (rows + 1).tolist()
    assert [each.score for each in found.top] == pytest.approx(scores.to_numpy()[rows])
    first = listings.iloc[rows[0]]
    assert found.top[0].names == {"listing_id": first["listing_id"], "seller": first["seller"]}
    assert found.top[0].text == f"{first['title']} {first['description']}".strip()
    assert list(found.top[0].spans) == model.explain(found.top[0].text).spans
    assert list(found.top[0].claims) == model.explain(found.top[0].text).claims


def test_terms_are_sums_over_the_highest(scored, model):
    listings, path, scores = scored
    found = overview(path, model, n_top=1)
    assert (len(found.top), found.n_explained) == (1, 200)
    totals, listings_with = {}, {}
    for row in np.argsort(-scores.to_numpy(), kind="stable")[:200]:
        text = f"{listings['title'][row]} {listings['description'][row]}"
        spans = model.explain(text).spans
        for word in {canonical(span.text) for span in spans}:
            here = sum(span.value for span in spans if canonical(span.text) == word)
            totals[word] = totals.get(word, 0) + here
            listings_with[word] = listings_with.get(word, 0) + 1
    best = sorted(totals, key=lambda word: -totals[word])[:20]
    assert [each.term for each in found.terms[:5]] == best[:5]
    for each in found.terms:
        assert each.value == pytest.approx(totals[each.term])
        assert each.n_listings == listings_with[each.term]


def test_breakdown_by_what_is_there(scored, model):
    listings, path, scores = scored
    [found] = overview(path, model).breakdowns
    assert found.column == "seller"
    flagged = listings[scores >= model.threshold]["seller"].value_counts()
    for share in found.shares:
        assert share.n_flagged == flagged[share.value]
        assert share.n == (listings["seller"] == share.value).sum()
    [other] = overview(path, model, by=["description", "nothing"]).breakdowns
    assert other.column == "description"


def test_plain_data(scored, model):
    _, path, _ = scored
    value = overview(path, model)
    found = json.loads(json.dumps(value.as_dict()))
    assert found["n_flagged"] == value.n_flagged
    assert found["top"][0]["spans"][0].keys() == {"text", "start", "end", "value"}
    claims = [claim for each in found["top"] for claim in each["claims"]]
    assert {claim["kind"] for claim in claims} <= set(KINDS)
    assert min(claim["value"] for claim in claims) > 0
    assert found["breakdowns"][0]["shares"][0]["rate"]["low"] > 0
    assert sum(found["counts"]) == 3_000


def test_lanes_and_what_was_explored(tmp_path, model):
    path = tmp_path / "scored.csv"
    pd.DataFrame(
        {
            "title": ["a", "b", "c", "d", ""],
            "our score": [0.99, 0.6, 0.1, 0.2, ""],
            "our flagged": ["true", "true", "false", "false", ""],
            "our lane": ["hold", "review", "review", "clear", ""],
            "our inclusion_probability": [1, 1, 0.5, 0.5, ""],
            "our status": ["ok"] * 4 + ["line 6: bad"],
        }
    ).to_csv(path, index=False)
    how = {"output": Output(prefix="our "), "policy": Policy(0.5, 0.9)}
    found = overview(str(path), model, **how)
    assert found.lanes == {"hold": 1, "review": 2, "clear": 1}
    assert found.n_explored == 1
    assert (found.n_read, found.n_scored, found.n_errored) == (5, 4, 1)
    assert (found.threshold, found.hold) == (0.5, 0.9)
    assert [each.lane for each in found.top] == ["hold", "review", "clear", "review"]
    # Where all that is left is drawn, it is drawn for certain.
    text = path.read_text().replace("0.5", "1")
    path.write_text(text)
    assert overview(str(path), model, **how).n_explored == 1


def test_ids_alone_have_no_text(tmp_path, model, listings_file):
    path, output = str(tmp_path / "out.csv"), Output(ids_only=True)
    score_file(str(listings_file), path, model, output=output)
    found = overview(path, model, output=output)
    assert not found.has_text
    assert found.terms == found.breakdowns == ()
    assert found.top[0].names.keys() == {"listing_id"}
    assert found.top[0].text == ""


def test_nothing_could_be_scored(tmp_path, model):
    path = tmp_path / "scored.csv"
    path.write_text("title,seller,score,flagged,status\n,,,,line 2: bad\n")
    found = overview(str(path), model)
    assert (found.n_read, found.n_scored, found.n_errored) == (1, 0, 1)
    assert found.top == found.terms == ()
    assert sum(found.counts) == 0


def test_texts_are_those_before_a_spreadsheet_was_thought_of(tmp_path, model):
    title = "=HYPERLINK(1) super copy 1:1"
    pd.DataFrame({"title": [title], "brand": ["@brand"]}).to_csv(tmp_path / "in.csv", index=False)
    path = str(tmp_path / "out.csv")
    score_file(str(tmp_path / "in.csv"), path, model.with_threshold(0.0))
    found = overview(path, model)
    assert found.top[0].text.strip() == title
    assert found.breakdowns[0].shares[0].value == "@brand"
