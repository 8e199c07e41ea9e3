"""The shipped listings, their grammar, and the starter model trained from them."""

import importlib
import sys
import tomllib
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from conftest import ROOT
from fakedetect.evaluation import evaluate
from fakedetect.loading import load, starter
from fakedetect.training import train

DATA = ROOT / "data"
SUSPECTED = {"overt", "coded", "factory", "denial", "terms"}
HARD = {
    "authorised", "beware", "compatible", "dupe", "film_prop", "inspired", "museum",
    "not_a_replica", "same_words", "scale_model", "second_hand",
}  # fmt: skip
LANGUAGES = {"en", "zh", "es", "fr", "de", "pt", "ru", "id", "it", "tr", "vi", "pl"}


@pytest.fixture(scope="module")
def grammar():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(DATA)  # where a script's neighbours are
        yield importlib.import_module("make_listings")
    for name in ("make_listings", "noise"):
        del sys.modules[name]


@pytest.fixture(scope="module")
def noise(grammar):
    return sys.modules[grammar.Draw.__module__]


@pytest.fixture(scope="module")
def few(grammar):
    """A small sample, in which every seller of the first languages has some listings."""
    return list(grammar.generate(listings=2400))


@pytest.fixture(scope="module")
def shipped():
    return pd.read_csv(DATA / "listings.csv", dtype=str, keep_default_na=False)


@pytest.mark.slow
def test_same_seed_same_bytes(grammar, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["make_listings.py", "-o", str(tmp_path / "again.csv")])
    grammar.main()
    assert (tmp_path / "again.csv").read_bytes() == (DATA / "listings.csv").read_bytes()


def test_another_seed_is_another_sample(grammar):
    first, second = (
        [listing.row["title"] for listing in grammar.generate(seed, 120)] for seed in (1, 2)
    )
    assert first != second


def test_data_sheet_counts_are_current(grammar, shipped, tmp_path):
    sheet = tmp_path / "README.md"
    sheet.write_bytes((DATA / "README.md").read_bytes())
    grammar.refresh_sheet(sheet, shipped.to_dict("records"))
    assert sheet.read_text() == (DATA / "README.md").read_text()


def test_no_template_is_in_both_parts(grammar, few):
    assert grammar.shared_templates(few) == set()
    assert {listing.row["split"] for listing in few} == {"train", "test"}
    # The check itself can fail.
    listing = next(listing for listing in few if listing.templates)
    moved, other = (
        listing._replace(row={**listing.row, "split": part}) for part in ("test", "train")
    )
    assert grammar.shared_templates([moved, other]) == set(listing.templates)


def entries(grammar):
    """Return the lexicon's entries that may be said, each as its phrases."""
    common = tomllib.loads((DATA / "grammar" / "common.toml").read_text())
    return [
        ways
        for language in common["languages"]
        for known in grammar.read_terms(language, common["places"]).values()
        for ways in known
    ]


def test_held_out_terms_of_the_lexicon_are_in_the_test_part_only(grammar, few):
    held_out = {phrase.key for ways in entries(grammar) for phrase in ways if phrase.test}
    said = {part: set() for part in ("train", "test")}
    for listing in few:
        said[listing.row["split"]].update(listing.terms)
    assert said["train"]
    assert said["train"].isdisjoint(held_out)
    assert said["test"] & held_out


@pytest.mark.slow
def test_every_term_of_the_lexicon_is_said(grammar):
    said = {key.rpartition(".")[0] for listing in grammar.generate() for key in listing.terms}
    assert [ways[0].text for ways in entries(grammar) if ways[0].key[:-2] not in said] == []


def test_no_suspected_phrase_names_a_place(grammar):
    common = tomllib.loads((DATA / "grammar" / "common.toml").read_text())
    for ways in entries(grammar):
        for phrase in ways:
            assert not any(place in phrase.text.lower() for place in common["places"])


def test_sellers_are_in_one_part(shipped):
    assert (shipped.groupby("seller")["split"].nunique() == 1).all()


def test_every_language_and_kind_is_there(shipped):
    assert len(shipped) >= 20_000
    assert set(shipped["language"]) == LANGUAGES
    assert set(shipped["kind"]) == SUSPECTED | HARD | {"plain"}
    assert ((shipped["label"] == "1") == shipped["kind"].isin(SUSPECTED)).all()
    for _, part in shipped.groupby(["language", "split"]):
        counts = Counter(part["label"])
        assert counts["1"] >= 70
        assert counts["0"] >= 300
        assert set(part["kind"]) >= SUSPECTED
    for _, part in shipped.groupby("language"):
        assert set(part["kind"]) >= HARD


def test_some_listings_are_long_and_some_are_titles(shipped):
    words = (shipped["title"] + " " + shipped["description"]).str.split().str.len()
    assert (words > 300).sum() >= 50
    assert (shipped["description"] == "").mean() > 0.05
    honest = shipped["label"] == "0"
    assert (words[honest] > 150).sum() > (words[~honest] > 150).sum() > 0


def test_claims_are_disguised_in_the_training_part_only(shipped):
    suspected = shipped[shipped["label"] == "1"]
    text = suspected["title"] + " " + suspected["description"]
    hidden = text.str.contains("[\u200b\u200c\u2060\ufeff]", regex=True)
    assert hidden[suspected["split"] == "train"].any()
    assert not hidden[suspected["split"] == "test"].any()
    honest = shipped[shipped["label"] == "0"]
    for part in ("train", "test"):
        titles = honest.loc[honest["split"] == part, "title"]
        assert titles.str.contains("[Ａ-Ｚ]|[𝗔-𝘇]|[Ⓐ-ⓩ]", regex=True).sum() >= 20  # ornaments


def test_a_deck_deals_each_before_any_again(noise):
    deck = noise.Deck(range(7), noise.Draw(1), lambda number: number == 3)
    dealt = [deck.deal() for _ in range(14)]
    assert dealt[0] == dealt[7] == 3
    assert sorted(dealt[:7]) == sorted(dealt[7:]) == list(range(7))
    assert dealt[:7] != list(range(7))


def test_capitals_of_turkish_keep_their_dots(noise):
    assert noise.capitals("kırmızı çizgili", "tr") == "KIRMIZI ÇİZGİLİ"
    assert noise.capitals("cizgili", "tr") == "CIZGILI"  # typed without Turkish letters
    assert noise.capitals("straße ici", "de") == "STRASSE ICI"
    assert noise.capitalised("iyi günler", "tr") == "İyi günler"
    assert noise.capitalised("", "tr") == ""


def test_unaccented(noise):
    assert noise.unaccented("Đồng hồ łódź ığdır señal") == "Dong ho lodz igdir senal"


def test_disguises_change_words_and_keep_their_order(noise):
    seen = {noise.disguise("super copy 1:1", noise.Draw(seed)) for seed in range(60)}
    assert "5up3r c0py 1:1" in seen
    assert "ｓｕｐｅｒ ｃｏｐｙ 1:1" in seen
    assert any("\u200b" in text and text.replace("\u200b", "") == "super copy 1:1" for text in seen)
    assert all(text.endswith(" 1:1") for text in seen)


def test_ornaments(noise):
    drawn = {noise.headline("sale", noise.Draw(seed)) for seed in range(80)}
    assert {"S A L E", "ＳＡＬＥ", "𝗦𝗔𝗟𝗘", "【sale】"} <= drawn
    drawn = {noise.stylised("Velmora", noise.Draw(seed)) for seed in range(80)}
    assert {"Velmora®", "V E L M O R A", "VΞLMØRΛ"} <= drawn
    assert noise.garland("a b", "🌸", noise.Draw(1)) in {"a b", "a 🌸 b"}


def test_no_slot_is_left_unfilled(shipped):
    text = shipped["title"] + " " + shipped["description"]
    assert not text.str.contains(r"[{}]|<(?!br|/?[bp]>|p )[a-z_]+>", regex=True).any()


def test_grammars_have_the_same_lists():
    def shape(value):
        return {key: shape(each) for key, each in value.items()} if isinstance(value, dict) else 0

    shapes = [
        shape(tomllib.loads(path.read_text()))
        for path in sorted((DATA / "grammar").glob("??.toml"))
    ]
    assert len(shapes) == len(LANGUAGES)
    assert all(each == shapes[0] for each in shapes)


def test_lists_of_suspicion_are_long():
    for language in LANGUAGES:
        data = tomllib.loads((DATA / "grammar" / f"{language}.toml").read_text())
        for kind in SUSPECTED:
            assert len(data["suspect"][kind]) >= 24, (language, kind)
            assert len(set(data["suspect"][kind])) == len(data["suspect"][kind])
        for kind in HARD:
            assert len(set(data["genuine"][kind])) == len(data["genuine"][kind]) >= 8


def test_hard_negatives_use_the_words_of_suspicion(shipped):
    honest = shipped[(shipped["label"] == "0") & (shipped["language"] == "en")]
    text = (honest["title"] + " " + honest["description"]).str.lower()
    for word in ("replica", "copy", "1:1", "mirror", "factory", "aaa", "fake", "dupe"):
        assert text.str.contains(word, regex=False).sum() >= 3, word


@pytest.mark.slow
def test_starter_comes_from_the_shipped_listings(shipped):
    again = train(shipped[shipped["split"] == "train"], group="wording")
    shipped_model = load(ROOT / "models" / "starter.joblib")
    titles = shipped["title"].tolist()
    np.testing.assert_allclose(again.score(titles), shipped_model.score(titles), atol=1e-6)
    assert again.card["data"] == shipped_model.card["data"]


def test_starter_reads_wording_it_has_not_seen(shipped):
    held_out = shipped[shipped["split"] == "test"]
    found = evaluate(held_out, starter())
    assert found.seen_share < 0.05
    assert found.metrics["average_precision"].low > 2 * (held_out["label"] == "1").mean()


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("Leather bag 1:1 mirror quality, same factory", True),
        ("手表 高仿 1:1 顶级复刻", True),
        ("Bolso réplica calidad espejo 1:1", True),
        ("Часы реплика 1:1 люкс копия", True),
        ("", False),
        ("Winter jacket, hardly worn, size M, with receipt", False),
        ("Gebrauchte Uhr mit Rechnung, Privatverkauf", False),
    ],
)
def test_starter_on_plain_cases(text, flagged):
    assert starter().flag(text) is flagged
