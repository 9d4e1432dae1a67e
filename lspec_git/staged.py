"""What a commit would bring in, looked at before it is made: problems, what will be published, what to mend.

Reads the index that git names, config and notes; offline, and no file of the worktree. `precommit` gives the
usual answer without it; what takes a config's reader, a tracker's lenses or the whole index is here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from lspec_git.core.config import Config, target
from lspec_git.core.config_file import examine, listed
from lspec_git.core.documents import Link as Row
from lspec_git.core.frontmatter import Document, notices, parse, values
from lspec_git.core.leanspec import LAYOUT_FILES, Layout, effective_status, spec_of
from lspec_git.core.mending import left_behind, renamed, restated
from lspec_git.core.roots import resolve
from lspec_git.core.routes import FORM, Change, Link, Project, Routes, destinations
from lspec_git.core.rules import Create
from lspec_git.core.spec import STATUSES, Problem, SpecId
from lspec_git.core.targets import host_of
from lspec_git.core.words import PLACES
from lspec_git.errors import ConfigError
from lspec_git.git.index import PLAIN, Index, Staged
from lspec_git.git.notes import Notes
from lspec_git.ledger import ItemAt, Ledger
from lspec_git.trackers import installed


@dataclass(frozen=True, slots=True)
class SpecChange:
    """A spec's file that the commit adds, changes or renames; `old` is its former path."""

    spec: SpecId
    path: str
    old: str
    row: Staged


@dataclass
class Commit:
    """A commit that is about to be made. What it asks git is asked once."""

    index: Index
    sources: dict[str, str] = field(default_factory=dict)
    """The files that say where specs are and where they go, by their ids; empty: not there."""

    @cached_property
    def rows(self) -> tuple[Staged, ...]:
        """Everything that it changes."""
        return self.index.staged()

    @cached_property
    def place(self) -> str:
        """Where its config is; empty where there is none."""
        return next((place for place in PLACES if place in self.index.files), "")

    @cached_property
    def layouts(self) -> tuple[tuple[Layout, ...], tuple[Problem, ...]]:
        """Where specs are, and what is wrong with the list of folders. Raises ConfigError."""
        text = self._text(self.place) or ""
        for place in (*PLACES, *LAYOUT_FILES):
            self._text(place)
        return resolve(listed(text, self.place), self.place, self._text)

    @cached_property
    def config(self) -> tuple[Config | None, tuple[Problem, ...]]:
        """Its config, and what is wrong with that."""
        data = self.index.read(self.place) if self.place else None
        if data is None:
            return None, ()
        try:
            return examine(data.decode("utf-8-sig"), self.place, installed())
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            return None, (Problem(self.place, line, 1, "not UTF-8"),)

    @cached_property
    def specs(self) -> tuple[SpecChange, ...]:
        """The specs that it brings in or changes. Raises ConfigError."""
        found = []
        for row in self.rows:
            spec = spec_of(row.path, *self.layouts[0]) if row.kind not in "DU" else None
            if spec:
                was = spec_of(row.old, *self.layouts[0]) if row.kind == "R" else None
                found.append(SpecChange(spec, row.path, row.old if was else row.path, row))
        return tuple(found)

    @property
    def moved(self) -> dict[str, str]:
        """The directories of specs that it renames, old to new."""
        return {_folder(one.old): _folder(one.path) for one in self.specs if one.old != one.path}

    def changes(self, *paths: str) -> bool:
        """Whether it touches one of these."""
        return any(row.path in paths or row.old in paths for row in self.rows)

    def _text(self, path: str) -> str | None:
        data = self.index.read(path)
        self.sources[path] = self.index.files.get(path, ("", ""))[1]
        return None if data is None else data.decode("utf-8", "replace").removeprefix("\ufeff")


# -- what is wrong


def problems(commit: Commit) -> tuple[Problem, ...]:
    """What is wrong or odd about what the commit changes; of all else nothing is said."""
    found = [*_config_problems(commit), *_twins(commit)]
    for one in commit.specs:
        found += _spec_problems(commit.index, one)
    return tuple(found)


def _spec_problems(index: Index, one: SpecChange) -> tuple[Problem, ...]:
    if one.row.mode not in PLAIN:
        kind = "a symbolic link" if one.row.mode == "120000" else "no file"
        return (Problem(one.path, 1, 1, f"{kind}; specs are plain files"),)
    document = parse(index.read(one.path) or b"", one.path)
    return (document,) if isinstance(document, Problem) else notices(document)


def _twins(commit: Commit) -> Iterator[Problem]:
    """Specs of one name, one of which this commit brings in: they are one to LeanSpec, synced by neither."""
    new = {one.path for one in commit.specs if one.row.kind in "AR"}
    places: dict[SpecId, list[str]] = {}
    for path in commit.index.files if new else ():
        if spec := spec_of(path, *commit.layouts[0]):
            places.setdefault(spec, []).append(path)
    for spec, paths in places.items():
        for path in sorted(new & set(paths)) if len(paths) > 1 else ():
            other = next(each for each in paths if each != path)
            yield Problem(path, 1, 1, f"`{spec.name}` is the name of {other} already; rename one")


def _config_problems(commit: Commit) -> Iterator[Problem]:
    if commit.changes(*PLACES):
        if all(place in commit.index.files for place in PLACES):
            yield Problem(PLACES[1], 1, 1, f"{PLACES[0]} is there, too; keep one of them")
        yield from commit.config[1]
        yield from (one for one in commit.layouts[1] if one.path == commit.place)
    if commit.moved and commit.place:
        yield from left_behind(_config_text(commit), commit.place, commit.moved)


# -- what will be published


def routes(commit: Commit) -> Routes | None:
    """The essence of the config; None where it cannot be used. Raises ConfigError."""
    config, _ = commit.config
    layouts = [[one.root, one.default_file] for one in commit.layouts[0]]
    raw = {"form": FORM, "sources": commit.sources, "layouts": layouts, "projects": []}
    if config is None:
        return None if commit.place else Routes(raw | {"branches": [], "with_push": False})
    projects = [_project(config, number) for number in range(len(config.trackers))]
    more = {"branches": list(config.branches), "with_push": config.publish.value == "push"}
    return Routes(raw | more | {"projects": projects})


def _project(config: Config, number: int) -> dict[str, object]:
    tracker = config.trackers[number]
    settings = tracker.settings(config.people_on(tracker.name))
    lens = installed()[tracker.name].vocabulary(settings).lens("status")
    said = {one: lens.put(one, None, None) for one in STATUSES if lens.expressible(one)} if lens else {}
    words = {status: word for status, word in said.items() if word is not None}
    agreeing = {word: [one for one in words if lens and lens.agrees(one, word)] for word in words.values()}
    return {
        "tracker": tracker.name,
        "project": tracker.project,
        "target": target(tracker),
        "enabled": tracker.enabled,
        "pushes": tracker.sync.pushes,
        "words": words,
        "agreeing": agreeing,
        "rules": [
            {
                "spec": rule.spec,
                "pattern": rule.pattern,
                "issue": rule.issue,
                "pushes": rule.sync.pushes,
                "create": Create(rule.create).value,
            }
            for rule in tracker.rules
        ],
    }


def published(commit: Commit, found: Routes, branch: str, trusted: Callable[[str], bool]) -> Iterator[str]:
    """A line for each spec whose status the commit changes, where that will reach a tracker.

    `trusted` tells whether a target may have the user's token; without that nothing goes there.
    """
    ledger = Ledger(Notes(commit.index.objects, commit.index.repo))
    for one in commit.specs if found.publishes(branch) else ():
        change = _change(commit.index, one)
        notes = _Notes(commit, ledger, one)
        where = list(destinations(found.projects, change, notes)) if change else []
        if change and (names := [name for at, name in where if trusted(at)]):
            yield found.line(change, names)


def _change(index: Index, one: SpecChange) -> Change | None:
    """The change of the status; None where there is none, or it cannot be told."""
    new = _status(index.read(one.path), one.path)
    old = _status(index.objects.blob(one.row.old_oid), one.old) if one.row.kind in "MRT" else None
    if new is None or new == old:
        return None
    return Change(_folder(one.path), one.spec.root, one.spec.name, old, new)


def _status(data: bytes | None, path: str) -> str | None:
    document = parse(data, path) if data is not None else None
    if not isinstance(document, Document):
        return None
    return effective_status(values(document, document.name), path)


class _Notes:
    """What the notes say of one spec; of a renamed one, of what it was called."""

    def __init__(self, commit: Commit, ledger: Ledger, one: SpecChange) -> None:
        former = spec_of(one.old, *commit.layouts[0])
        self.commit, self.ledger, self.names = commit, ledger, (one.spec, former or one.spec)

    def link(self, tracker: str) -> Link | None:
        rows: list[Row | None] = [self.ledger.link(name, tracker) for name in self.names]
        row = next((row for row in rows if row), None)
        return Link(row.target, row.item, row.key, row.how) if row else None

    def word(self, project: Project, item: str) -> str | None:
        note = self.ledger.item(ItemAt(project.tracker, host_of(project.target), item))
        seen = note.seen.get("status") if note else None
        if seen and seen.word is not None and seen.word not in project.agreeing:
            project.agreeing[seen.word] = self._agreeing(project, seen.word)
        return seen.word if seen else None

    def _agreeing(self, project: Project, word: str) -> list[str]:
        config, _ = self.commit.config
        section = next(one for one in config.trackers if target(one) == project.target) if config else None
        people = config.people_on(project.tracker) if config else {}
        kind = installed()[project.tracker]
        lens = kind.vocabulary(section.settings(people)).lens("status") if section else None
        return [one for one in project.words if lens and lens.agrees(one, word)]


# -- what is safe to mend


@dataclass(frozen=True, slots=True)
class Mended:
    """A path, and why it was left as it is; empty: it was mended."""

    path: str
    refused: str = ""


def mend(commit: Commit, *, stage: bool) -> Iterator[Mended]:
    """Mend what is safe, file by file, in the worktree and (`stage`) in the index. Raises GitError.

    A file whose worktree differs from what is staged is left alone, and so is all under `git commit FILE`.
    """
    for path, data in _mendings(commit):
        if commit.index.partial:
            yield Mended(path, "git commit FILE: what a hook adds would be staged as reverted afterwards")
        elif commit.index.replace(path, data, stage=stage):
            yield Mended(path)
        else:
            yield Mended(path, "it has edits that are not staged: git add it, or stash them")


def _mendings(commit: Commit) -> Iterator[tuple[str, bytes]]:
    for one in commit.specs:
        data = commit.index.read(one.path)
        if data is not None and (new := restated(data, one.path)) != data:
            yield one.path, new
    if commit.place and commit.moved:
        data = commit.index.read(commit.place) or b""
        text = _config_text(commit)
        new_text = renamed(text, commit.place, commit.moved)
        if new_text != text:
            bom = data[:3] if data.startswith(b"\xef\xbb\xbf") else b""
            yield commit.place, bom + new_text.encode()


def _config_text(commit: Commit) -> str:
    """The config's text; empty where it is not UTF-8, which is told elsewhere."""
    try:
        return (commit.index.read(commit.place) or b"").decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def unusable(commit: Commit) -> ConfigError | None:
    """Why it cannot be told where specs are (LeanSpec's config), if so."""
    try:
        assert commit.layouts  # noqa: S101 - asked for what it raises
    except ConfigError as error:
        return error
    return None
