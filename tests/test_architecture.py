"""The layers and what importing costs."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fakedetect
from conftest import ROOT

SOURCE = Path(fakedetect.__file__).parent

# A module imports only modules of layers before its own; the page that describes them says which.
LAYER = {
    name: int(number)
    for number, name in re.findall(
        r"^\| (\d+) \| `(\w+)` \|",
        (ROOT / "docs" / "architecture.md").read_text(),
        flags=re.MULTILINE,
    )
}
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
    assert {path.stem for path in SOURCE.glob("[!_]*.py")} == set(LAYER)


@pytest.mark.parametrize("name", LAYER)
def test_imports_go_down_only(name):
    too_high = {each for each in imported(SOURCE / f"{name}.py") if LAYER[each] >= LAYER[name]}
    assert not too_high


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
