"""How two documents of git notes become one.

A document only grows, but for `seen` and `links`, where the later entry wins; so joins may come in any order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lspec_git.core.documents import (
    ItemNote,
    Link,
    LinkNote,
    Sighting,
    dump_item,
    dump_link,
    is_tracker,
    parse_any,
)
from lspec_git.core.note_text import Damage, join_tables, join_unknown, write

KINDS: Final = (Damage, LinkNote, ItemNote, dict)
"""What a document may turn out to be; of two that differ in this, the later is kept."""


def join(_base: bytes | None, ours: bytes | None, theirs: bytes | None) -> bytes | None:
    """One document of two. None is no document; a damaged one gives way to a sound one.

    Documents only grow, so what both come from does not matter. Documents of a kind that is not known here
    are joined key by key, and of two that cannot be joined one is kept whole, the same from either side.
    """
    if ours is None or theirs is None or ours == theirs:
        return theirs if ours is None else ours
    mine, other = parse_any(ours), parse_any(theirs)
    if isinstance(mine, LinkNote) and isinstance(other, LinkNote):
        return dump_link(join_link(mine, other))
    if isinstance(mine, ItemNote) and isinstance(other, ItemNote):
        return dump_item(join_item(mine, other))
    if isinstance(mine, dict) and isinstance(other, dict):
        return write(join_tables(mine, other))
    return max((KINDS.index(type(mine)), ours), (KINDS.index(type(other)), theirs))[1]


def join_link(one: LinkNote, other: LinkNote) -> LinkNote:
    """Of each tracker the link that stands: see `_standing`."""
    both = {**one.links, **other.links}
    return LinkNote(
        spec=max(one.spec, other.spec),
        moved=max(one.moved, other.moved),
        links={
            tracker: _standing(one.links.get(tracker, link), other.links.get(tracker, link))
            for tracker, link in both.items()
        },
        extra=join_unknown(one.extra, other.extra),
    )


def _standing(one: Link, other: Link) -> Link:
    """Higher serial; an item before a claim; of two claims the higher epoch; the smaller item or uuid."""
    first = min(one, other, key=_precedence)
    if _precedence(one) == _precedence(other):
        return replace(first, extra=join_unknown(one.extra, other.extra))
    return first


def _precedence(link: Link) -> tuple[object, ...]:
    claim = link.claim
    epoch = claim.epoch if claim and not link.item else 0
    name = link.item or (claim.uuid if claim else "")
    number = name.isascii() and name.isdigit()
    # Immutable ids are numbers on some trackers, where 9 is smaller than 10.
    smaller = (not number, len(name) if number else 0, name)
    return -link.serial, not link.item, -epoch, smaller, repr(replace(link, extra=""))


def join_item(one: ItemNote, other: ItemNote) -> ItemNote:
    """What either remembers; of each field the later sighting."""
    both = {**one.seen, **other.seen}
    later = max(one, other, key=_latest)
    return replace(
        later,
        seen={
            name: max((one.seen.get(name, seen), other.seen.get(name, seen)), key=_later)
            for name, seen in both.items()
        },
        heard=one.heard | other.heard,
        known=one.known | other.known,
        left_out=one.left_out | other.left_out,
        declined=one.declined | other.declined,
        extra=join_unknown(one.extra, other.extra),
    )


def _latest(note: ItemNote) -> tuple[object, ...]:
    stamps = [(seen.revision, seen.count) for seen in note.seen.values()]
    return max(stamps, default=("", -1)), note.tracker, note.host, note.id, note.key, note.spec, note.url


def _later(seen: Sighting) -> tuple[object, ...]:
    """Of two with one revision and count the one that knows it for an edit of ours: the other only saw it."""
    ours = not is_tracker(seen.origin)
    return seen.revision, seen.count, ours, seen.word is not None, seen.word or "", seen.origin, seen.by
