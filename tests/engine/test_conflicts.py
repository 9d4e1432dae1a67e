"""Both sides changed one field: it freezes alone, until a policy, a person or an edit decides."""

from __future__ import annotations

import pytest

from tests.engine.stories import HIGH, MEDIUM, pm, quiet, quiet_after
from tests.worlds import Clone, World, frozen, published, pulled, words


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
