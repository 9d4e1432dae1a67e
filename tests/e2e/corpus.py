"""Real specs, read independently of the code that is tested: what their issues have to look like."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

import yaml

from tests.conftest import Repo
from tests.e2e.worlds import Issue, Person

BUNDLE = "corpus/leanspec-history.bundle"
SPECS = 304
LOGINS = {"marvin": "mona", "marvin zhang": "bob"}
CONFIG = """\
mapping:
  - pattern: specs/**
create: all
"""
PEOPLE = "people:\n  marvin: {github: mona}\n  Marvin Zhang: {github: bob}\n"
STATES = {
    **dict.fromkeys(("draft", "planned", "in-progress"), "open"),
    "complete": "closed/completed",
    "archived": "closed/not_planned",
}
H1 = re.compile(r"# (.+?)[ \t]*#*")
FENCE = re.compile(r" {0,3}(```|~~~)")
SPEC_FILE = re.compile(r"specs/(?:.+/)?(\d{2,}-[^/]+)/README\.md")


@dataclass(frozen=True)
class Unreadable:
    """Why another reader stops at a spec: as much of its problem's line as does not depend on the reader."""

    said: str


@dataclass(frozen=True)
class Spec:
    """The fields of a spec that an issue can hold. Tags in lower case."""

    name: str
    title: str
    status: str
    priority: str
    tags: frozenset[str]
    assignee: str

    @classmethod
    def read(cls, path: str, data: bytes) -> Spec | Unreadable:
        """From a spec's file. One in a folder `archived` is archived, whatever it says."""
        name, (first, *lines) = path.split("/")[-2], data.decode().split("\n")
        if first != "---":
            return Unreadable(f"{path}:1:1: no frontmatter")
        end = lines.index("---")
        try:
            keys = yaml.load("\n".join(lines[:end]), Loader=yaml.BaseLoader)  # noqa: S506 - makes strings only
        except yaml.MarkedYAMLError as error:
            assert error.problem_mark
            line, column = error.problem_mark.line + 2, error.problem_mark.column + 1
            return Unreadable(f"{path}:{line}:{column}: invalid YAML: {error.context}, ")
        tags = keys.get("tags") or []
        return cls(
            name,
            keys.get("title") or title(lines[end + 1 :]) or name,
            "archived" if "/archived/" in path else keys["status"],
            keys.get("priority", ""),
            frozenset(tag.casefold() for tag in (json.loads(tags) if isinstance(tags, str) else tags)),
            keys.get("assignee", ""),
        )

    @property
    def state(self) -> str:
        """The state of its issue; empty where GitHub has no word for the status."""
        return STATES.get(self.status, "")

    @property
    def labels(self) -> frozenset[str]:
        """All labels of its issue."""
        priority = {f"priority:{self.priority}"} if self.priority else set()
        return self.tags | priority | ({"status:in-progress"} if self.status == "in-progress" else set())

    @property
    def assignees(self) -> frozenset[str]:
        login = LOGINS.get(self.assignee.casefold(), self.assignee.removeprefix("@").casefold())
        return frozenset({login} - {""})

    def shown_by(self, issue: Issue) -> bool:
        """Whether the issue says what the spec says, and nothing else."""
        return (issue.title, issue.state, issue.labels, issue.assignees) == (
            self.title,
            self.state or issue.state,
            self.labels,
            self.assignees,
        )


def title(lines: Iterable[str]) -> str:
    """The first heading outside of fenced code; empty without one."""
    fenced = False
    for line in lines:
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced and (found := H1.fullmatch(line)):
            return found[1].strip()
    return ""


def clone(repo: Repo, shared: Path) -> list[str]:
    """Make the repository hold the corpus at its tip; its commits, the tip first, one for each merge."""
    repo.git("fetch", "-q", str(shared / BUNDLE), "refs/heads/main")
    repo.git("reset", "-q", "--hard", "FETCH_HEAD")
    return repo.git("rev-list", "--first-parent", "HEAD").split()


def files(repo: Repo) -> dict[str, Path]:
    """Spec files in the worktree by the specs' names: a folder that begins with digits and a hyphen."""
    found = (str(path.relative_to(repo.path)) for path in sorted(repo.path.glob("specs/**/README.md")))
    return {match[1]: repo.path / match[0] for path in found if (match := SPEC_FILE.fullmatch(path))}


def specs(repo: Repo) -> dict[str, Spec]:
    """Every spec in the worktree, by name. All of them must be readable."""
    return {name: readable(repo, path) for name, path in files(repo).items()}


def readable(repo: Repo, path: Path) -> Spec:
    """One spec in the worktree."""
    found = Spec.read(str(path.relative_to(repo.path)), path.read_bytes())
    assert isinstance(found, Spec)
    return found


def disagreeing(repo: Repo, person: Person) -> dict[str, object]:
    """Specs whose issue does not say the same; each with both."""
    issues, found = person.by_spec(), specs(repo)
    assert set(issues) == {f"specs/{name}" for name in found}
    return {
        name: (spec, issues[f"specs/{name}"])
        for name, spec in found.items()
        if not spec.shown_by(issues[f"specs/{name}"])
    }


def set_status(path: Path, status: str) -> None:
    """Edit the status as people do: replace the word in its line, and nothing else."""
    data = path.read_bytes()
    edited = re.sub(rb"(?m)^(status: *['\"]?)[a-z-]+", rb"\g<1>" + status.encode(), data, count=1)
    assert edited != data, f"{path} is {status} already"
    path.write_bytes(edited)


STATUS_KEYS = frozenset({"status", "updated", "updated_at", "completed", "completed_at", "transitions"})
STAMPS = frozenset({"updated_at", "updated"})
TITLE = "the H1"
DERIVED = re.compile(r"> .*\*\*(Status|Assignee)\*\*:")


def other_changes(old: str, new: str, keys: Iterable[str]) -> list[str]:
    """Lines that differ although they belong to none of these keys, nor to the line below the title."""
    before, after = _owners(old), _owners(new)
    matcher = SequenceMatcher(None, [line for line, _ in before], [line for line, _ in after], autojunk=False)
    allowed = {*keys, "derived"}
    return [
        f"{owner}: {line!r}"
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
        for line, owner in before[a:b] + after[c:d]
        if owner not in allowed
    ]


def _owners(text: str) -> list[tuple[str, str]]:
    """Each line with its ending, and what it belongs to: a key, the H1, `derived` or `body`."""
    found: list[tuple[str, str]] = []
    fences, owner = 0, "fence"
    titled = derived = False
    for line in text.splitlines(keepends=True):
        if line.rstrip("\r\n") == "---" and fences < 2:
            fences, owner = fences + 1, "fence"
        elif fences == 1:
            key = re.match(r"([A-Za-z_-]+):", line)
            owner = key[1] if key else owner
        elif not titled and line.startswith("# "):
            owner, titled = TITLE, True
        elif titled and not derived and DERIVED.match(line):
            owner = "derived"
        else:
            owner, derived = "body", derived or bool(line.strip() and titled)
        found.append((line, owner))
    return found


def changed(repo: Repo) -> dict[str, tuple[str, str]]:
    """Spec files that differ from HEAD, by the specs' names: (HEAD's text, the worktree's)."""
    paths = [path for path in repo.git("diff", "--name-only", "-z", "HEAD").split("\0") if path]
    return {
        Path(path).parent.name: (committed(repo, path).decode(), (repo.path / path).read_bytes().decode())
        for path in paths
    }


def committed(repo: Repo, path: str) -> bytes:
    """A file at HEAD, byte for byte."""
    command = ["git", "cat-file", "blob", f"HEAD:{path}"]
    return subprocess.run(command, cwd=repo.path, capture_output=True, check=True).stdout


@dataclass
class Tree:
    """Specs as commits hold them, read by git and another reader, and each version once."""

    repo: Repo
    read: dict[tuple[str, str], Spec | Unreadable] = field(default_factory=dict)

    def at(self, commit: str) -> dict[str, Spec | Unreadable]:
        """Every spec of a commit, by its path."""
        lines = self.repo.git("ls-tree", "-r", "-z", commit, "specs").split("\0")
        found = {path: info.split()[2] for info, _, path in (each.partition("\t") for each in lines if each)}
        keys = [(path, oid) for path, oid in found.items() if SPEC_FILE.fullmatch(path)]
        new = [key for key in keys if key not in self.read]
        self.read |= {key: Spec.read(key[0], data) for key, data in zip(new, self._blobs(new), strict=True)}
        return {path: self.read[path, oid] for path, oid in keys}

    def _blobs(self, keys: Iterable[tuple[str, str]]) -> Iterator[bytes]:
        asked = "".join(f"{oid}\n" for _, oid in keys).encode()
        command = ["git", "cat-file", "--batch"]
        out = subprocess.run(command, cwd=self.repo.path, input=asked, capture_output=True, check=True).stdout
        while out:
            head, _, rest = out.partition(b"\n")
            size = int(head.split()[2])
            yield rest[:size]
            out = rest[size + 1 :]
