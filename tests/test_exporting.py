import dataclasses
import subprocess
import sys

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakedetect.segments import Segments
from hostile_texts import TEXTS


@pytest.fixture(scope="session")
def pipeline(model):
    return model.pipeline()


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


LONG = [
    "super copy watch " + "sealed with receipt " * 40,
    "sealed with receipt, hardly used\n" * 20 + "1:1 mirror quality 高仿 A货 same factory",
    "word " * 33,
]


def test_long_texts_are_judged_by_the_same_rule(model, pipeline):
    strict = dataclasses.replace(model, segments=Segments(4, 2, penalty=0.25))
    for each, exported in ((model, pipeline), (strict, strict.pipeline())):
        margins = each.margin(LONG)
        np.testing.assert_allclose(exported.decision_function(LONG), margins, rtol=0, atol=1e-9)
        np.testing.assert_array_equal(exported.predict(LONG), margins > 0)
        assert (margins > dataclasses.replace(each, segments=None).margin(LONG)).any()


def test_it_is_an_estimator_that_is_not_fitted_again(pipeline):
    judge = pipeline["segments"]
    assert judge.get_params(deep=False)["n_words"] == judge.n_words
    assert judge.classes_.tolist() == [0, 1]
    assert np.sum(pipeline.predict_proba(LONG), axis=1) == pytest.approx(1.0)
    with pytest.raises(NotImplementedError) as caught:
        pipeline.fit(LONG, [0, 1, 0])
    assert str(caught.value) == "train with fakedetect.train and export the model again"


def loaded_and_asked(pipeline, path, before=""):
    """Return the probability of a text by an exported pipeline in a process of its own."""
    joblib.dump(pipeline, path)
    code = f"{before}import joblib; print(joblib.load({str(path)!r}).predict_proba(['super copy']))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(found.stdout.split()[1].rstrip("]"))


def test_exported_pipeline_is_loaded_elsewhere(model, pipeline, tmp_path):
    found = loaded_and_asked(pipeline, tmp_path / "pipeline.joblib")
    assert found == pytest.approx(model.score("super copy"), abs=1e-8)


@pytest.mark.parametrize("edition", [1, 2])
def test_without_segments_it_reads_texts_as_a_whole(model, edition, tmp_path):
    card = {**model.card, "text": {**model.card["text"], "edition": edition}}
    other = dataclasses.replace(model, segments=None, card=card)
    found = loaded_and_asked(other.pipeline(), tmp_path / "pipeline.joblib")
    assert found == pytest.approx(other.score("super copy"), abs=1e-8)
