"""Which edit brought in a value: against a slow definition over whole trees, in random histories."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lspec_git.core import blame as walk
from lspec_git.core.blame import blame
from lspec_git.core.edits import ABSENT, BIRTH, NO_SPEC, SHALLOW, History, edit_name
from lspec_git.core.spec import TAG, same

FIELDS = ("status", "title", "tags:x")
VALUES: Mapping[str, Sequence[str | None]] = {
    "status": ["planned", "complete"],
    "title": ["A", "B", None],
    "tags:x": [None, "x", "X"],
}
PATHS = ("specs/001-a/README.md", "specs/002-b/README.md", "specs/003-c/README.md")


@dataclass(frozen=True)
class File:
    """A file's content. `uid` is what git recognises a renamed file by; values None: it cannot be read."""

    uid: int
    values: tuple[tuple[str, str], ...] | None
    serial: int = 0

    @property
    def blob(self) -> str:
        return repr(self)


Tree = Mapping[str, File]


@dataclass(frozen=True)
class Delta:
    parent_index: int
    old_path: str
    path: str
    oid: str | None


@dataclass(frozen=True)
class Toy:
    """A commit with its whole tree."""

    oid: str
    parents: tuple[str, ...]
    author: str
    author_time: str
    tree: Tree = field(repr=False)
    changes: tuple[Delta, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Past:
    """A history, parents before children, its last commit the tip."""

    commits: tuple[Toy, ...]

    @cached_property
    def by_oid(self) -> dict[str, Toy]:
        return {each.oid: each for each in self.commits}

    def ancestors(self, oid: str) -> frozenset[str]:
        return frozenset({oid}).union(*(self.ancestors(p) for p in self.by_oid[oid].parents))

    def read(self, blob: str, _path: str) -> Mapping[str, str] | None:
        found = next(f for c in self.commits for f in c.tree.values() if f.blob == blob)
        return None if found.values is None else dict(found.values)

    def blame(self, order: Sequence[Toy] = ()) -> History:
        tip = self.commits[-1]
        return blame(order or self.commits, self.read, spec_of, sorted(tip.tree))


def spec_of(path: str) -> str:
    return path.split("/")[1]


def source(parent: Tree, child: Tree, path: str) -> str | None:
    """Where a file of the child was in the parent: there, or where it was renamed from."""
    if path in parent:
        return path
    gone = [old for old, file in parent.items() if file.uid == child[path].uid and old not in child]
    return gone[0] if gone else None


def deltas(index: int, parent: Tree, child: Tree) -> Iterator[Delta]:
    """What git tells about a commit against one parent."""
    used = set()
    for path, file in child.items():
        old = source(parent, child, path)
        if old is not None and old != path:
            used.add(old)
        if old is None or old != path or parent[path] != file:
            yield Delta(index, old or path, path, file.blob)
    for path in parent.keys() - child.keys() - used:
        yield Delta(index, path, path, None)


# -- the slow definition


class Slow:
    """The edits behind a field, by recursion over whole trees, one question at a time."""

    def __init__(self, past: Past) -> None:
        self.past = past
        self.known: dict[tuple[str, str, str], frozenset[str]] = {}

    def value(self, oid: str, path: str, name: str) -> str | None:
        """The value that counts: of the last version that could be read."""
        values = self.version(oid, path)
        return None if values is None else dict(values).get(name)

    def version(self, oid: str, path: str) -> tuple[tuple[str, str], ...] | None:
        commit = self.past.by_oid[oid]
        if path not in commit.tree:
            return None
        file = commit.tree[path]
        if file.values is not None or not commit.parents:
            return file.values
        before = self.before(oid, path)
        return next((self.version(*one) for one in before if one), None)

    def before(self, oid: str, path: str) -> list[tuple[str, str] | None]:
        """For each parent, where the file was there, if it could be read there."""
        commit = self.past.by_oid[oid]
        found: list[tuple[str, str] | None] = []
        for parent in commit.parents:
            old = source(self.past.by_oid[parent].tree, commit.tree, path)
            there = old is not None and self.version(parent, old) is not None
            found.append((parent, old) if there and old is not None else None)
        return found

    def edits(self, oid: str, path: str, name: str) -> frozenset[str]:
        key = (oid, path, name)
        if key not in self.known:
            self.known[key] = self.find(oid, path, name)
        return self.known[key]

    def find(self, oid: str, path: str, name: str) -> frozenset[str]:
        old = self.introduces(oid, path, name)
        if old is not None:
            return self.named(oid, path, name, old)
        sides = [one for one in self.before(oid, path) if one]
        if not sides:
            return frozenset({BIRTH})
        value = self.value(oid, path, name)
        holders = [one for one in sides if same(name, self.value(*one, name), value)]
        starts = [self.edits(*base, name) for base in self.bases(oid, path) if base]
        moved = [self.edits(*one, name) for one in holders if self.edits(*one, name) not in starts]
        return frozenset().union(*moved) if moved and len(sides) > 1 else self.edits(*holders[0], name)

    def introduces(self, oid: str, path: str, name: str) -> str | None:
        """What this commit changed the field from, if that is its own doing."""
        commit, value = self.past.by_oid[oid], self.value(oid, path, name)
        if commit.tree[path].values is None:
            return None
        before = self.before(oid, path)
        if not any(before):
            return None if value is None else NO_SPEC
        held = [one is not None and same(name, self.value(*one, name), value) for one in before]
        if len(before) == 1:
            return None if held[0] else plain(name, self.value(*before[0], name) if before[0] else None)
        stayed = [self.unmoved(oid, path, name, one) for one in before]
        if any(held) and all(h or s for h, s in zip(held, stayed, strict=True)):
            return None
        if value is None and all(one is None or self.edits(*one, name) == {BIRTH} for one in before):
            return None
        olds = {(self.value(*one, name) or ABSENT) if one else NO_SPEC for one in before}
        return plain(name, "|".join(sorted(olds)))

    def unmoved(self, oid: str, path: str, name: str, side: tuple[str, str] | None) -> bool:
        bases = self.bases(oid, path)
        if side is None:
            return not any(bases) or None in bases
        return any(
            one is not None and same(name, self.value(*one, name), self.value(*side, name)) for one in bases
        )

    def bases(self, oid: str, path: str) -> list[tuple[str, str] | None]:
        """The file in each merge base of the parents."""
        parents = self.past.by_oid[oid].parents
        common = frozenset.intersection(*(self.past.ancestors(each) for each in parents))
        best = [c for c in common if not any(c != o and c in self.past.ancestors(o) for o in common)]
        olds = [path] + [one[1] for one in self.before(oid, path) if one]
        found: list[tuple[str, str] | None] = []
        for base in best:
            at = next((old for old in olds if self.version(base, old) is not None), None)
            found.append((base, at) if at else None)
        return found

    def named(self, oid: str, path: str, name: str, old: str) -> frozenset[str]:
        commit = self.past.by_oid[oid]
        key = self.key(oid, path, name, old)
        earlier = 0
        for other in self.past.ancestors(oid) - {oid}:
            for there in self.past.by_oid[other].tree:
                was = self.introduces(other, there, name)
                earlier += was is not None and self.key(other, there, name, was) == key
        return frozenset(
            {edit_name(key[0], name, key[2], key[3], commit.author, commit.author_time, earlier)}
        )

    def key(self, oid: str, path: str, name: str, old: str) -> tuple[str, ...]:
        commit, value = self.past.by_oid[oid], self.value(oid, path, name)
        return (spec_of(path), name, old, plain(name, value), commit.author, commit.author_time)


def plain(name: str, value: str | None) -> str:
    """A value as an edit's name holds it: all spellings of a tag are one."""
    if value is None:
        return ABSENT
    return name[len(TAG) :] if name.startswith(TAG) and not value.startswith("\x00") else value


# -- random histories


@st.composite
def pasts(draw: st.DrawFn, longest: int = 9) -> Past:
    """Edits, renames, deletions, files that come back, broken files; merges clean, evil and criss-cross."""
    serials = itertools.count(1)
    commits: list[Toy] = []

    def content(uid: int) -> File:
        drawn = {name: draw(st.sampled_from(list(VALUES[name]))) for name in FIELDS}
        return File(uid, tuple((k, v) for k, v in drawn.items() if v is not None))

    def commit(parents: Sequence[Toy], tree: Tree) -> None:
        changes = [d for i, p in enumerate(parents) for d in deltas(i, p.tree, tree)]
        changes += [] if parents else list(deltas(0, {}, tree))
        author, when = draw(st.sampled_from(["ada", "bob"])), draw(st.integers(1, 3))
        oid, names = f"c{len(commits)}", tuple(p.oid for p in parents)
        commits.append(Toy(oid, names, author, f"{when} +0000", tree, tuple(changes)))

    def changed(tree: Tree) -> Tree:
        kind = draw(st.sampled_from(["edit", "edit", "edit", "rename", "delete", "add", "break"]))
        path = draw(st.sampled_from(PATHS))
        file, rest = tree.get(path), {k: v for k, v in tree.items() if k != path}
        free = [each for each in PATHS if each not in tree]
        if kind == "add" and file is None:
            return {**tree, path: content(next(serials))}
        if file is None or kind == "add":
            return tree
        if kind == "delete":
            return rest
        if kind == "rename":
            return {**rest, free[0]: file if draw(st.booleans()) else content(file.uid)} if free else tree
        if kind == "break":
            return {**rest, path: File(file.uid, None, next(serials))}
        return {**rest, path: content(file.uid)}

    def merged(ours: Tree, theirs: Tree) -> Tree:
        tree: dict[str, File] = {}
        for path in PATHS:
            options = [
                side[path] for side in (ours, theirs) if path in side and side[path].values is not None
            ]
            if not options or draw(st.integers(0, 5)) == 5:
                continue
            chosen = draw(st.sampled_from(options))
            if draw(st.integers(0, 3)) == 3:
                chosen = replace(content(chosen.uid), serial=0)
            if all(chosen.uid != other.uid for other in tree.values()):
                tree[path] = chosen
        return tree

    commit([], {PATHS[0]: content(next(serials))})
    for _ in range(draw(st.integers(1, longest))):
        one = draw(st.sampled_from(commits))
        other = draw(st.sampled_from(commits))
        if draw(st.integers(0, 2)) and one is not other:
            commit([one, other], merged(one.tree, other.tree))
        else:
            commit([one], changed(one.tree))
    return of_tip(commits)


def of_tip(commits: Sequence[Toy]) -> Past:
    """Only what the last commit descends from, as git would list it."""
    past = Past(tuple(commits))
    there = past.ancestors(commits[-1].oid)
    return Past(tuple(each for each in commits if each.oid in there))


@given(pasts(), st.booleans())
def test_blame_is_the_slow_definition(past: Past, forgetful: bool) -> None:
    """Also where all is forgotten as early as it ever is, which else only long histories show."""
    with pytest.MonkeyPatch.context() as patch:
        if forgetful:
            patch.setattr(walk, "FEW", -1)
            patch.setattr(walk, "LONGEST_OWN", 1)
        history, slow, tip = past.blame(), Slow(past), past.commits[-1]
    for path in tip.tree:
        version = history.versions.get(path)
        assert (version is None) == (slow.version(tip.oid, path) is None)
        for name in FIELDS if version else ():
            assert version is not None
            assert version.values.get(name) == slow.value(tip.oid, path, name)
            assert version.behind(name) == slow.edits(tip.oid, path, name), (path, name)


@given(pasts(), st.randoms(use_true_random=False))
def test_any_order_of_the_same_history_gives_the_same_names(past: Past, random: object) -> None:
    """`git log` orders commits by where it starts: on another branch edits must have the same names."""
    shuffled = reordered(past, random.choice)  # type: ignore[attr-defined]
    one, other = past.blame(), past.blame(shuffled)
    assert {p: v.edits for p, v in one.versions.items()} == {p: v.edits for p, v in other.versions.items()}
    assert one.made.keys() == other.made.keys()


def reordered(past: Past, choose: Callable[[list[Toy]], Toy]) -> list[Toy]:
    """Some order with parents before children; the tip is last in each."""
    left, out = list(past.commits), list[Toy]()
    while left:
        there = {each.oid for each in out}
        ready = [each for each in left if set(each.parents) <= there]
        out.append(choose(ready))
        left.remove(out[-1])
    return out


@given(pasts())
def test_every_edit_behind_a_value_is_in_the_history(past: Past) -> None:
    history = past.blame()
    for version in history.versions.values():
        for name in FIELDS:
            assert all(history.holds(edit) for edit in version.behind(name))


def test_criss_cross_merges_have_the_same_names_in_any_order() -> None:
    """Two merge bases that hold different values: neither may count for more because it is listed last."""
    low, high = (File(1, (("status", value), ("title", "A"))) for value in ("planned", "complete"))
    shapes = [
        ("root", (), low),
        ("a", ("root",), high),
        ("b", ("root",), replace(low, serial=1)),
        ("left", ("a", "b"), replace(high, serial=1)),
        ("right", ("b", "a"), replace(low, serial=2)),
        ("tip", ("left", "right"), replace(high, serial=2)),
    ]
    commits: dict[str, Toy] = {}
    for number, (oid, parents, file) in enumerate(shapes):
        tree = {PATHS[0]: file}
        trees: list[Tree] = [commits[each].tree for each in parents] or [{}]
        changes = tuple(d for i, parent in enumerate(trees) for d in deltas(i, parent, tree))
        commits[oid] = Toy(oid, parents, "ada", f"{number} +0000", tree, changes)
    found = [
        Past(tuple(commits[oid] for oid in order)).blame().versions[PATHS[0]].behind("status")
        for order in (("root", "a", "b", "left", "right", "tip"), ("root", "b", "a", "right", "left", "tip"))
    ]
    assert found[0] == found[1] == Slow(Past(tuple(commits.values()))).edits("tip", PATHS[0], "status")


def test_beyond_a_shallow_boundary_nobody_knows() -> None:
    file = File(1, (("status", "planned"), ("title", "A")))
    edited = replace(file, values=(("status", "complete"), ("title", "A")))
    first = Toy("c0", (), "ada", "1 +0000", {PATHS[0]: file}, tuple(deltas(0, {}, {PATHS[0]: file})))
    tree = {PATHS[0]: edited}
    second = Toy("c1", ("c0",), "ada", "2 +0000", tree, tuple(deltas(0, first.tree, tree)))
    past = Past((first, second))
    version = blame(past.commits, past.read, spec_of, [PATHS[0]], {"c0"}).versions[PATHS[0]]
    assert version.behind("title") == {SHALLOW}
    assert version.behind("priority") == {SHALLOW}
    assert SHALLOW not in version.behind("status")
