"""Commits in the user's name: who that is, and their signature where they sign what they commit.

`git commit-tree` does not read commit.gpgSign by itself. Nobody is ever asked for a passphrase: notes are
written by hooks as well, where a prompt would hang what the user is doing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from lspec_git.errors import GitError
from lspec_git.git.config import config_switches
from lspec_git.git.process import failure, run, run_alone
from lspec_git.git.repository import Repository

PATIENCE: Final = 30.0
"""Seconds: an agent signs at once, a hardware key waits for a touch."""

COMMIT_KEY: Final = "commit.gpgsign"
OWN_KEY: Final = "lspec.gpgsign"
"""Set to false in the user's git config, it leaves notes unsigned although commits are signed."""


def signs(repo: Repository) -> bool:
    """Whether the user wants notes signed: as their commits are, unless told otherwise for notes."""
    found = config_switches(repo, OWN_KEY, COMMIT_KEY)
    return found.get(OWN_KEY, found.get(COMMIT_KEY, False))


def sign_commit(repo: Repository, args: Sequence[str], message: bytes, env: Mapping[str, str]) -> str:
    """Run a `git commit-tree -S ...` and return the commit. Raises GitError, with advice, if that fails."""
    done = run_alone(args, repo.folder, stdin=message, env=env, seconds=PATIENCE)
    if done is not None and done.returncode == 0:
        return done.text
    if done is None:
        said = f"no signature came within {PATIENCE:.0f} s"
    elif error := no_identity(repo):
        raise error
    else:
        said = str(failure(args, done))
    raise GitError(
        f"the notes cannot be signed, as commit.gpgSign asks: {said}",
        "Unlock the key first (ssh-add, or: git commit-tree -S -m test HEAD^{tree}); "
        f"or leave notes unsigned: git config --global {OWN_KEY} false",
    )


def check_signing(repo: Repository) -> None:
    """Raise GitError where notes are to be signed and cannot be without a person.

    It takes a signature to find out: of a commit that nothing will ever point to.
    """
    if signs(repo):
        sign_commit(repo, ["commit-tree", "-F", "-", "-S", "HEAD^{tree}"], b"can this be signed?", {})


def no_identity(repo: Repository) -> GitError | None:
    """The error for a user whom git has no name and address of; None if it has."""
    done = run(["var", "GIT_COMMITTER_IDENT"], repo.folder, check=False)
    if done.returncode == 0:
        return None
    return GitError(
        "git knows no name and mail address to sign the commit with",
        'Set them: git config --global user.name "Your Name"; git config --global user.email YOU@HOST',
    )
