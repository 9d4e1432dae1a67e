"""A run of the real command that is stopped at a chosen step, and the world that it leaves behind.

A small repository with a bare remote beside a tracker whose clock stands still: edits to publish, edits to
take in, items to create. Each stop begins from the same bytes on both sides, so worlds can be compared. The
signals are real: sent when the n-th request arrives or was carried out, from git's own hook around a move of
a ref, from an audit hook of the interpreter at the n-th file that is written, or after a while.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lspec_git.core.documents import parse_any
from lspec_git.core.note_text import Damage
from lspec_git.engine.connect import connect
from lspec_git.engine.report import Report
from lspec_git.engine.running import Options
from lspec_git.engine.sync import run
from lspec_git.git.notes import Notes
from lspec_git.git.objects import discover, open_objects
from lspec_git.ledger import Ledger
from lspec_git.sandbox.model import Account
from lspec_git.sandbox.server import Sandbox
from tests.adapters.wire import Asked, Drop, Passing, Reply
from tests.cli.running import COMMAND, PATIENCE, environment
from tests.conftest import Repo
from tests.e2e.worlds import PROJECT, Issue, Person
from tests.worlds import silent

TOKEN = "tok_of_the_tool_0123456789"
START = 1_795_348_800.0
LEASE = 60
NAMES = ("001-publish", "002-take-in", "003-both", "004-create", "005-create-closed")
CONFIG = """\
github:
  repo: octocat/specs
  api_url: {url}
  create: all
  mapping:
    - {{spec: specs/001-publish, issue: 1}}
    - {{spec: specs/002-take-in, issue: 2}}
    - {{spec: specs/003-both, issue: 3}}
    - pattern: specs/**
state: {{lease: 60, lag: 5, flight: 5}}
"""
SPEC = """\
---
status: {status}
created: '2026-01-01'
tags: [api]
priority: high
---

# {title}

> **Status**: x · **Priority**: High

Body.
"""
STAMP = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]+Z")

AUDIT = """\
import atexit, os, signal, sys

tally = os.open(os.environ["STOP_TALLY"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
with open(os.environ["STOP_PID"], "w") as file:
    file.write(str(os.getpid()))
# Where tests run in the background, SIGINT is ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
at, number, seen = int(os.environ["STOP_AT"]), int(os.environ["STOP_SIGNAL"]), 0

def writes(event, args):
    if event == "open":
        flags = args[2] if isinstance(args[2], int) else 0
        return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    return event in ("os.rename", "os.remove", "os.truncate", "subprocess.Popen")

def watch(event, args):
    global seen
    if writes(event, args):
        seen += 1
        os.write(tally, b"x")
        if seen == at:
            os.kill(os.getpid(), number)

sys.addaudithook(watch)
"""
HOOK = """\
#!/bin/sh
printf x >> "$STOP_REFS"
[ "$(wc -c < "$STOP_REFS")" -eq "$STOP_REF_AT" ] || exit 0
kill "-$STOP_SIGNAL" "$STOP_GROUP$(cat "$STOP_PID")"
"""


@dataclass(frozen=True, order=True)
class Stop:
    """Where a run is stopped, and how. `at` counts from 1; for a moment it is milliseconds.

    Kinds: `asked` and `answered` (a request before and after it was carried out), `file`, `ref`, `moment`;
    and, without a signal, `lost` (carried out, no answer), `dropped` (neither) and `500` (done, denied).
    """

    kind: str
    at: int
    how: str = "KILL"

    def __str__(self) -> str:
        return f"{self.kind}:{self.at}:{self.how}"

    @classmethod
    def of(cls, text: str) -> Stop:
        kind, at, how = text.split(":")
        return cls(kind, int(at), how)

    @property
    def signal(self) -> int:
        return int(getattr(signal, f"SIG{self.how}")) if self.how != "-" else 0


FAULTS = frozenset({"lost", "dropped", "500"})


@dataclass(frozen=True)
class World:
    """Everything that must be the same in the end, whatever happened on the way."""

    issues: dict[str, Issue]
    """By the spec that links to them; numbers do not count."""
    events: dict[str, list[str]]
    files: dict[str, bytes]
    """By path; times of the run itself are blotted out."""

    def unlike(self, other: World) -> list[str]:
        """What is not as in the other world, in words."""
        pairs = ((self.issues, other.issues), (self.events, other.events), (self.files, other.files))
        return [
            f"{name}: {here.get(name)!r}, not {there.get(name)!r}"
            for here, there in pairs
            for name in sorted(here.keys() | there.keys())
            if here.get(name) != there.get(name)
        ]


@dataclass
class Ended:
    """How the stopped run ended, and how many steps it took."""

    code: int
    err: str
    requests: list[str]
    files: int
    refs: int
    seconds: float


@dataclass
class Stage:
    """One repository and one tracker, set up anew for every stop."""

    folder: Path
    wire: Passing
    port: int
    sandbox: Sandbox = field(init=False)
    _upstream: Callable[[Asked], Reply] = field(init=False)

    def __post_init__(self) -> None:
        self._upstream = self.wire.answer
        (self.folder / "audit").mkdir()
        (self.folder / "audit" / "sitecustomize.py").write_text(AUDIT)
        self.sandbox = tracker(self.port).start()
        self._template()
        self.sandbox.stop()

    @property
    def path(self) -> Path:
        return self.folder / "run" / "repo"

    @property
    def repo(self) -> Repo:
        return Repo(self.path)

    def _template(self) -> None:
        """Linked and settled; then edits of both sides that no run has seen yet."""
        repo = Repo(self.folder / "template" / "repo")
        repo.path.mkdir(parents=True)
        repo.git("init", "-q")
        for name in NAMES[:3]:
            repo.write(f"specs/{name}/README.md", SPEC.format(status="planned", title=name))
        repo.commit({".lspec/integrations.yml": CONFIG.format(url=self.wire.url)}, "specs")
        # A relative URL: the copies have their remote beside them, too.
        repo.git("init", "-q", "--bare", "../origin.git")
        repo.git("remote", "add", "origin", "../origin.git")
        approve = self.wire.url.removeprefix("http://") + f"/{PROJECT}"
        repo.git("config", "--global", "--add", "lspec.trust", approve)
        assert synced(repo.path).exit_code == 0
        repo.commit(
            {
                f"specs/{NAMES[0]}/README.md": SPEC.format(status="in-progress", title=NAMES[0]),
                f"specs/{NAMES[2]}/README.md": SPEC.format(status="planned", title=NAMES[2]).replace(
                    "priority: high", "priority: low"
                ),
                f"specs/{NAMES[3]}/README.md": SPEC.format(status="in-progress", title=NAMES[3]),
                f"specs/{NAMES[4]}/README.md": SPEC.format(status="complete", title=NAMES[4]),
            },
            "edits",
            60,
        )
        hook = repo.write(".git/hooks/reference-transaction", HOOK)
        hook.chmod(0o755)

    def set_up(self) -> None:
        """The same repository and the same tracker as every time."""
        self.strike()
        shutil.copytree(self.folder / "template", self.folder / "run", symlinks=True)
        self.sandbox = tracker(self.port).start()
        self.sandbox.advance(60)
        self.sandbox.store.edit(PROJECT, 2, "alice", state="closed", reason="completed")
        self.sandbox.store.edit(PROJECT, 3, "alice", title="Both, by Alice")

    def strike(self) -> None:
        """Take the stage down again."""
        self.wire.answer = self._upstream
        self.sandbox.stop()
        shutil.rmtree(self.folder / "run", ignore_errors=True)

    # -- the run that is stopped

    def play(self, stop: Stop | None, *, group: bool = False) -> Ended:
        """Run `sync` as a child until it ends, or is ended."""
        tally, refs, pid = (self.folder / "run" / name for name in ("tally", "refs", "pid"))
        seen: list[str] = []
        env = {
            "GITHUB_TOKEN": TOKEN,
            "STOP_TALLY": str(tally),
            "STOP_REFS": str(refs),
            "STOP_PID": str(pid),
            "STOP_AT": str(stop.at if stop and stop.kind == "file" else 0),
            "STOP_REF_AT": str(stop.at if stop and stop.kind == "ref" else 0),
            "STOP_SIGNAL": str(stop.signal if stop else 0),
            "STOP_GROUP": "-" if group else "",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        env["PYTHONPATH"] = os.pathsep.join([str(self.folder / "audit"), environment()["PYTHONPATH"]])
        began = time.monotonic()
        child = subprocess.Popen(
            [*COMMAND, "sync"],
            cwd=self.path,
            env=environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.wire.answer = self._answering(child, stop, seen)
        try:
            if stop and stop.kind == "moment":
                time.sleep(stop.at / 1000)
                child.send_signal(stop.signal)
            _, err = child.communicate(timeout=PATIENCE)
        finally:
            child.kill()
            child.wait()
            self.wire.answer = self._upstream
        return Ended(child.returncode, err.decode(), seen, size(tally), size(refs), time.monotonic() - began)

    def _answering(
        self, child: subprocess.Popen[bytes], stop: Stop | None, seen: list[str]
    ) -> Callable[[Asked], Reply]:
        """The tracker, seen through a wire that sends the signal at the n-th request, or fails there."""

        def answer(asked: Asked) -> Reply:
            seen.append(f"{asked.method} {asked.path.partition('?')[0]}")
            kind = stop.kind if stop and len(seen) == stop.at else ""
            if stop and kind == "asked":
                os.killpg(child.pid, stop.signal)
            if kind in {"asked", "dropped"}:
                raise Drop
            reply = self._upstream(asked)
            if stop and kind == "answered":
                os.killpg(child.pid, stop.signal)
            if kind in {"answered", "lost"}:
                raise Drop
            return Reply(500, {"message": "Server Error"}) if kind == "500" else reply

        return answer

    # -- afterwards

    def recover(self) -> list[Report]:
        """Sync again; where a create may still be under way, once more after its lease."""
        reports = [synced(self.path)]
        while reports[-1].exit_code or self.unlinked():
            assert len(reports) < 4, f"does not recover: {reports[-1].failures} {reports[-1].warnings}"
            self.sandbox.advance(LEASE + 1)
            reports.append(synced(self.path))
        return reports

    def unlinked(self) -> list[str]:
        return sorted({f"specs/{name}" for name in NAMES} - set(self.links()))

    def links(self) -> dict[str, int]:
        """Issue numbers by the specs that the notes link to them. Every note must be readable."""
        ledger = Ledger(Notes(open_objects(discover(self.path)), discover(self.path)))
        notes = list(ledger.all_links())
        unread = [n for n in map(parse_any, ledger.notes.read_all().values()) if isinstance(n, Damage)]
        assert not unread, f"unreadable notes: {unread}"
        return {each.spec: int(row.key) for each in notes for row in each.links.values() if row.item}

    def world(self) -> World:
        person = Person(self.sandbox.url, TOKEN, PROJECT, lambda: None)
        issues, links = person.issues(), self.links()
        assert sorted(links.values()) == sorted(issues), f"{len(issues)} issues, links {links}"
        marks = [mark for issue in issues.values() for mark in issue.markers]
        assert len(set(marks)) == len({spec for _, spec in marks}) == len(marks) == 2, f"markers {marks}"
        past = self.sandbox.store.events(PROJECT)
        events = {
            spec: sorted(
                f"{e.kind} {e.label.name if e.label else e.rename or ''}" for e in past if e.number == n
            )
            for spec, n in links.items()
        }
        by_spec = {spec: bare(issues[n]) for spec, n in links.items()}
        return World(dict(sorted(by_spec.items())), dict(sorted(events.items())), self.files())

    def files(self) -> dict[str, bytes]:
        top = self.path
        found = sorted(each for each in top.rglob("*") if each.is_file() and ".git" not in each.parts)
        return {str(each.relative_to(top)): STAMP.sub(b"TIME", each.read_bytes()) for each in found}

    def half_written(self, before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
        """Files of the worktree that are neither as before the run nor as after it; temporary ones apart."""
        here = {path: data for path, data in self.files().items() if not Path(path).name.startswith(".")}
        return [path for path, data in here.items() if data not in (before.get(path), after[path])]

    def litter(self) -> list[str]:
        """Locks and temporary files that a run left in git's folder."""
        lasting = re.compile(r"lock|clone|pulled|deltas|[a-z]+\.json")
        ours = [each.name for each in (self.path / ".git" / "lspec").iterdir()]
        locks = [str(each) for each in (self.path / ".git").rglob("*.lock")]
        return sorted([*locks, *(name for name in ours if not lasting.fullmatch(name))])

    def unsettled(self) -> list[str]:
        """What one more run asks beside its one request, and writes beside its ETag and its time."""
        before, seen = everything_below(self.path), len(self.sandbox.requests)
        report = synced(self.path)
        asked = [f"{each.method} {each.path}" for each in self.sandbox.requests[seen:]]
        after = everything_below(self.path)
        moved = {
            Path(each).name for each in before.keys() | after.keys() if before.get(each) != after.get(each)
        }
        failures = [each.message for each in report.failures]
        return [*asked[1:], *sorted(moved - {"cursors.json", "settled.json"}), *failures]


def tracker(port: int) -> Sandbox:
    """Three issues made by hand, with the same ids and times every time."""
    made = Sandbox([PROJECT], {TOKEN: Account("octocat")}, port=port, clock=lambda: START)
    for name in NAMES[:3]:
        made.store.create(PROJECT, name, login="alice", labels=["api", "priority:high"])
    return made


def synced(path: Path) -> Report:
    """One undisturbed run."""
    repo = discover(path)
    return run(repo, Options(), lambda at: connect(repo, at), silent)


def bare(issue: Issue) -> Issue:
    return Issue(0, issue.title, issue.state, issue.labels, issue.assignees)


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def everything_below(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with its time of writing: also a file that was written again with the same bytes shows."""
    files = (each for each in folder.rglob("*") if each.is_file())
    return {str(each): (each.stat().st_mtime_ns, each.read_bytes()) for each in files}
