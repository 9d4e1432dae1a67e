"""Runs a command and tells what it cost, its children included, and how lines of the table are made of that.

CPU seconds and not the clock: they are the same on a busy machine, and on a slow network.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

TOP = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Cost:
    """Of one command: CPU seconds, user and system; peak memory in MB, of its largest process.

    Linux counts what this process held when it forked: less than that (50 MB) is never told.
    """

    cpu: float
    memory: float


@dataclass(frozen=True)
class Line:
    """One line of the table. What has no budget is None there; `holds` is about those that have."""

    name: str
    cost: Cost
    beside: str
    """What the CPU seconds are compared with, measured in the same run."""
    ratio: float
    cpu_budget: float | None = None
    memory_budget: float | None = None
    requests: int | None = None
    requests_budget: int | None = None
    ratio_budget: float | None = None

    @property
    def holds(self) -> bool:
        """Whether everything is within its budget."""
        pairs: list[tuple[float | None, float | None]] = [
            (self.cost.cpu, self.cpu_budget),
            (self.cost.memory, self.memory_budget),
            (self.requests, self.requests_budget),
            (self.ratio, self.ratio_budget),
        ]
        return all(have is None or most is None or have <= most for have, most in pairs)


@dataclass(frozen=True)
class Runner:
    """Starts commands in an environment of their own, with a home and a cache of compiled modules."""

    home: Path

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Nothing of the user's but PATH, so that everybody measures the same."""
        config = self.home / "gitconfig"
        if not config.exists():
            config.write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n[gc]\n\tauto = 0\n")
        own = {
            "HOME": str(self.home),
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_GLOBAL": str(config),
            "GIT_CONFIG_NOSYSTEM": "1",
            "NO_PROXY": "*",
            "PYTHONPATH": str(TOP),
            "PYTHONPYCACHEPREFIX": str(self.home / "compiled"),
        }
        return {**own, **(extra or {})}

    def run(
        self, command: Sequence[str], folder: Path, extra: Mapping[str, str] | None = None, data: bytes = b""
    ) -> Cost:
        """Run once. Raises RuntimeError, with what it said, if the command fails."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
            given.write(data)
            given.seek(0)
            child = subprocess.Popen(
                list(command), cwd=folder, env=self.environment(extra), stdin=given, stdout=said, stderr=said
            )
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode:
                said.seek(0)
                raise RuntimeError(f"{' '.join(command)}: {said.read()[-2000:].decode(errors='replace')}")
        scale = 1024**2 if sys.platform == "darwin" else 1024  # bytes there, KB elsewhere (getrusage)
        return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale)

    def median(self, times: int, once: Callable[[], Cost]) -> Cost:
        """The middle of several runs, of each number on its own."""
        costs = [once() for _ in range(times)]
        return Cost(median(each.cpu for each in costs), median(each.memory for each in costs))


def lspec(*args: str) -> list[str]:
    """The command line of the tool."""
    return [sys.executable, "-m", "lspec_git", *args]
