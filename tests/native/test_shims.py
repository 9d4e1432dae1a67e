"""What each operation of git makes the shims start, under several shells; and when they leave at once."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from lspec_git.git import hookfiles, hooktext
from tests.cli.running import PATIENCE
from tests.conftest import Repo
from tests.native.recording import (
    CONFIG,
    OTHER,
    SPEC,
    TEXT,
    Program,
    edit,
    program,
    settle,
    shebang,
)

SHELLS = ("dash", "bash")
"""What /bin/sh is. That hooks for zsh run our lines as well is in `test_chains`."""


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, hooked: Repo, tmp_path: Path) -> Repo:
    """The project with a /bin/sh that is each of these shells."""
    found = shutil.which(request.param)
    if found is None:
        pytest.skip(f"needs {request.param}")
    (tmp_path / "sh").symlink_to(found)
    shebang(hooked, str(tmp_path / "sh"))
    return hooked


def test_templates_are_short_and_whole() -> None:
    for name in hooktext.NAMES:
        lines = hookfiles.template(name).decode().splitlines()
        assert len(lines) <= 20
        assert lines[0] == "#!/bin/sh"
        assert f"echo {name} >>" in lines[2], "the name that a probe is told"


def test_a_commit(shell: Repo, tool: Program) -> None:
    edit(shell, "in-progress")
    shell.git("commit", "-qam", "move")
    check, run = tool.wait(2)
    assert (check.args, run.args) == (["check"], ["run"])
    assert run.fds == ["/dev/null"] * 3
    assert check.folder == run.folder == str(shell.path)
    shell.git("commit", "-q", "--allow-empty", "-nm", "without the checks")
    assert tool.names(1) == ["run"]


@pytest.mark.parametrize("way", ["--all", "--only", "staged"])
def test_the_index_that_git_names(way: str, shell: Repo, tool: Program) -> None:
    edit(shell, "in-progress")
    if way == "staged":
        shell.git("add", SPEC)
    shell.git("commit", "-qm", "x", *([] if way == "staged" else [way] if way == "--all" else [way, SPEC]))
    check = next(call for call in tool.wait(2) if call.args == ["check"])
    named = {"--all": "index.lock", "--only": ".lock", "staged": "index"}[way]
    assert check.env["GIT_INDEX_FILE"].endswith(named)


def test_what_is_staged_and_not_committed_with_only(shell: Repo, tool: Program) -> None:
    """The index of this commit is another one than the repository's."""
    settle(shell)
    edit(shell, "in-progress")
    shell.git("add", SPEC)
    shell.write(OTHER, "1\n")
    shell.git("commit", "-qm", "x", "--only", OTHER)
    shell.git("commit", "-qm", "y")
    assert sorted(tool.names(2)) == ["check", "run"], "the second commit alone"


def test_no_spec_is_touched(shell: Repo, tool: Program) -> None:
    settle(shell)
    for number in range(3):
        shell.write(OTHER, f"{number + 1}\n")
        shell.git("commit", "-qam", "code")
    shell.git("commit", "-q", "--amend", "-m", "code again")
    shell.git("checkout", "-q", "-b", "side", "HEAD~1")
    shell.commit({"doc/a.md": "a\n"})
    shell.git("merge", "-q", "--no-edit", "main")
    shell.git("rebase", "-q", "main")
    edit(shell, "in-progress")
    shell.git("commit", "-qam", "move")
    assert sorted(tool.names(2)) == ["check", "run"], "only for the last one"


@pytest.mark.parametrize(
    "touched", [".lean-spec/config.json", CONFIG, "012-b/spec.md", "specs/2025-11/archived/3-x/a.md"]
)
def test_what_counts_as_a_spec(touched: str, shell: Repo, tool: Program) -> None:
    settle(shell)
    shell.commit({touched: "x: 1\n"})
    assert sorted(tool.names(2)) == ["check", "run"]
    shell.git("rm", "-q", "--cached", touched)
    settle(shell)
    shell.git("commit", "-qm", "gone")
    assert sorted(tool.names(2)) == ["check", "run"], "one that is deleted as well"


def test_pathspecs_taken_literally(shell: Repo, tool: Program) -> None:
    """Magit runs git with --literal-pathspecs, which hooks inherit."""
    settle(shell)
    edit(shell, "in-progress")
    shell.git("--literal-pathspecs", "commit", "-qam", "move")
    assert sorted(tool.names(2)) == ["check", "run"]


@pytest.mark.parametrize("settled", ["", "{", '{"head":"","notes":""}', '{"head":"' + "0" * 40 + '"}'])
def test_nobody_knows_what_was_settled(settled: str, shell: Repo, tool: Program) -> None:
    shell.write(".git/lspec/settled.json", settled)
    shell.write(OTHER, "1\n")
    shell.git("commit", "-qam", "code")
    assert tool.names(1) == ["run"]


def test_the_first_commit(repo: Repo, tool: Program) -> None:
    tool.lspec("install", "--hooks", cwd=repo.path)
    repo.write(CONFIG, "github:\n")
    repo.write(OTHER, "0\n")
    repo.git("add", OTHER)
    repo.git("commit", "-qm", "First, of code")
    assert tool.names(1) == ["run"], "nothing is known of what was settled"
    repo.git("update-ref", "-d", "HEAD")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "First, of all")
    assert sorted(tool.names(2)) == ["check", "run"]


def sides(repo: Repo, ours: str = "", theirs: str = "in-progress") -> None:
    """`main` and `side` parted; each may have moved the spec. All of main is settled."""
    repo.git("checkout", "-q", "-b", "side")
    repo.write("side.txt", "side\n")
    edit(repo, theirs)
    repo.git("add", "-A")
    repo.git("commit", "-qnm", "side")
    repo.git("checkout", "-q", "main")
    if ours:
        edit(repo, ours)
        repo.git("commit", "-qanm", "ours")


def test_amend(shell: Repo, tool: Program) -> None:
    settle(shell)
    edit(shell, "in-progress")
    shell.git("commit", "-q", "--amend", "-am", "First, moved")
    assert sorted(tool.names(3)) == ["check", "run", "run"], "post-commit and post-rewrite"


def test_merges(shell: Repo, tool: Program) -> None:
    sides(shell)
    tool.wait(1)
    settle(shell)
    base = shell.git("rev-parse", "HEAD")
    shell.git("merge", "-q", "side")
    assert tool.names(1) == ["run"], "fast-forward"
    shell.git("reset", "-q", "--hard", base)
    shell.git("merge", "-q", "--no-ff", "--no-edit", "side")
    assert tool.names(1) == ["run"], "true merge"
    shell.git("reset", "-q", "--hard", base)
    shell.git("merge", "-q", "--squash", "side")
    shell.git("commit", "-qm", "squashed")
    assert sorted(tool.names(2)) == ["check", "run"], "HEAD had not moved at post-merge"
    shell.git("merge", "-q", base)
    shell.write(OTHER, "9\n")
    settle(shell)
    shell.git("commit", "-qam", "code")
    edit(shell, "complete")
    shell.git("commit", "-qanm", "end")
    assert tool.names(1) == ["run"], "up to date is nothing"


def test_a_conflict_that_is_finished_by_hand(shell: Repo, tool: Program) -> None:
    sides(shell, ours="complete")
    tool.wait(2)
    shell.git("merge", "-q", "side", check=False)
    edit(shell, "archived")
    shell.git("add", SPEC)
    shell.git("commit", "-q", "--no-edit")
    assert sorted(tool.names(2)) == ["check", "run"]


@pytest.mark.parametrize("how", [["--merge"], ["--apply"], ["-i", "--exec", "true"]])
def test_a_rebase_is_one_run(how: list[str], shell: Repo, tool: Program) -> None:
    sides(shell)
    for status in ("complete", "planned", "archived"):
        edit(shell, status)
        shell.write(f"{status}.txt", "x")
        shell.git("add", "-A")
        shell.git("commit", "-qnm", status)
    tool.wait(4)
    shell.git("checkout", "-q", "-b", "onto", "main~3")
    shell.commit({OTHER: "1\n"})
    tool.wait(1)
    settle(shell)
    shell.git("checkout", "-q", "main")
    shell.git("rebase", "-q", *how, "onto", env={"GIT_SEQUENCE_EDITOR": "true"})
    (call,) = tool.wait(1)
    assert call.args == ["run"], "from post-rewrite, and nothing in between"


def test_pull_with_rebase(shell: Repo, tool: Program, tmp_path: Path) -> None:
    there = Repo(tmp_path / "there")
    shell.git("clone", "-q", str(shell.path), str(there.path))
    there.commit({OTHER: "1\n"})
    edit(shell, "in-progress")
    shell.git("commit", "-qanm", "move")
    tool.wait(1)
    shell.git("pull", "-q", "--rebase", str(there.path), "main")
    assert tool.names(1) == ["run"], "post-rewrite"
    there.git("pull", "-q", str(shell.path), "main")
    there.commit({SPEC: TEXT.format("complete")})
    settle(shell)
    shell.git("pull", "-q", "--rebase", str(there.path), "main")
    assert tool.names(1) == ["run"], "nothing local: post-merge"


def test_cherry_pick_and_revert(shell: Repo, tool: Program) -> None:
    sides(shell)
    tool.wait(1)
    settle(shell)
    shell.git("cherry-pick", "side")
    assert tool.names(1) == ["run"]
    settle(shell)
    shell.git("revert", "--no-edit", "HEAD")
    assert tool.names(1) == ["run"]


def test_many_picked_at_once(shell: Repo, tool: Program) -> None:
    """No hook comes after the last post-commit, at which `sequencer/` is still there."""
    shell.git("checkout", "-q", "-b", "side")
    for status in ("in-progress", "complete"):
        edit(shell, status)
        shell.git("commit", "-qanm", status)
    tool.wait(2)
    shell.git("checkout", "-q", "main")
    settle(shell)
    shell.git("cherry-pick", "side~1", "side")
    assert tool.names(2) == ["run", "run"]


def test_a_push(shell: Repo, tool: Program, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    shell.git("init", "-q", "--bare", str(bare))
    shell.git("remote", "add", "origin", str(bare))
    shell.git("push", "-q", "origin", "main")
    (call,) = tool.wait(1)
    assert call.args == ["notes", "origin", str(bare)]
    head = shell.git("rev-parse", "HEAD")
    assert call.stdin == [f"refs/heads/main {head} refs/heads/main {'0' * 40}"]
    tool.answer(1)
    shell.git("push", "-q", "origin", "main:other")
    assert len(tool.wait(1)) == 1, "its outcome stops no push"


def test_recursion(shell: Repo, tool: Program) -> None:
    edit(shell, "in-progress")
    shell.git("commit", "-qam", "by us", env={"LSPEC_HOOK": "1"})
    edit(shell, "complete")
    shell.git("commit", "-qam", "by a person")
    assert sorted(tool.names(2)) == ["check", "run"]


def test_a_project_of_others(repo: Repo, tool: Program) -> None:
    repo.commit({SPEC: TEXT.format("planned")})
    tool.lspec("install", "--hooks", cwd=repo.path)
    edit(repo, "in-progress")
    repo.git("commit", "-qam", "no config")
    repo.commit({CONFIG: "github:\n"})
    assert sorted(tool.names(2)) == ["check", "run"]


def test_a_sparse_checkout_without_the_config(shell: Repo, tool: Program) -> None:
    shell.git("sparse-checkout", "set", "--no-cone", "/specs/")
    assert not (shell.path / CONFIG).exists()
    edit(shell, "in-progress")
    shell.git("commit", "-qam", "move")
    assert sorted(tool.names(2)) == ["check", "run"]


def test_the_check_decides(shell: Repo, tool: Program) -> None:
    edit(shell, "in-progress")
    tool.answer(1)
    assert "FIRST" not in shell.git("commit", "-qam", "move", check=False)
    assert shell.git("log", "-1", "--format=%s") == "First"
    tool.wait(1)
    for status in (2, 70, 130):
        tool.answer(status)
        shell.git("commit", "-q", "--amend", "-am", f"status {status}")
        edit(shell, f"status {status}")
    assert shell.git("log", "-1", "--format=%s") == "status 130", "only what is staged can be wrong"


GONE = {
    "the file": "rm -f '{0}'",
    "its interpreter": "printf '#!/nowhere/python\\n' >'{0}'",
    "its package": "printf '#!/bin/sh\\necho No module named lspec_git >&2; exit 1\\n' >'{0}'",
}


@pytest.mark.parametrize("what", GONE)
def test_a_program_that_is_gone_stops_nobody(what: str, shell: Repo, tool: Program) -> None:
    subprocess.run(["sh", "-c", GONE[what].format(tool.path)], check=True)
    edit(shell, "in-progress")
    done = subprocess.run(
        ["git", "commit", "-qam", "move"],
        cwd=shell.path,
        env={**os.environ, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    if what == "the file":
        assert done.stderr.splitlines() == [
            f"git lspec is gone from {tool.path}: specs are not checked",
            f"git lspec is gone from {tool.path}: edits of specs wait",
        ]


def test_another_program_on_path_does_instead(shell: Repo, tool: Program, tmp_path: Path) -> None:
    other = program(tmp_path / "other")
    tool.path.unlink()
    edit(shell, "in-progress")
    shell.git("commit", "-qam", "move", env={"PATH": f"{other.folder}:{os.environ['PATH']}"})
    assert sorted(other.names(2)) == ["check", "run"]


def test_from_a_gui(shell: Repo, tool: Program) -> None:
    """No terminal, no home, no PATH but the system's."""
    shell.git("config", "user.name", "Ada")
    shell.git("config", "user.email", "ada@example.org")
    edit(shell, "in-progress")
    subprocess.run(
        ["/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "git", "commit", "-qam", "move"],
        cwd=shell.path,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        check=True,
    )
    assert sorted(tool.names(2)) == ["check", "run"]


def test_the_commit_returns_while_the_push_still_runs(hooked: Repo, tool: Program) -> None:
    """Also for whoever reads its output to the end, as frameworks and GUIs do."""
    edit(hooked, "in-progress")
    (tool.folder / "slow").touch()
    done = subprocess.run(
        ["git", "commit", "-nam", "move"], cwd=hooked.path, capture_output=True, timeout=PATIENCE, check=True
    )
    assert b"move" in done.stdout
    assert tool.calls() == []
    (tool.folder / "slow").unlink()
    assert tool.names(1) == ["run"]


def test_it_outlives_the_terminal(hooked: Repo, tool: Program) -> None:
    (tool.folder / "slow").touch()
    edit(hooked, "in-progress")
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(hooked.path)
        os.execvp("git", ["git", "commit", "-qnam", "move"])  # noqa: S606 - no shell wanted
    assert os.waitpid(child, 0)[1] == 0
    deadline = time.monotonic() + PATIENCE
    while not (tool.folder / "begun").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.close(terminal)
    (tool.folder / "slow").unlink()
    assert tool.names(1) == ["run"]
