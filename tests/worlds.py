"""Small worlds: clones with real git, one tracker in memory, and a bare repository that shares the notes.

Every commit gets its own author date, as people's commits have; the tracker's clock moves as the test says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from lspec_git.adapters.base import ItemRef
from lspec_git.core.actions import Action, Create, SetLocal, SetRemote
from lspec_git.core.spec import SpecId
from lspec_git.engine.connect import Connected
from lspec_git.engine.pairs import Seat
from lspec_git.engine.report import Report
from lspec_git.engine.running import Options
from lspec_git.engine.sync import run
from lspec_git.git.repository import discover
from lspec_git.testing.memory import MemoryAdapter, MemoryTracker
from tests.conftest import Repo

NOTES = "refs/notes/lspec"
CONFIG = """\
github:
  repo: octocat/specs
  create: all
{more}  mapping:
    - pattern: specs/**
"""
SPEC = """\
---
status: planned
#- a line between two keys lets git merge changes of both
priority: low
#-
tags: [x]
#-
created: '2026-01-01'
---

# {title}

One.

Two.

Three.
"""


def spec_path(name: str) -> str:
    return f"specs/{name}/README.md"


@dataclass
class World:
    """What clones share. `bare` is None where there is no remote."""

    folder: Path
    tracker: MemoryTracker = field(default_factory=MemoryTracker)
    when: int = 0
    clones: list[Clone] = field(default_factory=list)

    @property
    def bare(self) -> Path:
        return self.folder / "origin.git"

    def stamp(self) -> dict[str, str]:
        """Dates for one git command, later than all before."""
        self.when += 60
        date = f"{1767225600 + self.when} +0000"
        return {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}

    def start(self, *names: str, config: str = "", shared: bool = False) -> Clone:
        """The first clone: a repository with these specs on main; `shared`: with a bare remote."""
        path = self.folder / "one"
        path.mkdir()
        clone = Clone(self, Repo(path), "one")
        clone.git("init", "-q")
        clone.repo.write(".lspec/integrations.yml", CONFIG.format(more=config))
        for name in names or ("001-alpha",):
            clone.repo.write(spec_path(name), SPEC.format(title=name[4:].title()))
        clone.commit("specs")
        if shared:
            clone.git("init", "-q", "--bare", str(self.bare))
            clone.git("remote", "add", "origin", str(self.bare))
            clone.git("push", "-q", "-u", "origin", "main")
        self.clones.append(clone)
        return clone

    def clone(self, name: str = "two", *args: str) -> Clone:
        """One more clone of the bare remote, of another person."""
        path = self.folder / name
        self.clones[0].git("clone", "-q", *args, self.bare.as_uri(), str(path))
        made = Clone(self, Repo(path), name)
        self.clones.append(made)
        return made

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """The bare remote is out of reach."""
        aside = self.folder / "aside.git"
        self.bare.rename(aside)
        try:
            yield
        finally:
            aside.rename(self.bare)

    def remote_edit(self, ref: ItemRef, words: Mapping[str, str | None], seconds: int = 1) -> None:
        """A person changes fields on the tracker, later than all before."""
        self.tracker.tick(seconds)
        self.tracker.edit(ref, words, "pm")

    def writes(self) -> list[tuple[str, str]]:
        """The requests so far that write."""
        return [each for each in self.tracker.requests if each[0] in ("push", "create")]


@dataclass
class Clone:
    """One person's repository; `login` is the author of commits and the account on the tracker."""

    world: World
    repo: Repo
    login: str

    def git(self, *args: str, check: bool = True) -> str:
        who = {"GIT_AUTHOR_NAME": self.login, "GIT_AUTHOR_EMAIL": f"{self.login}@example.org"}
        return self.repo.git(*args, env={**self.world.stamp(), **who}, check=check)

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    @property
    def notes(self) -> str:
        """The commit that the notes are at; empty without notes."""
        return self.git("for-each-ref", "--format=%(objectname)", NOTES)

    def path(self, name: str) -> Path:
        return self.repo.path / spec_path(name)

    def text(self, name: str = "001-alpha") -> str:
        return self.path(name).read_text(encoding="utf-8")

    def edit(self, name: str = "001-alpha", **fields: str | None) -> None:
        """Change keys of a spec in the worktree (None: remove); `title` and `body` are no keys."""
        text = self.text(name)
        for key, value in fields.items():
            text = _edited(text, key, value)
        self.path(name).write_text(text, encoding="utf-8")

    def commit(self, message: str = "edit") -> str:
        self.git("add", "-A")
        self.git("commit", "-qm", message, "--allow-empty")
        return self.head

    def change(self, name: str = "001-alpha", **fields: str | None) -> str:
        """Edit and commit."""
        self.edit(name, **fields)
        return self.commit(", ".join(f"{key} {value}" for key, value in fields.items()))

    def branch(self, name: str) -> None:
        self.git("branch", name)

    def switch(self, name: str, *args: str) -> None:
        self.git("switch", "-q", *args, name)

    def run(self, options: Options, meanwhile: Callable[[], object] = lambda: None) -> Report:
        """One run of the engine against the tracker in memory.

        `meanwhile` happens after the notes were fetched and before the tracker is asked anything.
        """
        adapter = MemoryAdapter(self.world.tracker, self.login)

        def connect(at: Seat) -> Connected:
            meanwhile()
            return Connected(adapter, f"{at.target} {self.login}")

        return run(discover(self.repo.path), options, connect, silent)

    def sync(self, **options: object) -> Report:
        return self.run(Options(**options))  # type: ignore[arg-type]

    def settle(self, with_: str, name: str = "001-alpha", only: str = "") -> Report:
        """A person decides about the conflicts of a spec: `spec` or `tracker`."""
        return self.sync(specs=frozenset({SpecId("specs", name)}), settle=with_, field=only)


@contextmanager
def silent(title: str, total: int) -> Iterator[Callable[[], None]]:
    """Progress that shows nothing."""
    assert title
    assert total >= 0
    yield lambda: None


def _edited(text: str, key: str, value: str | None) -> str:
    if key == "title":
        return re.sub(r"(?m)^# .*$", f"# {value}", text)
    if key == "body":
        return re.sub(r"(?m)^Two.*$", f"Two: {value}.", text)
    bare = re.sub(rf"(?m)^{key}: .*\n", "", text)
    if value is None:
        return bare
    if bare == text:
        return text.replace("created:", f"{key}: {value}\ncreated:", 1)
    return re.sub(rf"(?m)^{key}: .*$", f"{key}: {value}", text)


# -- what a run did


def published(report: Report) -> dict[str, str | None]:
    """Fields that were written to the tracker, with the spec's values."""
    return {a.field: a.new for a in done(report) if isinstance(a, SetRemote)}


def pulled(report: Report) -> dict[str, str | None]:
    """Fields that were written into the worktree."""
    return {a.field: a.new for a in done(report) if isinstance(a, SetLocal)}


def created(report: Report) -> list[str]:
    return [a.spec.name for a in done(report) if isinstance(a, Create)]


def frozen(report: Report) -> dict[str, tuple[str | None, str | None]]:
    """Fields in conflict: the spec's value and the tracker's."""
    return {c.field: (c.local, c.remote) for c in report.conflicts}


def done(report: Report) -> list[Action]:
    return [each.action for each in report.done]


def words(world: World, key: str = "1") -> Mapping[str, str]:
    """What a work item says now."""
    return world.tracker.items()[key].words
