"""The walk through a history that tells which edits are behind every field: see `edits`.

Works over data (commits with deltas, oldest first), not over git. The rules at merges are the ones of git's
own history: the parent that moved.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from lspec_git.core.edits import (
    ABSENT,
    BIRTH,
    NO_SPEC,
    SHALLOW,
    Commit,
    Delta,
    EditNames,
    History,
    Made,
    Version,
    edit_name,
)
from lspec_git.core.spec import TAG, FieldName, Values, same

LONGEST_OWN: Final = 256
"""Changes that are copied from commit to commit, before they become part of a new base."""
FEW: Final = 64
"""Forks that are kept without looking which of them may be forgotten."""

Read = Callable[[str, str], Values | None]
"""(blob, path) to values; None where that version cannot be read. Such a version is passed over."""

Name = Callable[[str], str]
"""The path of a spec file to the spec's name."""


def blame(
    commits: Iterable[Commit], read: Read, name: Name, paths: Collection[str], shallow: Collection[str] = ()
) -> History:
    """Walk a history once, oldest commit first, and tell the edits behind every field of `paths` at its tip.

    `shallow` are the boundary commits of a shallow clone: what they hold came from edits that are not here.
    """
    ordered = list(commits)
    walk = _Walk(read, name, frozenset(shallow), lineage(ordered, paths))
    children: dict[str, int] = {}
    for commit in ordered:
        for parent in set(commit.parents):
            children[parent] = children.get(parent, 0) + 1
    for commit in ordered:
        walk.step(commit, children)
    return walk.finish(ordered[-1].oid if ordered else "")


def lineage(commits: Sequence[Commit], paths: Collection[str]) -> frozenset[str]:
    """These paths and every path that they were renamed from."""
    known = set(paths)
    for commit in reversed(commits):
        known |= {delta.old_path for delta in commit.changes if delta.path in known}
    return frozenset(known)


class _Lines:
    """The versions at one commit: a shared base and what changed since: a step costs what it changes."""

    __slots__ = ("base", "own")

    def __init__(self, base: dict[str, Version], own: dict[str, Version | None]) -> None:
        self.base, self.own = base, own

    def get(self, path: str) -> Version | None:
        return self.own[path] if path in self.own else self.base.get(path)

    def child(self) -> _Lines:
        if len(self.own) > LONGEST_OWN:
            return _Lines(self.flat(), {})
        return _Lines(self.base, dict(self.own))

    def flat(self) -> dict[str, Version]:
        merged = dict(self.base)
        for path, version in self.own.items():
            if version is None:
                merged.pop(path, None)
            else:
                merged[path] = version
        return merged

    def unlike(self, other: _Lines) -> Iterator[str]:
        """The paths at which the two do not hold one and the same version."""
        paths = self.own.keys() | other.own.keys()
        if self.base is not other.base:
            paths |= self.base.keys() | other.base.keys()
        return (path for path in paths if self.get(path) is not other.get(path))


class _Walk:
    """The state of `blame`. Ancestors are bit sets over the order of commits: cheap to join and to ask."""

    def __init__(self, read: Read, name: Name, shallow: frozenset[str], paths: frozenset[str]) -> None:
        self.read, self.name, self.shallow, self.paths = read, cache(name), shallow, paths
        self.lines: dict[str, _Lines] = {}
        self.bits: dict[str, int] = {}
        self.order: list[str] = []
        self.left: dict[str, int] = {}
        self.swept = 0
        self.count: dict[tuple[str, ...], list[int]] = {}
        self.made: dict[str, Made] = {}
        self.renamed: dict[str, str] = {}
        self.last = _Lines({}, {})

    def step(self, commit: Commit, children: Mapping[str, int]) -> None:
        for delta in commit.changes:
            if delta.path in self.paths and self.name(delta.old_path) != self.name(delta.path):
                self.renamed[self.name(delta.path)] = self.name(delta.old_path)
        index = len(self.order)
        self.order.append(commit.oid)
        bits = 1 << index
        parents = [parent for parent in commit.parents if parent in self.lines]
        for parent in parents:
            bits |= self.bits[parent]
        self.bits[commit.oid] = bits
        if len(parents) > 1 and parents == list(commit.parents):
            lines = self._merge(commit, parents)
        else:
            lines = self.lines[parents[0]].child() if parents else _Lines({}, {})
            self._apply(commit, lines)
        self.lines[commit.oid] = self.last = lines
        self.left[commit.oid] = children.get(commit.oid, 0)
        self._forget(parents, children)

    def _forget(self, parents: Sequence[str], children: Mapping[str, int]) -> None:
        """Drop the lines of commits that no later one can ask for; a fork may be a merge base and stays."""
        for parent in set(parents):
            self.left[parent] -= 1
            if not self.left[parent] and children[parent] == 1:
                self._drop(parent)
        if len(self.lines) > 2 * self.swept + FEW:
            self._sweep()
            self.swept = len(self.lines)

    def _sweep(self) -> None:
        """Drop forks that can be no merge base any more: all that is still to come goes on from one commit.

        A best common ancestor of two later commits reaches them through two of those that still have
        children to come, unless it is one of these itself.
        """
        tips = [oid for oid in self.lines if self.left[oid]]
        for oid in [oid for oid in self.lines if not self.left[oid]]:
            mine = self.bits[oid].bit_length() - 1
            if sum(self.bits[tip] >> mine & 1 for tip in tips) < 2:
                self._drop(oid)

    def _drop(self, oid: str) -> None:
        del self.lines[oid], self.bits[oid], self.left[oid]

    def _apply(self, commit: Commit, lines: _Lines) -> None:
        """A commit with one parent or none: every delta is against it."""
        changes = [delta for delta in commit.changes if delta.path in self.paths]
        moved = {delta.old_path: lines.get(delta.old_path) for delta in changes}
        for delta in changes:
            if delta.old_path != delta.path or delta.oid is None:
                lines.own[delta.old_path] = None
        for delta in changes:
            if delta.oid is not None:
                lines.own[delta.path] = self._version(
                    commit, delta.path, delta.oid, moved.get(delta.old_path)
                )

    def _version(self, commit: Commit, path: str, blob: str, before: Version | None) -> Version | None:
        values = self.read(blob, path)
        if values is None:
            return before
        if commit.oid in self.shallow:
            return Version(blob, values, dict.fromkeys(values, frozenset({SHALLOW})), frozenset({SHALLOW}))
        if before is None:
            edits = {f: self._fresh(commit, path, f, NO_SPEC, v) for f, v in values.items()}
            return Version(blob, values, edits)
        edits = dict(before.edits)
        for f in values.keys() | before.values.keys():
            old, new = before.values.get(f), values.get(f)
            if not same(f, old, new):
                edits[f] = self._fresh(commit, path, f, old, new)
        return Version(blob, values, edits, before.absent)

    def _fresh(
        self, commit: Commit, path: str, name: FieldName, old: str | None, new: str | None
    ) -> EditNames:
        spec = self.name(path)
        was, now = ABSENT if old is None else _plain(name, old), ABSENT if new is None else _plain(name, new)
        key = (spec, name, was, now, commit.author, commit.author_time)
        seen = self.count.setdefault(key, [])
        bits = self.bits[commit.oid]
        nth = sum(1 for index in seen if bits >> index & 1) if seen else 0
        seen.append(len(self.order) - 1)
        made = edit_name(*key, nth)
        if made not in self.made:
            before = None if old == NO_SPEC else old
            self.made[made] = Made(
                made, spec, name, before, new, commit.oid, commit.author, commit.author_time
            )
        return frozenset({made})

    # -- merges

    def _merge(self, commit: Commit, parents: Sequence[str]) -> _Lines:
        sides = [self.lines[parent] for parent in parents]
        bases = self._bases(parents)
        changes = [delta for delta in commit.changes if delta.path in self.paths]
        deltas = [{d.path: d for d in changes if d.parent_index == i} for i in range(len(parents))]
        gone = {d.old_path for d in changes if d.oid is None or d.old_path != d.path}
        present = {d.path for d in changes if d.oid is not None}
        paths = {path for side in sides[1:] for path in side.unlike(sides[0])} | present | gone
        result = sides[0].child()
        for path in sorted(paths):
            left = path in gone and path not in present
            result.own[path] = None if left else self._joined(commit, path, sides, deltas, bases)
        return result

    def _bases(self, parents: Sequence[str]) -> Sequence[_Lines]:
        """The merge bases. All of them: which one git lists last depends on where it starts to list."""
        common = self.bits[parents[0]]
        for parent in parents[1:]:
            common &= self.bits[parent]
        best = []
        while common:
            latest = self.order[common.bit_length() - 1]
            best.append(self.lines[latest])
            common &= ~self.bits[latest]
        return best

    def _joined(
        self,
        commit: Commit,
        path: str,
        lines: Sequence[_Lines],
        deltas: Sequence[Mapping[str, Delta]],
        bases: Sequence[_Lines],
    ) -> Version | None:
        """One path at a merge: each field has the edits of the parent that moved, or is a new decision."""
        sides: list[Version | None] = []
        blob: str | None = None
        for line, delta in zip(lines, deltas, strict=True):
            if path in delta:
                blob = delta[path].oid
                sides.append(line.get(delta[path].old_path))
            else:
                sides.append(line.get(path))
                side = sides[-1]
                blob = side.blob if side else blob
        if blob is None:
            return None
        origin = next((d[path].old_path for d in deltas if path in d), path)
        before = [base.get(path) or base.get(origin) for base in bases]
        known = next((side for side in sides if side and side.blob == blob), None)
        values = known.values if known else self.read(blob or "", path)
        if values is None:
            return next((side for side in sides if side), None)
        return self._decided(commit, path, blob or "", values, sides, before)

    def _decided(
        self,
        commit: Commit,
        path: str,
        blob: str,
        values: Values,
        sides: Sequence[Version | None],
        before: Sequence[Version | None],
    ) -> Version:
        fields = set(values)
        for side in sides:
            fields |= side.edits.keys() if side else set()
        edits = {f: self._choose(commit, path, f, values.get(f), sides, before) for f in fields}
        absent = frozenset().union(*(side.absent for side in sides if side)) or frozenset({BIRTH})
        return Version(blob, values, edits, absent)

    def _choose(
        self,
        commit: Commit,
        path: str,
        name: FieldName,
        value: str | None,
        sides: Sequence[Version | None],
        before: Sequence[Version | None],
    ) -> EditNames:
        starts = [base.behind(name) for base in before if base]
        holders = [s for s in sides if s is not None and same(name, s.values.get(name), value)]
        others = [s for s in sides if s not in holders]
        if holders and all(_unmoved(name, other, before) for other in others):
            moved = [s.behind(name) for s in holders if s.behind(name) not in starts]
            return frozenset().union(*moved) if moved else holders[0].behind(name)
        old = "|".join(sorted({(s.values.get(name) or ABSENT) if s else NO_SPEC for s in sides}))
        return self._fresh(commit, path, name, old, value)

    def finish(self, tip: str) -> History:
        versions = self.last.flat() if tip else {}
        return History(versions, self.made, self.renamed)


def _unmoved(name: FieldName, side: Version | None, before: Sequence[Version | None]) -> bool:
    """Whether a parent still holds what a merge base held (a file that neither had counts, too)."""
    if side is None:
        return None in before or not before
    return any(base and same(name, side.values.get(name), base.values.get(name)) for base in before)


def _plain(name: FieldName, value: str) -> str:
    return name[len(TAG) :] if name.startswith(TAG) and not value.startswith("\x00") else value
