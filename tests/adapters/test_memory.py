"""The memory tracker fails exactly as it is told to."""

from __future__ import annotations

import pytest

from lspec_git.adapters.base import Change, Claim, Draft, Edit, Marker, Outcome, Result
from lspec_git.errors import RateLimited, TrackerError, Unreachable
from lspec_git.testing.memory import Fault, Killed, MemoryAdapter, MemoryTracker

MARKER = Marker("00000000-0000-4000-8000-000000000001", "specs/one")
DRAFT = Draft(MARKER, {"title": "one", "tags:a": "a", "assignee": "zoe"}, ("spec",))


def create(adapter: MemoryAdapter) -> Outcome:
    (outcome,) = adapter.create([DRAFT])
    return outcome


@pytest.mark.parametrize(
    ("fault", "result", "landed"),
    [
        (Fault.LOST_BEFORE, Result.UNKNOWN, 0),
        (Fault.LOST_AFTER, Result.UNKNOWN, 1),
        (Fault.LATE, Result.UNKNOWN, 0),
        (Fault.REFUSE, Result.REFUSED, 0),
        (Fault.LIMIT, Result.RETRY, 0),
        (Fault.STALE, Result.STALE, 0),
        (Fault.DROP_LABELS, Result.DONE, 1),
    ],
)
def test_a_write_fails_as_told_and_only_once(fault: Fault, result: Result, landed: int) -> None:
    tracker = MemoryTracker()
    tracker.fault("create", fault)
    adapter = MemoryAdapter(tracker)
    assert create(adapter).result is result
    assert len(tracker.items()) == landed
    assert create(adapter).result is Result.DONE


@pytest.mark.parametrize(("fault", "landed"), [(Fault.KILL_BEFORE, 0), (Fault.KILL_AFTER, 1)])
def test_a_kill_is_no_exception_that_code_catches(fault: Fault, landed: int) -> None:
    tracker = MemoryTracker()
    tracker.fault("create", fault)
    with pytest.raises(Killed) as caught:
        create(MemoryAdapter(tracker))
    assert not isinstance(caught.value, Exception)
    assert len(tracker.items()) == landed


def test_what_is_late_lands_in_its_time() -> None:
    tracker = MemoryTracker(flight=60)
    tracker.fault("create", Fault.LATE)
    create(MemoryAdapter(tracker))
    tracker.tick(59)
    assert tracker.items() == {}
    tracker.tick(1)
    assert tracker.items()["1"].marker == MARKER


def test_a_late_edit_lands_on_what_the_item_says_then() -> None:
    tracker = MemoryTracker(flight=10)
    ref = tracker.add({"title": "one"})
    tracker.fault("push", Fault.LATE)
    list(MemoryAdapter(tracker).push([Edit(ref, "", {"title": Change("one", "late")})]))
    tracker.edit(ref, {"status": "closed/completed"})
    tracker.tick(10)
    assert tracker.words(ref) == {"title": "late", "status": "closed/completed"}


def test_left_out_parts_are_told() -> None:
    tracker = MemoryTracker()
    tracker.fault("create", Fault.DROP_LABELS)
    tracker.fault("create", Fault.DROP_PEOPLE, skip=1)
    first, second = create(MemoryAdapter(tracker)), create(MemoryAdapter(tracker))
    assert first.refused == {"tags:a"}
    assert second.refused == {"assignee"}
    assert [dict(item.words) for item in tracker.items().values()] == [
        {"title": "one", "status": "open", "assignee": "zoe"},
        {"title": "one", "status": "open", "tags:a": "a", "tags:spec": "spec"},
    ]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.LIMIT, RateLimited),
        (Fault.LOST_AFTER, Unreachable),
        (Fault.REFUSE, TrackerError),
        (Fault.KILL_BEFORE, Killed),
    ],
)
def test_reads_fail_too(fault: Fault, error: type[BaseException]) -> None:
    tracker = MemoryTracker()
    tracker.fault("changes", fault)
    with pytest.raises(error):
        MemoryAdapter(tracker).changes(None)


def test_lists_lag_and_reading_by_id_does_not() -> None:
    tracker = MemoryTracker(lag=30)
    adapter = MemoryAdapter(tracker)
    cursor = adapter.changes(None).cursor
    item = create(adapter).item
    assert item is not None
    claim = Claim(MARKER, "2026-01-01T00:00:00Z")
    assert [len(adapter.changes(cursor).items), len(list(adapter.find([claim])))] == [0, 0]
    assert [each.gone for each in adapter.pull([item.ref])] == [""]
    cursor = adapter.changes(cursor).cursor
    tracker.tick(30)
    assert [len(adapter.changes(cursor).items), len(list(adapter.find([claim])))] == [1, 1]


def test_faults_can_be_healed_and_skipped() -> None:
    tracker = MemoryTracker()
    adapter = MemoryAdapter(tracker)
    tracker.fault("create", Fault.REFUSE, skip=2)
    assert [create(adapter).result for _ in range(4)] == [
        Result.DONE,
        Result.DONE,
        Result.REFUSED,
        Result.DONE,
    ]
    tracker.fault("create", Fault.REFUSE)
    tracker.heal()
    assert create(adapter).result is Result.DONE


def test_who_may_not_write_does_not() -> None:
    tracker = MemoryTracker()
    adapter = MemoryAdapter(tracker, can_write=False)
    assert (create(adapter).result, adapter.check().can_write) == (Result.REFUSED, False)
    assert tracker.items() == {}


def test_moved_hidden_and_restored() -> None:
    tracker = MemoryTracker()
    adapter = MemoryAdapter(tracker)
    ref = tracker.add({"title": "one"})
    tracker.remove(ref, gone="moved", project="memory/octocat/other")
    (moved,) = adapter.pull([ref])
    assert (moved.gone, moved.project) == ("moved", "memory/octocat/other")
    (outcome,) = adapter.push([Edit(ref, "", {"title": Change("one", "two")})])
    assert outcome.result is Result.REFUSED
    tracker.restore(ref)
    assert [item.project for item in adapter.pull([ref])] == ["memory/octocat/specs"]
