"""Objects and refs by git itself: long-lived `cat-file` processes, and one call for each of the rest.

Works wherever git works: SHA-256, reftables, partial clones (what is missing is fetched in one go).
"""

from __future__ import annotations

import subprocess
import weakref
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import IO, Final, NoReturn

from lspec_git.errors import GitError
from lspec_git.git.process import FSCK, failure, run, start, stop
from lspec_git.git.repository import Repository
from lspec_git.git.store import Objects, missing

WINDOW: Final = 500
"""Names sent before answers are read: 500 names of 65 bytes fit into any pipe, so neither side can block."""


class Plumbing(Objects):
    """Objects read through `git cat-file --batch`, refs through git's own commands."""

    def __init__(self, repo: Repository) -> None:
        super().__init__(repo)
        self._batch = _CatFile(repo, "--batch")
        self._check = _CatFile(repo, "--batch-check")
        self._partial = repo.partial

    def close(self) -> None:
        self._batch.close()
        self._check.close()

    def read(self, oid: str) -> tuple[str, bytes]:
        return next((kind, data) for _, kind, data in self._batch.objects([oid]))

    def read_many(self, oids: Iterable[str]) -> Iterator[tuple[str, str, bytes]]:
        if self._partial:
            oids = list(oids)
            self.bring(oids)
        return self._batch.objects(oids)

    def bring(self, oids: Iterable[str]) -> None:
        if not self._partial:
            return
        wanted = list(dict.fromkeys(oids))
        here = self._at_hand(wanted)
        absent = [oid for oid in wanted if oid not in here]
        if len(absent) > 1:
            self._fetch(absent)

    def has(self, oid: str) -> bool:
        # `cat-file` would ask the remote for what is not here.
        return bool(self._at_hand([oid])) if self._partial else self._check.header(oid) is not None

    def size(self, oid: str) -> int:
        header = self._check.header(oid)
        if header is None:
            raise missing(oid)
        return header[1]

    def ref(self, name: str) -> str | None:
        # `show-ref --verify` says of a broken ref what it says of one that is not there.
        args = ["for-each-ref", "--format=%(objectname) %(refname)", name]
        done = run(args, self.repo.folder)
        if "broken ref" in done.complaint:
            raise GitError(f"{name} cannot be read: {done.complaint}", FSCK)
        found = (line.split(" ", 1) for line in done.text.splitlines())
        return next((oid for oid, full in found if full == name), None)

    def head(self) -> str | None:
        found = self.resolve("HEAD")
        if found is None and (branch := self.head_ref()):
            self.ref(branch)  # it is not born yet; or it is broken, and this says so
        return found

    def head_ref(self) -> str | None:
        args = ["symbolic-ref", "--quiet", "HEAD"]
        return _answer(args, self.repo)

    def merge_base(self, one: str, other: str) -> str | None:
        return _answer(["merge-base", one, other], self.repo)

    def _reaches(self, ancestor: str, commit: str) -> bool:
        args = ["merge-base", "--is-ancestor", ancestor, commit]
        done = run(args, self.repo.folder, check=False)
        if done.returncode > 1:
            raise failure(args, done)
        return done.returncode == 0

    def _at_hand(self, oids: Sequence[str]) -> frozenset[str]:
        """Those of some objects that a partial clone has."""
        # `--missing=print` keeps rev-list from fetching, and `--ignore-missing` lets it name the rest;
        # `tree:0` keeps it from listing what a commit or tree among them holds.
        args = ["rev-list", "--objects", "--filter=tree:0", "--no-object-names", "--no-walk"]
        names = "".join(f"{oid}\n" for oid in oids).encode()
        done = run([*args, "--missing=print", "--ignore-missing", "--stdin"], self.repo.folder, stdin=names)
        return frozenset(done.text.split()) & frozenset(oids)

    def _fetch(self, oids: Sequence[str]) -> None:
        """Fetch many objects at once; `cat-file` would ask the remote for each alone."""
        promisors = _answer(["config", "--name-only", "--get-regexp", r"^remote\..*\.promisor$"], self.repo)
        if not promisors:
            return
        remote = promisors.splitlines()[0].removeprefix("remote.").removesuffix(".promisor")
        # The command that git runs itself for missing objects (promisor-remote.c).
        args = ["-c", "fetch.negotiationAlgorithm=noop", "fetch", remote, "--no-tags"]
        args += ["--no-write-fetch-head", "--recurse-submodules=no", "--filter=blob:none", "--stdin"]
        # Where the remote cannot be reached, reading the first of them says so.
        run(args, self.repo.folder, stdin="".join(f"{oid}\n" for oid in oids).encode(), check=False)


class _CatFile:
    """One `git cat-file` in batch mode, started at the first question."""

    def __init__(self, repo: Repository, mode: str) -> None:
        self._repo = repo
        self._mode = mode
        self._child: subprocess.Popen[bytes] | None = None
        self._end: weakref.finalize[..., object] | None = None

    def close(self) -> None:
        if self._end is not None:
            self._end()
        self._child = None

    def header(self, oid: str) -> tuple[str, int] | None:
        """Kind and size of one object, for `--batch-check`; None if it is missing."""
        self._ask([oid])
        return self._header()

    def objects(self, oids: Iterable[str]) -> Iterator[tuple[str, str, bytes]]:
        """(oid, kind, bytes) of each, for `--batch`."""
        names = iter(oids)
        while window := list(islice(names, WINDOW)):
            yield from self._answers(window)

    def _answers(self, oids: Sequence[str]) -> list[tuple[str, str, bytes]]:
        # A whole window is read before anything is handed out: the caller may ask for another object between,
        # and what is missing is complained of only when nothing unread is left in the pipe.
        self._ask(oids)
        answers = [(oid, self._object()) for oid in oids]
        return [(oid, *(found or _raise_missing(oid))) for oid, found in answers]

    def _ask(self, oids: Sequence[str]) -> None:
        child = self._running()
        assert child.stdin is not None  # noqa: S101 - `start` pipes it; this tells the type checker
        try:
            child.stdin.write("".join(f"{oid}\n" for oid in oids).encode())
            child.stdin.flush()
        except BrokenPipeError as error:
            raise self._died() from error

    def _object(self) -> tuple[str, bytes] | None:
        header = self._header()
        if header is None:
            return None
        kind, size = header
        data = self._stdout().read(size + 1)
        if len(data) != size + 1:
            raise self._died()
        return kind, data[:-1]

    def _header(self) -> tuple[str, int] | None:
        words = self._stdout().readline().split()
        if not words:
            raise self._died()
        # `<oid> missing`, or `<name> ambiguous` for what is no full object id.
        return (words[1].decode(), int(words[2])) if len(words) == 3 else None

    def _stdout(self) -> IO[bytes]:
        child = self._running()
        assert child.stdout is not None  # noqa: S101 - as above
        return child.stdout

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            self._child = start(["cat-file", self._mode], self._repo.folder)
            self._end = weakref.finalize(self, stop, self._child)
        return self._child

    def _died(self) -> GitError:
        self.close()
        said = "git cat-file ended before it had answered"
        if self._repo.partial:
            return GitError(
                f"{said}: what this partial clone left out cannot be fetched", "See why not with: git fetch"
            )
        return GitError(said, FSCK)


def _raise_missing(oid: str) -> NoReturn:
    raise missing(oid)


def _answer(args: Sequence[str], repo: Repository) -> str | None:
    """What git prints, or None where it exits 1 to say that there is nothing."""
    done = run(args, repo.folder, check=False)
    if done.returncode > 1 or done.returncode < 0:
        raise failure(args, done)
    return done.text if done.returncode == 0 else None
