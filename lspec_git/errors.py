"""Every error a user can meet. Imports nothing, so that any layer may raise them.

Each carries what went wrong and the next command to type; the command line prints both and turns the
class into an exit code. Anything else that reaches the user is a bug.
"""

from __future__ import annotations


class LspecError(Exception):
    """Something a person can understand and mend.

    `message` says what is wrong in one line, `advice` what to do about it (usually a command).
    """

    exit_code = 1

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message}\n{self.advice}" if self.advice else self.message


class UsageError(LspecError):
    """The command was called with arguments that make no sense together."""

    exit_code = 2


class ConfigError(LspecError):
    """integrations.yml, or LeanSpec's own config, cannot be used as it stands."""

    exit_code = 2


class GitError(LspecError):
    """git refused, or the repository is not what the command needs."""

    exit_code = 2


class RefMoved(GitError):
    """A compare-and-swap on a ref lost: somebody else moved it first. Retried by the callers."""


class HeadMoved(GitError):
    """HEAD is at another commit than the one that was to be published. Nothing was done."""


class LockTimeout(GitError):
    """A lock file stayed in the way for too long; the message names its path."""


class Offline(GitError):
    """A git remote could not be reached or read (git tells no more). Work goes on without it."""


class TrackerError(LspecError):
    """A tracker could not be used at all in this run."""

    exit_code = 4


class AuthError(TrackerError):
    """The token is missing, wrong, expired, or has not the rights that are needed."""


class NoToken(AuthError):
    """There is no token for the target: what is public can be read without one, and nothing be written."""


class NotTrusted(AuthError):
    """The target was never approved to receive the user's token."""


class Unreachable(TrackerError):
    """No connection: offline, DNS, TLS, or a proxy in between."""


class RateLimited(TrackerError):
    """The tracker asks to wait longer than this run is willing to. `seconds` says how long."""

    def __init__(self, message: str, advice: str = "", seconds: float = 0.0) -> None:
        super().__init__(message, advice)
        self.seconds = seconds


class NotFound(TrackerError):
    """The project or item does not exist, or the token may not see it: trackers do not tell which."""
