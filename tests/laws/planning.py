"""Drawn worlds for the planner: values, edits, what was heard, known, seen and left out.

A world is one spec and its item. `applied` is what a run does with a plan, as plainly as can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from lspec_git.adapters.github_vocabulary import github
from lspec_git.core.actions import Action, Agree, ItemKey, SetLocal, SetRemote
from lspec_git.core.documents import (
    Heard,
    ItemNote,
    Known,
    LeftOut,
    Sighting,
    is_tracker,
    order,
    tracker_origin,
)
from lspec_git.core.edits import BIRTH, SHALLOW, History, Made, Version
from lspec_git.core.plan import FieldView, Pair, Present, Verdict, decide, plan_pair, sight
from lspec_git.core.spec import SpecId

SPEC, ITEM = SpecId("specs", "001-a"), ItemKey("memory", "1001", "1")
VOCABULARY = github()
FIELDS = ("status", "priority", "title", "tags:x")
VALUES: Mapping[str, Sequence[str | None]] = {
    "status": ["draft", "planned", "in-progress", "complete"],
    "priority": [None, "low", "high"],
    "title": ["A", "B"],
    "tags:x": [None, "x", "X"],
}
WORDS: Mapping[str, Sequence[str | None]] = {
    "status": ["open", "open + status:in-progress", "closed/completed", "closed/duplicate"],
    "priority": [None, "priority:low", "priority:high", "Priority:High"],
    "title": ["A", "B"],
    "tags:x": [None, "x", "X"],
}
LINE = [f"c{n}" for n in range(4)]
"""Commits of this history, oldest first; HEAD is the last. `away` is on another branch."""
HEAD, AWAY = LINE[-1], "away"
REVISIONS = [f"2026-01-01T00:00:0{n}Z" for n in range(4)]
NOW = REVISIONS[-1]


@dataclass(frozen=True)
class World:
    """Both sides of one spec, and the note of its item. Edits are `here…` or `gone…` (in no history here)."""

    values: Mapping[str, str]
    words: Mapping[str, str]
    edits: Mapping[str, frozenset[str]]
    note: ItemNote
    worktree: Mapping[str, str]
    head: str = HEAD
    fresh: bool = True
    untouched: bool = False
    pulls: bool = True
    policy: str = "ask"

    @property
    def history(self) -> History:
        history = History()
        for number in range(6):
            name = f"here{number}"
            history.made[name] = Made(name, str(SPEC), "", None, None, LINE[0], "ada", "1 +0000")
        for edits in self.edits.values():
            for name in edits - {BIRTH, SHALLOW}:
                history.made.setdefault(name, Made(name, str(SPEC), "", None, None, HEAD, "ada", "1 +0000"))
        return history

    def ancestor(self, old: str, new: str) -> bool:
        line = [*LINE, *([self.head] if self.head not in LINE else [])]
        assert new in line, f"git has no commit {new} to look back from"
        return old in line and line.index(old) <= line.index(new)

    @property
    def present(self) -> Present:
        return Present(self.head, self.history, self.ancestor, self.fresh)

    @property
    def seen(self) -> World:
        """The world after looking at the tracker: what changed there is news."""
        seen = {name: sight(self.note, name, self.words.get(name), NOW) for name in FIELDS}
        return replace(self, note=replace(self.note, seen=seen))

    @property
    def pair(self) -> Pair:
        version = Version("blob", self.values, self.edits)
        return Pair(
            spec=SPEC,
            path="specs/001-a/README.md",
            item=ITEM,
            values=self.values,
            version=version,
            worktree=self.worktree,
            words=self.words,
            revision=NOW,
            note=self.note,
            untouched=self.untouched,
            pulls=self.pulls,
            policy=self.policy,
        )

    def plan(self) -> tuple[Action, ...]:
        return tuple(plan_pair(self.pair, VOCABULARY, self.present, ["x"]))

    def verdict(self, name: str) -> Verdict:
        view = FieldView(
            name,
            self.values.get(name),
            self.edits.get(name, frozenset({BIRTH})),
            sight(self.note, name, self.words.get(name), NOW),
        )
        lens = VOCABULARY.lens(name)
        assert lens is not None
        return decide(view, lens, self.note, self.present, self.untouched)[0]


def filled(drawn: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in drawn.items() if value is not None}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Any world that a run may meet, and many that it should never."""
    values = filled({name: draw(st.sampled_from(list(VALUES[name]))) for name in FIELDS})
    words = filled({name: draw(st.sampled_from(list(WORDS[name]))) for name in FIELDS})
    edits = {name: draw(edit_sets(name)) for name in FIELDS}
    origins = st.sampled_from(
        [BIRTH, "here0", "here1", "gone0", *(tracker_origin(r, n) for r in REVISIONS[:3] for n in (1, 2))]
    )
    everywhere = st.sampled_from([*LINE, AWAY, "here0", "here1", "gone0"])
    names = st.sampled_from(FIELDS)
    own = st.sampled_from(sorted(frozenset({"here2", "gone0", "gone1"}).union(*edits.values()) - {SHALLOW}))
    heard = draw(st.frozensets(st.builds(_heard, own, names, st.integers(0, 3)), max_size=4))
    known = draw(st.frozensets(st.builds(Known, everywhere, names, origins), max_size=5))
    left = draw(
        st.frozensets(
            st.builds(
                LeftOut,
                st.sampled_from([*LINE, AWAY]),
                names,
                st.sampled_from([tracker_origin(r, 1) for r in REVISIONS[:3]]),
            ),
            max_size=1,
        )
    )
    seen = {name: draw(sightings(name, words.get(name), origins)) for name in FIELDS if draw(st.booleans())}
    left = frozenset(one for one in left if not later(one.origin, seen.get(one.field)))
    note = ItemNote("memory", "host", "1001", seen=seen, heard=heard, known=known, left_out=left)
    dirty = {
        name: draw(st.sampled_from(list(VALUES[name]))) for name in FIELDS if not draw(st.integers(0, 3))
    }
    worktree = filled({**values, **dirty})
    return World(
        values,
        words,
        edits,
        note,
        worktree,
        fresh=draw(st.booleans()),
        untouched=draw(st.booleans()),
    )


def later(origin: str, seen: Sighting | None) -> bool:
    """Whether a tracker's value came after what was seen last: nobody can have pulled that."""
    return seen is not None and is_tracker(seen.origin) and order(origin) > order(seen.origin)


def _heard(edit: str, name: str, number: int) -> Heard:
    return Heard(edit, name, list(VALUES[name])[number % len(VALUES[name])])


def edit_sets(name: str) -> st.SearchStrategy[frozenset[str]]:
    mine = [f"{name}-e0", f"{name}-e1"]
    return st.one_of(
        st.frozensets(st.sampled_from(mine), min_size=1, max_size=2),
        st.just(frozenset({BIRTH})),
        st.just(frozenset({SHALLOW, mine[0]})),
    )


def sightings(name: str, word: str | None, origins: st.SearchStrategy[str]) -> st.SearchStrategy[Sighting]:
    words = st.sampled_from([word, word, *WORDS[name]])
    return st.builds(Sighting, words, st.sampled_from(REVISIONS[:3]), st.integers(1, 2), origins)


# -- what a run does with a plan


def applied(world: World, actions: Iterable[Action]) -> World:
    """Carry out some actions in order; each is whole or not at all."""
    for action in actions:
        if isinstance(action, SetRemote):
            world = wrote(world, action)
        elif isinstance(action, SetLocal):
            world = took(world, action)
        elif isinstance(action, Agree):
            heard = {Heard(edit, action.field, action.value) for edit in action.edits}
            known = {Known(action.commit, action.field, action.origin)}
            note = replace(world.note, heard=world.note.heard | heard, known=world.note.known | known)
            world = replace(world, note=note)
    return world


def wrote(world: World, action: SetRemote) -> World:
    """The tracker has the word, and the note has heard the edits."""
    words = filled({**world.words, action.field: action.to})
    last = world.note.seen.get(action.field)
    seen = Sighting(action.to, NOW, last.count + 1 if last else 1, min(action.edits))
    heard = {Heard(edit, action.field, action.new) for edit in action.edits}
    note = replace(world.note, seen={**world.note.seen, action.field: seen}, heard=world.note.heard | heard)
    return replace(world, words=words, note=note)


def took(world: World, action: SetLocal) -> World:
    """The value was written and committed: its edit is heard and took the tracker's value in."""
    values = filled({**world.values, action.field: action.new})
    edit = f"{action.field}-took-{action.origin}"
    note = replace(
        world.note,
        heard=world.note.heard | {Heard(edit, action.field, action.new)},
        known=world.note.known | {Known(edit, action.field, action.origin)},
    )
    return replace(
        world,
        values=values,
        worktree=filled({**world.worktree, action.field: action.new}),
        edits={**world.edits, action.field: frozenset({edit})},
        note=note,
        head="c9",
    )


def of(plan: Iterable[Action], *kinds: type[Action]) -> list[Action]:
    return [action for action in plan if isinstance(action, kinds)]


def committed(world: World) -> World:
    """The same with nothing uncommitted, and everything fetched."""
    return replace(world, worktree=world.values, fresh=True)
