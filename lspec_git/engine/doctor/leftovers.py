"""What a killed run, another program or a copied folder may have left behind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import Final

from filelock import FileLock, Timeout

from lspec_git.core.anchors import anchor_of_spec
from lspec_git.core.documents import Lease, LinkNote, parse_link
from lspec_git.core.spec import SpecId
from lspec_git.engine.doctor.findings import Finding, Level, Patient
from lspec_git.git.exchange import tracking_ref
from lspec_git.git.notes import REF
from lspec_git.git.process import run
from lspec_git.records import Pulled

YOUNG: Final = 60.0
"""Seconds by this host's clock for which a lock file may well be some git's at work."""


def ref_locks(patient: Patient) -> Iterator[Finding]:
    """Lock files of git in the way of the notes. Never removed unasked: who made them may be at work."""
    refs = [REF, *(tracking_ref(REF, remote) for remote in patient.remotes), "packed-refs"]
    for path in (patient.repo.common_dir / f"{ref}.lock" for ref in refs):
        age = _age(path)
        if age is not None and age > YOUNG:
            said = f"{path} has been in the way for {_span(age)}; if no git is at work here, remove it"
            yield Finding("locks", Level.WRONG, said, (f"rm {quote(str(path))}",))


def _age(path: Path) -> float | None:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return None


def _span(seconds: float) -> str:
    minutes = int(seconds // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def own_lock(patient: Patient) -> Iterator[Finding]:
    """Whether a run is at work. The system drops this lock with its process, so it is never left behind."""
    path = patient.records.lock
    if not path.exists():
        return
    try:
        with FileLock(path, timeout=0):
            yield Finding("locks", Level.OK, "no other git lspec is at work here")
    except Timeout:
        yield Finding("locks", Level.NOTE, f"another git lspec is at work here (it holds {path})")


def journal(patient: Patient) -> Iterator[Finding]:
    """Writes that were sent, and whose outcome is in no note."""
    entries = patient.records.journal()
    if entries:
        names = ", ".join(sorted({entry.spec for entry in entries})[:5])
        said = f"{len(entries)} writes were sent and their outcome was not recorded ({names})"
        yield Finding("journal", Level.WRONG, f"{said}; a sync finds out", ("git lspec sync",))


def pulls(patient: Patient) -> Iterator[Finding]:
    """Pulled values that no commit has taken in."""
    local = patient.local
    by_path: dict[str, list[Pulled]] = {}
    for one in patient.records.pulled():
        by_path.setdefault(one.path, []).append(one)
    for path, some in sorted(by_path.items()):
        fields = ", ".join(sorted(one.field for one in some))
        here = local is not None and any(file.path == path for file in local.specs.values())
        if here:
            said = f"{path}: {fields} pulled, waiting for your commit"
            yield Finding("pulls", Level.NOTE, said, (f"git commit -m 'Take in' -- {quote(path)}",))
        else:
            said = f"{path}: {fields} pulled, and the spec is not on this branch any more"
            yield Finding("pulls", Level.NOTE, f"{said}; the record waits until it is back")


def clone_name(patient: Patient) -> Iterator[Finding]:
    """Whether another clone goes by this one's name, as after `cp -r`: each would take the other's claims
    for its own, and create at once what the other is creating.

    Told by a claim under our name that no commit of ours made: our reflog would know.
    """
    path = patient.records.shared / "clone"
    if not path.is_file() or not patient.records.clone():
        return
    mine, made = patient.records.clone(), _made_here(patient)
    journalled = {entry.uuid for entry in patient.records.journal()}
    for note in patient.links:
        for link in note.links.values():
            lease = link.claim
            if not lease or link.item or lease.clone != mine or lease.uuid in journalled or not made:
                continue
            if _claimed_by(patient, note.spec, lease) not in made:
                yield _copied(patient, path, note.spec)
                return


def _copied(patient: Patient, path: Path, spec: str) -> Finding:
    def mend() -> str:
        path.unlink(missing_ok=True)
        return f"this clone has a name of its own now: {patient.records.clone()}"

    said = f"another clone has this one's name and claimed {spec}: one was made by copying the other"
    return Finding("clone", Level.WRONG, said, (f"rm {quote(str(path))}",), mend)


def _made_here(patient: Patient) -> set[str]:
    """The commits that the notes have been at in this clone by its own doing; empty without a reflog."""
    args = ["log", "--walk-reflogs", "--format=%H %gs", REF, "--"]
    done = run(args, patient.repo.folder, check=False)
    lines = done.text.splitlines() if done.returncode == 0 else []
    return {oid for oid, _, said in (line.partition(" ") for line in lines) if said.startswith("lspec:")}


def _claimed_by(patient: Patient, spec: str, lease: Lease) -> str:
    """The commit of the notes that brought this claim in."""
    key = patient.objects.hash_blob(anchor_of_spec(SpecId.of(spec)))
    found = ""
    for entry in patient.notes.log(key):
        note = next((parse_link(change.new) for change in entry.changes if change.new is not None), None)
        if not isinstance(note, LinkNote) or not any(link.claim == lease for link in note.links.values()):
            break
        found = entry.commit
    return found
