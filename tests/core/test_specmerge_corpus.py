"""Real merges of frontmatter, with what people made of them."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from lspec_git.core.specmerge import Doubt, Result
from lspec_git.core.specmerge_check import taken_side
from lspec_git.core.words import KINDS, Kind
from lspec_git.mergedriver import merge_files

pytestmark = pytest.mark.corpus
OTHERS = {**KINDS, "author": Kind.SET, "requires": Kind.SET}
"""Other projects write authors and requirements between commas."""


def merges(shared: Path) -> Iterator[dict[str, str]]:
    with gzip.open(shared / "corpus" / "merges.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def merged(case: dict[str, str]) -> Result | None:
    base, ours, theirs = ((case[side] or "").encode() for side in ("base", "ours", "theirs"))
    try:
        return merge_files(base, ours, theirs, "specs/001-a/README.md", style="merge", kinds=OTHERS)
    except Doubt:
        return None


def head(text: str) -> object:
    """The frontmatter by another reader; every scalar a string."""
    return yaml.load(text.split("\n---", maxsplit=1)[0], Loader=yaml.BaseLoader)  # noqa: S506 (strings only)


def test_real_merges(shared: Path) -> None:
    """What git merged cleanly comes out as people had it; half of the conflicts in frontmatter are gone."""
    found: Counter[str] = Counter()
    for case in merges(shared):
        result = merged(case)
        if result is None:
            found["left to git"] += 1
            continue
        text = result.data.decode()
        for way in (True, False):
            assert isinstance(head(taken_side(text, 7, ours=way)), dict)
        marked = "<<<<<<<" in text.split("\n---")[0]
        if case["text_conflict_in_frontmatter"]:
            found["a conflict still" if marked else "a conflict no more"] += 1
        else:
            assert not marked
            assert head(text) == head(case["human"])
            found["as people had it"] += 1
    assert found["as people had it"] > 120
    assert found["a conflict no more"] > found["a conflict still"]
    assert found["left to git"] < 30
