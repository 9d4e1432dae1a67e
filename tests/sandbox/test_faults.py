"""Faults: the language, and what a client meets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from lspec_git.errors import UsageError
from lspec_git.sandbox.faults import Plan, parse
from lspec_git.sandbox.server import Sandbox
from tests.sandbox.conftest import PROJECT, Client

ISSUES = f"/repos/{PROJECT}/issues"


@pytest.mark.parametrize(
    ("spec", "method", "path", "fits"),
    [
        ("POST /issues:500", "POST", ISSUES, True),
        ("POST /issues:500", "GET", ISSUES, False),
        ("POST /issues:500", "POST", f"{ISSUES}/3/labels", False),
        ("/issues/*:500", "PATCH", f"{ISSUES}/3", True),
        ("/issues/*:500", "GET", f"{ISSUES}/3/comments", False),
        ("*:500", "GET", "/user", True),
        ("GET:500", "GET", "/user", True),
        ("GET *:500", "POST", ISSUES, False),
        ("secondary-limit", "PUT", "/x", True),
    ],
)
def test_which_requests_a_fault_means(spec: str, method: str, path: str, fits: bool) -> None:
    assert parse(spec).matches(method, path) is fits


@pytest.mark.parametrize(
    ("suffix", "struck"),
    [("", [1, 2, 3, 4]), ("@2", [2]), ("@2x2", [2, 3]), ("@3x*", [3, 4]), ("@9", [])],
)
def test_which_of_them_are_struck(suffix: str, struck: list[int]) -> None:
    plan = Plan()
    plan.add(f"GET /user:500{suffix}")
    assert [n for n in range(1, 5) if plan.strike("POST", "/user") + plan.strike("GET", "/user")] == struck


@pytest.mark.parametrize(
    "spec",
    ["", "GET /x", "/x:nothing", "FETCH /x:500", "slow", "500=3s", "/x:200", "*:500@x", "/x:500:wait=1"],
)
def test_what_is_not_understood_is_refused(spec: str) -> None:
    with pytest.raises(UsageError):
        parse(spec)


def test_a_lost_answer_is_done_and_a_drop_before_is_not(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("POST /issues:drop-before@1", "POST /issues:lost-answer@2")
    for title in ("never", "made"):
        with pytest.raises(requests.ConnectionError):
            client.at("POST", "/issues", {"title": title})
    assert [issue.title for issue in sandbox.store.issues(PROJECT)] == ["made"]
    assert client.at("POST", "/issues", {"title": "after"}).status_code == 201
    assert [request.status for request in sandbox.requests] == [None, None, 201]


def test_a_status_before_and_after_the_work(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("POST /issues:502@1", "POST /issues:500-after@2", "*:429:retry-after=7@3")
    answers = [client.at("POST", "/issues", {"title": str(n)}) for n in range(4)]
    assert [answer.status_code for answer in answers] == [502, 500, 429, 201]
    assert answers[2].headers["Retry-After"] == "7"
    assert [issue.title for issue in sandbox.store.issues(PROJECT)] == ["1", "3"]


def test_limits_on_demand(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("secondary-limit:retry-after=2@1", "primary-limit@2")
    second, first = client("GET", "/user"), client("GET", "/user")
    assert (second.status_code, second.headers["Retry-After"]) == (403, "2")
    assert "secondary rate limit" in second.json()["message"]
    assert (first.status_code, first.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert int(first.headers["X-RateLimit-Reset"]) > sandbox.clock.now()
    assert first.headers["Date"] == "Wed, 01 Jul 2026 10:00:00 GMT", "the sandbox's own clock"


def test_answers_that_are_no_json(sandbox: Sandbox) -> None:
    client = Client(sandbox.url, sandbox.token)
    sandbox.faults.add("html-proxy@1", "POST /issues:garbage@2")
    proxied = client.at("POST", "/issues", {"title": "unseen"})
    assert (proxied.status_code, proxied.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"numb" in client.at("POST", "/issues", {"title": "seen"}).content
    assert [issue.title for issue in sandbox.store.issues(PROJECT)] == ["seen"]
    client.close()


def test_new_issues_show_late_in_lists_only(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("list-lag=5s")
    client.at("POST", "/issues", {"title": "x"})
    assert client.at("GET", "/issues").json() == []
    assert client.at("GET", "/issues/1").status_code == 200
    sandbox.advance(5)
    assert len(client.at("GET", "/issues").json()) == 1


def test_a_slow_answer_outlasts_the_clients_patience(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("GET /user:slow=0.5s@1")
    with pytest.raises(requests.ReadTimeout):
        client.session.get(f"{sandbox.url}/user", timeout=0.05)
    assert client("GET", "/user").status_code == 200


def test_a_cleared_plan_strikes_no_more(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("*:500")
    assert client("GET", "/user").status_code == 500
    sandbox.faults.clear()
    assert client("GET", "/user").status_code == 200


def test_the_log_tells_requests_and_no_secrets(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    with Sandbox(log=log, faults=["GET /user:drop-before@2"]) as sandbox:
        client = Client(sandbox.url, sandbox.token)
        client.at("GET", "/issues?state=all")
        client("GET", "/user")
        with pytest.raises(requests.ConnectionError):
            client("GET", "/user")
        client("GET", "/_board/state")
        token = sandbox.token
        client.close()
    text = log.read_text()
    assert [json.loads(line) for line in text.splitlines()] == [
        {"method": "GET", "path": ISSUES, "query": "state=all", "status": 200},
        {"method": "GET", "path": "/user", "query": "", "status": 200},
        {"method": "GET", "path": "/user", "query": "", "status": None, "fault": "GET /user:drop-before@2"},
    ]
    assert token not in text
