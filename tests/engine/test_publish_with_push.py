"""`publish: push`: nothing reaches the tracker before its commit reached a remote."""

from __future__ import annotations

import pytest

from lspec_git.core.actions import Held, Hold
from lspec_git.engine.report import Report
from tests.engine.stories import HIGH, LOW, pm, quiet
from tests.worlds import Clone, World, created, frozen, published, pulled, words


@pytest.fixture
def shy(world: World) -> Clone:
    """A clone whose config says so, all of it pushed, its spec in step."""
    clone = world.start(shared=True)
    path = clone.repo.path / ".lspec/integrations.yml"
    path.write_text(path.read_text() + "publish: push\n")
    clone.commit()
    clone.git("push", "-q", "origin", "main")
    clone.sync()
    assert words(world)["priority"] == LOW
    return clone


def held(report: Report) -> dict[str, Held]:
    return {a.field: a.why for a in report.plan if isinstance(a, Hold)}


def test_an_edit_waits_for_the_push(world: World, shy: Clone) -> None:
    shy.change(priority="high")
    report = shy.sync()
    assert (published(report), held(report)) == ({}, {"priority": Held.UNPUSHED})
    assert words(world)["priority"] == LOW
    shy.git("push", "-q", "origin", "main")
    assert published(shy.sync()) == {"priority": "high"}
    quiet(world, shy)


def test_amend_and_reset_stay_private(world: World, shy: Clone) -> None:
    shy.change(priority="high")
    shy.sync()
    shy.edit(priority="medium")
    shy.git("commit", "-qa", "--amend", "--no-edit")
    assert published(shy.sync()) == {}
    shy.git("reset", "-q", "--hard", "HEAD~1")
    assert published(shy.sync()) == {}
    quiet(world, shy)
    assert len(world.writes()) == 1


def test_other_fields_are_not_held_with_it(world: World, shy: Clone) -> None:
    shy.change(title="Pushed")
    shy.git("push", "-q", "origin", "main")
    shy.change(priority="high")
    report = shy.sync()
    assert (published(report), held(report)) == ({"title": "Pushed"}, {"priority": Held.UNPUSHED})


def test_a_push_of_any_branch_to_any_remote_counts(world: World, shy: Clone) -> None:
    shy.git("init", "-q", "--bare", str(world.folder / "fork.git"))
    shy.git("remote", "add", "fork", str(world.folder / "fork.git"))
    shy.switch("feat", "-c")
    shy.change(priority="high")
    shy.git("push", "-q", "fork", "feat")
    assert published(shy.sync()) == {"priority": "high"}


def test_a_new_spec_waits_too(world: World, shy: Clone) -> None:
    shy.repo.write("specs/002-beta/README.md", "---\nstatus: planned\ncreated: '2026-01-01'\n---\n\n# Beta\n")
    shy.commit("beta")
    report = shy.sync()
    assert (created(report), held(report)) == ([], {"": Held.UNPUSHED})
    shy.git("push", "-q", "origin", "main")
    assert created(shy.sync()) == ["002-beta"]


def test_a_refused_push_keeps_it_private(world: World, shy: Clone) -> None:
    hook = world.bare / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    shy.change(priority="high")
    shy.git("push", "-q", "origin", "main", check=False)
    assert held(shy.sync()) == {"priority": Held.UNPUSHED}


def test_the_tracker_is_pulled_meanwhile_and_a_conflict_is_told(world: World, shy: Clone) -> None:
    shy.change(priority="high")
    pm(world, title="Other", priority="priority:medium")
    report = shy.sync()
    assert (pulled(report), frozen(report)) == ({"title": "Other"}, {"priority": ("high", "medium")})
    # Who decides for the spec still does not publish what nobody has seen.
    assert published(shy.settle("spec")) == {}
    shy.git("push", "-q", "origin", "main")
    assert published(shy.settle("spec")) == {"priority": "high"}
    assert words(world)["priority"] == HIGH


def test_what_is_published_at_once_by_default_needs_no_remote(one: Clone) -> None:
    one.change(priority="high")
    assert published(one.sync()) == {"priority": "high"}
