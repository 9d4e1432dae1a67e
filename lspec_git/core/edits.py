"""What an edit is, and what a history tells of them: which one brought in the value that a field has now.

An edit is a change of one field of one spec by one commit; its name survives rebase, amend and cherry-pick,
because it is made of what those keep: author and author date. How they are found is `blame`'s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from lspec_git.core.spec import FieldName, Values

BIRTH: Final = "birth"
"""The edit behind a field that the spec never had: it has nothing to say, so it is heard."""

SHALLOW: Final = "shallow"
"""Stands for edits that lie behind the boundary of a shallow clone: unknown, never `unheard`."""

NO_SPEC: Final = "\x00no spec"
ABSENT: Final = "\x00absent"

EditNames = frozenset[str]


class Delta(Protocol):
    """How one path differs between a commit and one of its parents."""

    @property
    def parent_index(self) -> int: ...
    @property
    def old_path(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def oid(self) -> str | None: ...


class Commit(Protocol):
    """A commit with its (rewritten) parents; `author` and `author_time` as git prints them."""

    @property
    def oid(self) -> str: ...
    @property
    def parents(self) -> Sequence[str]: ...
    @property
    def author(self) -> str: ...
    @property
    def author_time(self) -> str: ...
    @property
    def changes(self) -> Sequence[Delta]: ...


class Made(NamedTuple):
    """An edit and where it was made. `author_time` is `seconds offset`, as in a commit object."""

    name: str
    spec: str
    field: FieldName
    old: str | None
    new: str | None
    commit: str
    author: str
    author_time: str


@dataclass(frozen=True, slots=True)
class Version:
    """One spec file in one commit: its blob, its values, and the edits behind them."""

    blob: str
    values: Values
    edits: Mapping[FieldName, EditNames]
    absent: EditNames = frozenset({BIRTH})

    def behind(self, name: FieldName) -> EditNames:
        """The edits behind a field, also behind its absence."""
        return self.edits.get(name, self.absent)


@dataclass(slots=True)
class History:
    """All edits in the history of one commit, and for each path the version that it holds."""

    versions: dict[str, Version] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    """Names of specs to the names that they had before, where a commit renamed them."""
    _fields: dict[tuple[str, FieldName], set[str]] = field(default_factory=dict)

    def holds(self, edit: str) -> bool:
        """Whether an edit belongs to this history."""
        return edit == BIRTH or edit in self.made

    def of_field(self, spec: str, name: FieldName) -> EditNames:
        """Every edit of a field in this history, under any name that the spec had.

        Who hears the present value has nothing more to hear from those that it took the place of.
        """
        if not self._fields:
            for made in self.made.values():
                self._fields.setdefault((made.spec, made.field), set()).add(made.name)
        names = [spec]
        while (former := self.renamed.get(names[-1])) is not None and former not in names:
            names.append(former)
        return frozenset().union(*(self._fields.get((each, name), ()) for each in names))


def edit_name(spec: str, name: FieldName, old: str, new: str, author: str, author_time: str, nth: int) -> str:
    """16 hex digits of the parts that rebase, amend and cherry-pick leave alone."""
    parts = "\x1f".join((spec, name, old, new, author, author_time, str(nth)))
    return hashlib.sha256(parts.encode("utf-8", "surrogateescape")).hexdigest()[:16]
