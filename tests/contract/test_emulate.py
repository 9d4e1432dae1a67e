"""The GitHub adapter satisfies the contract against `emulate`, a GitHub server that others wrote.

Known to be different there: times carry milliseconds, no ETag and no 304, every PATCH moves `updated_at`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import ClassVar

import pytest

from lspec_git.adapters.base import Connection
from lspec_git.adapters.github import GitHubAdapter
from lspec_git.testing.contract import AdapterContract
from tests.adapters.wire import Passing
from tests.contract.people import GitHubPerson
from tests.emulate import emulate
from tests.openapi import RequestsOnly, required

pytestmark = pytest.mark.node
TOKEN = "tok_admin"
REPOSITORIES = 80
fresh = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server's address. It allows 5,000 requests an hour; every test gets a repository."""
    repos = (f"octocat/r{number}" for number in range(REPOSITORIES))
    with emulate(tmp_path_factory.mktemp("emulate"), {TOKEN: "octocat"}, ("octocat", "alice"), *repos) as url:
        yield url


class TestEmulate(AdapterContract):
    conditional: ClassVar[bool] = False
    deletes: ClassVar[bool] = False

    @pytest.fixture
    def project(self) -> str:
        return f"octocat/r{next(fresh)}"

    @pytest.fixture
    def wire(self, server: str) -> Iterator[Passing]:
        with Passing(server, RequestsOnly(required())) as wire:
            yield wire

    @pytest.fixture
    def person(self, server: str, project: str, wire: Passing) -> GitHubPerson:
        return GitHubPerson(server, TOKEN, project, wire)

    @pytest.fixture
    def adapter(self, wire: Passing, project: str) -> GitHubAdapter:
        return GitHubAdapter(Connection(project, wire.url, TOKEN))
