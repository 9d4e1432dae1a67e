"""The GitHub adapter satisfies the contract against our own sandbox, which shares no code with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from lspec_git.adapters.base import Connection, PMAdapter
from lspec_git.adapters.github import GitHubAdapter
from lspec_git.sandbox.server import Sandbox
from lspec_git.testing.contract import AdapterContract, done
from tests.adapters.wire import Passing
from tests.contract.people import GitHubPerson
from tests.openapi import described

PROJECT = "octocat/specs"


class SandboxPerson(GitHubPerson):
    """Moves the sandbox's clock instead of waiting for it."""

    def __init__(self, sandbox: Sandbox, wire: Passing) -> None:
        super().__init__(sandbox.url, sandbox.token, PROJECT, wire)
        self._sandbox = sandbox

    def pass_time(self) -> None:
        self._sandbox.advance(1)


class TestSandbox(AdapterContract):
    deletes: ClassVar[bool] = False

    @pytest.fixture
    def sandbox(self) -> Iterator[Sandbox]:
        with Sandbox([PROJECT]) as sandbox:
            yield sandbox

    @pytest.fixture
    def wire(self, sandbox: Sandbox) -> Iterator[Passing]:
        with Passing(sandbox.url, described()) as wire:
            yield wire

    @pytest.fixture
    def person(self, sandbox: Sandbox, wire: Passing) -> SandboxPerson:
        return SandboxPerson(sandbox, wire)

    @pytest.fixture
    def adapter(self, sandbox: Sandbox, wire: Passing) -> GitHubAdapter:
        return GitHubAdapter(Connection(PROJECT, wire.url, sandbox.token))

    def test_a_change_costs_one_poll_and_settles_again(
        self, adapter: PMAdapter, person: SandboxPerson
    ) -> None:
        """Our own write comes back once, and then the tracker answers 304 again."""
        ref = person.add("one")
        cursor = adapter.changes(adapter.changes(None).cursor).cursor
        person.pass_time()
        before = person.requests()
        item = done(adapter, ref, title=("one", "two"))
        heard = adapter.changes(cursor)
        settled = adapter.changes(heard.cursor)
        assert item in heard.items
        assert (settled.items, settled.cursor) == ((), heard.cursor)
        assert person.requests() == before + 1 + 1 + 2, "one read for the old revision, one write, two polls"
