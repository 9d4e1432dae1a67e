"""`pytest -m live`: it goes round against the sandbox, cleans up, and is not there unless asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

from lspec_git.sandbox.server import Sandbox
from tests.conftest import TOP
from tests.e2e.worlds import PROJECT

NO_TESTS = 5
"""pytest's exit code where nothing was collected."""


def run(env: Mapping[str, str], *args: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *args]
    done = subprocess.run(
        command, cwd=TOP, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def named(sandbox: Sandbox) -> dict[str, str]:
    """The variables that name a project, for one in the sandbox."""
    return {
        "LSPEC_LIVE_GITHUB_REPO": PROJECT,
        "LSPEC_LIVE_GITHUB_API": sandbox.url,
        "GITHUB_TOKEN": sandbox.token,
    }


def test_the_live_round_trip_works_and_leaves_no_open_issue() -> None:
    with Sandbox([PROJECT]) as sandbox:
        code, out = run(named(sandbox), "-m", "live", "tests")
        assert (code, "1 passed" in out) == (0, True), out[-3000:]
        issues = sandbox.store.issues(PROJECT)
        assert [(issue.state, issue.comments) for issue in issues] == [("closed", 0)]


def test_what_the_round_trip_opened_is_closed_though_it_failed() -> None:
    with Sandbox([PROJECT], faults=["PATCH /issues/1:422@1"]) as sandbox:
        code, out = run(named(sandbox), "-m", "live", "tests/live")
        assert (code, "1 failed" in out) == (1, True), out[-3000:]
        assert [issue.state for issue in sandbox.store.issues(PROJECT)] == ["closed"]


@pytest.mark.parametrize(
    ("env", "args"),
    [
        ({}, ("-m", "live")),
        ({"LSPEC_LIVE_GITHUB_REPO": PROJECT}, ("-m", "live")),
        ({"LSPEC_LIVE_GITHUB_REPO": PROJECT, "GITHUB_TOKEN": "t"}, ()),
        ({"LSPEC_LIVE_GITHUB_REPO": PROJECT, "GITHUB_TOKEN": "t"}, ("-m", "not live")),
    ],
)
def test_it_is_not_collected_unless_asked_for_with_a_project(
    env: dict[str, str], args: tuple[str, ...]
) -> None:
    code, out = run(env, "--collect-only", *args, "tests/live")
    assert code == NO_TESTS
    assert "test_a_spec" not in out
    assert "skipped" not in out
