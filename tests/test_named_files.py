import click
import pytest

from fakedetect import named_files
from fakedetect.errors import InputError
from fakedetect.rule_options import Rules
from fakedetect.trust import Trust

READING = {"format": None, "delimiter": None, "quote": '"', "encoding": None}


def test_models_come_with_the_thresholds_that_were_asked_for(model_file):
    rules = Rules("threshold", 0.25)
    found = named_files.loaded(str(model_file), Trust(), rules=rules, prevalence=None)
    assert found.threshold == 0.25
    again = named_files.loaded(str(model_file), Trust(), prevalence=0.5)
    assert again.card["calibration"]["prevalence"] == 0.5
    with pytest.raises(click.UsageError) as error:
        named_files.loaded(None, Trust(sha256="0" * 64))
    assert error.value.message == (
        "a pinned digest or a key is for a model file, and none is named"
    )


def test_errors_name_the_row_in_the_file_and_not_among_those_chosen(tmp_path):
    path = tmp_path / "лоты.csv"
    path.write_text("title,kind\na,x\nb,y\nc,y\n")
    chosen = named_files.listings((str(path),), READING, ("kind", "y"))
    assert chosen.__enter__().column("title").to_pylist() == ["b", "c"]
    with pytest.raises(InputError) as error:
        chosen.gen.throw(InputError("that one", row=2, column="title"))
    assert str(error.value) == f"{path}, row 3, column title: that one"
    with (
        pytest.raises(InputError) as error,
        named_files.listings((str(path),), READING, ("kind", "z")),
    ):
        pass
    assert str(error.value) == f"{path}, column kind: no listing has the value 'z'"


def test_targets_are_looked_at_beforehand(tmp_path):
    with pytest.raises(InputError) as error:
        named_files.check_model_target("-")
    assert str(error.value) == "a model is not written to standard output; name a file"
    path = str(tmp_path / "report.html")
    with pytest.raises(click.UsageError) as usage:
        named_files.check_report(path, output=path)
    assert usage.value.message == f"--report and --output are both {path}; name two files"
