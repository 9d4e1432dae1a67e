"""Which secret may go to which target, and where secrets come from.

A repository is not trusted to say where the user's token goes: the user must have approved a target
(`host[:port]/project`), and approvals are kept in their own git config (`lspec.trust`), never in a
repository's. Nothing here ever prompts. It knows no tracker's API; whether a secret is any good is for the
tracker to say.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Final

from lspec_git.core.targets import host_of, is_loopback, normal_target, without_password
from lspec_git.engine.redaction import redact, remember
from lspec_git.errors import AuthError, NoToken, NotTrusted, UsageError
from lspec_git.git.process import NO_PROMPT, failure, run, run_alone

TRUST: Final = "lspec.trust"
PUBLIC: Final = ("GITHUB_TOKEN", "GH_TOKEN")
ENTERPRISE: Final = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
"""GitHub's own command line reads the same variables, and keeps those of github.com from other hosts."""
HELPER_SECONDS: float = 30.0
"""How long a credential helper may take: some unlock a keychain, some ask a server."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A token or password. `source` says in words where it came from; `value` shows in no repr."""

    value: str = field(repr=False)
    source: str
    user: str = ""
    renew: str = ""
    """What to type where the tracker does not accept it."""

    def __post_init__(self) -> None:
        remember(self.value)


def approved(target: str) -> bool:
    """Whether the user approved this target (in any spelling) to receive their token."""
    return normal_target(target) in approvals()


def approvals() -> tuple[str, ...]:
    """All approved targets, in the order in which they were approved."""
    found = map(normal_target, _spellings())
    return tuple(dict.fromkeys(target for target in found if target))


def approve(target: str) -> str:
    """Let this target receive the user's token from now on. Returns its normal spelling.

    Raises UsageError if it is not `host[:port]/project`.
    """
    name = _normal(target)
    if name not in approvals():
        run(["config", "--global", "--add", TRUST, name], Path())
    return name


def revoke(target: str) -> bool:
    """Take an approval back; whether there was one. Raises UsageError if it is no target."""
    name = _normal(target)
    if name not in approvals():
        return False
    for spelling in _spellings():
        if normal_target(spelling) == name:
            run(["config", "--global", "--fixed-value", "--unset-all", TRUST, spelling], Path())
    return True


def secret_for(target: str, tracker: str = "github", *, folder: Path | None = None) -> Secret:
    """The secret for a target: from the environment, the user's file, or git's credential helper.

    `folder` is where git is asked (the repository). Raises NotTrusted if the target was never approved,
    NoToken if there is no secret for it, AuthError if one cannot be used (its file may be read by others).
    """
    name = _normal(target)
    if name not in approvals():
        raise NotTrusted(f"{name} was never approved to receive your token", f"git lspec trust {quote(name)}")
    variables = _variables(tracker, host_of(name))
    found = _from_environment(variables) or _from_file(name) or _from_git(name, folder or Path())
    if found is None:
        raise NoToken(f"no token for {host_of(name)}", _ways(variables, host_of(name)))
    return found


def secrets_file() -> Path:
    """The user's own file of secrets, TOML: a section per target or host, with `token` and perhaps `user`."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "lspec" / "credentials.toml"


def _normal(target: str) -> str:
    name = normal_target(target)
    if name is None:
        raise UsageError(
            f"`{redact(without_password(target))}` is no target",
            "write host[:port]/project, such as github.com/octocat/specs or localhost:4300/octocat/specs",
        )
    return name


def _spellings() -> tuple[str, ...]:
    """The approvals as they stand in the user's config file."""
    args = ["config", "--global", "--null", "--get-all", TRUST]
    done = run(args, Path(), check=False)
    if done.returncode not in (0, 1):  # 1: there is none
        raise failure(args, done)
    return tuple(done.stdout.decode("utf-8", "replace").split("\0")[:-1])


def _variables(tracker: str, host: str) -> tuple[str, ...]:
    if tracker != "github":
        return (f"{re.sub('[^A-Z0-9]', '_', tracker.upper())}_TOKEN",)
    if host == "github.com" or host.endswith(".ghe.com"):
        return PUBLIC
    # A server on this machine is one to try things out against; it still had to be approved.
    return PUBLIC + ENTERPRISE if is_loopback(re.sub(r":\d+$", "", host)) else ENTERPRISE


def _ways(variables: tuple[str, ...], host: str) -> str:
    others = f" (or {', '.join(variables[1:])})" if variables[1:] else ""
    return (
        f"export {variables[0]}=<token>{others}; or put it into {_shown(secrets_file())} (mode 0600):\n"
        f'    ["{host}"]\n    token = "<token>"\nor set up a git credential helper for https://{host}'
    )


def _shown(path: Path) -> str:
    return f"~/{path.relative_to(Path.home())}" if path.is_relative_to(Path.home()) else str(path)


def _secret(value: object, source: str, user: object = "", renew: str = "") -> Secret:
    """Checked: a token that cannot stand in a header would be shown in the error about that header."""
    if not isinstance(value, str) or not re.fullmatch(r"[\x21-\x7e]+", value.strip()):
        raise AuthError(
            f"what {source} holds is no token (a line break, a space, or not text)", "set it again"
        )
    return Secret(value.strip(), source, user if isinstance(user, str) else "", renew)


def _from_environment(variables: tuple[str, ...]) -> Secret | None:
    for name in variables:
        if os.environ.get(name, "").strip():
            return _secret(os.environ[name], name, renew=f"export {name}=<token>")
    return None


def _from_file(target: str) -> Secret | None:
    path = secrets_file()
    sections = _sections(path)
    for name in (target, host_of(target)):
        section = sections.get(name)
        if isinstance(section, Mapping) and "token" in section:
            renew = f"put it into {_shown(path)}"
            return _secret(section["token"], _shown(path), section.get("user", ""), renew)
    return None


def _sections(path: Path) -> Mapping[str, object]:
    """The sections of the secrets file, once it is sure that only its owner can read it."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno())
            if stat.S_IMODE(mode.st_mode) & 0o077 or mode.st_uid != os.geteuid():
                raise AuthError(f"{_shown(path)} can be read by others", f"chmod 600 {quote(str(path))}")
            found = tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        # The parser's message names a line and column, and may quote one character: no part of a token.
        raise AuthError(f"{_shown(path)} cannot be read: {error}", "correct it, or remove it") from None
    return {name.lower(): value for name, value in found.items()}


def _from_git(target: str, folder: Path) -> Secret | None:
    """What a credential helper knows of a target."""
    host, _, project = target.partition("/")
    protocol = "http" if is_loopback(re.sub(r":\d+$", "", host)) else "https"
    return from_helper(protocol, host, project, folder)


def from_helper(protocol: str, host: str, path: str, folder: Path, user: str = "") -> Secret | None:
    """What a credential helper answers; only asked if one is configured, and never so that it could prompt.

    Raises AuthError if it does not answer in time, or answers what is no secret. What it keeps is never
    rejected: that would delete a password that may serve other programs.
    """
    helpers = run(["config", "--get-regexp", r"^credential\.(.*\.)?helper$"], folder, check=False)
    if helpers.returncode:
        return None
    known = {"protocol": protocol, "host": host, "path": path, "username": user}
    question = "".join(f"{name}={value}\n" for name, value in known.items() if value) + "\n"
    done = run_alone(
        ["credential", "fill"], folder, stdin=question.encode(), env=NO_PROMPT, seconds=HELPER_SECONDS
    )
    if done is None:
        raise AuthError(
            f"git's credential helper gave no answer for {host} within {HELPER_SECONDS:g} s",
            f"try it: printf 'protocol={protocol}\\nhost={host}\\n\\n' | git credential fill",
        )
    answer = dict(
        line.split("=", 1) for line in done.stdout.decode("utf-8", "replace").splitlines() if "=" in line
    )
    if done.returncode or not answer.get("password"):
        return None
    forget = f"printf 'protocol={protocol}\\nhost={host}\\n\\n' | git credential reject"
    return _secret(answer["password"], "git's credential helper", answer.get("username", ""), forget)
