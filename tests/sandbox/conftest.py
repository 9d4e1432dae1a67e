"""A running sandbox on its own clock, and a client that is nobody's library."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from lspec_git.sandbox.server import Sandbox
from tests.openapi import Description, described

PROJECT = "octocat/specs"
START = 1_782_900_000.0
"""Where the sandbox's clock stands at the start of each test: 2026-07-01 10:00:00 UTC."""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """One project, one token with write access, and a clock that only the test moves."""
    with Sandbox(clock=lambda: START) as running:
        yield running


class Client:
    """Plain HTTP with a token; paths are below the API's address, or below one project with `at`.

    With a description every answer must be as described.
    """

    def __init__(self, url: str, token: str | None, known: Description | None = None) -> None:
        self.url, self.known = url, known
        self.session = requests.Session()
        self.session.trust_env = False
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, body: object = None, **more: object) -> requests.Response:
        headers = more.pop("headers", None)
        assert not more
        assert headers is None or isinstance(headers, dict)
        url = path if path.startswith("http") else self.url + path
        answer = self.session.request(
            method, url, json=body, headers=headers, allow_redirects=False, timeout=20
        )
        if self.known is not None and "json" in answer.headers.get("Content-Type", "json"):
            data = answer.json() if answer.content else None
            target = answer.request.path_url
            faults = self.known.answer_faults(method, target, answer.status_code, data)
            assert not faults, "\n".join(faults)
        return answer

    def at(self, method: str, path: str, body: object = None, **more: object) -> requests.Response:
        return self(method, f"/repos/{PROJECT}{path}", body, **more)

    def close(self) -> None:
        self.session.close()


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    made = Client(sandbox.url, sandbox.token, described())
    yield made
    made.close()
