import re

import pytest
from click.testing import CliRunner

from fakedetect.cli import app
from fakedetect.engines import ENGINES
from fakedetect.options import engine_options


def test_engines_are_those_there_are():
    @engine_options
    def command(engine, n_threads):
        return engine, n_threads

    choices = [parameter.type.choices for parameter in command.__click_params__[-1:]]
    assert [list(each) for each in choices] == [list(ENGINES)]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--engine", "gpu"], "'gpu' is not one of 'walk', 'compiled'."),
        (["--threads", "0"], "0 is not in the range x>=1."),
        (["--text", "a,,b"], "'a,,b' leaves a column's name empty"),
        (["--text", "a,a"], "'a,a' names a column twice"),
        (["--model-sha256", "abc"], "'abc' is not a SHA-256: 64 hexadecimal digits"),
        (["--delimiter", "ab"], "'ab' is not one ASCII character other than a line end"),
    ],
)
def test_wrong_values_are_usage_errors(arguments, says):
    done = CliRunner().invoke(app, ["score", "listings.csv", "-o", "scored.csv", *arguments])
    assert done.exit_code == 2
    assert re.sub(r"\s+", " ", done.stderr).endswith(f"{says} ")


def test_reports_are_those_that_can_be_written():
    for name in ("report.txt", "html", "report.html.gz"):
        done = CliRunner().invoke(app, ["score", "a.csv", "-o", "b.csv", "--report", name])
        assert done.exit_code == 2
        assert f"{name!r} ends in none of .html, .md, .json" in " ".join(done.stderr.split())
