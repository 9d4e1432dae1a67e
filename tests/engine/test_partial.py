"""Partial clones: what they left out comes in few fetches, and only where it is looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from lspec_git.core.actions import Held, Hold
from lspec_git.engine.status import overview
from lspec_git.git.objects import discover, open_objects
from tests.engine.stories import HIGH
from tests.kinds import prepare
from tests.worlds import Clone, World, created, frozen, pulled

NAMES = [f"{number:03}-spec" for number in range(1, 13)]


@pytest.fixture
def partial(world: World, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """A clone without any version but the ones that are checked out, of a history with many."""
    prepare("partial", monkeypatch)
    one = world.start(*NAMES, shared=True)
    for turn in range(4):
        for name in NAMES:
            one.edit(name, priority=("high", "low")[turn % 2], title=f"{name} {turn}")
        one.commit(f"turn {turn}")
    one.git("push", "-q", "origin", "main")
    return world.clone("two", "--filter=blob:none")


@pytest.fixture
def trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "trace"
    monkeypatch.setenv("GIT_TRACE", str(file))
    return file


def fetches(trace: Path) -> tuple[int, int]:
    """Fetches of objects that were left out, and of notes, since this was last asked."""
    lines = trace.read_text().splitlines() if trace.exists() else []
    trace.write_text("")
    asked = [line for line in lines if "built-in: git fetch" in line]
    missing = sum("--filter=blob:none" in line for line in asked)
    return missing, len(asked) - missing


def test_old_versions_come_in_one_fetch(partial: Clone, trace: Path) -> None:
    assert len(created(partial.sync(force=True))) == 12
    assert fetches(trace) == (1, 1)
    assert partial.sync().plan == []
    overview(discover(partial.repo.path))
    assert fetches(trace) == (0, 1)


def test_only_versions_of_what_is_looked_at(partial: Clone, world: World, trace: Path) -> None:
    partial.sync(force=True)
    third = world.clone("three", "--filter=blob:none", "--no-checkout")
    third.git("sparse-checkout", "set", "--no-cone", "/.lspec/")
    third.git("checkout", "-q", "main")
    fetches(trace)
    third.sync()
    # The versions at HEAD, and the ones before; nothing by itself.
    assert fetches(trace) == (2, 1)
    world.remote_edit(world.tracker.items()["1"].ref, {"priority": HIGH})
    report = third.sync()
    assert (pulled(report), frozen(report)) == ({}, {})
    assert {action.why for action in report.plan if isinstance(action, Hold)} == {Held.NO_FILE}
    assert fetches(trace) == (0, 1)


def test_a_commit_that_is_not_here_is_not_asked_for(partial: Clone, trace: Path) -> None:
    with open_objects(discover(partial.repo.path)) as objects:
        assert not objects.is_ancestor("1" * 40, partial.head)
        assert objects.is_ancestor(partial.git("rev-parse", "HEAD~2"), partial.head)
        assert objects.has(objects.head() or "")
        old = partial.git("rev-parse", "HEAD~2:specs/001-spec/README.md")
        assert not objects.has(old)
        assert fetches(trace) == (0, 0)
        assert b"001-spec 1" in objects.blob(old)
        assert objects.has(old)


def test_offline_it_is_told_that_something_cannot_be_fetched(partial: Clone, world: World) -> None:
    with world.unreachable():
        (failure,) = partial.sync().failures
    assert "partial clone" in failure.message
    assert "git fetch" in failure.advice
    assert len(created(partial.sync(force=True))) == 12
