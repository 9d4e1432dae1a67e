"""The notes ref: every note readable and in its place, every anchor there, the tree in the usual form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lspec_git.core.anchors import anchor_of_item, anchor_of_spec
from lspec_git.core.documents import ItemNote, LinkNote, parse_any
from lspec_git.core.joins import join
from lspec_git.core.note_text import Damage
from lspec_git.core.spec import SpecId
from lspec_git.engine.audit import subject
from lspec_git.engine.doctor.findings import Finding, Level, Note, Patient
from lspec_git.git.notes import REF, Snapshot
from lspec_git.git.notetree import ANCHORS

SHORT = "lspec"
"""The ref as `git notes --ref` wants it."""


@dataclass(frozen=True, slots=True)
class Past:
    """Of a damaged note: the commit that last changed it, and the last version that could be read."""

    commit: str = ""
    oid: str = ""
    good: bytes | None = None


def readable(patient: Patient) -> Iterator[Finding]:
    """Every note can be read; of one that cannot: what it is about, who did it, how it comes back."""
    damaged = {key: note for key, note in patient.documents.items() if isinstance(note, Damage)}
    if not damaged:
        yield Finding("notes", Level.OK, f"{len(patient.documents)} can be read")
        return
    pasts = _pasts(patient, tuple(damaged))
    for key, damage in damaged.items():
        yield _damaged(patient, key, damage, pasts[key])


def _damaged(patient: Patient, key: str, damage: Damage, past: Past) -> Finding:
    said = f"the note on {subject(patient.objects, key)} cannot be read: {damage}"
    if past.commit:
        said += f" (last changed by {past.commit[:12]})"
    if past.good is None:
        remove = (f"git show {past.commit[:12]}", f"git notes --ref={SHORT} remove {key}")
        return Finding("notes", Level.WRONG, f"{said}; no version of it was readable", remove)
    restore = f"git notes --ref={SHORT} add -f -C {past.oid[:12]} {key}"
    if not patient.objects.has(key):
        return Finding("notes", Level.WRONG, said, (restore,))

    def mend() -> str:
        anchor, good = patient.objects.blob(key), past.good

        def decide(now: Snapshot) -> Mapping[bytes, bytes | None]:
            # The join prefers the readable one, also where somebody was faster.
            return {anchor: join(None, now.read(anchor), good)}

        patient.notes.transact(decide, "lspec: bring back the last readable version of a note")
        return f"the last readable note on {subject(patient.objects, key)} is back"

    return Finding("notes", Level.WRONG, said, (restore,), mend)


def _pasts(patient: Patient, keys: tuple[str, ...]) -> dict[str, Past]:
    """Looks no further back than to the last readable version of each."""
    found = dict.fromkeys(keys, Past())
    for entry in patient.notes.log(*keys):
        for change in entry.changes:
            past = found[change.key]
            commit = past.commit or entry.commit
            if past.good is None:
                good = next((data for data in (change.new, change.old) if _is_good(data)), None)
                oid = patient.objects.hash_blob(good) if good is not None else ""
                found[change.key] = Past(commit, oid, good)
        if all(past.good is not None for past in found.values()):
            break
    return found


def _is_good(data: bytes | None) -> bool:
    return data is not None and not isinstance(parse_any(data), Damage)


def placed(patient: Patient) -> Iterator[Finding]:
    """Every note lies on the anchor of what it speaks of: a copied one would speak for another spec."""
    for key, note in patient.documents.items():
        anchor = _anchor(note)
        if anchor is not None and patient.objects.hash_blob(anchor) != key:
            said = f"a note that speaks of {_named(note)} lies on {subject(patient.objects, key)}"
            yield Finding("notes", Level.WRONG, said, (f"git notes --ref={SHORT} remove {key}",))


def shape(patient: Patient) -> Iterator[Finding]:
    """All anchors are there (a `git notes merge` drops the other side's), and the tree is fanned out 2/38."""
    tree = patient.snapshot.tree
    anchors = {key: a for key, note in patient.documents.items() if (a := _anchor(note)) is not None}
    mine = {key: anchor for key, anchor in anchors.items() if patient.objects.hash_blob(anchor) == key}
    lost = mine.keys() - tree.anchors.keys()
    odd = _odd(patient, mine)

    def mend() -> str:
        def decide(now: Snapshot) -> Mapping[bytes, bytes | None]:
            return {mine[key]: now.read(mine[key]) for key in sorted(lost | odd)}

        patient.notes.transact(decide, "lspec: put anchors and notes where they belong")
        return f"{len(lost | odd)} notes lie in {REF} as they should, each with its anchor"

    fix = ("git lspec doctor --fix",)
    if lost:
        said = (
            f"{len(lost)} anchors are missing ({_named(patient.documents[min(lost)])} …); git may prune notes"
        )
        yield Finding("anchors", Level.WRONG, said, fix, mend)
    elif odd:
        said = f"{len(odd)} notes do not lie as {REF} is laid out (two digits, then the rest): slow, no more"
        yield Finding("anchors", Level.NOTE, said, fix, mend)
    elif mine:
        yield Finding("anchors", Level.OK, f"{len(mine)} are there")


def _odd(patient: Patient, mine: Mapping[str, bytes]) -> set[str]:
    """Notes that are not at two digits and the rest."""
    tree, usual = patient.snapshot.tree, set[str]()
    for entry in tree.entries:
        if entry.name != ANCHORS and len(entry.name) == 2:
            names = (inner.name for inner in tree.folder(entry.name))
            usual |= {entry.name + name for name in names if len(name) == patient.objects.digits - 2}
    return set(mine) - usual


def _anchor(note: Note) -> bytes | None:
    """The anchor that a note of ours belongs on."""
    if isinstance(note, LinkNote):
        return anchor_of_spec(SpecId.of(note.spec))
    if isinstance(note, ItemNote):
        return anchor_of_item(note.tracker, note.host, note.id)
    return None


def _named(note: Note) -> str:
    if isinstance(note, LinkNote):
        return f"spec {note.spec}"
    return f"work item {note.id} of {note.tracker}" if isinstance(note, ItemNote) else "something else"
