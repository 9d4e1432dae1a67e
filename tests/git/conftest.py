"""Repositories of every kind, and both back ends to read them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lspec_git.git.libgit2 import Libgit2
from lspec_git.git.objects import Objects, Repository, discover
from lspec_git.git.plumbing import Plumbing
from tests.conftest import Repo
from tests.kinds import prepare

BACK_ENDS: dict[str, Callable[[Repository], Objects]] = {"libgit2": Libgit2, "plumbing": Plumbing}


def init(path: Path, *options: str) -> Repo:
    path.mkdir()
    made = Repo(path)
    made.git("init", "-q", *options)
    return made


def gone(pid: int) -> bool:
    """Whether a process has ended, or is about to: who inherited it may not have noticed yet."""
    for _ in range(1000):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").exists() and " Z " in Path(f"/proc/{pid}/stat").read_text():
            return True
        os.sched_yield()
    return False


def clone(source: Repo, path: Path, *options: str) -> Repo:
    source.git("clone", "-q", *options, source.path.as_uri(), str(path))
    return Repo(path)


KINDS = ["libgit2", "plumbing", "plumbing-sha256", "plumbing-reftable"]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """An empty repository of each kind; what is cloned from it is of that kind too."""
    prepare(kind.partition("-")[2], monkeypatch)
    return init(tmp_path / "store")


@pytest.fixture
def objects(kind: str, store: Repo) -> Iterator[Objects]:
    with BACK_ENDS[kind.partition("-")[0]](discover(store.path)) as opened:
        yield opened
