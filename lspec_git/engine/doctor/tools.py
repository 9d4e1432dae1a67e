"""The programs that work here: git, this package, and what reads the repository."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from typing import Final

from lspec_git import __version__
from lspec_git.engine.doctor.findings import Finding, Level, Patient
from lspec_git.git.objects import open_objects, why_plumbing
from lspec_git.git.process import run

OLDEST: Final = (2, 36)
"""`git fetch --refetch` and `--porcelain` pushes as they are read here."""
TRIED: Final = (2, 39)
"""The oldest git that the tests have run with."""


def git_version(patient: Patient) -> Iterator[Finding]:
    """Whether git is new enough."""
    said = run(["version"], patient.repo.folder).text
    found = re.search(r"(\d+)\.(\d+)", said)
    number = (int(found[1]), int(found[2])) if found else (0, 0)
    if number < OLDEST:
        yield Finding("git", Level.WRONG, f"{said}; {_dotted(OLDEST)} is needed", ("git --version",))
    elif number < TRIED:
        yield Finding("git", Level.NOTE, f"{said}; versions before {_dotted(TRIED)} were not tried")
    else:
        yield Finding("git", Level.OK, said)


def package(_patient: Patient) -> Iterator[Finding]:
    """Which versions these are."""
    yield Finding("package", Level.OK, f"git lspec {__version__}, Python {platform.python_version()}")


def back_end(patient: Patient) -> Iterator[Finding]:
    """What reads the repository, and why."""
    with open_objects(patient.repo) as objects:
        reader = type(objects).__name__
    why = why_plumbing(patient.repo)
    said = f"git itself reads it ({why})" if why else f"{reader} reads it"
    yield Finding("back end", Level.OK, f"{said}; object ids of {patient.objects.digits} digits")


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
