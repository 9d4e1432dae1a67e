"""Worlds: a repository beside a tracker, the sandbox or `emulate`, with the counting wire in between."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lspec_git.sandbox.model import Account
from lspec_git.sandbox.server import Sandbox
from tests.adapters.wire import Passing
from tests.conftest import Repo
from tests.e2e.worlds import PROJECT, Person, World
from tests.emulate import emulate
from tests.openapi import RequestsOnly, described, required

TOOL, ALICE = "tok_of_the_tool", "tok_of_alice"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A tracker with two people's tokens: the tool acts as octocat, the person is alice."""
    with Sandbox([PROJECT], {TOOL: Account("octocat"), ALICE: Account("alice")}) as running:
        yield running


@pytest.fixture
def world(repo: Repo, sandbox: Sandbox) -> Iterator[World]:
    """An empty repository beside the sandbox."""
    with Passing(sandbox.url, described()) as wire:
        person = Person(sandbox.url, ALICE, PROJECT, lambda: sandbox.advance(15))
        yield World(repo, wire, person, TOOL)


@pytest.fixture
def foreign_world(repo: Repo, tmp_path: Path) -> Iterator[World]:
    """An empty repository beside `emulate`."""
    tokens = {TOOL: "octocat", ALICE: "alice"}
    people, requests = ("octocat", "alice", "bob", "mona"), RequestsOnly(required())
    with emulate(tmp_path, tokens, people, PROJECT) as url, Passing(url, requests) as wire:
        yield World(repo, wire, Person(url, ALICE, PROJECT, lambda: None), TOOL)
