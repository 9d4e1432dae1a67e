"""Real merges of frontmatter, with what people made of them, replayed as the benchmark does it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.merge_replay import cases, counted, declared, defaults, judged, replayed
from tests.mergedriver.reading import head, taken

pytestmark = pytest.mark.corpus


def test_real_merges(shared: Path) -> None:
    """What git merged cleanly comes out so; half of the conflicts are gone; no word is lost silently."""
    verdicts = [replayed(case, defaults(case)) for case in cases(shared / "corpus" / "merges.jsonl.gz")]
    count = counted(verdicts)
    assert (count.files, count.conflicts) == (267, 138)
    assert (count.clean_to_conflict, count.regressions, count.losses) == (0, 0, 0)
    assert count.left < 25
    assert count.resolved >= 0.5 * count.conflicts
    assert count.equal >= 0.78 * count.compared
    for verdict in verdicts:
        for way in (True, False):
            assert verdict.doubt or head(taken(verdict.merged, ours=way)) is not None


def test_kinds_that_are_declared_do_no_worse(shared: Path) -> None:
    every = [*cases(shared / "corpus" / "merges.jsonl.gz")]
    count = counted(replayed(case, declared(case)) for case in every)
    assert (count.clean_to_conflict, count.regressions, count.losses) == (0, 0, 0)
    assert count.equal >= 0.78 * count.compared


def test_what_is_lost_or_worse_than_by_text_is_counted(shared: Path) -> None:
    """The judge's own eyes: ours taken whole instead of the merge."""
    every = cases(shared / "corpus" / "merges.jsonl.gz")
    count = counted(judged(case, defaults(case), case.ours.decode()) for case in every)
    assert count.losses > 60
    assert count.regressions > 60
