"""Observe one tracker against HEAD: what changed on either side since this clone last looked, as pairs.

Reads as little as possible: specs that no commit touched and whose items did not move are not even parsed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from lspec_git.adapters.base import Changes, ItemRef, PMAdapter, WorkItem
from lspec_git.core.config import Config
from lspec_git.core.documents import How, Link
from lspec_git.core.edits import History
from lspec_git.core.plan import Pair
from lspec_git.core.spec import SpecId, Values
from lspec_git.engine.claims import Clock
from lspec_git.engine.links import attach, carry_renames, check_name, check_target, former_roots, owner
from lspec_git.engine.pairs import Row, Seat, empty_note, look_at, pair, rows, used_tags, words_of
from lspec_git.engine.progress import Progress, silent
from lspec_git.engine.recover import bind_pulled, settle_journal, specs_of
from lspec_git.engine.report import Report
from lspec_git.errors import GitError, NotFound, UsageError
from lspec_git.ledger import DAMAGED, Ledger
from lspec_git.local import Local
from lspec_git.records import Cursor, Pulled, Records, Settled

DAY = 24 * 60 * 60
MANY = 3
"""So many items gone at once, and none there: that tells of the token rather than of the items."""


@dataclass(slots=True)
class Observed:
    """What the planner gets for one tracker, and what the run needs to go on."""

    at: Seat
    adapter: PMAdapter
    changes: Changes
    clock: Clock
    pairs: list[Pair] = field(default_factory=list)
    unlinked: dict[SpecId, Row] = field(default_factory=dict)
    tags: frozenset[str] = frozenset()
    history: History = field(default_factory=History)
    waiting: list[Pulled] = field(default_factory=list)
    revisions: dict[str, str] = field(default_factory=dict)
    looks: dict[str, str] = field(default_factory=dict)
    stuck: set[SpecId] = field(default_factory=set)
    """Specs that cannot be read, or whose item cannot be used: to be told again in the next run."""
    linked: int = 0
    full: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """What all trackers of a run share."""

    local: Local
    config: Config
    ledger: Ledger
    records: Records
    report: Report
    only: Collection[SpecId]
    full: bool
    now: int
    """Epoch seconds of this host: only to tell whether a day has passed on it."""
    progress: Progress = silent
    alone: bool = False
    """Nobody is there, and the worktree tells nothing: a framework of hooks may have set edits aside."""


def observe(scene: Scene, at: Seat, adapter: PMAdapter, account: str) -> Observed:
    """Read the tracker and bring every spec that needs a look together with its item."""
    cursor = scene.records.cursors().get(account)
    with scene.progress(f"changes on {at.target}", 0):
        changes = adapter.changes(cursor.cursor if cursor else None)
    # At once: what else is read may take minutes, and a claim by a clock that is slow by them runs out early.
    clock = Clock.of(changes.now)
    settled_items = settle_journal(adapter, at, scene.ledger, scene.records)
    revisions, looks = scene.records.revisions(), scene.records.looks()
    seen = Observed(at, adapter, changes, clock, revisions=revisions, looks=looks)
    seen.full = scene.full or cursor is None or scene.now - cursor.full > DAY
    items = {item.ref.id: item for item in changes.items} | settled_items
    last = scene.records.settled()
    moved = moved_since(scene.local, scene.ledger, scene.config, last)
    if at.target in last.linked and moved == frozenset() and _nothing_new(scene, at, items, seen):
        seen.linked = last.linked[at.target]
        return seen
    found = rows(scene.local, scene.ledger, at, scene.only)
    seen.linked = sum(row.linked for row in found.values())
    look = _needs_look(scene, at, found, items, seen, moved)
    former = former_roots(scene.local, scene.ledger, at, (found[spec] for spec in look))
    with scene.progress("the history of the specs", 0):
        seen.history = scene.local.history((found[spec].file for spec in look), former)
    for spec, error in carry_renames(scene.local, scene.ledger, at, found, seen.history, former).items():
        _stuck(scene, seen, spec, error)
        look.discard(spec)
    pulled = scene.records.pulled()
    seen.waiting = bind_pulled(scene.local, at, scene.ledger, seen.history, pulled, lying=scene.alone)
    items |= _read(scene, adapter, at, found, look, items, seen)
    _bring_together(scene, at, adapter, found, look, items, seen)
    return seen


def _nothing_new(scene: Scene, at: Seat, items: Iterable[str], seen: Observed) -> bool:
    """Whether the tracker is as a whole run left it, too: then law 1 holds, and no note is read for it."""
    if scene.only or seen.full or scene.records.pulled() or "" in seen.revisions.values():
        return False
    return seen.revisions.keys().isdisjoint(at.key(item) for item in items)


def _needs_look(
    scene: Scene,
    at: Seat,
    found: Mapping[SpecId, Row],
    items: Mapping[str, WorkItem],
    seen: Observed,
    moved: frozenset[str] | None,
) -> set[SpecId]:
    """Specs that moved on either side, that were open, or of which this clone knows nothing yet."""
    if moved is None:
        return set(found)
    pulled = specs_of(scene.records.pulled())
    look = {spec for spec in found if spec in pulled or str(spec) in moved}
    for spec, row in found.items():
        link = row.link
        if link is None or not link.item:
            continue
        known = seen.revisions.get(at.key(link.item))
        if seen.full or not known or _moved(scene, at, items.get(link.item), known):
            look.add(spec)
    return look


def _moved(scene: Scene, at: Seat, item: WorkItem | None, known: str) -> bool:
    """Whether an item is not as the notes have it. Two states share a revision where it is whole seconds."""
    if item is None or item.revision != known:
        return item is not None
    note = scene.ledger.item(at.at(item.ref.id))
    return note is None or words_of(note) != item.words


def moved_since(local: Local, ledger: Ledger, config: Config, settled: Settled) -> frozenset[str] | None:
    """Names of specs that need a look although the rest is as a former run left it; None: all do."""
    same = settled.head and settled.notes == ledger.tip and settled.config == fingerprint(config, local)
    if not same or not local.ancestor()(settled.head, local.head):
        return None
    return local.touched(settled.head) | frozenset(settled.open)


def quiet_since(local: Local, ledger: Ledger, config: Config, settled: Settled) -> set[SpecId] | None:
    """Those of them that are in HEAD."""
    names = moved_since(local, ledger, config, settled)
    return None if names is None else {spec for spec in local.specs if str(spec) in names}


def fingerprint(config: Config, local: Local) -> str:
    """A name for everything that the config says, and LeanSpec's configs of the roots."""
    return sha256(repr((config, local.layouts)).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _read(
    scene: Scene,
    adapter: PMAdapter,
    at: Seat,
    found: Mapping[SpecId, Row],
    look: Iterable[SpecId],
    items: Mapping[str, WorkItem],
    seen: Observed,
) -> dict[str, WorkItem]:
    """Items that must be read by id: never seen by this clone, due for a full read, or `_doubtful`."""
    links = (found[spec].link for spec in look)
    refs = [
        ItemRef(link.item, link.key)
        for link in links
        if link and link.item and _doubtful(scene, at, items.get(link.item), link, seen)
    ]
    if not refs:
        return {}
    with scene.progress(f"reading {at.target}", len(refs)) as tick:
        read = _in_order(refs, _ticked(adapter.pull(refs), tick))
    if len(refs) >= MANY and all(item.gone for item in read):
        raise NotFound(
            f"none of the {len(refs)} work items that were asked for is to be seen in {at.target}",
            "does this token see less than the one before? (git lspec integrations)\n"
            "if they are gone for good: git lspec unlink SPEC",
        )
    return {ref.id: item for ref, item in zip(refs, read, strict=True)}


def _ticked(items: Iterable[WorkItem], tick: Callable[[], None]) -> Iterator[WorkItem]:
    for item in items:
        yield item
        tick()


def _doubtful(scene: Scene, at: Seat, item: WorkItem | None, link: Link, seen: Observed) -> bool:
    """Whether neither the listing nor the notes tell what an item holds now.

    Notes that another clone has written since this one looked may be older than that look; a listing that
    lags may be older than the notes.
    """
    key, note = at.key(link.item), scene.ledger.item(at.at(link.item))
    if item is not None:
        return note is not None and any(item.revision < one.revision for one in note.seen.values())
    unlike = note is None or seen.looks.get(key) != look_at(note)
    return seen.full or not seen.revisions.get(key) or unlike


def _in_order(refs: Iterable[ItemRef], items: Iterable[WorkItem]) -> list[WorkItem]:
    """Items in the order they were asked for: a transferred one answers under another id."""
    by_key = {item.ref: item for item in items}
    return [by_key.get(ref) or WorkItem(ref, "", {}, gone="not found or not visible") for ref in refs]


def _bring_together(
    scene: Scene,
    at: Seat,
    adapter: PMAdapter,
    found: dict[SpecId, Row],
    look: Iterable[SpecId],
    items: Mapping[str, WorkItem],
    seen: Observed,
) -> None:
    ordered = sorted(look)
    seen.tags = (
        used_tags(scene.local, found.values(), at, [item.words for item in items.values()])
        if ordered
        else frozenset()
    )
    for spec in ordered:
        row = found[spec]
        if _skipped(scene, row, seen) or _damaged(scene, at, row, seen):
            continue
        try:
            check_name(scene.local, scene.ledger, at, row)
            check_target(row, at, scene.records)
            row = _by_config(scene, at, adapter, row, seen)
        except UsageError as error:
            _stuck(scene, seen, spec, error)
            continue
        if row.linked:
            pair_up(scene, at, row, items, seen)
        elif row.link is None or row.link.how != "unlinked":
            seen.unlinked[spec] = row


def _stuck(scene: Scene, seen: Observed, spec: SpecId, error: UsageError) -> None:
    """Tell why a spec is left alone, now and in the next run."""
    scene.report.fail(str(spec), error)
    seen.stuck.add(spec)


def _skipped(scene: Scene, row: Row, seen: Observed) -> bool:
    """Unreadable specs are named, and left alone."""
    if scene.local.values(row.file) is not None and row.file.path in seen.history.versions:
        return False
    scene.report.problems.extend(p for p in scene.local.problems(row.file) if p.fatal)
    seen.stuck.add(row.spec)
    return True


def _damaged(scene: Scene, at: Seat, row: Row, seen: Observed) -> bool:
    """Specs whose note is damaged, or their item's, are left alone: unlinked they only seem to be."""
    damage = scene.ledger.damage(row.spec, at.at(row.link.item) if row.link and row.link.item else None)
    if damage is None:
        return False
    scene.report.fail(str(row.spec), GitError(f"{DAMAGED} ({damage})", "git lspec doctor"))
    seen.stuck.add(row.spec)
    return True


def _by_config(scene: Scene, at: Seat, adapter: PMAdapter, row: Row, seen: Observed) -> Row:
    """Link a spec to the item that its entry in the config names."""
    if row.link is not None or not row.selection.issue:
        return row
    row = link_to(scene, at, adapter, row, row.selection.issue, "config")
    seen.linked += 1
    return row


def link_to(scene: Scene, at: Seat, adapter: PMAdapter, row: Row, key: str, how: How) -> Row:
    """Link a spec to an existing item by its key. Raises UsageError where that cannot be."""
    item = next(iter(adapter.pull([ItemRef("", key)])))
    if item.gone:
        raise UsageError(f"{at.target}#{key}: {item.gone}", "check the number, and what the token may see")
    other = owner(scene.ledger, at, item.ref.id, row.spec)
    if other is not None:
        raise UsageError(
            f"{at.target}#{key} is linked to {other} already", f"first: git lspec unlink {other}"
        )
    values = scene.local.values(row.file) or {}
    return attach(scene.ledger, adapter, at, row, values, item, how)


def pair_up(scene: Scene, at: Seat, row: Row, items: Mapping[str, WorkItem], seen: Observed) -> None:
    """Bring a linked spec together with its item, or tell that the item is gone."""
    link = row.link
    if link is None:
        return
    item = items.get(link.item)
    if item is not None and item.gone:
        seen.stuck.add(row.spec)
        seen.revisions.pop(at.key(link.item), None)
        where = f" to {item.url}" if item.url else ""
        scene.report.fail(
            f"{row.spec} {at.target}#{link.key}",
            UsageError(
                f"the work item is gone: {item.gone}{where}", f"if that is meant: git lspec unlink {row.spec}"
            ),
        )
        return
    note = scene.ledger.item(at.at(link.item)) or empty_note(at, row, link)
    known = seen.revisions.get(at.key(link.item), "")
    made = pair(scene.local, seen.history, at, row, note, item, known, seen.tags, seen.waiting)
    if made is not None and scene.alone:
        made = replace(made, worktree=_as_pulled(made))
    if made is not None:
        scene.ledger.put_item(at.at(link.item), made.note)
        seen.pairs.append(made)
        seen.revisions[at.key(link.item)] = made.revision
        seen.looks[at.key(link.item)] = look_at(made.note)


def _as_pulled(pair: Pair) -> Values:
    """What the worktree holds as far as this clone remembers: HEAD's values, with the pulled ones."""
    return {name: one for name, one in {**pair.values, **pair.pulled}.items() if one is not None}


def moved_on(changes: Changes, full: bool, before: Cursor | None, now: int) -> Cursor:
    """The cursor to keep after everything that it delivered was dealt with."""
    return Cursor(changes.cursor, now if full else before.full if before else now)
