"""Bring the figures in ``evasion.md`` up to those in ``models/stress.json``: ``make stress``."""

from __future__ import annotations

import json
from pathlib import Path

from fakedetect.markdown import rendered
from fakedetect.page import Page
from fakedetect.stress_report import sections

HERE = Path(__file__).parent
FIGURES = HERE.parent / "models" / "stress.json"
MARKERS = ("<!-- figures of make stress -->", "<!-- end of the figures -->")


def refreshed(page: str, figures: str) -> str:
    """Return the page with the figures, which are JSON, between its two markers."""
    before, rest = page.split(MARKERS[0])
    # A page of sections alone: its empty title is left out.
    blocks = rendered(Page("", tuple(sections(json.loads(figures))))).partition("\n")[2].strip()
    return f"{before}{MARKERS[0]}\n\n{blocks}\n\n{MARKERS[1]}{rest.split(MARKERS[1])[1]}"


def main() -> None:
    """Rewrite the page."""
    page = HERE / "evasion.md"
    page.write_text(refreshed(page.read_text("utf-8"), FIGURES.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
