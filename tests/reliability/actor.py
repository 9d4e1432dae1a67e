"""A process that runs the tool in a clone when told, in a child that can be killed at any of its steps.

Each step of the child (before and after every request, where the run tells of its progress) waits for the
test's leave. The tracker lives in the test; its clock is the one that the child's waiting is measured by.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

from lspec_git.adapters.base import (
    Account,
    Capabilities,
    Changes,
    Claim,
    Comment,
    Draft,
    Edit,
    Event,
    ItemRef,
    Outcome,
    WorkItem,
)
from lspec_git.engine import claims
from lspec_git.engine.connect import Connected
from lspec_git.engine.pairs import Seat
from lspec_git.engine.running import Options
from lspec_git.engine.sync import run
from lspec_git.git import libgit2 as _  # noqa: F401 - see `main`
from lspec_git.git.repository import discover
from lspec_git.trackers import installed


class Far:
    """A `PMAdapter` whose tracker is in the test's process."""

    def __init__(self, line: Connection, capabilities: Capabilities) -> None:
        self.line, self.capabilities, self.passed = line, capabilities, 0.0

    def monotonic(self) -> float:
        """Seconds that have passed for this run, by the world's clock."""
        return self.passed

    def step(self, name: str) -> None:
        """Wait for leave."""
        self._ask("step", name)

    def ask(self, operation: str, *args: object) -> Any:
        """A request: a step before it, the deed, a step after it."""
        return self._ask("request", operation, *args)

    def _ask(self, *words: object) -> Any:
        self.line.send(words)
        answer, failed, self.passed = self.line.recv()
        if failed is not None:
            raise failed
        return answer

    def changes(self, cursor: str | None) -> Changes:
        found: Changes = self.ask("changes", cursor)
        return found

    def pull(self, refs: Sequence[ItemRef]) -> Iterator[WorkItem]:
        for ref in refs:
            yield from self.ask("pull", [ref])

    def push(self, edits: Sequence[Edit]) -> Iterator[Outcome]:
        for edit in edits:
            yield from self.ask("push", [edit])

    def create(self, drafts: Sequence[Draft]) -> Iterator[Outcome]:
        for draft in drafts:
            yield from self.ask("create", [draft])

    def find(self, wanted: Sequence[Claim]) -> Iterator[WorkItem]:
        yield from self.ask("find", wanted)

    def history(self, ref: ItemRef, since: str) -> Iterator[Event]:
        yield from self.ask("history", ref, since)

    def comments(self, refs: Sequence[ItemRef], since: str | None) -> Iterator[Comment]:
        yield from self.ask("comments", refs, since)

    def check(self) -> Account:
        account: Account = self.ask("check")
        return account

    def parse_event(self, headers: object, body: bytes) -> frozenset[str]:
        raise NotImplementedError(f"no webhook in these worlds: {headers} {body!r}")


def sync(folder: Path, address: str, name: str) -> None:
    """One run in a clone, step by step as the test says; its report goes to the test as lines."""
    with Client(address, "AF_UNIX") as line:
        line.send(("hello", name, os.getpid()))
        far = Far(line, line.recv())
        claims.monotonic = far.monotonic  # type: ignore[attr-defined] # the world's clock, not the host's

        @contextmanager
        def progress(title: str, _total: int) -> Iterator[Callable[[], None]]:
            far.step(title)
            yield lambda: None

        def connect(at: Seat) -> Connected:
            return Connected(far, f"{at.target} {name}")

        try:
            report = run(discover(folder), Options(force=True), connect, progress)
            said = [f"{each.subject}: {each.message}" for each in report.failures] + report.warnings
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must hear of it
            said = [f"{type(error).__name__}: {error}"]
        line.send(("done", said))


def _wrong(real: Callable[[], float], seconds: float) -> float:
    return real() + seconds


def main() -> None:
    """Read a job a line: folder, address, name, seconds that this host's clock is wrong by."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children here
    installed()  # once, and not in every child; as libgit2 is loaded here
    for text in sys.stdin:
        job = json.loads(text)
        if os.fork():
            continue
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # git's children are waited for
        time.time = partial(_wrong, time.time, job["wrong"])
        os.environ.update(job["environment"])
        sync(Path(job["folder"]), job["address"], job["name"])
        os._exit(0)


if __name__ == "__main__":
    main()
