"""Carry out a plan for one tracker: journal, send, record; item by item, so that one failure stops nothing.

A write is journalled before it is sent. What the tracker confirmed goes into the notes, a commit per batch,
and only then is the journal cleared: killed anywhere, the next run finds out and goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby

from lspec_git.adapters.base import Change, Draft, Edit, ItemRef, Marker, Outcome, Result, WorkItem
from lspec_git.core.actions import Create, ItemKey, SetRemote
from lspec_git.core.documents import Heard, ItemNote, Lease, Link, Sighting
from lspec_git.core.edits import BIRTH, History, Version
from lspec_git.core.spec import SpecId, legible
from lspec_git.engine.claims import may_send
from lspec_git.engine.observe import Observed, Scene
from lspec_git.engine.pairs import look_at
from lspec_git.engine.recover import heard_now
from lspec_git.engine.refusals import name
from lspec_git.engine.report import Done, Failure
from lspec_git.errors import AuthError, NotFound
from lspec_git.ledger import hears, sees
from lspec_git.records import Entry, Refusal, Sent

BATCH = 20
"""Writes between two commits of the notes: few enough that finding out after a kill stays cheap."""

FAILED = {
    Result.REFUSED: "refused",
    Result.RETRY: "not sent; the next run tries again",
    Result.STALE: "the item moved on meanwhile; the next run decides anew",
    Result.UNKNOWN: "no answer; the next run finds out whether it landed",
}


@dataclass(slots=True)
class Applier:
    """One tracker's writes in one run. `tick` is called once for each item dealt with."""

    scene: Scene
    seen: Observed
    tick: Callable[[], None]
    link_to: Callable[[str], str]
    """The path of a spec to a link that people can follow; empty where there is none."""
    open: set[SpecId] = field(default_factory=set)
    """Specs whose writes did not all go through, or whose item moved meanwhile."""
    written: int = 0
    late: int = 0
    """Creates that were not sent any more, since their claims had run out."""
    where: str = ""
    """The context that refusals are kept with."""
    refusals: dict[str, Refusal] = field(default_factory=dict)
    unanswered: list[Entry] = field(default_factory=list)
    """Journalled writes whose outcome is not known; creates of former runs that still wait are among them."""

    # -- edits

    def edits(self, actions: Iterable[SetRemote]) -> None:
        """Publish: one edit per item, a commit of the notes per batch."""
        ordered = sorted(actions, key=lambda action: action.item)
        grouped = [(item, tuple(some)) for item, some in groupby(ordered, key=lambda action: action.item)]
        for start in range(0, len(grouped), BATCH):
            with self._recording("publish"):
                for item, some in grouped[start : start + BATCH]:
                    self._edit(item, some)

    def _edit(self, item: ItemKey, actions: Sequence[SetRemote]) -> None:
        sent = tuple(Sent(a.field, a.to, a.new, tuple(sorted(a.edits))) for a in actions)
        first = actions[0]
        target = self.seen.at.target
        entry = Entry(target, str(first.spec), first.revision, item=item.id, key=item.key, fields=sent)
        changes = {action.field: Change(action.word, action.to) for action in actions}
        edit = Edit(ItemRef(item.id, item.key), first.revision, changes)
        outcome = self._send(entry, lambda: self.seen.adapter.push([edit]))
        self._edited(item, actions, sent, outcome)
        self.tick()

    def _edited(
        self, item: ItemKey, actions: Sequence[SetRemote], sent: Sequence[Sent], outcome: Outcome
    ) -> None:
        spec = actions[0].spec
        self._complain(f"{spec} {self.seen.at.target}#{item.key}", spec, outcome)
        self._refusals(actions, outcome)
        if outcome.result is not Result.DONE or outcome.item is None:
            return
        self.written += 1
        at = self.seen.at.at(item.id)
        before = self.scene.ledger.item(at) or ItemNote(at.tracker, at.host, at.id, item.key, str(spec))
        note = before
        for one in sent:
            if one.field not in outcome.refused:
                note = heard_now(note, outcome.item, one)
                past = self.seen.history.of_field(str(spec), one.field)
                note = hears(note, *(Heard(edit, one.field, one.value) for edit in past))
        self.scene.ledger.put_item(at, note)
        self._look(item.id, before, note)
        self._remember(spec, outcome.item, note, {action.field for action in actions})
        self.scene.report.done.extend(
            Done(action, item.key, outcome.item.url)
            for action in actions
            if action.field not in outcome.refused
        )

    def _refusals(self, actions: Sequence[SetRemote], outcome: Outcome) -> None:
        """Keep what was refused as it stands, and strike off what went through."""
        for action in actions:
            said = [w.partition(": ")[2] for w in outcome.warnings if w.startswith(f"{action.field}: ")]
            if outcome.result is Result.REFUSED or action.field in outcome.refused:
                why = (said or [outcome.message])[0]
                edits = tuple(sorted(action.edits))
                self.refusals[name(action)] = Refusal(edits, self.where, self.scene.now, why)
            elif outcome.result is Result.DONE:
                self.refusals.pop(name(action), None)

    def _remember(self, spec: SpecId, item: WorkItem, note: ItemNote, ours: set[str]) -> None:
        """Keep the revision, unless somebody else changed something meanwhile: then the next run reads it."""
        key = self.seen.at.key(item.ref.id)
        foreign = any(
            item.words.get(name) != seen.word for name, seen in note.seen.items() if name not in ours
        )
        if foreign:
            self.seen.revisions[key] = ""
            self.open.add(spec)
        else:
            self.seen.revisions[key] = item.revision

    def _look(self, item: str, before: ItemNote, now: ItemNote) -> None:
        """Keep what this clone knows the item to hold, unless another clone's notes came in between."""
        key = self.seen.at.key(item)
        if self.seen.looks.get(key) in (None, look_at(before)):
            self.seen.looks[key] = look_at(now)

    # -- creates

    def creates(self, actions: Iterable[Create], leases: Mapping[SpecId, Lease]) -> None:
        """Create under claims that are recorded already; each is checked once more just before it is sent.

        What has no lease was not granted one, and waits.
        """
        ordered = sorted((a for a in actions if a.spec in leases), key=lambda action: action.spec)
        for start in range(0, len(ordered), BATCH):
            with self._recording("create"):
                for action in ordered[start : start + BATCH]:
                    self._create(action, leases[action.spec])

    def _create(self, action: Create, lease: Lease) -> None:
        link = self.scene.ledger.link(action.spec, self.seen.at.name)
        mine = link is not None and link.claim == lease and not link.item
        if not mine or not may_send(lease, self.seen.clock, self.scene.config.state):
            self.open.add(action.spec)
            self.late += mine
            return
        marker = Marker(lease.uuid, str(action.spec))
        target = self.seen.at.target
        entry = Entry(target, str(action.spec), lease.time, uuid=lease.uuid, epoch=lease.epoch)
        draft = Draft(marker, action.words, action.labels, self.link_to(action.path), summary(action))
        outcome = self._send(entry, lambda: self.seen.adapter.create([draft]))
        self._complain(str(action.spec), action.spec, outcome)
        if outcome.result is Result.DONE and outcome.item is not None:
            self.created(action, outcome.item, outcome.refused)
            # What was sent under an earlier epoch bears the same uuid: it is looked for no more.
            self.unanswered = [each for each in self.unanswered if each.uuid != lease.uuid]
            self.written += 1
        self.tick()

    def created(self, action: Create, item: WorkItem, refused: frozenset[str]) -> None:
        """Stage the link, what the tracker heard, and what it holds; nothing here asks anybody anything."""
        at, ledger = self.seen.at, self.scene.ledger
        link = Link(
            target=at.target, serial=0, how="created", item=item.ref.id, key=item.ref.key, url=item.url
        )
        ledger.put_link(action.spec, at.name, link)
        version = self.seen.history.versions[action.path]
        note = ItemNote(
            at.name, at.at(item.ref.id).host, item.ref.id, item.ref.key, str(action.spec), item.url
        )
        known = _as_created(note, action, item, version, self.seen.history, refused)
        ledger.put_item(at.at(item.ref.id), known)
        self._look(item.ref.id, note, known)
        self.seen.revisions[at.key(item.ref.id)] = item.revision
        self.scene.report.done.append(Done(action, item.ref.key, item.url))
        self.scene.report.links[at.target] += 1

    # -- both

    def _complain(self, subject: str, spec: SpecId, outcome: Outcome) -> None:
        self.scene.report.warn(*(f"{subject}: {warning}" for warning in outcome.warnings))
        if outcome.result is Result.DONE and not outcome.refused:
            return
        self.open.add(spec)
        said = (
            outcome.message
            or FAILED.get(outcome.result, "")
            or f"not written: {', '.join(sorted(outcome.refused))}"
        )
        self.scene.report.failures.append(Failure(subject, said))

    def _send(self, entry: Entry, send: Callable[[], Iterable[Outcome]]) -> Outcome:
        """Journal, send, and strike the entry off again once the answer says whether it landed."""
        self.unanswered.append(entry)
        self.scene.records.enter(entry)
        try:
            outcome = next(iter(send()))
        except (AuthError, NotFound):
            self.unanswered.remove(entry)  # a clear no: nothing was written
            raise
        if outcome.result is not Result.UNKNOWN:
            self.unanswered.remove(entry)
        return outcome

    @contextmanager
    def _recording(self, verb: str) -> Iterator[None]:
        """Record what was confirmed, also when the run is stopped in the middle of a batch."""
        before = self.written
        try:
            yield
        finally:
            self.scene.ledger.flush(f"lspec: {verb} {self.written - before} on {self.seen.at.target}")
            self.scene.records.save_revisions(self.seen.revisions)
            self.scene.records.save_looks(self.seen.looks)
            self.scene.records.keep_journal(self.unanswered)
            self.scene.records.save_refusals(self.refusals)


def _as_created(
    note: ItemNote,
    action: Create,
    item: WorkItem,
    version: Version,
    history: History,
    refused: frozenset[str],
) -> ItemNote:
    """Everything that the item holds came from us: each word's origin is the edit behind the spec's value.

    The edits that others took the place of before have nothing to say any more, nor has what was removed.

    What was refused has not been heard, and the word that stands there instead is nobody's edit: known to
    every history, so that the next run publishes.
    """
    seen = {
        name: Sighting(
            item.words.get(name), item.revision, 1, BIRTH if name in refused else min(version.behind(name))
        )
        for name in set(item.words) | set(action.words)
    }
    heard = (
        Heard(edit, name, action.values.get(name))
        for name in version.edits.keys() - refused
        for edit in version.behind(name) | history.of_field(str(action.spec), name)
    )
    return hears(sees(note, seen), *heard)


def summary(action: Create) -> str:
    """One sentence for people who open the work item."""
    name = legible(str(action.spec))
    return f"The spec `{name}` is kept in git; its status and labels here follow it, and it follows them."
