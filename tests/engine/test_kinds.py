"""One story on every kind of repository: the same outcome, and the same notes in the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lspec_git.engine.running import Options
from lspec_git.engine.status import IN_CONFLICT, IN_STEP, TO_PUSH, overview
from lspec_git.git.libgit2 import Libgit2
from lspec_git.git.notes import Notes
from lspec_git.git.objects import discover, open_objects
from lspec_git.git.plumbing import Plumbing
from tests.engine.stories import HIGH, quiet, quiet_after
from tests.kinds import KINDS, prepare
from tests.worlds import NOTES, Clone, World, created, frozen, published, pulled

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NAMES = ("001-alpha", "002-beta", "003-gamma")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    # A patch of its own, so that a test can go back to the usual kind.
    with pytest.MonkeyPatch.context() as patch:
        prepare(str(request.param), patch)
        yield str(request.param)


def cloned(world: World, kind: str) -> tuple[Clone, Clone]:
    """Two clones of this kind that share a bare remote."""
    world.start(*NAMES, shared=True)
    how = ["--filter=blob:none"] if kind == "partial" else []
    return world.clone("two", *how), world.clone("three", *how)


def states(clone: Clone) -> dict[str, str]:
    """The spec's states where not all is well."""
    found = overview(discover(clone.repo.path)).standings
    return {one.spec.name: one.state for one in found if one.state != IN_STEP}


def deliver(clone: Clone) -> None:
    """What others committed comes, in place of what was pulled of it; what is committed here goes."""
    clone.git("restore", ".")
    clone.git("pull", "-q", "--no-rebase", "--no-edit", "origin", "main")
    clone.git("push", "-q", "origin", "main")


def told(clone: Clone) -> dict[str, str]:
    """The notes by anchor, without what differs between two tellings: the ids of commits, and uuids."""
    names = [line.split(" ", 1) for line in clone.git("log", "--format=%H (%an: %s)", "main").splitlines()]
    repo = discover(clone.repo.path)
    with open_objects(repo) as objects:
        notes = Notes(objects, repo).snapshot()
        anchors, texts = notes.anchors(), notes.read_all()
    found = {anchors[key].decode(): UUID.sub("UUID", data.decode()) for key, data in texts.items()}
    for oid, name in names:
        found = {anchor: text.replace(oid, name) for anchor, text in found.items()}
    return {anchor: "\n".join(sorted(text.splitlines())) for anchor, text in sorted(found.items())}


def both_create(one: Clone, two: Clone) -> None:
    """Both create at the same time: one is faster, the other takes in what it did."""
    faster: list[str] = []
    report = one.run(Options(), meanwhile=lambda: faster.extend(created(two.sync())))
    assert (sorted(faster), created(report), report.exit_code) == (list(NAMES), [], 0)
    quiet_after(one)
    assert (states(one), states(two)) == ({}, {})


def both_directions(world: World, one: Clone, two: Clone) -> None:
    one.change(status="in-progress")
    assert states(one) == {"001-alpha": TO_PUSH}
    assert published(one.sync()) == {"status": "in-progress"}
    deliver(one)
    deliver(two)
    quiet_after(two)
    beta = next(i.ref for i in world.tracker.items().values() if i.words["title"] == "Beta")
    world.remote_edit(beta, {"priority": HIGH})
    assert pulled(two.sync()) == {"priority": "high"}
    two.commit("takes it in")
    quiet_after(two)
    deliver(two)
    deliver(one)
    quiet_after(one)


def conflict_and_resolution(world: World, one: Clone, two: Clone) -> None:
    gamma = next(i.ref for i in world.tracker.items().values() if i.words["title"] == "Gamma")
    one.change("003-gamma", title="Gamma here", priority="medium")
    world.remote_edit(gamma, {"title": "Gamma there"})
    report = one.sync()
    assert frozen(report) == {"title": ("Gamma here", "Gamma there")}
    assert published(report) == {"priority": "medium"}
    assert states(one) == {"003-gamma": IN_CONFLICT}
    assert published(one.settle("spec", "003-gamma")) == {"title": "Gamma here"}
    deliver(one)
    deliver(two)
    quiet_after(two)


def both_write_notes(one: Clone, two: Clone) -> None:
    """Both publish; the push that comes second is refused, joined and sent again. Then branches merge."""
    one.change("001-alpha", priority="high")
    two.change("002-beta", priority="low")
    report = one.run(Options(), meanwhile=two.sync)
    assert published(report) == {"priority": "high"}
    assert report.exit_code == 0
    for clone in (one, two, one):
        deliver(clone)
    for clone in (one, two):
        quiet_after(clone)


def story(folder: Path, kind: str) -> dict[str, str]:
    """The whole story, in a world of its own; the notes that it ends with."""
    folder.mkdir()
    world = World(folder)
    one, two = cloned(world, kind)
    for clone in (one, two):
        with open_objects(discover(clone.repo.path)) as objects:
            assert type(objects) is (Libgit2 if kind == "libgit2" else Plumbing)
    both_create(one, two)
    both_directions(world, one, two)
    conflict_and_resolution(world, one, two)
    both_write_notes(one, two)
    for clone in (one, two, one, two):
        clone.sync()
    for clone in (one, two):
        quiet(world, clone)
        assert states(clone) == {}
    assert one.notes == two.notes == one.git("--git-dir", str(world.bare), "rev-parse", NOTES)
    one.git("fsck", "--strict")
    return told(one)


@pytest.fixture
def usual(tmp_path: Path) -> dict[str, str]:
    return story(tmp_path / "usual", "libgit2")


def test_the_story_ends_alike(usual: dict[str, str], kind: str, tmp_path: Path) -> None:
    assert story(tmp_path / "told again", kind) == usual
