"""Checked-out files: read and replaced without following links, compared with HEAD as git compares them.

Knows paths, bytes and git's conversions between the two (line ends, encodings, filters); nothing of specs.
Paths are relative to the top of the worktree, with slashes.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from lspec_git.errors import GitError
from lspec_git.git.config import config_get
from lspec_git.git.process import raw, run, text
from lspec_git.git.repository import Repository

# POSIX: a component that is a symlink makes open() fail with ELOOP, or ENOTDIR where a folder was asked for.
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK

_CONVERTING: Final = ("text", "crlf", "eol", "working-tree-encoding", "filter", "ident")
_BUSY: Final = (
    ("rebase-merge", "rebase"),
    ("rebase-apply", "rebase"),
    ("MERGE_HEAD", "merge"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("sequencer", "cherry-pick"),
    ("BISECT_LOG", "bisect"),
)
"""What git keeps in a worktree's own folder while an operation waits for the user, most telling first."""


class FileChanged(GitError):
    """A file is no longer what was read: somebody edited it meanwhile. Nothing was written."""


def read(repo: Repository, path: str) -> bytes | None:
    """The bytes of a file in the worktree; None if it, or a folder on the way to it, is not there.

    Raises GitError for a path that leaves the worktree, leads through a symlink, or names no plain file.
    """
    try:
        with _folder(repo, path) as (folder, name):
            return _read(folder, name)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refused(path, error) from error


def write_atomic(repo: Repository, path: str, data: bytes, expected: bytes) -> None:
    """Replace a file of the worktree in one step, if it still holds `expected`; its mode is kept.

    Raises FileChanged if it does not (or is gone), GitError for the paths that `read` refuses.
    """
    try:
        with _folder(repo, path) as (folder, name):
            _replace(folder, name, path, data, expected)
    except FileNotFoundError as error:
        raise FileChanged(f"{path} is gone", "Run the command again.") from error
    except OSError as error:
        raise _refused(path, error) from error


def tidy(repo: Repository, path: str) -> None:
    """Take away what a `write_atomic` that was killed may have left beside a file."""
    # What cannot be reached (the folder is gone, or a symlink now) holds nothing of ours.
    with suppress(OSError), _folder(repo, path) as (folder, name):
        os.unlink(_draft(name), dir_fd=folder)


def converted(repo: Repository, paths: Sequence[str]) -> frozenset[str]:
    """The paths whose bytes git may change between the repository and the worktree: line ends, encoding,
    filters, $Id$. For all others `clean` and `to_worktree` change nothing."""
    if config_get(repo, "core.autocrlf") in ("true", "input"):
        return frozenset(paths)
    names = b"".join(raw(path) + b"\0" for path in paths)
    out = run(["check-attr", "--stdin", "-z", *_CONVERTING], _top(repo), stdin=names).stdout
    words = text(out).split("\0")[:-1]
    marks = zip(words[::3], words[1::3], words[2::3], strict=True)
    return frozenset(path for path, _, value in marks if value not in ("unspecified", "unset"))


def clean(repo: Repository, path: str) -> bytes | None:
    """What git would store for the worktree's file; None if it is not there. Raises as `read` does.

    A file with conversions is written as a blob on the way, as `git add` would: git has no other way to tell.
    """
    data = read(repo, path)
    if data is None or path not in converted(repo, [path]) or _keeps_crlf(repo, path):
        return data
    # core.safecrlf=true makes -w fail where a conversion loses something.
    store = ["-c", "core.safecrlf=false", "hash-object", "-w", "--stdin"]
    oid = run([*store, f"--path={path}"], _top(repo), stdin=data).text
    return run(["cat-file", "blob", oid], _top(repo)).stdout


def to_worktree(repo: Repository, path: str, data: bytes) -> bytes:
    """What git would check out at a path for a blob that holds `data`. Writes that blob if need be."""
    if path not in converted(repo, [path]):
        return data
    oid = run(["hash-object", "-w", "--stdin"], _top(repo), stdin=data).text
    return run(["cat-file", "--filters", f"--path={path}", oid], _top(repo)).stdout


def dirty(repo: Repository, paths: Sequence[str]) -> frozenset[str]:
    """The files at or below these paths that differ from HEAD: edited, staged, deleted, unmerged, untracked.

    What a sparse checkout leaves out is not among them; nor are ignored files.
    """
    args = ["--literal-pathspecs", "status", "--porcelain=v2", "-z", "--no-renames", "--untracked-files=all"]
    args += ["--ignore-submodules=all", "--", *paths]
    lines = text(run(args, _top(repo)).stdout).split("\0")
    return frozenset(line.split(" ", _FIELDS[line[0]])[-1] for line in lines if line and line[0] in _FIELDS)


_FIELDS: Final = {"1": 8, "u": 10, "?": 1}
"""How many blanks stand before the path, by the kind of line (git-status, porcelain format version 2)."""


def left_out(repo: Repository, paths: Sequence[str]) -> frozenset[str]:
    """The tracked files at or below these paths that a sparse checkout keeps out of the worktree.

    Their absence is no deletion: git marks them skip-worktree in the index.
    """
    args = ["--literal-pathspecs", "ls-files", "-z", "-t", "--", *paths]
    lines = text(run(args, _top(repo)).stdout).split("\0")
    return frozenset(line[2:] for line in lines if line.startswith("S "))


def busy(repo: Repository) -> str | None:
    """The operation that waits for the user here: rebase, merge, cherry-pick, revert, bisect; or None."""
    for name, operation in _BUSY:
        if (repo.git_dir / name).exists():
            return operation
    # Reftables keep these two as refs, not as files (git-refs, since 2.45).
    for name in ("CHERRY_PICK_HEAD", "REVERT_HEAD") if (repo.common_dir / "reftable").is_dir() else ():
        if run(["rev-parse", "--verify", "--quiet", name], repo.folder, check=False).returncode == 0:
            return dict(_BUSY)[name]
    return None


def _keeps_crlf(repo: Repository, path: str) -> bool:
    """Whether git leaves CRLF alone because the index has it, as it does where it guesses what is text.

    `git add` looks there; `hash-object` does not (has_crlf_in_index in convert.c).
    """
    line = run(["--literal-pathspecs", "ls-files", "--eol", "-z", "--", path], _top(repo)).text
    index, _, attributes = line.partition("\t")[0].partition(" ")
    guessed = attributes.partition("attr/")[2].strip()
    return index in ("i/crlf", "i/mixed") and (not guessed or guessed.startswith("text=auto"))


def _top(repo: Repository) -> Path:
    if repo.worktree is None:
        raise GitError(
            f"no files are checked out here: {repo.git_dir} is a bare repository, or the inside of one",
            "Go to a worktree of it; the first one is made by: git worktree add FOLDER",
        )
    return repo.worktree


@contextmanager
def _folder(repo: Repository, path: str) -> Iterator[tuple[int, bytes]]:
    """An open folder and the name of the file in it, each component opened without following a link."""
    parts = raw(path).split(b"/")
    if (
        not path
        or b"\0" in raw(path)
        or any(part in (b"", b".", b"..") or part.lower() == b".git" for part in parts)
    ):
        raise GitError(f"{path!r} is no path inside the worktree")
    with ExitStack() as opened:
        folder = os.open(_top(repo), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        opened.callback(os.close, folder)
        for part in parts[:-1]:
            folder = os.open(part, _FOLDER, dir_fd=folder)
            opened.callback(os.close, folder)
        yield folder, parts[-1]


def _read(folder: int, name: bytes) -> bytes:
    with os.fdopen(os.open(name, _FILE, dir_fd=folder), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a plain file")
        return file.read()


def _draft(name: bytes) -> bytes:
    """Where new bytes are written first. A fixed name: what a kill leaves there can be found again."""
    return b".%s.lspec-new" % name[:200]


def _replace(folder: int, name: bytes, path: str, data: bytes, expected: bytes) -> None:
    mode = stat.S_IMODE(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    temporary = _draft(name)
    with suppress(FileNotFoundError):
        os.unlink(temporary, dir_fd=folder)
    target = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
    try:
        with os.fdopen(target, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        # As late as can be: only an editor that saves between these two lines would lose.
        _ensure_same(folder, name, path, expected)
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        os.unlink(temporary, dir_fd=folder)
        raise


def _ensure_same(folder: int, name: bytes, path: str, expected: bytes) -> None:
    if _read(folder, name) != expected:
        raise FileChanged(f"{path} was edited meanwhile", "Run the command again.")


def _refused(path: str, error: OSError) -> GitError:
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return GitError(f"{path} leads through a symbolic link, or a file: it is left alone")
    return GitError(f"{path}: {error.strerror}")
