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
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from lspec_git.adapters.base import Draft, Edit, WorkItem
from lspec_git.core.spec import SpecId
from lspec_git.engine.report import Report
from lspec_git.engine.share import Share
from lspec_git.engine.sync import Options
from lspec_git.git.notes import Notes
from lspec_git.git.objects import open_objects
from lspec_git.git.repository import discover
from lspec_git.local import config as load_config
from lspec_git.testing.memory import Fault, Killed, MemoryTracker
from tests.laws.provenance import FIELDS, VOCABULARY, Book, Broken, Tokens, agrees, values_in
from tests.worlds import Clone, World, frozen, spec_path

NAME = "001-alpha"
PATH = spec_path(NAME)
SPECS = frozenset({SpecId("specs", NAME)})
WHO = st.integers(0, 1)
BRANCHES = st.sampled_from(["main", "f1", "f2"])
SIDES = st.sampled_from(["ours", "theirs"])
VALUES = {
    "priority": ["low", "medium", "high"],
    "status": ["planned", "draft", "in-progress", "complete"],
}
WORDS = {
    "priority": [f"priority:{value}" for value in VALUES["priority"]],
    "status": ["open", "open + status:in-progress", "closed/completed"],
}
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


class Walk(RuleBasedStateMachine):
    """One world, and what people and their tools do in it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="lspec-walk"))
        tracker = Watched()
        tracker.written, tracker.made = self._written, self._made
        self.world = World(self.folder, tracker)
        self.book = Book()
        self.count = 0
        self.at: Clone | None = None
        self.decided = False
        self.dirty: list[Tokens] = []
        self.met: list[set[int]] = [set(), set()]
        """What a pull has put before each person's eyes, whatever they made of it."""

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

    @property
    def clones(self) -> list[Clone]:
        return self.world.clones

    # -- people at work in git

    @rule(who=WHO, name=st.sampled_from(FIELDS), pick=st.integers(0, 3))
    def edit(self, who: int, name: str, pick: int) -> None:
        clone = self.clones[who]
        value = self._new_title() if name == "title" else VALUES[name][pick % len(VALUES[name])]
        if self._lying(clone)[name] == value:
            return
        clone.edit(NAME, **{name: value})
        tokens, head = self.dirty[who], self._head(clone)
        if value == self.book.values[head][name]:
            tokens[name] = self.book.tokens[head][name]
        else:
            met = self.book.met(head, name) | self.met[who]
            tokens[name] = self.book.fresh(value, tokens[name], met)

    @rule(who=WHO)
    def body(self, who: int) -> None:
        self.count += 1
        self.clones[who].edit(NAME, body=str(self.count))

    @rule(who=WHO)
    def commit(self, who: int) -> None:
        clone = self.clones[who]
        if not self._clean(clone):
            before = self._head(clone)
            clone.commit()
            self._note(clone, (before,), self.dirty[who])

    @rule(who=WHO)
    def commit_twice(self, who: int) -> None:
        self.commit(who)
        self.edit(who, "title", 0)
        self.commit(who)

    @rule(who=WHO)
    def amend(self, who: int) -> None:
        clone, head = self.clones[who], self._head(self.clones[who])
        parents = self.book.parents[head]
        if len(parents) != 1:
            return
        clone.git("commit", "-q", "--amend", "-a", "--no-edit", "--allow-empty")
        tokens, values = dict(self.dirty[who]), self._lying(clone)
        for name in FIELDS:
            if values[name] == self.book.values[parents[0]][name]:
                tokens[name] = self.book.tokens[parents[0]][name]
        self._note(clone, parents, tokens)

    @rule(who=WHO)
    def restore(self, who: int) -> None:
        self.clones[who].git("restore", ".")
        self._checked_out(who)

    @rule(who=WHO, name=BRANCHES)
    def switch(self, who: int, name: str) -> None:
        clone = self.clones[who]
        if self._clean(clone):
            known = clone.git("branch", "--list", name)
            clone.git("switch", "-q", *([] if known else ["-c"]), name)
            self._checked_out(who)

    @rule(who=WHO, name=BRANCHES, side=SIDES)
    def merge(self, who: int, name: str, side: str) -> None:
        self._merge(who, f"refs/heads/{name}", side)

    @rule(who=WHO, name=BRANCHES, side=SIDES)
    def squash(self, who: int, name: str, side: str) -> None:
        clone = self.clones[who]
        other = clone.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{name}")
        head = self._head(clone)
        if other and self._clean(clone) and other not in self.book.ancestors[head]:
            if clone.git("merge", "--squash", "-X", side, other, check=False).startswith("CONFLICT"):
                clone.git("reset", "-q", "--hard")
                return
            clone.commit("squash")
            self._note(clone, (head,), self.book.joined(head, other, self._lying(clone)))

    @rule(who=WHO, side=SIDES)
    def exchange(self, who: int, side: str) -> None:
        """Take the other clone's branch; its notes travel along, as a push takes them."""
        clone, other = self.clones[who], self.clones[1 - who]
        self._share(other)
        clone.git("fetch", "-q", str(other.repo.path), "HEAD:refs/other", "--force")
        self._share(clone)
        self._merge(who, "refs/other", side)

    @rule(who=WHO, name=BRANCHES)
    def rebase(self, who: int, name: str) -> None:
        clone, head = self.clones[who], self._head(self.clones[who])
        onto = clone.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{name}")
        if not onto or onto in self.book.ancestors[head] or not self._clean(clone):
            return
        todo = [c for c in self.book.order if c in self.book.ancestors[head] - self.book.ancestors[onto]]
        if any(len(self.book.parents[each]) > 1 for each in todo):
            return
        clone.git("rebase", "-q", "-X", "theirs", onto, check=False)
        if (clone.repo.path / ".git/rebase-merge").exists():
            clone.git("rebase", "--abort")
        else:
            self._replayed(who, onto, todo)

    @rule(who=WHO, pick=st.integers(0, 30))
    def cherry_pick(self, who: int, pick: int) -> None:
        clone, head = self.clones[who], self._head(self.clones[who])
        there = set(clone.git("rev-list", "--branches").split())
        some = [c for c in self.book.order if c in there and len(self.book.parents[c]) == 1]
        if not some or not self._clean(clone):
            return
        picked = some[pick % len(some)]
        clone.git("cherry-pick", "-X", "theirs", picked, check=False)
        self._continued(who, head, picked)

    @rule(who=WHO, pick=st.integers(0, 30))
    def revert(self, who: int, pick: int) -> None:
        clone, head = self.clones[who], self._head(self.clones[who])
        some = [
            c for c in self.book.order if c in self.book.ancestors[head] and len(self.book.parents[c]) == 1
        ]
        if not some or not self._clean(clone):
            return
        clone.git("revert", "--no-edit", "-X", "theirs", some[pick % len(some)], check=False)
        self._continued(who, head, None)

    # -- people at work on the tracker

    @rule(name=st.sampled_from(FIELDS), pick=st.integers(0, 2), seconds=WHO)
    def edit_there(self, name: str, pick: int, seconds: int) -> None:
        word = self._new_title() if name == "title" else WORDS[name][pick]
        item = self._item()
        if item.words.get(name) != word:
            self.book.edited_there(name, _value(name, word))
            self.world.remote_edit(item.ref, {name: word}, seconds)

    @rule(seconds=st.sampled_from([1, 60, 100_000]))
    def wait(self, seconds: int) -> None:
        self.world.tracker.tick(seconds)

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
        head = self._head(self.at)
        for name, change in edit.changes.items():
            self.book.published(head, name, change.new, decided=self.decided)

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

    # -- how git moved

    def _merge(self, who: int, ref: str, side: str) -> None:
        clone, head = self.clones[who], self._head(self.clones[who])
        other = clone.git("for-each-ref", "--format=%(objectname)", ref)
        if not other or other in self.book.ancestors[head] or not self._clean(clone):
            return
        clone.git("merge", "-q", "--no-edit", "-X", side, other, check=False)
        if (clone.repo.path / ".git/MERGE_HEAD").exists():
            clone.git("merge", "--abort")
            return
        now = clone.git("rev-parse", "HEAD")
        if now == other:
            self._checked_out(who)
        elif now != head:
            self._note(clone, (head, other), self.book.joined(head, other, self._lying(clone)))

    def _continued(self, who: int, head: str, picked: str | None) -> None:
        """After a cherry-pick, or a revert (picked: None)."""
        clone = self.clones[who]
        if clone.git("rev-parse", "HEAD") == head:
            clone.git("reset", "-q", "--hard")
            for name in ("CHERRY_PICK_HEAD", "REVERT_HEAD"):
                (clone.repo.path / ".git" / name).unlink(missing_ok=True)
            return
        again = picked is None or picked in self.book.ancestors[head]
        tokens = self.book.replayed(head, picked or head, self._lying(clone), again=again)
        self._note(clone, (head,), tokens)

    def _replayed(self, who: int, onto: str, todo: list[str]) -> None:
        clone = self.clones[who]
        by_date = {clone.git("show", "-s", "--format=%at", each): each for each in todo}
        parent = onto
        for each in clone.git("rev-list", "--reverse", f"{onto}..HEAD").split():
            original = by_date[clone.git("show", "-s", "--format=%at", each)]
            values = values_in(clone.git("show", f"{each}:{PATH}"))
            self.book.add(each, (parent,), values, self.book.replayed(parent, original, values, again=False))
            parent = each
        self._checked_out(who)

    def _note(self, clone: Clone, parents: tuple[str, ...], tokens: Tokens) -> None:
        self.book.add(clone.git("rev-parse", "HEAD"), parents, self._lying(clone), tokens)
        self._checked_out(self.clones.index(clone))

    def _checked_out(self, who: int) -> None:
        self.dirty[who] = dict(self.book.tokens[self._head(self.clones[who])])

    def _share(self, clone: Clone) -> None:
        """What the pre-push hook does."""
        repo = discover(clone.repo.path)
        share = Share.of(repo, Notes(open_objects(repo), repo), load_config(repo))
        share.fetch()
        share.push()

    # -- small questions

    def _head(self, clone: Clone) -> str:
        return clone.git("rev-parse", "HEAD")

    def _clean(self, clone: Clone) -> bool:
        return not clone.git("status", "--porcelain")

    def _lying(self, clone: Clone) -> dict[str, str]:
        return values_in(clone.text(NAME))

    def _item(self) -> WorkItem:
        return next(iter(self.world.tracker.items().values()))

    def _new_title(self) -> str:
        self.count += 1
        return f"T{self.count}"

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


def _value(name: str, word: str) -> str:
    lens = VOCABULARY.lens(name)
    assert lens is not None
    return lens.get(word, None) or ""


def test_any_walk_of_people_and_tools_ends_in_step() -> None:
    some = max(12, settings().max_examples // 4)
    run_state_machine_as_test(Walk, settings=settings(max_examples=some, stateful_step_count=25))
