"""What an earlier run left unfinished: journalled writes, and pulled values that were committed since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lspec_git.adapters.base import ItemRef, PMAdapter, WorkItem
from lspec_git.core.documents import Heard, ItemNote, Known, LeftOut, Sighting
from lspec_git.core.edits import EditNames, History
from lspec_git.core.spec import SpecId, same
from lspec_git.engine.pairs import Seat
from lspec_git.git.history import committed_here
from lspec_git.ledger import Ledger, hears, leaves_out, sees, takes_in
from lspec_git.local import Local
from lspec_git.records import Entry, Pulled, Records, Sent


def settle_journal(adapter: PMAdapter, at: Seat, ledger: Ledger, records: Records) -> dict[str, WorkItem]:
    """Find out what became of journalled edits; returns the items that were read for that, by id.

    Journalled creates are settled by their claims. The caller clears the journal (see `left_open`) once the
    notes are written.
    """
    entries = [entry for entry in records.journal() if entry.target == at.target and entry.item]
    refs = {ItemRef(entry.item, entry.key) for entry in entries}
    items = {item.ref.id: item for item in adapter.pull(sorted(refs))} if refs else {}
    for entry in entries:
        item, note = items.get(entry.item), ledger.item(at.at(entry.item))
        if item is not None and not item.gone and note is not None:
            ledger.put_item(at.at(entry.item), _landed(adapter, at, entry, item, note))
    return {id: item for id, item in items.items() if not item.gone}


def left_open(at: Seat, ledger: Ledger, records: Records) -> list[Entry]:
    """Journalled writes that this run does not settle: another project's, and creates whose claim stands."""
    return [entry for entry in records.journal() if entry.target != at.target or _claimed(ledger, at, entry)]


def _claimed(ledger: Ledger, at: Seat, entry: Entry) -> bool:
    link = ledger.link(SpecId.of(entry.spec), at.name)
    return bool(link and link.claim and link.claim.uuid == entry.uuid)


def _landed(adapter: PMAdapter, at: Seat, entry: Entry, item: WorkItem, note: ItemNote) -> ItemNote:
    """The note, with the journalled edits heard that the tracker holds, or held at some time since."""
    holds = {sent.field for sent in entry.fields if _says(at, sent, item.words.get(sent.field))}
    missing = any(sent.field not in holds for sent in entry.fields)
    events = list(adapter.history(item.ref, entry.revision)) if missing else []
    for sent in entry.fields:
        if sent.field in holds:
            note = heard_now(note, item, sent)
        elif any(event.field == sent.field and _says(at, sent, event.word) for event in events):
            note = hears(note, *(Heard(edit, sent.field, sent.value) for edit in sent.edits))
    return note


def _says(at: Seat, sent: Sent, word: str | None) -> bool:
    """Whether a word is what was sent: trackers keep the spelling that a label or login had before."""
    lens = at.vocabulary.lens(sent.field)
    return lens is not None and lens.agrees(sent.value, word)


def heard_now(note: ItemNote, item: WorkItem, sent: Sent) -> ItemNote:
    """The note after a write of ours was confirmed: its edits are heard, and the word is theirs."""
    last = note.seen.get(sent.field)
    origin = min(sent.edits)
    if last is None or last.word != item.words.get(sent.field) or last.origin not in sent.edits:
        seen = Sighting(item.words.get(sent.field), item.revision, last.count + 1 if last else 1, origin)
        note = sees(note, {sent.field: seen})
    return hears(note, *(Heard(edit, sent.field, sent.value) for edit in sent.edits))


@dataclass(frozen=True, slots=True)
class _Commits:
    """Who committed here, and when, since a pull: an edit is told by both, which a rebase keeps."""

    made: frozenset[tuple[str, str]]

    @classmethod
    def since(cls, local: Local, moves: int) -> _Commits:
        """What was committed here since HEAD had moved so many times."""
        return cls(frozenset((one.author, one.author_time) for one in committed_here(local.repo, moves)))

    def any_of(self, edits: EditNames, history: History) -> bool:
        found = (history.made[name] for name in edits if name in history.made)
        return any((one.author, one.author_time) in self.made for one in found)


def bind_pulled(
    local: Local,
    at: Seat,
    ledger: Ledger,
    history: History,
    pulled: Iterable[Pulled],
    *,
    lying: bool = False,
) -> list[Pulled]:
    """Tell the notes what commits made here did with pulled values; returns the ones that still wait.

    `lying`: what HEAD lacks is taken to lie in the worktree still, which is not looked at.
    """
    records = tuple(pulled)
    marks = {one.moves for one in records if one.target == at.target and one.head != local.head}
    commits = {mark: _Commits.since(local, mark) for mark in marks}
    return [
        one
        for one in records
        if one.target != at.target
        or one.head == local.head
        or not _bind(local, at, ledger, history, one, commits[one.moves], lying=lying)
    ]


def _bind(
    local: Local,
    at: Seat,
    ledger: Ledger,
    history: History,
    record: Pulled,
    commits: _Commits,
    *,
    lying: bool,
) -> bool:
    """Whether a pull record has served: taken in, edited further, left out, or thrown away."""
    file = local.specs.get(SpecId.of(record.spec))
    note = ledger.item(at.at(record.item))
    version = history.versions.get(file.path) if file else None
    if file is None or note is None or version is None:
        return False
    value, edits = version.values.get(record.field), version.behind(record.field)
    if same(record.field, value, record.base):
        return not lying and _unchanged(local, at, ledger, record, note, commits)
    if not commits.any_of(edits, history):
        return False
    if same(record.field, value, record.new):
        note = hears(note, *(Heard(edit, record.field, value) for edit in edits))
    ledger.put_item(
        at.at(record.item), takes_in(note, *(Known(e, record.field, record.origin) for e in edits))
    )
    return True


def _unchanged(
    local: Local, at: Seat, ledger: Ledger, record: Pulled, note: ItemNote, commits: _Commits
) -> bool:
    """HEAD still has the old value: the pulled one lies in the worktree, was restored, or was left out."""
    file = local.specs[SpecId.of(record.spec)]
    found = local.in_worktree(file)
    if found is not None and same(record.field, found.get(record.field), record.new):
        return False
    before = local.objects.blob_at(record.head, record.path)
    if commits.made and (before is None or before[0] != file.oid):
        left = LeftOut(local.head, record.field, record.origin)
        ledger.put_item(at.at(record.item), leaves_out(note, left))
    return True


def specs_of(pulled: Sequence[Pulled]) -> frozenset[SpecId]:
    """The specs that wait for a commit to take a pulled value in."""
    return frozenset(SpecId.of(one.spec) for one in pulled)
