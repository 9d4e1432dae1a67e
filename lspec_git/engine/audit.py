"""The history of the notes, read as a log: who or what set which field, when, newest first.

Reads no more than what changed from commit to commit, and only as far as the reader asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from lspec_git.core.anchors import anchor_of_item, anchor_of_spec, name_of
from lspec_git.core.chronicle import Event, events
from lspec_git.core.documents import LinkNote, parse_link
from lspec_git.core.spec import SpecId
from lspec_git.core.targets import host_of
from lspec_git.git.notes import LogEntry, Notes
from lspec_git.git.objects import Objects, Repository, open_objects


@dataclass(frozen=True, slots=True)
class Logged:
    """An event, the commit of the notes that tells of it, and who made that commit when (UTC)."""

    commit: str
    when: datetime
    person: str
    event: Event


def log(repo: Repository, specs: frozenset[SpecId] = frozenset(), since: str = "") -> Iterator[Logged]:
    """What the notes' history tells, of some specs or of all; `since` is a date as git reads it."""
    with open_objects(repo) as objects:
        notes = Notes(objects, repo)
        keys = {key for spec in specs for key in _keys(objects, notes, spec)}
        for entry in notes.log(*sorted(keys), since=since):
            # What a join brings together was told by the commits that it joins.
            if len(entry.parents) < 2:
                yield from _logged(entry, lambda key: subject(objects, key))


def subject(objects: Objects, key: str) -> str:
    """What a note is about, from its anchor; other tools put notes on commits, or on what is not there."""
    if not objects.has(key):
        return f"object {key[:12]}, which is not here"
    kind, data = objects.read(key)
    return (name_of(data) if kind == "blob" else "") or f"{kind} {key[:12]}"


def _logged(entry: LogEntry, name: Callable[[str], str]) -> Iterator[Logged]:
    person = entry.author.rpartition(" <")[0] or entry.author
    when = _moment(entry.when)
    for event in events(((one.key, one.old, one.new) for one in entry.changes), name):
        yield Logged(entry.commit, when, person, event)


def _moment(when: str) -> datetime:
    """A commit's raw time ("1767225600 +0000"); the epoch where somebody wrote nonsense."""
    seconds = when.partition(" ")[0]
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _keys(objects: Objects, notes: Notes, spec: SpecId) -> Iterator[str]:
    """The notes about a spec: its links, and every work item that it was ever linked to."""
    key = objects.hash_blob(anchor_of_spec(spec))
    yield key
    for entry in notes.log(key):
        for change in entry.changes:
            note = parse_link(change.new) if change.new is not None else None
            if isinstance(note, LinkNote):
                for tracker, link in note.links.items():
                    if link.item:
                        yield objects.hash_blob(anchor_of_item(tracker, host_of(link.target), link.item))
