"""The offline half of the world: specs at HEAD and in the worktree, their values, and the edits behind them.

It brings together git (bytes) and core (meaning), and knows nothing of trackers or of what clones share.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath
from unicodedata import normalize

from lspec_git.core.blame import blame, lineage
from lspec_git.core.config import Config
from lspec_git.core.config_file import parse as parse_config
from lspec_git.core.edits import History
from lspec_git.core.frontmatter import Document, entries, notices, parse, values
from lspec_git.core.leanspec import Layout, effective_status, spec_dirs
from lspec_git.core.roots import resolve, root_of, spec_name
from lspec_git.core.spec import TAG, FieldName, Problem, SpecId, Values, legible
from lspec_git.core.words import PLACES
from lspec_git.errors import ConfigError, GitError
from lspec_git.git import history, worktree
from lspec_git.git.config import config_switches
from lspec_git.git.history import Commit
from lspec_git.git.objects import Objects, Repository, open_objects
from lspec_git.trackers import installed

NO_CONFIG = "no .lspec/integrations.yml here"
INIT = "set it up with: git lspec init"


@dataclass(frozen=True, slots=True)
class SpecFile:
    """A spec's file in a commit. `path` is the file's, `folder` its directory."""

    id: SpecId
    path: str
    oid: str

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0] or "."


@dataclass(slots=True)
class Reader:
    """Parsed specs by blob: many commits share a version, and most fields of most specs never move."""

    objects: Objects
    custom: Collection[str] = ()
    _known: dict[tuple[str, str], Values | None] = field(default_factory=dict)

    def document(self, file: SpecFile) -> Document | Problem:
        """The spec as it is in the commit, or why it cannot be read."""
        return parse(self.objects.blob(file.oid), file.path)

    def values(self, oid: str, path: str) -> Values | None:
        """Values of one version; None where it cannot be read."""
        key = (oid, path)
        if key not in self._known:
            self._known[key] = self.read(self.objects.blob(oid), path)
        return self._known[key]

    def read(self, data: bytes, path: str) -> Values | None:
        """Values of these bytes, as if they stood at `path`."""
        document = parse(data, path)
        if isinstance(document, Problem):
            return None
        # Where there is no H1 the folder's name is the title, and trackers take UTF-8 only.
        found = values(document, legible(document.name), self.custom)
        return {**found, "status": effective_status(found, path)}


@dataclass(frozen=True, slots=True)
class Local:
    """What HEAD holds. `twins` are names that two current specs share: reported, and not synced."""

    repo: Repository
    objects: Objects
    head: str
    branch: str | None
    layouts: tuple[Layout, ...]
    specs: Mapping[SpecId, SpecFile]
    twins: Mapping[SpecId, tuple[str, ...]]
    reader: Reader

    @property
    def roots(self) -> tuple[str, ...]:
        """The specs' folders; none holds another."""
        return tuple(layout.root for layout in self.layouts)

    def values(self, file: SpecFile) -> Values | None:
        """Values at HEAD."""
        return self.reader.values(file.oid, file.path)

    def problems(self, file: SpecFile) -> tuple[Problem, ...]:
        """Why a spec cannot be read, or what is odd about it."""
        document = self.reader.document(file)
        return (document,) if isinstance(document, Problem) else notices(document)

    def line(self, file: SpecFile, name: FieldName) -> int:
        """The line of a field's key in the spec at HEAD; 1 where it has none of its own."""
        document = self.reader.document(file)
        if isinstance(document, Problem):
            return document.line
        entry = entries(document).get("tags" if name.startswith(TAG) else name)
        return document.text.count("\n", 0, entry.key.start) + 1 if entry else 1

    def in_worktree(self, file: SpecFile) -> Values | None:
        """Values of the file in the worktree; None where there is none, or it cannot be read."""
        data = worktree.read(self.repo, file.path)
        return None if data is None else self.reader.read(data, file.path)

    def history(self, files: Iterable[SpecFile], former: Iterable[str] = ()) -> History:
        """The edits behind these specs, following renames within all roots, in the history of HEAD.

        `former` are folders that were roots once: specs may have come from there.
        """
        paths = sorted({file.path for file in files})
        if not paths:
            return History()
        roots = sorted({*self.roots, *former})
        commits = self._at_hand(history.versions(self.repo, self.head, roots), paths)
        name = partial(spec_name, roots=roots)
        return blame(commits, self.reader.values, name, paths, self.objects.shallow())

    def _at_hand(self, commits: Iterable[Commit], paths: Collection[str]) -> Iterable[Commit]:
        """The same commits, and in a partial clone all versions of these paths with them."""
        if not self.repo.partial:
            return commits
        listed = list(commits)
        wanted = lineage(listed, paths)
        changes = (delta for commit in listed for delta in commit.changes if delta.path in wanted)
        self.objects.bring(delta.oid for delta in changes if delta.oid)
        return listed

    def touched(self, since: str) -> frozenset[str]:
        """Names of the specs that commits since an ancestor of HEAD touched."""
        paths = history.touched(self.repo, since, self.head, self.roots)
        return frozenset(spec_name(path, self.roots) for path in paths)

    def unlisted(self, names: Iterable[str]) -> frozenset[str]:
        """The roots of some specs, by their names, that are roots no more."""
        return frozenset(name.rpartition("/")[0] for name in names) - frozenset(self.roots)

    def once(self, file: SpecFile, roots: Iterable[str]) -> SpecId | None:
        """What a spec was called where its folder belonged to one of these roots; None: to none of them."""
        root = root_of(file.path, roots)
        return None if root is None else SpecId(root, file.id.name)

    def ancestor(self) -> Callable[[str, str], bool]:
        """Whether one commit is another or an ancestor of it; commits that are not here are none."""
        known: dict[tuple[str, str], bool] = {}

        def ask(old: str, new: str) -> bool:
            if (old, new) not in known:
                known[old, new] = old == new or self.objects.is_ancestor(old, new)
            return known[old, new]

        return ask


def load(repo: Repository, config: Config) -> Local:
    """Observe HEAD. Raises GitError where there is no commit yet, ConfigError where roots are in disorder."""
    objects = open_objects(repo)
    head = objects.head()
    if head is None:
        raise GitError(
            "this repository has no commit yet", "commit your specs first: git add specs && git commit"
        )
    layouts = _layouts(objects, head, config)
    oids = {path: oid for layout in layouts for path, _, oid in objects.files(head, layout.root)}
    places: dict[SpecId, list[str]] = {}
    for spec, path in spec_dirs(oids, *layouts):
        places.setdefault(spec, []).append(path)
    specs = {
        spec: SpecFile(spec, paths[0], oids[paths[0]]) for spec, paths in places.items() if len(paths) == 1
    }
    objects.bring(file.oid for file in specs.values())
    twins = {spec: tuple(paths) for spec, paths in places.items() if len(paths) > 1}
    for spec, paths in _in_one_file(repo, specs).items():
        del specs[spec]
        twins[spec] = paths
    reader = Reader(objects, config.custom)
    return Local(repo, objects, head, objects.head_ref(), layouts, specs, twins, reader)


def _layouts(objects: Objects, head: str, config: Config) -> tuple[Layout, ...]:
    def read(path: str) -> str | None:
        found = objects.blob_at(head, path)
        return found[1].decode("utf-8", "replace") if found else None

    layouts, problems = resolve(config.specs, config.path, read)
    if problems:
        raise ConfigError("\n".join(map(str, problems)), "correct `specs`, then: git lspec check")
    return layouts


def _in_one_file(repo: Repository, specs: Mapping[SpecId, SpecFile]) -> dict[SpecId, tuple[str, ...]]:
    """Specs whose files are one in a worktree that takes their names for the same: by case, or by spelling.

    What is pulled into one of them would land in the other.
    """
    alike: dict[str, list[SpecFile]] = {}
    for file in specs.values():
        alike.setdefault(normalize("NFC", file.path).casefold(), []).append(file)
    doubtful = [files for files in alike.values() if len(files) > 1]
    if not doubtful:
        return {}
    # git finds out both when it makes a repository (git-config).
    switches = config_switches(repo, "core.ignorecase", "core.precomposeunicode")

    def seen(path: str) -> str:
        composed = normalize("NFC", path) if switches.get("core.precomposeunicode") else path
        return composed.casefold() if switches.get("core.ignorecase") else composed

    found = {}
    for files in doubtful:
        for file in files:
            paths = sorted(one.path for one in files if seen(one.path) == seen(file.path))
            if len(paths) > 1:
                found[file.id] = tuple(paths)
    return found


def _no_config(repo: Repository) -> ConfigError:
    for path in sorted(worktree.left_out(repo, PLACES)):
        folder = PurePosixPath(path).parent
        return ConfigError(f"{path} is left out of this sparse checkout", f"git sparse-checkout add {folder}")
    return ConfigError(NO_CONFIG, INIT)


def config(repo: Repository) -> Config:
    """The project's config from the worktree. Raises ConfigError where there is none, two, or a bad one."""
    found = {path: data for path in PLACES if (data := worktree.read(repo, path)) is not None}
    if not found:
        raise _no_config(repo)
    return _the_one(found)


def committed_config(repo: Repository) -> Config:
    """As `config`, but what HEAD holds; the worktree's where HEAD has none: it may be kept out of git."""
    with open_objects(repo) as objects:
        head = objects.head()
        at_head = {path: objects.blob_at(head, path) for path in PLACES} if head else {}
    found = {path: blob[1] for path, blob in at_head.items() if blob}
    return _the_one(found) if found else config(repo)


def _the_one(found: Mapping[str, bytes]) -> Config:
    if len(found) > 1:
        raise ConfigError(f"both {' and '.join(found)} exist", "keep one of them and delete the other")
    path, data = next(iter(found.items()))
    try:
        return parse_config(data.decode("utf-8-sig"), path, installed())
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}", "save it as UTF-8") from None
