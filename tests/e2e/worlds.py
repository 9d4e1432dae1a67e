"""A repository, a tracker and a person on the tracker: what end-to-end tests act upon and look at.

The command runs as a child process, its requests pass a counting wire, and the person speaks
plain REST with a token of their own. Nothing here uses the code that is tested.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from tests.adapters.wire import Asked, Passing
from tests.cli.running import Ran, lspec
from tests.conftest import Repo

PROJECT = "octocat/specs"
MARKER = re.compile(r"^<!-- lspec:([0-9a-f-]{36}) (\S+) -->$", re.MULTILINE)
READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Issue:
    """An issue as somebody sees it. Labels and logins in lower case: GitHub compares them so."""

    number: int
    title: str
    state: str
    labels: frozenset[str] = frozenset()
    assignees: frozenset[str] = frozenset()
    body: str = field(default="", compare=False)

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Issue:
        """From REST; `state` is `open` or `closed/REASON`."""
        reason = f"/{raw.get('state_reason')}" if raw["state"] == "closed" else ""
        return cls(
            raw["number"],
            raw["title"],
            raw["state"] + reason,
            frozenset(label["name"].casefold() for label in raw["labels"]),
            frozenset(user["login"].casefold() for user in raw["assignees"]),
            raw["body"] or "",
        )

    @property
    def markers(self) -> list[tuple[str, str]]:
        """(uuid, spec) of every marker in the body."""
        return MARKER.findall(self.body)


class Person:
    """Somebody who works on the tracker by hand."""

    def __init__(self, url: str, token: str, project: str, pass_time: Callable[[], None]) -> None:
        self._base, self.pass_time = f"{url}/repos/{project}/issues", pass_time
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}

    def issues(self) -> dict[int, Issue]:
        """All of them, by number."""
        found: dict[int, Issue] = {}
        for page in range(1, 100):
            raws = self.ask("GET", f"?state=all&per_page=100&page={page}")
            found |= {raw["number"]: Issue.of(raw) for raw in raws}
            if len(raws) < 100:
                break
        return dict(sorted(found.items()))

    def by_spec(self) -> dict[str, Issue]:
        """Issues by the spec that their marker names. No two may name the same."""
        named = [(spec, issue) for issue in self.issues().values() for _, spec in issue.markers]
        assert len(named) == len({spec for spec, _ in named}), "two issues for one spec"
        return dict(named)

    def issue(self, number: int) -> Issue:
        return Issue.of(self.ask("GET", f"/{number}"))

    def open(self, title: str, **more: object) -> int:
        """A new issue by hand; its number."""
        return int(self.ask("POST", "", {"title": title, **more})["number"])

    def edit(self, number: int, **body: object) -> None:
        """PATCH: title, body, state, state_reason."""
        self.pass_time()
        self.ask("PATCH", f"/{number}", body)

    def close(self, number: int, reason: str = "completed") -> None:
        self.edit(number, state="closed", state_reason=reason)

    def label(self, number: int, *names: str) -> None:
        self.pass_time()
        self.ask("POST", f"/{number}/labels", {"labels": list(names)})

    def unlabel(self, number: int, name: str) -> None:
        self.pass_time()
        self.ask("DELETE", f"/{number}/labels/{quote(name, safe='')}")

    def assign(self, number: int, *logins: str) -> None:
        self.pass_time()
        self.ask("POST", f"/{number}/assignees", {"assignees": list(logins)})

    def unassign(self, number: int, *logins: str) -> None:
        self.pass_time()
        self.ask("DELETE", f"/{number}/assignees", {"assignees": list(logins)})

    def ask(self, method: str, path: str, body: object = None) -> Any:
        answer = requests.request(method, self._base + path, json=body, headers=self._headers, timeout=20)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None


def spec_path(name: str) -> str:
    return f"specs/{name}/README.md"


def spec(title: str, status: str = "planned", more: str = "") -> str:
    """A spec's text; `more` are further lines of the frontmatter."""
    head = f"---\nstatus: {status}\ncreated: '2026-01-01'\n{more}---\n\n"
    return f"{head}# {title}\n\nSecret plans for {title}.\n"


@dataclass
class World:
    """A repository whose specs are kept in step with a project of a tracker."""

    repo: Repo
    wire: Passing
    person: Person
    token: str
    _read: int = 0
    _when: int = 0

    def commit(self, files: dict[str, str | bytes] | None = None, message: str = "edit") -> str:
        """Commit everything, a minute after the last time."""
        self._when += 60
        return self.repo.commit(files, message, self._when)

    # -- the command

    def lspec(self, *args: str, code: int = 0) -> Ran:
        """Run the command, and insist on its exit code."""
        ran = lspec(*args, cwd=self.repo.path, env={"GITHUB_TOKEN": self.token})
        assert ran.code == code, f"{args}: exit {ran.code}, not {code}\n{ran.out[-3000:]}\n{ran.err[-3000:]}"
        assert "Traceback" not in ran.err
        assert self.token not in ran.out + ran.err
        return ran

    def init(self, *flags: str) -> None:
        self.lspec("init", "--repo", PROJECT, "--api-url", self.wire.url, "--yes", *flags)

    def configure(self, text: str, rest: str = "", *, place: str = ".lspec/integrations.yml") -> None:
        """Write a config for a project approved before: what stands below `github:`, and the rest."""
        block = "".join(f"  {line}\n" if line else "\n" for line in text.strip("\n").split("\n"))
        head = f"github:\n  repo: {PROJECT}\n  api_url: {self.wire.url}\n"
        self.repo.write(place, head + block + rest)

    # -- specs and issues

    def path(self, name: str) -> Path:
        return self.repo.path / spec_path(name)

    def change(self, name: str, old: str, new: str) -> None:
        """Replace text that is there once, in the worktree, byte for byte."""
        data = self.path(name).read_bytes()
        assert data.count(old.encode()) == 1, f"{old!r} in {data!r}"
        self.path(name).write_bytes(data.replace(old.encode(), new.encode()))

    def issue(self, name: str) -> Issue:
        """The issue of a spec."""
        return self.person.by_spec()[f"specs/{name}"]

    def number(self, name: str) -> int:
        return self.issue(name).number

    # -- what the tracker was asked

    def asked(self) -> list[Asked]:
        """Requests since this was last called."""
        new = self.wire.asked[self._read :]
        self._read += len(new)
        return new

    def settled(self, pages: int = 1) -> None:
        """Insist that a sync asks the tracker once (or for a few pages), writes nothing, commits no note."""
        self.asked()
        before = self.footprint()
        self.lspec("sync")
        asked = [each.method for each in self.asked()]
        assert asked in [["GET"] * count for count in range(1, pages + 1)]
        assert self.footprint() == before

    def footprint(self) -> tuple[str, str, str]:
        """Refs (the notes among them), worktree and index, as a name for their state."""
        refs = self.repo.git("for-each-ref", "--format=%(refname) %(objectname)")
        status = self.repo.git("status", "--porcelain=v2", "--untracked-files=all")
        return refs, status, self.repo.git("diff", "HEAD")

    def notes(self) -> str:
        """Where the notes are."""
        return self.repo.git("rev-parse", "-q", "--verify", "refs/notes/lspec", check=False)


def counts(asked: Iterable[Asked]) -> Counter[str]:
    """Requests by method and kind of path: `POST issues`, `PATCH issues/N`, `DELETE issues/N/labels`."""
    kinds: Counter[str] = Counter()
    for each in asked:
        path = re.sub(r"^/(repos/[^/]+/[^/]+|repositories/\d+)/?", "", each.path.partition("?")[0])
        parts = path.split("/")[:3]
        kinds[f"{each.method} {'/'.join('N' if part.isdigit() else part for part in parts)}".strip()] += 1
    return kinds


def writes(asked: Iterable[Asked]) -> list[Asked]:
    """The requests that change something."""
    return [each for each in asked if each.method not in READING]


def sent(asked: Iterable[Asked]) -> list[tuple[str, Any]]:
    """What was written: `PATCH issues/N` and the like, each with its body, or the last of its path."""
    return [
        (kind, each.body if each.body is not None else each.path.rpartition("/")[2])
        for each in writes(asked)
        for kind in counts([each])
    ]


def everything(folder: Path, *, skip: Iterable[str] = ()) -> dict[str, str]:
    """Every file below a folder, by a hash of its bytes."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in skip
    }
