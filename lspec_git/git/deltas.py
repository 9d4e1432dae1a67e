"""What differs at some paths between commits and their parents: asked of git once, then remembered.

What differs follows from the two trees alone. So an answer is kept under both trees' ids and holds for ever,
whatever is rebased, fetched, cut or collected; each clone may take the file away at any time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final
from zlib import crc32

from lspec_git.git.formats import GITLINK
from lspec_git.git.process import raw, run, text
from lspec_git.git.repository import Repository

RENAME_LIMIT: Final = 1000
"""How many added paths rename detection compares with how many deleted ones: the same in every clone,
whatever its diff.renameLimit."""

FORMAT: Final = 1
"""Part of the file's name: raised whenever the same two trees would give another answer, or line."""

CHUNK: Final = 1000
"""Pairs that git is asked about at once; what a chunk told is kept even if the run is killed later."""

State = tuple[str | None, ...]
"""What lies at the paths in one commit: the id of each one's tree or blob, None where it is not there."""


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
class Pair:
    """A commit, one of its parents (None: it has none), and what lies at the paths in both."""

    commit: str
    parent: str | None
    old: State
    new: State


Found = dict[Pair, tuple[Delta, ...]]


def states(repo: Repository, commits: Sequence[str], paths: Sequence[str]) -> Iterator[State]:
    """What lies at the paths in each commit, in order. Raises GitError."""
    asked = b"".join(b"%s:%s\n" % (commit.encode(), raw(path)) for commit in commits for path in paths)
    out = run(["cat-file", "--batch-check=%(objectname)", "--buffer"], repo.folder, stdin=asked).stdout
    # `<what was asked> missing` where the path is not there, or is a submodule.
    oids = (None if line.endswith(b" missing") else line.decode() for line in out.splitlines())
    return zip(*[oids] * len(paths), strict=True)


def deltas(repo: Repository, pairs: Iterable[Pair], paths: Sequence[str], *, renames: bool) -> Found:
    """What differs in each pair, against its parent (`parent_index` is 0). Raises GitError."""
    kept = _Kept.of(repo, paths, renames=renames)
    known = kept.read()
    found: Found = {}
    missing = []
    for pair in pairs:
        line = known.get(_key(pair))
        if line is None:
            missing.append(pair)
        else:
            found[pair] = tuple(_delta(*words) for words in json.loads(line))
    for start in range(0, len(missing), CHUNK):
        chunk = missing[start : start + CHUNK]
        new = dict(zip(chunk, _asked(repo, chunk, paths, renames=renames), strict=True))
        kept.add({_key(pair): some for pair, some in new.items() if _lasts(pair)})
        found |= new
    return found


def _asked(
    repo: Repository, pairs: Sequence[Pair], paths: Sequence[str], *, renames: bool
) -> Iterator[tuple[Delta, ...]]:
    """What git says of each pair, in order."""
    how = ["-M", f"-l{RENAME_LIMIT}"] if renames else ["--no-renames"]
    shape = ["--stdin", "--always", "--root", "-r", "--raw", "-z", "--no-abbrev", "--no-relative"]
    limits = [] if "" in paths else list(paths)
    args = ["--literal-pathspecs", "diff-tree", *shape, *how, "--", *limits]
    # `commit parent`: the parents named here take the place of the commit's own (git-diff-tree).
    lines = "".join(f"{pair.commit} {pair.parent or ''}".rstrip() + "\n" for pair in pairs)
    tokens = iter(text(run(args, repo.folder, stdin=lines.encode()).stdout).split("\0"))
    some: list[Delta] | None = None
    for token in tokens:
        if token.startswith(":") and some is not None:
            some += _raw_line(token, tokens)
        else:
            # The commit's name, or the empty end.
            if some is not None:
                yield tuple(some)
            some = []


def _raw_line(line: str, tokens: Iterator[str]) -> list[Delta]:
    old_mode, mode, old_oid, oid, letter = line[1:].split(" ")
    old_path = path = next(tokens)
    if letter.startswith("R"):
        path = next(tokens)
    before, after = _blob(old_mode, old_oid), _blob(mode, oid)
    return [_delta(old_path, path, before, after)] if before or after else []


def _blob(mode: str, oid: str) -> str | None:
    """None for a path that is not there (mode 000000), or is a submodule, which holds no blob."""
    return None if mode in ("000000", GITLINK) else oid


def _delta(old_path: str, path: str, old_oid: str | None, oid: str | None) -> Delta:
    return Delta(0, old_path, path, old_oid, oid, renamed=old_path != path)


def _key(pair: Pair) -> str:
    return f"{','.join(oid or '-' for oid in pair.old)} {','.join(oid or '-' for oid in pair.new)}"


def _lasts(pair: Pair) -> bool:
    """Whether to keep an answer. Not where a path comes or goes: a tree that is missing from a damaged
    repository looks like that, and git shall be asked, so that it complains."""
    return all((old is None) == (new is None) for old, new in zip(pair.old, pair.new, strict=True))


@dataclass(frozen=True, slots=True)
class _Kept:
    """The file of answers: lines that are only ever added, each with its own checksum.

    Two runs may add at once, and either may be killed: what is damaged is passed over, and asked again.
    """

    file: Path

    @classmethod
    def of(cls, repo: Repository, paths: Sequence[str], *, renames: bool) -> _Kept:
        """The file for these paths."""
        about = json.dumps([FORMAT, RENAME_LIMIT, renames, list(paths)])
        name = sha256(about.encode()).hexdigest()[:16]
        return cls(repo.common_dir / "lspec" / "deltas" / name)

    def read(self) -> Mapping[str, bytes]:
        """By `_key`, the deltas as JSON."""
        try:
            data = self.file.read_bytes()
        except OSError:  # absent, or not to be read: git knows it all
            return {}
        rows = (line.partition(b" ") for line in data.split(b"\n"))
        whole = (fact.partition(b"\t") for sum_, _, fact in rows if sum_ == _sum(fact))
        return {key.decode("ascii"): some for key, _, some in whole}

    def add(self, answers: Mapping[str, Sequence[Delta]]) -> None:
        """Keep more answers."""
        rows = []
        for key, some in answers.items():
            words = [[one.old_path, one.path, one.old_oid, one.oid] for one in some]
            fact = f"{key}\t{json.dumps(words, separators=(',', ':'))}".encode("ascii")
            rows.append(_sum(fact) + b" " + fact)
        if not rows:
            return
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            # One write at the file's end, unbuffered. It starts a line: a killed run may have cut the last.
            with self.file.open("ab", buffering=0) as file:
                file.write(b"\n" + b"\n".join(rows) + b"\n")
        except OSError:  # a clone that is read-only, or a disk that is full: only speed is lost
            return


def _sum(fact: bytes) -> bytes:
    return b"%08x" % crc32(fact)
