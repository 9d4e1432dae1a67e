"""The tree behind a notes ref: key to blob, fanned out by the first two digits, and the anchors.

Pure over trees: reads through `Objects` and says which objects to write; it writes nothing and moves no ref.
Other people's trees are taken as they are: flat, fanned out deeper, with paths in them that are no notes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeVar

from lspec_git.git.formats import BLOB, GITLINK, TREE, NewObject, TreeEntry, encode_tree
from lspec_git.git.store import Objects

ANCHORS: Final = "anchors"
"""The folder that keeps anchors alive. To git it is no note: fan-out names have two digits (notes.c)."""

Oids = Mapping[str, str]
"""Key to the id of a blob, both hex."""

Merge = Callable[[bytes | None, bytes | None, bytes | None], bytes | None]
"""(base, ours, theirs) of one note that both sides changed, to what it shall be. None: there is no such note.

It must not matter which side is ours: two clones that join each other's notes must end in one tree.
"""

_HEX: Final = re.compile(r"[0-9a-f]+")


class NoteTree:
    """A notes tree, read as far as it is looked at. `root` is a tree or a commit; None: no notes yet."""

    def __init__(self, objects: Objects, root: str | None) -> None:
        self.objects = objects
        self.root = root
        self._opened: dict[str, dict[str, TreeEntry]] = {}

    def note(self, key: str) -> str | None:
        """The blob of one note; opens no more trees than lie on the way to it."""
        return self._find(self.root, key) if self.root else None

    @cached_property
    def notes(self) -> Oids:
        """All notes. Of one key at two depths the deeper counts: that is our own form."""
        return self.split(self.entries, self.objects.digits).notes

    @cached_property
    def anchors(self) -> Oids:
        """All anchors, each under its own id."""
        return self.split(self.folder(ANCHORS), self.objects.digits).notes

    @cached_property
    def entries(self) -> tuple[TreeEntry, ...]:
        """What the root holds."""
        return self.objects.tree(self.root) if self.root else ()

    def folder(self, name: str) -> tuple[TreeEntry, ...]:
        """What a folder of the root holds; nothing if there is no such folder."""
        found = next((entry for entry in self.entries if entry.name == name and entry.mode == TREE), None)
        return self.objects.tree(found.oid) if found else ()

    def under(self, prefix: str) -> Oids:
        """The notes whose keys begin with these two digits."""
        digits = self.objects.digits
        found = [entry for entry in self.entries if entry.name[:2] == prefix]
        return self.split(
            [entry for entry in found if _is_fan(entry, digits) or _is_note(entry, digits)], digits
        ).notes

    def others(self) -> dict[str, TreeEntry]:
        """The entries of the root that are neither notes nor anchors."""
        digits = self.objects.digits
        kept = [entry for entry in self.entries if not (_is_fan(entry, digits) or _is_note(entry, digits))]
        return {entry.name: entry for entry in kept if entry.name != ANCHORS}

    def changes(self, older: NoteTree) -> dict[str, tuple[str | None, str | None]]:
        """Key to (blob in `older`, blob here) of the notes that differ; opens only folders that differ."""
        prefixes = sorted({entry.name[:2] for entry in set(self.entries) ^ set(older.entries)})
        pairs = [(older.under(prefix), self.under(prefix)) for prefix in prefixes]
        return {
            key: (old.get(key), new.get(key))
            for old, new in pairs
            for key in {**old, **new}
            if old.get(key) != new.get(key)
        }

    def split(self, entries: Iterable[TreeEntry], digits: int) -> Split:
        """Notes and other paths of a tree whose keys have `digits` more digits."""
        notes: dict[str, str] = {}
        others: list[TreeEntry] = []
        for entry in entries:
            # Folders sort before the names they are a prefix of, so the deeper of two notes comes first.
            if _is_fan(entry, digits):
                inner = self.split(self.objects.tree(entry.oid), digits - 2)
                for rest, oid in inner.notes.items():
                    notes.setdefault(entry.name + rest, oid)
                others += [
                    TreeEntry(f"{entry.name}/{other.name}", other.mode, other.oid) for other in inner.others
                ]
            elif _is_note(entry, digits):
                notes.setdefault(entry.name, entry.oid)
            else:
                others.append(entry)
        return Split(notes, tuple(others))

    def _find(self, folder: str, key: str) -> str | None:
        """Of one key at two depths the deeper counts. Folders are kept: a run may read thousands of notes."""
        if folder not in self._opened:
            self._opened[folder] = {entry.name: entry for entry in self.objects.tree(folder)}
        fan, entry = (self._opened[folder].get(name) for name in (key[:2], key))
        found = self._find(fan.oid, key[2:]) if fan and _is_fan(fan, len(key)) else None
        return found or (entry.oid if entry and _is_note(entry, len(key)) else None)


@dataclass(frozen=True, slots=True)
class Split:
    """A tree taken apart. The names of `others` are paths, with slashes where they lay inside a fan-out."""

    notes: Oids
    others: tuple[TreeEntry, ...]


class Rewrite:
    """A tree in the making: starts from `tree`, takes changes, and gathers the objects to be written."""

    def __init__(self, tree: NoteTree) -> None:
        self.new: list[NewObject] = []
        self._tree = tree
        self._objects = tree.objects
        self._entries = {entry.name: entry for entry in tree.entries}

    def blob(self, data: bytes) -> str:
        """Have a blob written; its id."""
        self.new.append(NewObject("blob", data))
        return self._objects.hash_blob(data)

    def put_notes(self, changes: Mapping[str, str | None]) -> None:
        """Set notes (key to blob; None takes the note away)."""
        entries = self._fan(self._entries.values(), changes)
        self._entries = {entry.name: entry for entry in entries}

    def put_anchors(self, keys: Iterable[str]) -> None:
        """Keep these anchors alive, beside those that are."""
        entries = self._fan(self._tree.folder(ANCHORS), {key: key for key in keys})
        if entries:
            self.put_others([self._folder(ANCHORS, entries, self._entries.get(ANCHORS))])

    def put_others(self, entries: Iterable[TreeEntry]) -> None:
        """Set entries of the root that are no notes."""
        self._entries |= {entry.name: entry for entry in entries}

    def finish(self) -> str:
        """The id of the root tree, which `new` now holds too."""
        return self._folder("", self._entries.values()).oid

    def _fan(self, entries: Iterable[TreeEntry], changes: Mapping[str, str | None]) -> list[TreeEntry]:
        """The entries with the changes in them: two digits, then the rest, for every folder touched."""
        digits = self._objects.digits
        listed = list(entries)
        flat = {entry.name: entry.oid for entry in listed if _is_note(entry, digits)}
        touched: dict[str, dict[str, str | None]] = defaultdict(dict)
        for key in flat:
            touched[key[:2]] = {}
        for key, oid in changes.items():
            touched[key[:2]][key[2:]] = oid
        kept = [entry for entry in listed if entry.name not in flat and entry.name not in touched]
        folders = {entry.name: entry for entry in listed if _is_fan(entry, digits)}
        for prefix, inner in touched.items():
            loose = {key[2:]: oid for key, oid in flat.items() if key.startswith(prefix)} if flat else {}
            kept += self._fan_folder(prefix, folders.get(prefix), loose, inner)
        return kept

    def _fan_folder(
        self, prefix: str, old: TreeEntry | None, loose: Oids, changes: Mapping[str, str | None]
    ) -> list[TreeEntry]:
        split = self._tree.split(self._objects.tree(old.oid) if old else (), self._objects.digits - 2)
        notes = {**loose, **split.notes, **changes}
        entries = [TreeEntry(rest, BLOB, oid) for rest, oid in notes.items() if oid]
        entries += self._nested(split.others)
        return [self._folder(prefix, entries, old)] if entries else []

    def _nested(self, others: Iterable[TreeEntry]) -> list[TreeEntry]:
        """Paths turned back into folders."""
        direct, inside = [], defaultdict(list)
        for entry in others:
            head, slash, rest = entry.name.partition("/")
            if slash:
                inside[head].append(TreeEntry(rest, entry.mode, entry.oid))
            else:
                direct.append(entry)
        return direct + [self._folder(name, self._nested(entries)) for name, entries in inside.items()]

    def _folder(self, name: str, entries: Iterable[TreeEntry], old: TreeEntry | None = None) -> TreeEntry:
        data = encode_tree(entries)
        oid = self._objects.oid_of("tree", data)
        if old is None or old.oid != oid:
            self.new.append(NewObject("tree", data))
        return TreeEntry(name, TREE, oid)


def joined(base: NoteTree, ours: NoteTree, theirs: NoteTree, merge: Merge) -> Rewrite:
    """The three-way join of two notes trees, in our own form whatever the form of either side."""
    keys = {**ours.notes, **theirs.notes}
    triples = {key: (base.notes.get(key), ours.notes.get(key), theirs.notes.get(key)) for key in keys}
    both = {key: triple for key, triple in triples.items() if _differ(*triple)}
    wanted = {oid for triple in both.values() for oid in triple if oid}
    blobs: dict[str | None, bytes | None] = {None: None, **dict(ours.objects.blobs(sorted(wanted)))}
    rewrite = Rewrite(ours)
    result: dict[str, str | None] = {
        key: _moved(*triple) for key, triple in triples.items() if key not in both
    }
    for key, (before, mine, other) in both.items():
        merged = merge(blobs[before], blobs[mine], blobs[other])
        result[key] = None if merged is None else rewrite.blob(merged)
    rewrite.put_notes(result)
    rewrite.put_anchors([*ours.anchors, *theirs.anchors])
    rewrite.put_others(_others(base.others(), ours.others(), theirs.others()))
    return rewrite


T = TypeVar("T")


def _differ(base: T, ours: T, theirs: T) -> bool:
    return ours not in (base, theirs) and theirs != base


def _moved(base: T, ours: T, theirs: T) -> T:
    """Of two sides that do not both differ from the base and each other, the one that does."""
    return theirs if ours == base else ours


def _others(
    base: Mapping[str, TreeEntry], ours: Mapping[str, TreeEntry], theirs: Mapping[str, TreeEntry]
) -> Iterable[TreeEntry]:
    """Paths that are no notes, united: none is lost, and either side comes to the same result."""
    for name in {**ours, **theirs}:
        mine, other = ours.get(name), theirs.get(name)
        if mine is None or other is None:
            kept = mine or other
        elif _differ(base.get(name), mine, other):
            kept = max(mine, other, key=lambda entry: (entry.oid, entry.mode))
        else:
            kept = _moved(base.get(name), mine, other)
        if kept:
            yield kept


def _is_fan(entry: TreeEntry, digits: int) -> bool:
    return (
        entry.mode == TREE and len(entry.name) == 2 and digits > 2 and _HEX.fullmatch(entry.name) is not None
    )


def _is_note(entry: TreeEntry, digits: int) -> bool:
    return (
        len(entry.name) == digits
        and entry.mode not in (TREE, GITLINK)
        and _HEX.fullmatch(entry.name) is not None
    )
