"""Stories that broke simpler rules: what git does to history must never make a tracker flap.

Each tells what is published, pulled, and asked about.
"""

from __future__ import annotations

import pytest

from lspec_git.core.actions import Held, Hold, Why
from lspec_git.testing.memory import Fault, Killed
from tests.engine.stories import HIGH, LOW, merge_from, pm, quiet, quiet_after, two, why
from tests.worlds import Clone, World, frozen, published, pulled, words


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
