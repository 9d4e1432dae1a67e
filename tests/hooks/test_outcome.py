"""What a run on its own came to: told once, kept in status and log, and no trouble for git."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import Repo
from tests.e2e.worlds import spec
from tests.hooks.stage import (
    ALPHA,
    Stage,
    children,
    offline,
    script,
    until,
)


def test_the_outcome_is_told_once_before_the_next_command(stage: Stage) -> None:
    stage.commit()
    line = f"lspec: published specs/{ALPHA} status: planned → complete (github#1)"
    as_json = stage.world.lspec("status", "--json")
    assert as_json.err == ""
    assert json.loads(as_json.out)["background"]["done"] == line.removeprefix("lspec: ")
    assert stage.world.lspec("help").err == ""
    first = stage.world.lspec("status")
    assert first.err == f"{line}\n"
    assert line.removeprefix("lspec: ") in first.out.splitlines()[-1]
    assert stage.world.lspec("status").err == ""


def test_the_outcome_is_told_before_the_next_hooks_output(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.commit()
    stage.other_file()
    git = ["git", "commit", "-qm"]
    monkeypatch.setenv("PRE_COMMIT", "1")
    framed = subprocess.run([*git, "1"], cwd=stage.repo.path, capture_output=True, text=True, check=True)
    assert framed.stderr == "", "a framework would swallow it"
    monkeypatch.delenv("PRE_COMMIT")
    stage.other_file("2.txt")
    free = subprocess.run([*git, "2"], cwd=stage.repo.path, capture_output=True, text=True, check=True)
    assert free.stderr == f"lspec: published specs/{ALPHA} status: planned → complete (github#1)\n"
    stage.quiet()
    assert stage.untold() == []


@pytest.mark.parametrize("stage", ["shims"], indirect=True)
def test_the_next_commit_tells_although_it_touches_no_spec(stage: Stage) -> None:
    stage.commit()
    for number, told in enumerate(
        (f"lspec: published specs/{ALPHA} status: planned → complete (github#1)\n", "")
    ):
        stage.other_file(f"{number}.txt")
        done = subprocess.run(
            ["git", "commit", "-qm", "x"], cwd=stage.repo.path, capture_output=True, text=True, check=True
        )
        assert done.stderr == told


def test_a_later_sync_puts_the_outcome_out_of_date(stage: Stage) -> None:
    with offline(stage):
        stage.commit()
    assert "in the background, " in stage.world.lspec("status").out
    stage.world.lspec("sync")
    # Both are whole seconds: a sync within the same one is no later.
    later = stage.records.settled().at + 1
    stage.records.save_settled(replace(stage.records.settled(), at=later))
    assert "in the background" not in stage.world.lspec("status").out
    assert stage.outcome().problem


def test_a_conflict_waits_for_a_person_and_that_is_told(stage: Stage) -> None:
    stage.world.person.close(stage.world.number(ALPHA), "not_planned")
    stage.commit(ALPHA, "complete")
    assert stage.status() == "archived"
    assert any("1 conflict: git lspec sync" in line for line in stage.untold())


def test_a_config_that_cannot_be_read_is_told_and_breaks_no_commit(stage: Stage) -> None:
    stage.repo.write(".lspec/integrations.yml", "github: [")
    stage.edit()
    stage.git("commit", "-qam", "broken")
    assert stage.world.asked() == []
    assert any(".lspec/integrations.yml:1" in line for line in stage.untold())


def test_without_a_config_nothing_happens(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"specs/001-a/README.md": spec("A")})
    (repo.path / ".git" / "hooks" / "post-commit").write_text(script("sync"))
    (repo.path / ".git" / "hooks" / "post-commit").chmod(0o755)
    repo.commit({"specs/001-a/README.md": spec("A", "complete")})
    until(lambda: not children(tmp_path), "the end of the background runs")
    assert not (repo.path / ".git" / "lspec").exists()


@pytest.mark.parametrize("what", ["sync", "notes origin x", "run --no-such-option", "sync --nonsense"])
def test_nothing_that_is_wrong_breaks_what_git_is_doing(repo: Repo, what: str, tmp_path: Path) -> None:
    """Outside of any repository, without a commit, with arguments that there are not."""
    outside = tmp_path / "outside"
    outside.mkdir()
    for folder in (outside, repo.path):
        command = [sys.executable, "-P", "-m", "lspec_git", "hook", *what.split()]
        env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path)}
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)
        assert (done.stdout, done.stderr) == (b"", b"")
        assert done.returncode == 0 or what.startswith("run")
    until(lambda: not children(tmp_path), "the end of the background runs")
