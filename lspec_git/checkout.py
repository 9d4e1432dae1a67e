"""The specs that lie in the worktree, tracked or about to be, for what looks at files alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lspec_git.core.config_file import listed
from lspec_git.core.leanspec import LAYOUT_FILES, Layout, spec_dirs
from lspec_git.core.roots import resolve
from lspec_git.core.spec import Problem, SpecId
from lspec_git.core.words import PLACES
from lspec_git.errors import GitError
from lspec_git.git.process import run, text
from lspec_git.git.repository import Repository, discover


@dataclass(frozen=True, slots=True)
class Worktree:
    """A checked-out repository. All paths of files are relative to `top`, with slashes."""

    repo: Repository
    top: Path
    layouts: tuple[Layout, ...]
    problems: tuple[Problem, ...] = ()
    """What is wrong with the list of specs folders."""
    listed: bool = False
    """Whether there is such a list; otherwise LeanSpec's config at the top says where specs are."""

    def specs(self, folder: str | None = None) -> tuple[tuple[SpecId, str], ...]:
        """Every spec and its file, by path, perhaps below one folder: what git tracks or would not ignore."""
        folders = [layout.root for layout in self.layouts] if folder is None else [folder]
        return tuple(spec_dirs(_files(self.top, folders), *self.layouts))

    @property
    def place(self) -> str:
        """Where the config of `git lspec` is, or would be."""
        return next((place for place in PLACES if (self.top / place).is_file()), PLACES[0])

    def projects(self) -> tuple[str, ...]:
        """Folders below the top in which LeanSpec has a config, by name."""
        found = {
            path.removesuffix(f"/{name}")
            for path in _files(self.top, [f"*/{name}" for name in LAYOUT_FILES], literal=False)
            for name in LAYOUT_FILES
            if path.endswith(f"/{name}")
        }
        return tuple(sorted(found))

    def read(self, path: str) -> str | None:
        """The text of a file; None where there is none."""
        file = self.top / path
        return file.read_text("utf-8", "replace") if file.is_file() else None


def open_worktree() -> Worktree:
    """The worktree around the current folder; raises as `worktree_of` does, GitError without a repository."""
    return worktree_of(discover(Path.cwd()))


def worktree_of(repo: Repository) -> Worktree:
    """The worktree of a repository. Raises GitError where it has none, ConfigError on a bad layout."""
    if repo.worktree is None:
        raise GitError(
            "this is a bare repository; specs are read from a worktree", "git worktree add ../work"
        )
    bare = Worktree(repo, repo.worktree, ())
    found = listed(bare.read(bare.place) or "", bare.place)
    layouts, problems = resolve(found, bare.place, bare.read)
    return Worktree(repo, repo.worktree, layouts, problems, bool(found))


def _files(top: Path, where: Sequence[str], *, literal: bool = True) -> list[str]:
    """The files at some places, by path, that are there and that git tracks or would not ignore."""
    pathspecs = ["--literal-pathspecs"] if literal else []
    args = [*pathspecs, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = text(run([*args, "--", *(each or "." for each in where)], top).stdout).split("\0")[:-1]
    return [path for path in sorted(set(found)) if (top / path).is_file()]
