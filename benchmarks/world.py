"""A repository with so many specs and commits, made by one `git fast-import`, beside a sandbox."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Cost, Runner, lspec
from lspec_git.sandbox.server import DEFAULT_PROJECT, Sandbox

STATUSES = ("draft", "planned", "in-progress", "complete")
CONFIG = """\
github:
  repo: {project}
  api_url: {url}
  create: all
  mapping:
    - pattern: specs/**
"""
SPEC = """\
---
status: {status}
created: '2026-01-01'
tags:
  - area-{area}
  - quality
priority: {priority}
created_at: '2026-01-01T09:00:00.000Z'
---

# Improve part {number}

## Overview

What part {number} is to do, and why, in a paragraph or two.
"""


@dataclass
class World:
    """The repository and the tracker. Every step of the tool is measured and its requests are counted."""

    runner: Runner
    folder: Path
    sandbox: Sandbox
    requests: int = 0

    def lspec(self, *args: str) -> Cost:
        """Run the tool; `requests` is then how many it made."""
        self.sandbox.forget_requests()
        cost = self.runner.run(lspec(*args), self.folder, {"GITHUB_TOKEN": self.sandbox.token})
        self.requests = len(self.sandbox.requests)
        return cost

    def git(self, *args: str, data: bytes = b"") -> Cost:
        return self.runner.run(["git", *args], self.folder, data=data)

    def edit(self, count: int) -> None:
        """Give the first so many specs another title, and commit."""
        for number in range(count):
            path = self.folder / spec_path(number)
            path.write_text(path.read_text().replace("\n# ", "\n# Really: ", 1))
        self.git("commit", "-qam", "titles")

    def move(self, count: int) -> None:
        """A person renames the first so many issues on the tracker."""
        self.sandbox.advance(3600)
        for issue in self.sandbox.store.issues(DEFAULT_PROJECT)[:count]:
            self.sandbox.store.edit(DEFAULT_PROJECT, issue.number, "mona", title=f"{issue.title}, renamed")


def spec_path(number: int) -> str:
    return f"specs/{number:05d}-improve-part-{number}/README.md"


@contextmanager
def world(runner: Runner, folder: Path, specs: int, commits: int) -> Iterator[World]:
    """All specs in the first commit; each of the others edits one spec."""
    folder.mkdir()
    with Sandbox() as sandbox:
        made = World(runner, folder, sandbox)
        made.git("init", "-q", "-b", "main")
        made.git("fast-import", "--quiet", data=history(specs, commits, DEFAULT_PROJECT, sandbox.url))
        made.git("checkout", "-q", "-f", "main")
        made.lspec("trust", f"{sandbox.url.removeprefix('http://')}/{DEFAULT_PROJECT}")
        yield made


def history(specs: int, commits: int, project: str, url: str) -> bytes:
    """What `git fast-import` makes the history of: the same each time."""
    draw = random.Random(1)  # noqa: S311 - no secret
    config = CONFIG.format(project=project, url=url)
    first = {spec_path(number): _spec(number, 1) for number in range(specs)}
    made = [_commit(0, {".lspec/integrations.yml": config, **first})]
    for turn in range(1, commits):
        number = draw.randrange(specs)
        made.append(_commit(turn, {spec_path(number): _spec(number, turn)}))
    return b"".join(made)


def _spec(number: int, turn: int) -> str:
    status, priority = STATUSES[turn % 4], ("low", "high")[turn // 4 % 2]
    return SPEC.format(number=number, status=status, priority=priority, area=number % 17)


def _commit(turn: int, files: Mapping[str, str]) -> bytes:
    who = f"committer Ada <ada@example.org> {1767225600 + 60 * turn} +0000"
    lines = [f"commit refs/heads/main\n{who}\ndata 1\nx"]
    lines += [f"M 100644 inline {path}\ndata {len(text)}\n{text}" for path, text in files.items()]
    return ("\n".join(lines) + "\n").encode("ascii")


def version(command: str) -> str:
    """What a program says of its version."""
    done = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    return done.stdout.strip()
