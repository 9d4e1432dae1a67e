"""Real specs, read independently of the code that is tested: what their issues have to look like."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
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
STATES = {"complete": "closed/completed", "archived": "closed/not_planned"}
H1 = re.compile(r"^# (.+?)[ \t]*#*$", re.MULTILINE)


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
    def read(cls, path: Path) -> Spec:
        """From a spec's file. One in a folder `archived` is archived, whatever it says."""
        name, text = path.parent.name, path.read_text()
        _, head, body = text.split("---\n", 2)
        data = yaml.load(head, Loader=yaml.BaseLoader)  # noqa: S506 - makes strings of everything
        tags = data.get("tags") or []
        found = H1.search(body)
        return cls(
            name,
            found[1].strip() if found else name,
            "archived" if "archived" in path.parts else data["status"],
            data.get("priority", ""),
            frozenset(tag.casefold() for tag in tags),
            data.get("assignee", ""),
        )

    def shown_by(self, issue: Issue) -> bool:
        """Whether the issue says what the spec says, and nothing else."""
        labels = {f"priority:{self.priority}"} if self.priority else set()
        if self.status == "in-progress":
            labels.add("status:in-progress")
        login = LOGINS.get(self.assignee.casefold(), self.assignee.removeprefix("@").casefold())
        return (issue.title, issue.state, issue.labels, issue.assignees) == (
            self.title,
            STATES.get(self.status, "open"),
            self.tags | labels,
            frozenset({login} - {""}),
        )


def clone(repo: Repo, shared: Path) -> list[str]:
    """Make the repository hold the corpus at its tip; its commits, the tip first, one for each merge."""
    repo.git("fetch", "-q", str(shared / BUNDLE), "refs/heads/main")
    repo.git("reset", "-q", "--hard", "FETCH_HEAD")
    return repo.git("rev-list", "--first-parent", "HEAD").split()


def files(repo: Repo) -> dict[str, Path]:
    """Spec files in the worktree by the specs' names: a folder that begins with digits and a hyphen."""
    found = sorted(repo.path.glob("specs/**/README.md"))
    return {path.parent.name: path for path in found if re.match(r"\d{2,}-", path.parent.name)}


def specs(repo: Repo) -> dict[str, Spec]:
    """Every spec in the worktree, by name."""
    return {name: Spec.read(path) for name, path in files(repo).items()}


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
