"""Small worlds under random schedules: who takes the next step, what fails there, who dies.

Everything is drawn from one seed, so a schedule can be played again. The steps are those of `actor`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Listener
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from lspec_git.testing.memory import START, Fault, MemoryAdapter, MemoryTracker
from tests.worlds import NOTES, Clone, World

NAMES: Final = tuple(f"00{number}-part" for number in range(1, 6))
CLONES: Final = ("one", "two", "three")
LEASE: Final = 300
"""Seconds, as the config has it by default; a step before a create is never delayed by more than PAUSE."""
PAUSE: Final = 15
FLIGHT: Final = 20
"""What is sent late lands within so many seconds: with PAUSE, less than the config's 45."""
READING: Final = (Fault.LOST_BEFORE, Fault.LIMIT)
WRITING: Final = (Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.LATE, Fault.LIMIT, Fault.STALE)
DAY: Final = 86_400
ForkingPickler.register(MappingProxyType, lambda words: (dict, (dict(words),)))


class Broken(AssertionError):
    """What must never happen."""


@dataclass
class Runner:
    """A run that waits at a step."""

    clone: Clone
    line: Connection
    process: int
    adapter: MemoryAdapter
    waiting: tuple[Any, ...] = ()
    answer: Any = None

    @property
    def sends(self) -> bool:
        """Whether it has looked at its claim and is about to create."""
        return self.waiting[:2] == ("request", "create")


@dataclass
class Schedule:
    """One world, one seed."""

    seed: int
    folder: Path
    server: subprocess.Popen[str]
    told: Counter[str] = field(default_factory=Counter)
    """What was done to it, by kind."""
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)  # noqa: S311 - no secret
        self.world = World(self.folder)
        self.world.tracker = MemoryTracker(lag=self.draw.choice([0, 0, 5, 40]), flight=FLIGHT)
        self.lag = self.world.tracker.lag
        first = self.world.start(*NAMES, shared=True)
        self.clones = [first, *(self.world.clone(name) for name in CLONES[1:])]
        self.wrong = {clone.login: self.draw.randrange(-DAY, DAY) for clone in self.clones}
        self.running: list[Runner] = []
        self.patience = PAUSE

    # -- the run

    def play(self, turns: int) -> None:
        """So many turns of whatever the draw says; what still runs then is killed."""
        with Listener(family="AF_UNIX") as self.door:
            for _ in range(turns):
                self._turn()
            for runner in list(self.running):
                self._kill(runner)

    def _turn(self) -> None:
        idle = [clone for clone in self.clones if clone not in [each.clone for each in self.running]]
        deed = self.draw.choices(
            ["start", "step", "tick", "kill", "cut"],
            [4 if idle else 0, 60 if self.running else 0, 3, 1.5, 0.5],
        )[0]
        if deed == "start":
            self._start(self.draw.choice(idle))
        elif deed == "step":
            self._step(self.draw.choice(self.running))
        elif deed == "tick":
            self._tick(self.draw.choice([1, 5, 30, 120, 400]))
        elif deed == "kill" and self.running:
            self._kill(self.draw.choice(self.running))
        elif deed == "cut":
            self._cut(self.draw.choice(self.clones))

    def _start(self, clone: Clone) -> None:
        environment = {"GIT_AUTHOR_NAME": clone.login, "GIT_COMMITTER_NAME": clone.login}
        job = {"folder": str(clone.repo.path), "address": self.door.address, "name": clone.login}
        job |= {"wrong": self.wrong[clone.login], "environment": environment}
        assert self.server.stdin is not None
        self.server.stdin.write(json.dumps(job) + "\n")
        self.server.stdin.flush()
        line = self.door.accept()
        _, _, process = line.recv()
        adapter = MemoryAdapter(self.world.tracker, clone.login)
        line.send(adapter.capabilities)
        self.running.append(Runner(clone, line, process, adapter))
        self.told["runs"] += 1
        self._hear(self.running[-1])

    def _hear(self, runner: Runner) -> None:
        """What the run wants next; it is over when it says so."""
        try:
            runner.waiting = runner.line.recv()
        except EOFError:
            raise Broken(f"the run of {runner.clone.login} died by itself") from None
        if runner.waiting[0] == "done":
            self.said += runner.waiting[1]
            self._over(runner)

    def _over(self, runner: Runner) -> None:
        runner.line.close()
        self.running.remove(runner)

    def _step(self, runner: Runner) -> None:
        """Let a run take its step: the deed of a request, and the answer, are two."""
        if runner.sends:
            self.patience = PAUSE
        if runner.waiting[0] == "request":
            runner.answer = self._answered(runner)
            runner.waiting = ("answer", runner.waiting[1])
            return
        answer = runner.answer if runner.waiting[0] == "answer" else (None, None)
        runner.answer = None
        passed = (self.world.tracker.now - START).total_seconds()
        runner.line.send((*answer, passed))
        self._hear(runner)

    def _answered(self, runner: Runner) -> tuple[Any, Exception | None]:
        operation, *args = runner.waiting[1:]
        fault = self._fault(operation)
        if fault is not None:
            self.world.tracker.fault(operation, fault)
            self.told[f"{operation}: {fault.value}"] += 1
        try:
            found = getattr(runner.adapter, operation)(*args)
            return (list(found) if isinstance(found, Iterator) else found), None
        except Exception as error:  # noqa: BLE001 - it is the run's to deal with
            return None, error

    def _fault(self, operation: str) -> Fault | None:
        if self.draw.random() > 0.15:
            return None
        return self.draw.choice(WRITING if operation in ("create", "push") else READING)

    def _tick(self, seconds: int) -> None:
        """Time passes; little, while a run is between the look at its claim and its create."""
        if any(runner.sends for runner in self.running):
            seconds = min(seconds, self.patience)
            self.patience -= seconds
        self.world.tracker.tick(seconds)
        self.told["seconds"] += seconds

    def _kill(self, runner: Runner) -> None:
        os.kill(runner.process, signal.SIGKILL)
        self.told["kills"] += 1
        self._over(runner)

    def _cut(self, clone: Clone) -> None:
        """The clone loses its way to the state remote, or finds it again; or it may not push there."""
        way = self.draw.choice(["url", "pushurl"])
        cut = clone.git("config", "--get-all", "lspec-test.cut", check=False)
        if cut:
            clone.git("config", "remote.origin.url", self.world.bare.as_uri())
            clone.git("config", "--unset-all", "remote.origin.pushurl", check=False)
            clone.git("config", "--unset-all", "lspec-test.cut")
            return
        clone.git("config", f"remote.origin.{way}", str(self.folder / "nowhere.git"))
        clone.git("config", "lspec-test.cut", way)
        self.told[f"cut off: {way}"] += 1

    # -- the end

    def judge(self) -> None:
        """Everybody syncs undisturbed; then there is one item a spec, and all say the same."""
        self.world.tracker.heal()
        self.world.tracker.lag = 0
        for clone in self.clones:
            clone.git("config", "remote.origin.url", self.world.bare.as_uri())
            clone.git("config", "--unset-all", "remote.origin.pushurl", check=False)
        self.world.tracker.tick(LEASE + FLIGHT + 60)
        for clone in self.clones:
            self._calm(clone)
        self._count()
        for clone in self.clones:
            self._calm(clone)
        self._count()
        tips = {clone.login: clone.notes for clone in self.clones}
        shared = self.clones[0].git("--git-dir", str(self.world.bare), "rev-parse", NOTES)
        if set(tips.values()) != {shared}:
            raise Broken(f"the notes differ: {tips}, and {shared} on the remote")

    def _calm(self, clone: Clone) -> None:
        report = clone.sync(force=True)
        if report.failures:
            raise Broken(f"{clone.login}: {report.failures}")

    def _count(self) -> None:
        items = self.world.tracker.items().values()
        made = Counter(item.marker.spec if item.marker else item.words["title"] for item in items)
        if made != Counter(f"specs/{name}" for name in NAMES):
            raise Broken(f"not one item for each spec: {dict(made)}")


@contextmanager
def server() -> Iterator[subprocess.Popen[str]]:
    """The process that runs are forked from."""
    command = [sys.executable, "-m", "tests.reliability.actor"]
    top = Path(__file__).resolve().parent.parent.parent
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, cwd=top) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def played(seeds: Sequence[int], turns: int = 200) -> Counter[str]:
    """Play some schedules. Raises Broken, with the seed, at the first that breaks a promise."""
    told: Counter[str] = Counter()
    with server() as actors:
        for seed in seeds:
            with tempfile.TemporaryDirectory(prefix="lspec-schedule-") as folder:
                schedule = Schedule(seed, Path(folder), actors)
                try:
                    schedule.play(turns)
                    schedule.judge()
                except Exception as error:
                    again = f"LSPEC_SCHEDULE={seed} pytest -n 0 tests/reliability/test_schedules.py"
                    raise Broken(f"seed {seed}: {error}\nplay it again: {again}") from error
                told += schedule.told
    return told
