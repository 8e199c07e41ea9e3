import dataclasses
import hashlib
import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fakedetect
from fakedetect import modelfile
from fakedetect.errors import InputError, ModelRefused
from fakedetect.model import load, starter

TEXTS = [
    "", " ", "x", "super copy", "ＳＵＰＥＲ  ｃｏｐｙ\n1:1", "高仿A货 手表", "re\u0301plica",
    "réplica", "ของแท้ watch", "a" + "\u0323\u0301" * 40, "\u200b\u200b", "word " * 5000,
    "w" * 20_000, "❤️ gift", "don´t", "\ufdd0", "İstanbul ﬁne ½",
]  # fmt: skip


@pytest.fixture(scope="session")
def pipeline(model):
    return model.pipeline()


def test_scores_are_probabilities_of_margins(model):
    margins, scores = model.margin(TEXTS), model.score(TEXTS)
    np.testing.assert_allclose(scores, 1 / (1 + np.exp(-margins)), rtol=1e-12)
    np.testing.assert_array_equal(model.flag(TEXTS), scores >= model.threshold)


def test_pipeline_gives_the_same_probabilities(model, pipeline):
    np.testing.assert_allclose(
        pipeline.predict_proba(TEXTS)[:, 1], model.score(TEXTS), rtol=0, atol=1e-9
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_pipeline_gives_the_same_probabilities_for_any_text(model, pipeline, texts):
    np.testing.assert_allclose(
        pipeline.predict_proba(texts)[:, 1], model.score(texts), rtol=0, atol=1e-9
    )


def test_exported_pipeline_needs_no_fakedetect(model, pipeline, tmp_path):
    path = tmp_path / "pipeline.joblib"
    joblib.dump(pipeline, path)
    code = (
        "import sys; sys.modules['fakedetect'] = None; import joblib;"
        f"print(joblib.load({str(path)!r}).predict_proba(['super copy'])[0, 1])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(found.stdout) == pytest.approx(model.score("super copy"), abs=1e-12)


def test_result_follows_the_type_of_the_input(model):
    texts = ["super copy", "with receipt"]
    frame = pd.DataFrame({"title": texts}, index=[7, 3])
    scores = model.score(texts)
    assert isinstance(model.score(texts[0]), float)
    assert model.flag(texts[0]) is True
    assert model.score([]).shape == (0,)
    assert model.score(texts[:1]).shape == (1,)
    pd.testing.assert_series_equal(
        model.score(frame), pd.Series(scores, index=[7, 3], name="score")
    )
    assert model.score(pa.table({"title": texts})).to_pylist() == scores.tolist()
    assert model.flag(frame).tolist() == [True, False]


def test_text_columns_can_be_chosen(model):
    table = pa.table({"title": ["super copy"], "body": ["with receipt"]})
    assert model.score(table)[0].as_py() == model.score("super copy")
    assert model.score(table, text=["body"])[0].as_py() == model.score("with receipt")
    assert model.score(table, text=["title", "body"])[0].as_py() == pytest.approx(
        model.score("super copy with receipt")
    )


def test_many_texts_score_as_each_alone(model, monkeypatch):
    alone = [model.margin(text) for text in TEXTS]
    for portion in (1, 50, 10**9):
        monkeypatch.setattr("fakedetect.model._PORTION", portion)
        assert model.margin(TEXTS).tolist() == alone


def test_prevalence_shifts_the_log_odds_and_keeps_the_flags(model):
    rare = model.with_prevalence(0.001)
    before = model.card["calibration"]["prevalence"]
    shift = np.log(0.001 / 0.999) - np.log(before / (1 - before))
    np.testing.assert_allclose(rare.margin(TEXTS) - model.margin(TEXTS), shift)
    np.testing.assert_array_equal(rare.flag(TEXTS), model.flag(TEXTS))
    back = rare.with_prevalence(before)
    np.testing.assert_allclose(back.margin(TEXTS), model.margin(TEXTS))
    assert back.threshold == pytest.approx(model.threshold)


def test_threshold_by_hand(model):
    assert model.with_threshold(0).flag(TEXTS).all()
    threshold = model.with_threshold(0.99).card["threshold"]
    assert (threshold["value"], threshold["rule"]) == (0.99, "chosen by hand")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.with_threshold(1.5), "the threshold 1.5 is not between 0 and 1"),
        (lambda m: m.with_prevalence(0), "the prevalence 0 is not strictly between 0 and 1"),
        (lambda m: m.explain(["a"]), "explain takes one string, not a list"),
    ],
)
def test_bad_arguments(model, call, message):
    with pytest.raises(InputError) as caught:
        call(model)
    assert str(caught.value) == message


def test_saved_and_loaded(model, model_file):
    loaded = load(model_file)
    np.testing.assert_array_equal(loaded.margin(TEXTS), model.margin(TEXTS))
    assert loaded.card == model.card
    assert loaded.threshold == model.threshold
    assert loaded.header() == model.header()


def test_shifted_models_are_saved_as_they_are(model, tmp_path):
    rare = model.with_prevalence(0.01).with_threshold(0.2)
    rare.save(tmp_path / "rare.joblib")
    loaded = load(tmp_path / "rare.joblib")
    np.testing.assert_array_equal(loaded.score(TEXTS), rare.score(TEXTS))
    assert (loaded.threshold, loaded.card) == (0.2, rare.card)


def test_load_with_what_makes_a_file_trusted(model, tmp_path):
    path, key = tmp_path / "m.joblib", b"sixteen bytes or"
    model.save(path, key=key)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    loaded = load(path, sha256=digest, key=key, mmap=True)
    np.testing.assert_array_equal(loaded.score(TEXTS), model.score(TEXTS))
    with pytest.raises(ModelRefused, match="not the pinned"):
        load(path, sha256="0" * 64, key=key)
    with pytest.raises(ModelRefused, match="sealed with a key"):
        load(path)


def test_long_words_make_no_long_canaries(model, tmp_path):
    terms = ["w" * 50_000 + str(number) for number in range(4)]
    features = dataclasses.replace(
        model.features, word_terms=terms, idf=np.ones(4 + len(model.features.char_terms))
    )
    odd = dataclasses.replace(model, features=features, coefficients=np.ones(len(features)))
    odd.save(tmp_path / "m.joblib")
    np.testing.assert_array_equal(load(tmp_path / "m.joblib").score(terms), odd.score(terms))


def test_header_has_what_is_needed_to_judge_the_file(model_file):
    header = modelfile.read(model_file).header
    assert header["format"] == 3
    assert len(header["canaries"]) == 8
    assert len(header["data"]["fingerprint"]) == 64
    assert set(header["versions"]) == {
        "fakedetect", "joblib", "numpy", "python", "scikit-learn", "unicode",
    }  # fmt: skip
    assert set(header["metrics"]["average_precision"]) == {"value", "low", "high"}
    assert header["threshold"]["rule"] == "largest F1 on out-of-fold scores"


def test_canaries_are_no_listings(model, listings):
    canaries = [canary["text"] for canary in model.header()["canaries"]]
    assert not [title for title in listings["title"] for text in canaries if title in text]


@pytest.mark.parametrize("factor", [-1, 0, 1.001])
def test_canaries_notice_other_coefficients(model_file, tmp_path, factor):
    parts = modelfile.read(model_file)
    path = tmp_path / "changed.joblib"
    modelfile.write(path, parts._replace(coefficients=parts.coefficients * factor))
    with pytest.raises(ModelRefused) as caught:
        load(path)
    message = str(caught.value)
    assert message.startswith(
        f"{path}: the model does not give its canary texts the scores it was saved with (off by "
    )
    assert message.endswith("); use the library versions it was trained with, or train again")


def test_starter_is_the_default():
    text = "Super copy 1:1, mirror quality"
    assert fakedetect.score(text) == starter().score(text)
    assert fakedetect.score([text]).shape == (1,)


def test_model_may_be_given_as_a_file(model, model_file):
    assert fakedetect.score("super copy", model_file) == model.score("super copy")
    assert fakedetect.score("super copy", model) == model.score("super copy")


@pytest.mark.parametrize("engine", ["walk", "compiled"])
def test_reasons_come_in_the_container_of_the_listings(model, engine):
    texts = ["super copy watch", "", "高仿A货 手表", " \u0301super copy"]
    lines = [model.explain(text).line() for text in texts]
    assert "super copy" in lines[0]
    assert model.reasons(texts[0], engine=engine) == lines[0]
    assert model.reasons(texts, engine=engine).tolist() == lines
    assert model.reasons(pa.array(texts), engine=engine).equals(pa.array(lines))
    assert model.reasons(pa.array([], pa.string()), engine=engine).type == pa.string()
    found = model.reasons(pd.DataFrame({"title": texts}, index=[3, 2, 1, 0]), engine=engine)
    assert (found.tolist(), found.index.tolist()) == (lines, [3, 2, 1, 0])
