"""What a plan is made of: inert, frozen actions that can be shown, counted, serialised and tested.

Values are the spec's, words the tracker's (None: absent). Sides are always base, local, remote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from lspec_git.core.spec import FieldName, SpecId


@dataclass(frozen=True, slots=True, order=True)
class ItemKey:
    """A work item as a plan names it: tracker, immutable id, and the key that people use."""

    tracker: str
    id: str
    key: str


class Why(Enum):
    """Why a field is frozen until a person decides."""

    BOTH = "changed on both sides"
    LEFT_OUT = "a value pulled from the tracker was left out of a commit"
    SQUASHED = "the same edit was published before under another name (a squash, perhaps)"
    SHALLOW = "the history is cut off (shallow clone), so it cannot tell who edited it"


class Held(Enum):
    """Why a difference is left alone for now, without being a conflict."""

    PUSH_ONLY = "push-only"
    PULL_ONLY = "pull-only"
    OFFLINE = "the shared state could not be fetched"
    UNCOMMITTED = "pulled, not committed yet"
    EDITED = "an uncommitted edit of the same field is in the worktree"
    NO_FILE = "the file is not in the worktree"
    REFUSED = "the state remote takes no claims"
    CLAIMED = "another clone is creating its work item"
    WAITS = "an earlier create may still land"
    BRANCH = "this branch does not publish"
    FOLDER = "its folder decides"
    BULK = "more new specs than a background run creates"


@dataclass(frozen=True, slots=True)
class Create:
    """Make a work item for a spec. `epoch` is 0 for a first claim, else the one to take over from."""

    spec: SpecId
    path: str
    tracker: str
    values: Mapping[FieldName, str]
    words: Mapping[FieldName, str]
    labels: tuple[str, ...] = ()
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class SetRemote:
    """Publish a value. `edits` are the ones that brought it in and will have been heard."""

    spec: SpecId
    item: ItemKey
    field: FieldName
    old: str | None
    new: str | None
    word: str | None
    to: str | None
    edits: frozenset[str]
    revision: str


@dataclass(frozen=True, slots=True)
class SetLocal:
    """Write a pulled value into the worktree. `base` is the value at HEAD."""

    spec: SpecId
    path: str
    item: ItemKey
    field: FieldName
    base: str | None
    new: str | None
    origin: str


@dataclass(frozen=True, slots=True)
class Agree:
    """Both sides hold the same: the edits count as heard, and this commit knows the origin."""

    spec: SpecId
    item: ItemKey
    field: FieldName
    value: str | None
    edits: frozenset[str]
    origin: str
    commit: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both sides of a frozen field, and what a person needs to decide."""

    spec: SpecId
    item: ItemKey
    field: FieldName
    local: str | None
    remote: str | None
    word: str | None
    why: Why
    edits: frozenset[str]
    origin: str
    revision: str


@dataclass(frozen=True, slots=True)
class Hold:
    """A difference that is left alone in this run."""

    spec: SpecId
    tracker: str
    field: FieldName
    local: str | None
    remote: str | None
    why: Held


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know about a spec or an item; nothing is done about it.

    `field` is set where it is about a field as the spec has it, so that its line can be named.
    """

    spec: SpecId
    tracker: str
    message: str
    field: FieldName = ""


Action = Create | SetRemote | SetLocal | Agree | Conflict | Hold | Notice
Plan = tuple[Action, ...]
