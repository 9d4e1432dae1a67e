"""What the tests merge: one spec, edits of it, and two branches that meet."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.conftest import Repo

PATH = "specs/001-a-name/README.md"
NL = "\n"
SPEC = """\
---
status: planned
created: '2025-11-03'
tags:
  - api
  - cli
priority: medium # of the board
# moved by hand
assignee: ada
created_at: '2025-11-03T08:00:00.000Z'
updated_at: '2025-11-03T08:00:00.000Z'
transitions:
  - status: planned
    at: '2025-11-03T08:00:00.000Z'
milestone: v1
---

# A name

> **Status**: 🗓️ Planned · **Priority**: Medium · **Created**: 2025-11-03 · **Tags**: api, cli

First paragraph.

Second paragraph.

Third paragraph.
"""
CLI = """\
---
status: in-progress
created: 2025-11-03
priority: medium
tags:
- api
- cli
assignee: ada
created_at: 2025-11-03T08:00:00Z
updated_at: 2026-01-05T09:00:00.123456789Z
transitions:
- status: planned
  at: 2025-11-03T08:00:00Z
- status: in-progress
  at: 2026-01-05T09:00:00.123456789Z
milestone: v1
---
# A name
"""
"""What LeanSpec's own command line makes of the frontmatter for a status edit; the line it leaves alone."""


def edit(text: str, *changes: tuple[str, str]) -> str:
    """The text with each piece, which must be there once, replaced."""
    for old, new in changes:
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    return text


def by_cli(text: str) -> str:
    """The spec after `leanspec update -s in-progress`."""
    return CLI + text.split("# A name\n", 1)[1]


@dataclass(frozen=True)
class Outcome:
    """How an operation of git ended, and the file in the worktree."""

    code: int
    text: str
    said: str
    unmerged: bool

    @property
    def data(self) -> dict[str, object]:
        """The frontmatter, as another reader has it: every scalar a string."""
        found = yaml.load(self.text.split("\n---")[0], Loader=yaml.BaseLoader)  # noqa: S506 (strings only)
        assert isinstance(found, dict)
        return found

    @property
    def clean(self) -> bool:
        return self.code == 0 and not self.unmerged and "<<<<<<<" not in self.text


def run(repo: Repo, *args: str, path: str = PATH, env: dict[str, str] | None = None) -> Outcome:
    """Run an operation of git that may stop, and look."""
    done = subprocess.run(
        ["git", *args], cwd=repo.path, capture_output=True, check=False, env={**os.environ, **(env or {})}
    )
    said = (done.stdout + done.stderr).decode()
    file = Path(repo.path, path)
    text = file.read_bytes().decode() if file.exists() else ""
    assert no_litter(repo) == [], no_litter(repo)
    return Outcome(done.returncode, text, said, bool(repo.git("ls-files", "-u")))


def no_litter(repo: Repo) -> list[str]:
    """Files that a driver left in the worktree or in git's folder."""
    found = [*repo.path.glob("**/.merge_file*"), *repo.path.glob("**/*.lspec*")]
    return [str(each) for each in found if each.name != ".lspec"]


def branches(repo: Repo, base: str | None, ours: str, theirs: str, path: str = PATH) -> None:
    """`main` holds ours, `side` theirs, and both come from base (None: both added the file)."""
    repo.commit({path: base} if base is not None else {"other": "x"}, "base")
    repo.git("branch", "side")
    repo.commit({path: ours}, "ours", 10)
    repo.git("checkout", "-q", "side")
    repo.commit({path: theirs}, "theirs", 20)
    repo.git("checkout", "-q", "main")


def merge(repo: Repo, base: str | None, ours: str, theirs: str, path: str = PATH) -> Outcome:
    """`git merge side` on main."""
    branches(repo, base, ours, theirs, path)
    return run(repo, "merge", "--no-edit", "side", path=path)
