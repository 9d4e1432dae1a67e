"""Objects and refs of a repository behind one small interface, whichever back end reads them.

What a back end adds is how to read, and how to follow refs; what moves a ref or makes a commit is git itself
for both: its locks, its hooks, its idea of who the user is.
"""

from __future__ import annotations

import hashlib
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from types import TracebackType
from typing import Final, Self

from lspec_git.errors import GitError, LockTimeout, RefMoved
from lspec_git.git.formats import (
    GITLINK,
    TREE,
    CommitData,
    NewObject,
    TreeEntry,
    encode_tree,
    pack,
    parse_commit,
    parse_tree,
)
from lspec_git.git.process import Done, failure, raw, run, stream, text
from lspec_git.git.repository import Repository
from lspec_git.git.signing import no_identity, sign_commit, signs

LOCK_WAIT_MS: Final = 5000
LOOSE_LIMIT: Final = 100  # as fetch.unpackLimit: more objects than this arrive as one pack, not one file each

_LOCK: Final = re.compile(r"[Uu]nable to create '(.+?\.lock)': File exists")
_NOT_MADE: Final = re.compile(r"[Uu]nable to create '.+?\.lock': .+")
_STACK_LOCKED: Final = b"cannot lock references"  # all that git says of a reftable whose lock is held (2.55)


class Objects(ABC):
    """The objects and refs of one repository. Not for use by two threads at once.

    A context manager: leaving it ends whatever the back end keeps running. Every method raises GitError
    when an object is missing or of another kind than asked for.
    """

    def __init__(self, repo: Repository) -> None:
        self.repo = repo

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What a back end fills in.

    @abstractmethod
    def close(self) -> None:
        """Let go of processes and files. Using the object again opens them again."""

    @abstractmethod
    def read(self, oid: str) -> tuple[str, bytes]:
        """Kind and bytes of any object."""

    @abstractmethod
    def read_many(self, oids: Iterable[str]) -> Iterator[tuple[str, str, bytes]]:
        """(oid, kind, bytes) of each, in order, batched."""

    @abstractmethod
    def has(self, oid: str) -> bool:
        """Whether the object is here, where no remote has to be asked."""

    def bring(self, oids: Iterable[str]) -> None:  # noqa: B027 - only partial clones have anything to do
        """Have these at hand: what a partial clone left out is fetched in one go, if its remote answers."""

    @abstractmethod
    def size(self, oid: str) -> int:
        """Bytes of an object, without reading it."""

    @abstractmethod
    def ref(self, name: str) -> str | None:
        """What a full ref name (refs/...) points at, or None if there is no such ref."""

    @abstractmethod
    def head(self) -> str | None:
        """The commit that is checked out, or None before the first one."""

    @abstractmethod
    def head_ref(self) -> str | None:
        """The full name of the branch that HEAD stands on, born or not; None when it is detached."""

    @abstractmethod
    def merge_base(self, one: str, other: str) -> str | None:
        """A best common ancestor of two commits; None if they share no history."""

    @abstractmethod
    def _reaches(self, ancestor: str, commit: str) -> bool:
        """Whether `ancestor`, which exists, is `commit` or in its history."""

    # Reading.

    @cached_property
    def digits(self) -> int:
        """Hex digits of an object id here: 40 (SHA-1) or 64 (SHA-256)."""
        return 64 if run(["rev-parse", "--show-object-format"], self.repo.folder).text == "sha256" else 40

    def resolve(self, rev: str) -> str | None:
        """The commit that a revision in git's own syntax names, or None if it names none."""
        args = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}"]
        done = run(args, self.repo.folder, check=False)
        return done.text if done.returncode == 0 else None

    def blob(self, oid: str) -> bytes:
        """The bytes of a blob."""
        kind, data = self.read(oid)
        return _expect("blob", kind, oid, data)

    def blobs(self, oids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """(oid, bytes) of each blob, in order. Batched: far cheaper than `blob` in a loop."""
        for oid, kind, data in self.read_many(oids):
            yield oid, _expect("blob", kind, oid, data)

    def commit(self, oid: str) -> CommitData:
        """A commit, taken apart."""
        kind, data = self.read(oid)
        return parse_commit(_expect("commit", kind, oid, data))

    def tree(self, oid: str) -> tuple[TreeEntry, ...]:
        """The entries of a tree, or of a commit's tree, in git's order."""
        kind, data = self.read(oid)
        if kind == "commit":
            return self.tree(parse_commit(data).tree)
        return parse_tree(_expect("tree", kind, oid, data), self.digits)

    def entry_at(self, commit: str, path: str) -> TreeEntry | None:
        """The entry of a path (no leading or trailing slash) in a commit or tree; "" is its root tree."""
        kind, data = self.read(commit)
        found = TreeEntry("", TREE, parse_commit(data).tree if kind == "commit" else commit)
        for name in path.split("/") if path else ():
            inside = self.tree(found.oid) if found.mode == TREE else ()
            match = next((entry for entry in inside if entry.name == name), None)
            if match is None:
                return None
            found = match
        return found

    def files(self, commit: str, prefix: str = "") -> Iterator[tuple[str, str, str]]:
        """(path, mode, oid) of every blob below the folder `prefix` ("": everywhere), in git's order.

        Symlinks (mode 120000) are blobs too; submodules are not.
        """
        # One process: 10,000 folders take it 0.1 s, and any loop over trees in this process four times that.
        folder = [f"{prefix}/"] if prefix else []
        args = ["--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree", commit, "--", *folder]
        for line in stream(args, self.repo.folder):
            head, _, path = line.partition(b"\t")
            mode, _, oid = text(head).split(" ")
            if mode != GITLINK:
                yield text(path), mode, oid
            elif text(path) == prefix:
                raise GitError(f"{prefix} is a submodule", f"Run this inside it: git -C {prefix} ...")

    def blob_at(self, commit: str, path: str) -> tuple[str, bytes] | None:
        """Object id and bytes of the file at a path, or None if there is none."""
        found = self.entry_at(commit, path)
        if found is None or found.mode in (TREE, GITLINK):
            return None
        return found.oid, self.blob(found.oid)

    def is_ancestor(self, ancestor: str, commit: str) -> bool:
        """Whether `ancestor` is `commit` or in its history. A commit that is not here is in no history."""
        return self.has(ancestor) and self._reaches(ancestor, commit)

    def shallow(self) -> frozenset[str]:
        """As `read_shallow`."""
        return read_shallow(self.repo)

    # Writing.

    def oid_of(self, kind: str, data: bytes) -> str:
        """The id that an object has, or would have."""
        body = b"%s %d\0%s" % (kind.encode(), len(data), data)
        if self.digits == 64:
            return hashlib.sha256(body).hexdigest()
        return hashlib.sha1(body, usedforsecurity=False).hexdigest()

    def hash_blob(self, data: bytes) -> str:
        """The id of a blob, which is not written."""
        return self.oid_of("blob", data)

    def write_objects(self, objects: Sequence[NewObject]) -> None:
        """Write objects in one go; those that exist already cost nothing but the bytes."""
        if objects:
            few = len(objects) <= LOOSE_LIMIT
            command = ["unpack-objects", "-q"] if few else ["index-pack", "--stdin"]
            done = run(command, self.repo.folder, stdin=pack(objects, self.digits), check=False)
            if done.returncode:
                raise not_written(self.repo, done.complaint)

    def write_blob(self, data: bytes) -> str:
        """Write a blob and return its id."""
        self.write_objects([NewObject("blob", data)])
        return self.hash_blob(data)

    def write_tree(self, entries: Iterable[TreeEntry]) -> str:
        """Write one tree (its entries in any order) and return its id."""
        data = encode_tree(entries)
        self.write_objects([NewObject("tree", data)])
        return self.oid_of("tree", data)

    def commit_tree(self, tree: str, parents: Sequence[str], message: str) -> str:
        """Write a commit by the user, now, and return its id. No ref moves.

        Author and committer are both the committer that git would take; signed as the user's commits are,
        where no passphrase has to be asked for. Raises GitError, with advice, if git knows no committer or
        cannot sign, and ValueError for an empty message: servers refuse such commits.
        """
        if not message.strip():
            raise ValueError("a commit needs a message")
        args = ["-c", "i18n.commitEncoding=UTF-8", "commit-tree", "-F", "-"]
        args += [word for parent in parents for word in ("-p", parent)]
        if signs(self.repo):
            return sign_commit(self.repo, [*args, "-S", tree], raw(message), _author_is_committer())
        done = run(
            [*args, tree], self.repo.folder, stdin=raw(message), env=_author_is_committer(), check=False
        )
        if done.returncode:
            raise no_identity(self.repo) or failure([*args, tree], done)
        return done.text

    def move_ref(self, name: str, new: str, old: str | None, message: str) -> None:
        """Move a ref from `old` (None: it must not exist) to `new`, with a line for its reflog.

        Raises RefMoved if it is not at `old` any more, LockTimeout if a lock stays in the way for 5 s.
        """
        args = [*_patiently(), "update-ref", "-m", message, name, new, old or "0" * self.digits]
        done = run(args, self.repo.folder, check=False)
        if done.returncode == 0:
            return
        if self.ref(name) != old:
            raise RefMoved(f"{name} was moved by someone else meanwhile", "Run the command again.")
        raise self._locked(done) or failure(args, done)

    def delete_ref(self, name: str, old: str) -> None:
        """Delete a ref that is at `old`. Raises as `move_ref` does."""
        args = [*_patiently(), "update-ref", "-d", name, old]
        done = run(args, self.repo.folder, check=False)
        if done.returncode:
            if self.ref(name) != old:
                raise RefMoved(f"{name} was moved by someone else meanwhile", "Run the command again.")
            raise self._locked(done) or failure(args, done)

    def _locked(self, done: Done) -> GitError | None:
        """The error for a lock that was in the way or could not be made, if that is what git complains of."""
        found = _LOCK.search(text(done.stderr))
        lock = found[1] if found else str(self.repo.common_dir / "reftable" / "tables.list.lock")
        if other := None if found else _NOT_MADE.search(done.complaint):
            return not_written(self.repo, other[0])
        if found is None and _STACK_LOCKED not in done.stderr:
            return None
        return LockTimeout(
            f"{lock} has been in the way for {LOCK_WAIT_MS // 1000} s",
            "If no git process is at work in this repository, remove that file.",
        )


def _patiently() -> list[str]:
    """Options with which git itself waits for the locks of refs, with jitter."""
    # core.filesRefLockTimeout is 100 ms unless told; reftables have their own since 2.46, and older versions
    # ignore the key.
    waits = [f"core.filesRefLockTimeout={LOCK_WAIT_MS}", f"reftable.lockTimeout={LOCK_WAIT_MS}"]
    return [word for wait in waits for word in ("-c", wait)]


def read_shallow(repo: Repository) -> frozenset[str]:
    """The commits whose parents a clone does not have: the edge of a shallow history."""
    try:
        return frozenset((repo.common_dir / "shallow").read_text("ascii").split())
    except FileNotFoundError:
        return frozenset()


def missing(oid: str) -> GitError:
    """The error for an object that is not in this repository."""
    return GitError(
        f"object {oid} is missing from this repository",
        "See what is damaged with: git fsck; what a remote still has comes back with: git fetch --refetch",
    )


def not_written(repo: Repository, said: str) -> GitError:
    """The error for objects that could not be stored."""
    return GitError(
        f"nothing can be written to {repo.common_dir}: {said}",
        "See that the disk is not full, and that the folder and its `objects` are yours to write to.",
    )


def _expect(wanted: str, kind: str, oid: str, data: bytes) -> bytes:
    if kind != wanted:
        raise GitError(f"object {oid} is a {kind}, not a {wanted}")
    return data


def _author_is_committer() -> dict[str, str]:
    # Hooks in a rebase or cherry-pick inherit the GIT_AUTHOR_* of the commit that is being replayed.
    parts = ("NAME", "EMAIL", "DATE")
    return {
        f"GIT_AUTHOR_{part}": os.environ[f"GIT_COMMITTER_{part}"]
        for part in parts
        if f"GIT_COMMITTER_{part}" in os.environ
    }
