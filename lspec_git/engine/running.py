"""What one run may do, what it works with, and that there is but one at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from filelock import FileLock, Timeout

from lspec_git.core.config import Config, TrackerConfig, label, named
from lspec_git.core.spec import FieldName, SpecId
from lspec_git.engine.connect import Connected
from lspec_git.engine.observe import Scene
from lspec_git.engine.pairs import Seat
from lspec_git.engine.progress import Progress
from lspec_git.engine.report import Report
from lspec_git.engine.share import Share
from lspec_git.errors import LockTimeout, UsageError
from lspec_git.git.objects import Repository
from lspec_git.ledger import Ledger
from lspec_git.local import Local
from lspec_git.records import Records, storing

LOCK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Options:
    """What a run may do, and to what."""

    push: bool = True
    pull: bool = True
    dry_run: bool = False
    force: bool = False
    full: bool = False
    systems: tuple[str, ...] = ()
    specs: Collection[SpecId] = ()
    settle: str = ""
    """`spec` or `tracker`: what a person decided for the conflicts of `specs`."""
    field: FieldName = ""
    """The only field that `settle` is about; empty: all."""
    alone: bool = False
    """Nobody is there to ask or to look: what HEAD holds decides, whatever lies in the worktree."""
    creates: int | None = None
    """Most work items to create; where there are more, none is. None: any number."""
    head: str = ""
    """The commit that HEAD must be at; else nothing is done."""
    pushed: bool = False
    """A remote is known to have HEAD, whatever its branches here say."""
    patience: float = LOCK_SECONDS
    """How many seconds to wait for another run to end."""


Connect = Callable[[Seat], Connected]


@dataclass(slots=True)
class Run:
    """What one run works with, and what it leaves open."""

    repo: Repository
    options: Options
    connect: Connect
    progress: Progress
    config: Config
    local: Local
    ledger: Ledger
    records: Records
    share: Share
    report: Report
    open: set[SpecId] = field(default_factory=set)
    complete: bool = True

    def scene(self) -> Scene:
        """What each tracker's part of the run looks at."""
        return Scene(
            self.local,
            self.config,
            self.ledger,
            self.records,
            self.report,
            self.options.specs,
            self.options.full,
            int(time.time()),
            self.progress,
            self.options.alone,
        )


@contextmanager
def locked(records: Records, patience: float = LOCK_SECONDS) -> Iterator[None]:
    """One run at a time in a repository; waits for another for so long. The lock dies with its process."""
    lock = FileLock(records.lock, timeout=patience)
    try:
        with storing(records.lock):
            records.shared.mkdir(parents=True, exist_ok=True)
            lock.acquire()
    except Timeout:
        raise LockTimeout(
            f"another git lspec is at work in this repository (it holds {records.lock})",
            "wait for it to end, then run this again",
        ) from None
    try:
        yield
    finally:
        lock.release()


def chosen(config: Config, systems: Collection[str]) -> list[TrackerConfig]:
    """The enabled sections, or the ones asked for: all of a tracker's, or a single project."""
    for name in systems:
        if not named(config, name):
            known = ", ".join(dict.fromkeys(label(config, tracker) for tracker in config.trackers))
            raise UsageError(f"no tracker `{name}` in {config.path}", f"it has: {known or 'none'}")
    wanted = [one for name in systems for one in named(config, name)] if systems else config.trackers
    return [tracker for tracker in config.trackers if tracker.enabled and tracker in wanted]
