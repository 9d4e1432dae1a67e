"""The index that is being committed: the one that git names to a hook, which need not be the repository's.

`git commit -a` names a temporary one (`index.lock`), `git commit FILE` another (`next-index-PID.lock`). All
other children of ours have GIT_INDEX_FILE taken from them (`process.KEPT`); here it is handed on.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from lspec_git.errors import GitError
from lspec_git.git import worktree
from lspec_git.git.plumbing import Plumbing
from lspec_git.git.process import Done, raw, run, text
from lspec_git.git.repository import Repository

VARIABLE: Final = "GIT_INDEX_FILE"
PLAIN: Final = frozenset({"100644", "100755"})


@dataclass(frozen=True, slots=True)
class Staged:
    """A path that the commit changes. `kind` is git's letter: A, M, D, R, T or U; `old` is the path before.

    Modes are git's, all zeros where there is no file; so are ids.
    """

    kind: str
    path: str
    old: str
    mode: str
    oid: str
    old_oid: str


@dataclass(frozen=True)
class Index:
    """The index of a repository's worktree. `named` is what git named, empty where it named none."""

    repo: Repository
    named: str = ""

    @classmethod
    def of(cls, repo: Repository) -> Index:
        """The index that the environment names, else the worktree's own."""
        given = os.environ.get(VARIABLE, "")
        return cls(repo, str(Path(given).absolute()) if given else "")

    @cached_property
    def objects(self) -> Plumbing:
        """What the ids stand for; to be closed."""
        return Plumbing(self.repo)

    @property
    def partial(self) -> bool:
        """Whether it is the temporary one of `git commit FILE` (`--only`).

        What is added to it is committed, and then staged as reverted: the real index does not get it.
        """
        return Path(self.named).name.startswith("next-index-")

    @cached_property
    def files(self) -> Mapping[str, tuple[str, str]]:
        """(mode, id) of every path that is not in conflict."""
        out = self._git("ls-files", "--stage", "-z").stdout
        rows = (line.partition("\t") for line in text(out).split("\0")[:-1])
        words = ((head.split(" "), path) for head, _, path in rows)
        return {path: (mode, oid) for (mode, oid, stage), path in words if stage == "0"}

    def staged(self) -> tuple[Staged, ...]:
        """What the commit changes, renames recognised, by path. Without a commit yet: everything."""
        base = self._git("rev-parse", "-q", "--verify", "HEAD", check=False).text or self._empty()
        out = self._git("diff-index", "--cached", "--raw", "-z", "-M", "--no-abbrev", base, "--").stdout
        return tuple(_rows(text(out).split("\0")[:-1]))

    def read(self, path: str) -> bytes | None:
        """The bytes of a path; None where it is not there, or no plain file."""
        mode, oid = self.files.get(path, ("", ""))
        return self.objects.blob(oid) if mode in PLAIN else None

    def replace(self, path: str, data: bytes, *, stage: bool) -> bool:
        """Give a file these bytes, in the worktree and (`stage`) here.

        False: the two differ, and nothing is done. Raises GitError where it cannot be written.
        """
        if self.read(path) != worktree.clean(self.repo, path):
            return False
        before = worktree.read(self.repo, path)
        assert before is not None  # noqa: S101 - `clean` has just read it
        worktree.write_atomic(self.repo, path, worktree.to_worktree(self.repo, path, data), before)
        if stage:
            self._git("update-index", "-z", "--stdin", stdin=raw(path) + b"\0")
            self.__dict__.pop("files", None)
        return True

    def _empty(self) -> str:
        return self._git("hash-object", "-t", "tree", "--stdin").text

    def _git(self, *args: str, stdin: bytes | None = None, check: bool = True) -> Done:
        env = {VARIABLE: self.named} if self.named else {}
        return run(args, self.repo.folder, stdin=stdin, env=env, check=check)


def _rows(words: list[str]) -> Iterable[Staged]:
    at = 0
    while at < len(words):
        _, mode, old_oid, oid, kind = words[at].split(" ")
        two = kind[0] in "RC"
        if len(words) < at + 2 + two:
            raise GitError("git diff-index ended in the middle of a row")
        yield Staged(kind[0], words[at + 1 + two], words[at + 1], mode, oid, old_oid)
        at += 2 + two
