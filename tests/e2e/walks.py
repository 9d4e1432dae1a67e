"""A walk through real commits: a sync at each, and what it must have done there, worked out from git anew.

Links are followed by hand as well: an issue belongs to the spec that its marker names, and to the specs that
git says it was renamed to.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.adapters.wire import Asked
from tests.conftest import Repo
from tests.e2e.corpus import (
    SPEC_FILE,
    STATUS_KEYS,
    TITLE,
    Spec,
    Tree,
    Unreadable,
    changed,
    other_changes,
)
from tests.e2e.worlds import Issue, World, counts, writes

PULLED = STATUS_KEYS | {"priority", "tags", "assignee", "title", TITLE}
"""Whose lines a pull may move."""
Writes = Counter[tuple[str, int]]
"""How many requests of a kind (`PATCH issues/N`) an issue gets; 0 stands for one that is not there yet."""


@dataclass
class Walk:
    """Where a walk is: the commit, and the issue that each spec so far has."""

    world: World
    run: Callable[..., tuple[int, str]]
    """Runs the command; its exit code and what it printed."""
    tree: Tree
    at: str = ""
    numbers: dict[str, int] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    last: list[Asked] = field(default_factory=list)
    recent: list[int] = field(default_factory=list)
    """How much each of the last few runs wrote: a listing may show it again."""
    requests: int = 0
    written: Counter[str] = field(default_factory=Counter)

    def step(self, commit: str) -> None:
        """Move the branch forward to a commit, sync, and insist on all that must hold then."""
        self._carry(f"{self.at}..{commit}" if self.at else commit, commit)
        self._stand_at(commit)
        readable = self._readable()
        expected, before = self._expected(readable), self.issues
        told(self._run("sync", "--force"), self._unreadable())
        self._wrote(expected, before)
        self._created(before, readable)
        self._shown(before, readable)
        self._untouched()
        self._in_step(readable)

    def aside(self, commit: str) -> None:
        """Push from a branch that is not merged yet: what it edited since it forked, nothing of before."""
        main, repo, before = self.at, self.world.repo, self.issues
        fork = repo.git("merge-base", main, commit)
        ours, theirs = changed_names(repo, fork, main), changed_names(repo, fork, commit)
        self._carry(f"{fork}..{commit}", commit)
        self._stand_at(commit)
        mine = {name: spec for name, spec in self._readable().items() if name in theirs - ours}
        expected = self._expected(mine)
        report = self._run("push", "--force")
        told(report, self._unreadable(), conflicts=theirs & ours)
        both = {self.numbers[name] for name in theirs & ours if name in self.numbers}
        self._wrote(expected, before, but=both)
        self._created(before, mine)
        self._shown({number: one for number, one in before.items() if number not in both}, mine)
        self._stand_at(main)
        self._run("push", "--force")
        self._wrote(Counter(), self.issues)

    def back(self, commit: str) -> None:
        """Sync at an old commit: nothing is published. What the issues say now comes into the worktree."""
        main, before = self.at, self.issues
        self._stand_at(commit)
        told(self._run("sync", "--force"), self._unreadable())
        self._wrote(Counter(), before)
        for name, (old, new) in changed(self.world.repo).items():
            assert other_changes(old, new, PULLED) == [], name
        self._pulled(commit)
        self._stand_at(main)
        told(self._run("sync", "--force"), self._unreadable())
        self._wrote(Counter(), before)
        self._untouched()
        self._in_step(self._readable())

    def _pulled(self, commit: str) -> None:
        """The worktree says what the issues say, but for labels that are no tag of any spec of the commit."""
        tags = {tag for one in self._readable().values() for tag in one.tags}
        for path in self.tree.at(commit):
            spec = Spec.read(path, (self.world.repo.path / path).read_bytes())
            if isinstance(spec, Spec):
                issue = self.issues[self.numbers[spec.name]]
                ours = {label for label in issue.labels if ":" in label or label in tags}
                assert spec.shown_by(replace(issue, labels=frozenset(ours))), (spec, issue)

    def told(self) -> str:
        """What the walk cost so far."""
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.written.most_common())
        return f"{len(self.issues)} issues, {self.requests} requests, among them {kinds}"

    def _run(self, *args: str) -> dict[str, Any]:
        """Run the command, some time after the last one; its report. What it asked is kept in `last`."""
        self.world.person.pass_time()
        self.world.asked()
        code, out = self.run(*args, "--json")
        self.last = self.world.asked()
        self.requests += len(self.last)
        self.written += counts(writes(self.last))
        report: dict[str, Any] = json.loads(out)
        assert report["exit_code"] == code
        return report

    def _readable(self) -> dict[str, Spec]:
        return {one.name: one for one in self.tree.at(self.at).values() if isinstance(one, Spec)}

    def _unreadable(self) -> list[str]:
        return sorted(one.said for one in self.tree.at(self.at).values() if isinstance(one, Unreadable))

    def _stand_at(self, commit: str) -> None:
        self.world.repo.git("reset", "-q", "--hard", commit)
        self.at = commit

    def _carry(self, commits: str, tip: str) -> None:
        """What git calls a rename takes the issue along, unless the old name is still there."""
        present = {path.split("/")[-2] for path in self.tree.at(tip)}
        args = ("--first-parent", "--reverse", "-m", "-M", "-l1000", "--diff-filter=R", "--name-status", "-z")
        out = self.world.repo.git("log", *args, "--format=", commits, "--", "specs")
        words = [word for word in out.split("\0") if word]
        for old, new in zip(words[1::3], words[2::3], strict=True):
            was, now = SPEC_FILE.fullmatch(old), SPEC_FILE.fullmatch(new)
            if was and now and was[1] not in present and was[1] in self.numbers:
                self.numbers.setdefault(now[1], self.numbers[was[1]])

    def _wrote(self, expected: Writes, before: Container[int], but: Container[int] = ()) -> None:
        """The last run sent exactly these writes (issues in `but` apart), and read no more than it had to."""
        self._read(but)
        done = Counter({key: n for key, n in written(self.last, before).items() if key[1] not in but})
        assert done == expected, f"{done - expected} too many, {expected - done} missing"
        self.issues = self.world.person.issues()

    def _expected(self, readable: dict[str, Spec]) -> Writes:
        """The requests that make the issues say what the specs say, and none beside them."""
        expected: Writes = Counter()
        for name, spec in readable.items():
            number = self.numbers.get(name, 0)
            new = Issue(0, spec.title, "open", spec.labels, spec.assignees)
            issue = self.issues[number] if number else new
            expected += Counter() if number else Counter({("POST issues", 0): 1})
            expected += Counter({(kind, number): count for kind, count in cost(issue, spec).items()})
        return expected

    def _read(self, but: Container[int]) -> None:
        """One listing, a page for each hundred issues changed of late; labels alone are read back once.

        As long as nothing is linked, the repository is asked for, and the issues for lost markers.
        """
        reads = (one for one in self.last if one not in writes(self.last))
        gets = counts(one for one in reads if number_in(one) not in but)
        now = Counter(kind for kind, _ in written(self.last, self.issues).elements())
        of_labels = sum(all("labels" in kind for kind in kinds) for kinds in self._kinds().values())
        self.recent = [*self.recent[-3:], now.total()]
        blank = not self.numbers
        assert gets.pop("GET issues", 0) <= 1 + blank + sum(self.recent) // 50
        assert gets.pop("GET issues/N", 0) <= of_labels
        assert gets.total() <= blank

    def _kinds(self) -> dict[int, set[str]]:
        """What was written to each issue."""
        done = written(self.last, self.issues)
        return {number: {kind for kind, of in done if of == number} for _, number in done}

    def _created(self, before: dict[int, Issue], readable: dict[str, Spec]) -> None:
        """Exactly the specs without an issue have got one, each its own."""
        made = {number: issue for number, issue in self.issues.items() if number not in before}
        names = {number: [spec for _, spec in issue.markers] for number, issue in made.items()}
        fresh = sorted(name for name in readable if name not in self.numbers)
        assert sorted(names.values()) == [[f"specs/{name}"] for name in fresh]
        self.numbers |= {spec[0].removeprefix("specs/"): number for number, spec in names.items()}

    def _shown(self, before: dict[int, Issue], readable: dict[str, Spec]) -> None:
        """Every issue says what its spec says; one whose spec is away or unreadable is as it was."""
        unlike = {
            name: (spec, self.issues[self.numbers[name]])
            for name, spec in readable.items()
            if not spec.shown_by(self.issues[self.numbers[name]])
        }
        assert unlike == {}
        kept = set(before) - {self.numbers[name] for name in readable}
        assert {number: self.issues[number] for number in kept} == {number: before[number] for number in kept}

    def _untouched(self) -> None:
        """HEAD is where it was, and index and worktree hold what it holds."""
        assert self.world.repo.git("rev-parse", "HEAD") == self.at
        assert self.world.repo.git("status", "--porcelain", "--", "specs") == ""

    def _in_step(self, readable: dict[str, Spec]) -> None:
        """The command says so, too, and names the very issues."""
        _, out = self.run("status", "--json")
        told = {one["spec"]: (one["state"], one["key"]) for one in json.loads(out)["specs"]}
        assert {spec for spec, (state, _) in told.items() if state != "unreadable"} == {
            f"specs/{name}" for name in readable
        }
        assert {told[f"specs/{name}"] for name in readable} == {
            ("in step" if spec.state else "waiting", str(self.numbers[name]))
            for name, spec in readable.items()
        }


def told(report: Mapping[str, Any], unreadable: list[str], conflicts: Container[str] = ()) -> None:
    """The report says which specs cannot be read, each with file, line and reason, and nothing else.

    Only the specs in `conflicts` may be in conflict.
    """
    torn = {each["spec"].partition("/")[2] for each in report["actions"] if each["action"] == "conflict"}
    assert [name for name in torn if name not in conflicts] == [], report["actions"]
    assert (report["failures"], report["warnings"]) == ([], [])
    lines = sorted(f"{p['path']}:{p['line']}:{p['column']}: {p['message']}" for p in report["problems"])
    assert [line[: len(said)] for line, said in zip(lines, unreadable, strict=True)] == unreadable
    assert report["exit_code"] == bool(unreadable or torn)


def changed_names(repo: Repo, old: str, new: str) -> set[str]:
    """Specs of which a file differs between two commits."""
    paths = repo.git("diff", "--name-only", "--no-renames", "-z", old, new, "--", "specs").split("\0")
    return {match[1] for path in paths if (match := SPEC_FILE.fullmatch(path))}


def cost(issue: Issue, spec: Spec) -> Counter[str]:
    """The requests that it takes to make an issue say what a spec says."""
    state = spec.state or issue.state
    kinds = Counter[str]()
    if state != issue.state:
        # One reason for closing follows another by way of open.
        kinds["PATCH issues/N"] = 2 if "/" in state and "/" in issue.state else 1
    elif spec.title != issue.title:
        kinds["PATCH issues/N"] = 1
    kinds["POST issues/N/labels"] = bool(spec.labels - issue.labels)
    kinds["DELETE issues/N/labels"] = len(issue.labels - spec.labels)
    kinds["POST issues/N/assignees"] = bool(spec.assignees - issue.assignees)
    kinds["DELETE issues/N/assignees"] = bool(issue.assignees - spec.assignees)
    return +kinds


def written(asked: Iterable[Asked], known: Container[int]) -> Writes:
    """The requests that changed something, by kind and issue; an issue that was not known counts as 0."""
    found: Writes = Counter()
    for one in writes(asked):
        ((kind, _),) = counts([one]).items()
        number = number_in(one)
        found[kind, number if number in known else 0] += 1
    return found


def number_in(one: Asked) -> int:
    """The issue that a request is about; 0 for none."""
    return next((int(part) for part in one.path.split("/")[4:] if part.isdigit()), 0)
