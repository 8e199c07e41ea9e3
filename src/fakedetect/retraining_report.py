"""The page of a challenger: whether it takes the champion's place, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakedetect.comparison_report import compared
from fakedetect.page import Block, Heading, Page, Words
from fakedetect.wording import count


def retrained(value: Mapping[str, Any]) -> Page:
    """Return what became of a challenger, from the plain data of ``Retrained``."""
    promoted = "is promoted." if value["promoted"] else "is not promoted; the champion stays."
    blocks: list[Block] = [
        Words(f"The challenger {promoted}", "verdict"),
        *(Words(f"{why[:1].upper()}{why[1:]}.", "warning") for why in value["refusals"]),
        Words(
            f"{value['rule']} Trained on {count(value['n_training'])} listings as of"
            f" {value['as_of'][:10]}, judged by labels as of {value['until'][:10]}.",
            "note",
        ),
    ]
    for name, title in (("later", "Later listings"), ("gold", "The gold set")):
        if value[name] is not None:
            blocks += [Heading(title), *map(_below, compared(value[name]).blocks)]
    return Page("Champion and challenger", tuple(blocks))


def _below(block: Block) -> Block:
    """Return a block to stand under a heading of the second level, where one verdict is enough."""
    if isinstance(block, Heading):
        return block._replace(level=3)
    if isinstance(block, Words) and block.tone == "verdict":
        return block._replace(tone="plain")
    return block
