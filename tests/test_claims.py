import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import SOURCE
from fakedetect.claims import (
    KINDS,
    LANGUAGES,
    MOST_FOUND,
    Claim,
    claims_in,
    known,
    lexicon,
    parsed,
)
from fakedetect.errors import InputError
from fakedetect.text import canonical

ENTRY = """
[[claims]]
term = "mirror copy"
kind = "coded"
meaning = "looks the same"
example = "bag, mirror copy"
source = "common usage"
"""
HEAD = 'version = 1\nlanguage = "en"\n'


def found(text, *languages):
    return [(each.text, each.claim.term) for each in claims_in(text, languages or None)]


def test_there_is_a_file_for_each_language_and_no_other():
    assert {path.stem for path in (SOURCE / "lexicon").iterdir()} == set(LANGUAGES)
    for language in LANGUAGES:
        text = (SOURCE / "lexicon" / f"{language}.toml").read_text(encoding="utf-8")
        assert tomllib.loads(text)["language"] == language
        assert {claim.language for claim in lexicon(language)} == {language}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_kind(language):
    claims = lexicon([language])
    assert {claim.kind for claim in claims} == set(KINDS)
    assert len(claims) >= (25 if language in {"en", "zh"} else 12)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_example_makes_its_claim_in_any_spelling(language):
    """The example holds the term or a variant, also once it is canonical or in capitals."""
    for claim in lexicon(language):
        for text in (claim.example, canonical(claim.example), claim.example.upper()):
            assert claim in [each.claim for each in claims_in(text, language)], text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_is_stable_and_found_as_a_whole(language):
    for claim in lexicon(language):
        for form in claim.forms:
            assert canonical(canonical(form)) == canonical(form)
            assert known(form, language) == claim
            assert found(f"x {form}, y", language) == [(form, claim.term)]


def test_entries_are_one_line_of_plain_words():
    for claim in lexicon():
        told = (claim.meaning, claim.source, claim.ambiguous, claim.example)
        assert all(line.isprintable() for line in told)
        assert not claim.meaning.endswith(".")
        assert len(claim.meaning) <= 90


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("ORIGINAL  Order", [("ORIGINAL  Order", "original order")]),
        ("ｏｒｉｇｉｎａｌ-ｏｒ\u200bder", [("ｏｒｉｇｉｎａｌ-ｏｒ\u200bder", "original order")]),
        # Whole words, in scripts that have words.
        ("replicated, un1:1, 1:18, aaaa", []),
        ("replica_watch (replica)", [("replica", "replica"), ("replica", "replica")]),
        # Elsewhere a term may stand anywhere, also beside letters of another script.
        ("全新高仿包1:1莆田", [("高仿", "高仿"), ("1:1", "1:1"), ("莆田", "莆田")]),
        ("bagA货", []),
        # The longest, and the first; what begins inside it is not looked for.
        ("not a replica", [("not a replica", "not a replica")]),
        ("不是高仿", [("不是高仿", "不是高仿")]),
        ("no box no", [("no box", "no box")]),
        ("no box no papers", [("no box no papers", "no box no papers")]),
        ("non è un falso", [("non è un falso", "non è un falso")]),
        ("non e\u0300 un falso", [("non e\u0300 un falso", "non è un falso")]),
    ],
)
def test_where_claims_are_found(text, expected):
    assert found(text) == expected


def test_a_term_of_several_languages_is_the_first_ones():
    text = "replica"
    assert [each.claim.language for each in claims_in(text)] == ["en"]
    assert [each.claim.language for each in claims_in(text, ["it", "en"])] == ["it"]
    assert claims_in(text, "ru") == []


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(["replica", "no", "box", "高仿", "não", "\u200b", "e\u0301", "-", "AAA"])
    )
)
def test_spans_are_those_of_the_original(words):
    text = " ".join(words)
    end = 0
    for each in claims_in(text):
        assert text[each.start : each.end] == each.text
        assert known(each.text) is not None
        assert end <= each.start < each.end
        end = each.end


@pytest.mark.parametrize("text", ["no box no ", "a", "1:", "不是", "replica ", "-"])
def test_no_more_than_some_are_found_in_endless_text(text):
    assert len(claims_in(text * 20_000)) <= MOST_FOUND


def test_a_language_without_lexicon():
    with pytest.raises(InputError) as caught:
        lexicon(["en", "xx"])
    assert str(caught.value) == (
        "no lexicon of 'xx'; there are en, zh, es, fr, de, pt, ru, id, it, tr, vi, pl"
    )


def test_a_file_is_read():
    [claim] = parsed(HEAD + ENTRY + 'variants = ["mirror image copy"]\n', "en.toml")
    assert claim == Claim(
        "mirror copy", "en", "coded", "looks the same", "bag, mirror copy", "common usage",
        ("mirror image copy",),
    )  # fmt: skip
    assert claim.as_dict()["variants"] == ["mirror image copy"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("version = 2", "version 2 of the lexicon is not 1"),
        ("version = 1", "language None is not text"),
        (HEAD, "claims is not a list of tables; begin each with [[claims]]"),
        (HEAD + "claims = [3]", "claims is not a list of tables; begin each with [[claims]]"),
        (HEAD + ENTRY.replace("term", "terms"), "row 1: a claim has no 'terms'; it may have term,"
         " kind, meaning, example, source, variants, ambiguous"),
        (HEAD + ENTRY.replace('"looks the same"', '" "'), "row 1: meaning ' ' is not text"),
        (HEAD + ENTRY.replace('source = "common usage"', ""), "row 1: source None is not text"),
        (HEAD + ENTRY + 'variants = "x"', "row 1: variants is not a list"),
        (HEAD + ENTRY + "variants = [3]", "row 1: variants 3 is not text"),
        (HEAD + ENTRY.replace('"coded"', '"rude"'), "row 1: kind 'rude' is none of overt, coded,"
         " factory story, terms of trade, denial"),
        (HEAD + ENTRY + 'variants = ["\u200b"]', "row 1: nothing is left of the term '\\u200b'"),
        (HEAD + ENTRY + ENTRY.replace("mirror copy", "MIRROR-copy"),
         "row 2: the term 'MIRROR-copy' is that of row 1 already"),
    ],
)  # fmt: skip
def test_what_is_no_lexicon_is_refused(text, message):
    with pytest.raises(InputError) as caught:
        parsed(text, "my.toml")
    assert str(caught.value).replace(", row", ": row").removeprefix("my.toml: ") == message


def test_what_is_no_toml_is_refused():
    with pytest.raises(InputError, match=r"^my\.toml: not TOML: "):
        parsed("version = ", "my.toml")
