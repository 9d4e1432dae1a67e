"""How a spec comes to its work item without creating one: by the config, by hand, by its marker, by a rename.

An item that is linked is looked at once, with its own history: what nobody ever set there has nothing to say,
so a spec may speak first; what somebody set is the tracker's, and a difference becomes a question.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from lspec_git.adapters.base import Event, PMAdapter, WorkItem
from lspec_git.core.documents import How, Link, Sighting, tracker_origin
from lspec_git.core.edits import BIRTH, History
from lspec_git.core.spec import SpecId, Values
from lspec_git.engine.claims import unsent
from lspec_git.engine.pairs import Row, Seat, empty_note
from lspec_git.errors import UsageError
from lspec_git.ledger import Ledger, sees
from lspec_git.local import Local
from lspec_git.records import Records

AUTHORED: Final = frozenset({"title"})
"""Fields that every work item gets from its author: never unsaid, whatever the history shows."""


def first_sight(
    item: WorkItem, values: Values, events: Mapping[str, Event], *, ours: bool
) -> dict[str, Sighting]:
    """What is seen of an item at first; `events` hold the last change of each field.

    What an item of `ours` was created with is no news from the tracker.
    """
    seen: dict[str, Sighting] = {}
    for name in set(item.words) | set(values):
        word = item.words.get(name)
        event = events.get(name)
        said = (
            event is not None and event.when > item.created if ours else name in AUTHORED or event is not None
        )
        if word is None and not said:
            continue
        by = f"{event.who} at {event.when}" if event else ""
        seen[name] = Sighting(word, item.revision, 1, tracker_origin(item.revision, 1) if said else BIRTH, by)
    return seen


def attach(
    ledger: Ledger, adapter: PMAdapter, at: Seat, row: Row, values: Values, item: WorkItem, how: How
) -> Row:
    """Stage the link of a spec to an item that exists, and what is seen of it. Costs one request."""
    link = Link(target=at.target, serial=0, how=how, item=item.ref.id, key=item.ref.key, url=item.url)
    ledger.put_link(row.spec, at.name, link)
    where = at.at(item.ref.id)
    note = ledger.item(where) or empty_note(at, row, link)
    if not note.seen:
        events = {event.field: event for event in adapter.history(item.ref, "")}
        note = sees(note, first_sight(item, values, events, ours=how == "created"))
    ledger.put_item(where, note)
    return Row(row.file, row.selection, ledger.link(row.spec, at.name))


def owner(ledger: Ledger, at: Seat, item: str, but: SpecId) -> str | None:
    """Another spec that is linked to an item, by its name."""
    for note in ledger.all_links():
        link = note.links.get(at.name)
        if (
            link
            and link.item == item
            and link.target == at.target
            and str(but) not in (note.spec, note.moved)
        ):
            return note.spec
    return None


def former_roots(local: Local, ledger: Ledger, at: Seat, some: Iterable[Row]) -> frozenset[str]:
    """Folders that were specs roots when specs got their items, and are listed no more.

    The item of a linked spec remembers its first name; one without a link may come from any root of old.
    """
    rows = tuple(some)
    notes = (ledger.item(at.at(row.link.item)) for row in rows if row.link and row.link.item)
    names = {note.spec for note in notes if note and note.spec}
    if any(row.link is None for row in rows):
        names |= {note.spec for note in ledger.all_links() if at.name in note.links}
    return local.unlisted(names)


def carry_renames(
    local: Local,
    ledger: Ledger,
    at: Seat,
    found: dict[SpecId, Row],
    history: History,
    former: Collection[str],
) -> dict[SpecId, UsageError]:
    """Give specs that were renamed the links or claims of their former names, where those names are gone.

    A spec has another name as well where its folder belongs to another root than before (`former`). Returns
    the specs of which that cannot be told, with the reason.
    """
    doubtful: dict[SpecId, UsageError] = {}
    for spec, row in sorted(found.items(), key=lambda each: each[0]):
        if row.link is not None:
            continue
        try:
            before = _renamed(local, ledger, at, spec, history) or _rerooted(local, ledger, at, row, former)
        except UsageError as error:
            doubtful[spec] = error
            continue
        if before is not None and (link := ledger.link(before, at.name)):
            ledger.put_link(spec, at.name, link)
            ledger.put_moved(before, spec)
            found[spec] = Row(row.file, row.selection, ledger.link(spec, at.name))
    return doubtful


def _rerooted(local: Local, ledger: Ledger, at: Seat, row: Row, former: Collection[str]) -> SpecId | None:
    """What a linked spec was called under a root that is none any more; not if another took its link."""
    before = local.once(row.file, former)
    link = ledger.link(before, at.name) if before else None
    if before is None or link is None or not (link.item or link.claim):
        return None
    alike = (file for spec, file in local.specs.items() if spec.name == row.spec.name and spec != row.spec)
    rivals = [file.id for file in alike if local.once(file, former) == before]
    taken = (ledger.link(rival, at.name) for rival in rivals)
    if any(one and one.item and one.item == link.item for one in taken):
        return None
    if rivals:
        raise UsageError(
            f"{before} is linked to {link.target}#{link.key}, and {before.root} is no specs root any more: "
            f"{' and '.join(map(str, sorted([row.spec, *rivals])))} could each be that spec",
            "rename all of them but one (git mv), commit and sync; then the names are free again",
        )
    return before


def _renamed(local: Local, ledger: Ledger, at: Seat, spec: SpecId, history: History) -> SpecId | None:
    name, tried = str(spec), set[str]()
    while name in history.renamed and name not in tried:
        tried.add(name)
        name = history.renamed[name]
        former = SpecId.of(name)
        link = ledger.link(former, at.name)
        if former not in local.specs and link is not None and (link.item or link.claim):
            return former
    return None


def check_name(local: Local, ledger: Ledger, at: Seat, row: Row) -> None:
    """Refuse a link that went along with another spec, which had this one's name before."""
    note = ledger.links(row.spec)
    other = SpecId.of(note.moved)
    taken = ledger.link(other, at.name) if note.moved and other in local.specs else None
    if row.link and taken and row.linked and (row.link.item, row.link.target) == (taken.item, taken.target):
        raise UsageError(
            f"{row.spec} is a new spec by a name that {other} had: "
            f"{taken.target}#{taken.key} went along there",
            f"git lspec unlink {row.spec}, then link it to a work item of its own; or give it another name",
        )


def check_target(row: Row, at: Seat, records: Records) -> None:
    """Refuse a link that leads to another project than the config names now, and a create that may be there.

    The link stays with its target: nothing is written there, and no second item is made here.
    """
    link = row.link
    if link is None or link.target == at.target:
        return
    names = f"but the config names {at.target} (line {row.selection.line or at.config.line})"
    if link.item:
        raise UsageError(
            f"{row.spec} is linked to {link.target}#{link.key}, {names}",
            f"to go back: let the mapping of {link.target} select it again\n"
            f"if it moved for good: git lspec unlink {row.spec}, then link it again",
        )
    if link.claim and not unsent(link.claim, records.clone(), records.journal()):
        raise UsageError(
            f"a work item of {row.spec} may just have been created on {link.target}, {names}",
            f"let the mapping of {link.target} select it again and sync, so that it is found\n"
            f"if there is none: git lspec unlink {row.spec}, then link it to one",
        )
