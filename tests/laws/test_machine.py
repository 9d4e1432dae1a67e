"""Random walks over real repositories, the engine as it is, and a tracker that fails on demand.

People edit, commit, branch, merge, rebase, amend, squash, pick and revert in one or two clones, edit the
tracker, and run the tool at any moment; answers get lost, processes die, lists lag. What must hold is judged
by tokens that the tool cannot see (`provenance`), and at the end by a settled world.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test

from lspec_git.adapters.base import Draft, Edit, WorkItem
from lspec_git.core.spec import SpecId
from lspec_git.engine.report import Report
from lspec_git.engine.running import Options
from lspec_git.testing.memory import Fault, Killed, MemoryTracker
from tests.laws.people import NAME, WHO, People
from tests.laws.provenance import FIELDS, Broken, agrees
from tests.worlds import Clone, frozen

SPECS = frozenset({SpecId("specs", NAME)})
READ_FAULTS = (Fault.LOST_BEFORE, Fault.LIMIT, Fault.REFUSE, Fault.KILL_BEFORE, Fault.KILL_AFTER)
WRITE_FAULTS = (*READ_FAULTS, Fault.LOST_AFTER, Fault.STALE)
FAULTS = st.sampled_from(
    [("changes", fault) for fault in READ_FAULTS]
    + [("pull", fault) for fault in READ_FAULTS]
    + [("history", fault) for fault in READ_FAULTS]
    + [("push", fault) for fault in WRITE_FAULTS] * 2
)
CREATE_FAULTS = st.sampled_from([*WRITE_FAULTS, Fault.LATE])


class Watched(MemoryTracker):
    """A tracker that tells of every write of the tool when it happens."""

    written: Callable[[Edit], None]
    made: Callable[[], None]

    def change(self, edit: Edit, who: str) -> WorkItem:
        self.written(edit)
        return super().change(edit, who)

    def create(self, draft: Draft, who: str) -> WorkItem:
        self.made()
        return super().create(draft, who)


class Walk(People):
    """One world, and what people and their tools do in it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lspec-walk"))
        tracker = Watched()
        tracker.written, tracker.made = self._written, self._made
        super().__init__(self.folder, tracker)
        self.at: Clone | None = None
        self.decided = False

    def teardown(self) -> None:
        try:
            if self.world.clones:
                self._settle()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    # -- the start: an item is created exactly once, whatever fails

    @initialize(
        faults=st.lists(st.tuples(WHO, CREATE_FAULTS), max_size=3), lag=st.sampled_from([0, 0, 20]), step=WHO
    )
    def start(self, faults: list[tuple[int, Fault]], lag: int, step: int) -> None:
        first = self.world.start(NAME, shared=True)
        self.world.clone()
        tokens = {name: self.book.fresh(value, None, ()) for name, value in self._lying(first).items()}
        self.book.add(first.head, (), self._lying(first), tokens)
        self.dirty = [dict(tokens), dict(tokens)]
        self.world.tracker.step, self.world.tracker.lag = step, lag
        for who, fault in faults:
            self.world.tracker.fault("create", fault)
            self._run(self.clones[who])
            self.world.tracker.tick(120)
        self.world.tracker.heal()
        for clone in self.clones * 3:
            self.world.tracker.tick(400)
            self._run(clone)
        if len(self.world.tracker.items()) != 1:
            raise Broken(f"{len(self.world.tracker.items())} items for one spec")

    # -- the tool

    @rule(who=WHO)
    def sync(self, who: int) -> None:
        self._run(self.clones[who])

    @rule(who=WHO, push=st.booleans(), full=st.booleans())
    def one_way(self, who: int, push: bool, full: bool) -> None:
        self._run(self.clones[who], push=push, pull=not push, full=full)

    @rule(who=WHO)
    def offline(self, who: int) -> None:
        with self.world.unreachable():
            self._run(self.clones[who])

    @rule(who=WHO, side=st.sampled_from(["spec", "tracker"]))
    def resolve(self, who: int, side: str) -> None:
        self.decided = True
        self._run(self.clones[who], specs=SPECS, settle=side)
        self.decided = False

    @rule(who=WHO, fault=FAULTS, skip=WHO)
    def fail(self, who: int, fault: tuple[str, Fault], skip: int) -> None:
        self.world.tracker.fault(*fault, skip=skip)
        self._run(self.clones[who])
        self.world.tracker.heal()

    @rule(who=WHO)
    @precondition(lambda self: self.world.clones)
    def only_looking(self, who: int) -> None:
        clone = self.clones[who]
        before = (clone.notes, clone.text(NAME), self.world.writes())
        clone.sync(dry_run=True)
        if before != (clone.notes, clone.text(NAME), self.world.writes()):
            raise Broken("a dry run changed something")

    # -- what happened

    def _written(self, edit: Edit) -> None:
        if self.at is None:
            raise Broken("a write outside of a run")
        head, lying = self._head(self.at), self.dirty[self.clones.index(self.at)]
        for name, change in edit.changes.items():
            before = self.book.tokens[head][name]
            self.book.published(head, name, change.new, decided=self.decided)
            if lying[name] == before:
                lying[name] = self.book.tokens[head][name]

    def _made(self) -> None:
        root = self.book.order[0]
        self.book.remote = dict(self.book.tokens[root])
        self.book.held |= set(self.book.remote.values())

    def _run(self, clone: Clone, **options: Any) -> Report | None:
        """A run that may die; what it wrote into the worktree is told by looking there."""
        before, head = self._lying(clone), self._head(clone)
        report = None
        self.at = clone
        try:
            report = clone.run(Options(**options))
        except Killed:
            pass  # the point of it: the next run has to find out
        finally:
            self.at = None
        self._pulled(clone, before, head)
        if self._head(clone) != head:
            raise Broken("a run moved HEAD")
        if report and not report.failures and not options and self.world.tracker.items():
            self.book.agreed(head, self._item().words)
        return report

    def _pulled(self, clone: Clone, before: dict[str, str], head: str) -> None:
        tokens, after = self.dirty[self.clones.index(clone)], self._lying(clone)
        for name in FIELDS:
            if before[name] == after[name]:
                continue
            if before[name] not in (self.book.values[head][name], self.book.said[tokens[name]]):
                raise Broken(f"{name}: the worktree's {before[name]!r} was overwritten")
            if before[name] != self.book.values[head][name] and tokens[name] not in self.book.held:
                raise Broken(f"{name}: an uncommitted edit, {before[name]!r}, was overwritten")
            tokens[name] = self.book.pulled(head, name, after[name], decided=self.decided)
            self.met[self.clones.index(clone)] |= {tokens[name], self.book.remote[name]}

    # -- the end

    def _settle(self) -> None:
        """Nothing fails any more and everything is committed: soon nothing is left to do, but questions."""
        self.world.tracker.heal()
        for who, clone in enumerate(self.clones * 4):
            self.world.tracker.tick(400)
            self.commit(who % 2)
            self._run(clone)
        writes = self.world.writes()
        for who, clone in enumerate(self.clones * 2):
            self.commit(who % 2)
            self._run(clone)
            self._run(clone)
            with self._unmoved(clone):
                report = self._run(clone)
            self._in_step(clone, report)
        if self.world.writes() != writes:
            raise Broken("it publishes at rest")
        if len(self.world.tracker.items()) != 1:
            raise Broken("more than one item for the spec")

    @contextmanager
    def _unmoved(self, clone: Clone) -> Iterator[None]:
        requests, notes, text = len(self.world.tracker.requests), clone.notes, clone.text(NAME)
        yield
        if (clone.notes, clone.text(NAME)) != (notes, text):
            raise Broken("notes or spec moved at rest")
        if self.world.tracker.requests[requests:] != [("changes", "")]:
            raise Broken(f"requests at rest: {self.world.tracker.requests[requests:]}")

    def _in_step(self, clone: Clone, report: Report | None) -> None:
        if report is None or report.failures:
            raise Broken(f"fails at rest: {report.failures if report else 'killed'}")
        open_ = frozen(report)
        words, values = self._item().words, self.book.values[self._head(clone)]
        for name in FIELDS:
            if name not in open_ and not agrees(name, values[name], words.get(name)):
                raise Broken(f"{name}: {values[name]!r} here, {words.get(name)!r} there, and nothing is said")


def test_any_walk_of_people_and_tools_ends_in_step() -> None:
    some = max(12, settings().max_examples // 4)
    run_state_machine_as_test(Walk, settings=settings(max_examples=some, stateful_step_count=25))
