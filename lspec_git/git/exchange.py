"""Notes to and from a remote: one ref fetched, one ref pushed, never a prompt, never a hook.

Tells apart what a caller must: the remote moved, the server refused, nobody could be reached. Told by git's
machine-readable output and by asking the remote again, not by the wording of messages.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath
from typing import Final

from lspec_git.errors import GitError, Offline
from lspec_git.git.config import config_get, remotes
from lspec_git.git.process import NO_PROMPT, Done, failure, redact, run, text
from lspec_git.git.repository import Repository

_STALLED: Final = {"GIT_HTTP_LOW_SPEED_LIMIT": "1", "GIT_HTTP_LOW_SPEED_TIME": "30"}
"""Give up on a connection that has sent nothing for 30 s; a user's own setting stands."""

_SSH: Final = "-o BatchMode=yes -o ConnectTimeout=15"
_LOCKED: Final = re.compile(r"lock|failed to update ref|incorrect old value|already exists", re.IGNORECASE)
_FETCH_TURNS: Final = 3


class PushStatus(Enum):
    """How a push ended."""

    OK = "ok"
    """The remote has our notes; perhaps it had them before."""
    REJECTED = "rejected"
    """The remote has moved: fetch, join, push again."""
    REFUSED = "refused"
    """The server was reached and will not take them: no rights, or a rule of its own."""
    OFFLINE = "offline"
    """The remote could not be reached, or not even read."""


@dataclass(frozen=True, slots=True)
class PushResult:
    """How a push ended, and in whose words: `message` is the server's, or git's."""

    status: PushStatus
    message: str = ""

    @property
    def ok(self) -> bool:
        """Whether the remote has our notes now."""
        return self.status is PushStatus.OK


NOTHING: Final = PushResult(PushStatus.OK, "there are no notes yet")
NOT_JOINED: Final = PushResult(
    PushStatus.REJECTED, "what the remote was seen to have has not been joined yet"
)


def tracking_ref(ref: str, remote: str) -> str:
    """Where the copy of a remote's notes is kept: beneath refs/notes/, which `git notes merge` insists on."""
    return f"refs/notes/remotes/{remote}/{ref.removeprefix('refs/notes/')}"


def fetch_refspec(ref: str, remote: str) -> str:
    """What to configure, so that `git fetch` brings a remote's notes, but never into the ref itself: that
    would drop unpushed ones. The star makes a remote without notes no error (an exact name exits 128).
    """
    return f"+{ref}*:{tracking_ref(ref, remote)}*"


def fetch(repo: Repository, remote: str, ref: str) -> None:
    """Bring one notes ref of a remote into its tracking ref, which goes when the remote has none.

    Raises Offline if the remote cannot be reached or read, GitError if there is no such remote.
    """
    _known(repo, remote)
    # In a partial clone notes are wanted whole. Another fetch may hold the tracking ref's lock: git exits 1
    # then, and 128 for the rest.
    args = ["fetch", "--quiet", "--no-tags", "--prune", "--no-write-fetch-head", "--no-recurse-submodules"]
    args += ["--no-auto-gc", "--no-filter", "--refmap=", "--", remote, fetch_refspec(ref, remote)]
    for _ in range(_FETCH_TURNS):
        done = _network(args, repo)
        if done.returncode == 0:
            return
        if done.returncode == 128:
            raise _offline(remote, done)
    raise failure(args, done)


def remote_tip(repo: Repository, remote: str, ref: str) -> str | None:
    """What a ref is at on the remote itself, now. Raises Offline."""
    done = _network(["ls-remote", "--quiet", "--", remote, ref], repo)
    if done.returncode:
        raise _offline(remote, done)
    pairs = (line.split("\t") for line in done.text.splitlines())
    return next((oid for oid, name in pairs if name == ref), None)


def remote_tips(repo: Repository, remote: str) -> frozenset[str]:
    """The commits that the refs of a remote (its name, or a URL) are at, now. Raises Offline."""
    done = _network(["ls-remote", "--quiet", "--", remote], repo)
    if done.returncode:
        raise _offline(remote, done)
    return frozenset(line.partition("\t")[0] for line in done.text.splitlines())


def push(repo: Repository, remote: str, ref: str, tip: str, expected: str | None) -> PushResult:
    """Move the remote's ref from `expected` (None: it has none) to `tip`, which must contain `expected`.

    Raises GitError if there is no such remote; everything else is in the result.
    """
    _known(repo, remote)
    # The lease makes it a true compare-and-swap: a plain push would also bring back a ref that was deleted.
    args = ["push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no"]
    args += [f"--force-with-lease={ref}:{expected or ''}", "--", remote, f"{tip}:{ref}"]
    done = _network(args, repo)
    for line in done.text.splitlines():
        flag, *rest = line.split("\t")
        if len(rest) == 2 and flag != "!":
            return PushResult(PushStatus.OK, redact(rest[1]))
        if len(rest) == 2:
            moved = rest[1].startswith("[rejected]") or _raced(repo, remote, ref, expected, rest[1])
            status = PushStatus.REJECTED if moved else PushStatus.REFUSED
            return PushResult(status, "\n".join([*_servers_lines(done), redact(rest[1])]))
    return _not_pushed(repo, remote, ref, done)


def _raced(repo: Repository, remote: str, ref: str, expected: str | None, summary: str) -> bool:
    """Whether a server's no comes from another push, faster by a moment: each server words that its way."""
    try:
        return _LOCKED.search(summary) is not None or remote_tip(repo, remote, ref) != expected
    except Offline:
        return False


def _not_pushed(repo: Repository, remote: str, ref: str, done: Done) -> PushResult:
    """No line about the ref: the connection or the service failed. Who may read but not write was refused."""
    said = "\n".join(_servers_lines(done)) or done.complaint
    try:
        remote_tip(repo, remote, ref)
    except Offline:
        return PushResult(PushStatus.OFFLINE, said)
    return PushResult(PushStatus.REFUSED, said)


def _servers_lines(done: Done) -> Sequence[str]:
    lines = [
        line.removeprefix("remote:").strip()
        for line in done.complaint.splitlines()
        if line.startswith("remote:")
    ]
    return [line for line in lines if line]


def _network(args: Sequence[str], repo: Repository) -> Done:
    stalled = {name: value for name, value in _STALLED.items() if name not in os.environ}
    return run(args, repo.folder, env={**NO_PROMPT, **stalled, **_batch_ssh(repo)}, check=False)


def _batch_ssh(repo: Repository) -> dict[str, str]:
    """Tell ssh not to ask. Another program (plink, a wrapper) may not know the options: it is left alone."""
    command = os.environ.get("GIT_SSH_COMMAND") or config_get(repo, "core.sshCommand")
    if command is None and "GIT_SSH" in os.environ:
        return {}
    command = command or "ssh"
    words = shlex.split(command)
    if not words or PurePath(words[0]).stem != "ssh":
        return {}
    return {"GIT_SSH_COMMAND": f"{command} {_SSH}"}


def _known(repo: Repository, remote: str) -> None:
    if remote not in remotes(repo):
        raise GitError(f"there is no remote named {remote!r}", "See which there are with: git remote -v")


def _offline(remote: str, done: Done) -> Offline:
    return Offline(f"the remote {remote} cannot be reached or read:\n{done.complaint or text(done.stdout)}")
