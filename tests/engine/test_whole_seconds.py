"""Two states of an item under one revision."""

from __future__ import annotations

from tests.engine.stories import MEDIUM
from tests.worlds import World, frozen, published, pulled


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
