"""The versions that paths went through, and what was committed in this worktree.

Knows commits, their parents and which blob lay at which path; nothing of what is in the blobs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from sys import intern
from typing import Final

from lspec_git.git.deltas import Delta, Pair, State, deltas, states
from lspec_git.git.formats import split_ident
from lspec_git.git.process import run, stream, text
from lspec_git.git.repository import Repository
from lspec_git.git.store import read_shallow

# What a user's configuration would otherwise change in the output (log.* and diff.* in git-config).
_PLAIN: Final = ["--literal-pathspecs", "-c", "log.showRoot=true", "-c", "log.follow=false", "log"]
_PLAIN_LOG: Final = ["--no-color", "--no-decorate", "--no-notes", "--no-mailmap", "--no-show-signature"]

_COMMITTED: Final = re.compile(r"commit(:| \()")


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
    seen = _walk(repo, head, paths)
    state = {one.oid: one.state for one in seen}
    nothing: State = (None,) * len(paths)
    pairs = {
        (one.oid, parent): Pair(one.oid, parent, old, one.state)
        for one in seen
        for parent in one.parents or (None,)
        if (old := state[parent] if parent else nothing) != one.state
    }
    found = deltas(repo, pairs.values(), paths, renames=renames)
    changes = {key: found[pair] for key, pair in pairs.items()}
    return _simplified(seen, changes, read_shallow(repo))


def unpushed(repo: Repository, head: str) -> frozenset[str]:
    """The commits behind `head` that no remote-tracking branch has. Raises GitError."""
    return frozenset(run(["rev-list", head, "--not", "--remotes"], repo.folder).text.split())


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
class _Seen:
    """A commit with its parents as git has them, and what lies at the paths."""

    oid: str
    parents: tuple[str, ...]
    author: str
    author_time: str
    state: State


def _walk(repo: Repository, head: str, paths: Sequence[str]) -> list[_Seen]:
    """All commits, parents before children."""
    args = ["rev-list", "--topo-order", "--reverse", "--parents", "--header", "--encoding=UTF-8", head, "--"]
    with closing(stream(args, repo.folder)) as records:
        heads = [_header(record) for record in records if record]
    # A name with a line break cannot be asked for; the whole tree tells of more changes, never of fewer.
    if any(not path or "\n" in path for path in paths):
        found: Iterator[State] = ((tree,) * len(paths) for _, _, tree, _, _ in heads)
    else:
        found = states(repo, [oid for oid, *_ in heads], paths)
    return [
        _Seen(oid, parents, author, when, state)
        for (oid, parents, _, author, when), state in zip(heads, found, strict=True)
    ]


def _header(record: bytes) -> tuple[str, tuple[str, ...], str, str, str]:
    """Id, parents, tree, author and time. The parents are those of the first line, which a shallow boundary
    does not have."""
    first, *rest = text(record.partition(b"\n\n")[0]).split("\n")
    oid, *parents = first.split(" ")
    named = dict(line.split(" ", 1) for line in reversed(rest))
    who, when = split_ident(named["author"])
    return oid, tuple(parents), named["tree"], intern(who), when


def _simplified(
    seen: Iterable[_Seen],
    changes: Mapping[tuple[str, str | None], tuple[Delta, ...]],
    boundary: frozenset[str],
) -> Iterator[Commit]:
    """What changed the paths, and all merges, as if there were no other commits.

    A commit that is left out holds what its one parent holds: its children differ as much from that.
    """
    nearest: dict[str, str | None] = {}
    for one in seen:
        first = one.parents[0] if one.parents else None
        if len(one.parents) < 2 and not changes.get((one.oid, first)):
            nearest[one.oid] = nearest[first] if first else None
            continue
        nearest[one.oid] = one.oid
        # Of parents that come to the same, and of none, which is like a parent without the paths, one counts.
        against: dict[str, str] = {}
        for parent in one.parents:
            near = nearest[parent]
            if near:
                against.setdefault(near, parent)
        some = tuple(
            delta if index == 0 else replace(delta, parent_index=index)
            for index, parent in enumerate(against.values() or (first,))
            for delta in changes.get((one.oid, parent), ())
        )
        yield Commit(one.oid, tuple(against), one.author, one.author_time, some, boundary=one.oid in boundary)
