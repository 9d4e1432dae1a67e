"""`--json`: one document on stdout from every command, whatever happens. Held over the table of commands."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import click
import pytest

from lspec_git.cli.main import VERBS, cli
from tests.cli.running import COMMAND, PATIENCE, environment, lspec
from tests.conftest import Repo
from tests.e2e.worlds import PROJECT, World, spec

PRINTS_NO_RESULT = {"completion", "help"}
WITH_JSON = sorted(set(VERBS) - PRINTS_NO_RESULT)
RUNS_ON = {"sandbox", "demo"}
"""Commands that need no repository, and end by themselves only after a while."""


def document(text: str) -> Mapping[str, Any]:
    """The one document; more than one, or anything else beside it, is no JSON."""
    found: Mapping[str, Any] = json.loads(text)
    assert found["version"] == 1
    return found


def test_every_command_that_prints_a_result_has_the_option() -> None:
    above = click.Context(cli)
    has = {
        name
        for name in VERBS
        if (verb := cli.get_command(above, name)) and any("--json" in each.opts for each in verb.params)
    }
    assert has == set(WITH_JSON)


@pytest.mark.parametrize("name", WITH_JSON)
def test_wrong_usage_is_a_document_too(name: str, repo: Repo) -> None:
    ran = lspec(name, "--json", "--no-such-option", cwd=repo.path)
    assert ran.code == 2
    error = document(ran.out)
    assert "--no-such-option" in error["error"]["message"]
    assert error["exit_code"] == 2
    assert ran.err.startswith("error: ")


@pytest.mark.parametrize("name", sorted(set(WITH_JSON) - RUNS_ON - {"trust"}))
def test_no_repository_is_a_document_too(name: str, repo: Repo) -> None:
    needed = {"link": ["x", "--github-issue", "1"], "unlink": ["x"], "resolve": ["x", "--spec"]}
    outside = repo.path.parent / "outside"
    outside.mkdir()
    env = {"GIT_CEILING_DIRECTORIES": str(outside.parent)}
    ran = lspec(name, "--json", *needed.get(name, []), cwd=outside, env=env)
    assert ran.code == 2
    assert "git init" in document(ran.out)["error"]["advice"]


def test_what_stands_behind_two_dashes_is_no_option(repo: Repo) -> None:
    ran = lspec("check", "--", "--json", cwd=repo.path)
    assert (ran.code, ran.out) == (2, "")


def test_every_result_is_one_document(world: World) -> None:
    """A whole day with one spec, in JSON; no command is left out."""
    world.commit({"specs/001-a/README.md": spec("A"), "specs/002-b/README.md": spec("B")})
    number = world.person.open("By hand")
    init = ("--repo", PROJECT, "--api-url", world.wire.url, "--pattern", "specs/001-*", "--yes")
    said: dict[str, Mapping[str, Any]] = {}

    def run(name: str, *args: str, code: int = 0) -> Mapping[str, Any]:
        said[name] = document(world.lspec(name, "--json", *args, code=code).out)
        return said[name]

    assert run("init", *init, "--dry-run")["written"] is False
    assert run("init", *init)["written"] is True
    world.commit()
    assert run("install")["changes"][0]["place"] == "merge.lspec.driver"
    world.commit()
    assert run("trust")["approved"] == [run("trust", "--list")["approved"][0]]
    assert run("push")["actions"][0]["done"] is True
    assert run("sync")["linked"] == 1
    assert run("pull")["actions"] == []
    assert run("link", "002", "--github-issue", str(number))["key"] == str(number)
    assert [each["state"] for each in run("status", "001")["specs"]] == ["in step"]
    assert run("resolve", "002", "--spec")["actions"][0]["action"] == "push"
    assert run("unlink", "002")["unlinked"][0]["spec"] == "specs/002-b"
    assert run("integrations")["trackers"][0]["reachable"] is True
    assert run("check")["checked"] == 2
    assert run("log", "-n", "1")["events"][0]["deed"] == "unlinked"
    assert run("log", "-n", "0")["events"] == []
    assert {each["level"] for each in run("doctor")["findings"]} == {"ok"}
    assert run("uninstall", "--dry-run")["dry_run"] is True
    assert set(said) == set(WITH_JSON) - RUNS_ON


def test_the_sandbox_says_where_it_listens_in_one_document(repo: Repo) -> None:
    child = subprocess.Popen(
        [*COMMAND, "sandbox", "--json"], cwd=repo.path, env=environment(), stdout=subprocess.PIPE, text=True
    )
    with child:
        assert child.stdout is not None
        text = "".join(iter(child.stdout.readline, "}\n")) + "}"
        child.terminate()
        rest, _ = child.communicate(timeout=PATIENCE)
    assert document(text).keys() == {"version", "url", "token", "projects"}
    assert (rest, child.returncode) == ("", 0)


def test_the_demo_tells_what_it_saw(repo: Repo) -> None:
    ran = lspec("demo", "--json", cwd=repo.path)
    assert ran.code == 0
    assert len(document(ran.out)["held"]) == 5
