"""Clones and worktrees of one project: what each knows, and what they tell each other."""

from __future__ import annotations

from lspec_git.core.actions import Held, Hold, Why
from lspec_git.engine.running import Options
from tests.conftest import Repo
from tests.engine.stories import HIGH, LOW, MEDIUM, merge_from, pm, quiet, quiet_after, two
from tests.worlds import Clone, World, created, frozen, published, pulled


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

    def test_an_edit_published_and_set_back_while_a_run_is_on_is_not_published_again(
        self, world: World
    ) -> None:
        first, second = two(world)
        first.change(priority="high")
        merge_from(second, first)

        def meanwhile() -> None:
            assert published(second.sync()) == {"priority": "high"}
            pm(world, priority=LOW)

        report = first.run(Options(), meanwhile)
        assert (published(report), frozen(report)) == ({}, {"priority": ("high", "low")})
        # The notes of the other clone tell that the edit was heard: what the person set is pulled.
        report = first.sync()
        assert (published(report), pulled(report)) == ({}, {"priority": "low"})
        first.commit()
        quiet_after(first)
        quiet(world, first)

    def test_a_word_that_came_back_by_a_person_alone_is_asked_about(self, world: World) -> None:
        first, second = two(world)
        second.sync()
        first.change(priority="high")
        pm(world, priority=MEDIUM)
        pm(world, priority=LOW)
        report = first.sync()
        assert (published(report), frozen(report)) == ({}, {"priority": ("high", "low")})
        assert published(first.settle("spec")) == {"priority": "high"}
        quiet(world, first)

    def test_an_item_that_moved_elsewhere_costs_one_look_at_its_history(self, world: World) -> None:
        first, _ = two(world)
        first.change(priority="high")
        pm(world, title="Other")
        before = len(world.tracker.requests)
        assert published(first.sync()) == {"priority": "high"}
        assert [kind for kind, _ in world.tracker.requests[before:]] == ["changes", "history", "push"]
        first.commit()
        first.change(priority="medium")
        before = len(world.tracker.requests)
        assert published(first.sync()) == {"priority": "medium"}
        assert [kind for kind, _ in world.tracker.requests[before:]] == ["changes", "push"]

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
