"""PyGithub, which somebody else wrote for the real service, drives the sandbox end to end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from github import Auth, Github, GithubException, UnknownObjectException
from github.Repository import Repository

from lspec_git.sandbox.server import Sandbox
from tests.sandbox.conftest import PROJECT, START


@pytest.fixture
def library(sandbox: Sandbox) -> Iterator[Github]:
    with _library(sandbox) as made:
        yield made


def _library(sandbox: Sandbox, per_page: int = 30) -> Github:
    # Without the library's own retries and pauses between requests: they would only slow the tests down.
    return Github(
        auth=Auth.Token(sandbox.token),
        base_url=sandbox.url,
        per_page=per_page,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )


@pytest.fixture
def repository(library: Github) -> Repository:
    return library.get_repo(PROJECT)


def test_who_and_where(library: Github, repository: Repository) -> None:
    assert library.get_user().login == "octocat"
    assert (repository.full_name, repository.private, repository.has_issues) == (PROJECT, True, True)
    assert repository.permissions.push
    assert library.oauth_scopes == ["repo"]


def test_create_edit_close_and_reopen(repository: Repository, sandbox: Sandbox) -> None:
    issue = repository.create_issue("001 first", "text", labels=["bug"], assignees=["alice"])
    assert (issue.number, issue.state, [x.name for x in issue.labels]) == (1, "open", ["bug"])
    assert issue.id != issue.number
    sandbox.advance(10)
    issue.edit(title="001 renamed", state="closed", state_reason="not_planned")
    assert (issue.title, issue.state_reason) == ("001 renamed", "not_planned")
    assert issue.updated_at - issue.created_at == timedelta(seconds=10)
    assert issue.closed_by is not None
    assert issue.closed_by.login == "octocat"
    issue.edit(state="open")
    assert (issue.state, issue.state_reason) == ("open", "reopened")
    assert sandbox.store.issue(PROJECT, 1).title == "001 renamed"


def test_labels_and_assignees(repository: Repository) -> None:
    issue = repository.create_issue("x")
    issue.add_to_labels("a", "b")
    issue.remove_from_labels("a")
    issue.set_labels("c", "d")
    issue.add_to_assignees("alice", "bob")
    issue.remove_from_assignees("alice")
    assert [label.name for label in issue.get_labels()] == ["c", "d"]
    assert [user.login for user in repository.get_issue(1).assignees] == ["bob"]
    assert {label.name for label in repository.get_labels()} == {"a", "b", "c", "d"}
    assert repository.create_label("new", "ff00ff", "says it").description == "says it"
    assert repository.has_in_assignees("alice")
    assert not repository.has_in_assignees("nobody")


def test_pages_and_since(repository: Repository, sandbox: Sandbox) -> None:
    for number in range(1, 8):
        sandbox.store.create(PROJECT, f"issue {number}")
        sandbox.advance(60)
    found = repository.get_issues(
        sort="updated", direction="asc", since=datetime.fromtimestamp(START + 180, UTC)
    )
    assert [issue.number for issue in found] == [4, 5, 6, 7]
    with _library(sandbox, per_page=2) as small:
        assert [issue.number for issue in small.get_repo(PROJECT).get_issues()] == [7, 6, 5, 4, 3, 2, 1]
    assert sum("page=" in request.query for request in sandbox.requests) >= 4


def test_comments_and_history(repository: Repository, sandbox: Sandbox) -> None:
    issue = repository.create_issue("x")
    comment = issue.create_comment("first")
    comment.edit("second")
    sandbox.store.edit(PROJECT, 1, login="alice", labels=["status:in-progress"])
    assert [c.body for c in repository.get_issues_comments(sort="updated", direction="asc")] == ["second"]
    labeled = [event for event in issue.get_events() if event.event == "labeled"]
    assert [(event.actor.login, event.label.name) for event in labeled] == [("alice", "status:in-progress")]
    assert {entry.event for entry in issue.get_timeline()} == {"commented", "labeled"}
    comment.delete()
    assert repository.get_issue(1).comments == 0


def test_refusals_reach_the_library(library: Github, repository: Repository, sandbox: Sandbox) -> None:
    with pytest.raises(GithubException) as unknown:
        repository.create_issue("x", assignees=["nobody"])
    assert unknown.value.status == 422
    assert sandbox.store.issues(PROJECT) == ()
    with pytest.raises(UnknownObjectException):
        library.get_repo("octocat/absent")
