"""Where a repository lies: its worktree, and the folders that hold what git keeps for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lspec_git.errors import GitError
from lspec_git.git.process import failure, run

_ALLOWING: Final = re.compile(r"git config --global --add safe\.directory .+")


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository as seen from one of its worktrees. All paths are absolute."""

    worktree: Path | None
    """Top of the checked-out files; None in a bare repository."""

    git_dir: Path
    """What belongs to this worktree alone: HEAD, index, operations in progress."""

    common_dir: Path
    """What all worktrees share: objects, refs, config. Equals `git_dir` in the main worktree."""

    @property
    def folder(self) -> Path:
        """The folder to run git in."""
        return self.worktree or self.git_dir

    @property
    def partial(self) -> bool:
        """Whether objects may be missing that a remote would hand out: packs of a promisor bear a mark."""
        return any((self.common_dir / "objects" / "pack").glob("*.promisor"))


def discover(start: Path) -> Repository:
    """The repository that the folder `start` is in: linked worktrees, submodules and bare ones included.

    Raises GitError, with advice, if there is none or git refuses to touch it.
    """
    # `--show-toplevel` comes last: in a bare repository it fails, after the other answers are out.
    args = ["rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir", "--is-inside-work-tree"]
    args.append("--show-toplevel")
    done = run(args, start, check=False)
    lines = done.text.splitlines()
    if done.returncode == 0 and len(lines) == 4:
        return _leading_back(Repository(Path(lines[3]), Path(lines[0]), Path(lines[1])))
    if done.returncode and len(lines) == 3 and lines[2] == "false":
        return Repository(None, Path(lines[0]), Path(lines[1]))
    if "not a git repository" in done.complaint:
        raise GitError(f"{start} is in no git repository", "Go to one, or make one with: git init")
    if allowing := _ALLOWING.search(done.complaint):
        raise GitError(
            f"{start} belongs to another user: git does not touch it", f"If that is meant: {allowing[0]}"
        )
    raise failure(args, done)


def _leading_back(repo: Repository) -> Repository:
    """The repository itself, if git run in its worktree finds it: core.worktree alone does not lead there."""
    top = repo.worktree
    if top is not None and not (top / ".git").exists():
        raise GitError(
            f"nothing in {top} leads to its repository {repo.git_dir} (core.worktree)",
            f"Make it known there: echo 'gitdir: {repo.git_dir}' >{top}/.git",
        )
    return repo
