"""What a spec is: its identity, its values by field name, and the kinds of fields.

Frozen data and the small functions that normalise it. It knows no YAML and no tracker.
Facts: LeanSpec's final schema, and the variations seen in real histories.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lspec_git.core.words import (
    KINDS,
    PRIORITIES,
    PRIORITY_ALIASES,
    STATUS_ALIASES,
    STATUSES,
    Kind,
    normal_priority,
    normal_status,
)

__all__ = [
    "CLOSED",
    "KINDS",
    "PRIORITIES",
    "PRIORITY_ALIASES",
    "STATUSES",
    "STATUS_ALIASES",
    "TAG",
    "FieldName",
    "Kind",
    "Problem",
    "SpecId",
    "Values",
    "normal_priority",
    "normal_status",
    "same",
    "tag_field",
]

FieldName = str
"""`status`, `title`, `priority`, `assignee`, `due`, `parent`, `epic`, any other key, or `tags:<lower case>`.

A set is one field per element, so that two people adding two tags never meet.
"""

Values = Mapping[FieldName, str]
"""Normalised values, absent ones left out. The value of a `tags:` field is the tag as it is spelled."""

CLOSED: Final = frozenset({"complete", "archived"})
TAG: Final = "tags:"


@dataclass(frozen=True, slots=True, order=True)
class SpecId:
    """LeanSpec has no id: a spec is its specs root and its directory name.

    The folders in between (dates, `archived/`) may change without making it another spec.
    Names come from git's tree as bytes, decoded as UTF-8 with surrogateescape.
    """

    root: str
    name: str

    def __str__(self) -> str:
        return f"{self.root}/{self.name}"

    @classmethod
    def of(cls, text: str) -> SpecId:
        """The spec that `str` gave this text for."""
        root, _, name = text.rpartition("/")
        return cls(root, name)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a spec (or a config) cannot be used, or what is odd about it. Lines and columns start at 1."""

    path: str
    line: int
    column: int
    message: str
    fatal: bool = True

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


def tag_field(tag: str) -> FieldName:
    """The field that stands for one tag; trackers compare labels without case."""
    return TAG + tag.casefold()


def same(name: FieldName, one: str | None, other: str | None) -> bool:
    """Equal as values of a field; two spellings of a tag are one tag."""
    if name.startswith(TAG):
        return (one is None) == (other is None)
    return one == other


def legible(name: str) -> str:
    """A name that anyone can take: bytes of it that are no UTF-8 are shown as U+FFFD."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
