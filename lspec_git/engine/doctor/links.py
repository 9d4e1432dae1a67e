"""Specs and their links: two specs of one name, two on one work item, links whose spec is nowhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from shlex import quote
from typing import Final

from lspec_git.core.leanspec import spec_dirs
from lspec_git.core.spec import SpecId
from lspec_git.engine.doctor.findings import Finding, Level, Patient
from lspec_git.git.process import run
from lspec_git.local import Local

LISTED: Final = 10
"""More of one kind are only counted."""


def twins(patient: Patient) -> Iterator[Finding]:
    """Two current specs with one name are synced by neither."""
    for spec, paths in sorted(patient.local.twins.items()) if patient.local else ():
        folder = paths[-1].rpartition("/")[0]
        said = f"two specs are called {spec.name}: {', '.join(paths)}; neither is synced"
        yield Finding("specs", Level.WRONG, said, (f"git mv {quote(folder)} {quote(folder)}-2",))


def shared_items(patient: Patient) -> Iterator[Finding]:
    """Two current specs on one work item would speak against each other."""
    if patient.local is None:
        return
    current = {str(spec) for spec in patient.local.specs}
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    keys: dict[tuple[str, str], str] = {}
    for note in patient.links:
        for link in note.links.values():
            if link.item and note.spec in current:
                found[link.target, link.item].add(note.spec)
                keys[link.target, link.item] = f"{link.target}#{link.key}"
    for at, specs in sorted(found.items()):
        if len(specs) > 1:
            names = sorted(specs)
            said = f"{' and '.join(names)} are linked to the same work item, {keys[at]}"
            yield Finding(
                "links", Level.WRONG, said, tuple(f"git lspec unlink {quote(n)}" for n in names[1:])
            )


def orphans(patient: Patient) -> Iterator[Finding]:
    """Links of specs that are on no branch, here or on a remote: their work items stay as they are."""
    if patient.local is None:
        return
    gone = _gone(patient, patient.local)
    if gone:
        gone -= _elsewhere(patient, patient.local)
    for name in sorted(gone)[:LISTED]:
        said = f"{name} is linked, and is on no branch any more"
        yield Finding("links", Level.NOTE, said, (f"git lspec unlink {quote(name)}",))
    if len(gone) > LISTED:
        yield Finding("links", Level.NOTE, f"{len(gone) - LISTED} more are linked, and on no branch any more")


def _gone(patient: Patient, local: Local) -> set[str]:
    """Linked specs that HEAD does not have; what a renamed spec has taken over is its own."""
    current = {str(spec) for spec in (*local.specs, *local.twins)}
    taken = {
        (link.target, link.item)
        for note in patient.links
        if note.spec in current
        for link in note.links.values()
    }
    return {
        note.spec
        for note in patient.links
        if note.spec not in current
        and any(link.item and (link.target, link.item) not in taken for link in note.links.values())
    }


def _elsewhere(patient: Patient, local: Local) -> set[str]:
    """Every spec of every branch; branches that hold the same are read once."""
    args = ["for-each-ref", "--format=%(objectname)", "refs/heads", "refs/remotes"]
    tips = set(run(args, patient.repo.folder).text.split())
    found: set[SpecId] = set()
    for layout in local.layouts:
        entries = ((tip, patient.objects.entry_at(tip, layout.root)) for tip in tips)
        trees = {at.oid: tip for tip, at in entries if at is not None}
        for tip in trees.values():
            paths = (path for path, _, _ in patient.objects.files(tip, layout.root))
            found |= {spec for spec, _ in spec_dirs(paths, layout)}
    return {str(spec) for spec in found}
