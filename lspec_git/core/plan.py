"""The planner: what to do about each field of each linked spec. Pure, and the heart of the tool.

For a field it knows the local value and the edits behind it, the tracker's word and its origin, and what the
notes remember: which edits the tracker has heard, and which tracker values this history knows. It knows no
clock (except to carry out the policy `newest`), no git and no network.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from lspec_git.core.actions import (
    Action,
    Agree,
    Conflict,
    Create,
    Held,
    Hold,
    ItemKey,
    Notice,
    Plan,
    SetLocal,
    SetRemote,
    Why,
)
from lspec_git.core.documents import ItemNote, Sighting, is_tracker, order, tracker_origin
from lspec_git.core.edits import BIRTH, SHALLOW, EditNames, History, Version
from lspec_git.core.spec import CLOSED, TAG, FieldName, SpecId, Values, same
from lspec_git.core.vocabulary import Lens, Vocabulary

Ancestor = Callable[[str, str], bool]
"""Whether the first commit is the second or one of its ancestors."""


class Verdict(Enum):
    """The decision for one field."""

    AGREE = "agree"
    SETTLED = "settled"
    PULL = "pull"
    PUBLISH = "publish"
    WAIT = "wait"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Present:
    """Where a decision is made: the history of HEAD, and what is known of the state that clones share."""

    commit: str
    history: History
    ancestor: Ancestor
    fresh: bool = True
    """The shared notes were fetched in this run."""
    private: frozenset[str] = frozenset()
    """Commits whose edits are not to be published yet."""

    def unpushed(self, edits: Iterable[str]) -> bool:
        """Whether one of these edits was made by a private commit."""
        made = self.history.made
        return any(edit in made and made[edit].commit in self.private for edit in edits)


@dataclass(frozen=True, slots=True)
class Pair:
    """A spec at HEAD and the work item that it is linked to, as both were just observed."""

    spec: SpecId
    path: str
    item: ItemKey
    values: Values
    version: Version
    worktree: Values | None
    """Values of the file in the worktree; None where there is no such file or it cannot be read."""
    words: Mapping[FieldName, str]
    revision: str
    note: ItemNote
    untouched: bool = True
    """The revision is the one this clone saw last."""
    withheld: Held | None = None
    """Why nothing is published for this spec now; None: it is."""
    pulls: bool = True
    pulled: Mapping[FieldName, str | None] = field(default_factory=dict)
    """What was pulled before and no commit has taken in yet: where it still lies it is nobody's edit."""
    fixed: frozenset[FieldName] = frozenset()
    """Fields that the file's folder decides: pulling them would change nothing."""
    policy: str = "ask"
    decided: Mapping[FieldName, str] = field(default_factory=dict)
    """Policies for single fields, which a person decided in this run."""
    changed_at: int = 0
    """When the item last changed, in epoch seconds by the tracker's clock: for the policy `newest`."""


@dataclass(frozen=True, slots=True)
class FieldView:
    """All that decides about one field."""

    field: FieldName
    value: str | None
    edits: EditNames
    seen: Sighting


def sight(note: ItemNote, name: FieldName, word: str | None, revision: str) -> Sighting:
    """What is seen now: an unchanged word keeps its origin, a changed one is news from the tracker."""
    last = note.seen.get(name)
    if last is not None and last.word == word:
        return last
    if last is None and word is None:
        return Sighting(None, revision, 0, BIRTH)
    count = last.count + 1 if last else 1
    return Sighting(word, revision, count, tracker_origin(revision, count))


def knows(origin: str, name: FieldName, note: ItemNote, present: Present) -> bool:
    """Whether this history knows a tracker value: made, agreed with (or with a later one), or taken in."""
    if present.history.holds(origin):
        return True
    return any(
        known.field == name and _covers(known.origin, origin) and _here(known.by, present)
        for known in note.known
    )


def _covers(known: str, origin: str) -> bool:
    if known == origin:
        return True
    return is_tracker(known) and is_tracker(origin) and order(known) >= order(origin)


def _here(by: str, present: Present) -> bool:
    return present.history.holds(by) or present.ancestor(by, present.commit)


def _commit_of(by: str, present: Present) -> str:
    """The commit that made an edit of this history; a commit is its own."""
    made = present.history.made.get(by)
    return made.commit if made else by


def left_out(name: FieldName, note: ItemNote, present: Present) -> bool:
    """Whether a pulled value was committed without, in this history, and nobody has settled that since."""
    return any(
        left.field == name
        and present.ancestor(left.commit, present.commit)
        and not any(
            known.field == name
            and (not is_tracker(known.origin) or order(known.origin) >= order(left.origin))
            and present.ancestor(_commit_of(known.by, present), present.commit)
            and present.ancestor(left.commit, _commit_of(known.by, present))
            for known in note.known
        )
        for left in note.left_out
    )


def decide(
    view: FieldView, lens: Lens, note: ItemNote, present: Present, untouched: bool
) -> tuple[Verdict, Why]:
    """The rule for one field; the reason matters only for a conflict."""
    heard = {entry.edit for entry in note.heard} | {BIRTH}
    origin = view.seen.origin
    if lens.agrees(view.value, view.seen.word):
        return Verdict.AGREE, Why.BOTH
    if SHALLOW in view.edits:
        return Verdict.CONFLICT, Why.SHALLOW
    if origin in view.edits:
        return Verdict.SETTLED, Why.BOTH
    if view.edits & heard:
        if left_out(view.field, note, present):
            return Verdict.CONFLICT, Why.LEFT_OUT
        return Verdict.PULL, Why.BOTH
    if not present.fresh and not untouched:
        return Verdict.WAIT, Why.BOTH
    if not knows(origin, view.field, note, present):
        return Verdict.CONFLICT, Why.BOTH
    if _published_elsewhere(view, note, present.history):
        return Verdict.CONFLICT, Why.SQUASHED
    return Verdict.PUBLISH, Why.BOTH


def _published_elsewhere(view: FieldView, note: ItemNote, history: History) -> bool:
    return any(
        entry.field == view.field
        and same(view.field, entry.value, view.value)
        and entry.edit != BIRTH
        and not history.holds(entry.edit)
        for entry in note.heard
    )


def plan_pair(
    pair: Pair, vocabulary: Vocabulary, present: Present, tags: Collection[str] = ()
) -> Iterable[Action]:
    """The actions for one linked spec. `tags` are the tags (lower case) that specs use."""
    for name in sorted(fields(pair.values, pair.version, pair.words, pair.note, tags)):
        lens = vocabulary.lens(name)
        if lens is None:
            continue
        value = pair.values.get(name)
        if value is not None and not lens.expressible(value):
            yield _unsayable(pair.spec, pair.item.tracker, name, value)
            continue
        seen = sight(pair.note, name, pair.words.get(name), pair.revision)
        view = FieldView(name, value, pair.version.behind(name), seen)
        yield from _act(view, lens, pair, present)


def fields(
    values: Values, version: Version, words: Mapping[FieldName, str], note: ItemNote, tags: Collection[str]
) -> set[FieldName]:
    """Every field that either side has or had; a label is a tag only if a spec uses or used it."""
    theirs = set(words) | set(note.seen)
    return (
        set(values)
        | set(version.edits)
        | {f for f in theirs if not f.startswith(TAG) or f[len(TAG) :] in tags}
    )


def _act(view: FieldView, lens: Lens, pair: Pair, present: Present) -> Iterable[Action]:
    verdict, why = decide(view, lens, pair.note, present, pair.untouched)
    remote = lens.get(view.seen.word, view.value)
    if verdict is Verdict.CONFLICT and _lies(view, remote, pair):
        yield Hold(pair.spec, pair.item.tracker, view.field, view.value, remote, Held.UNCOMMITTED)
        return
    if verdict is Verdict.CONFLICT and why is not Why.SHALLOW:
        verdict = _by_policy(view, pair, present)
    if verdict is Verdict.AGREE:
        yield from _agreed(view, pair, present)
    elif verdict is Verdict.PULL:
        yield _pull(view, remote, pair)
    elif verdict is Verdict.PUBLISH:
        yield _publish(view, lens, pair, present)
    elif verdict is Verdict.WAIT:
        yield Hold(pair.spec, pair.item.tracker, view.field, view.value, remote, Held.OFFLINE)
    elif verdict is Verdict.CONFLICT:
        yield _frozen(view, remote, why, pair)


def _frozen(view: FieldView, remote: str | None, why: Why, pair: Pair) -> Action:
    return Conflict(
        pair.spec,
        pair.item,
        view.field,
        view.value,
        remote,
        view.seen.word,
        why,
        view.edits,
        view.seen.origin,
        pair.revision,
    )


def _agreed(view: FieldView, pair: Pair, present: Present) -> Iterable[Action]:
    """Only what the notes do not say yet is worth an action: a settled world plans nothing."""
    heard = {entry.edit for entry in pair.note.heard} | {BIRTH, SHALLOW}
    known = knows(view.seen.origin, view.field, pair.note, present)
    pending = left_out(view.field, pair.note, present)
    edits = view.edits | present.history.of_field(str(pair.spec), view.field)
    if edits <= heard and known and not pending:
        return
    yield Agree(
        pair.spec,
        pair.item,
        view.field,
        view.value,
        edits - {SHALLOW, BIRTH},
        view.seen.origin,
        present.commit,
    )


def _pull(view: FieldView, remote: str | None, pair: Pair) -> Action:
    if not pair.pulls:
        return Hold(pair.spec, pair.item.tracker, view.field, view.value, remote, Held.PUSH_ONLY)
    if view.field in pair.fixed:
        return Hold(pair.spec, pair.item.tracker, view.field, view.value, remote, Held.FOLDER)
    if pair.worktree is None:
        return Hold(pair.spec, pair.item.tracker, view.field, view.value, remote, Held.NO_FILE)
    lying = pair.worktree.get(view.field)
    if _lies(view, remote, pair):
        return Hold(pair.spec, pair.item.tracker, view.field, view.value, remote, Held.UNCOMMITTED)
    if not same(view.field, lying, view.value) and not _pulled_before(view, lying, pair):
        return Hold(pair.spec, pair.item.tracker, view.field, lying, remote, Held.EDITED)
    return SetLocal(pair.spec, pair.path, pair.item, view.field, view.value, remote, view.seen.origin)


def _pulled_before(view: FieldView, lying: str | None, pair: Pair) -> bool:
    return view.field in pair.pulled and same(view.field, lying, pair.pulled[view.field])


def _publish(view: FieldView, lens: Lens, pair: Pair, present: Present) -> Action:
    withheld = pair.withheld or (Held.UNPUSHED if present.unpushed(view.edits) else None)
    if withheld:
        remote = lens.get(view.seen.word, view.value)
        return Hold(pair.spec, pair.item.tracker, view.field, view.value, remote, withheld)
    old = next((present.history.made[e].old for e in sorted(view.edits) if e in present.history.made), None)
    word = view.seen.word
    return SetRemote(
        pair.spec,
        pair.item,
        view.field,
        old,
        view.value,
        word,
        lens.put(view.value, word, old),
        view.edits,
        pair.revision,
    )


def _lies(view: FieldView, remote: str | None, pair: Pair) -> bool:
    """Whether the worktree holds the tracker's value already: committing it settles the conflict."""
    return pair.worktree is not None and same(view.field, pair.worktree.get(view.field), remote)


def _by_policy(view: FieldView, pair: Pair, present: Present) -> Verdict:
    """A named policy answers instead of a person; `newest` believes both clocks, the tracker's and git's."""
    policy = pair.decided.get(view.field, pair.policy)
    if policy == "tracker":
        return Verdict.PULL
    if policy == "spec":
        return Verdict.PUBLISH
    if policy == "newest":
        times = [
            int(present.history.made[e].author_time.split()[0])
            for e in view.edits
            if e in present.history.made
        ]
        return Verdict.PUBLISH if times and max(times) > pair.changed_at else Verdict.PULL
    return Verdict.CONFLICT


def plan_create(spec: SpecId, path: str, tracker: str, values: Values, vocabulary: Vocabulary) -> Create:
    """The work item that a spec would get: every field that the tracker can hold and say."""
    words: dict[FieldName, str] = {}
    for name, value in values.items():
        lens = vocabulary.lens(name)
        word = lens.put(value, None, None) if lens and lens.expressible(value) else None
        if word is not None:
            words[name] = word
    return Create(spec, path, tracker, values, words)


def unsayable(create: Create, vocabulary: Vocabulary) -> Iterable[Notice]:
    """What a new work item will not say although the spec does."""
    for name, value in sorted(create.values.items()):
        lens = vocabulary.lens(name)
        if lens is not None and not lens.expressible(value):
            yield _unsayable(create.spec, create.tracker, name, value)


def _unsayable(spec: SpecId, tracker: str, name: FieldName, value: str) -> Notice:
    return Notice(spec, tracker, f"{name}: {value!r} cannot be said in {tracker}'s words", name)


@dataclass(frozen=True, slots=True)
class Mass:
    """How many items a plan touches, by kind; see `mass`."""

    created: int
    closed: int
    reopened: int
    changed: int

    def most(self) -> int:
        """The largest of the four."""
        return max(self.created, self.closed, self.reopened, self.changed)


def mass(plan: Plan) -> Mass:
    """Count the work items that a plan creates, closes, reopens and changes."""
    writes = [action for action in plan if isinstance(action, SetRemote)]
    moves = [action for action in writes if action.field == "status"]
    closed = {a.item for a in moves if a.new in CLOSED and a.old not in CLOSED}
    reopened = {a.item for a in moves if a.old in CLOSED and a.new not in CLOSED}
    created = sum(1 for action in plan if isinstance(action, Create))
    return Mass(created, len(closed), len(reopened), len({a.item for a in writes}))


def default_limit(linked: int) -> int:
    """How many items one run may touch unasked: a quarter of the linked ones, from 5 to 20."""
    return max(5, min(20, linked // 4))
