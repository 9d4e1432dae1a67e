"""Hooks that are there already: they run as before, and come back byte for byte."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from lspec_git.git import hooktext
from tests.conftest import Repo
from tests.native.recording import (
    SPEC,
    Program,
    edit,
    hooks,
    program,
    project,
    settle,
    snapshot,
)

TELL = b"""\
wait
echo "$0 $* $- $PWD ${!-} ${lspec_head-none} $(command -v lspec_hook) $(trap)" >>told
cat >>told
exit ${STATUS:-0}
"""
PYTHON = b"""\
import os, sys
open("told", "a").write(f"{sys.argv[1:]} {sys.stdin.read()}")
sys.exit(int(os.environ.get("STATUS", 0)))
"""
HOOKS: dict[str, bytes] = {
    "sh": b"#!/bin/sh\n" + TELL,
    "options": b"#!/bin/sh -eu\n" + TELL,
    "bash": b'#!/usr/bin/env bash\necho "${BASH_SOURCE[0]}" >>told\n' + TELL,
    "zsh": b"#!/usr/bin/env -S zsh -f\n" + TELL,
    "exec": b'#!/bin/sh\nexec sh -c \'echo "$*" >>told; cat >>told; exit ${STATUS:-0}\' x "$@"\n',
    "no end": b"#!/bin/sh",
    "not UTF-8": b"#!/bin/sh\n# caf\xe9\necho ran >>told\nexit ${STATUS:-0}",
}
OTHERS: dict[str, bytes] = {
    "python": b"#!/usr/bin/env python3\n" + PYTHON,
    "no shebang": b'echo "$*" >>told\ncat >>told\nexit ${STATUS:-0}\n',
    "polyglot": b"#!/bin/sh\n''':'\nexec python3 \"$0\" \"$@\"\n'''\n" + PYTHON,
    "archive": b'#!/bin/sh\ntail -n +4 "$0" >>told; cat >>told\nexit ${STATUS:-0}\nthe fourth line\n',
    "empty": b"",
}
ALL = HOOKS | OTHERS


def put(folder: Path, data: bytes, mode: int = 0o755) -> None:
    folder.mkdir(exist_ok=True)
    for name in hooktext.NAMES:
        (folder / name).write_bytes(data)
        (folder / name).chmod(mode)


def outcome(repo: Repo, tmp_path: Path, status: int = 0) -> tuple[list[int], str]:
    """Of a few operations that touch the spec: git's exit statuses, and what its hooks told."""
    told = repo.path / "told"
    told.unlink(missing_ok=True)
    bare = tmp_path / "bare.git"
    shutil.rmtree(bare, ignore_errors=True)
    repo.git("init", "-q", "--bare", str(bare))
    repo.git("reset", "-q", "--hard", "base")
    edit(repo, "in-progress")
    env = {**os.environ, "STATUS": str(status), "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}
    codes = []
    for args in (
        ["commit", "-qam", "move", "--date=2026-01-01T00:00:00Z"],
        ["commit", "-q", "--amend", "-am", "moved"],
        ["push", "-q", str(bare), "HEAD:main"],
    ):
        done = subprocess.run(["git", *args], cwd=repo.path, env=env, capture_output=True, check=False)
        codes.append(done.returncode)
    return codes, told.read_text("utf-8", "replace") if told.exists() else ""


@pytest.mark.parametrize("name", ALL)
def test_it_runs_as_before_and_comes_back(name: str, repo: Repo, tool: Program, tmp_path: Path) -> None:
    if name == "zsh" and not shutil.which("zsh"):
        pytest.skip("needs zsh")
    project(repo)
    repo.git("tag", "base")
    put(hooks(repo), ALL[name], 0o750)
    before = snapshot(hooks(repo))
    good, bad = outcome(repo, tmp_path), outcome(repo, tmp_path, 7)
    ran = tool.lspec("install", "--hooks", cwd=repo.path)
    aside = name in OTHERS
    assert ("pre-commit.before-lspec now" in ran.err) == aside
    once = snapshot(hooks(repo))
    assert once["pre-commit"][0] == before["pre-commit"][0] or aside
    seen = outcome(repo, tmp_path)
    assert (seen[0], seen[1].replace(".before-lspec", "")) == good
    calls = tool.wait(5)  # an amend is told twice, and has nothing staged to check
    assert sorted(call.args[0] for call in calls) == ["check", "notes", "run", "run", "run"]
    assert all(call.stdin == [] for call in calls), "git's lines are for the other hook"
    seen = outcome(repo, tmp_path, 7)
    assert (seen[0], seen[1].replace(".before-lspec", "")) == bad
    tool.wait(5 if bad == good else 3)
    assert tool.lspec("install", "--hooks", cwd=repo.path).out == ""
    assert snapshot(hooks(repo)) == once
    tool.lspec("uninstall", "--hooks", cwd=repo.path)
    assert snapshot(hooks(repo)) == before


def test_a_hook_that_waits_for_its_own_jobs(repo: Repo, tool: Program) -> None:
    """It does not wait for ours."""
    project(repo)
    put(hooks(repo), b"#!/bin/sh\nsleep 0 &\nwait\necho done >>told\n")
    tool.lspec("install", "--hooks", cwd=repo.path)
    (tool.folder / "slow").touch()
    edit(repo, "in-progress")
    repo.git("commit", "-qanm", "move")
    assert (repo.path / "told").read_text() == "done\n"
    assert tool.calls() == []
    (tool.folder / "slow").unlink()
    assert tool.names(1) == ["run"]


def test_a_failing_check_ends_the_hook(repo: Repo, tool: Program) -> None:
    project(repo)
    put(hooks(repo), HOOKS["sh"])
    tool.lspec("install", "--hooks", cwd=repo.path)
    tool.answer(1)
    edit(repo, "in-progress")
    repo.git("commit", "-qam", "move", check=False)
    assert repo.git("log", "-1", "--format=%s") == "First"
    assert not (repo.path / "told").exists()
    tool.wait(1)
    repo.git("commit", "-qanm", "move")
    assert (repo.path / "told").read_text().count("post-commit") == 1, "no other can"
    tool.wait(1)


def test_files_that_git_ignores(repo: Repo, tool: Program) -> None:
    project(repo)
    put(hooks(repo), b"#!/bin/sh\necho ran >>told\nexit 1\n", 0o640)
    before = snapshot(hooks(repo))
    ran = tool.lspec("install", "--hooks", cwd=repo.path)
    assert "is not executable, so git ignores it: it is pre-commit.before-lspec now" in ran.err
    edit(repo, "in-progress")
    repo.git("commit", "-qam", "move")
    assert sorted(tool.names(2)) == ["check", "run"]
    assert not (repo.path / "told").exists()
    tool.lspec("uninstall", "--hooks", cwd=repo.path)
    assert snapshot(hooks(repo)) == before


@pytest.mark.parametrize("target", ["../../scripts/hook", "nowhere"])
def test_a_link_is_not_written_through(target: str, repo: Repo, tool: Program) -> None:
    """It often leads to a script that is committed."""
    project(repo)
    script = repo.write("scripts/hook", HOOKS["sh"])
    script.chmod(0o755)
    for name in hooktext.NAMES:
        (hooks(repo) / name).symlink_to(target)
    before = snapshot(hooks(repo))
    tool.lspec("install", "--hooks", cwd=repo.path)
    assert script.read_bytes() == HOOKS["sh"]
    edit(repo, "in-progress")
    repo.git("commit", "-qam", "move")
    assert sorted(tool.names(2)) == ["check", "run"]
    assert (repo.path / "told").exists() == (target != "nowhere")
    tool.lspec("uninstall", "--hooks", cwd=repo.path)
    assert snapshot(hooks(repo)) == before


@pytest.mark.parametrize("folder", [True, False])
def test_nothing_is_there(folder: bool, tmp_path: Path, tool: Program) -> None:
    """Without templates there is not even the folder."""
    made = Repo(tmp_path / "made")
    made.path.mkdir()
    made.git("init", "-q", "--template=")
    project(made)
    if folder:
        hooks(made).mkdir()
    before = snapshot(made.path / ".git")
    tool.lspec("install", "--hooks", cwd=made.path)
    edit(made, "in-progress")
    assert {path.stat().st_mode & 0o777 for path in hooks(made).iterdir()} == {0o755}
    made.git("commit", "-qam", "move")
    assert sorted(tool.names(2)) == ["check", "run"]
    made.git("reset", "-q", "--hard", "HEAD~1")
    tool.lspec("uninstall", "--hooks", cwd=made.path)
    assert hooks(made).exists() == folder
    assert (made.path / ".git/config").read_bytes() == before["config"][1]


def test_somebody_adds_to_our_file(hooked: Repo, tool: Program) -> None:
    hook = hooks(hooked) / "post-commit"
    hook.write_bytes(hook.read_bytes() + b"echo mine >>told\n")
    settle(hooked)
    hooked.git("commit", "-q", "--allow-empty", "-m", "x")
    assert (hooked.path / "told").read_text() == "mine\n"
    tool.lspec("uninstall", "--hooks", cwd=hooked.path)
    assert hook.read_bytes() == b"#!/bin/sh\necho mine >>told\n"


def test_one_that_somebody_switched_off(hooked: Repo, tool: Program) -> None:
    hook = hooks(hooked) / "post-commit"
    hook.chmod(0o644)
    assert "post-commit: executable again" in tool.lspec("install", "--hooks", cwd=hooked.path).out
    assert hook.stat().st_mode & 0o777 == 0o755


def test_the_program_moved(hooked: Repo, tool: Program, tmp_path: Path) -> None:
    other = program(tmp_path / "it's other")
    ran = other.lspec("install", "--hooks", cwd=hooked.path)
    assert ran.out.count("our lines, brought up to date") == 5
    edit(hooked, "in-progress")
    hooked.git("commit", "-qam", "move")
    assert sorted(other.names(2)) == ["check", "run"]
    assert tool.calls() == []


def overwrite(hook: Path) -> None:
    hook.unlink()
    hook.write_bytes(OTHERS["python"])
    hook.chmod(0o755)


def keep_as(hook: Path, suffix: str) -> None:
    """What pre-commit and lefthook do to a hook that they find."""
    hook.rename(f"{hook}{suffix}")
    hook.write_bytes(b"#!/bin/sh\nhook-impl() { :; }\nhook-impl\n")
    hook.chmod(0o755)


@pytest.mark.parametrize("suffix", [".legacy", ".old"])
@pytest.mark.parametrize("name", [None, "sh", "python"])
def test_what_a_framework_kept_is_cleared_as_well(
    name: str | None, suffix: str, repo: Repo, tool: Program
) -> None:
    """As if ours had never been there: what it would have kept then is what it has."""
    project(repo)
    if name:
        put(hooks(repo), ALL[name])
    before = snapshot(hooks(repo))
    tool.lspec("install", "--hooks", cwd=repo.path)
    for hook in hooktext.NAMES:
        keep_as(hooks(repo) / hook, suffix)
    ran = tool.lspec("uninstall", "--hooks", cwd=repo.path)
    assert "stays" not in ran.err
    after = snapshot(hooks(repo))
    for hook in hooktext.NAMES:
        assert after.pop(hook)[1].startswith(b"#!/bin/sh\nhook-impl")
        if name:
            assert after.pop(hook + suffix) == before.pop(hook)
    assert after == before


def test_what_was_overwritten_is_left_and_told(repo: Repo, tool: Program) -> None:
    project(repo)
    put(hooks(repo), OTHERS["no shebang"])
    tool.lspec("install", "--hooks", cwd=repo.path)
    hook = hooks(repo) / "pre-commit"
    overwrite(hook)
    ran = tool.lspec("install", "--hooks", cwd=repo.path, code=2)
    assert "pre-commit.before-lspec is in the way" in ran.err
    assert "rm " in ran.err
    ran = tool.lspec("uninstall", "--hooks", cwd=repo.path)
    assert ".git/hooks/pre-commit.before-lspec stays" in ran.err
    assert hook.read_bytes() == OTHERS["python"]
    assert (hooks(repo) / "post-commit").read_bytes() == OTHERS["no shebang"]


def test_a_folder_that_cannot_be_written(repo: Repo, tool: Program) -> None:
    project(repo)
    folder = hooks(repo)
    if subprocess.run(["mount", "--bind", folder, folder], check=False, capture_output=True).returncode:
        pytest.skip("may not mount")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        before = snapshot(folder)
        ran = tool.lspec("install", "--hooks", cwd=repo.path, code=2)
        assert f"error: {folder}/pre-commit cannot be written: Read-only file system" in ran.err
        assert "ls -ld" in ran.err
        assert snapshot(folder) == before
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("scope", ["--local", "--worktree"])
def test_hooks_in_another_folder(scope: str, repo: Repo, tool: Program) -> None:
    project(repo)
    repo.git("config", "extensions.worktreeConfig", "true")
    repo.git("config", scope, "core.hooksPath", "my hooks")
    put(repo.path / "my hooks", HOOKS["sh"])
    repo.commit(message="hooks")
    before = snapshot(repo.path / "my hooks")
    ran = tool.lspec("install", "--hooks", cwd=repo.path)
    assert "my hooks: the hooks in it are committed" in ran.err
    assert "! command -v git-lspec >/dev/null || git-lspec hook sync" in ran.err
    edit(repo, "in-progress")
    repo.git("commit", "-qam", "move")
    assert sorted(tool.names(2)) == ["check", "run"]
    repo.git("config", scope, "--unset", "core.hooksPath")
    tool.lspec("uninstall", "--hooks", cwd=repo.path)
    assert snapshot(repo.path / "my hooks") == before, "found again where they were put"


def test_hooks_of_all_repositories_are_not_touched(repo: Repo, tool: Program, tmp_path: Path) -> None:
    project(repo)
    put(tmp_path / "all", HOOKS["sh"])
    before = snapshot(tmp_path / "all")
    repo.git("config", "--global", "core.hooksPath", str(tmp_path / "all"))
    ran = tool.lspec("install", "--hooks", cwd=repo.path, code=2)
    where = f"core.hooksPath is {tmp_path}/all by your global config"
    said = f"error: hooks would run in all your repositories: {where}"
    assert said in ran.err
    ran = tool.lspec("install", cwd=repo.path, code=3)
    assert said in ran.err
    assert "merge.lspec.driver" in ran.out, "the rest is installed"
    assert snapshot(tmp_path / "all") == before
    advice = next(line for line in ran.err.splitlines() if "git config core.hooksPath" in line)
    repo.git("config", "core.hooksPath", advice.split("core.hooksPath ")[1].split("   ")[0])
    tool.lspec("install", "--hooks", cwd=repo.path)
    edit(repo, "in-progress")
    repo.git("commit", "-qam", "move")
    assert sorted(tool.names(2)) == ["check", "run"]
    tool.lspec("uninstall", "--hooks", cwd=repo.path)
    assert snapshot(tmp_path / "all") == before


def test_hooks_are_switched_off(repo: Repo, tool: Program) -> None:
    project(repo)
    repo.git("config", "core.hooksPath", os.devnull)
    ran = tool.lspec("install", "--hooks", cwd=repo.path, code=2)
    assert "hooks are switched off in this repository: core.hooksPath is /dev/null" in ran.err
    assert "git config --unset core.hooksPath" in ran.err


def test_which_parts(repo: Repo, tool: Program) -> None:
    project(repo)
    tool.lspec("install", "--hooks", cwd=repo.path)
    assert "merge.lspec" not in repo.git("config", "--list")
    assert not (repo.path / ".gitattributes").exists()
    tool.lspec("uninstall", "--hooks", cwd=repo.path)
    tool.lspec("install", "--merge-driver", cwd=repo.path)
    assert not (hooks(repo) / "pre-commit").exists()
    ran = tool.lspec("install", cwd=repo.path)
    assert "a new hook" in ran.out
    assert (hooks(repo) / "pre-commit").exists()
    assert SPEC in repo.git("ls-files")
