"""A spec keeps its item: unlinked, renamed, archived, absent, deleted, linked by hand."""

from __future__ import annotations

from lspec_git.core.spec import SpecId
from lspec_git.engine.connect import Connected
from lspec_git.engine.manage import link, unlink
from lspec_git.git.repository import discover
from lspec_git.testing.memory import MemoryAdapter
from tests.engine.stories import pm, quiet, quiet_after
from tests.worlds import Clone, World, frozen, published, pulled, words


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

    def test_an_old_name_that_is_back_does_not_share_the_item(self, world: World, one: Clone) -> None:
        one.git("mv", "specs/001-alpha", "specs/007-omega")
        one.commit("rename")
        one.sync()
        one.git("checkout", "-q", "HEAD~1", "--", "specs/001-alpha")
        one.change("001-alpha", status="complete")
        report = one.sync()
        assert (published(report), pulled(report), frozen(report)) == ({}, {}, {})
        assert [(failure.subject, failure.message) for failure in report.failures] == [
            (
                "specs/001-alpha",
                "specs/001-alpha was renamed to specs/007-omega, which has its work item #1 now",
            )
        ]
        one.change("007-omega", priority="high")
        assert published(one.sync()) == {"priority": "high"}
        unlink(discover(one.repo.path), SpecId("specs", "001-alpha"))
        assert one.sync().failures == []
        assert words(world)["status"] == "open"

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
