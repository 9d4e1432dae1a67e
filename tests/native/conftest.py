"""A recording program and a project for the tests of native hooks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Repo
from tests.native.recording import Program, program, project


@pytest.fixture
def tool(tmp_path: Path) -> Program:
    """The program that hooks start: it only notes with what."""
    return program(tmp_path / "a bin")


@pytest.fixture
def hooked(repo: Repo, tool: Program) -> Repo:
    """A project whose native hooks are installed."""
    project(repo)
    tool.lspec("install", "--hooks", cwd=repo.path)
    return repo
