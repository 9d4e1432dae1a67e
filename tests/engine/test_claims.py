"""Claims: when one may be sent under, when it has run out, and what becomes of each that a run meets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from lspec_git.adapters.base import Draft, Marker
from lspec_git.core.actions import Held, Hold, Notice
from lspec_git.core.config import State
from lspec_git.core.documents import Lease
from lspec_git.core.rules import Create, Selection, Sync
from lspec_git.core.spec import SpecId
from lspec_git.engine.claims import Clock, Standing, expired, fresh, link_for, may_send, standing
from lspec_git.engine.pairs import Row
from lspec_git.engine.report import Report
from lspec_git.errors import TrackerError
from lspec_git.local import SpecFile
from lspec_git.records import Entry, Records
from lspec_git.testing.memory import Fault, Killed, MemoryAdapter, MemoryTracker
from tests.worlds import World, created

STATE = State(lease=300, lag=60, flight=45)
SINCE = "2026-11-22T12:00:00Z"
ALPHA, BETA = SpecId("specs", "001-alpha"), SpecId("specs", "002-beta")
WAITED = timedelta(seconds=301)


def clock(seconds: int) -> Clock:
    """The tracker's clock so long after a claim; as real clocks do, it goes on."""
    return Clock(datetime.fromisoformat(SINCE) + timedelta(seconds=seconds), monotonic())


class TestLease:
    """Times stay 30 s and more away from where a slow machine would change the answer."""

    lease = Lease("u", 0, SINCE, "here")

    @pytest.mark.parametrize(("seconds", "may"), [(0, True), (160, True), (195, False), (10_000, False)])
    def test_is_sent_under_only_while_what_is_sent_surely_shows_before_its_end(
        self, seconds: int, may: bool
    ) -> None:
        assert may_send(self.lease, clock(seconds), STATE) is may

    @pytest.mark.parametrize(("seconds", "out"), [(0, False), (195, False), (260, False), (301, True)])
    def test_runs_out_by_the_trackers_clock(self, seconds: int, out: bool) -> None:
        assert expired(self.lease, clock(seconds), STATE) is out

    @pytest.mark.parametrize("seconds", [195, 301])
    def test_is_never_sent_under_once_another_may_take_over(self, seconds: int) -> None:
        late = clock(seconds)
        assert not (may_send(self.lease, late, STATE) and expired(self.lease, late, STATE))

    def test_the_clock_goes_on_from_what_the_tracker_told(self) -> None:
        early = Clock(datetime.fromisoformat(SINCE), monotonic() - 40)
        assert early.now() >= datetime.fromisoformat(SINCE) + timedelta(seconds=40)
        assert Clock.of(SINCE).now() >= datetime.fromisoformat(SINCE)
        assert early.text().startswith("2026-11-22T12:0")
        assert early.text().endswith("Z")

    def test_the_first_has_a_uuid_of_its_own(self, tmp_path: Path) -> None:
        records = Records(tmp_path, tmp_path)
        one, other = fresh(clock(0), records), fresh(clock(0), records)
        assert one.uuid != other.uuid
        assert (one.epoch, one.clone) == (0, other.clone)

    def test_the_next_epoch_keeps_the_uuid_since_its_marker_may_yet_appear(self, tmp_path: Path) -> None:
        before = Lease("u", 3, SINCE, "elsewhere")
        after = fresh(clock(400), Records(tmp_path, tmp_path), before)
        assert (after.uuid, after.epoch) == ("u", 4)
        assert after.time > before.time
        assert after.clone != before.clone


class TestStanding:
    @pytest.fixture
    def records(self, tmp_path: Path) -> Records:
        return Records(tmp_path, tmp_path)

    @pytest.fixture
    def tracker(self) -> MemoryTracker:
        return MemoryTracker(now=datetime.fromisoformat(SINCE))

    @pytest.fixture
    def ask(self, tracker: MemoryTracker, records: Records) -> Callable[..., Standing]:
        def ask(*rows: Row, after: int = 0, blank: bool = False) -> Standing:
            return standing(rows, MemoryAdapter(tracker), clock(after), STATE, records, blank=blank)

        return ask

    def test_no_claim_may_be_created_and_asks_nothing(
        self, ask: Callable[..., Standing], tracker: MemoryTracker
    ) -> None:
        assert set(ask(row(ALPHA)).create) == {ALPHA}
        assert tracker.requests == []

    def test_an_own_claim_that_was_never_sent_goes_on_at_once(
        self, ask: Callable[..., Standing], tracker: MemoryTracker, records: Records
    ) -> None:
        found = ask(row(ALPHA, Lease("u", 0, SINCE, records.clone())))
        assert (set(found.create), found.wait) == ({ALPHA}, {})
        assert tracker.requests == []

    @pytest.mark.parametrize(
        ("mine", "why"), [(True, Held.WAITS), (False, Held.CLAIMED)], ids=["sent here", "of another clone"]
    )
    def test_what_may_have_been_sent_waits_for_its_lease_and_is_then_taken_over(
        self, ask: Callable[..., Standing], records: Records, mine: bool, why: Held
    ) -> None:
        lease = Lease("u", 0, SINCE, records.clone() if mine else "another")
        if mine:
            records.enter(Entry("memory", str(ALPHA), SINCE, uuid="u"))
        early = ask(row(ALPHA, lease), after=250)
        assert (early.wait, early.create) == ({ALPHA: why}, {})
        late = ask(row(ALPHA, lease), after=301)
        assert (late.wait, set(late.create)) == ({}, {ALPHA})

    def test_is_adopted_as_soon_as_its_marker_shows(
        self, ask: Callable[..., Standing], tracker: MemoryTracker
    ) -> None:
        item = make(tracker, "u", ALPHA)
        found = ask(row(ALPHA, Lease("u", 0, SINCE, "another")), row(BETA))
        assert [each.ref.id for each in found.adopt[ALPHA]] == [item]
        assert (found.wait, set(found.create)) == ({}, {BETA})

    def test_another_claims_marker_is_not_its_own(
        self, ask: Callable[..., Standing], tracker: MemoryTracker
    ) -> None:
        make(tracker, "other", BETA)
        assert ask(row(ALPHA, Lease("u", 0, SINCE, "another"))).adopt == {}

    def test_of_two_items_with_one_marker_the_smallest_id_comes_first(
        self, ask: Callable[..., Standing], tracker: MemoryTracker
    ) -> None:
        made = [make(tracker, "u", ALPHA) for _ in range(3)]
        found = ask(row(ALPHA, Lease("u", 0, SINCE, "another")))
        assert [each.ref.id for each in found.adopt[ALPHA]] == made

    def test_an_item_that_is_gone_is_not_adopted(
        self, ask: Callable[..., Standing], tracker: MemoryTracker
    ) -> None:
        make(tracker, "u", ALPHA)
        (item,) = tracker.items().values()
        tracker.remove(item.ref)
        assert ask(row(ALPHA, Lease("u", 0, SINCE, "another"))).adopt == {}

    def test_without_any_link_items_are_found_again_by_the_specs_name(
        self, ask: Callable[..., Standing], tracker: MemoryTracker
    ) -> None:
        item = make(tracker, "long-forgotten", ALPHA)
        assert ask(row(ALPHA)).adopt == {}
        found = ask(row(ALPHA), row(BETA), blank=True)
        assert [each.ref.id for each in found.adopt[ALPHA]] == [item]
        assert set(found.create) == {BETA}


def row(spec: SpecId, lease: Lease | None = None) -> Row:
    file = SpecFile(spec, f"{spec}/README.md", "0" * 40)
    selection = Selection(1, "", (), "", Sync.BIDIRECTIONAL, Create.ALL)
    return Row(file, selection, link_for("memory/octocat/specs", lease) if lease else None)


def make(tracker: MemoryTracker, uuid: str, spec: SpecId) -> str:
    """An item with a marker; its id."""
    (outcome,) = MemoryAdapter(tracker).create([Draft(Marker(uuid, str(spec)), {"title": "t"})])
    assert outcome.item is not None
    return outcome.item.ref.id


class TestRuns:
    """The same through whole runs: in the end one item, whatever happened to its create."""

    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        return World(tmp_path)

    @pytest.mark.parametrize("fault", [Fault.KILL_BEFORE, Fault.LOST_BEFORE])
    def test_what_never_arrived_is_sent_again_under_the_next_epoch_after_the_lease(
        self, world: World, fault: Fault
    ) -> None:
        one = world.start("001-alpha", "002-beta")
        world.tracker.fault("create", fault)
        if fault is Fault.KILL_BEFORE:
            with pytest.raises(Killed):
                one.sync()
        else:
            one.sync()
        early = one.sync()
        assert held(early) == {"001-alpha": Held.WAITS}
        world.tracker.tick(301)
        assert created(one.sync()) == ["001-alpha"]
        assert sorted(markers(world)) == ["specs/001-alpha", "specs/002-beta"]
        assert "epoch = 1" in one.git("log", "-p", "--format=", "refs/notes/lspec")
        assert not (one.repo.path / ".git/lspec/journal").exists()

    @pytest.mark.parametrize("fault", [Fault.KILL_AFTER, Fault.LOST_AFTER])
    def test_what_arrived_is_adopted_by_the_next_run(self, world: World, fault: Fault) -> None:
        one = world.start("001-alpha", "002-beta")
        world.tracker.fault("create", fault)
        if fault is Fault.KILL_AFTER:
            with pytest.raises(Killed):
                one.sync()
        else:
            one.sync()
        assert held(one.sync()) == {}
        assert sorted(markers(world)) == ["specs/001-alpha", "specs/002-beta"]
        assert not (one.repo.path / ".git/lspec/journal").exists()

    def test_what_lands_late_but_within_the_lease_is_adopted(self, world: World) -> None:
        one = world.start()
        world.tracker.fault("create", Fault.LATE)
        one.sync()
        assert held(one.sync()) == {"001-alpha": Held.WAITS}
        world.tracker.tick(world.tracker.flight)
        assert created(one.sync()) == []
        assert markers(world) == ["specs/001-alpha"]

    def test_a_lagging_list_delays_and_doubles_nothing(self, world: World) -> None:
        one = world.start()
        world.tracker.lag = 50
        world.tracker.fault("create", Fault.LOST_AFTER)
        one.sync()
        assert held(one.sync()) == {"001-alpha": Held.WAITS}
        world.tracker.tick(60)
        assert held(one.sync()) == {}
        assert markers(world) == ["specs/001-alpha"]

    def test_a_refusal_is_no_reason_to_wait(self, world: World) -> None:
        one = world.start()
        world.tracker.fault("create", Fault.REFUSE)
        assert one.sync().exit_code == 3
        assert created(one.sync()) == ["001-alpha"]
        assert markers(world) == ["specs/001-alpha"]

    def test_a_second_item_with_the_same_marker_is_reported_and_left_alone(self, world: World) -> None:
        """A process that slept between check and send for longer than its lease: the one gap that is left."""
        one = world.start()
        world.tracker.fault("create", Fault.LOST_AFTER)
        one.sync()
        (item,) = world.tracker.items().values()
        assert item.marker
        next(MemoryAdapter(world.tracker).create([Draft(item.marker, {"title": "Alpha"})]))
        report = one.sync()
        (notice,) = [each.message for each in report.plan if isinstance(each, Notice)]
        assert notice == "more work items bear its marker: #2; close them by hand"
        assert "item = '1001'" in one.git("log", "-p", "--format=", "refs/notes/lspec").replace('"', "'")
        assert len(world.tracker.items()) == 2

    def test_no_answer_at_all_leaves_no_claim_that_waits(self, world: World) -> None:
        one = world.start()
        world.tracker.fault("changes", Fault.REFUSE)
        assert one.sync().exit_code == TrackerError.exit_code
        assert one.notes == ""
        assert created(one.sync()) == ["001-alpha"]


def held(report: Report) -> dict[str, Held]:
    """Why nothing was created, by spec."""
    return {each.spec.name: each.why for each in report.plan if isinstance(each, Hold)}


def markers(world: World) -> list[str]:
    """The specs that items' markers name."""
    items = world.tracker.items().values()
    return [each.marker.spec for each in items if each.marker]


class TestMany:
    NAMES = tuple(f"{number:03}-many" for number in range(1, 6))

    def test_are_claimed_a_few_at_a_time(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("lspec_git.engine.publish.CLAIMED", 2)
        one = World(tmp_path).start(*self.NAMES, shared=True)
        assert len(created(one.sync(force=True))) == 5
        said = one.git("log", "--format=%s", "refs/notes/lspec").splitlines()
        assert [line for line in said if "claim" in line] == [
            f"lspec: claim {count} on github.com/octocat/specs" for count in (1, 2, 2)
        ]

    def test_of_a_slow_tracker_wait_and_that_is_said(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A hundred seconds pass whenever somebody looks: of each two claims, the second runs out."""
        ticks = iter(range(0, 100_000, 100))
        monkeypatch.setattr("lspec_git.engine.publish.CLAIMED", 2)
        monkeypatch.setattr("lspec_git.engine.claims.monotonic", lambda: next(ticks))
        one = World(tmp_path).start(*self.NAMES)
        report = one.sync(force=True)
        late = 5 - len(created(report))
        assert late
        assert report.warnings == [
            f"{late} to create on github.com/octocat/specs: their claims ran out; run this again"
        ]
