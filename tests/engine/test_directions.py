"""Which way values may go: by the config, by the verb, by the branch."""

from __future__ import annotations

from lspec_git.core.actions import Held, Hold
from tests.engine.stories import HIGH, LOW, pm
from tests.worlds import Clone, World, published, pulled, words


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
