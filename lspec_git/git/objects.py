"""The door to a repository: find it, and open its objects with the back end that can read them."""

from __future__ import annotations

import importlib
from typing import cast

from lspec_git.errors import GitError
from lspec_git.git.formats import CommitData, NewObject, TreeEntry
from lspec_git.git.plumbing import Plumbing
from lspec_git.git.repository import Repository, discover
from lspec_git.git.store import Objects

__all__ = ["CommitData", "NewObject", "Objects", "Repository", "TreeEntry", "discover", "open_objects"]


def open_objects(repo: Repository) -> Objects:
    """The objects of a repository: through libgit2 where it can open it, else through git itself.

    libgit2 1.9 opens neither SHA-256 repositories nor reftables, and in a partial clone it cannot fetch what
    is missing.
    """
    if repo.partial:
        return Plumbing(repo)
    # Loaded here and by name: importing pygit2 takes 80 ms, which hooks, reading by `Plumbing`, never pay.
    libgit2 = importlib.import_module("lspec_git.git.libgit2")
    try:
        return cast(Objects, libgit2.Libgit2(repo))
    except GitError:
        return Plumbing(repo)


def why_plumbing(repo: Repository) -> str:
    """Why `open_objects` reads this repository through git itself; empty where libgit2 does."""
    if repo.partial:
        return "a partial clone"
    try:
        importlib.import_module("lspec_git.git.libgit2").Libgit2(repo).close()
    except GitError as error:
        return error.message
    return ""
