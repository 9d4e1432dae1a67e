"""`git lspec` where no such program is on PATH: an alias in the repository's own config.

A program on PATH comes first: git looks for an alias only where it finds no command (git.c).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from shlex import quote
from typing import Final

from lspec_git.git.config import config_get, config_set
from lspec_git.git.process import run
from lspec_git.git.repository import Repository

KEY: Final = "alias.lspec"
PROGRAM: Final = "lspec.setup"
_HEAD: Final = '!lspec() { cd "${GIT_PREFIX:-.}" && '
_TAIL: Final = "}; lspec"
LINE: Final = (
    'if [ -x {0} ]; then {1} "$@"; s=$?; [ $s -ne 126 ] && [ $s -ne 127 ] && return $s; fi; '
    "echo {2} >&2; return 2; "
)
"""git runs it at the top of the worktree, and puts the arguments behind it. 126 and 127 are the shell's, for
a program whose interpreter is gone."""


def alias_line(program: Sequence[str], advice: str) -> str:
    """The alias for a program (absolute path, perhaps first arguments); `advice` is said where it is gone."""
    words = [quote(word) for word in program]
    return _HEAD + LINE.format(words[0], " ".join(words), quote(advice)) + _TAIL


def alias(repo: Repository) -> str | None:
    """What git takes `git lspec` for, from whatever config."""
    return config_get(repo, KEY)


def whence(repo: Repository) -> str:
    """The file that `alias` is in, as git names it from the top of the worktree; empty if it is in none."""
    origin = run(["config", "--show-origin", "--get", KEY], repo.folder, check=False).text.partition("\t")[0]
    return origin.removeprefix("file:") if origin.startswith("file:") else ""


def is_ours(line: str) -> bool:
    """Whether `alias_line` made it, of any version."""
    return line.startswith(_HEAD) and line.endswith(_TAIL)


def set_alias(repo: Repository, line: str) -> None:
    """Put it into the repository's own config. Raises GitError."""
    config_set(repo, KEY, line)


def registered(repo: Repository) -> str | None:
    """The program that `register` was told; so the driver of another installation is known from ours."""
    return config_get(repo, PROGRAM)


def register(repo: Repository, program: Sequence[str]) -> None:
    """Remember the program that the driver was set for. Raises GitError."""
    config_set(repo, PROGRAM, program[0])


def made(repo: Repository) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is ours in the repository's own config, key by key, and how to take it away."""
    for key, ours in ((KEY, is_ours), (PROGRAM, bool)):
        done = run(["config", "--local", "--get", key], repo.folder, check=False)
        if done.returncode == 0 and ours(done.text):
            yield key, partial(run, ["config", "--local", "--unset-all", key], repo.folder)
