"""The versions that paths went through, streamed from one `git log`, and what was committed in this worktree.

Knows commits, their parents and which blob lay at which path; nothing of what is in the blobs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Final

from lspec_git.git.process import run, stream, text
from lspec_git.git.repository import Repository
from lspec_git.git.store import GITLINK, read_shallow, split_ident

RENAME_LIMIT: Final = 1000
"""How many added paths rename detection compares with how many deleted ones: the same in every clone,
whatever its diff.renameLimit."""

# What a user's configuration would otherwise change in the output (log.* and diff.* in git-config).
_PLAIN: Final = ["--literal-pathspecs", "-c", "log.showRoot=true", "-c", "log.follow=false", "log"]
_PLAIN_LOG: Final = ["--no-color", "--no-decorate", "--no-notes", "--no-mailmap", "--no-show-signature"]
_SHAPE: Final = ["--pretty=raw", "--no-abbrev-commit", "--encoding=UTF-8", "--raw", "-z", "--no-abbrev"]

# With --full-history no merge is left out, and every other commit left out has the same paths as its one
# parent: so the rewritten parents, which --raw compares with, hold what the real ones hold at these paths.
_WALK: Final = ["--full-history", "--topo-order", "--reverse", "--parents", "--diff-merges=separate"]

_FROM: Final = re.compile(r"commit (\S+)((?: [0-9a-f]+)*)(?: \(from ([0-9a-f]+)\))?")
_COMMITTED: Final = re.compile(r"commit(:| \()")


@dataclass(frozen=True, slots=True)
class Delta:
    """What one commit did to one path, against one parent."""

    parent_index: int
    """Which of the commit's `parents`; 0 for a commit that has none."""

    old_path: str
    """The path in the parent; differs from `path` only where `renamed`."""

    path: str

    old_oid: str | None
    """The blob in the parent; None if the path is new."""

    oid: str | None
    """The blob in the commit; None if the path is gone."""

    renamed: bool = False


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that changed the paths, or a merge. `changes` is empty where it is as all its parents are."""

    oid: str

    parents: tuple[str, ...]
    """The nearest ancestors that are themselves yielded, one for each line of history that had the paths."""

    author: str
    """Name <mail>"""

    author_time: str
    """As it is stored: "1767225600 +0000"."""

    changes: tuple[Delta, ...]

    boundary: bool
    """Whether this is where a shallow clone ends: what came before it, and what it changed, is not known."""


@dataclass(frozen=True, slots=True)
class Made:
    """A commit that was made in this worktree."""

    oid: str
    author: str
    author_time: str


def versions(repo: Repository, head: str, paths: Sequence[str], *, renames: bool = True) -> Iterator[Commit]:
    """The commits reachable from `head` that changed the paths, and all merges; oldest first, parents before
    children.

    A path is a file or a folder ("": everything). For each commit, its changes against a parent are exactly
    what differs at these paths between the two. Raises GitError.
    """
    found = ["-M", f"-l{RENAME_LIMIT}"] if renames else ["--no-renames"]
    limits = [] if "" in paths else list(paths)
    args = [*_PLAIN, *_WALK, *_SHAPE, *_PLAIN_LOG, "--no-relative", *found, head, "--", *limits]
    boundary = read_shallow(repo)
    with closing(stream(args, repo.folder)) as tokens:
        # A merge comes once for each parent that it differs from.
        for _, pieces in groupby(_pieces(tokens), key=attrgetter("oid")):
            yield _commit(list(pieces), boundary)


def touched(repo: Repository, old: str, new: str, paths: Sequence[str]) -> frozenset[str]:
    """Every path at or below `paths` that some commit in old..new changed, merges and both names of a rename
    included, and every path that differs between the two ends. Raises GitError.
    """
    if old == new:
        return frozenset()
    limits = [] if "" in paths else list(paths)
    names = ["--format=", "--name-only", "-z", "--full-history", "--diff-merges=separate", "--no-renames"]
    args = [*_PLAIN, *names, *_PLAIN_LOG, "--no-relative", f"{old}..{new}", "--", *limits]
    # A merge that drops what `old` had is like its other parent, so no commit of the range shows it.
    ends = [
        "--literal-pathspecs",
        "diff-tree",
        "-r",
        "-z",
        "--name-only",
        "--no-renames",
        old,
        new,
        "--",
        *limits,
    ]
    out = run(args, repo.folder).stdout + run(ends, repo.folder).stdout
    return frozenset(path for path in text(out).split("\0") if path)


def moves(repo: Repository) -> int:
    """How often HEAD is known to have moved in this worktree: a mark for `committed_here`."""
    return len(_reflog(repo))


def committed_here(repo: Repository, since: int = 0) -> Sequence[Made]:
    """What `git commit` (also --amend, and what concludes a merge) made in this worktree, oldest first.

    `since` is what `moves` said before. A reflog that was cut meanwhile, or is off, tells of fewer commits,
    never of more. Rebased and cherry-picked commits are not among them.
    """
    entries = _reflog(repo)
    newer = entries[: max(0, len(entries) - since)]
    return tuple(
        Made(oid, author, time) for oid, subject, author, time in reversed(newer) if _COMMITTED.match(subject)
    )


def _reflog(repo: Repository) -> list[tuple[str, str, str, str]]:
    """(commit, what was done, author, author's time) of each move of HEAD, newest first."""
    # Where HEAD has no reflog, --walk-reflogs reads that of its branch, which all worktrees write.
    if run(["reflog", "exists", "HEAD"], repo.folder, check=False).returncode:
        return []
    shape = ["-z", "--format=%H%x00%gs%x00%an <%ae>%x00%ad", "--date=raw", "--encoding=UTF-8"]
    words = map(text, stream([*_PLAIN, "--walk-reflogs", *shape, *_PLAIN_LOG, "HEAD", "--"], repo.folder))
    return list(zip(words, words, words, words, strict=False))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A commit against one of its parents (None: it has at most one, or differs from none)."""

    oid: str
    parents: tuple[str, ...]
    against: str | None
    author: str
    author_time: str
    lines: tuple[tuple[str, str, str], ...]
    """(raw line, old path, path)"""


def _commit(group: Sequence[_Piece], boundary: frozenset[str]) -> Commit:
    first = group[0]
    changes = tuple(delta for piece in group for delta in _deltas(piece))
    return Commit(
        first.oid, first.parents, first.author, first.author_time, changes, boundary=first.oid in boundary
    )


def _deltas(piece: _Piece) -> Iterator[Delta]:
    index = piece.parents.index(piece.against) if piece.against else 0
    for line, old_path, path in piece.lines:
        old_mode, mode, old_oid, oid, letter = line[1:].split(" ")
        before, after = _blob(old_mode, old_oid), _blob(mode, oid)
        if before or after:
            yield Delta(index, old_path, path, before, after, renamed=letter[0] == "R")


def _blob(mode: str, oid: str) -> str | None:
    """None for a path that is not there (mode 000000), or is a submodule, which holds no blob."""
    return None if mode in ("000000", GITLINK) else oid


def _pieces(tokens: Iterator[bytes]) -> Iterator[_Piece]:
    """With -z: a header with its message, the first raw line behind it, then paths and raw lines by turns."""
    header, lines = b"", list[tuple[str, str, str]]()
    for token in tokens:
        if token.startswith(b"commit "):
            if header:
                yield _piece(header, lines)
            # Message lines are indented: a colon at the start of a line is the first raw line.
            header, colon, raw_line = token.partition(b"\n:")
            lines = [_raw_line(":" + text(raw_line), tokens)] if colon else []
        elif token:
            lines.append(_raw_line(text(token), tokens))
    if header:
        yield _piece(header, lines)


def _raw_line(line: str, tokens: Iterator[bytes]) -> tuple[str, str, str]:
    path = text(next(tokens))
    return line, path, text(next(tokens)) if line.rpartition(" ")[2].startswith("R") else path


def _piece(header: bytes, lines: Sequence[tuple[str, str, str]]) -> _Piece:
    first, *rest = text(header).split("\n")
    match = _FROM.fullmatch(first)
    assert match, first  # noqa: S101 - the form that --parents and --pretty=raw have given since git 1.5
    author = next(line.removeprefix("author ") for line in rest if line.startswith("author "))
    who, when = split_ident(author)
    return _Piece(match[1], tuple(match[2].split()), match[3], who, when, tuple(lines))
