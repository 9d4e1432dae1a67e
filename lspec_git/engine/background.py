"""The work of a hook's child: publish what HEAD holds, with nobody there to ask or to look.

It pushes only, reads HEAD alone, creates a handful of items at most, and is never forced. What it comes to
is left in the log, in the outcome record and perhaps in a line that is told once: see `logbook`.
"""

from __future__ import annotations

import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from filelock import FileLock, Timeout

from lspec_git import logbook
from lspec_git.core.config import Config, Publish
from lspec_git.engine.doors import Doors
from lspec_git.engine.outcome import failed, outcome_of, story
from lspec_git.engine.progress import silent
from lspec_git.engine.redaction import redact
from lspec_git.engine.running import Options, locked
from lspec_git.engine.share import Share
from lspec_git.engine.sync import run as synchronise
from lspec_git.errors import HeadMoved, LspecError, Offline, TrackerError
from lspec_git.git.config import remotes
from lspec_git.git.exchange import remote_tips
from lspec_git.git.notes import Notes
from lspec_git.git.objects import Repository, open_objects
from lspec_git.git.operations import in_progress
from lspec_git.git.process import run
from lspec_git.local import NO_CONFIG, committed_config
from lspec_git.pending import pending
from lspec_git.records import Outcome, Records, storing

HANDFUL: Final = 5
"""Most work items that a background run creates."""
OPERATION: Final = 10.0
"""Seconds to wait for a rebase, merge or the like to end: git calls another hook where it takes longer."""
PUSH: Final = 600.0
"""Seconds to wait for the user's `git push` to end."""
OTHER_RUN: Final = 600.0
"""Seconds to wait for another run in this repository to end."""
LONGEST: Final = 900
"""Seconds that a turn may take: what hangs for longer would keep all others from publishing."""
PAUSE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Pushed:
    """A `git push` of the user's: its process, and the remote's name or URL (empty: not known)."""

    process: int
    remote: str


def work(repo: Repository, pushed: Pushed | None = None) -> None:
    """One background run. Where another is at work in this worktree, that one is left to do it.

    Raises GitError where the records cannot be written to; whatever else goes wrong is in the log.
    """
    records = Records.of(repo)
    if pushed is not None:
        _until(lambda: not _alive(pushed.process), PUSH)
    # The mark comes first, and who has the lock looks for marks after letting it go: none is missed.
    _mark(records, f"push {pushed.remote}" if pushed else "commit")
    while records.again.exists():
        try:
            with FileLock(records.background, timeout=0), _in_time():
                _turn(repo, records, _take(records))
        except Timeout:
            return


def _mark(records: Records, *words: str) -> None:
    with storing(records.again):
        records.own.mkdir(parents=True, exist_ok=True)
        with records.again.open("a", encoding="utf-8", errors="surrogateescape") as file:
            file.write("".join(f"{word}\n" for word in words))


def _take(records: Records) -> frozenset[str]:
    taken = records.again.with_name("again.taken")
    with suppress(FileNotFoundError):  # another has dealt with it, between the look at it and the lock
        records.again.replace(taken)
        return frozenset(taken.read_text("utf-8", "surrogateescape").splitlines())
    return frozenset()


@contextmanager
def _in_time() -> Iterator[None]:
    def late(*_: object) -> None:
        raise TrackerError(f"not done within {LONGEST // 60} minutes", "git lspec sync")

    signal.signal(signal.SIGALRM, late)
    # Once more each minute: the run goes on with the next step, which may hang as well.
    signal.setitimer(signal.ITIMER_REAL, LONGEST, 60)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _until(done: Callable[[], bool], seconds: float) -> bool:
    """Wait for a condition; whether it came about in time."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE)
    return True


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:  # it has ended; or its number is somebody else's by now
        return False
    return True


def _turn(repo: Repository, records: Records, marks: frozenset[str]) -> None:
    """What these marks ask for, and what it came to."""
    folder = str(records.shared)
    try:
        if not _until(lambda: not in_progress(str(repo.git_dir)), OPERATION):
            logbook.write(folder, f"nothing is done: {in_progress(str(repo.git_dir))} is there")
            return
        head = _head(repo)
        if head is not None:
            _at(repo, records, head, marks)
    except HeadMoved:
        _mark(records, *marks)
    except LspecError as error:
        if error.message != NO_CONFIG:
            _leave(records, failed(error))
    except Exception as error:  # noqa: BLE001 - the boundary: nobody would see a traceback
        logbook.write(folder, redact(traceback.format_exc()))
        _leave(records, failed(LspecError(f"a bug in git lspec: {error}", f"see {folder}/{logbook.LOG}")))


def _at(repo: Repository, records: Records, head: str, marks: frozenset[str]) -> None:
    outcome = _publish(repo, records, head, marks)
    if outcome is not None:
        _leave(records, outcome)
    # A commit made meanwhile found the last complete run not recorded yet, perhaps, and nothing to do.
    if _head(repo) != head:
        _mark(records, "commit")


def _head(repo: Repository) -> str | None:
    with open_objects(repo) as objects:
        return objects.head()


def _publish(repo: Repository, records: Records, head: str, marks: frozenset[str]) -> Outcome | None:
    """Publish `head` where that is due, else share the notes at most; None where nothing was to be done."""
    config = committed_config(repo)
    pushes = [mark.removeprefix("push ") for mark in marks if mark.startswith("push ")]
    doors = Doors.of(repo, config) if _due(repo, records, config, head, pushes) else None
    if doors is None or not doors.open:
        shared = _share(repo, records, config) if pushes else None
        why = doors.closed if doors is not None else None
        return failed(why) if why is not None else shared
    logbook.write(str(records.shared), f"publishing {head}")
    # `_due` has seen to it that a remote has the commit, where that is what is waited for.
    wanted = Options(pull=False, alone=True, creates=HANDFUL, head=head, pushed=True, patience=OTHER_RUN)
    report = synchronise(repo, wanted, doors.enter, silent)
    told = "\n".join(story(report))
    if told:
        logbook.write(str(records.shared), redact(told))
    return outcome_of(report, doors.silent)


def _due(repo: Repository, records: Records, config: Config, head: str, pushes: list[str]) -> bool:
    """Whether there may be something to publish, and it may be published now."""
    if not pending(str(records.own), str(records.shared)) and not (pushes and records.settled().open):
        return False
    return config.publish is Publish.COMMIT or any(_holds(repo, remote, head) for remote in pushes)


def _holds(repo: Repository, remote: str, commit: str) -> bool:
    """Whether a remote has a commit: as its branches were last seen here, else as it says itself."""
    if not remote or remote in remotes(repo):
        place = f"refs/remotes/{remote}".rstrip("/")
        args = ["for-each-ref", "--count=1", "--format=%(refname)", f"--contains={commit}", place]
        if run(args, repo.folder).text:
            return True
    if not remote:
        return False
    try:
        return commit in remote_tips(repo, remote)
    except Offline:
        return False


def _share(repo: Repository, records: Records, config: Config) -> Outcome | None:
    """Push the notes, joined with the remote's, where it has not got them; None where it has."""
    with locked(records, OTHER_RUN), open_objects(repo) as objects:
        notes = Notes(objects, repo)
        share = Share.of(repo, notes, config)
        if not share.remote or notes.tip() in (None, notes.tracked(share.remote)):
            return None
        share.fetch()
        share.push()
    return Outcome(int(time.time()), "", f"notes of {share.remote}: {share.said}" if share.said else "")


def _leave(records: Records, outcome: Outcome) -> None:
    """Keep the outcome, and have it told: a problem that is as it was has been told already."""
    before = records.outcome()
    records.save_outcome(outcome)
    news = Outcome(outcome.at, outcome.done, outcome.problem if outcome.problem != before.problem else "")
    if outcome.line:
        logbook.write(str(records.shared), outcome.line)
    if news.line:
        logbook.leave(str(records.shared), f"lspec: {news.line}")
