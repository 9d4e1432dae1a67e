"""Where every spec stands, offline: what git and the notes know, and no question to any tracker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lspec_git.core.actions import Action, Agree, Conflict, Hold, SetLocal, SetRemote
from lspec_git.core.config import Config
from lspec_git.core.documents import Link
from lspec_git.core.edits import History
from lspec_git.core.plan import Present, plan_pair
from lspec_git.core.spec import Problem, SpecId
from lspec_git.engine.links import check_name, check_target, former_roots
from lspec_git.engine.observe import quiet_since
from lspec_git.engine.pairs import (
    Row,
    Seat,
    empty_note,
    pair,
    placed,
    present,
    rows,
    seat,
    used_tags,
)
from lspec_git.engine.recover import specs_of
from lspec_git.engine.refusals import Refusals, respected
from lspec_git.errors import UsageError
from lspec_git.git.notes import Notes
from lspec_git.git.objects import Repository
from lspec_git.ledger import DAMAGED, Ledger
from lspec_git.local import Local, load
from lspec_git.local import config as load_config
from lspec_git.records import Outcome, Pulled, Records, Settled

IN_STEP, TO_PUSH, TO_PULL, IN_CONFLICT = "in step", "to push", "to pull", "in conflict"
UNLINKED, CLAIMED, UNREADABLE, WAITING = "unlinked", "being created", "unreadable", "waiting"
MISPLACED = "misplaced"
"""Its link leads to another project than the config says, or belongs to another spec."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One spec in one project (`target`). `actions` are what a sync would do as far as is known here."""

    spec: SpecId
    path: str
    tracker: str
    label: str
    target: str
    state: str
    key: str = ""
    url: str = ""
    actions: tuple[Action, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the mappings name, and the specs whose name is not their own."""

    config: Config
    standings: tuple[Standing, ...]
    twins: tuple[tuple[SpecId, tuple[str, ...]], ...]
    settled: Settled
    outcome: Outcome
    """What the last background run came to."""


def overview(repo: Repository, only: frozenset[SpecId] = frozenset()) -> Overview:
    """Where every mapped spec stands on every enabled tracker."""
    config = load_config(repo)
    local = load(repo, config)
    ledger, records = Ledger(Notes(local.objects, repo)), Records.of(repo)
    found: list[Standing] = []
    for tracker in config.trackers:
        if tracker.enabled:
            found.extend(_tracker(local, ledger, records, config, seat(config, tracker), only))
    twins = tuple(sorted(local.twins.items()))
    return Overview(config, tuple(found), twins, records.settled(), records.outcome())


@dataclass(frozen=True, slots=True)
class _View:
    """What all specs of a project are looked at with, read once."""

    local: Local
    ledger: Ledger
    records: Records
    at: Seat
    history: History
    tags: frozenset[str]
    now: Present
    revisions: Mapping[str, str]
    pulled: tuple[Pulled, ...]
    refusals: Refusals


def _tracker(
    local: Local, ledger: Ledger, records: Records, config: Config, at: Seat, only: frozenset[SpecId]
) -> Iterator[Standing]:
    table, pulled = rows(local, ledger, at, only), records.pulled()
    quiet = quiet_since(local, ledger, config, records.settled())
    moved = set(table) if quiet is None else quiet | specs_of(pulled)
    some = [row for spec, row in table.items() if spec in moved and row.linked]
    history = local.history((row.file for row in some), former_roots(local, ledger, at, some))
    tags = used_tags(local, table.values(), at, []) if moved else frozenset()
    now = present(local, history, fresh=True)
    known = records.revisions(), pulled, records.refusals()
    view = _View(local, ledger, records, at, history, tags, now, *known)
    for spec, row in sorted(table.items()):
        quiet_one = row.linked and spec not in moved
        yield _standing(row, at, IN_STEP) if quiet_one else _looked_at(view, row)


def _looked_at(view: _View, row: Row) -> Standing:
    local, at, link = view.local, view.at, row.link
    if local.values(row.file) is None:
        problems = tuple(problem for problem in local.problems(row.file) if problem.fatal)
        return _standing(row, at, UNREADABLE, problems=problems)
    try:
        check_name(local, view.ledger, at, row)
        check_target(row, at, view.records)
    except UsageError as error:
        reason = "; ".join((error.message, *error.advice.splitlines()))
        return _standing(row, at, MISPLACED, problems=(Problem(row.file.path, 1, 1, reason),))
    damage = view.ledger.damage(row.spec, at.at(link.item) if link and link.item else None)
    if damage is not None:
        said = f"{DAMAGED} ({damage}); see: git lspec doctor"
        return _standing(row, at, UNREADABLE, problems=(Problem(row.file.path, 1, 1, said),))
    if link is None or not link.item:
        return _standing(row, at, CLAIMED if link and link.claim else UNLINKED)
    actions = _planned(view, row, link)
    return _standing(row, at, _state(actions), actions)


def _planned(view: _View, row: Row, link: Link) -> tuple[Action, ...]:
    """What a sync would do about a linked spec, as far as is known here."""
    at = view.at
    note = view.ledger.item(at.at(link.item)) or empty_note(at, row, link)
    revision = view.revisions.get(at.key(link.item), "")
    made = pair(view.local, view.history, at, row, note, None, revision, view.tags, view.pulled)
    plan = plan_pair(made, at.vocabulary, view.now, view.tags) if made else ()
    return tuple(respected(placed(view.local, plan), view.refusals, None, 0))


def _standing(
    row: Row, at: Seat, state: str, actions: tuple[Action, ...] = (), problems: tuple[Problem, ...] = ()
) -> Standing:
    key, url = (row.link.key, row.link.url) if row.link else ("", "")
    return Standing(row.spec, row.file.path, at.name, at.label, at.target, state, key, url, actions, problems)


def _state(actions: tuple[Action, ...]) -> str:
    for kind, state in ((Conflict, IN_CONFLICT), (SetRemote, TO_PUSH), (SetLocal, TO_PULL), (Hold, WAITING)):
        if any(isinstance(action, kind) for action in actions):
            return state
    return IN_STEP if all(isinstance(action, Agree) for action in actions) else WAITING
