"""Stories that broke simpler rules: what git does to history must never make a tracker flap.

Real git, the engine as it is, a tracker in memory. Each tells what is published, pulled, and asked about.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lspec_git.core.actions import Conflict, Held, Hold, Why
from lspec_git.core.spec import SpecId
from lspec_git.engine.connect import Connected
from lspec_git.engine.manage import link, unlink
from lspec_git.engine.sync import Options
from lspec_git.git.repository import discover
from lspec_git.testing.memory import Fault, Killed, MemoryAdapter
from tests.conftest import Repo
from tests.worlds import Clone, World, created, frozen, published, pulled, words

HIGH, LOW, MEDIUM = "priority:high", "priority:low", "priority:medium"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def one(world: World) -> Clone:
    """A clone without remote whose only spec is in step with its item."""
    clone = world.start()
    clone.sync()
    assert words(world)["priority"] == LOW
    return clone


def two(world: World) -> tuple[Clone, Clone]:
    """Two clones that share notes by a bare remote, both in step."""
    first = world.start(shared=True)
    first.sync()
    second = world.clone()
    second.sync()
    assert world.writes() == [("create", world.writes()[0][1])]
    return first, second


def quiet(world: World, clone: Clone) -> None:
    """Nothing is left to do: one request, no write, no commit of the notes."""
    before, notes = len(world.tracker.requests), clone.notes
    report = clone.sync()
    assert (report.plan, report.done, report.failures) == ([], [], [])
    assert world.tracker.requests[before:] == [("changes", "")]
    assert clone.notes == notes


def pm(world: World, **fields: str | None) -> None:
    """Somebody edits the first item by hand; `tag_x` stands for `tags:x`."""
    named = {name.replace("tag_", "tags:"): word for name, word in fields.items()}
    world.remote_edit(world.tracker.items()["1"].ref, named)


def why(clone: Clone) -> dict[str, Why]:
    return {c.field: c.why for c in clone.sync(dry_run=True).plan if isinstance(c, Conflict)}


class TestModel:
    def test_revert_on_main_while_a_branch_stands_on_what_was_reverted(
        self, world: World, one: Clone
    ) -> None:
        one.change(priority="high")
        assert published(one.sync()) == {"priority": "high"}
        one.branch("feat")
        one.git("revert", "--no-edit", "HEAD")
        assert published(one.sync()) == {"priority": "low"}
        one.switch("feat")
        report = one.sync()
        assert (published(report), pulled(report)) == ({}, {"priority": "low"})
        assert words(world)["priority"] == LOW

    def test_tracker_moves_there_and_back_and_a_stale_branch_looks_on(self, world: World, one: Clone) -> None:
        pm(world, priority=HIGH)
        assert pulled(one.sync()) == {"priority": "high"}
        one.commit()
        quiet_after(one)
        one.branch("feat")
        pm(world, priority=LOW)
        assert pulled(one.sync()) == {"priority": "low"}
        one.commit()
        quiet_after(one)
        one.switch("feat")
        report = one.sync()
        assert (published(report), pulled(report)) == ({}, {"priority": "low"})

    def test_published_on_a_branch_set_back_there_main_at_rest(self, world: World, one: Clone) -> None:
        one.switch("feat", "-c")
        one.change(priority="high")
        one.sync()
        pm(world, priority=LOW)
        one.switch("main")
        report = one.sync()
        assert (published(report), pulled(report), frozen(report)) == ({}, {}, {})
        one.switch("feat")
        report = one.sync()
        assert (published(report), pulled(report)) == ({}, {"priority": "low"})

    def test_revert_and_edit_again_are_each_published(self, world: World, one: Clone) -> None:
        for git, value in (("", "high"), ("revert", "low"), ("revert", "high"), ("", "low"), ("", "high")):
            if git:
                one.git("revert", "--no-edit", "HEAD")
            else:
                one.change(priority=value)
            assert published(one.sync()) == {"priority": value}
        quiet(world, one)

    def test_body_edited_before_a_pulled_value_is_committed(self, world: World, one: Clone) -> None:
        pm(world, priority=HIGH)
        one.sync()
        one.change(body="7")
        pm(world, priority=LOW)
        report = one.sync()
        assert (published(report), pulled(report), frozen(report)) == ({}, {"priority": "low"}, {})

    def test_identical_edit_of_two_people_after_the_first_was_set_back(self, one: Clone) -> None:
        one.branch("f2")
        one.switch("f1", "-c")
        for value in ("high", "low"):
            one.change(priority=value)
            assert published(one.sync()) == {"priority": value}
        one.switch("f2")
        one.change(priority="high")
        report = one.sync()
        assert (published(report), frozen(report)) == ({}, {"priority": ("high", "low")})

    @pytest.mark.parametrize("fault", [Fault.KILL_AFTER, Fault.LOST_AFTER])
    def test_written_but_not_recorded_then_set_back(self, world: World, one: Clone, fault: Fault) -> None:
        one.change(priority="high")
        world.tracker.fault("push", fault)
        if fault is Fault.KILL_AFTER:
            with pytest.raises(Killed):
                one.sync()
        else:
            assert one.sync().failures
        assert words(world)["priority"] == HIGH
        pm(world, priority=LOW)
        report = one.sync()
        assert (published(report), pulled(report)) == ({}, {"priority": "low"})

    @pytest.mark.parametrize("fault", [Fault.LIMIT, Fault.STALE, Fault.LOST_BEFORE, Fault.KILL_BEFORE])
    def test_not_written_is_written_by_the_next_run(self, world: World, one: Clone, fault: Fault) -> None:
        one.change(priority="high")
        world.tracker.fault("push", fault)
        if fault is Fault.KILL_BEFORE:
            with pytest.raises(Killed):
                one.sync()
        else:
            assert one.sync().failures
        assert words(world)["priority"] == LOW
        assert published(one.sync()) == {"priority": "high"}
        quiet_after(one)
        quiet(world, one)

    def test_the_other_clone_has_the_commit_but_not_the_notes(self, world: World) -> None:
        first, second = two(world)
        first.change(priority="high")
        assert published(first.sync()) == {"priority": "high"}
        first.git("push", "-q", "origin", "main")
        second.git("pull", "-q", "--ff-only", "origin", "main")
        pm(world, priority=LOW)
        with world.unreachable():
            report = second.sync()
        assert (published(report), pulled(report)) == ({}, {})
        assert [a.why for a in report.plan if isinstance(a, Hold)] == [Held.OFFLINE]
        report = second.sync()
        assert (published(report), pulled(report)) == ({}, {"priority": "low"})

    def test_squash_of_a_published_branch_that_was_set_back(self, world: World, one: Clone) -> None:
        one.branch("feat")
        one.change(body="3")
        one.switch("feat")
        one.change(priority="high")
        one.sync()
        pm(world, priority=LOW)
        one.switch("main")
        one.sync()
        one.git("merge", "-q", "--squash", "feat")
        one.commit("squash")
        report = one.sync()
        assert (published(report), frozen(report)) == ({}, {"priority": ("high", "low")})
        assert why(one) == {"priority": Why.SQUASHED}

    @pytest.mark.parametrize("rewrite", ["rebase", "amend", "cherry-pick"])
    def test_rewritten_after_it_was_published_and_set_back(
        self, world: World, one: Clone, rewrite: str
    ) -> None:
        one.branch("feat")
        one.change(body="3")
        one.switch("feat")
        one.change(priority="high")
        assert published(one.sync()) == {"priority": "high"}
        pm(world, priority=LOW)
        if rewrite == "rebase":
            one.git("rebase", "-q", "main")
        elif rewrite == "amend":
            one.edit(body="9")
            one.git("commit", "-q", "--amend", "-a", "--no-edit")
        else:
            one.switch("main")
            one.git("cherry-pick", "feat")
        report = one.sync()
        assert (published(report), pulled(report), frozen(report)) == ({}, {"priority": "low"}, {})

    def test_values_that_the_tracker_cannot_tell_apart(self, world: World, one: Clone) -> None:
        one.change(status="draft")
        report = one.sync()
        assert (published(report), frozen(report)) == ({}, {})
        quiet(world, one)
        pm(world, status="closed/completed")
        report = one.sync()
        assert (published(report), pulled(report), frozen(report)) == ({}, {"status": "complete"}, {})

    def test_merge_of_a_branch_that_agreed_on_what_main_agreed_on_before(
        self, world: World, one: Clone
    ) -> None:
        one.branch("feat")
        pm(world, priority=HIGH)
        for branch in ("main", "feat"):
            one.switch(branch)
            assert pulled(one.sync()) == {"priority": "high"}
            one.commit()
            quiet_after(one)
        one.change(body="4")
        one.switch("main")
        pm(world, priority=LOW)
        one.sync()
        one.commit()
        quiet_after(one)
        one.git("merge", "-q", "--no-edit", "feat")
        report = one.sync()
        assert (published(report), frozen(report)) == ({}, {})
        assert words(world)["priority"] == LOW

    def test_two_clones_publish_offline_within_one_second(self, world: World) -> None:
        world.tracker.step = 0
        first, second = two(world)
        first.change(priority="high")
        second.change(tags="[x, y]")
        with world.unreachable():
            assert published(first.sync()) == {"priority": "high"}
            second.sync()
        for clone in (first, second, first, second):
            clone.sync()
        merge_from(first, second)
        assert published(first.sync()) == {}
        assert words(world)["priority"] == HIGH
        assert words(world)["tags:y"] == "y"
        merge_from(second, first)
        for clone in (first, second):
            clone.sync()
            quiet(world, clone)


def merge_from(clone: Clone, other: Clone) -> None:
    """Merge what the other has on main; uncommitted pulls of the same are thrown away first."""
    clone.git("restore", ".")
    clone.git("fetch", "-q", str(other.repo.path), "main")
    clone.git("merge", "-q", "--no-edit", "FETCH_HEAD")


def quiet_after(clone: Clone) -> None:
    """A commit of a pulled value leaves nothing but to note it."""
    report = clone.sync()
    assert (published(report), pulled(report), frozen(report)) == ({}, {}, {})


class TestPulled:
    def test_committed_exactly(self, world: World, one: Clone) -> None:
        pm(world, priority=HIGH)
        one.sync()
        one.commit()
        quiet_after(one)
        quiet(world, one)

    def test_waits_in_the_worktree(self, world: World, one: Clone) -> None:
        pm(world, priority=HIGH)
        one.sync()
        text, notes, writes = one.text(), one.notes, world.writes()
        report = one.sync()
        assert [a.why for a in report.plan if isinstance(a, Hold)] == [Held.UNCOMMITTED]
        assert (one.text(), one.notes, world.writes()) == (text, notes, writes)

    def test_edited_further_is_an_edit_that_took_it_in(self, world: World, one: Clone) -> None:
        pm(world, priority=HIGH)
        one.sync()
        one.change(priority="medium")
        assert published(one.sync()) == {"priority": "medium"}
        quiet(world, one)

    def test_edited_further_then_the_tracker_moved_again(self, world: World, one: Clone) -> None:
        pm(world, priority=HIGH)
        one.sync()
        one.change(priority="medium")
        pm(world, priority="priority:critical")
        report = one.sync()
        assert (published(report), frozen(report)) == ({}, {"priority": ("medium", "critical")})

    def test_restored_is_pulled_again_and_publishes_nothing(self, world: World, one: Clone) -> None:
        pm(world, priority=HIGH)
        one.sync()
        one.git("restore", ".")
        report = one.sync()
        assert (published(report), pulled(report), frozen(report)) == ({}, {"priority": "high"}, {})

    def test_left_out_of_a_commit_of_that_spec_is_asked_about(self, world: World, one: Clone) -> None:
        pm(world, priority=HIGH)
        one.sync()
        one.git("restore", ".")
        one.change(body="2")
        report = one.sync()
        assert (published(report), pulled(report)) == ({}, {})
        assert frozen(report) == {"priority": ("low", "high")}
        assert why(one) == {"priority": Why.LEFT_OUT}
        pm(world, priority=LOW)
        assert frozen(one.sync()) == {}
        pm(world, priority=MEDIUM)
        assert pulled(one.sync()) == {"priority": "medium"}

    def test_left_out_of_a_commit_of_another_spec_is_not(self, world: World) -> None:
        clone = world.start("001-alpha", "002-beta")
        clone.sync()
        pm(world, priority=HIGH)
        clone.sync()
        clone.git("restore", ".")
        clone.change("002-beta", body="2")
        report = clone.sync()
        assert (pulled(report), frozen(report)) == ({"priority": "high"}, {})

    def test_staged_in_part(self, world: World, one: Clone) -> None:
        """Committed without the pulled value while it lies in the worktree still: it waits there."""
        pm(world, priority=HIGH)
        one.sync()
        held = one.text()
        one.git("restore", ".")
        one.edit(body="2")
        one.git("add", "-A")
        one.path("001-alpha").write_text(held)
        one.git("commit", "-qm", "body alone")
        report = one.sync()
        assert (published(report), frozen(report)) == ({}, {})
        assert [a.why for a in report.plan if isinstance(a, Hold)] == [Held.UNCOMMITTED]
        one.commit()
        quiet_after(one)

    def test_switched_away_and_back(self, world: World, one: Clone) -> None:
        one.branch("feat")
        pm(world, priority=HIGH)
        one.sync()
        one.git("stash", "-q")
        one.switch("feat")
        report = one.sync()
        assert (published(report), pulled(report)) == ({}, {"priority": "high"})
        one.commit("taken in on feat")
        quiet_after(one)
        one.switch("main")
        one.git("stash", "pop", "-q")
        one.commit("taken in on main")
        quiet_after(one)
        quiet(world, one)

    def test_amended_into_the_commit_before(self, world: World, one: Clone) -> None:
        one.change(body="2")
        pm(world, priority=HIGH)
        one.sync()
        one.git("commit", "-q", "--amend", "-a", "--no-edit")
        quiet_after(one)
        pm(world, priority=LOW)
        report = one.sync()
        assert (published(report), pulled(report), frozen(report)) == ({}, {"priority": "low"}, {})

    def test_committed_and_pushed_then_taken_by_the_other_clone(self, world: World) -> None:
        first, second = two(world)
        pm(world, priority=HIGH)
        first.sync()
        first.commit()
        first.sync()
        merge_from(second, first)
        quiet_after(second)
        pm(world, priority=LOW)
        for clone in (first, second):
            report = clone.sync()
            assert (published(report), pulled(report)) == ({}, {"priority": "low"})

    def test_rebased_before_the_next_sync(self, world: World, one: Clone) -> None:
        one.branch("feat")
        one.change(body="1")
        one.switch("feat")
        pm(world, priority=HIGH)
        one.sync()
        one.commit()
        one.git("rebase", "-q", "main")
        quiet_after(one)
        pm(world, priority=LOW)
        report = one.sync()
        assert (published(report), pulled(report)) == ({}, {"priority": "low"})


class TestUncommitted:
    def test_edit_of_another_field_survives_a_pull(self, world: World, one: Clone) -> None:
        one.edit(tags="[x, mine]", body="mine")
        pm(world, priority=HIGH)
        assert pulled(one.sync()) == {"priority": "high"}
        assert "tags: [x, mine]" in one.text()
        assert "Two: mine." in one.text()
        assert "priority: high" in one.text()

    def test_edit_of_the_same_field_is_left_alone(self, world: World, one: Clone) -> None:
        one.edit(priority="medium")
        text = one.text()
        pm(world, priority=HIGH)
        report = one.sync()
        assert (published(report), pulled(report)) == ({}, {})
        assert [a.why for a in report.plan if isinstance(a, Hold)] == [Held.EDITED]
        assert one.text() == text
        one.commit()
        assert frozen(one.sync()) == {"priority": ("medium", "high")}

    def test_is_never_published(self, world: World, one: Clone) -> None:
        one.edit(priority="high")
        quiet(world, one)
        one.git("add", "-A")
        quiet(world, one)
        assert words(world)["priority"] == LOW


class TestDirections:
    def test_push_only_does_not_pull(self, world: World) -> None:
        clone = directed(world, "push-only")
        pm(world, priority=HIGH)
        report = clone.sync()
        assert (published(report), pulled(report)) == ({}, {})
        assert [a.why for a in report.plan if isinstance(a, Hold)] == [Held.PUSH_ONLY]
        clone.change(title="Other")
        assert published(clone.sync()) == {"title": "Other"}
        assert words(world)["priority"] == HIGH

    def test_pull_only_does_not_publish(self, world: World) -> None:
        clone = world.start()
        clone.sync()
        set_direction(clone, "pull-only")
        clone.change(priority="high")
        report = clone.sync()
        assert published(report) == {}
        assert [a.why for a in report.plan if isinstance(a, Hold)] == [Held.PULL_ONLY]
        pm(world, title="Other")
        assert pulled(clone.sync()) == {"title": "Other"}
        assert words(world)["priority"] == LOW

    def test_pull_only_creates_nothing(self, world: World) -> None:
        clone = world.start()
        set_direction(clone, "pull-only")
        clone.sync()
        assert world.tracker.items() == {}

    def test_the_verbs_push_and_pull(self, world: World, one: Clone) -> None:
        one.change(priority="high")
        pm(world, title="Other")
        assert published(one.sync(push=False)) == {}
        one.git("restore", ".")
        report = one.sync(pull=False)
        assert (published(report), pulled(report)) == ({"priority": "high"}, {})
        assert pulled(one.sync(push=False)) == {"title": "Other"}

    def test_a_branch_that_does_not_publish(self, world: World) -> None:
        clone = world.start(config="")
        (clone.repo.path / ".lspec/integrations.yml").write_text(
            (clone.repo.path / ".lspec/integrations.yml").read_text() + "branches: [main]\n"
        )
        clone.commit()
        clone.sync()
        clone.switch("feat", "-c")
        clone.change(priority="high")
        report = clone.sync()
        assert [a.why for a in report.plan if isinstance(a, Hold)] == [Held.BRANCH]
        clone.switch("main")
        clone.git("merge", "-q", "--ff-only", "feat")
        assert published(clone.sync()) == {"priority": "high"}


def directed(world: World, direction: str) -> Clone:
    clone = world.start()
    set_direction(clone, direction)
    clone.sync()
    return clone


def set_direction(clone: Clone, direction: str) -> None:
    path = clone.repo.path / ".lspec/integrations.yml"
    path.write_text(path.read_text().replace("  mapping:", f"  sync: {direction}\n  mapping:"))
    clone.commit("direction")


class TestSecond:
    """Revisions are whole seconds on some trackers: two states may share one."""

    def test_edited_there_within_the_second_of_the_last_look(self, world: World) -> None:
        world.tracker.step = 0
        clone = world.start()
        clone.sync()
        clone.sync()
        world.remote_edit(world.tracker.items()["1"].ref, {"priority": MEDIUM}, seconds=0)
        assert pulled(clone.sync()) == {"priority": "medium"}

    def test_edited_on_both_sides_within_one_second(self, world: World) -> None:
        world.tracker.step = 0
        clone = world.start()
        clone.sync()
        clone.sync()
        clone.change(priority="high")
        world.remote_edit(world.tracker.items()["1"].ref, {"priority": MEDIUM}, seconds=0)
        report = clone.sync()
        assert (published(report), frozen(report)) == ({}, {"priority": ("high", "medium")})


class TestConflicts:
    def both(self, world: World, clone: Clone) -> None:
        """Both sides change the priority; the title changes on the tracker, the tags in git."""
        clone.change(priority="high", tags="[x, y]")
        pm(world, priority=MEDIUM, title="Other")

    def test_freeze_while_other_fields_flow(self, world: World, one: Clone) -> None:
        self.both(world, one)
        report = one.sync()
        assert frozen(report) == {"priority": ("high", "medium")}
        assert (published(report), pulled(report)) == ({"tags:y": "y"}, {"title": "Other"})
        assert words(world)["priority"] == MEDIUM
        assert "priority: high" in one.text()

    def test_told_the_same_by_the_next_run_which_writes_nothing(self, world: World, one: Clone) -> None:
        self.both(world, one)
        told = frozen(one.sync())
        one.commit()
        first = one.sync()
        assert frozen(first) == told
        notes, writes, text = one.notes, world.writes(), one.text()
        for _ in range(2):
            report = one.sync()
            assert (report.conflicts, report.set_by) == (first.conflicts, first.set_by)
            assert report.done == []
        assert (one.notes, world.writes(), one.text()) == (notes, writes, text)

    @pytest.mark.parametrize("policy", ["tracker", "spec"])
    def test_a_named_policy_decides(self, world: World, policy: str) -> None:
        clone = world.start(config=f"  policy: {policy}\n")
        clone.sync()
        self.both(world, clone)
        report = clone.sync()
        assert frozen(report) == {}
        if policy == "tracker":
            assert pulled(report) == {"priority": "medium", "title": "Other"}
        else:
            assert published(report) == {"priority": "high", "tags:y": "y"}
        clone.commit()
        clone.sync()
        quiet(world, clone)

    @pytest.mark.parametrize(("seconds", "wins"), [(10, "spec"), (10_000, "tracker")])
    def test_the_newest_wins_where_asked_for(self, world: World, seconds: int, wins: str) -> None:
        clone = world.start(config="  policy: newest\n")
        clone.sync()
        world.when += 1000
        clone.change(priority="high")
        world.remote_edit(world.tracker.items()["1"].ref, {"priority": MEDIUM}, seconds)
        report = clone.sync()
        assert frozen(report) == {}
        expected = ({"priority": "high"}, {}) if wins == "spec" else ({}, {"priority": "medium"})
        assert (published(report), pulled(report)) == expected

    @pytest.mark.parametrize("side", ["tracker", "spec"])
    def test_settled_by_a_person(self, world: World, one: Clone, side: str) -> None:
        self.both(world, one)
        one.sync()
        one.commit()
        report = one.settle(side)
        if side == "spec":
            assert published(report) == {"priority": "high"}
        else:
            assert pulled(report) == {"priority": "medium"}
            one.commit()
        quiet_after(one)
        quiet(world, one)
        assert words(world)["priority"] == (HIGH if side == "spec" else MEDIUM)

    def test_settled_for_one_field_alone(self, world: World, one: Clone) -> None:
        one.change(priority="high", title="Mine")
        pm(world, priority=MEDIUM, title="Theirs")
        report = one.settle("spec", only="title")
        assert published(report) == {"title": "Mine"}
        assert frozen(report) == {"priority": ("high", "medium")}

    def test_settled_by_writing_the_trackers_value(self, world: World, one: Clone) -> None:
        self.both(world, one)
        one.sync()
        one.change(priority="medium")
        quiet_after(one)
        quiet(world, one)

    def test_both_sides_to_the_same_value(self, world: World, one: Clone) -> None:
        one.change(priority="high")
        pm(world, priority=HIGH)
        report = one.sync()
        assert (published(report), pulled(report), frozen(report)) == ({}, {}, {})
        quiet(world, one)

    def test_tags_added_on_both_sides_never_meet(self, world: World, one: Clone) -> None:
        one.change(tags="[x, y, z]")
        pm(world, tag_z="z")
        assert published(one.sync()) == {"tags:y": "y"}
        assert frozen(one.sync()) == {}


class TestShared:
    def test_a_value_is_published_once_by_whoever_comes_first(self, world: World) -> None:
        first, second = two(world)
        first.change(priority="high")
        merge_from(second, first)
        assert published(second.sync()) == {"priority": "high"}
        assert published(first.sync()) == {}
        pm(world, priority=LOW)
        for clone in (first, second):
            report = clone.sync()
            assert (published(report), pulled(report)) == ({}, {"priority": "low"})

    def test_remote_edit_seen_by_one_clone_alone_is_not_overwritten_by_the_other(self, world: World) -> None:
        first, second = two(world)
        pm(world, priority=MEDIUM)
        first.sync()
        first.commit()
        first.sync()
        second.change(priority="high")
        report = second.sync()
        assert (published(report), frozen(report)) == ({}, {"priority": ("high", "medium")})

    def test_offline_publishes_only_where_nothing_moved(self, world: World) -> None:
        first, _ = two(world)
        first.change(priority="high")
        with world.unreachable():
            assert published(first.sync()) == {"priority": "high"}
        pm(world, title="Other")
        first.change(priority="medium")
        with world.unreachable():
            report = first.sync()
        assert published(report) == {}
        assert pulled(report) == {"title": "Other"}
        assert Held.OFFLINE in [a.why for a in report.plan if isinstance(a, Hold)]
        assert published(first.sync()) == {"priority": "medium"}

    def test_offline_creates_nothing(self, world: World) -> None:
        clone = world.start(shared=True)
        with world.unreachable():
            clone.sync()
        assert world.tracker.items() == {}
        clone.sync()
        assert len(world.tracker.items()) == 1

    def test_notes_that_are_lost_lead_to_questions_and_to_no_second_item(self, world: World) -> None:
        first, _ = two(world)
        first.change(priority="high")
        first.sync()
        pm(world, priority=MEDIUM)
        for place in (first.repo.path, world.bare):
            refs = first.git("-C", str(place), "for-each-ref", "--format=%(refname)", "refs/notes")
            for ref in refs.splitlines():
                first.git("-C", str(place), "update-ref", "-d", ref)
        report = first.sync()
        assert frozen(report) == {"priority": ("high", "medium")}
        assert list(world.tracker.items()) == ["1"]
        assert [w[0] for w in world.writes()] == ["create", "push"]

    def test_two_clones_that_create_at_the_same_time_make_one_item(self, world: World) -> None:
        first = world.start(shared=True)
        second = world.clone()
        report = first.run(Options(), second.sync)
        assert list(world.tracker.items()) == ["1"]
        assert created(report) == []
        for clone in (first, second):
            clone.sync()
            quiet(world, clone)

    def test_notes_of_another_clone_that_come_in_while_a_run_is_on(self, world: World) -> None:
        first, second = two(world)
        first.change(priority="high")
        merge_from(second, first)
        second.change(tags="[x, y]")

        def meanwhile() -> None:
            assert published(second.sync()) == {"priority": "high", "tags:y": "y"}

        assert published(first.run(Options(), meanwhile)) == {}
        pm(world, priority=LOW)
        for clone in (first, second):
            report = clone.sync()
            assert (published(report), pulled(report).get("priority")) == ({}, "low")

    def test_a_shallow_clone_asks_and_publishes_nothing(self, world: World) -> None:
        first, _ = two(world)
        first.change(priority="high")
        first.git("push", "-q", "origin", "main")
        clone = world.clone("three", "--depth=1")
        pm(world, title="Other")
        report = clone.sync()
        assert published(report) == {}
        assert {c.why for c in report.conflicts} == {Why.SHALLOW}
        clone.git("fetch", "-q", "--unshallow")
        report = clone.sync()
        assert (published(report), pulled(report)) == ({"priority": "high"}, {"title": "Other"})

    def test_linked_worktrees_share_notes_and_keep_their_own_pulls(self, world: World, one: Clone) -> None:
        one.git("worktree", "add", "-q", "../side", "-b", "side")
        side = Clone(world, Repo(world.folder / "side"), "one")
        pm(world, priority=HIGH)
        assert pulled(one.sync()) == {"priority": "high"}
        assert pulled(side.sync(full=True)) == {"priority": "high"}
        side.commit()
        quiet_after(side)
        side.change(title="Side")
        assert published(side.sync()) == {"title": "Side"}
        one.git("restore", ".")
        one.change(body="5")
        report = one.sync()
        assert (published(report), pulled(report)) == ({}, {"title": "Side"})
        assert frozen(report) == {"priority": ("low", "high")}


class TestLinks:
    def test_unlinked_is_left_alone(self, world: World, one: Clone) -> None:
        unlink(discover(one.repo.path), SpecId("specs", "001-alpha"))
        one.change(priority="high")
        pm(world, title="Other")
        report = one.sync()
        assert (published(report), pulled(report)) == ({}, {})
        assert list(world.tracker.items()) == ["1"]

    def test_rename_keeps_the_link(self, world: World, one: Clone) -> None:
        one.git("mv", "specs/001-alpha", "specs/007-omega")
        one.commit("rename")
        quiet_after(one)
        one.change("007-omega", priority="high")
        assert published(one.sync()) == {"priority": "high"}
        assert list(world.tracker.items()) == ["1"]
        quiet(world, one)

    def test_rename_and_edit_in_one_commit(self, world: World, one: Clone) -> None:
        one.git("mv", "specs/001-alpha", "specs/007-omega")
        one.edit("007-omega", priority="high")
        one.commit("rename")
        assert published(one.sync()) == {"priority": "high"}
        assert list(world.tracker.items()) == ["1"]

    def test_archived_folder_keeps_the_link(self, world: World, one: Clone) -> None:
        (one.repo.path / "specs/archived").mkdir()
        one.git("mv", "specs/001-alpha", "specs/archived/001-alpha")
        one.commit("archive")
        assert published(one.sync()) == {"status": "archived"}
        assert words(world)["status"] == "closed/not_planned"
        assert list(world.tracker.items()) == ["1"]

    def test_absent_on_a_branch_closes_nothing(self, world: World) -> None:
        clone = world.start()
        clone.branch("old")
        (clone.repo.path / "specs/002-beta").mkdir()
        clone.path("002-beta").write_text(clone.text().replace("# Alpha", "# Beta"))
        clone.commit("beta")
        clone.sync()
        before = world.writes()
        clone.switch("old")
        report = clone.sync()
        assert (report.done, report.failures, world.writes()) == ([], [], before)
        clone.git("rm", "-rq", "specs/001-alpha")
        clone.commit("gone")
        clone.sync()
        assert world.writes() == before
        assert words(world, "1")["status"] == "open"
        clone.switch("main")
        quiet_after(clone)
        assert world.writes() == before

    def test_deleted_and_taken_back_says_nothing(self, world: World, one: Clone) -> None:
        one.git("rm", "-rq", "specs/001-alpha")
        one.commit("gone")
        one.sync()
        one.git("revert", "--no-edit", "HEAD")
        report = one.sync()
        assert (published(report), frozen(report)) == ({}, {})
        assert list(world.tracker.items()) == ["1"]

    def test_two_specs_with_one_name_are_told_and_not_synced(self, world: World, one: Clone) -> None:
        other = one.repo.path / "specs/archived/001-alpha/README.md"
        other.parent.mkdir(parents=True)
        other.write_text(one.text())
        one.change(priority="high")
        report = one.sync()
        assert published(report) == {}
        assert [f for f in report.failures if "two specs have this name" in f.message]
        assert list(world.tracker.items()) == ["1"]

    def test_linked_by_hand_adds_and_overwrites_nothing(self, world: World) -> None:
        clone = world.start(config="")
        ref = world.tracker.add({"title": "Theirs", "tags:extra": "extra", "assignee": "zoe"})
        link_by_hand(clone, ref.key)
        report = clone.sync()
        assert list(world.tracker.items()) == ["1"]
        assert published(report) == {"priority": "low", "tags:x": "x"}
        assert frozen(report).keys() <= {"title"}
        assert words(world)["tags:extra"] == "extra"
        assert words(world)["title"] == "Theirs"


def link_by_hand(clone: Clone, key: str) -> None:
    adapter = MemoryAdapter(clone.world.tracker)
    link(
        discover(clone.repo.path),
        lambda at: Connected(adapter, at.target),
        SpecId("specs", "001-alpha"),
        "github",
        key,
    )
