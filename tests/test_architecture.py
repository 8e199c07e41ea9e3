"""The layers and what importing costs."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import fakedetect

SOURCE = Path(fakedetect.__file__).parent

# A module imports only modules of layers before its own.
LAYERS = [
    {"errors", "inline_svg"},
    {
        "atomic",
        "cards",
        "metrics",
        "plainpickle",
        "plots",
        "scripts",
        "text",
        "times",
        "trust",
        "wording",
    },
    {"blocks", "codepoints", "counts", "engines", "operating_points", "records", "resampling"},
    {
        "decisions",
        "lanes",
        "modelfile",
        "reliability",
        "sampling",
        "slices",
        "spreadsheet",
        "streams",
        "tables",
    },
    {"text_kernels"},
    {"table_kernels"},
    {"word_kernels"},
    {"reason_kernels", "score_kernels"},
    {"compiled", "count_kernels"},
    {"counting"},
    {"features"},
    {
        "explanation",
        "exporting",
        "labels",
        "delimited",
        "encoders",
        "jsonlines",
        "parquet",
        "partfile",
    },
    {"listings", "page"},
    {"evaluation_figures", "evaluation_tables", "markdown", "model", "terminal", "webpage"},
    {"evaluation_report", "harm", "loading", "review", "splits"},
    {"appraisal", "fitting", "portions", "reviewed"},
    {"batch", "cross_validation"},
    {"evaluation", "scored"},
    {"breakdowns", "training"},
    {"overview"},
    {"overview_report"},
    {"console", "options", "progress", "report", "tallies"},
    {"rule_options"},
    {"cli"},
    {"__init__", "__main__"},
]
HEAVY = [
    "jinja2", "joblib", "matplotlib", "numba", "numpy", "pandas", "pyarrow", "rich", "scipy",
    "sklearn",
]  # fmt: skip


def imported(path):
    """Return the modules of the package that a file imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("fakedetect.")}
        elif isinstance(node, ast.ImportFrom) and node.module == "fakedetect":
            found |= {f"fakedetect.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fakedetect."):
            found.add(node.module)
    return {name.removeprefix("fakedetect.") for name in found}


def test_every_module_has_its_layer():
    assert {path.stem for path in SOURCE.glob("*.py")} == set().union(*LAYERS)


@pytest.mark.parametrize("layer", range(len(LAYERS)))
def test_imports_go_down_only(layer):
    below = set().union(*LAYERS[:layer])
    for name in LAYERS[layer]:
        assert imported(SOURCE / f"{name}.py") <= below, name


def test_every_source_file_has_its_tests():
    tests = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert {path.stem for path in SOURCE.glob("[!_]*.py")} <= tests


def loaded_by(code, *arguments):
    """Return which heavy packages a fresh process has loaded after running some code."""
    code += f"\nimport sys, json; print(json.dumps([n for n in {HEAVY} if n in sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_importing_loads_nothing_heavy():
    assert loaded_by("import fakedetect; dir(fakedetect); fakedetect.InputError") == []


def test_help_loads_nothing_heavy():
    code = "from fakedetect.cli import app; app(['score', '--help'], standalone_mode=False)"
    assert loaded_by(code) == []


def test_scoring_a_text_needs_no_scikit_learn():
    loaded = loaded_by("import fakedetect; fakedetect.score('watch')")
    assert set(loaded) <= {"joblib", "numpy"}


def test_importing_changes_nothing():
    code = (
        "import os, sys, threading, warnings\n"
        "def state(): return (list(warnings.filters), dict(os.environ), threading.active_count())\n"
        "before = state()\n"
        "import fakedetect, fakedetect.cli, fakedetect.text\n"
        "assert state() == before\n"
    )
    assert loaded_by(code) == []


def test_public_names_are_there():
    assert dir(fakedetect) == sorted(fakedetect.__all__)
    for name in fakedetect.__all__:
        assert getattr(fakedetect, name).__module__.startswith("fakedetect.")
    with pytest.raises(AttributeError, match="module 'fakedetect' has no attribute 'fraud'"):
        fakedetect.fraud  # noqa: B018 # the look-up is what is tested
