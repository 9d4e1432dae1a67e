"""Every answer of the sandbox against GitHub's own description, read strictly, operation by operation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from lspec_git.sandbox.model import Project
from lspec_git.sandbox.server import Sandbox
from tests.openapi import required
from tests.sandbox.conftest import PROJECT, Client

pytestmark = pytest.mark.node


class Checked(Client):
    """Holds what is asked against the description too; what is refused may have been sent wrong."""

    def __call__(self, method: str, path: str, body: object = None, **more: object) -> requests.Response:
        answer = super().__call__(method, path, body, **more)
        faults = required().request_faults(method, answer.request.path_url, body)
        assert answer.status_code >= 400 or not faults, "\n".join(faults)
        return answer


@pytest.fixture
def checked(sandbox: Sandbox) -> Iterator[Checked]:
    made = Checked(sandbox.url, sandbox.token, required())
    yield made
    made.close()


def test_an_issues_life(checked: Checked, sandbox: Sandbox) -> None:
    body = {"title": "A", "body": "b", "labels": ["bug", "status:in-progress"], "assignees": ["alice"]}
    assert checked.at("POST", "/issues", body).status_code == 201
    assert checked.at("POST", "/issues", {"title": "bare"}).status_code == 201
    sandbox.store.create(PROJECT, "a pull request", pull=True)
    for change in (
        {"title": "B", "labels": ["bug"], "assignees": ["bob"]},
        {"state": "closed", "state_reason": "not_planned"},
        {"state": "open"},
        {"state": "closed", "state_reason": "completed", "body": None},
    ):
        assert checked.at("PATCH", "/issues/1", change).status_code == 200
    assert checked.at("GET", "/issues/1").status_code == 200
    assert len(checked.at("GET", "/issues?state=all&sort=updated&direction=asc&per_page=2").json()) == 2


def test_labels_assignees_comments(checked: Checked) -> None:
    checked.at("POST", "/issues", {"title": "A"})
    assert (
        checked.at("POST", "/labels", {"name": "p:1", "color": "ff0000", "description": "d"}).status_code
        == 201
    )
    assert checked.at("POST", "/issues/1/labels", {"labels": ["p:1", "new"]}).status_code == 200
    assert checked.at("GET", "/issues/1/labels").status_code == 200
    assert checked.at("PUT", "/issues/1/labels", {"labels": ["x", "y"]}).status_code == 200
    assert checked.at("DELETE", "/issues/1/labels/x").status_code == 200
    assert checked.at("DELETE", "/issues/1/labels").status_code == 204
    assert checked.at("POST", "/issues/1/assignees", {"assignees": ["bob", "nobody"]}).status_code == 201
    assert checked.at("DELETE", "/issues/1/assignees", {"assignees": ["bob"]}).status_code == 200
    made = checked.at("POST", "/issues/1/comments", {"body": "hi"})
    assert made.status_code == 201
    one = f"/issues/comments/{made.json()['id']}"
    assert checked.at("PATCH", one, {"body": "ho"}).status_code == 200
    assert checked.at("GET", one).status_code == 200
    for path in (
        "/issues/1/comments",
        "/issues/comments?sort=updated&direction=asc",
        "/labels",
        "/labels/p:1",
    ):
        assert checked.at("GET", path).status_code == 200
    assert checked.at("DELETE", one).status_code == 204


def test_history(checked: Checked) -> None:
    checked.at("POST", "/issues", {"title": "A", "labels": ["l"], "assignees": ["bob"]})
    for change in (
        {"title": "B", "labels": [], "assignees": []},
        {"state": "closed"},
        {"state": "open"},
    ):
        checked.at("PATCH", "/issues/1", change)
    checked.at("POST", "/issues/1/comments", {"body": "hi"})
    kinds = {"labeled", "assigned", "renamed", "unlabeled", "unassigned", "closed", "reopened"}
    assert {e["event"] for e in checked.at("GET", "/issues/1/events").json()} == kinds
    assert {e["event"] for e in checked.at("GET", "/issues/1/timeline").json()} == kinds | {"commented"}
    assert {e["event"] for e in checked.at("GET", "/issues/events").json()} == kinds


def test_account_and_repository(checked: Checked) -> None:
    for path in ("/user", "/rate_limit", f"/repos/{PROJECT}"):
        assert checked("GET", path).status_code == 200
    for path in ("/assignees", "/milestones"):
        assert checked.at("GET", path).status_code == 200
    assert checked.at("GET", "/assignees/alice").status_code == 204
    assert checked.at("GET", "/assignees/nobody").status_code == 404


def test_refusals(checked: Checked, sandbox: Sandbox) -> None:
    assert checked.at("POST", "/issues", {"title": " "}).status_code == 422
    assert checked.at("POST", "/issues", {"title": "t", "assignees": ["nobody"]}).status_code == 422
    assert checked.at("POST", "/issues", ["no object"]).status_code == 400
    assert checked.at("GET", "/issues/99").status_code == 404
    sandbox.store.add_project(Project("octocat/other"))
    for title in ("goes", "is deleted"):
        checked.at("POST", "/issues", {"title": title})
    sandbox.store.transfer(PROJECT, 1, "octocat/other")
    sandbox.store.delete(PROJECT, 2)
    assert checked.at("GET", "/issues/1").status_code == 301
    assert checked.at("PATCH", "/issues/1", {"title": "x"}).status_code == 301
    assert checked.at("GET", "/issues/2").status_code == 410
    assert checked.at("POST", "/labels", {"name": "a"}).status_code == 201
    assert checked.at("POST", "/labels", {"name": "A"}).status_code == 422
