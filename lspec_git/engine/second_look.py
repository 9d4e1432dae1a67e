"""Before an edit is published onto an item that somebody moved: did the word leave, and come back?

The word alone cannot tell. Another clone may have published the same edit since this run fetched its notes,
and a person set the field back: to publish again would make the tracker flap. The tracker's own history
tells; it is asked only where the item moved and there is something to publish.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from lspec_git.adapters.base import Event, ItemRef, PMAdapter
from lspec_git.core.actions import Action, SetRemote
from lspec_git.core.documents import Sighting, tracker_origin
from lspec_git.core.plan import Pair
from lspec_git.core.spec import FieldName
from lspec_git.ledger import sees


def looked_again(adapter: PMAdapter, pair: Pair, plan: Iterable[Action]) -> Pair:
    """The pair with what the tracker's history adds to it; the same one where that is nothing."""
    names = {action.field for action in plan if isinstance(action, SetRemote)}
    if pair.untouched or not names:
        return pair
    oldest = min((pair.note.seen[name].revision for name in names if name in pair.note.seen), default="")
    events = tuple(adapter.history(ItemRef(pair.item.id, pair.item.key), oldest))
    news = dict(_returned(pair, names, events))
    return replace(pair, note=sees(pair.note, news)) if news else pair


def _returned(
    pair: Pair, names: set[FieldName], events: Collection[Event]
) -> Iterable[tuple[FieldName, Sighting]]:
    """Fields that held another word since theirs was first seen: it is news of the tracker now."""
    for name in names & pair.note.seen.keys():
        last = pair.note.seen[name]
        # Of the second in which the word was seen nobody can say what came first.
        since = [event for event in events if event.field == name and event.when > last.revision]
        if any(event.word != last.word for event in since):
            by = f"{since[-1].who} at {since[-1].when}"
            count = last.count + 1
            origin = tracker_origin(pair.revision, count)
            yield name, Sighting(last.word, pair.revision, count, origin, by)
