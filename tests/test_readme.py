"""The code blocks of the README and the notebooks run, in a folder of their own."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

from conftest import ROOT

BLOCKS = re.findall(
    r"^```(\w+)\n(.*?)^```$", (ROOT / "README.md").read_text(), flags=re.MULTILINE | re.DOTALL
)
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture
def folder(tmp_path):
    """A folder like the repository's, with a part of the listings so that training is quick."""
    (tmp_path / "models").symlink_to(ROOT / "models")
    (tmp_path / "data").mkdir()
    listings = pd.read_csv(ROOT / "data" / "listings.csv", dtype=str, keep_default_na=False)
    listings.head(1500).to_csv(tmp_path / "data" / "listings.csv", index=False)
    return tmp_path


def test_every_block_says_what_it_is():
    assert {language for language, _ in BLOCKS} == {"bash", "python", "sh"}


def test_commands_and_code_run_in_order(folder):
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(folder)}
    for language, code in BLOCKS:
        if language == "sh":  # installation: seen to by test_make_targets_exist
            continue
        command = ["bash", "-euo", "pipefail", "-c", code]
        if language == "python":
            command = [sys.executable, "-W", "error", "-c", code]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{code}\n{done.stderr}"


def test_make_targets_exist():
    targets = set(re.findall(r"^make (\w+)", "\n".join(code for _, code in BLOCKS), re.MULTILINE))
    assert targets >= {"demo", "test"}
    rules = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert targets <= set(rules)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
@pytest.mark.filterwarnings("default")  # the kernel's machinery has warnings of its own
def test_notebooks_run(path, folder):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}).execute()
    assert not any(cell.get("outputs") for cell in nbformat.read(path, as_version=4).cells)
