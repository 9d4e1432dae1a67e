"""What a commit's edit of a status will change on trackers, as far as config and notes tell, offline.

`Routes` is the essence of a config, which can be kept as JSON: a hook that git waits for cannot read YAML.
Imports little on purpose: see `words`.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

from lspec_git.core.choosing import chosen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any, Protocol

    class Notes(Protocol):
        """What the notes say of one spec."""

        def link(self, tracker: str, /) -> Link | None:
            """Its link there, claims and former ones included."""
            ...

        def word(self, project: Project, item: str, /) -> str | None:
            """What the status of its work item was last seen to be."""
            ...


FORM = 1
"""Raised when what is kept would be understood otherwise."""
CLOSED = ("complete", "archived")


class Doubt(Exception):
    """It takes the config's own reader, or the tracker's lenses, to tell."""


class Link:
    """A spec's link to a tracker, as its note has it."""

    __slots__ = ("how", "item", "key", "target")

    def __init__(self, target: str, item: str, key: str, how: str) -> None:
        self.target, self.item, self.key, self.how = target, item, key, how


class Change:
    """A spec whose status a commit changes; `folder` is its directory, `old` is None for a new spec."""

    __slots__ = ("folder", "name", "new", "old", "root")

    def __init__(self, folder: str, root: str, name: str, old: str | None, new: str) -> None:
        self.folder, self.root, self.name, self.old, self.new = folder, root, name, old, new


class Rule:
    """What a mapping's entry says about the specs that it stands for."""

    __slots__ = ("create", "issue", "pushes")

    def __init__(self, pushes: bool, create: str, issue: str = "") -> None:
        self.pushes, self.create, self.issue = pushes, create, issue


class Project:
    """A section of the config.

    `words` has the tracker's word for each status that it can say; `agreeing`, for words, the statuses that
    say the same there.
    """

    __slots__ = ("agreeing", "enabled", "entries", "name", "pushes", "rules", "target", "tracker", "words")

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.tracker: str = raw["tracker"]
        self.name: str = raw["project"]
        self.target: str = raw["target"]
        self.enabled: bool = raw["enabled"]
        self.pushes: bool = raw["pushes"]
        self.words: dict[str, str] = raw["words"]
        self.agreeing: dict[str, list[str]] = raw["agreeing"]
        self.entries = [(rule["spec"], rule["pattern"]) for rule in raw["rules"]]
        self.rules = [Rule(rule["pushes"], rule["create"], rule["issue"]) for rule in raw["rules"]]

    def moves(self, change: Change, word: str | None) -> bool:
        """Whether the new status says something else than the tracker's word. Raises Doubt."""
        if change.new not in self.words:
            return False
        if word is None:
            word = self.words.get(change.old or "")
        if word is None:
            return True
        if word not in self.agreeing:
            raise Doubt
        return change.new not in self.agreeing[word]


class Routes:
    """Where specs are (root and file), which projects get them, and when. `raw` is all of it for JSON."""

    __slots__ = ("branches", "layouts", "projects", "raw", "with_push")

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self.layouts = [(root, file) for root, file in raw["layouts"]]
        self.projects = [Project(one) for one in raw["projects"]]
        self.branches: list[str] = raw["branches"]
        self.with_push: bool = raw["with_push"]

    def publishes(self, branch: str) -> bool:
        """Whether a branch is published, by its short name; empty: HEAD is on none."""
        return not self.branches or any(fnmatchcase(branch, one) for one in self.branches)

    def line(self, change: Change, where: Iterable[str]) -> str:
        """What is told of a change that reaches these projects."""
        said = [change.old, change.new] if change.old else [change.new]
        end = ", with the push" if self.with_push else ""
        return f"{change.folder}: {' -> '.join([*said, ', '.join(where)])}{end}"


def destinations(projects: Iterable[Project], change: Change, notes: Notes) -> Iterator[tuple[str, str]]:
    """(target, the work item for people) wherever a change will be published. Raises Doubt."""
    sections: dict[str, list[Project]] = {}
    for project in projects:
        sections.setdefault(project.tracker, []).append(project)
    for tracker, some in sections.items():
        link = notes.link(tracker)
        home, rule = _home(some, change, link)
        if home is not None and home.enabled and rule.pushes:
            where = _where(home, rule, link, change, notes)
            if where:
                yield home.target, where


def _home(some: list[Project], change: Change, link: Link | None) -> tuple[Project | None, Rule]:
    """The project of a tracker that a spec belongs to, and what it says: as `engine.pairs` decides it."""
    for project in some:
        found = chosen(project.entries, change.folder, change.root, change.name)
        if found:
            return project, project.rules[found[0]]
    if link is None or link.how != "linked":
        return None, Rule(False, "none")
    home = next((one for one in some if one.target == link.target), some[0])
    return home, Rule(home.pushes, "none")


def _where(home: Project, rule: Rule, link: Link | None, change: Change, notes: Notes) -> str:
    if link is not None and link.item:
        if link.target != home.target or not home.moves(change, notes.word(home, link.item)):
            return ""
        return f"{home.name}#{link.key.removeprefix('#')}" if link.key else home.name
    if link is not None and link.how == "unlinked":
        return ""
    if link is None and rule.issue:
        return f"{home.name}#{rule.issue}"
    wanted = rule.create == "all" or (rule.create == "active" and change.new not in CLOSED)
    return f"{home.name} (new)" if link is not None or wanted else ""
