"""Progress: on a terminal, for what takes a while; never off it, never for programs. Nor a question."""

from __future__ import annotations

import re

import pytest

from lspec_git.cli.main import VERBS
from lspec_git.sandbox.server import Sandbox
from tests.cli.running import lspec, lspec_on_terminal
from tests.conftest import Repo
from tests.e2e.worlds import World, spec

CONTROL = "\x1b["
SLOW = "*:slow=0.2s@1x400"


@pytest.fixture
def slow(world: World, sandbox: Sandbox) -> World:
    """Eight specs to be created on a tracker that takes its time."""
    world.commit({f"specs/00{n}-a/README.md": spec(f"A {n}") for n in range(1, 9)})
    world.init("--pattern", "specs/**")
    world.commit()
    sandbox.faults.add(SLOW)
    return world


def on_terminal(world: World, *args: str, **env: str) -> str:
    ran = lspec_on_terminal(*args, cwd=world.repo.path, env={"GITHUB_TOKEN": world.token, **env})
    assert ran.code == 0, ran.out
    return ran.out


def test_writing_shows_how_many_are_done_and_what_is_left(slow: World) -> None:
    shown = on_terminal(slow, "sync", "--force")
    assert "writing on" in shown
    counts = [int(each) for each in re.findall(r"(\d)/8", shown)]
    assert counts == sorted(counts)
    assert len(set(counts)) > 0
    assert re.search(r"\d\d:\d\d", shown), "the time that is left"
    assert shown.rstrip().endswith("8 changes made, 8 linked")


def test_reading_shows_it_too(slow: World, sandbox: Sandbox) -> None:
    slow.lspec("sync", "--force")
    sandbox.faults.add("*:slow=0.8s@1x50")
    shown = on_terminal(slow, "sync", "--full", NO_COLOR="1")
    assert "changes on" in shown
    assert "\x1b[3" not in shown, "moves of the cursor, but no colour"


@pytest.mark.parametrize(("args", "term"), [(("--json",), "xterm"), ((), "dumb")])
def test_none_for_programs_and_dumb_terminals(args: tuple[str, ...], term: str, slow: World) -> None:
    shown = on_terminal(slow, "sync", "--force", *args, TERM=term)
    assert CONTROL not in shown
    assert "writing on" not in shown


def test_none_without_a_terminal(slow: World) -> None:
    ran = slow.lspec("sync", "--force")
    assert CONTROL not in ran.out + ran.err
    assert "writing on" not in ran.err


@pytest.mark.parametrize("name", sorted(set(VERBS) - {"demo", "sandbox"}))
def test_nothing_asks_without_a_terminal(name: str, repo: Repo) -> None:
    """Whatever is missing ends the run: the input, were it read, would be taken for an answer."""
    repo.commit({"specs/001-a/README.md": spec("A")})
    ran = lspec(name, cwd=repo.path, stdin="y\ny\ny\n")
    assert ran.code in (0, 1, 2)
    assert CONTROL not in ran.out + ran.err
    assert "[y/N]" not in ran.err
    assert not (repo.path / ".lspec").exists()
