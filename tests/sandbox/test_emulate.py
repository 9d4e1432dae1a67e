"""The same requests to the sandbox and to `emulate`, a GitHub server that others wrote: the same answers.

Left out, because `emulate` is known to differ from the real service there: pull requests in lists (it leaves
them out), `updated_at` (moved by every PATCH, with milliseconds), ETags (none), `errors` of a 422 (none), all
comments of a repository in one list (none), adding assignees (200; the description has 201) and the events of
labels and assignees that an issue is created with (none) and of renames (called `edited`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lspec_git.sandbox.model import Project
from lspec_git.sandbox.server import Sandbox
from tests.emulate import emulate
from tests.sandbox.conftest import PROJECT, Client

pytestmark = pytest.mark.node

TOKEN = "tok_admin"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The other server's address; it answers to the name localhost only."""
    with emulate(tmp_path, {TOKEN: "octocat"}, ("octocat", "alice"), PROJECT) as url:
        yield url


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


def test_the_same_requests_get_the_same_answers(server: str) -> None:
    with Sandbox([Project(PROJECT, private=False)], people=("octocat", "alice")) as sandbox:
        ours, theirs = Client(sandbox.url, sandbox.token), Client(server, TOKEN)
        for step in STEPS:
            assert _told(ours, step) == _told(theirs, step)
        ours.close()
        theirs.close()
