"""What a change of one note tells: who or what set which field, made, linked or claimed which work item.

Over two versions of a document, not over git. What several notes of one commit tell together (a work item
that was created, and what it was created with) is brought together here as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from lspec_git.core.documents import ItemNote, LinkNote, Sighting, is_tracker, parse_any
from lspec_git.core.edits import BIRTH
from lspec_git.core.note_text import Damage
from lspec_git.core.spec import FieldName


class Deed(Enum):
    """What happened, in the words that people and programs get."""

    PUBLISHED = "published to"
    PULLED = "pulled from"
    AGREED = "agreed with"
    SETTLED = "conflict settled on"
    LEFT_OUT = "left out"
    CLAIMED = "claimed on"
    CREATED = "created on"
    LINKED = "linked to"
    UNLINKED = "unlinked from"
    DAMAGED = "damaged"


HOWS: Final[Mapping[str, Deed]] = {
    "created": Deed.CREATED,
    "claimed": Deed.CLAIMED,
    "unlinked": Deed.UNLINKED,
    "linked": Deed.LINKED,
    "adopted": Deed.LINKED,
    "config": Deed.LINKED,
}


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one spec or work item. `old` and `new` are the tracker's words.

    `by` is who set it on the tracker and when, where the tracker told. `fields` is what a work item held
    when it was created or linked. `damage` says why a note could not be read any more.
    """

    deed: Deed
    spec: str
    tracker: str = ""
    key: str = ""
    url: str = ""
    field: FieldName = ""
    old: str | None = None
    new: str | None = None
    by: str = ""
    fields: tuple[tuple[FieldName, str], ...] = ()
    damage: str = ""


Change = tuple[str, bytes | None, bytes | None]
"""Key of a note, its old and its new document."""


def events(changes: Iterable[Change], name: Callable[[str], str]) -> list[Event]:
    """What one commit of the notes tells, by spec and field. `name` tells what a damaged note is about."""
    read = [(key, _read(old), _read(new)) for key, old, new in changes]
    items = {(new.tracker, new.id): new for _, _, new in read if isinstance(new, ItemNote)}
    found = [event for key, old, new in read for event in _of_note(key, old, new, name)]
    return sorted((_completed(one, items) for one in found), key=lambda e: (e.spec, e.tracker, e.field))


def _read(data: bytes | None) -> object:
    return None if data is None else parse_any(data)


def _of_note(key: str, old: object, new: object, name: Callable[[str], str]) -> Iterator[Event]:
    if isinstance(new, Damage):
        yield Event(Deed.DAMAGED, name(key), damage=str(new))
    elif isinstance(new, LinkNote):
        yield from _of_links(old if isinstance(old, LinkNote) else LinkNote(new.spec), new)
    elif isinstance(new, ItemNote) and isinstance(old, ItemNote):
        yield from _of_item(old, new)


def _of_links(old: LinkNote, new: LinkNote) -> Iterator[Event]:
    for tracker, link in new.links.items():
        before = old.links.get(tracker)
        if before is None or (before.serial, before.how, before.item) != (link.serial, link.how, link.item):
            of = before if link.how == "unlinked" and before else link
            # The item's id, until `_completed` has looked it up.
            yield Event(HOWS[link.how], new.spec, tracker, of.key, of.url, new=link.item)


def _completed(event: Event, items: Mapping[tuple[str, str], ItemNote]) -> Event:
    """What a work item held when it was created or linked, if the same commit tells."""
    if event.deed not in HOWS.values():
        return event
    item = items.get((event.tracker, event.new or ""))
    held = {name: one.word for name, one in sorted(item.seen.items()) if one.word is not None} if item else {}
    return replace(event, new=None, fields=tuple(held.items()))


def _of_item(old: ItemNote, new: ItemNote) -> Iterator[Event]:
    seen = {name for name, one in new.seen.items() if _moved(old.seen.get(name), one)}
    for name in seen:
        before, now = old.seen.get(name), new.seen[name]
        word = before.word if before else None
        yield _event(
            _deed(old, before, now), new, name, word, now.word, now.by if is_tracker(now.origin) else ""
        )
    for name, value in {(one.field, one.value) for one in new.heard - old.heard}:
        if name not in seen:
            yield _event(Deed.AGREED, new, name, value, value)
    for left in new.left_out - old.left_out:
        now_there = new.seen.get(left.field)
        word = now_there.word if now_there and now_there.origin == left.origin else None
        yield _event(Deed.LEFT_OUT, new, left.field, None, word)


def _moved(before: Sighting | None, now: Sighting) -> bool:
    """Whether a sighting is news: another word, or the same one set by somebody else."""
    if before is None:
        return now.word is not None and now.origin != BIRTH
    return (before.word, before.origin) != (now.word, now.origin)


def _deed(old: ItemNote, before: Sighting | None, now: Sighting) -> Deed:
    """Publishing over a tracker's value that no history knew is what settles a conflict for the spec."""
    if is_tracker(now.origin):
        return Deed.PULLED
    if before is None or not is_tracker(before.origin) or before.word == now.word:
        return Deed.PUBLISHED
    return Deed.PUBLISHED if any(one.origin == before.origin for one in old.known) else Deed.SETTLED


def _event(
    deed: Deed, note: ItemNote, name: FieldName, old: str | None, new: str | None, by: str = ""
) -> Event:
    return Event(deed, note.spec, note.tracker, note.key, note.url, name, old, new, by)
