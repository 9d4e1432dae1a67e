"""Runs git: a scrubbed environment, bytes in and out, errors that show the command and what it said.

Knows how to start git and nothing of what it is asked. The one place that starts git processes.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lspec_git.errors import GitError

KEPT: Final = frozenset(
    {
        "GIT_ALLOW_PROTOCOL",
        "GIT_ASKPASS",
        "GIT_CEILING_DIRECTORIES",
        "GIT_CONFIG_COUNT",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_PARAMETERS",
        "GIT_CONFIG_SYSTEM",
        "GIT_CURL_VERBOSE",
        "GIT_DISCOVERY_ACROSS_FILESYSTEM",
        "GIT_EXEC_PATH",
        "GIT_NO_LAZY_FETCH",
        "GIT_PROTOCOL_FROM_USER",
        "GIT_TERMINAL_PROMPT",
    }
)
"""Inherited variables that say who the user is, where their git lies and how it reaches a network.

Everything else is dropped: hooks run with GIT_DIR, GIT_INDEX_FILE, GIT_PREFIX and the like set (`git commit
-a` names a temporary index), and these would point a child at the wrong index, or the wrong repository.
`git -c key=value` (GIT_CONFIG_PARAMETERS) stays: it is what the user asked for.
"""

KEPT_PREFIXES: Final = (
    "GIT_COMMITTER_",
    "GIT_CONFIG_KEY_",
    "GIT_CONFIG_VALUE_",
    "GIT_HTTP_",
    "GIT_PROXY_",
    "GIT_SSH",
    "GIT_SSL_",
    "GIT_TRACE",
)

FORCED: Final[Mapping[str, str]] = {
    # Messages are shown to people and sometimes told apart; translated ones could not be.
    "LC_ALL": "C",
    # `git replace` is private to a clone and libgit2 does not know it: with it two clones, or two back ends,
    # would see two histories.
    "GIT_NO_REPLACE_OBJECTS": "1",
    # Reading must not take index.lock from under the user's own command.
    "GIT_OPTIONAL_LOCKS": "0",
}

NO_PROMPT: Final[Mapping[str, str]] = {
    "GIT_TERMINAL_PROMPT": "0",
    # An empty GIT_ASKPASS also hides core.askPass and SSH_ASKPASS (git's prompt.c).
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "SSH_ASKPASS_REQUIRE": "never",
    "GCM_INTERACTIVE": "never",  # Git Credential Manager
}
"""What keeps git, ssh and credential helpers from asking anybody anything."""

WHERE_TO_ASK: Final = frozenset({"DISPLAY", "WAYLAND_DISPLAY", "GPG_TTY"})
"""What tells ssh-keygen and gpg where somebody could be asked for a passphrase."""

FSCK: Final = "See what is damaged with: git fsck"

# What git says of objects and refs that it cannot read, from 2.36 to 2.55.
_DAMAGE: Final = re.compile(
    rb"corrupt|inflate: |bad (object|tree|ref)|broken|No such ref: HEAD"
    rb"|[Cc]ould not (read|parse)|unable to (read|parse|unpack)"
)

_USERINFO: Final = re.compile(r"//[^/\s]+@")


@dataclass(frozen=True, slots=True)
class Done:
    """What a finished git left behind."""

    returncode: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """stdout as text, without the last newline."""
        return text(self.stdout).removesuffix("\n")

    @property
    def complaint(self) -> str:
        """stderr as text, stripped, without the credentials a URL may hold."""
        return redact(text(self.stderr).strip())


def text(data: bytes) -> str:
    """UTF-8 with surrogateescape: the same string for the same bytes, whatever the locale."""
    return data.decode("utf-8", "surrogateescape")


def raw(word: str) -> bytes:
    """The inverse of `text`."""
    return word.encode("utf-8", "surrogateescape")


def redact(message: str) -> str:
    """The message with the user and password of every URL in it blanked."""
    return _USERINFO.sub("//***@", message)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a child git: the user's, without what a surrounding git left in it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in KEPT or name.startswith(KEPT_PREFIXES)
    }
    return {**kept, **FORCED, **(extra or {})}


def run(
    args: Sequence[str],
    cwd: Path,
    *,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    check: bool = True,
) -> Done:
    """Run `git *args` in `cwd` and wait for it.

    Without `stdin` the child reads nothing, never what a hook was given.
    Raises GitError if git cannot be started, or exits non-zero and `check` is set.
    """
    command = [b"git", *map(raw, args)]
    try:
        done = subprocess.run(
            command, cwd=cwd, env=environment(env), input=stdin or b"", capture_output=True, check=False
        )
    except OSError as error:
        raise not_started(cwd, error) from error
    result = Done(done.returncode, done.stdout, done.stderr)
    if check and result.returncode:
        raise failure(args, result)
    return result


def run_alone(
    args: Sequence[str], cwd: Path, *, stdin: bytes, env: Mapping[str, str], seconds: float
) -> Done | None:
    """As `run` without `check`, but with nobody to ask: no terminal, no display, and only so many seconds.

    After these git and all that it started are killed, and the answer is None. Raises GitError if git cannot
    be started.
    """
    with _alone(args, cwd, env) as child:
        try:
            out, errors = child.communicate(stdin, seconds)
        except BaseException as stopped:
            os.killpg(child.pid, signal.SIGKILL)  # what git started would outlive it, and hold the pipes
            if isinstance(stopped, subprocess.TimeoutExpired):
                return None
            raise
    return Done(child.returncode, out, errors)


def _alone(args: Sequence[str], cwd: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A git in a session of its own: it has no terminal to open, and can be killed as a whole."""
    child_env = {name: value for name, value in environment(env).items() if name not in WHERE_TO_ASK}
    try:
        return subprocess.Popen(
            [b"git", *map(raw, args)],
            cwd=cwd,
            env={**child_env, "SSH_ASKPASS_REQUIRE": "never"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise not_started(cwd, error) from error


def stream(args: Sequence[str], cwd: Path, *, separator: bytes = b"\0") -> Generator[bytes, None, None]:
    """The output of `git *args`, cut at `separator` (which is taken off), as it comes.

    The child is killed when the iterator is closed or dropped before its end. Raises GitError at the end
    if git exited non-zero.
    """
    with tempfile.TemporaryFile() as errors:
        child = start(args, cwd, stdin=subprocess.DEVNULL, stderr=errors.fileno())
        try:
            yield from _pieces(child, separator)
            code = child.wait()
        finally:
            stop(child)
        if code:
            errors.seek(0)
            raise failure(args, Done(code, b"", errors.read()))


def start(
    args: Sequence[str], cwd: Path, *, stdin: int = subprocess.PIPE, stderr: int | None = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """A running `git *args` to talk to; stdout is a pipe. End it with `stop`. Raises GitError."""
    command = [b"git", *map(raw, args)]
    try:
        return subprocess.Popen(
            command, cwd=cwd, env=environment(), stdin=stdin, stdout=subprocess.PIPE, stderr=stderr
        )
    except OSError as error:
        raise not_started(cwd, error) from error


def stop(child: subprocess.Popen[bytes]) -> None:
    """End a child of `start`, whatever it is doing, and close our ends of its pipes."""
    if child.poll() is None:
        child.kill()
    with child:  # closes the pipes, then waits
        pass


def failure(args: Sequence[str], done: Done) -> GitError:
    """The error that shows what was run and everything that git said about it."""
    words = " ".join(args)
    lines = [f"git {words if len(words) < 400 else words[:400] + ' ...'} exited {done.returncode}"]
    lines += [f"    {line}" for line in text(done.stdout).strip()[-2000:].splitlines()]
    lines += [f"    {line}" for line in text(done.stderr).strip()[-4000:].splitlines()]
    return GitError(redact("\n".join(lines)), FSCK if _DAMAGE.search(done.stderr) else "")


def not_started(cwd: Path, error: OSError) -> GitError:
    """The error for a git that could not be started at all."""
    if not cwd.is_dir():
        return GitError(f"{cwd} is not a folder that can be entered ({error.strerror})")
    return GitError(
        f"git could not be started: {error.strerror}", "Install git 2.36 or later, and put it on PATH."
    )


def _pieces(child: subprocess.Popen[bytes], separator: bytes) -> Iterator[bytes]:
    assert child.stdout is not None  # noqa: S101 - `start` always pipes stdout; this tells the type checker
    rest = b""
    while chunk := child.stdout.read1(1 << 16):  # type: ignore[attr-defined] # a pipe is a BufferedReader
        *whole, rest = (rest + chunk).split(separator)
        yield from whole
    if rest:
        yield rest
