"""Where a history is entered in its middle: edits that later ones took the place of have nothing to say."""

from __future__ import annotations

from pathlib import Path

from tests.worlds import Clone, World, created, frozen, published, pulled, words

AFTER = {"status": "complete", "priority": "high", "assignee": None, "tags:gone": None}


def lived(tmp_path: Path) -> tuple[Clone, str]:
    """A spec that went through several values; and its commit in the middle."""
    clone = World(tmp_path).start("001-alpha")
    clone.change(tags="[x, gone]", assignee="octocat")
    middle = clone.head
    clone.change(status="in-progress")
    clone.change(status="complete", tags="[x]", assignee=None, priority="high")
    return clone, middle


def goes_back(clone: Clone, commit: str) -> None:
    """At an old commit nothing is published, and nothing is asked; nor is it on the way forward again."""
    before = clone.world.writes(), words(clone.world)
    clone.switch(commit, "--detach")
    report = clone.sync()
    assert (published(report), frozen(report), pulled(report)) == ({}, {}, AFTER)
    clone.git("restore", ".")
    clone.switch("main")
    report = clone.sync()
    assert (published(report), frozen(report), pulled(report)) == ({}, {}, {})
    assert (clone.world.writes(), words(clone.world)) == before


def test_a_commit_from_before_the_first_sync(tmp_path: Path) -> None:
    clone, middle = lived(tmp_path)
    assert created(clone.sync()) == ["001-alpha"]
    goes_back(clone, middle)


def test_a_commit_from_between_two_syncs(tmp_path: Path) -> None:
    clone = World(tmp_path).start("001-alpha")
    clone.sync()
    clone.change(tags="[x, gone]", assignee="octocat")
    middle = clone.head
    clone.change(status="in-progress")
    clone.change(status="complete", tags="[x]", assignee=None, priority="high")
    assert published(clone.sync()) == {"status": "complete", "priority": "high"}
    goes_back(clone, middle)


def test_a_spec_that_was_renamed_meanwhile(tmp_path: Path) -> None:
    clone, _ = lived(tmp_path)
    clone.git("mv", "specs/001-alpha", "specs/007-alpha")
    clone.commit("another number")
    assert created(clone.sync()) == ["007-alpha"]
    clone.change("007-alpha", status="planned")
    assert published(clone.sync()) == {"status": "planned"}


def test_a_branch_that_edits_what_it_forked_from_is_still_asked_about(tmp_path: Path) -> None:
    clone, middle = lived(tmp_path)
    clone.sync()
    clone.git("switch", "-qc", "side", middle)
    clone.change(status="draft", due="2026-02-03")
    report = clone.sync()
    assert (published(report), frozen(report)) == ({}, {"status": ("draft", "complete")})
    assert pulled(report) == {name: value for name, value in AFTER.items() if name != "status"}


def test_an_edit_that_is_done_again_is_a_new_one(tmp_path: Path) -> None:
    clone, _ = lived(tmp_path)
    clone.sync()
    assert published(clone.sync()) == {}
    clone.change(status="in-progress")
    assert published(clone.sync()) == {"status": "in-progress"}
    clone.change(status="complete")
    assert published(clone.sync()) == {"status": "complete"}
    clone.change(tags="[x, gone]")
    assert published(clone.sync()) == {"tags:gone": "gone"}
