"""The sandbox's state: projects with their issues, labels, comments and history, in memory, under one lock.

Used by the dialects and the board, and by tests, which edit here as a person in a browser would. Decides
nothing about an issue itself (`transitions` does) and knows no wire format.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from lspec_git.errors import NotFound
from lspec_git.sandbox.clock import Clock
from lspec_git.sandbox.model import (
    KEEP,
    Change,
    Comment,
    Deleted,
    Event,
    Issue,
    Keep,
    Label,
    Moved,
    Project,
)
from lspec_git.sandbox.transitions import edited


@dataclass(slots=True)
class _Shelf:
    """All of one project. Mutable, therefore private to the store and touched under its lock only."""

    project: Project
    issues: dict[int, Issue | Deleted | Moved] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)


class Store:
    """A tracker in memory. Every method is atomic; what it returns is frozen and stays as it was.

    Methods raise NotFound for a project, issue or comment that is not there.
    """

    def __init__(self, clock: Clock, people: Iterable[str] = ()) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._shelves: dict[str, _Shelf] = {}
        self._people: dict[str, str] = {login.casefold(): login for login in people}
        self._last_id = 1000
        self._changes = 0
        self._run = secrets.token_hex(4)

    # Projects and people

    def add_project(self, project: Project) -> Project:
        with self._lock:
            made = replace(project, id=self._next_id(), created=self._clock.second())
            self._shelves[project.name.casefold()] = _Shelf(made)
            self._changes += 1
            return made

    def set_project(self, project: Project) -> None:
        """Change what a project is (archived, private, issues on or off); its name stays."""
        with self._lock:
            self._shelf(project.name).project = project
            self._changes += 1

    def projects(self) -> tuple[Project, ...]:
        with self._lock:
            return tuple(shelf.project for shelf in self._shelves.values())

    def project(self, name: str) -> Project | None:
        with self._lock:
            shelf = self._shelves.get(name.casefold())
            return shelf.project if shelf else None

    def people(self) -> tuple[str, ...]:
        """Who can be assigned, in any project."""
        with self._lock:
            return tuple(self._people.values())

    def person(self, login: str) -> str | None:
        """A login in its own spelling, if it can be assigned."""
        with self._lock:
            return self._people.get(login.casefold())

    @property
    def version(self) -> str:
        """Another one after every change, and in every run; the board asks for it."""
        with self._lock:
            return f"{self._run}.{self._changes}"

    # Issues

    def issues(self, project: str) -> tuple[Issue, ...]:
        """All issues and pull requests that are there, oldest first."""
        with self._lock:
            return tuple(i for i in self._shelf(project).issues.values() if isinstance(i, Issue))

    def find(self, project: str, number: int) -> Issue | Deleted | Moved | None:
        with self._lock:
            return self._shelf(project).issues.get(number)

    def issue(self, project: str, number: int) -> Issue:
        found = self.find(project, number)
        if not isinstance(found, Issue):
            raise NotFound(f"no issue {project}#{number} in the sandbox")
        return found

    def create(
        self,
        project: str,
        title: str,
        body: str | None = None,
        *,
        login: str = "octocat",
        labels: Iterable[str] = (),
        assignees: Iterable[str] = (),
        pull: bool = False,
    ) -> Issue:
        """A new issue (or pull request); unknown labels come into being, as on GitHub."""
        with self._lock:
            shelf = self._shelf(project)
            now = self._clock.second()
            number = len(shelf.issues) + 1  # numbers are never given twice, nor entries removed
            bare = Issue(self._next_id(), number, title, login, now, now, body, pull=pull)
            change = Change(labels=self._labels(shelf, labels), assignees=tuple(assignees))
            issue, events = edited(bare, change, login, now)
            self._keep(shelf, issue, events)
            return issue

    def edit(
        self,
        project: str,
        number: int,
        login: str = "octocat",
        *,
        title: str | None = None,
        body: str | Keep | None = KEEP,
        state: str | None = None,
        reason: str | None = None,
        labels: Iterable[str] | None = None,
        assignees: Iterable[str] | None = None,
    ) -> Issue:
        """Edit as `login`. `labels` and `assignees` replace the whole set; what is left out stays."""
        with self._lock:
            shelf = self._shelf(project)
            issue = self.issue(project, number)
            change = Change(
                title,
                body,
                state,
                reason,
                None if labels is None else self._labels(shelf, labels),
                None if assignees is None else tuple(assignees),
            )
            after, events = edited(issue, change, login, self._clock.second())
            if after is not issue:
                self._keep(shelf, after, events)
            return after

    def relabel(
        self, project: str, number: int, login: str, add: Iterable[str] = (), drop: Iterable[str] = ()
    ) -> Issue:
        """Add and remove single labels in one step, so that nobody's label is lost in between."""
        with self._lock:
            gone = {name.casefold() for name in drop}
            kept = [n for n in self.issue(project, number).label_names if n.casefold() not in gone]
            return self.edit(project, number, login, labels=[*kept, *add])

    def reassign(
        self, project: str, number: int, login: str, add: Iterable[str] = (), drop: Iterable[str] = ()
    ) -> Issue:
        """Add and remove single assignees in one step."""
        with self._lock:
            gone = {name.casefold() for name in drop}
            kept = [n for n in self.issue(project, number).assignees if n.casefold() not in gone]
            return self.edit(project, number, login, assignees=[*kept, *add])

    def delete(self, project: str, number: int) -> None:
        with self._lock:
            self.issue(project, number)
            self._shelf(project).issues[number] = Deleted()
            self._changes += 1

    def transfer(self, project: str, number: int, to: str) -> Issue:
        """Move an issue with its comments to another project, where it gets a new number and id."""
        with self._lock:
            source, target = self._shelf(project), self._shelf(to)
            old = self.issue(project, number)
            labels = self._labels(target, old.label_names)
            new_number = len(target.issues) + 1
            new = replace(old, id=self._next_id(), number=new_number, labels=labels)
            self._keep(target, new, ())
            source.issues[number] = Moved(target.project.name, new_number)
            for comment in [c for c in source.comments.values() if c.number == number]:
                target.comments[comment.id] = replace(comment, number=new_number)
                del source.comments[comment.id]
            return new

    # Labels

    def labels(self, project: str) -> tuple[Label, ...]:
        with self._lock:
            return tuple(self._shelf(project).labels.values())

    def label(self, project: str, name: str) -> Label | None:
        with self._lock:
            return self._shelf(project).labels.get(name.casefold())

    def create_label(
        self, project: str, name: str, color: str = "ededed", description: str | None = None
    ) -> Label:
        """A new label; one that is there already, in whatever case, is returned as it is."""
        with self._lock:
            shelf = self._shelf(project)
            known = shelf.labels.get(name.casefold())
            if known:
                return known
            made = Label(self._next_id(), name, color, description)
            shelf.labels[name.casefold()] = made
            self._changes += 1
            return made

    # Comments and history

    def comments(self, project: str, number: int | None = None) -> tuple[Comment, ...]:
        """Comments in the order they were made, of one issue or of all."""
        with self._lock:
            kept = self._shelf(project).comments.values()
            return tuple(c for c in kept if number is None or c.number == number)

    def comment(self, project: str, number: int, login: str, body: str) -> Comment:
        with self._lock:
            shelf, now = self._shelf(project), self._clock.second()
            issue = self.issue(project, number)
            made = Comment(self._next_id(), number, login, body, now, now)
            shelf.comments[made.id] = made
            self._keep(shelf, replace(issue, comments=issue.comments + 1, updated=now), ())
            return made

    def find_comment(self, project: str, comment: int) -> Comment | None:
        with self._lock:
            return self._shelf(project).comments.get(comment)

    def edit_comment(self, project: str, comment: int, body: str) -> Comment:
        with self._lock:
            kept = self._shelf(project).comments
            old = self._comment(project, comment)
            if body != old.body:
                kept[comment] = replace(old, body=body, updated=self._clock.second())
                self._changes += 1
            return kept[comment]

    def delete_comment(self, project: str, comment: int) -> None:
        with self._lock:
            shelf = self._shelf(project)
            old = self._comment(project, comment)
            issue = self.issue(project, old.number)
            del shelf.comments[comment]
            after = replace(issue, comments=issue.comments - 1, updated=self._clock.second())
            self._keep(shelf, after, ())

    def events(self, project: str, number: int | None = None) -> tuple[Event, ...]:
        """History in the order it happened, of one issue or of all that are still there."""
        with self._lock:
            shelf = self._shelf(project)
            events = (e for e in shelf.events if isinstance(shelf.issues.get(e.number), Issue))
            return tuple(e for e in events if number is None or e.number == number)

    # Under the lock

    def _shelf(self, project: str) -> _Shelf:
        shelf = self._shelves.get(project.casefold())
        if shelf is None:
            raise NotFound(f"no project {project} in the sandbox")
        return shelf

    def _comment(self, project: str, comment: int) -> Comment:
        found = self.find_comment(project, comment)
        if found is None:
            raise NotFound(f"no comment {comment} in {project} in the sandbox")
        return found

    def _labels(self, shelf: _Shelf, names: Iterable[str]) -> tuple[Label, ...]:
        return tuple(self.create_label(shelf.project.name, name) for name in names)

    def _keep(self, shelf: _Shelf, issue: Issue, events: Iterable[Event]) -> None:
        shelf.issues[issue.number] = issue
        shelf.events.extend(replace(event, id=self._next_id()) for event in events)
        self._changes += 1

    def _next_id(self) -> int:
        # Steps of seven, so that an id taken for a number, or two counters confused, show at once.
        self._last_id += 7
        return self._last_id
