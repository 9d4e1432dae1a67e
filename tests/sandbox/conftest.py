"""A running sandbox on its own clock, and a client that is nobody's library."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from lspec_git.sandbox.server import Sandbox

PROJECT = "octocat/specs"
START = 1_782_900_000.0
"""Where the sandbox's clock stands at the start of each test: 2026-07-01 10:00:00 UTC."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """One project, one token with write access, and a clock that only the test moves."""
    with Sandbox(clock=lambda: START) as running:
        yield running


class Client:
    """Plain HTTP with a token; paths are below the API's address, or below one project with `at`."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, body: object = None, **more: object) -> requests.Response:
        headers = more.pop("headers", None)
        assert not more
        assert headers is None or isinstance(headers, dict)
        url = path if path.startswith("http") else self.url + path
        return self.session.request(
            method, url, json=body, headers=headers, allow_redirects=False, timeout=20
        )

    def at(self, method: str, path: str, body: object = None, **more: object) -> requests.Response:
        return self(method, f"/repos/{PROJECT}{path}", body, **more)

    def close(self) -> None:
        self.session.close()


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    made = Client(sandbox.url, sandbox.token)
    yield made
    made.close()
