import pytest

from fakedetect.claims import claims_in
from fakedetect.explanation import Claimed, Span
from fakedetect.page import Column, Grid, Painted, Quoted, Stroke, painted, painted_text


def spans_of(text, **values):
    """Return the spans of the words of a text that have values."""
    found = [(text.index(word), word, value) for word, value in values.items()]
    return [Span(word, at, at + len(word), value) for at, word, value in sorted(found)]


def test_strengths_are_shares_of_the_loudest():
    text = "super copy receipt size"
    value = painted_text(text, spans_of(text, super=4.0, copy=1.0, receipt=-2.0, size=0.1))
    assert value.strokes == (Stroke(0, 5, 1.0), Stroke(6, 10, 0.25), Stroke(11, 18, -0.5))
    assert "".join(piece for piece, _ in value.pieces()) == text
    assert [piece for piece, strength in value.pieces() if strength] == ["super", "copy", "receipt"]


def test_note_tells_the_loudest_on_both_sides():
    text = "aa bb cc dd ee ff"
    spans = spans_of(text, aa=1.0, bb=3.0, cc=2.0, dd=0.5, ee=-1.0, ff=-0.01)
    assert painted_text(text, spans, noted=True).note == (
        "For: bb +3.00; cc +2.00; aa +1.00. Against: ee -1.00"
    )
    assert painted_text(text, spans).note == ""


def test_note_tells_what_is_meant():
    text = "original order, 1:1, replica"
    claims = [
        Claimed(found.claim, Span(found.text, found.start, found.end, 1.0))
        for found in claims_in(text)
    ]
    assert painted_text(text, [], claims, noted=True).note == (
        "Meant: 'original order': claims to come from the brand's own factory; '1:1': claims to"
        " equal the original in every detail"
    )
    spans = spans_of(text, order=1.0)
    note = painted_text(text, spans, claims[1:2], noted=True).note
    assert note.startswith("For: order +1.00. Meant: '1:1': ")
    assert painted_text(text, spans, claims).note == ""


def test_note_tells_a_word_once():
    spans = [Span("copy", 0, 4, 1.0), Span("copy", 5, 9, 2.0), Span("bag", 10, 13, 0.5)]
    assert painted_text("copy copy bag", spans, noted=True).note == "For: copy +2.00; bag +0.50"


@pytest.mark.parametrize("longest", [4, 5, 6, 7, 100])
def test_cutting_a_text_cuts_its_strokes(longest):
    text = "ab\x1bcd super"
    value = painted_text(text, spans_of(text, super=1.0), longest=longest)
    assert value.text == "ab␛cd super"[:longest] + ("…" if longest < 11 else "")
    assert all(stroke.start < stroke.end <= longest for stroke in value.strokes)
    assert bool(value.strokes) == (longest > 6)


def test_nothing_to_paint():
    assert painted_text("", []) == Painted("")
    assert list(painted_text("bag", spans_of("bag", bag=0.0)).pieces()) == [("bag", 0.0)]


def test_a_model_s_explanation(model):
    value = painted(model.explain("super copy with receipt"), noted=True)
    strengths = dict(value.pieces())
    assert strengths["super"] > 0 > strengths["receipt"]
    assert max(map(abs, strengths.values())) == 1
    assert value.note.startswith("For: ")


def test_quoted_words_are_bounded_and_cannot_hide():
    assert Quoted("a\u202eb\x07").shown == "a�b␇"
    assert len(Quoted("long " * 1000).shown) == 201


def test_columns_know_what_they_hold():
    grid = Grid((Column("a"), Column("b", numeric=True), Column("c")), (("x", "1", Painted("t")),))
    assert grid.kinds() == ["name", "figure", "text"]
    assert grid._replace(rows=()).kinds() == ["name", "figure", "name"]
