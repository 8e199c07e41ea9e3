"""The code blocks of the README, those of docs/ and the notebooks run, in folders of their own."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

from conftest import ROOT


def blocks(page):
    """Return the language and the code of every block of a page."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(), flags=re.MULTILINE | re.DOTALL)


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
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
    languages = {language for page in PAGES for language, _ in blocks(page)}
    assert languages == {"bash", "python", "sh"}


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_commands_and_code_run_in_order(page, folder):
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(folder)}
    for language, code in blocks(page):
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
    targets = set(
        re.findall(r"^make (\w+)", "\n".join(code for _, code in blocks(PAGES[0])), re.MULTILINE)
    )
    assert targets >= {"demo", "test"}
    rules = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert targets <= set(rules)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
@pytest.mark.filterwarnings("default")  # the kernel's machinery has warnings of its own
def test_notebooks_run(path, folder):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}).execute()
    assert not any(cell.get("outputs") for cell in nbformat.read(path, as_version=4).cells)
