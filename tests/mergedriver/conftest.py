"""Specs that the driver merges, configured by hand and without labels: any git says the same.

The line that is installed is for `test_never_ours`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.conftest import Repo

COMMAND = (
    "git-lspec merge-driver %O %A %B %L %P; s=$?; [ $s = 0 ] && exit 0; [ $s = 3 ] && exit 1; "
    "git merge-file --marker-size=%L -L ours -L base -L theirs %A %O %B"
)
ATTRIBUTES = "specs/**/README.md merge=lspec\n.lspec/integrations.yml merge=lspec\n"


@pytest.fixture
def driven(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    """The repository with the driver, and the program of this environment on PATH."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    repo.git("config", "merge.lspec.driver", COMMAND)
    repo.git("config", "merge.lspec.name", "specs, key by key")
    repo.commit({".gitattributes": ATTRIBUTES}, "Attributes")
    return repo
