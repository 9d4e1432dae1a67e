"""Kinds of repository: how git keeps objects and refs in it, and which back end reads it.

Where the machine's git is too old for reftables, LSPEC_GIT_NEW names a folder with a newer one (`bin/git`;
`.ci/newer-git FOLDER` makes one).
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from lspec_git.errors import GitError
from lspec_git.git.libgit2 import Libgit2
from lspec_git.git.repository import Repository
from tests.conftest import Repo

KINDS = ("libgit2", "plumbing", "sha256", "reftable", "partial")


def knows_reftables() -> bool:
    usage = subprocess.run(["git", "init", "-h"], capture_output=True, text=True, check=False)
    return "ref-format" in usage.stdout + usage.stderr


def use_newer_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on `git` is one that knows reftables."""
    if knows_reftables():
        return
    folder = os.environ.get("LSPEC_GIT_NEW", "")
    if not Path(folder, "bin", "git").is_file():
        pytest.skip("needs a git that knows reftables (LSPEC_GIT_NEW)")
    monkeypatch.setenv("PATH", f"{folder}/bin{os.pathsep}{os.environ['PATH']}")


def prepare(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on git makes repositories of this kind by itself; `partial` ones are made by cloning only."""
    if kind == "plumbing":
        monkeypatch.setattr(Libgit2, "__init__", _cannot_open)
    elif kind == "sha256":
        monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    elif kind == "reftable":
        use_newer_git(monkeypatch)
        monkeypatch.setenv("GIT_DEFAULT_REF_FORMAT", "reftable")
    elif kind == "partial":
        home = Repo(Path(os.environ["HOME"]))
        home.git("config", "--global", "uploadpack.allowFilter", "true")
        home.git("config", "--global", "uploadpack.allowAnySHA1InWant", "true")


def _cannot_open(_self: Libgit2, repo: Repository) -> None:
    raise GitError(f"libgit2 cannot open {repo.git_dir}")
