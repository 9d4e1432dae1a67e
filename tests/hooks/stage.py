"""What tests of hooks act upon: git with hooks in place, and the children that these leave behind."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from lspec_git.git.repository import discover
from lspec_git.records import Outcome, Records
from tests.adapters.wire import Asked, Drop, Reply
from tests.conftest import Repo
from tests.e2e.worlds import World, spec, spec_path

NAMES = ("001-alpha", "002-beta")
ALPHA, BETA = NAMES
CALLS = {
    "post-commit": "sync",
    "post-merge": "sync",
    "post-rewrite": "sync",
    "pre-push": 'notes "$@"',
}
DEADLINE = 60.0
"""Seconds after which what is waited for will not come any more."""
WITHOUT_HOOKS = ("-c", "core.hooksPath=/dev/null")


def until(done: Callable[[], object], what: str) -> None:
    """Wait for something to come about; fail where it does not."""
    deadline = time.monotonic() + DEADLINE
    while not done():
        assert time.monotonic() < deadline, f"never came about: {what}"
        time.sleep(0.02)


def children(folder: Path) -> list[int]:
    """Background runs at work below a folder."""
    numbers = (entry for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [int(entry.name) for entry in numbers if _is_child(entry, folder)]


def _is_child(entry: Path, folder: Path) -> bool:
    try:
        words = (entry / "cmdline").read_bytes().split(b"\0")
        return b"hook" in words and b"run" in words and (entry / "cwd").readlink().is_relative_to(folder)
    except OSError:
        return False  # it has ended meanwhile, or is not ours to look at


def script(what: str) -> str:
    """A hook that calls the command under test; `exec`, so that no shell stands in between."""
    return f'#!/bin/sh\nexec "{sys.executable}" -P -m lspec_git hook {what}\n'


@dataclass
class Stage:
    """The repository of a world, with hooks. `folder` holds all that belongs to the test."""

    world: World
    folder: Path
    shims: bool = False
    when: int = 0
    config: str = "create: all\nmapping:\n  - pattern: specs/**\n"

    @property
    def repo(self) -> Repo:
        return self.world.repo

    @property
    def lspec_folder(self) -> Path:
        return self.repo.path / ".git" / "lspec"

    def set_up(self) -> None:
        self.world.commit({spec_path(name): spec(name[4:].title()) for name in NAMES})
        self.world.init()
        self.configure()
        self.world.commit()
        self.world.lspec("sync")
        self.install()
        self.world.asked()

    def configure(self, rest: str = "") -> None:
        self.world.configure(self.config, rest)

    def share(self) -> Repo:
        """A bare remote named origin that has main and the notes."""
        bare = self.folder / "origin.git"
        self.repo.git("init", "-q", "--bare", str(bare))
        self.repo.git("remote", "add", "origin", str(bare))
        self.repo.git(*WITHOUT_HOOKS, "push", "-q", "-u", "origin", "main")
        self.world.lspec("sync")
        self.world.asked()
        return Repo(bare)

    def install(self, **calls: str) -> None:
        """Hooks that call the command; `calls` replaces some by other scripts."""
        if self.shims:
            self.world.lspec("install", "--hooks")
            return
        for name, what in CALLS.items():
            self.hook(name, script(what))
        for name, text in calls.items():
            self.hook(name, text)

    def hook(self, name: str, text: str) -> None:
        file = self.repo.path / ".git" / "hooks" / name
        file.write_text(text)
        file.chmod(0o755)

    # -- git

    def start(self, *args: str, check: bool = True, env: dict[str, str] | None = None) -> str:
        """A git command, a minute after the last one; whatever its hooks have started goes on."""
        self.when += 60
        stamp = f"{1767225600 + 100_000 + self.when} +0000"
        dates = {"GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp, "GIT_EDITOR": "true"}
        return self.repo.git(*args, check=check, env={**dates, **(env or {})})

    def git(self, *args: str, check: bool = True, env: dict[str, str] | None = None) -> str:
        """A git command, and all that its hooks have started."""
        out = self.start(*args, check=check, env=env)
        self.quiet()
        return out

    def unseen(self, *args: str) -> str:
        """A git command without hooks: what somebody does who has none."""
        return self.start(*WITHOUT_HOOKS, *args)

    def edit(self, name: str = ALPHA, status: str = "complete", key: str = "status") -> None:
        path = self.world.path(name)
        text = path.read_text()
        made, count = re.subn(rf"(?m)^{key}: .*$", f"{key}: {status}", text)
        assert count == 1
        path.write_text(made)

    def commit(self, name: str = ALPHA, status: str = "complete") -> str:
        """Edit a spec and commit that; hooks run to their end."""
        self.edit(name, status)
        return self.git("commit", "-qam", f"{name} {status}")

    def somebody(self, name: str = ALPHA, status: str = "complete") -> None:
        """The same without hooks."""
        self.edit(name, status)
        self.unseen("commit", "-qam", f"{name} {status}")

    def other_file(self, name: str = "notes.txt", text: str = "x\n") -> None:
        self.repo.write(name, text)
        self.repo.git("add", name)

    # -- children

    def quiet(self) -> None:
        """Wait until no child is left."""
        until(lambda: not children(self.folder), "the end of the background runs")

    def strike(self) -> None:
        """End the test: nothing may be left at work."""
        try:
            self.quiet()
        finally:
            for pid in children(self.folder):
                os.kill(pid, signal.SIGKILL)

    # -- what came of it

    def status(self, name: str = ALPHA) -> str:
        """The status that the issue of a spec tells."""
        kinds = {"open": "planned", "closed/completed": "complete", "closed/not_planned": "archived"}
        return kinds[self.world.issue(name).state]

    def patches(self) -> int:
        """How many edits were sent since this was last called: each of these statuses takes one PATCH."""
        return sum(each.method == "PATCH" for each in self.world.asked())

    def in_step(self) -> bool:
        """Whether a sync by hand finds nothing more to write."""
        self.world.asked()
        self.world.lspec("sync")
        return all(each.method == "GET" for each in self.world.asked())

    @property
    def records(self) -> Records:
        return Records.of(discover(self.repo.path))

    def outcome(self) -> Outcome:
        return self.records.outcome()

    def log(self) -> str:
        file = self.lspec_folder / "log"
        return file.read_text() if file.exists() else ""

    def untold(self) -> list[str]:
        """Lines that are still to be told."""
        file = self.lspec_folder / "tell"
        return file.read_text().splitlines() if file.exists() else []


@dataclass
class Gate:
    """Holds back requests of one method on the wire, or their answers, until it is opened."""

    stage: Stage
    method: str
    landed: bool = False
    """The request goes through, and its answer is what is held back."""
    lost: bool = False
    """What is held back never gets any further: whoever sent it is dead by then."""
    arrived: Event = field(default_factory=Event)
    opened: Event = field(default_factory=Event)
    through: Callable[[Asked], Reply] = field(init=False)

    def __enter__(self) -> Gate:
        through = self.through = self.stage.world.wire.answer

        def answer(asked: Asked) -> Reply:
            if asked.method != self.method:
                return through(asked)
            early = through(asked) if self.landed else None
            self.arrived.set()
            assert self.opened.wait(DEADLINE)
            if self.lost:
                raise Drop
            return early or through(asked)

        self.stage.world.wire.answer = answer
        return self

    def __exit__(self, *_: object) -> None:
        self.stage.world.wire.answer = self.through
        self.opened.set()

    def wait(self) -> None:
        """Wait for the first request; it is held from then on."""
        assert self.arrived.wait(DEADLINE), "no request came"


@contextmanager
def offline(stage: Stage) -> Iterator[None]:
    """The tracker is out of reach: connections break off."""
    wire = stage.world.wire
    through = wire.answer

    def answer(_: Asked) -> Reply:
        raise Drop

    wire.answer = answer
    yield
    wire.answer = through


def statuses(stage: Stage) -> Sequence[str]:
    """What the issues of both specs tell."""
    return [stage.status(name) for name in NAMES]
