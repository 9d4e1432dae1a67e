"""What the engine's stories are told with: real git, the engine as it is, a tracker in memory."""

from __future__ import annotations

from lspec_git.core.actions import Conflict, Why
from tests.worlds import Clone, World, frozen, published, pulled

HIGH, LOW, MEDIUM = "priority:high", "priority:low", "priority:medium"


def two(world: World) -> tuple[Clone, Clone]:
    """Two clones that share notes by a bare remote, both in step."""
    first = world.start(shared=True)
    first.sync()
    second = world.clone()
    second.sync()
    assert world.writes() == [("create", world.writes()[0][1])]
    return first, second


def quiet(world: World, clone: Clone) -> None:
    """Nothing is left to do: one request, no write, no commit of the notes."""
    before, notes = len(world.tracker.requests), clone.notes
    report = clone.sync()
    assert (report.plan, report.done, report.failures) == ([], [], [])
    assert world.tracker.requests[before:] == [("changes", "")]
    assert clone.notes == notes


def pm(world: World, **fields: str | None) -> None:
    """Somebody edits the first item by hand; `tag_x` stands for `tags:x`."""
    named = {name.replace("tag_", "tags:"): word for name, word in fields.items()}
    world.remote_edit(world.tracker.items()["1"].ref, named)


def why(clone: Clone) -> dict[str, Why]:
    return {c.field: c.why for c in clone.sync(dry_run=True).plan if isinstance(c, Conflict)}


def merge_from(clone: Clone, other: Clone) -> None:
    """Merge what the other has on main; uncommitted pulls of the same are thrown away first."""
    clone.git("restore", ".")
    clone.git("fetch", "-q", str(other.repo.path), "main")
    clone.git("merge", "-q", "--no-edit", "FETCH_HEAD")


def quiet_after(clone: Clone) -> None:
    """A commit of a pulled value leaves nothing but to note it."""
    report = clone.sync()
    assert (published(report), pulled(report), frozen(report)) == ({}, {}, {})
