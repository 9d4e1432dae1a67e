"""`git lspec status` at every commit of a real history: what cannot be read is named, the rest is counted.

What is unreadable, and where, is worked out by git and PyYAML alone.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from lspec_git.cli.main import main
from lspec_git.git.objects import discover, open_objects
from lspec_git.local import Reader
from tests.e2e.corpus import CONFIG, Spec, Tree, Unreadable, clone
from tests.e2e.worlds import World

pytestmark = pytest.mark.corpus
COMMITS = 833
BROKEN = (0, 0, 66, 19)
"""How often a commit holds a spec that cannot be read, in each quarter of the history, the newest first.

22 specs at three commits that left list items behind when they removed the key above them; four specs of the
first two days, at five commits, that had no frontmatter yet.
"""


@pytest.mark.parametrize("quarter", range(4))
def test_every_commit(
    world: World,
    shared: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    quarter: int,
) -> None:
    clone(world.repo, shared)
    world.configure(CONFIG)
    monkeypatch.chdir(world.repo.path)
    # What is read is a function of bytes and path, and neighbouring commits share nearly all of them.
    once = cache(Reader(open_objects(discover(world.repo.path))).read)
    monkeypatch.setattr(Reader, "read", lambda _, data, path: once(data, path))
    tree, commits, broken = Tree(world.repo), _commits(world), 0
    assert len(commits) == COMMITS
    for commit in commits[COMMITS * quarter // 4 : COMMITS * (quarter + 1) // 4]:
        world.repo.git("update-ref", "HEAD", commit)
        code = main(["status"])
        shown = capsys.readouterr()
        found = tree.at(commit)
        unreadable = sum(isinstance(one, Unreadable) for one in found.values())
        assert (code, shown.err) == (1 if unreadable else 0, "")
        _as_expected(shown.out, found)
        broken += unreadable
    assert broken == BROKEN[quarter]


def _commits(world: World) -> list[str]:
    """Every commit, those of merged branches among them."""
    return world.repo.git("rev-list", "HEAD").split()


def _as_expected(out: str, found: dict[str, Spec | Unreadable]) -> None:
    """Each unreadable spec with its one reason, each other one without; and both are counted at the end."""
    *lines, last = out.splitlines()
    below = dict(pairwise(out.splitlines()))
    states = {
        path: "unreadable" if isinstance(one, Unreadable) else "unlinked" for path, one in found.items()
    }
    head = {path: f"{state:12} specs/{path.split('/')[-2]}" for path, state in states.items()}
    assert sorted(line for line in lines if not line.startswith(" ")) == sorted(head.values())
    for path, one in found.items():
        if isinstance(one, Unreadable):
            assert re.fullmatch(f"    {re.escape(one.said)}.+", below[head[path]])
    counted = Counter(states.values())
    assert len(lines) == len(found) + counted["unreadable"]
    assert set(last.split(", ")) == {f"{n} {state}" for state, n in counted.items()} or {
        "no mapped spec here"
    }
