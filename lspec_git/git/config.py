"""git's own configuration of a repository, its user and its machine.

Knows keys and values as strings; what a key means is for the callers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import Literal

from lspec_git.errors import GitError, LockTimeout
from lspec_git.git.process import Done, failure, run, text
from lspec_git.git.repository import Repository

Scope = Literal["local", "global"]


def config_get(repo: Repository, key: str) -> str | None:
    """The value of `key` as git sees it from here (the last one, if there are many), or None.

    Raises GitError if the key or a config file is invalid.
    """
    values = config_get_all(repo, key)
    return values[-1] if values else None


def config_switches(repo: Repository, *keys: str) -> dict[str, bool]:
    """The switches among `keys` (in lower case) that are set, in any of git's words for on and off.

    One process for all. Raises GitError if one of them is set to anything else.
    """
    pattern = f"^({'|'.join(map(re.escape, keys))})$"
    pairs = _values(["config", "--null", "--type=bool", "--get-regexp", pattern], repo)
    return {key: value == "true" for key, _, value in (pair.partition("\n") for pair in pairs)}


def config_get_all(repo: Repository, key: str) -> tuple[str, ...]:
    """All values of `key`, in git's order: system, global, local, worktree, command line."""
    return _values(["config", "--null", "--get-all", key], repo)


def config_set(repo: Repository, key: str, value: str, scope: Scope = "local") -> None:
    """Set `key` to this one value in that scope, in place of all that it has there. Raises GitError."""
    _write([f"--{scope}", "--replace-all", key, value], repo)


def config_add(repo: Repository, key: str, value: str, scope: Scope = "local") -> None:
    """Add one more value to `key` in that scope. Raises GitError."""
    _write([f"--{scope}", "--add", key, value], repo)


def config_drop(repo: Repository, key: str, value: str) -> None:
    """Take this value of `key` out of the repository's own config, where it must be. Raises GitError."""
    _write(["--local", "--fixed-value", "--unset-all", key, value], repo)


def config_has_section(repo: Repository, section: str) -> bool:
    """Whether the repository's own config has a key in this section (`merge.x`). Raises GitError."""
    pattern = f"^{re.escape(section)}\\.[^.]*$"
    return bool(_values(["config", "--local", "--null", "--name-only", "--get-regexp", pattern], repo))


def config_remove_section(repo: Repository, section: str) -> None:
    """Take a whole section out of the repository's own config, where it must be. Raises GitError."""
    _write(["--local", "--remove-section", section], repo)


def remotes(repo: Repository) -> tuple[str, ...]:
    """The names of the remotes that are configured."""
    return tuple(run(["remote"], repo.folder).text.splitlines())


def remote_url(repo: Repository, remote: str) -> str | None:
    """The URL that git would fetch from (url.*.insteadOf applied), or None if there is no such remote.

    It may hold credentials: show it through `process.redact` only.
    """
    done = run(["remote", "get-url", "--", remote], repo.folder, check=False)
    if done.returncode == 2:  # `No such remote`, its own exit status since git 2.30
        return None
    if done.returncode:
        raise failure(["remote", "get-url", "--", remote], done)
    return done.text


def _write(args: Sequence[str], repo: Repository) -> None:
    command = ["config", *args]
    done = run(command, repo.folder, check=False)
    if done.returncode == 0:
        return
    # Removing a section, git does not tell why it could not.
    locked = re.search(r"could not lock config file (.+?)(?:: ([^:\n]+))?$", done.complaint, re.MULTILINE)
    if locked is None:
        raise failure(command, done)
    path = repo.folder / locked[1]  # git names it relative to where it runs
    if not Path(f"{path}.lock").exists():
        raise GitError(f"{path} cannot be written: {locked[2] or 'git does not say why'}")
    raise LockTimeout(
        f"{path}.lock is in the way: git is writing that config, or was killed while it did",
        f"Try again; if no git is at work: rm {quote(f'{path}.lock')}",
    )


def _values(args: Sequence[str], repo: Repository) -> tuple[str, ...]:
    done = run(args, repo.folder, check=False)
    if _absent(done):
        return ()
    if done.returncode:
        raise failure(args, done)
    return tuple(text(done.stdout).split("\0")[:-1])


def _absent(done: Done) -> bool:
    # Status 1 is an absent key, and also an invalid one: only the latter says so on stderr.
    return done.returncode == 1 and not done.stderr
