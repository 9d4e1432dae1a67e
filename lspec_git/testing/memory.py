"""A tracker in memory, and the adapter that speaks to it: for tests of everything above the adapters.

`MemoryTracker` is the shared truth of any number of `MemoryAdapter`s (people, clones). Its clock moves only
as the test says, and it fails on demand: answers lost before or after the deed, refusals, limits, late
landings, lists that lag, a process killed. Knows words only, the same that GitHub uses; no HTTP, no git.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import Final

from lspec_git.adapters.base import (
    Account,
    Capabilities,
    Change,
    Changes,
    Claim,
    Comment,
    Draft,
    Edit,
    Event,
    ItemRef,
    Marker,
    Outcome,
    Result,
    WorkItem,
)
from lspec_git.core.spec import TAG, tag_field
from lspec_git.errors import RateLimited, TrackerError, Unreachable

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
FIELDS: Final = frozenset({"title", "status", "priority", "assignee"})


class Killed(BaseException):
    """The process dies here. No `except Exception` catches it."""


class Fault(Enum):
    """What goes wrong with one operation. For reads: `LOST_*`, `LIMIT`, `REFUSE`, `KILL_*`."""

    LOST_BEFORE = "the request never arrives, and the sender cannot know"
    LOST_AFTER = "the deed is done, the answer is lost"
    LATE = "as LOST_BEFORE, but the deed is done `flight` seconds later"
    REFUSE = "the tracker says no"
    LIMIT = "the tracker asks to wait"
    STALE = "the item has moved on"
    DROP_LABELS = "tags are silently left out"
    DROP_PEOPLE = "the assignee is silently left out"
    KILL_BEFORE = "the process dies before the deed"
    KILL_AFTER = "the process dies after the deed, before it hears of it"


@dataclass(slots=True)
class _Record:
    """One work item as the tracker keeps it."""

    ref: ItemRef
    words: dict[str, str]
    created: datetime
    updated: datetime
    marker: Marker | None = None
    project: str = ""
    gone: str = ""


@dataclass(frozen=True, slots=True)
class _Step:
    """One item's state after one write: what a lagging list may still show."""

    ref: ItemRef
    when: datetime


@dataclass(slots=True)
class MemoryTracker:
    """The shared state. Tests read and change it directly; adapters only through their protocol."""

    target: str = "memory/octocat/specs"
    step: int = 1
    """Seconds that every write moves the clock by; 0 makes states share a revision, as whole seconds do."""
    lag: int = 0
    """Seconds until `changes` and `find` show a write; reading by id shows it at once."""
    flight: int = 60
    """Seconds until a write under `Fault.LATE` lands."""
    now: datetime = START
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Operation and item key of every request that an adapter sent."""
    _items: dict[str, _Record] = field(default_factory=dict)
    _steps: list[_Step] = field(default_factory=list)
    _past: dict[str, list[Event]] = field(default_factory=dict)
    _comments: list[Comment] = field(default_factory=list)
    _faults: dict[str, list[Fault | None]] = field(default_factory=dict)
    _landing: list[tuple[datetime, Draft | Edit, str]] = field(default_factory=list)

    # Under the test's control

    def fault(self, operation: str, fault: Fault, skip: int = 0) -> None:
        """Let the request after the next `skip` ones go wrong. `operation` is the adapter's method."""
        queue = self._faults.setdefault(operation, [])
        queue.extend([None] * (skip + 1 - len(queue)))
        queue[skip] = fault

    def heal(self) -> None:
        """Forget the faults that have not come up."""
        self._faults.clear()

    def tick(self, seconds: int = 1) -> None:
        """Let the clock move; what was sent late lands when its time comes."""
        end = self.now + timedelta(seconds=seconds)
        while first := min((each for each in self._landing if each[0] <= end), key=_when, default=None):
            self._landing.remove(first)
            self.now = max(self.now, first[0])
            self._land(*first[1:])
        self.now = max(self.now, end)

    def add(self, words: Mapping[str, str], who: str = "someone") -> ItemRef:
        """A person opens an item by hand."""
        return self._insert({"status": "open", **words}, None, who)

    def edit(self, ref: ItemRef, words: Mapping[str, str | None], who: str = "someone") -> None:
        """A person sets fields (None: clears) of an item by hand."""
        self._set(self._items[ref.id], words, who)

    def remove(self, ref: ItemRef, gone: str = "deleted", project: str = "") -> None:
        """A person deletes or hides an item, or moves it to another target (`project`); lists never tell."""
        record = self._items[ref.id]
        record.gone, record.project = gone, project or record.project

    def restore(self, ref: ItemRef) -> None:
        """What was gone is back, as it was."""
        record = self._items[ref.id]
        record.gone, record.project = "", self.target

    def say(self, ref: ItemRef, body: str, who: str = "someone") -> None:
        """A person comments on an item."""
        stamp = iso(self.now)
        number = str(len(self._comments) + 1)
        self._comments.append(Comment(ref, number, who, stamp, stamp, body, f"memory:comment/{number}"))

    def items(self) -> dict[str, WorkItem]:
        """Every item that is there, by key."""
        return {each.ref.key: self.shown(each) for each in self._items.values() if not each.gone}

    def words(self, ref: ItemRef) -> Mapping[str, str]:
        """What one item says, gone or not."""
        return dict(self._items[ref.id].words)

    # For the adapter

    def asked(self, operation: str, key: str = "") -> Fault | None:
        """Note a request and give the fault that it meets."""
        self.requests.append((operation, key))
        queue = self._faults.get(operation)
        return queue.pop(0) if queue else None

    def record(self, ref: ItemRef) -> _Record | None:
        """An item by id, or by key alone when the id is not known yet."""
        if ref.id:
            return self._items.get(ref.id)
        return next((each for each in self._items.values() if each.ref.key == ref.key), None)

    def shown(self, record: _Record) -> WorkItem:
        return WorkItem(
            ref=record.ref,
            revision=iso(record.updated),
            words=MappingProxyType(dict(record.words)),
            url=f"memory:{record.ref.key}",
            marker=record.marker,
            project=record.project,
            created=iso(record.created),
            gone=record.gone,
        )

    def create(self, draft: Draft, who: str) -> WorkItem:
        words = {k: v for k, v in draft.words.items() if k in FIELDS or k.startswith(TAG)}
        words.update({tag_field(each): each for each in draft.labels})
        ref = self._insert({"status": "open", **words}, draft.marker, who)
        return self.shown(self._items[ref.id])

    def change(self, edit: Edit, who: str) -> WorkItem:
        """Apply an edit's differences to what the item says now."""
        record = self._items[edit.ref.id]
        asked = {name: change.new for name, change in edit.changes.items()}
        if "assignee" in asked:
            asked["assignee"] = _people(record.words.get("assignee"), edit.changes["assignee"]) or None
        self._set(record, asked, who)
        return self.shown(record)

    def later(self, write: Draft | Edit, who: str) -> None:
        self._landing.append((self.now + timedelta(seconds=self.flight), write, who))

    def seen_steps(self) -> int:
        """How many writes a list shows by now."""
        shown_until = self.now - timedelta(seconds=self.lag)
        return sum(1 for each in self._steps if each.when <= shown_until)

    def moved_since(self, step: int) -> list[WorkItem]:
        """Items written after that many writes, as far as lists show them."""
        refs = {each.ref for each in self._steps[step : self.seen_steps()]}
        records = (self._items[each.id] for each in sorted(refs))
        return [self.shown(each) for each in records if not each.gone]

    def listed_since(self, since: str) -> list[WorkItem]:
        """Items created since a time, newest first, as far as lists show them."""
        until = iso(self.now - timedelta(seconds=self.lag))
        records = sorted(self._items.values(), key=lambda each: each.created, reverse=True)
        return [self.shown(each) for each in records if since <= iso(each.created) <= until and not each.gone]

    def past(self, ref: ItemRef) -> list[Event]:
        return list(self._past.get(ref.id, []))

    def said(self) -> list[Comment]:
        return list(self._comments)

    def _insert(self, words: Mapping[str, str], marker: Marker | None, who: str) -> ItemRef:
        self.tick(self.step)
        number = len(self._items) + 1
        ref = ItemRef(str(1000 + number), str(number))
        self._items[ref.id] = _Record(ref, {}, self.now, self.now, marker, self.target)
        self._note(self._items[ref.id], dict(words), who)
        return ref

    def _set(self, record: _Record, asked: Mapping[str, str | None], who: str) -> None:
        """Let an item say what is asked (None: nothing). Where it does already it is not a write at all."""
        if any(record.words.get(name) != word for name, word in asked.items()):
            self.tick(self.step)
            after = {**record.words, **asked}
            self._note(record, {name: word for name, word in after.items() if word is not None}, who)

    def _note(self, record: _Record, after: dict[str, str], who: str) -> None:
        past = self._past.setdefault(record.ref.id, [])
        for name in sorted(record.words.keys() | after.keys()):
            if record.words.get(name) != after.get(name):
                past.append(Event(name, after.get(name), iso(self.now), who))
        record.words, record.updated = after, self.now
        self._steps.append(_Step(record.ref, self.now))

    def _land(self, write: Draft | Edit, who: str) -> None:
        if isinstance(write, Draft):
            self.create(write, who)
        elif (record := self._items.get(write.ref.id)) and not record.gone:
            self.change(write, who)


def _when(landing: tuple[datetime, Draft | Edit, str]) -> datetime:
    return landing[0]


class MemoryAdapter:
    """One person's (`login`) way to a `MemoryTracker`: a `PMAdapter` like any other."""

    def __init__(self, tracker: MemoryTracker, login: str = "me", can_write: bool = True) -> None:
        self.tracker, self.login, self.can_write = tracker, login, can_write

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(FIELDS, tags=True, webhooks=True)

    def changes(self, cursor: str | None) -> Changes:
        self._read("changes")
        now = str(self.tracker.seen_steps())
        items = () if cursor is None else tuple(self.tracker.moved_since(int(cursor)))
        return Changes(now, items, iso(self.tracker.now))

    def pull(self, refs: Sequence[ItemRef]) -> Iterator[WorkItem]:
        for ref in refs:
            self._read("pull", ref.key)
            record = self.tracker.record(ref)
            yield (
                self.tracker.shown(record)
                if record
                else WorkItem(ref, "", {}, gone="not found or not visible")
            )

    def push(self, edits: Sequence[Edit]) -> Iterator[Outcome]:
        for edit in edits:
            yield self._write("push", edit)

    def create(self, drafts: Sequence[Draft]) -> Iterator[Outcome]:
        for draft in drafts:
            yield self._write("create", draft)

    def find(self, claims: Sequence[Claim]) -> Iterator[WorkItem]:
        if not claims:
            return
        self._read("find")
        uuids = {each.marker.uuid for each in claims} - {""}
        specs = {each.marker.spec for each in claims if not each.marker.uuid}
        for item in self.tracker.listed_since(min(each.since for each in claims)):
            if item.marker and (item.marker.uuid in uuids or item.marker.spec in specs):
                yield item

    def history(self, ref: ItemRef, since: str) -> Iterator[Event]:
        self._read("history", ref.key)
        yield from (each for each in self.tracker.past(ref) if each.when >= since)

    def comments(self, refs: Sequence[ItemRef], since: str | None) -> Iterator[Comment]:
        self._read("comments")
        known = set(refs)
        yield from (c for c in self.tracker.said() if c.ref in known and c.updated >= (since or ""))

    def check(self) -> Account:
        self._read("check")
        missing = () if self.can_write else ("write access to the project",)
        return Account(self.login, self.tracker.target, self.can_write, missing=missing)

    def parse_event(self, headers: Mapping[str, str], body: bytes) -> frozenset[str]:
        """Under the header `X-Memory-Event` the body is the item's key."""
        return frozenset({body.decode("ascii", "replace")}) if "X-Memory-Event" in headers else frozenset()

    def _read(self, operation: str, key: str = "") -> None:
        fault = self.tracker.asked(operation, key)
        if fault in {Fault.KILL_BEFORE, Fault.KILL_AFTER}:
            raise Killed(operation)
        if fault is Fault.LIMIT:
            raise RateLimited("the tracker asks to wait 90 s (rate limit)", "try again then", 90.0)
        if fault in {Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.LATE}:
            raise Unreachable("the connection broke", "try again")
        if fault is not None:
            raise TrackerError(f"the tracker refuses to {operation}")

    def _write(self, operation: str, write: Draft | Edit) -> Outcome:
        key = write.ref.key if isinstance(write, Edit) else write.marker.uuid
        fault = self.tracker.asked(operation, key)
        undone = self._undone(operation, fault, write) or self._unfit(write)
        if undone:
            return undone
        item, warnings, refused = self._do(write, fault)
        if fault is Fault.KILL_AFTER:
            raise Killed(operation)
        if fault is Fault.LOST_AFTER:
            return Outcome(Result.UNKNOWN, message="the answer was lost")
        return Outcome(Result.DONE, item, warnings=warnings, refused=refused)

    def _undone(self, operation: str, fault: Fault | None, write: Draft | Edit) -> Outcome | None:
        if fault is Fault.KILL_BEFORE:
            raise Killed(operation)
        if fault is Fault.LATE:
            self.tracker.later(write, self.login)
        said = {
            Fault.LATE: (Result.UNKNOWN, "the answer was lost"),
            Fault.LOST_BEFORE: (Result.UNKNOWN, "the answer was lost"),
            Fault.REFUSE: (Result.REFUSED, "the tracker says no"),
            Fault.LIMIT: (Result.RETRY, "the tracker asks to wait 90 s (rate limit)"),
            Fault.STALE: (Result.STALE, "the item has moved on"),
        }
        return Outcome(said[fault][0], message=said[fault][1]) if fault in said else None

    def _unfit(self, write: Draft | Edit) -> Outcome | None:
        if not self.can_write:
            return Outcome(Result.REFUSED, message="no write access to the project")
        if isinstance(write, Draft):
            return (
                None if write.words.get("title") else Outcome(Result.REFUSED, message="an item needs a title")
            )
        record = self.tracker.record(write.ref)
        if record is None or record.gone:
            why = record.gone if record else "not found or not visible"
            return Outcome(Result.REFUSED, message=f"the item is {why}")
        return None

    def _do(
        self, write: Draft | Edit, fault: Fault | None
    ) -> tuple[WorkItem, tuple[str, ...], frozenset[str]]:
        """Carry out what can be, and tell what was left out."""
        names = frozenset(write.words if isinstance(write, Draft) else write.changes)
        left_out = frozenset(each for each in names if _dropped(each, fault))
        if isinstance(write, Draft):
            kept = {name: word for name, word in write.words.items() if name not in left_out}
            labels = () if fault is Fault.DROP_LABELS else write.labels
            item = self.tracker.create(replace(write, words=kept, labels=labels), self.login)
        else:
            changes = {name: change for name, change in write.changes.items() if name not in left_out}
            item = self.tracker.change(replace(write, changes=changes), self.login)
        return item, tuple(f"{each}: left out" for each in sorted(left_out)), left_out


def _dropped(name: str, fault: Fault | None) -> bool:
    if name.startswith(TAG):
        return fault is Fault.DROP_LABELS
    return name not in FIELDS or (name == "assignee" and fault is Fault.DROP_PEOPLE)


def _people(now: str | None, change: Change) -> str:
    """Logins after a change that is a difference of two sets: the others stay."""
    there, old, new = (set((word or "").split(",")) - {""} for word in (now, change.old, change.new))
    return ",".join(sorted((there - (old - new)) | new))


def iso(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
