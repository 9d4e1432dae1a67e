"""Repositories of every kind, and both back ends to read them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lspec_git.git.libgit2 import Libgit2
from lspec_git.git.objects import Objects, Repository, discover
from lspec_git.git.plumbing import Plumbing
from tests.conftest import Repo

BACK_ENDS: dict[str, Callable[[Repository], Objects]] = {"libgit2": Libgit2, "plumbing": Plumbing}


def init(path: Path, *options: str) -> Repo:
    path.mkdir()
    made = Repo(path)
    made.git("init", "-q", *options)
    return made


def clone(source: Repo, path: Path, *options: str) -> Repo:
    source.git("clone", "-q", *options, source.path.as_uri(), str(path))
    return Repo(path)


def knows_reftables() -> bool:
    usage = subprocess.run(["git", "init", "-h"], capture_output=True, text=True, check=False)
    return "ref-format" in usage.stdout + usage.stderr


KINDS = ["libgit2", "plumbing", "plumbing-sha256", *(["plumbing-reftable"] if knows_reftables() else [])]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(kind: str, tmp_path: Path) -> Repo:
    """An empty repository of each kind that git here can make."""
    _, _, form = kind.partition("-")
    options = {"sha256": ["--object-format=sha256"], "reftable": ["--ref-format=reftable"]}.get(form, [])
    return init(tmp_path / "store", *options)


@pytest.fixture
def objects(kind: str, store: Repo) -> Iterator[Objects]:
    with BACK_ENDS[kind.partition("-")[0]](discover(store.path)) as opened:
        yield opened
