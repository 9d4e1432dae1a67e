"""`git lspec log`: what the notes' history tells."""

from __future__ import annotations

from lspec_git.core.chronicle import Deed
from lspec_git.core.spec import SpecId
from lspec_git.engine.audit import Logged, log
from lspec_git.engine.manage import unlink
from lspec_git.git.objects import discover
from tests.engine.stories import HIGH, LOW, MEDIUM, merge_from, pm, two
from tests.worlds import NOTES, Clone, World

ALPHA = SpecId("specs", "001-alpha")


def told(clone: Clone, *specs: SpecId) -> list[tuple[str, str, str | None, str | None]]:
    """(deed, field, old, new), oldest first."""
    found = list(log(discover(clone.repo.path), frozenset(specs)))[::-1]
    return [(one.event.deed.name, one.event.field, one.event.old, one.event.new) for one in found]


def newest(clone: Clone) -> Logged:
    return next(log(discover(clone.repo.path)))


def test_each_deed_is_told_once(world: World, one: Clone) -> None:
    one.change(priority="high")
    one.sync()
    pm(world, priority=MEDIUM)
    one.sync()
    one.commit("take in")
    one.sync()
    assert told(one) == [
        ("CLAIMED", "", None, None),
        ("CREATED", "", None, None),
        ("PUBLISHED", "priority", LOW, HIGH),
        ("PULLED", "priority", HIGH, MEDIUM),
        ("AGREED", "priority", "medium", "medium"),
    ]


def test_what_an_item_was_created_with_is_told(one: Clone) -> None:
    event = newest(one).event
    assert (event.deed, event.spec, event.tracker, event.key) == (Deed.CREATED, str(ALPHA), "github", "1")
    assert dict(event.fields)["priority"] == LOW


def test_a_conflict_settled_for_the_spec(world: World, one: Clone) -> None:
    pm(world, priority=MEDIUM)
    one.change(priority="high")
    one.sync()
    one.settle("spec")
    assert told(one)[-1] == ("SETTLED", "priority", MEDIUM, HIGH)
    assert newest(one).person == "Ada Test"


def test_a_value_left_out(world: World, one: Clone) -> None:
    pm(world, priority=HIGH)
    one.sync()
    one.git("restore", ".")
    one.change(body="more")
    one.sync()
    assert ("LEFT_OUT", "priority", None, HIGH) in told(one)


def test_links_that_end(one: Clone) -> None:
    unlink(discover(one.repo.path), ALPHA)
    event = newest(one).event
    assert (event.deed, event.key) == (Deed.UNLINKED, "1")


def test_a_join_tells_nothing_twice(world: World) -> None:
    first, second = two(world)
    first.change(priority="high")
    first.sync()
    pm(world, status="closed/completed")
    second.sync()
    merge_from(second, first)
    second.sync()
    merges = second.git("rev-list", "--merges", NOTES)
    heard = [one for one in told(second) if one[0] == "PUBLISHED"]
    assert heard == [("PUBLISHED", "priority", LOW, HIGH)], merges


def test_one_spec_only_and_one_that_is_on_no_branch(world: World) -> None:
    clone = world.start("001-alpha", "002-beta")
    clone.sync()
    clone.git("rm", "-rq", "specs/001-alpha")
    clone.commit("gone")
    clone.change("002-beta", priority="high")
    clone.sync()
    assert told(clone, ALPHA) == [("CLAIMED", "", None, None), ("CREATED", "", None, None)]
    assert ("PUBLISHED", "priority", LOW, HIGH) in told(clone, SpecId("specs", "002-beta"))


def test_damaged_and_foreign_notes_are_told_and_the_rest_goes_on(world: World, one: Clone) -> None:
    head, anchor = one.head, one.git("ls-tree", "-r", "--format=%(objectname)", NOTES, "anchors").split()[0]
    one.git("notes", "--ref=lspec", "add", "-f", "-m", "what = is = this", anchor)
    one.git("notes", "--ref=lspec", "add", "-m", "by some other tool", head)
    found = told(one)
    assert [deed for deed, *_ in found[:2]] == ["CLAIMED", "CREATED"]
    assert found[-2][0] == found[-1][0] == "DAMAGED"
    damaged = list(log(discover(one.repo.path)))[1].event
    assert damaged.spec in (f"spec {ALPHA}", "work item 1001 of github on github.com")
    assert damaged.damage.startswith("line 1")


def test_since_is_gits_own(one: Clone) -> None:
    assert list(log(discover(one.repo.path), since="2000-01-01"))
    assert not list(log(discover(one.repo.path), since="2099-01-01"))
