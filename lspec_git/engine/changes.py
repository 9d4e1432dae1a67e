"""A change that `install` or `uninstall` would make, the plan of them all, and the program that it is for."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lspec_git.errors import LspecError


@dataclass(frozen=True, slots=True)
class Change:
    """One file or key that is going to be changed."""

    part: str
    place: str
    what: str
    do: Callable[[], object] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, and what somebody may want to know beside it."""

    changes: tuple[Change, ...]
    remarks: tuple[str, ...] = ()
    refused: LspecError | None = None
    """Why one of the parts cannot be had; the others can."""

    def and_then(self, other: Plan) -> Plan:
        """Both, one after the other."""
        return Plan(self.changes + other.changes, self.remarks + other.remarks, self.refused or other.refused)

    def carry_out(self) -> None:
        """Make every change, in order. Raises GitError; the rest is then left, and can be done again."""
        for change in self.changes:
            change.do()


def program() -> list[str]:
    """How this installation is started, whatever PATH holds: an absolute path, perhaps first arguments."""
    called = Path(sys.argv[0]).absolute()
    folders = (Path(sys.executable).parent, Path(sysconfig.get_path("scripts")))
    places = [called.parent] if called.name in ("git-lspec", "lspec") else []
    for folder in (*places, *folders):
        if os.access(folder / "git-lspec", os.X_OK):
            return [str(folder / "git-lspec")]
    # -P: without it Python would look for modules in the worktree that is being merged.
    return [sys.executable, "-P", "-m", "lspec_git"]
