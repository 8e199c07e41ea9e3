import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakedetect.explanation import Explanation

TEXTS = [
    "",
    "  \n ",
    "nothing known: qqqq",
    "Super copy watch, 1:1 MIRROR quality!!",
    "watch watch watch with receipt",
    "Ｓｕｐｅｒ\u200b ｃｏｐｙ",
    "re\u0301plica exacta / réplica exacta",
    "高仿A货手表 正品发票",
    "<b>super copy</b>\r\n\x1b[31m same factory",
    "a" + "\u0301" * 50 + " super copy",
]


@pytest.mark.parametrize("text", TEXTS)
def test_everything_adds_up_to_the_margin(model, text):
    found = model.explain(text)
    assert found.margin == model.margin(text)
    for shares in ([ngram.value for ngram in found.ngrams], found.characters):
        assert found.intercept + np.sum(shares) == pytest.approx(found.margin, abs=1e-9)
    assert sum(span.value for span in found.spans) == pytest.approx(
        found.margin - found.intercept, abs=1e-9
    )
    assert len(found.characters) == len(text)


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet=st.sampled_from("super copy手表高仿1:1 ｃo\u0301\u200b\nfi ﬁxé"), max_size=40)
)
def test_everything_adds_up_for_any_text(model, text):
    found = model.explain(text)
    assert found.intercept + found.characters.sum() == pytest.approx(found.margin, abs=1e-9)
    assert all(found.text[span.start : span.end] == span.text for span in found.spans)


def test_reasons_point_at_the_claim(model):
    found = model.explain("Ledertasche schwarz, SUPER COPY, fast shipping")
    assert found.flagged
    assert "SUPER COPY" in found.reasons[0].text
    assert found.reasons == sorted(found.reasons, key=lambda span: -span.value)


def test_genuine_words_speak_against(model):
    found = model.explain("watch sealed with receipt")
    assert not found.flagged
    assert min(found.spans, key=lambda span: span.value).text in {"with", "receipt", "sealed"}


def test_text_without_spaces_is_cut():
    text = "高仿手表正品发票"
    characters = np.array([2, 2, 0.5, 0.5, -1, -1, -1, -1])
    found = Explanation(text, 0.0, characters, 1.0, 0.7, 0.5, flagged=True, _list_ngrams=tuple)
    assert [span.text for span in found.spans] == ["高仿手表", "正品发票"]
    assert [reason.text for reason in found.reasons] == ["高仿手表"]


@pytest.mark.parametrize("n", [1, 20, 400])
def test_repeating_a_claim_does_not_hide_it(model, n):
    found = model.explain("super copy watch, box / " * n)
    assert found.flagged
    assert any("super copy" in reason.text for reason in found.reasons)


def test_equal_stretches_are_one_reason(model):
    texts = [reason.text for reason in model.explain("super copy. watch " * 10).reasons]
    assert len(texts) == len(set(texts)) > 0


def test_neighbours_make_one_reason():
    characters = np.zeros(17)
    characters[:10] = 1.0
    characters[15:] = 0.8
    found = Explanation(
        "super copy box ok", 0.0, characters, 1.0, 0.7, 0.5, flagged=True, _list_ngrams=tuple
    )
    assert [(reason.text, reason.start) for reason in found.reasons] == [
        ("super copy", 0),
        ("ok", 15),
    ]


def test_a_line_has_all_reasons_cut_short(model):
    found = model.explain("super copy\n1:1 mirror quality, box, " + "supercopy" * 20)
    line = found.line()
    assert "\n" not in line
    assert [len(reason) for reason in line.split("; ")] == [
        min(60, len(reason.text)) for reason in found.reasons
    ]
    assert "…" in line
    assert model.explain("").line() == ""


HARMLESS = "sealed with receipt, hardly used, fast shipping, see pictures, gift box, new; "


def test_a_segment_speaks_where_harmless_words_were_added(model):
    text = HARMLESS * 8 + "super copy watch, 1:1 mirror quality, same factory"
    found = model.explain(text)
    start, end = found.segment
    assert end == len(text)
    assert "super copy" in text[start:end]
    assert found.margin == model.margin(text)
    toll = model.segments.tolls(np.array(len(model.segments.spans(text))))
    assert found.intercept == model.intercept - toll
    assert found.intercept + found.characters.sum() == pytest.approx(found.margin, abs=1e-9)
    assert not found.characters[:start].any()
    assert sum(ngram.value for ngram in found.ngrams) == pytest.approx(found.characters.sum())
    assert found.as_dict()["segment"] == [start, end]
    assert all(start <= reason.start for reason in found.reasons)


@pytest.mark.parametrize("text", ["super copy watch", HARMLESS * 8, "super copy watch " * 40])
def test_the_whole_speaks_unless_a_segment_is_more_suspicious(model, text):
    found = model.explain(text)
    if found.segment is None:
        assert found.intercept == model.intercept
    else:
        start, end = found.segment
        assert found.margin > dataclasses.replace(model, segments=None).margin(text)
        assert (start, end) in model.segments.spans(text)
    assert model.explain("super copy watch").segment is None


def test_plain_data(model):
    data = json.loads(json.dumps(model.explain("super copy").as_dict()))
    assert data["text"] == "super copy"
    assert set(data["spans"][0]) == {"text", "start", "end", "value"}
    assert set(data["ngrams"][0]) == {"term", "n_places", "value"}
    assert data["claims"][0]["term"] == "super copy"


def explained(text, **values):
    """Return an explanation in which some words of a text have values, each letter its share."""
    characters = np.zeros(len(text))
    for word, value in values.items():
        start = text.index(word)
        characters[start : start + len(word)] = value / len(word)
    return Explanation(text, 0.0, characters, 1.0, 0.7, 0.5, flagged=True, _list_ngrams=tuple)


def test_claims_say_what_suspicious_words_mean():
    found = explained("Original  ORDER, AAA; replica", Original=1.0, ORDER=1.0, AAA=3.0)
    assert [(each.claim.term, each.span.text) for each in found.claims] == [
        ("AAA", "AAA"),
        ("original order", "Original  ORDER"),
    ]
    assert found.claims[1].span.value == pytest.approx(2.0)
    assert found.claims[1].claim.meaning == "claims to come from the brand's own factory"
    assert found.claims[0].as_dict() == {
        "text": "AAA",
        "start": 17,
        "end": 20,
        "value": pytest.approx(3.0),
        "term": "AAA",
        "language": "en",
        "kind": "coded",
        "meaning": "a grade of copy, said to be the best",
        "ambiguous": "battery size; credit ratings; grades of gems, rice and cannabis",
    }


def test_no_claim_in_words_that_speak_against_or_do_not_speak():
    assert explained("AAA batteries, no box", AAA=-1.0).claims == []


def test_a_claim_is_told_once_where_it_is_loudest():
    text = "1:1 one to one"
    found = explained(text, one=2.0, **{"1:1": 1.0})
    assert [(each.span.text, each.span.start) for each in found.claims] == [("one to one", 4)]


def test_claims_change_no_figure(model):
    text = "super copy, same factory"
    found, other = model.explain(text), model.explain(text)
    assert found.claims
    assert found.as_dict()["spans"] == [span._asdict() for span in other.spans]
    assert found.margin == other.margin == model.margin(text)
