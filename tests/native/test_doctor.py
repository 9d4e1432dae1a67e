"""What `git lspec doctor` says of hooks, each thing seen wrong; and that it runs nobody else's."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import PATIENCE, environment
from tests.conftest import Repo
from tests.native.recording import Program, edit, hooks, program, project

CONFIG = """\
{types}
repos:
  - repo: local
    hooks:
      - {{id: lspec-check, name: x, language: system, entry: "true"}}
      - {{id: lspec-sync, name: x, language: system, entry: "true"}}
"""


def look(tool: Program, repo: Repo, *args: str) -> list[Mapping[str, Any]]:
    command = [str(tool.path), "doctor", "--json", *args]
    done = subprocess.run(
        command, cwd=repo.path, env=environment(), capture_output=True, timeout=PATIENCE, check=False
    )
    return [each for each in json.loads(done.stdout)["findings"] if each["check"] == "hooks"]


def one(tool: Program, repo: Repo, *args: str) -> Mapping[str, Any]:
    (finding,) = look(tool, repo, *args)
    return finding


def mended(tool: Program, repo: Repo) -> None:
    """Wrong, mended by --fix, and well."""
    found = one(tool, repo, "--fix")
    assert found["commands"] == ["git lspec install"]
    assert found["fixed"].startswith("installed: ")
    assert one(tool, repo)["level"] == "ok"


def test_none_are_installed(repo: Repo, tool: Program) -> None:
    project(repo)
    assert one(tool, repo) == {
        "check": "hooks",
        "level": "note",
        "message": "not installed: what you commit is published by the next git lspec sync",
        "commands": ["git lspec install"],
        "fixable": False,
        "fixed": "",
        "error": "",
    }


def test_all_is_well_and_nothing_is_started(hooked: Repo, tool: Program) -> None:
    assert one(tool, hooked)["message"] == (
        "tried: git gets to our lines in pre-commit, post-commit, post-merge, post-rewrite, pre-push"
    )
    assert tool.calls() == []


@pytest.mark.parametrize(
    "data", [b"#!/bin/bash\ntouch RAN\nexit 1\n", b"#!/usr/bin/python3\nopen('RAN','w')\n"]
)
def test_hooks_of_others_are_not_run(data: bytes, repo: Repo, tool: Program, tmp_path: Path) -> None:
    project(repo)
    ran = tmp_path / "ran"
    for name in ("pre-commit", "pre-push"):
        (hooks(repo) / name).write_bytes(data.replace(b"RAN", str(ran).encode()))
        (hooks(repo) / name).chmod(0o755)
    tool.lspec("install", "--hooks", cwd=repo.path)
    assert one(tool, repo)["level"] == "ok"
    assert not ran.exists()


def test_lines_that_are_gone(hooked: Repo, tool: Program) -> None:
    for name in ("post-commit", "pre-push"):
        (hooks(hooked) / name).write_text("#!/bin/sh\nexit 0\n")
    found = one(tool, hooked)
    assert found["level"] == "wrong"
    assert found["message"] == (
        "our lines are not in post-commit, pre-push (.git/hooks) any more: "
        "another tool wrote them anew, it seems"
    )
    mended(tool, hooked)
    for hook in hooks(hooked).iterdir():
        hook.unlink()
    assert "not in pre-commit, post-commit" in one(tool, hooked)["message"], "all at once as well"
    mended(tool, hooked)


BREAKS = {
    "not executable": ("chmod", "was ignored because it's not set as executable"),
    "no interpreter": ("#!/nowhere/sh", "No such file or directory"),
    "an end before": ("#!/bin/sh\nexit 0", "it exited 0, and never came to them"),
    "a failure before": ("#!/bin/sh\necho early >&2; exit 3", "early"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_git_does_not_get_to_them(name: str, hooked: Repo, tool: Program) -> None:
    hook = hooks(hooked) / "post-merge"
    first, said = BREAKS[name]
    if first == "chmod":
        hook.chmod(0o644)
    else:
        hook.write_text(hook.read_text().replace("#!/bin/sh", first, 1))
    found = one(tool, hooked)
    assert found["level"] == "wrong"
    assert "git does not get to our lines in .git/hooks/post-merge: " in found["message"]
    assert said in found["message"]
    if first == "chmod":
        mended(tool, hooked)


@pytest.mark.parametrize("how", ["gone", "broken"])
def test_a_program_that_does_not_start(how: str, hooked: Repo, tool: Program, tmp_path: Path) -> None:
    """As after the removal of a virtual environment; PATH still has another."""
    other = program(tmp_path / "other")
    if how == "gone":
        tool.path.unlink()
    else:
        tool.path.write_text("#!/bin/sh\necho No module named lspec_git >&2\nexit 1\n")
    found = one(other, hooked)
    assert found["level"] == "wrong"
    said = "No such file or directory" if how == "gone" else "No module named lspec_git"
    assert found["message"] == f"they start {tool.path}, which does not start: {said}"
    mended(other, hooked)
    edit(hooked, "in-progress")
    hooked.git("commit", "-qam", "move")
    assert sorted(other.names(2)) == ["check", "run"]


def test_another_installation(hooked: Repo, tool: Program, tmp_path: Path) -> None:
    other = program(tmp_path / "other")
    found = one(other, hooked)
    assert found["level"] == "note"
    assert f"they start another installation, '{tool.path}'" in found["message"]
    mended(other, hooked)


def test_hooks_of_all_repositories(repo: Repo, tool: Program, tmp_path: Path) -> None:
    project(repo)
    repo.git("config", "--global", "core.hooksPath", str(tmp_path))
    found = one(tool, repo)
    assert found["level"] == "note"
    assert found["message"].startswith("hooks would run in all your repositories")
    assert found["commands"][-1] == "git lspec install"


def test_a_framework_without_its_stages(repo: Repo, tool: Program) -> None:
    project(repo)
    repo.commit({".pre-commit-config.yaml": CONFIG.format(types="")})
    found = one(tool, repo)
    assert found["level"] == "wrong"
    assert found["message"] == (
        ".pre-commit-config.yaml runs our hooks at pre-commit, post-commit, post-merge, post-rewrite, where "
        "pre-commit is not installed\ndefault_install_hook_types there lacks post-commit, post-merge, "
        "post-rewrite: so will every clone"
    )
    assert found["commands"] == [
        "pre-commit install -t pre-commit -t post-commit -t post-merge -t post-rewrite"
    ]
    types = "default_install_hook_types: [pre-commit, post-commit, post-merge, post-rewrite]"
    repo.write(".pre-commit-config.yaml", CONFIG.format(types=types))
    assert "default_install_hook_types" not in one(tool, repo)["message"]
