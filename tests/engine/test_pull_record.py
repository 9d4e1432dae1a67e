"""What is pulled, from the worktree to a commit; and what people have uncommitted beside it."""

from __future__ import annotations

from lspec_git.core.actions import Held, Hold, Why
from tests.engine.stories import HIGH, LOW, MEDIUM, merge_from, pm, quiet, quiet_after, two, why
from tests.worlds import Clone, World, frozen, published, pulled, words


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

    def test_what_was_pulled_gives_way_to_what_the_tracker_says_next(self, world: World, one: Clone) -> None:
        pm(world, priority=HIGH)
        one.sync()
        pm(world, priority=MEDIUM, title="News")
        assert pulled(one.sync()) == {"priority": "medium", "title": "News"}
        one.commit()
        quiet_after(one)
        quiet(world, one)

    def test_an_edit_of_what_was_pulled_is_published_whenever_a_sync_came_between(
        self, world: World, one: Clone
    ) -> None:
        pm(world, title="Theirs")
        one.sync()
        one.edit(title="Theirs, and ours")
        report = one.sync()
        assert [a.why for a in report.plan if isinstance(a, Hold)] == [Held.EDITED]
        one.commit()
        assert published(one.sync()) == {"title": "Theirs, and ours"}
        quiet(world, one)
