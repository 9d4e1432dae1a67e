"""Native hooks in every kind of repository and worktree, and by a newer git."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Repo
from tests.kinds import use_newer_git
from tests.native.recording import OTHER, SPEC, TEXT, Program, edit, hooks, project, settle


def test_a_newer_git(hooked: Repo, tool: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    use_newer_git(monkeypatch)
    edit(hooked, "in-progress")
    hooked.git("commit", "-q", "--amend", "-am", "move")
    assert sorted(tool.names(3)) == ["check", "run", "run"]


@pytest.mark.parametrize("kind", ["sha256", "reftable"])
def test_other_kinds_of_repository(
    kind: str, tmp_path: Path, tool: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "reftable":
        use_newer_git(monkeypatch)
    made = Repo(tmp_path / "made")
    made.path.mkdir()
    made.git("init", "-q", *(["--ref-format=reftable"] if kind == "reftable" else ["--object-format=sha256"]))
    project(made)
    tool.lspec("install", "--hooks", cwd=made.path)
    settle(made)
    made.commit({OTHER: "1\n"})
    made.commit({SPEC: TEXT.format("complete")})
    assert sorted(tool.names(2)) == ["check", "run"]


def test_a_linked_worktree(hooked: Repo, tool: Program, tmp_path: Path) -> None:
    linked = Repo(tmp_path / "linked")
    hooked.git("worktree", "add", "-q", str(linked.path))
    settle(linked)
    linked.commit({OTHER: "1\n"})
    linked.commit({SPEC: TEXT.format("complete")})
    calls = tool.wait(2)
    assert {call.folder for call in calls} == {str(linked.path)}
    assert hooks(linked) == hooks(hooked)
    tool.lspec("uninstall", "--hooks", cwd=linked.path)
    assert [each for each in hooks(hooked).iterdir() if each.suffix != ".sample"] == []


def test_a_submodule(repo: Repo, tool: Program, tmp_path: Path) -> None:
    inner = Repo(tmp_path / "inner")
    inner.path.mkdir()
    inner.git("init", "-q")
    project(inner)
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.path), "sub")
    sub = Repo(repo.path / "sub")
    tool.lspec("install", "--hooks", cwd=sub.path)
    settle(sub)
    sub.commit({OTHER: "1\n"})
    sub.commit({SPEC: TEXT.format("complete")})
    assert {call.folder for call in tool.wait(2)} == {str(sub.path)}


def test_a_bare_repository_with_a_worktree(repo: Repo, tool: Program, tmp_path: Path) -> None:
    project(repo)
    bare, tree = tmp_path / "bare.git", Repo(tmp_path / "tree")
    repo.git("clone", "-q", "--bare", str(repo.path), str(bare))
    Repo(bare).git("worktree", "add", "-q", str(tree.path), "main")
    tool.lspec("install", "--hooks", cwd=tree.path)
    settle(tree)
    tree.commit({OTHER: "1\n"})
    tree.commit({SPEC: TEXT.format("complete")})
    assert sorted(tool.names(2)) == ["check", "run"]
    Repo(bare).git("push", "-q", str(repo.path), "main:copy")
    assert tool.calls() == [], "no worktree, no config: not this time"
