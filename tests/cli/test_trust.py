"""`trust`: approvals as a person gives, sees and takes them back."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.running import lspec
from tests.conftest import Repo


def test_approve_list_remove(tmp_path: Path) -> None:
    assert lspec("trust", "--list", cwd=tmp_path).out == ""
    ran = lspec("trust", "GitHub.com/Octocat/Specs", cwd=tmp_path)
    assert (ran.code, ran.err) == (0, "github.com/octocat/specs may receive your token\n")
    assert lspec("trust", "localhost:4300/octocat/specs", cwd=tmp_path).code == 0
    assert lspec("trust", "--list", cwd=tmp_path).out.splitlines() == [
        "github.com/octocat/specs",
        "localhost:4300/octocat/specs",
    ]
    assert "no longer" in lspec("trust", "--remove", "github.com/octocat/specs", cwd=tmp_path).err
    assert json.loads(lspec("trust", "--json", cwd=tmp_path).out) == {
        "version": 1,
        "approved": ["localhost:4300/octocat/specs"],
    }
    assert "nothing changed" in lspec("trust", "--remove", "github.com/octocat/specs", cwd=tmp_path).err


def test_it_writes_to_the_users_config_alone(repo: Repo) -> None:
    before = (repo.path / ".git" / "config").read_bytes()
    assert lspec("trust", "github.com/o/r", cwd=repo.path).code == 0
    assert (repo.path / ".git" / "config").read_bytes() == before
    assert "github.com/o/r" in Path(os.environ["GIT_CONFIG_GLOBAL"]).read_text()


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("--remove",),
        ("--list", "github.com/o/r"),
        ("https://github.com/o/r",),
        ("github.com",),
        ("a@github.com/o/r",),
        ("a/b", "c/d"),
    ],
)
def test_what_makes_no_sense_is_refused(args: tuple[str, ...], tmp_path: Path) -> None:
    ran = lspec("trust", *args, cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert lspec("trust", "--list", cwd=tmp_path).out == ""


def test_a_token_pasted_into_a_target_is_not_repeated(tmp_path: Path) -> None:
    token = "ghp_" + "x" * 36
    ran = lspec("trust", f"https://{token}@github.com/o/r", cwd=tmp_path)
    assert ran.code == 2
    assert token not in ran.err
