"""Objects and refs read in this process, by libgit2 through pygit2.

The only module that imports pygit2. Where libgit2 cannot open a repository, `Libgit2(repo)` raises GitError.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import pygit2
from pygit2.enums import ObjectType

from lspec_git.errors import GitError
from lspec_git.git.formats import NewObject
from lspec_git.git.process import FSCK
from lspec_git.git.repository import Repository
from lspec_git.git.store import LOOSE_LIMIT, Objects, missing, not_written

_NAMES: Final = {
    int(ObjectType.COMMIT): "commit",
    int(ObjectType.TREE): "tree",
    int(ObjectType.BLOB): "blob",
    int(ObjectType.TAG): "tag",
}
_TYPES: Final = {name: ObjectType(kind) for kind, name in _NAMES.items()}


class Libgit2(Objects):
    """Objects read by libgit2. SHA-1 only, as libgit2 is (1.9)."""

    digits = 40

    def __init__(self, repo: Repository) -> None:
        super().__init__(repo)
        self._open: pygit2.Repository | None = None
        _ = self._git

    def close(self) -> None:
        if self._open is not None:
            self._open.free()
        self._open = None

    def read(self, oid: str) -> tuple[str, bytes]:
        try:
            kind, data = self._git.read(pygit2.Oid(hex=oid))
        except (KeyError, ValueError) as error:
            raise missing(oid) from error
        except pygit2.GitError as error:
            raise _unreadable(f"object {oid}", error) from error
        return _NAMES[int(kind)], data

    def read_many(self, oids: Iterable[str]) -> Iterator[tuple[str, str, bytes]]:
        for oid in oids:
            yield oid, *self.read(oid)

    def has(self, oid: str) -> bool:
        return pygit2.Oid(hex=oid) in self._git

    def size(self, oid: str) -> int:
        try:
            return self._git.odb.read_header(pygit2.Oid(hex=oid))[1]
        except (KeyError, ValueError) as error:
            raise missing(oid) from error
        except pygit2.GitError as error:
            raise _unreadable(f"object {oid}", error) from error

    def ref(self, name: str) -> str | None:
        with _telling(name):
            found = self._git.references.get(name)
            return None if found is None else str(found.resolve().target)

    def head(self) -> str | None:
        with _telling("HEAD"):
            return None if self._git.head_is_unborn else str(self._git.head.target)

    def head_ref(self) -> str | None:
        with _telling("HEAD"):
            target = self._git.lookup_reference("HEAD").target
        return target if isinstance(target, str) else None

    def merge_base(self, one: str, other: str) -> str | None:
        with _telling(f"the history of {one} and {other}"):
            found = self._git.merge_base(pygit2.Oid(hex=one), pygit2.Oid(hex=other))
        return None if found is None else str(found)

    def write_objects(self, objects: Sequence[NewObject]) -> None:
        if len(objects) > LOOSE_LIMIT:
            super().write_objects(objects)
            return
        try:
            for item in objects:
                self._git.write(_TYPES[item.kind], item.data)
        except (pygit2.GitError, OSError) as error:
            raise not_written(self.repo, str(error)) from error

    def _reaches(self, ancestor: str, commit: str) -> bool:
        # libgit2 does not count a commit as its own descendant.
        if ancestor == commit:
            return True
        with _telling(f"the history of {commit}"):
            return self._git.descendant_of(pygit2.Oid(hex=commit), pygit2.Oid(hex=ancestor))

    @property
    def _git(self) -> pygit2.Repository:
        if self._open is None:
            try:
                self._open = pygit2.Repository(str(self.repo.git_dir))
            except (pygit2.GitError, OSError, ValueError) as error:
                raise GitError(f"libgit2 cannot open {self.repo.git_dir}: {error}") from error
        return self._open


@contextmanager
def _telling(what: str) -> Iterator[None]:
    """What libgit2 raises, as an error for people."""
    try:
        yield
    except (pygit2.GitError, KeyError, ValueError, OSError) as error:
        raise _unreadable(what, error) from error


def _unreadable(what: str, error: Exception) -> GitError:
    return GitError(f"{what} cannot be read: {error}", FSCK)
