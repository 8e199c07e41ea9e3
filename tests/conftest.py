"""What several test files need: a small market with known labels, and a model trained on it."""

from __future__ import annotations

import dataclasses
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import pytest

from fakedetect.training import train
from runner import Runner

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "fakedetect"
SHARED = ROOT.parent / "shared" / "data"
# Whether tests that try many random cases try all of them: `make torture`.
TORTURE = bool(os.environ.get("FAKEDETECT_TORTURE"))


def pytest_configure():
    """Drop compiled code that is older than any file that code was compiled from.

    numba compares the age of each source file with the code compiled from it, but not that of the
    files it imports, whose functions are compiled in.
    """
    compiled = [*SOURCE.glob("__pycache__/*.nb[ci]")]
    sources = {SOURCE / f"{path.name.partition('.')[0]}.py" for path in compiled}
    newest = max((path.stat().st_mtime for path in sources if path.exists()), default=0)
    if any(path.stat().st_mtime < newest for path in compiled):
        for path in compiled:
            path.unlink(missing_ok=True)  # another worker may do the same


_GOODS = ["Ledertasche", "watch", "серьги", "кроссовки", "perfume", "zapatillas", "手表", "belt"]
_SUSPECTED = ["1:1 mirror quality", "super copy", "高仿 A货", "réplica exacta", "same factory"]
_GENUINE = [
    "with receipt",
    "gebraucht",
    "новые",
    "sealed",
    "très bon état",
    "正品 发票",
    "hardly used",
]
_FILLER = ["size 42", "black", "fast shipping", "see pictures", "gift box", "2021", "❤️"]


def market(n: int = 400, seed: int = 1) -> pd.DataFrame:
    """Return a small market: 40 sellers, a quarter of them offenders, titles that overlap."""
    rng = random.Random(seed)
    rows = []
    for number in range(n):
        seller = rng.randrange(40)
        positive = seller % 4 == 0 and rng.random() < 0.8
        claim = rng.choice(_SUSPECTED if positive != (rng.random() < 0.08) else _GENUINE)
        words = [rng.choice(_GOODS), claim, rng.choice(_FILLER), rng.choice(_FILLER)]
        rng.shuffle(words)
        rows.append(
            {
                "listing_id": f"{number:05d}",
                "seller": f"seller {seller}",
                "title": " ".join(words),
                "description": rng.choice(["", "pay on delivery", "ask me anything, no returns"]),
                "label": str(int(positive)),
            }
        )
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def listings():
    return market()


@pytest.fixture(scope="session")
def model(listings):
    return train(listings)


@pytest.fixture(scope="session")
def saturated(model):
    """A model that gives 70 of the 400 listings a score of exactly 1, none of equal margins."""
    return dataclasses.replace(
        model, intercept=40 * model.intercept, coefficients=40 * model.coefficients
    )


@pytest.fixture(scope="session")
def model_file(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "market.joblib"
    model.save(path)
    return path


@pytest.fixture(scope="session")
def listings_file(listings, tmp_path_factory):
    path = tmp_path_factory.mktemp("listings") / "market.csv"
    listings.to_csv(path, index=False)
    return path


@pytest.fixture
def run():
    """Run the command line as a user would; returns the finished process."""

    def call(*arguments, stdin=None, text=True, cwd=None):
        return subprocess.run(
            [sys.executable, "-m", "fakedetect", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=text,
            cwd=cwd,
            check=False,
            timeout=300,
        )

    return call


@pytest.fixture(scope="session")
def runner(tmp_path_factory):
    """Make runs that can be killed."""
    made = Runner(tmp_path_factory.mktemp("runs"), compiled=TORTURE)
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path):
    """An empty folder in memory where there is such a thing: safe on a disk takes its time."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as made:
        yield Path(made)
