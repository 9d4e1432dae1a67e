"""The documents kept in git notes: what they say, read and written.

Newer versions add keys, which are kept here unread; they never change what a known key holds. How documents
are spelled is `note_text`'s, how two become one `joins`'s, and where they lie in git is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeVar, cast, get_args

from lspec_git.core.note_text import (
    Damage,
    Table,
    Unreadable,
    damage,
    known_again,
    line,
    read,
    take,
    unknown,
    unline,
    write,
)
from lspec_git.core.spec import FieldName

How = Literal["created", "linked", "adopted", "config", "unlinked", "claimed"]
T = TypeVar("T")
HOWS: Final = frozenset(get_args(How))
TRACKER_ORIGIN: Final = re.compile(r"@(.*)#(\d{1,18})", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Lease:
    """A clone's claim to create the work item. `time` is the tracker's clock, ISO 8601."""

    uuid: str
    epoch: int
    time: str
    clone: str
    extra: str = ""
    """Keys of newer versions, as TOML; so in the other classes."""


@dataclass(frozen=True, slots=True)
class Link:
    """Which work item a spec has on one tracker, or who may create it; every change raises `serial`."""

    target: str
    serial: int
    how: How
    item: str = ""
    """The immutable id; empty while it is only claimed, and when it was unlinked."""
    key: str = ""
    url: str = ""
    claim: Lease | None = None
    extra: str = ""


@dataclass(frozen=True, slots=True)
class LinkNote:
    """A spec's links by the tracker's name; `moved` is the name the spec has now, after a rename."""

    spec: str
    links: Mapping[str, Link] = field(default_factory=dict)
    moved: str = ""
    extra: str = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """The tracker's word for a field (None: absent) when last seen to change, and where it came from.

    `count` orders what shares a revision; `by` is who set it, where the tracker tells.
    """

    word: str | None
    revision: str
    count: int
    origin: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """An edit that the tracker has had, and the value that it gave the field."""

    edit: str
    field: FieldName
    value: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """A commit that agreed with a tracker's value, or an edit that took it in."""

    by: str
    field: FieldName
    origin: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A commit that went on from the old value although the tracker's had been pulled."""

    commit: str
    field: FieldName
    origin: str


@dataclass(frozen=True, slots=True)
class Declined:
    """A tracker's value that a person refused."""

    field: FieldName
    origin: str


@dataclass(frozen=True, slots=True)
class ItemNote:
    """What is remembered of one work item.

    `key`, `spec` and `url` may change, and go with the latest sighting: who changes them adds one.
    """

    tracker: str
    host: str
    id: str
    key: str = ""
    spec: str = ""
    url: str = ""
    seen: Mapping[FieldName, Sighting] = field(default_factory=dict)
    heard: frozenset[Heard] = frozenset()
    known: frozenset[Known] = frozenset()
    left_out: frozenset[LeftOut] = frozenset()
    declined: frozenset[Declined] = frozenset()
    extra: str = ""


def tracker_origin(revision: str, count: int) -> str:
    """The origin of a value that was set on the tracker, first seen at that revision."""
    return f"@{revision}#{count}"


def is_tracker(origin: str) -> bool:
    """Whether a value came from the tracker rather than from an edit of ours."""
    return origin.startswith("@")


def order(origin: str) -> tuple[str, int]:
    """Revision and count of a tracker's origin, to be compared. ValueError for an edit of ours."""
    found = TRACKER_ORIGIN.fullmatch(origin)
    if found is None:
        raise ValueError(f"{origin!r} is not the origin of a tracker's value")
    return found[1], int(found[2])


def dump_link(note: LinkNote) -> bytes:
    """The document of a link note; equal notes give equal bytes."""
    links = {tracker: _link_table(note.links[tracker]) for tracker in sorted(note.links)}
    names = {"note": "link", "spec": note.spec} | _filled({"moved": note.moved})
    return write(names | known_again(note.extra) | _filled({"links": links}))


def _link_table(link: Link) -> Table:
    table: Table = {"target": link.target, "serial": link.serial, "how": link.how}
    table |= _filled({"item": link.item, "key": link.key, "url": link.url}) | known_again(link.extra)
    if link.claim:
        claim = {name: getattr(link.claim, name) for name in ("uuid", "epoch", "time", "clone")}
        table["claim"] = claim | known_again(link.claim.extra)
    return table


def dump_item(note: ItemNote) -> bytes:
    """The document of an item note; equal notes give equal bytes."""
    facts = {
        "key": note.key,
        "spec": note.spec,
        "url": note.url,
        "heard": sorted(line((x.edit, x.field), x.value) for x in note.heard),
        "known": sorted(line((x.by, x.field, x.origin)) for x in note.known),
        "left_out": sorted(line((x.commit, x.field, x.origin)) for x in note.left_out),
        "declined": sorted(line((x.field, x.origin)) for x in note.declined),
    }
    seen = {name: _sighting_line(note.seen[name]) for name in sorted(note.seen)}
    names = {"note": "item", "tracker": note.tracker, "host": note.host, "id": note.id}
    return write(names | _filled(facts) | known_again(note.extra) | _filled({"seen": seen}))


def _sighting_line(seen: Sighting) -> str:
    words = [f"{seen.revision}#{seen.count}"]
    if seen.origin != tracker_origin(seen.revision, seen.count):
        words += ["from", seen.origin]
    if seen.by:
        words += ["by", seen.by]
    return line(words, seen.word)


def _filled(table: Table) -> Table:
    return {key: value for key, value in table.items() if value}


def parse_link(data: bytes) -> LinkNote | Damage:
    """Read a link note; what is wrong with it is told, never raised."""
    return _parse(data, read(data), _link_note)


def parse_item(data: bytes) -> ItemNote | Damage:
    """Read an item note; what is wrong with it is told, never raised."""
    return _parse(data, read(data), _item_note)


def _parse(data: bytes, table: Table | Damage, build: Callable[[Table], T]) -> T | Damage:
    if isinstance(table, Damage):
        return table
    try:
        return build(table)
    except Unreadable as error:
        return damage(data, error)


def _expect(table: Table, kind: str) -> None:
    found = take(table, "note", str)
    if found != kind:
        raise Unreadable(f"this is a note of kind `{found}`, not `{kind}`", "note")


def _link_note(table: Table) -> LinkNote:
    _expect(table, "link")
    links = take(table, "links", dict, {})
    return LinkNote(
        spec=take(table, "spec", str),
        moved=take(table, "moved", str, ""),
        links={tracker: _link(take(links, tracker, dict)) for tracker in list(links)},
        extra=unknown(table),
    )


def _link(table: Table) -> Link:
    how = take(table, "how", str)
    if how not in HOWS:
        raise Unreadable(f"`how` must be one of {', '.join(sorted(HOWS))}", how)
    return Link(
        target=take(table, "target", str),
        serial=take(table, "serial", int),
        how=cast("How", how),
        item=take(table, "item", str, ""),
        key=take(table, "key", str, ""),
        url=take(table, "url", str, ""),
        claim=_lease(take(table, "claim", dict)) if "claim" in table else None,
        extra=unknown(table),
    )


def _lease(table: Table) -> Lease:
    return Lease(
        uuid=take(table, "uuid", str),
        epoch=take(table, "epoch", int),
        time=take(table, "time", str),
        clone=take(table, "clone", str),
        extra=unknown(table),
    )


def _item_note(table: Table) -> ItemNote:
    _expect(table, "item")
    seen = take(table, "seen", dict, {})
    return ItemNote(
        tracker=take(table, "tracker", str),
        host=take(table, "host", str),
        id=take(table, "id", str),
        key=take(table, "key", str, ""),
        spec=take(table, "spec", str, ""),
        url=take(table, "url", str, ""),
        seen={name: _sighting(fact) for name, fact in seen.items()},
        heard=frozenset([Heard(edit, name, text) for (edit, name), text in _facts(table, "heard", 2)]),
        known=frozenset([Known(by, name, origin) for (by, name, origin), _ in _facts(table, "known", 3)]),
        left_out=frozenset([LeftOut(*words) for words, _ in _facts(table, "left_out", 3)]),
        declined=frozenset([Declined(*words) for words, _ in _facts(table, "declined", 2)]),
        extra=unknown(table),
    )


def _facts(table: Table, key: str, count: int) -> Iterator[tuple[list[str], str | None]]:
    """The facts under a key, of so many words each; where only words are due there is no free text."""
    for fact in take(table, key, list, []):
        if not isinstance(fact, str):
            raise Unreadable(f"`{key}` must hold strings", key)
        words, text = unline(fact)
        if len(words) != count or (text is not None and key != "heard"):
            raise Unreadable(f"not understood in `{key}`: {fact}", fact)
        if key != "heard":
            _check_origin(words[-1], fact)
        yield words, text


def _check_origin(origin: str, fact: str) -> None:
    if is_tracker(origin) and not TRACKER_ORIGIN.fullmatch(origin):
        raise Unreadable(f"not an origin: {origin}", fact)


def _sighting(fact: object) -> Sighting:
    if not isinstance(fact, str):
        raise Unreadable("`seen` must hold strings", "[seen]")
    (stamp, *rest), word = unline(fact)
    named = dict(zip(rest[::2], rest[1::2], strict=False))
    found = TRACKER_ORIGIN.fullmatch(f"@{stamp}")
    if found is None or len(rest) % 2 or len(named) * 2 != len(rest) or not named.keys() <= {"from", "by"}:
        raise Unreadable(f"not understood in `seen`: {fact}", fact)
    origin = named.get("from", f"@{stamp}")
    _check_origin(origin, fact)
    return Sighting(word, found[1], int(found[2]), origin, named.get("by", ""))


def parse_any(data: bytes) -> LinkNote | ItemNote | Table | Damage:
    """Read a note of any kind; one of a kind that is not known here is its table."""
    table = read(data)
    kind = table.get("note") if isinstance(table, dict) else None
    return _parse(data, table, BUILDERS.get(str(kind), _other_note))


def _other_note(table: Table) -> Table:
    if "note" not in table:
        raise Unreadable("`note` is missing")
    return known_again(unknown(table))


BUILDERS: Final[Mapping[str, Callable[[Table], LinkNote | ItemNote | Table]]] = {
    "link": _link_note,
    "item": _item_note,
}
