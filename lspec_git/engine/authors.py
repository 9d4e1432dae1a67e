"""Who set the two values of a conflict, and when: the spec's from git, the tracker's from its own history."""

from __future__ import annotations

from datetime import UTC, datetime

from lspec_git.adapters.base import ItemRef
from lspec_git.core.actions import Conflict
from lspec_git.core.edits import History, Made
from lspec_git.engine.observe import Observed
from lspec_git.ledger import Ledger, sees


def set_by(conflict: Conflict, seen: Observed, ledger: Ledger) -> tuple[str, str]:
    """(who set the spec's value and when, the same of the tracker's); empty where nobody can tell.

    The tracker is asked once; its answer is kept beside the sighting.
    """
    at = seen.at.at(conflict.item.id)
    note = ledger.item(at)
    sighting = note.seen.get(conflict.field) if note else None
    if note is None or sighting is None:
        return _local(conflict, seen.history), ""
    if not sighting.by:
        events = seen.adapter.history(ItemRef(conflict.item.id, conflict.item.key), "")
        who = [
            f"{e.who} at {e.when}" for e in events if e.field == conflict.field and e.word == conflict.word
        ]
        sighting = type(sighting)(
            sighting.word, sighting.revision, sighting.count, sighting.origin, who[-1] if who else "unknown"
        )
        ledger.put_item(at, sees(note, {conflict.field: sighting}))
    return _local(conflict, seen.history), "" if sighting.by == "unknown" else sighting.by


def _local(conflict: Conflict, history: History) -> str:
    made = [history.made[name] for name in conflict.edits if name in history.made]
    if not made:
        return ""
    last = max(made, key=_seconds)
    when = datetime.fromtimestamp(_seconds(last), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"{last.author.partition(' <')[0]} at {when} in {last.commit[:9]}"


def _seconds(made: Made) -> int:
    return int(made.author_time.split()[0])
