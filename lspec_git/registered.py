"""Whether `hook setup` has anything to do: what it left behind the last time, against the files it looked at.

It runs with every commit, and nearly never finds anything: so it starts no git, and imports nothing.
"""

from __future__ import annotations

import os
import sys

from lspec_git.git import quick

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

NAME = "setup"


def same() -> bool:
    """Whether nothing has changed since `save`. For the top of a worktree, where hooks run."""
    try:
        with open(_path(), encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123 - as in quick
            head, *lines = file.read().split("\n")[:-1]
    except OSError:
        return False
    return head == _program() and all(line == _state(line.partition(" ")[2]) for line in lines)


def save(paths: Iterable[str]) -> None:
    """Remember what these files are like now, by their paths from here. Raises OSError."""
    path = _path()
    os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
    text = "".join(f"{line}\n" for line in (_program(), *map(_state, paths)))
    draft = f"{path}.{os.getpid()}"
    with open(draft, "w", encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
        file.write(text)
    os.replace(draft, path)  # noqa: PTH105


def _path() -> str:
    return os.path.join(quick.git_dir(), "lspec", NAME)  # noqa: PTH118


def _program() -> str:
    from lspec_git import __version__  # noqa: PLC0415 - free: the package is loaded

    # The alias names the framework.
    return f"{__version__} {'PREK_HOOK_STAGE' in os.environ} {sys.executable} {sys.argv[0]}"


def _state(path: str) -> str:
    try:
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return f"- {path}"
    return f"{found.st_mtime_ns}.{found.st_size}.{found.st_ino} {path}"
