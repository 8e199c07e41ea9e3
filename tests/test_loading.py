import dataclasses
import hashlib

import numpy as np
import pytest

import fakedetect
from fakedetect import modelfile
from fakedetect.errors import ModelRefused
from fakedetect.loading import load, starter
from hostile_texts import TEXTS


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
    assert header["format"] == 4
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
