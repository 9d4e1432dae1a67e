"""What a run keeps for the next one: how far it read each target, and which specs are still open."""

from __future__ import annotations

from collections.abc import Iterable

from lspec_git.adapters.base import Changes, WorkItem
from lspec_git.core.actions import Action, Agree, SetLocal
from lspec_git.core.spec import SpecId
from lspec_git.engine.apply import Applier
from lspec_git.engine.observe import Observed, Scene, moved_on
from lspec_git.engine.report import Report

MANY_WRITES = 50
"""From so many own writes on, the listing is read once more at the end, so that the next run is settled."""


def keep_revisions(scene: Scene, seen: Observed) -> None:
    """Keep what was looked at; an item that changed and was not looked at will be read by its id."""
    looked = {pair.item.id for pair in seen.pairs}
    for item in seen.changes.items:
        key = seen.at.key(item.ref.id)
        if item.ref.id not in looked and seen.revisions.get(key, item.revision) != item.revision:
            seen.revisions[key] = ""
    scene.records.save_revisions(seen.revisions)
    scene.records.save_looks(seen.looks)


def keep_cursor(scene: Scene, applier: Applier, account: str) -> None:
    """Keep where reading stopped: everything up to there was dealt with."""
    cursors = scene.records.cursors()
    changes = _closing(scene, applier)
    cursors[account] = moved_on(changes, applier.seen.full, cursors.get(account), scene.now)
    scene.records.save_cursors(cursors)


def _closing(scene: Scene, applier: Applier) -> Changes:
    """After many own writes the listing is read once more, so that the next run need not page through them.

    Kept only if it holds nothing but those: what somebody else did meanwhile is for the next run.
    """
    seen = applier.seen
    if applier.written < MANY_WRITES:
        return seen.changes
    after = seen.adapter.changes(seen.changes.cursor)
    return seen.changes if any(_news(scene, seen, item) for item in after.items) else after


def _news(scene: Scene, seen: Observed, item: WorkItem) -> bool:
    """Whether a linked item is not as this run left it; revisions may be too coarse to tell."""
    note = scene.ledger.item(seen.at.at(item.ref.id))
    if note is None:
        return False
    same = seen.revisions.get(seen.at.key(item.ref.id)) == item.revision
    return not same or any(item.words.get(name) != one.word for name, one in note.seen.items())


def left(report: Report, plan: Iterable[Action]) -> set[SpecId]:
    """Specs of which something is still to be done, or to be told again."""
    done = {id(one.action) for one in report.done if not isinstance(one.action, SetLocal)}
    return {action.spec for action in plan if not isinstance(action, Agree) and id(action) not in done}
