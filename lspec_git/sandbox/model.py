"""What the sandbox's tracker holds: frozen data, without behaviour and without GitHub's spelling.

Times are seconds since the epoch in UTC, whole ones: GitHub's clocks have a resolution of one second.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class Role(IntEnum):
    """What an account may do in a project; GitHub's repository roles, in rising order."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    ADMIN = 4


class Keep(Enum):
    """Stands for "leave as it is" where None is itself a value."""

    KEEP = "keep"


KEEP = Keep.KEEP


@dataclass(frozen=True, slots=True)
class Account:
    """Who a token is. `scopes` is None for a fine-grained token, which reports none."""

    login: str
    role: Role = Role.WRITE
    scopes: tuple[str, ...] | None = ("repo",)


@dataclass(frozen=True, slots=True)
class Project:
    """A repository; `name` is `owner/repo`."""

    name: str
    private: bool = True
    has_issues: bool = True
    archived: bool = False
    id: int = 0
    created: int = 0

    @property
    def owner(self) -> str:
        return self.name.split("/")[0]


@dataclass(frozen=True, slots=True)
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue, or a pull request, which shares numbers and lists with issues."""

    id: int
    number: int
    title: str
    author: str
    created: int
    updated: int
    body: str | None = None
    state: str = "open"
    reason: str | None = None
    labels: tuple[Label, ...] = ()
    assignees: tuple[str, ...] = ()
    closed: int | None = None
    closed_by: str | None = None
    comments: int = 0
    pull: bool = False

    @property
    def label_names(self) -> tuple[str, ...]:
        return tuple(label.name for label in self.labels)


@dataclass(frozen=True, slots=True)
class Comment:
    id: int
    number: int
    author: str
    body: str
    created: int
    updated: int


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of an issue's history; only what its kind needs is filled. `id` 0: not yet recorded."""

    number: int
    kind: str
    actor: str
    at: int
    id: int = 0
    label: Label | None = None
    assignee: str | None = None
    rename: tuple[str, str] | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit asks for; None (for the body: KEEP) leaves a field alone."""

    title: str | None = None
    body: str | Keep | None = KEEP
    state: str | None = None
    reason: str | None = None
    labels: tuple[Label, ...] | None = None
    assignees: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Deleted:
    """An issue that somebody deleted."""


@dataclass(frozen=True, slots=True)
class Moved:
    """An issue that was transferred to another project."""

    project: str
    number: int
