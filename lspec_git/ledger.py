"""Where the notes' documents and git meet: link and item of a spec, read on demand, joined when written.

Nothing is ever overwritten: what is written is the join of what stands there and what is new, so a lost race
is simply run again. It knows neither specs' contents nor trackers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from lspec_git.core.anchors import anchor_of_item, anchor_of_spec
from lspec_git.core.documents import (
    Heard,
    ItemNote,
    Known,
    LeftOut,
    Link,
    LinkNote,
    Sighting,
    dump_item,
    dump_link,
    parse_item,
    parse_link,
)
from lspec_git.core.joins import join
from lspec_git.core.note_text import Damage
from lspec_git.core.spec import SpecId
from lspec_git.git.notes import Notes, Snapshot


@dataclass(frozen=True, slots=True)
class ItemAt:
    """A work item as its anchor names it."""

    tracker: str
    host: str
    id: str


class Ledger:
    """The notes ref of one repository as of one moment, and what this run adds to it.

    `put_…` only stages; `flush` writes everything staged as one commit. Reading sees what is staged.
    """

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.damaged: list[Damage] = []
        self._links: dict[SpecId, LinkNote] = {}
        self._items: dict[ItemAt, ItemNote | None] = {}
        self._staged: dict[bytes, bytes] = {}
        self.refresh()

    def refresh(self) -> None:
        """Read the ref anew; what is staged stays staged."""
        self._snapshot: Snapshot = self.notes.snapshot()
        self._links.clear()
        self._items.clear()

    @property
    def tip(self) -> str:
        """The commit that the ref stood at when it was read; empty without one."""
        return self._snapshot.tip or ""

    def _read(self, anchor: bytes) -> bytes | None:
        data = self._snapshot.read(anchor)
        return join(None, data, self._staged[anchor]) if anchor in self._staged else data

    def links(self, spec: SpecId) -> LinkNote:
        """What a spec is linked to; an empty note where nothing is known."""
        if spec not in self._links:
            data = self._read(anchor_of_spec(spec))
            found = parse_link(data) if data is not None else LinkNote(str(spec), {})
            if isinstance(found, Damage):
                self.damaged.append(found)
                found = LinkNote(str(spec), {})
            self._links[spec] = found
        return self._links[spec]

    def link(self, spec: SpecId, tracker: str) -> Link | None:
        """The row of one tracker, claims and former links included."""
        return self.links(spec).links.get(tracker)

    def item(self, at: ItemAt) -> ItemNote | None:
        """What is remembered of a work item."""
        if at not in self._items:
            data = self._read(anchor_of_item(at.tracker, at.host, at.id))
            found = parse_item(data) if data is not None else None
            if isinstance(found, Damage):
                self.damaged.append(found)
                found = None
            self._items[at] = found
        return self._items[at]

    def all_links(self) -> Iterator[LinkNote]:
        """Every readable link note, also of specs that are not on this branch."""
        for data in self._snapshot.read_all().values():
            note = parse_link(data)
            if isinstance(note, LinkNote):
                yield note

    def put_link(self, spec: SpecId, tracker: str, link: Link) -> None:
        """Stage a newer row for one tracker: its serial goes one up."""
        note = self.links(spec)
        before = note.links.get(tracker)
        newer = replace(link, serial=(before.serial if before else 0) + 1)
        self._links[spec] = replace(note, links={**note.links, tracker: newer})
        self._staged[anchor_of_spec(spec)] = dump_link(self._links[spec])

    def put_moved(self, spec: SpecId, now: SpecId) -> None:
        """Stage that a spec has another name now, and its links went along."""
        self._links[spec] = replace(self.links(spec), moved=str(now))
        self._staged[anchor_of_spec(spec)] = dump_link(self._links[spec])

    def put_item(self, at: ItemAt, note: ItemNote) -> None:
        """Stage what is now known of a work item."""
        if self.item(at) != note:
            self._items[at] = note
            self._staged[anchor_of_item(at.tracker, at.host, at.id)] = dump_item(note)

    def flush(self, message: str) -> None:
        """Join what is staged into the ref, as one commit; none where nothing would change."""
        mine, self._staged = self._staged, {}
        if not mine:
            return

        def decide(now: Snapshot) -> Mapping[bytes, bytes | None]:
            joined = {anchor: join(None, now.read(anchor), data) for anchor, data in mine.items()}
            return {anchor: data for anchor, data in joined.items() if data != now.read(anchor)}

        self.notes.transact(decide, message)
        self.refresh()

    def withdraw(self) -> None:
        """Forget what is staged."""
        self._staged.clear()
        self.refresh()


# -- documents, changed in memory


def hears(note: ItemNote, *heard: Heard) -> ItemNote:
    """The note with more edits that the tracker has heard."""
    return replace(note, heard=note.heard | frozenset(heard))


def takes_in(note: ItemNote, *known: Known) -> ItemNote:
    """The note with more tracker values that a commit or an edit knows."""
    return replace(note, known=note.known | frozenset(known))


def leaves_out(note: ItemNote, *left: LeftOut) -> ItemNote:
    """The note with pulled values that a commit left out."""
    return replace(note, left_out=note.left_out | frozenset(left))


def sees(note: ItemNote, seen: Mapping[str, Sighting]) -> ItemNote:
    """The note with newer sightings."""
    return replace(note, seen={**note.seen, **seen})
