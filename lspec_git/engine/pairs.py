"""Specs and their work items, brought together for the planner: the offline part of observing.

What the tracker holds is what was just read or, for an item that did not change, what the notes saw last.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from hashlib import sha256

from lspec_git.adapters.base import WorkItem
from lspec_git.core.actions import Action, Held, ItemKey, Notice
from lspec_git.core.config import Config, Policy, Publish, Tags, TrackerConfig, label, target
from lspec_git.core.documents import ItemNote, Link
from lspec_git.core.edits import History
from lspec_git.core.leanspec import fixed_by_folder
from lspec_git.core.plan import Pair, Present, fields, sight
from lspec_git.core.rules import Create, Selection, Sync
from lspec_git.core.spec import TAG, SpecId
from lspec_git.core.targets import host_of
from lspec_git.core.vocabulary import Vocabulary
from lspec_git.errors import ConfigError
from lspec_git.ledger import ItemAt, Ledger, sees
from lspec_git.local import Local, SpecFile
from lspec_git.records import Pulled
from lspec_git.trackers import installed


@dataclass(frozen=True, slots=True)
class Row:
    """A spec that a mapping names, and its link to one tracker (None: none yet)."""

    file: SpecFile
    selection: Selection
    link: Link | None

    @property
    def spec(self) -> SpecId:
        return self.file.id

    @property
    def linked(self) -> bool:
        return bool(self.link and self.link.item)


@dataclass(frozen=True, slots=True)
class Seat:
    """One project of a tracker, as the config has it: what is known of it without asking it."""

    config: TrackerConfig
    vocabulary: Vocabulary
    target: str
    shared: Config

    @property
    def name(self) -> str:
        """The tracker's name, which notes keep links under: a spec has one link on all its projects."""
        return self.config.name

    @property
    def label(self) -> str:
        """What plans and people call it: the tracker's name, with the project where it has several."""
        return label(self.shared, self.config)

    def key(self, item: str) -> str:
        """What this clone remembers an item under."""
        return f"{self.target} {item}"

    def selects(self, file: SpecFile, link: Link | None) -> Selection | None:
        """What the config says about a spec that belongs to this section; None: it does not.

        A spec belongs to the first section that selects it; one that is selected by none and was linked by
        hand, to that of its link, or where that is gone to the first, which will say so.
        """
        for home, found in self.shared.takers(self.name, file.folder, file.id):
            return found if home == self.config else None
        if link is None or link.how != "linked":
            return None
        sections = self.shared.sections(self.name)
        home = next((one for one in sections if target(one) == link.target), sections[0])
        return by_hand(self.config) if home == self.config else None

    def at(self, item: str) -> ItemAt:
        """Where the notes keep an item of this tracker."""
        return ItemAt(self.name, host_of(self.target), item)

    def withheld(self, sync: Sync, branch: str | None) -> Held | None:
        """Why nothing is published from here, if so."""
        if not sync.pushes:
            return Held.PULL_ONLY
        name = (branch or "").removeprefix("refs/heads/")
        allowed = self.shared.branches
        return Held.BRANCH if allowed and not any(fnmatchcase(name, one) for one in allowed) else None


def seat(config: Config, tracker: TrackerConfig) -> Seat:
    """The offline half of a tracker."""
    try:
        words = installed()[tracker.name].vocabulary(tracker.settings(config.people_on(tracker.name)))
    except ValueError as error:
        raise ConfigError(
            f"{config.path}:{tracker.line}: {tracker.name}: {error}", "git lspec check"
        ) from None
    return Seat(tracker, words, target(tracker), config)


def by_hand(tracker: TrackerConfig) -> Selection:
    """What holds for a spec that no mapping names: linking by hand is leave enough, yet none to create."""
    return Selection(0, "", (), "", tracker.sync, Create.NONE)


def rows(local: Local, ledger: Ledger, at: Seat, only: Collection[SpecId] = ()) -> dict[SpecId, Row]:
    """Every spec of HEAD that belongs to a section, with its link."""
    found: dict[SpecId, Row] = {}
    for spec, file in local.specs.items():
        if only and spec not in only:
            continue
        link = ledger.link(spec, at.name)
        selection = at.selects(file, link)
        if selection is not None:
            found[spec] = Row(file, selection, link)
    return found


def used_tags(
    local: Local, selected: Iterable[Row], at: Seat, words: Iterable[Mapping[str, str]]
) -> frozenset[str]:
    """Tags in lower case that some mapped spec uses, or every label where the config says `tags: all`."""
    if at.config.tags is Tags.ALL:
        return frozenset(name[len(TAG) :] for one in words for name in one if name.startswith(TAG))
    used = (local.values(row.file) or {} for row in selected)
    return frozenset(name[len(TAG) :] for one in used for name in one if name.startswith(TAG))


def words_of(note: ItemNote) -> dict[str, str]:
    """What the tracker said when it was last looked at."""
    return {name: seen.word for name, seen in note.seen.items() if seen.word is not None}


def look_at(note: ItemNote) -> str:
    """A name for all that the note says the item holds: it tells whether another clone has changed that."""
    return sha256(repr(sorted(words_of(note).items())).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def pair(
    local: Local,
    history: History,
    at: Seat,
    row: Row,
    note: ItemNote,
    item: WorkItem | None,
    known_revision: str,
    tags: Collection[str],
    pulled: Iterable[Pulled],
) -> Pair | None:
    """A linked spec as the planner wants it; None where the spec cannot be read.

    `pulled` are the pulled values that wait for a commit in this worktree, of any spec.
    """
    values, version = local.values(row.file), history.versions.get(row.file.path)
    if values is None or version is None or row.link is None:
        return None
    words, revision = (dict(item.words), item.revision) if item else (words_of(note), known_revision)
    return Pair(
        spec=row.spec,
        path=row.file.path,
        item=ItemKey(at.label, row.link.item, row.link.key),
        values=values,
        version=version,
        worktree=local.in_worktree(row.file),
        words=words,
        revision=revision,
        note=_seen_now(note, fields(values, version, words, note, tags), words, revision),
        untouched=item is None or item.revision == known_revision,
        withheld=at.withheld(row.selection.sync, local.branch),
        pulls=row.selection.sync.pulls,
        pulled={one.field: one.new for one in pulled if (one.spec, one.target) == (str(row.spec), at.target)},
        fixed=fixed_by_folder(row.file.path),
        policy=at.config.policy.value,
        changed_at=_seconds(revision) if at.config.policy is Policy.NEWEST else 0,
    )


def _seen_now(note: ItemNote, names: Iterable[str], words: Mapping[str, str], revision: str) -> ItemNote:
    """The note with what is seen now; the same one where that is no news."""
    seen = {name: sight(note, name, words.get(name), revision) for name in names}
    news = {name: one for name, one in seen.items() if one.word is not None or name in note.seen}
    return sees(note, news) if any(note.seen.get(name) != one for name, one in news.items()) else note


def placed(local: Local, plan: Iterable[Action]) -> list[Action]:
    """The plan, with file and line in the notices that are about a field of a spec."""
    return [_placed(local, action) for action in plan]


def _placed(local: Local, action: Action) -> Action:
    if not isinstance(action, Notice) or not action.field:
        return action
    file = local.specs[action.spec]
    return replace(action, message=f"{file.path}:{local.line(file, action.field)}: {action.message}")


def present(local: Local, history: History, publish: Publish, *, fresh: bool) -> Present:
    """Where decisions are made."""
    private = local.unpushed() if publish is Publish.PUSH else frozenset()
    return Present(local.head, history, local.ancestor(), fresh, private)


def empty_note(at: Seat, row: Row, link: Link) -> ItemNote:
    """The note of an item of which nothing is remembered."""
    where = at.at(link.item)
    return ItemNote(where.tracker, where.host, where.id, link.key, str(row.spec), link.url)


def _seconds(moment: str) -> int:
    """Epoch seconds of an ISO 8601 time; 0 where it is none."""
    try:
        return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return 0
