"""How a spec comes to its work item without creating one: by the config, by hand, by its marker, by a rename.

An item that is linked is looked at once, with its own history: what nobody ever set there has nothing to say,
so a spec may speak first; what somebody set is the tracker's, and a difference becomes a question.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lspec_git.adapters.base import Event, PMAdapter, WorkItem
from lspec_git.core.documents import How, Link, Sighting, tracker_origin
from lspec_git.core.edits import BIRTH, History
from lspec_git.core.spec import SpecId, Values
from lspec_git.engine.pairs import Row, Seat, empty_note
from lspec_git.errors import UsageError
from lspec_git.ledger import Ledger, sees
from lspec_git.local import Local

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


def carry_renames(local: Local, ledger: Ledger, at: Seat, found: dict[SpecId, Row], history: History) -> None:
    """Give specs that were renamed the links of their former names, where those names are gone."""
    for spec, row in list(found.items()):
        if row.link is not None:
            continue
        former = _former(local, ledger, at, spec, history)
        link = ledger.link(former, at.name) if former else None
        if former is not None and link is not None:
            ledger.put_link(spec, at.name, link)
            ledger.put_moved(former, spec)
            found[spec] = Row(row.file, row.selection, ledger.link(spec, at.name))


def _former(local: Local, ledger: Ledger, at: Seat, spec: SpecId, history: History) -> SpecId | None:
    """The latest name that a spec had before and was linked by, where no other spec bears it now."""
    name, tried = str(spec), set[str]()
    while name in history.renamed and name not in tried:
        tried.add(name)
        name = history.renamed[name]
        root, _, directory = name.rpartition("/")
        former = SpecId(root, directory)
        link = ledger.link(former, at.name)
        if former not in local.specs and link is not None and link.item:
            return former
    return None


def check_alone(ledger: Ledger, row: Row, found: Mapping[SpecId, Row]) -> None:
    """Refuse a link that a rename took along, where the old name is back beside the new one."""
    root, _, name = ledger.links(row.spec).moved.rpartition("/")
    other = found.get(SpecId(root, name))
    if row.link and row.linked and other and other.link and other.link.item == row.link.item:
        raise UsageError(
            f"{row.spec} was renamed to {other.spec}, which has its work item #{row.link.key} now",
            f"if it is a spec of its own: git lspec unlink {row.spec}, then link it to another issue",
        )


def check_target(row: Row, at: Seat) -> None:
    """Refuse a link that leads to another project than the config names now."""
    if row.link and row.link.item and row.link.target != at.target:
        raise UsageError(
            f"{row.spec} is linked to {row.link.target}#{row.link.key}, but the config names {at.target}",
            f"if the project moved for good: git lspec unlink {row.spec}, then link it again",
        )
