"""The strict check bites: a test on whose wire anything is other than described fails, in both directions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lspec_git.adapters.base import Connection
from lspec_git.adapters.github import GitHubAdapter
from lspec_git.sandbox.server import Sandbox
from tests.adapters.desk import PROJECT, Desk, issue
from tests.adapters.wire import Passing, Reply
from tests.openapi import Description, RequestsOnly, github, required
from tests.sandbox.conftest import Client

pytestmark = pytest.mark.node
ISSUES = f"/repos/{PROJECT}/issues"


@pytest.fixture
def described() -> Description:
    return required()


@pytest.mark.parametrize(
    ("method", "target", "body", "says"),
    [
        ("POST", ISSUES, {"title": "a", "label": "b"}, "POST {} sends $.label: no such key"),
        (
            "POST",
            ISSUES,
            {"title": "a", "labels": [{"nam": "b"}]},
            "POST {} sends $.labels[0].nam: no such key",
        ),
        ("POST", ISSUES, {"title": "a", "assignees": "b"}, "POST {} sends $.assignees: 'b' is not of type"),
        ("POST", ISSUES, {}, "POST {} sends $: 'title' is a required property"),
        ("PATCH", f"{ISSUES}/1", {"state": "done"}, "PATCH {}/1 sends $.state: 'done' is not one of"),
        ("DELETE", f"{ISSUES}/1/labels/a", {}, "DELETE {}/1/labels/a sends a body, and it takes none"),
        ("GET", f"{ISSUES}?status=all", None, "GET {} sends ?status: no such parameter"),
        ("GET", f"{ISSUES}?state=done", None, "GET {} sends ?state $: 'done' is not one of"),
        ("GET", f"{ISSUES}?per_page=many", None, "GET {} sends ?per_page $: 'many' is not of type 'integer'"),
        ("GET", f"{ISSUES}?since=today", None, "GET {} sends ?since $: 'today' is not a 'date-time'"),
        ("PUT", ISSUES, {}, "PUT {}: no such operation"),
        ("GET", "/repositories/7/issue", None, "GET /repositories/7/issue: no such operation"),
    ],
)
def test_a_wrong_request_is_named(
    described: Description, method: str, target: str, body: object, says: str
) -> None:
    (fault,) = described.request_faults(method, target, body)
    assert fault.startswith(says.format(ISSUES))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"surprise": 1}, "$.surprise: no such key"),
        ({"user": {"nick": "b"}}, "$.user.nick: no such key"),
        ({"labels": [{"name": 5}]}, "$.labels[0].name: 5 is not of type 'string'"),
        ({"number": "1"}, "$.number: '1' is not of type 'integer'"),
        ({"updated_at": "yesterday"}, "$.updated_at: 'yesterday' is not a 'date-time'"),
        ({"state_reason": "wontfix"}, "$.state_reason: 'wontfix' is not one of"),
    ],
)
def test_a_wrong_answer_is_named(described: Description, change: dict[str, Any], says: str) -> None:
    for target, where, shown in ((f"{ISSUES}/1", "", issue() | change), (ISSUES, "[0]", [issue() | change])):
        whole = described.filled("GET", target, 200, shown)
        (fault,) = described.answer_faults("GET", target, 200, whole)
        assert fault.startswith(f"GET {target} answers 200: {where}{says}")


def test_what_is_left_out_and_a_status_that_is_never_given_are_named(described: Description) -> None:
    faults = described.answer_faults("GET", f"{ISSUES}/1", 200, issue())
    assert f"GET {ISSUES}/1 answers 200: $: 'node_id' is a required property" in faults
    assert described.answer_faults("GET", f"{ISSUES}/1", 418, {}) == [f"GET {ISSUES}/1 never answers 418"]
    gone = f"{ISSUES}/1/labels"
    assert described.answer_faults("DELETE", gone, 204, []) == [
        f"DELETE {gone} answers 204 with a body; it has none"
    ]


def test_a_scripted_server_fails_its_test_for_what_it_answers() -> None:
    desk = Desk()
    desk.add(surprise=1)
    with pytest.raises(AssertionError, match=r"GET .*/issues answers 200: \[0\]\$\.surprise: no such key"):
        _look(desk)


def test_a_scripted_server_fails_its_test_for_what_the_adapter_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = GitHubAdapter._issues
    monkeypatch.setattr(GitHubAdapter, "_issues", lambda self, query: honest(self, query) + "&sorted=yes")
    with pytest.raises(AssertionError, match=r"GET .*/issues sends \?sorted: no such parameter"):
        _look(Desk())


def test_deliberate_nonsense_is_marked_as_such() -> None:
    with github(lambda _asked: Reply(200, {"a": 1}, odd=True)) as server:
        assert Client(server.url, None)("GET", "/user").json() == {"a": 1}
    with pytest.raises(AssertionError, match="answers 200 with what is no JSON"):
        _ask(lambda _asked: Reply(200, b"<html>"))


def test_the_sandbox_is_watched_on_the_wire_in_both_directions(described: Description) -> None:
    with Sandbox([PROJECT]) as sandbox, Passing(sandbox.url, described) as wire:
        assert Client(wire.url, sandbox.token)("POST", ISSUES, {"title": "a"}).status_code == 201
    with (
        Sandbox([PROJECT]) as sandbox,
        pytest.raises(AssertionError, match=rf"POST {ISSUES} sends \$\.colour: no such key"),
        Passing(sandbox.url, described) as wire,
    ):
        Client(wire.url, sandbox.token)("POST", ISSUES, {"title": "a", "colour": "red"})
    with (
        Sandbox([PROJECT], faults=["GET /user:418"]) as sandbox,
        pytest.raises(AssertionError, match=r"GET /user never answers 418"),
        Passing(sandbox.url, described) as wire,
    ):
        Client(wire.url, sandbox.token)("GET", "/user")


def test_a_server_that_others_wrote_is_asked_strictly_and_answers_as_it_likes(described: Description) -> None:
    requests = RequestsOnly(described)
    assert requests.answer_faults("GET", "/user", 200, {"a": 1}) == []
    assert requests.request_faults("GET", "/user?a=1", None) == ["GET /user sends ?a: no such parameter"]


def _look(desk: Desk) -> None:
    with github(desk) as server:
        GitHubAdapter(Connection(PROJECT, server.url, "tok")).changes("")


def _ask(answer: Callable[..., Reply]) -> None:
    with github(answer) as server:
        Client(server.url, None)("GET", "/user")
