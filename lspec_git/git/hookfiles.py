"""Where git looks for the hooks of a repository, and the files that lie there.

Knows folders, files and modes; what is in a hook is `hooktext`'s.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from lspec_git.errors import GitError
from lspec_git.git.config import config_add, config_drop, config_get_all
from lspec_git.git.process import run, text
from lspec_git.git.repository import Repository

PATH_KEY: Final = "core.hooksPath"
ADDED: Final = "lspec.addedHooks"
"""The folders that our hooks were put into, wherever git looks by now."""
OWN_SCOPES: Final = ("local", "worktree")


@dataclass(frozen=True, slots=True)
class Folder:
    """Where git looks for hooks, and who said so."""

    path: Path
    scope: str = ""
    """Where `core.hooksPath` is set: local, worktree, global, system, command; empty: it is not."""

    @property
    def own(self) -> bool:
        """Whether it is for this repository alone."""
        return self.scope in ("", *OWN_SCOPES)


@dataclass(frozen=True, slots=True)
class Hook:
    """A file in a folder of hooks, or the place for one (then `data` is None)."""

    path: Path
    data: bytes | None = None
    runs: bool = False
    """Whether git would run it: it ignores files that are not executable."""
    link: bool = False
    """A symbolic link: what it leads to may belong to others."""


def folder(repo: Repository) -> Folder:
    """Where git looks for hooks here. Raises GitError."""
    args = ["config", "--null", "--show-scope", "--get-all", PATH_KEY]
    words = text(run(args, repo.folder, check=False).stdout).split("\0")[:-1]
    where = run(["rev-parse", "--path-format=absolute", "--git-path", "hooks"], repo.folder).text
    return Folder(Path(where), words[-2] if words else "")


def usual(repo: Repository) -> Path:
    """Where git looks unless it is told otherwise; all worktrees share it."""
    return repo.common_dir / "hooks"


def template(name: str) -> bytes:
    """The shim of one hook, out of the package; a checkout that Python was pointed at has it at its top."""
    packed = resources.files("lspec_git") / "shims" / name
    if packed.is_file():
        return packed.read_bytes()
    return (Path(__file__).resolve().parents[2] / "hooks" / name).read_bytes()


def read(path: Path) -> Hook:
    """A hook, and what git makes of it. Raises GitError."""
    try:
        link = stat.S_ISLNK(path.lstat().st_mode)
        return Hook(path, path.read_bytes(), os.access(path, os.X_OK), link)
    except FileNotFoundError:
        return Hook(path, link=path.is_symlink())
    except OSError as error:
        raise _error(path, "read", error) from error


def is_there(path: Path) -> bool:
    """Whether anything has this name, a link that leads nowhere included."""
    return path.exists() or path.is_symlink()


def write(path: Path, data: bytes) -> None:
    """Replace or make an executable file in one step; one that is there keeps its mode. Raises GitError."""
    draft = path.with_name(f"{path.name}.lspec-new")
    try:
        path.parent.mkdir(exist_ok=True)
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o777), "wb") as file:
            file.write(data)
        if path.exists():
            draft.chmod(stat.S_IMODE(path.stat().st_mode))
        draft.replace(path)
    except OSError as error:
        raise _error(path, "written", error) from error


def enable(path: Path) -> None:
    """Let git run it again: executable for whoever may read it. Raises GitError."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        path.chmod(mode | (mode & 0o444) >> 2)
    except OSError as error:
        raise _error(path, "changed", error) from error


def move(path: Path, to: Path) -> None:
    """Rename a file, or a symbolic link itself, in place of what may be there. Raises GitError."""
    try:
        path.replace(to)
    except OSError as error:
        raise _error(path, "moved", error) from error


def remove(path: Path) -> None:
    """Take a file away. Raises GitError."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _error(path, "removed", error) from error


def remove_folder(path: Path) -> None:
    """Take a folder away, unless others have put something into it."""
    try:
        path.rmdir()
    except OSError as error:
        if path.is_dir() and not any(path.iterdir()):
            raise _error(path, "removed", error) from error


def added(repo: Repository) -> tuple[Path, ...]:
    """The folders that `remember` was told."""
    return tuple(map(Path, config_get_all(repo, ADDED)))


def remember(repo: Repository, path: Path) -> None:
    """Note that our hooks were put into a folder. Raises GitError."""
    config_add(repo, ADDED, str(path))


def forget(repo: Repository, path: Path) -> None:
    """Drop that again. Raises GitError."""
    config_drop(repo, ADDED, str(path))


def _error(path: Path, done: str, error: OSError) -> GitError:
    advice = f"See whose folder it is with: ls -ld {path.parent}"
    return GitError(f"{path} cannot be {done}: {error.strerror}", advice)
