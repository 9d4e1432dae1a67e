"""What git itself is told for us: the merge driver in its config, attributes, the refspec that brings notes.

Knows git's files and keys; which paths are specs, and when to install, is for the callers.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Final

from lspec_git.errors import GitError
from lspec_git.git.config import (
    config_add,
    config_drop,
    config_get,
    config_get_all,
    config_has_section,
    config_remove_section,
    config_set,
)
from lspec_git.git.exchange import fetch_refspec
from lspec_git.git.process import raw, run, text
from lspec_git.git.repository import Repository
from lspec_git.git.worktree import left_out
from lspec_git.git.worktree import read as read_file

SECTION: Final = "merge.lspec"
KEY: Final = f"{SECTION}.driver"
DESCRIPTION: Final = "specs, key by key"
ROOT: Final = ".gitattributes"
ADDED: Final = "lspec.addedFetch"
"""The remotes whose refspec for notes was added by us, so that only these are taken away again."""

LINE: Final = (
    "if [ -x {0} ]; then {1} merge-driver %O %A %B %L %P %S %X %Y; s=$?; "
    'else echo "git lspec is not at "{0}": merged as text; see git lspec doctor" >&2; s=4; fi; '
    "[ $s = 0 ] && exit 0; [ $s = 3 ] && exit 1; "
    "git merge-file -p --marker-size=%L -L ours -L base -L theirs %A %O %B >%A.lspec; s=$?; "
    "[ $s -lt 128 ] && mv -f %A.lspec %A && exit $s; "
    '{{ echo "<<<<<<< ours" && cat %A && echo && echo "=======" && cat %B && echo && echo ">>>>>>> theirs"; '
    "}} >%A.lspec && mv -f %A.lspec %A && exit 1; rm -f %A %A.lspec; exit 1"
)
"""What git hands to sh. Every way out but 0 and 3 leads to git's own text merge, made beside `%A` and moved
there whole. Where that fails as well (a NUL byte), both sides stand in one conflict; where not even that can
be written, `%A` goes, and git gives the merge up: from 1 to 128 it takes whatever is in `%A` for a conflict,
before 2.42 above 128, too. git before 2.44 hands %S %X %Y on as they are; the driver knows.
"""


def driver_line(program: Sequence[str]) -> str:
    """The config's line for a program (its absolute path, perhaps first arguments)."""
    words = [quote(word).replace("%", "%%") for word in program]  # git's own sign for one %
    return LINE.format(words[0], " ".join(words))


def driver(repo: Repository) -> str | None:
    """The line that git would run here, or None."""
    return config_get(repo, KEY)


def set_driver(repo: Repository, line: str) -> None:
    """Configure the driver for all worktrees of the repository. Raises GitError.

    `merge.lspec.recursive` stays unset: for a base of several bases `binary` would take an ancestor's text,
    against which a revert on one side is no change, and `text` conflicts in stamps more often than we do.
    """
    # In this order: a section that has a name and no driver is fatal to every merge of such a file.
    config_set(repo, KEY, line)
    config_set(repo, f"{SECTION}.name", DESCRIPTION)


def has_section(repo: Repository) -> bool:
    """Whether the repository's own config has anything for the driver."""
    return config_has_section(repo, SECTION)


def remove_driver(repo: Repository) -> None:
    """Take the whole section away. Raises GitError."""
    config_remove_section(repo, SECTION)


def fetches(repo: Repository, ref: str, remote: str) -> bool:
    """Whether `git fetch` of that remote brings the notes, by the refspec that we would add."""
    return fetch_refspec(ref, remote) in config_get_all(repo, f"remote.{remote}.fetch")


def add_fetch(repo: Repository, ref: str, remote: str) -> None:
    """Let `git fetch` bring notes along. Raises GitError."""
    config_add(repo, f"remote.{remote}.fetch", fetch_refspec(ref, remote))


def added_fetches(repo: Repository) -> tuple[str, ...]:
    """The remotes that `remember_fetch` was told."""
    return config_get_all(repo, ADDED)


def remember_fetch(repo: Repository, remote: str) -> None:
    """Note that `add_fetch` was called, for `forget_fetch`. Raises GitError."""
    config_add(repo, ADDED, remote)


def forget_fetch(repo: Repository, ref: str, remote: str) -> None:
    """Take the refspec away again, and the memory of it. Raises GitError."""
    if fetches(repo, ref, remote):
        config_drop(repo, f"remote.{remote}.fetch", fetch_refspec(ref, remote))
    config_drop(repo, ADDED, remote)


@dataclass(frozen=True, slots=True)
class AttributeFile:
    """A file of attributes and its text, None where it is not there."""

    path: Path
    shown: str
    text: str | None


def root_attributes(repo: Repository) -> AttributeFile | None:
    """The file at the top of the worktree; None where a sparse checkout leaves it out.

    Raises GitError where it is a symlink: git does not follow it (since 2.32).
    """
    assert repo.worktree is not None  # noqa: S101 - callers have a worktree
    if left_out(repo, [ROOT]):
        return None
    data = read_file(repo, ROOT)
    return AttributeFile(repo.worktree / ROOT, ROOT, None if data is None else text(data))


def own_attributes(repo: Repository) -> AttributeFile:
    """The file inside of git's folder that all worktrees share: never committed, and it beats all others."""
    path = repo.common_dir / "info" / "attributes"
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return AttributeFile(path, _short(repo, path), None)
    except OSError as error:
        raise GitError(f"{path}: {error.strerror}") from error
    return AttributeFile(path, _short(repo, path), text(data))


def _short(repo: Repository, path: Path) -> str:
    """A path as people know it, from the top of the worktree where it lies in there."""
    top = repo.worktree
    return str(path.relative_to(top)) if top and path.is_relative_to(top) else str(path)


def write(file: AttributeFile, new: str | None) -> None:
    """Replace the file in one step, keeping its mode; take it away for None. Raises GitError."""
    try:
        if new is None:
            file.path.unlink(missing_ok=True)
        else:
            _put(file.path, raw(new))
    except OSError as error:
        raise GitError(f"{file.path} cannot be written: {error.strerror}") from error


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    whole = path.resolve()  # git follows a symlink inside of its own folder
    draft = whole.with_name(f"{whole.name}.lspec-new")
    try:
        draft.write_bytes(data)
        if whole.exists():
            draft.chmod(whole.stat().st_mode & 0o7777)
        draft.replace(whole)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def merge_attributes(repo: Repository, paths: Collection[str]) -> dict[str, str]:
    """What git takes for the attribute `merge` of each path: a driver, or set, unset, unspecified."""
    names = b"".join(raw(path) + b"\0" for path in paths)
    out = run(["check-attr", "--stdin", "-z", "merge"], repo.folder, stdin=names).stdout
    words = text(out).split("\0")[:-1]
    return dict(zip(words[::3], words[2::3], strict=True))
