"""The planner's laws, over drawn worlds: what it plans, and what it plans again after a run."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, example, given
from hypothesis import strategies as st

from lspec_git.core.actions import Agree, Conflict, Hold, SetLocal, SetRemote
from lspec_git.core.documents import Heard, ItemNote, Sighting, tracker_origin
from lspec_git.core.edits import BIRTH, SHALLOW
from lspec_git.core.plan import Verdict, knows
from lspec_git.core.spec import same
from tests.laws.planning import FIELDS, NOW, REVISIONS, World, applied, committed, filled, of, worlds
from tests.laws.provenance import agrees


@given(worlds())
def test_1_a_settled_world_plans_nothing(world: World) -> None:
    for _ in range(4):
        world = applied(committed(world.seen), committed(world.seen).plan())
        frozen = {action.field for action in of(world.plan(), Conflict) if isinstance(action, Conflict)}
        words = {n: w for n, w in world.words.items() if n not in frozen}
        values = {n: v for n, v in world.values.items() if n not in frozen}
        world = replace(world, words=words, values=values)
    rest = committed(world).plan()
    assert not of(rest, SetLocal, SetRemote, Agree), rest


@given(worlds())
def test_2_where_both_say_the_same_nothing_is_written(world: World) -> None:
    for action in world.seen.plan():
        if isinstance(action, SetLocal | SetRemote | Conflict):
            name = action.field
            assert not agrees(name, world.values.get(name), world.words.get(name))
    again = applied(world.seen, of(world.seen.plan(), Agree))
    heard = {entry.edit for entry in again.note.heard} | {BIRTH, SHALLOW}
    for name in FIELDS:
        if agrees(name, world.values.get(name), world.words.get(name)):
            assert world.edits[name] <= heard
            assert knows(again.note.seen[name].origin, name, again.note, again.present)


@given(worlds())
def test_3_what_the_tracker_heard_is_never_published(world: World) -> None:
    heard = {entry.edit for entry in world.note.heard} | {BIRTH}
    for action in of(world.seen.plan(), SetRemote):
        assert isinstance(action, SetRemote)
        assert not action.edits & heard
        assert action.edits


@given(worlds())
def test_3_what_this_history_does_not_know_is_never_overwritten(world: World) -> None:
    seen = world.seen
    for action in of(seen.plan(), SetRemote):
        assert isinstance(action, SetRemote)
        origin = seen.note.seen[action.field].origin
        assert knows(origin, action.field, seen.note, seen.present)
        assert action.word == seen.words.get(action.field)


@given(worlds())
def test_3_what_the_tracker_did_not_hear_is_never_replaced(world: World) -> None:
    heard = {entry.edit for entry in world.note.heard} | {BIRTH}
    for action in of(world.seen.plan(), SetLocal):
        assert isinstance(action, SetLocal)
        assert world.edits[action.field] & heard
        assert same(action.field, world.worktree.get(action.field), world.values.get(action.field))


@given(worlds())
def test_3_a_new_edit_is_published_where_nothing_else_moved(world: World) -> None:
    """And so the laws above are not kept by doing nothing."""
    name = "title"
    mine = frozenset({"title-new"})
    seen = {**world.seen.note.seen, name: Sighting("A", REVISIONS[0], 1, "here0")}
    heard = frozenset(h for h in world.note.heard if h.field != name)
    moved = replace(
        world,
        values={**world.values, name: "B"},
        words={**world.words, name: "A"},
        edits={**world.edits, name: mine},
        note=replace(world.note, seen=seen, heard=heard),
    )
    expected = Verdict.PUBLISH if world.fresh or world.untouched else Verdict.WAIT
    assert moved.verdict(name) is expected


def stranger(value: str | None, word: str | None) -> World:
    """A title of which the notes know nothing, as after a link by hand."""
    seen = {"title": Sighting(word, NOW, 1, tracker_origin(NOW, 1))}
    values, words = filled({"title": value}), filled({"title": word})
    edits = {"title": frozenset({"title-e0"})}
    return World(values, words, edits, ItemNote("memory", "host", "1001", seen=seen), values)


@given(st.sampled_from("ABC"), st.sampled_from("ABC"))
def test_4_without_history_the_sides_are_equals(value: str, word: str) -> None:
    one, other = stranger(value, word).verdict("title"), stranger(word, value).verdict("title")
    assert one is other
    assert one is (Verdict.AGREE if value == word else Verdict.CONFLICT)


@given(st.sampled_from("ABC"), st.sampled_from("ABC"), st.booleans())
def test_4_one_side_moved_since_they_agreed(old: str, new: str, here: bool) -> None:
    """Moved here: published. The mirror, moved there: pulled. Nothing else."""
    assume(old != new)
    birth = frozenset({"here0"})
    note = ItemNote(
        "memory",
        "host",
        "1001",
        seen={"title": Sighting(old, REVISIONS[0], 1, "here0")},
        heard=frozenset({Heard("here0", "title", old)}),
    )
    before = World({"title": old}, {"title": old}, {"title": birth}, note, {"title": old})
    assert before.plan() == ()
    moved_here = replace(
        before, values={"title": new}, worktree={"title": new}, edits={"title": frozenset({"here1"})}
    )
    moved_there = replace(before, words={"title": new})
    plan = (moved_here if here else moved_there.seen).plan()
    wanted = SetRemote if here else SetLocal
    assert [(type(a), a.new) for a in plan if isinstance(a, SetRemote | SetLocal)] == [(wanted, new)]
    assert len(plan) == 1


@given(worlds())
def test_5_after_a_run_only_the_same_questions_are_left(world: World) -> None:
    world = committed(world.seen)
    plan = world.plan()
    after = committed(applied(world, plan))
    asked = {a.field: (a.local, a.remote) for a in plan if isinstance(a, Conflict)}
    rest = after.plan()
    assert {a.field: (a.local, a.remote) for a in rest if isinstance(a, Conflict)} == asked
    assert not of(rest, SetLocal, SetRemote, Hold), rest
    for name in asked:
        assert (after.values.get(name), after.words.get(name)) == (
            world.values.get(name),
            world.words.get(name),
        )
    for name in set(FIELDS) - asked.keys() - unsaid(after):
        assert agrees(name, after.values.get(name), after.words.get(name))


def unsaid(world: World) -> set[str]:
    """Fields of which the tracker holds what these very edits made of it, be it spelled as it likes."""
    return {name for name, seen in world.note.seen.items() if seen.origin in world.edits[name]}


@given(worlds())
def test_6_the_notes_only_grow_and_only_say_what_happened(world: World) -> None:
    world = committed(world.seen)
    after = applied(world, world.plan())
    assert after.note.heard >= world.note.heard
    assert after.note.known >= world.note.known
    for entry in after.note.heard - world.note.heard:
        assert agrees(entry.field, entry.value, after.words.get(entry.field))
    for action in of(world.plan(), Agree):
        assert isinstance(action, Agree)
        assert agrees(action.field, action.value, world.words.get(action.field))


@given(worlds(), st.data())
def test_7_stopped_anywhere_the_next_run_gets_to_the_same_world(world: World, data: st.DataObject) -> None:
    world = committed(world.seen)
    plan = world.plan()
    done = data.draw(st.permutations(plan))[: data.draw(st.integers(0, len(plan)))]
    through = applied(world, plan)
    stopped = committed(applied(world, done))
    finished = applied(stopped, stopped.plan())
    assert (finished.values, finished.words) == (through.values, through.words)
    assert {h.edit for h in finished.note.heard} == {h.edit for h in through.note.heard}


@given(worlds())
def test_7_written_but_not_noted_is_never_written_twice(world: World) -> None:
    """The word is there, the note is not: the same value on both sides, whoever brought it."""
    world = committed(world.seen)
    for write in of(world.plan(), SetRemote):
        assert isinstance(write, SetRemote)
        there = replace(world, words=filled({**world.words, write.field: write.to})).seen
        again = [a for a in there.plan() if isinstance(a, SetRemote | SetLocal | Conflict)]
        assert write.field not in {a.field for a in again}


@given(worlds(), st.sampled_from(["tracker", "spec", "newest"]))
def test_policies_decide_questions_and_nothing_else(world: World, policy: str) -> None:
    world = committed(world.seen)
    asked = {a.field: a for a in world.plan() if isinstance(a, Conflict)}
    decided = replace(world, policy=policy).plan()
    kept = [a for a in world.plan() if not isinstance(a, Conflict)]
    assert [a for a in decided if getattr(a, "field", "") not in asked] == [
        a for a in kept if getattr(a, "field", "") not in asked
    ]
    wanted = {"tracker": SetLocal, "spec": SetRemote}.get(policy, SetLocal | SetRemote)
    for action in decided:
        name = getattr(action, "field", "")
        if name in asked and SHALLOW not in world.edits[name]:
            assert isinstance(action, wanted)


@given(worlds())
def test_offline_publishes_only_what_nobody_touched(world: World) -> None:
    world = replace(world.seen, fresh=False, untouched=False)
    assert not of(world.plan(), SetRemote)


@given(worlds(), st.sampled_from(["ask", "tracker", "spec", "newest"]))
def test_beyond_a_shallow_boundary_nothing_is_published_or_replaced(world: World, policy: str) -> None:
    for action in replace(world.seen, policy=policy).plan():
        if isinstance(action, SetRemote | SetLocal):
            assert SHALLOW not in world.edits[action.field]


@given(worlds())
@example(World({"title": "A"}, {"title": "A"}, {"title": frozenset({"here0"})}, ItemNote("m", "h", "1"), {}))
def test_planning_twice_says_the_same(world: World) -> None:
    assert world.plan() == world.plan()
