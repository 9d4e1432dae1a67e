"""The specs that lie in the worktree, tracked or about to be, for commands that look at files alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lspec_git.core.leanspec import LAYOUT_FILES, Layout, parse_layout, spec_dirs
from lspec_git.core.spec import SpecId
from lspec_git.errors import GitError
from lspec_git.git.process import run, text
from lspec_git.git.repository import Repository, discover


@dataclass(frozen=True, slots=True)
class Worktree:
    """A checked-out repository. All paths of files are relative to `top`, with slashes."""

    repo: Repository
    top: Path
    layout: Layout

    def specs(self, folder: str | None = None) -> tuple[tuple[SpecId, str], ...]:
        """Every spec and its file, by path, perhaps below one folder: what git tracks or would not ignore."""
        where = (self.layout.root if folder is None else folder) or "."
        args = ["--literal-pathspecs", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = text(run([*args, "--", where], self.top).stdout).split("\0")[:-1]
        here = sorted(path for path in set(listed) if (self.top / path).is_file())
        return tuple(spec_dirs(here, self.layout))


def open_worktree() -> Worktree:
    """The worktree around the current folder. Raises GitError without one, ConfigError on a bad layout."""
    repo = discover(Path.cwd())
    if repo.worktree is None:
        raise GitError(
            "this is a bare repository; specs are read from a worktree", "git worktree add ../work"
        )
    texts = {}
    for path in LAYOUT_FILES:
        file = repo.worktree / path
        if file.is_file():
            texts[path] = file.read_text("utf-8", "replace")
    return Worktree(repo, repo.worktree, parse_layout(texts))
