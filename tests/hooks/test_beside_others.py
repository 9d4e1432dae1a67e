"""The whole, beside the real husky and lefthook: an edit by LeanSpec itself, a commit, the item moves."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from tests.hooks.stage import ALPHA, Stage
from tests.native import test_frameworks as native

LEFTHOOK = "post-commit:\n  jobs:\n    - run: echo theirs >>.git/told\n"
Beside = Callable[[Stage], None]


def run(stage: Stage, *command: str) -> None:
    done = subprocess.run(command, cwd=stage.repo.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def husky(stage: Stage) -> None:
    run(stage, *native.husky())
    stage.repo.write(".husky/post-commit", "echo theirs >>.git/told\n")


def lefthook(stage: Stage) -> None:
    stage.repo.write("lefthook.yml", LEFTHOOK)
    run(stage, *native.lefthook())


@pytest.mark.parametrize("stage", ["shims"], indirect=True)
@pytest.mark.parametrize("beside", [husky, lefthook], ids=lambda beside: beside.__name__)
def test_an_edit_by_leanspec_moves_its_item(stage: Stage, beside: Beside) -> None:
    stage.world.lspec("uninstall", "--hooks")
    beside(stage)
    stage.world.lspec("install", "--hooks")
    leanspec = native.node("LeanSpec", "@leanspec/cli-linux-x64/leanspec")
    run(stage, leanspec, "update", "001", "-s", "complete")
    stage.repo.git("add", "specs")
    stage.git("commit", "-qm", "by LeanSpec")
    assert (stage.status(ALPHA), stage.patches()) == ("complete", 1)
    assert (stage.repo.path / ".git" / "told").read_text() == "theirs\n"
    assert stage.in_step()
