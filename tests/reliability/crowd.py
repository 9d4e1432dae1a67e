"""A crowd: many clones as processes, one tracker over HTTP, one bare remote, and all that can go wrong.

Processes die by SIGKILL at any moment, answers get lost, servers stumble, hosts disagree about the time.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from lspec_git.sandbox.server import DEFAULT_PROJECT, Sandbox
from tests.cli.running import environment
from tests.conftest import Repo
from tests.worlds import NOTES

SPECS = tuple(f"{number:03d}-part" for number in range(1, 101))
CLONES = 8
LEASE, FLIGHT, LAG = 30, 12, 3
"""Seconds: short, since the test waits for what the dead have claimed; FLIGHT outlasts a busy machine."""
CONFIG = f"""\
github:
  repo: {DEFAULT_PROJECT}
  api_url: {{url}}
  create: all
  mapping:
    - pattern: specs/**
state: {{{{lease: {LEASE}, flight: {FLIGHT}, lag: {LAG}}}}}
"""
SPEC = "---\nstatus: planned\ncreated: '2026-01-01'\n---\n\n# {name}\n"
MARKED = "specs/"
FAULTS = (
    "POST /issues:lost-answer@{nth}",
    "POST /issues:drop-before@{nth}",
    "POST /issues:500-after@{nth}",
    "POST /issues:502-after@{nth}",
    "POST /issues:500@{nth}",
    "POST /issues:garbage@{nth}",
    "POST /issues:slow=2s@{nth}",
    "POST /issues:429:retry-after=1@{nth}",
    "GET /issues:500@{few}",
    "GET /issues:slow=1s@{few}",
    "*:secondary-limit:retry-after=1@{nth}",
)


@dataclass
class Crowd:
    """The clones, the tracker and the remote."""

    folder: Path
    sandbox: Sandbox
    seed: int
    told: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)  # noqa: S311 - no secret
        self.bare = self.folder / "origin.git"
        self.clones = [self._first(), *(self._clone(number) for number in range(2, CLONES + 1))]
        self.hours = [self.draw.randrange(-12, 13) for _ in self.clones]

    def _first(self) -> Repo:
        repo = Repo(self.folder / "1")
        repo.path.mkdir()
        repo.git("init", "-q")
        files = {f"specs/{name}/README.md": SPEC.format(name=name) for name in SPECS}
        repo.commit({".lspec/integrations.yml": CONFIG.format(url=self.sandbox.url), **files}, "specs", 0)
        repo.git("init", "-q", "--bare", str(self.bare))
        repo.git("remote", "add", "origin", str(self.bare))
        repo.git("push", "-q", "-u", "origin", "main")
        target = f"{self.sandbox.url.removeprefix('http://')}/{DEFAULT_PROJECT}"
        self._run(repo, 0, "trust", target)
        return repo

    def _clone(self, number: int) -> Repo:
        Repo(self.folder).git("clone", "-q", str(self.bare), str(number))
        return Repo(self.folder / str(number))

    # -- processes

    def _start(self, repo: Repo, hours: int, *args: str) -> subprocess.Popen[str]:
        late = ["faketime", "-f", f"{hours:+d}h"] if hours else []
        return subprocess.Popen(
            [*late, sys.executable, "-m", "lspec_git", *args],
            cwd=repo.path,
            env=environment({"GITHUB_TOKEN": self.sandbox.token}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def _run(self, repo: Repo, hours: int, *args: str) -> str:
        with self._start(repo, hours, *args) as process:
            said, _ = process.communicate()
        assert "Traceback" not in said, said
        assert process.returncode == 0, f"{args}: {process.returncode}\n{said}"
        return said

    # -- the tumult

    def tumult(self, rounds: int) -> None:
        """Every clone syncs so many times at its own pace; many of the runs are killed."""
        self.sandbox.faults.add(*self._faults())
        draws = [random.Random(f"{self.seed} {number}") for number in range(CLONES)]  # noqa: S311 - no secret
        with ThreadPoolExecutor(CLONES) as pool:
            for told in pool.map(lambda index: self._life(index, draws[index], rounds), range(CLONES)):
                self.told += told
        self.sandbox.faults.clear()

    def _faults(self) -> list[str]:
        """Most strike among the first two hundred creates, each kind a few times."""
        nth, few = partial(self.draw.randrange, 1, 120), partial(self.draw.randrange, 1, 60)
        return [fault.format(nth=nth(), few=few()) for fault in FAULTS for _ in range(3)]

    def _life(self, index: int, draw: random.Random, rounds: int) -> Counter[str]:
        told: Counter[str] = Counter()
        for _ in range(rounds):
            told["runs"] += 1
            with self._start(self.clones[index], self.hours[index], "sync", "--force") as process:
                told += self._end(process, draw.uniform(0.5, 8) if draw.random() < 0.6 else 120)
            time.sleep(draw.uniform(0, 2))
        return told

    def _end(self, process: subprocess.Popen[str], patience: float) -> Counter[str]:
        try:
            said, _ = process.communicate(timeout=patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return Counter({"killed": 1})
        assert process.returncode in (0, 1, 3, 4), f"exit {process.returncode}: {said}"
        return Counter({f"exit {process.returncode}": 1})

    # -- the end

    def calm(self) -> None:
        """Once what the dead have claimed has run out, every clone syncs undisturbed, one after the other."""
        time.sleep(LEASE)
        for repo, hours in zip(self.clones, self.hours, strict=True):
            self._run(repo, hours, "sync", "--force")

    def items(self) -> Counter[str]:
        """How many items each spec has, by their markers."""
        issues = self.sandbox.store.issues(DEFAULT_PROJECT)
        marks = [(issue.body or "").rpartition("lspec:")[2].split() for issue in issues]
        return Counter(mark[1].removeprefix(MARKED) for mark in marks)

    def tips(self) -> set[str]:
        """The notes of every clone and of the remote."""
        bare = self.clones[0].git("--git-dir", str(self.bare), "rev-parse", NOTES)
        return {bare, *(repo.git("rev-parse", NOTES) for repo in self.clones)}

    def linked(self) -> list[str]:
        """What each clone says about its specs."""
        return [self._run(repo, 0, "status").splitlines()[0] for repo in self.clones]


def can_lie_about_time() -> bool:
    """Whether `faketime` is installed."""
    return shutil.which("faketime") is not None
