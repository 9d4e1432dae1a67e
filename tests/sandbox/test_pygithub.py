"""PyGithub, which somebody else wrote for the real service, drives the sandbox end to end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests
from github import (
    Auth,
    BadCredentialsException,
    Github,
    GithubException,
    RateLimitExceededException,
    UnknownObjectException,
)
from github.Repository import Repository

from lspec_git.sandbox.model import Account, Project, Role
from lspec_git.sandbox.server import Sandbox
from tests.sandbox.conftest import PROJECT, START


@pytest.fixture
def library(sandbox: Sandbox) -> Iterator[Github]:
    with _library(sandbox) as made:
        yield made


def _library(sandbox: Sandbox, per_page: int = 30, token: str = "") -> Github:
    # Without the library's own retries and pauses between requests: they would only slow the tests down.
    return Github(
        auth=Auth.Token(token or sandbox.token),
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


def test_pull_requests_and_clocks(repository: Repository, sandbox: Sandbox) -> None:
    sandbox.store.create(PROJECT, "a change", pull=True)
    issue = repository.create_issue("x")
    shown = {each.title: each.pull_request is not None for each in repository.get_issues(sort="created")}
    assert shown == {"a change": True, "x": False}
    assert (issue.created_at.microsecond, issue.created_at) == (0, datetime.fromtimestamp(START, UTC))


def test_what_did_not_change_is_304_and_free(repository: Repository, library: Github) -> None:
    issue = repository.create_issue("x")
    issue = repository.get_issue(issue.number)
    left = library.get_rate_limit().resources.core.remaining
    assert not issue.update()
    assert library.get_rate_limit().resources.core.remaining == left
    repository.get_issue(1).edit(title="y")
    assert issue.update()
    assert issue.title == "y"


def test_labels_of_the_repository_and_milestones(repository: Repository) -> None:
    repository.create_label("a/b c", "ff00ff")
    assert repository.get_label("A/B C").color == "ff00ff"
    issue = repository.create_issue("x", labels=["a/b c", "plain"])
    issue.delete_labels()
    assert [each.name for each in repository.get_issue(1).labels] == []
    assert {each.name for each in repository.get_labels()} == {"a/b c", "plain"}
    assert list(repository.get_milestones()) == []
    assert {each.login for each in repository.get_assignees()} == {"octocat", "alice", "bob", "mona"}


def test_single_comments_and_the_repositorys_events(repository: Repository) -> None:
    issue = repository.create_issue("x", labels=["a"])
    made = issue.create_comment("hello")
    assert issue.get_comment(made.id).body == "hello"
    assert [each.body for each in issue.get_comments()] == ["hello"]
    issue.edit(title="y", state="closed")
    kinds = [each.event for each in repository.get_issues_events()]
    assert sorted(kinds) == ["closed", "labeled", "renamed"]


def test_a_moved_issue_is_followed_and_a_deleted_one_is_410(repository: Repository, sandbox: Sandbox) -> None:
    sandbox.store.add_project(Project("octocat/other"))
    for title in ("goes", "is deleted"):
        repository.create_issue(title)
    sandbox.store.transfer(PROJECT, 1, "octocat/other")
    sandbox.store.delete(PROJECT, 2)
    assert repository.get_issue(1).repository.full_name == "octocat/other"
    with pytest.raises(GithubException) as gone:
        repository.get_issue(2)
    assert gone.value.status == 410


def test_limits_tokens_and_lost_answers_reach_the_library(repository: Repository, sandbox: Sandbox) -> None:
    sandbox.faults.add("secondary-limit:retry-after=5@1", "primary-limit@2", "*:429:retry-after=7@3")
    for status, kind in ((403, RateLimitExceededException), (403, RateLimitExceededException), (429, None)):
        with pytest.raises(kind or GithubException) as limited:
            repository.get_issues().totalCount  # noqa: B018 - asks the server
        assert limited.value.status == status
    sandbox.faults.clear()
    sandbox.faults.add("POST /issues:lost-answer@1")
    with pytest.raises(requests.ConnectionError):
        repository.create_issue("made all the same")
    assert [issue.title for issue in sandbox.store.issues(PROJECT)] == ["made all the same"]
    with _library(sandbox, token="nonsense") as stranger, pytest.raises(BadCredentialsException):
        stranger.get_user().login  # noqa: B018 - asks the server


def test_who_may_not_write_is_told_or_silently_left_out(sandbox: Sandbox) -> None:
    sandbox.tokens["tok_reader"] = Account("alice", Role.READ)
    with _library(sandbox, token="tok_reader") as library:
        repository = library.get_repo(PROJECT)
        assert not repository.permissions.push
        made = repository.create_issue("x", labels=["a"], assignees=["bob"])
        assert (made.labels, made.assignees) == ([], [])
        with pytest.raises(GithubException) as refused:
            repository.create_label("b", "ff0000")
        assert refused.value.status == 403


def test_refusals_reach_the_library(library: Github, repository: Repository, sandbox: Sandbox) -> None:
    with pytest.raises(GithubException) as unknown:
        repository.create_issue("x", assignees=["nobody"])
    assert unknown.value.status == 422
    assert unknown.value.data["errors"][0]["field"] == "assignees"
    assert sandbox.store.issues(PROJECT) == ()
    with pytest.raises(UnknownObjectException):
        library.get_repo("octocat/absent")
