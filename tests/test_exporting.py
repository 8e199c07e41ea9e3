import subprocess
import sys

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


def test_exported_pipeline_needs_no_fakedetect(model, pipeline, tmp_path):
    path = tmp_path / "pipeline.joblib"
    joblib.dump(pipeline, path)
    code = (
        "import sys; sys.modules['fakedetect'] = None; import joblib;"
        f"print(joblib.load({str(path)!r}).predict_proba(['super copy'])[0, 1])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(found.stdout) == pytest.approx(model.score("super copy"), abs=1e-12)
