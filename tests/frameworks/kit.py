"""pre-commit and prek, and all that they need to build their environments, offline.

Made once for all tests of a session: a repository that offers the hooks, as people would name it in their
config, and a folder of wheels of this program and all that it needs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from tests.conftest import TOP

PARTS = ("lspec_git", "hooks", "man", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
TOOLS = ("hatchling", "uv")
"""What building a wheel takes, and what prek builds environments with."""
PROGRAMS = ("git-lspec", "lspec")
VERSIONS = ("v0.1.0", "v0.1.1")


@dataclass(frozen=True)
class Kit:
    """What is made once. `source` offers the hooks under the tags `VERSIONS`."""

    folder: Path

    @property
    def source(self) -> Path:
        return self.folder / "lspec-git"

    @property
    def wheels(self) -> Path:
        return self.folder / "wheels"

    @property
    def tools(self) -> Path:
        return self.folder / "tools"

    def environment(self, home: Path) -> dict[str, str]:
        """For children: no installation of ours on PATH, no network, and the frameworks' caches in `home`."""
        places = [place for place in os.environ["PATH"].split(os.pathsep) if not _holds_ours(Path(place))]
        return {
            "PATH": os.pathsep.join([str(self.tools), *places]),
            "PRE_COMMIT_HOME": str(home / "pre-commit"),
            "PREK_HOME": str(home / "prek"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "UV_OFFLINE": "1",
            "UV_NO_INDEX": "1",
            "UV_FIND_LINKS": str(self.wheels),
            "UV_NO_CONFIG": "1",
        }


def _holds_ours(folder: Path) -> bool:
    return any((folder / name).exists() for name in PROGRAMS)


def kit(folder: Path) -> Kit:
    """The kit in this folder, made by whoever comes first. Skips where wheels cannot be had."""
    folder.mkdir(exist_ok=True)
    made = Kit(folder)
    failed = folder / "failed"
    with FileLock(folder / "lock"):
        if not (folder / "made").exists() and not failed.exists():
            why = _make(made)
            (failed if why else folder / "made").write_text(why)
    if failed.exists():
        pytest.skip(f"needs a package index to build the frameworks' environments from: {failed.read_text()}")
    return made


def _make(made: Kit) -> str:
    """Why it cannot be made; empty: it is."""
    _copy(made.source)
    # With the settings that this session was started with: from here on nobody asks an index.
    args = [sys.executable, "-m", "pip", "wheel", "-q", "-w", str(made.wheels), str(made.source), *TOOLS]
    done = subprocess.run(args, capture_output=True, text=True, check=False)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["pip failed"])[-1]
    made.tools.mkdir()
    (wheel,) = made.wheels.glob("uv-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        name = next(each for each in archive.namelist() if each.endswith("/scripts/uv"))
        (made.tools / "uv").write_bytes(archive.read(name))
    (made.tools / "uv").chmod(0o755)
    for built in made.wheels.glob("lspec_git-*.whl"):
        built.unlink()  # the frameworks build it themselves
    _publish(made.source)
    return ""


def _copy(to: Path) -> None:
    to.mkdir()
    for name in PARTS:
        part = TOP / name
        if part.is_dir():
            shutil.copytree(part, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(part, to)


def _publish(source: Path) -> None:
    """Two versions, which differ in nothing that matters."""
    shutil.rmtree(source / "build", ignore_errors=True)
    _git(source, "init", "-q")
    for version in VERSIONS:
        (source / "VERSION").write_text(version)
        _git(source, "add", "-A")
        _git(source, "commit", "-qm", version)
        _git(source, "tag", version)


def _git(folder: Path, *args: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgSign=false")
    subprocess.run(["git", *who, *args], cwd=folder, capture_output=True, check=True)


def framework(name: str) -> list[str]:
    """How a framework is started. Skips where it is not there."""
    if name == "pre-commit":
        return [sys.executable, "-m", "pre_commit"]
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name} (pip install {name})")
    return [found]


def without_path(env: Mapping[str, str]) -> dict[str, str]:
    """The same for somebody who has nothing but what the system brings."""
    return {**env, "PATH": env["PATH"].partition(os.pathsep)[2]}
