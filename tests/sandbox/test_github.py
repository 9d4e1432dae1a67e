"""What the real service is known to do beyond its description, and what clients stumble over."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests

from lspec_git.sandbox.limits import Limits
from lspec_git.sandbox.model import Account, Project, Role
from lspec_git.sandbox.server import Sandbox
from tests.openapi import described
from tests.sandbox.conftest import PROJECT, START, Client

READER = "reader-secret"
TRIAGE = "triage-secret"
STRANGER = "stranger-secret"
FINE = "fine-grained-secret"


@pytest.fixture
def peopled() -> Iterator[Sandbox]:
    """A private and a public project, and tokens with different rights."""
    tokens = {
        "owner-secret": Account("octocat", Role.ADMIN),
        READER: Account("rita", Role.READ),
        TRIAGE: Account("tim", Role.TRIAGE),
        STRANGER: Account("stan", Role.NONE),
        FINE: Account("fay", Role.READ, scopes=None),
    }
    projects = (Project(PROJECT), Project("octocat/open", private=False))
    with Sandbox(projects, tokens, clock=lambda: START) as running:
        yield running


def _numbers(answer: requests.Response) -> list[int]:
    return [issue["number"] for issue in answer.json()]


def test_list_defaults_to_open_newest_first_thirty_with_pull_requests(
    client: Client, sandbox: Sandbox
) -> None:
    for _ in range(34):
        sandbox.store.create(PROJECT, "x")
    sandbox.store.edit(PROJECT, 33, state="closed")
    sandbox.store.create(PROJECT, "a pull request", pull=True)
    answer = client.at("GET", "/issues")
    assert _numbers(answer) == [35, 34, *range(32, 4, -1)]
    assert "pull_request" in answer.json()[0]
    assert "pull_request" not in answer.json()[1]
    assert len(client.at("GET", "/issues?per_page=500&state=all").json()) == 35


def test_links_lead_through_all_pages_and_keep_the_query(client: Client, sandbox: Sandbox) -> None:
    for _ in range(5):
        sandbox.store.create(PROJECT, "x")
    seen: list[int] = []
    answer = client.at("GET", "/issues?state=all&direction=asc&per_page=2")
    assert {"next", "last"} == set(answer.links)
    while True:
        seen += _numbers(answer)
        if "next" not in answer.links:
            break
        assert answer.links["next"]["url"].startswith(f"{sandbox.url}/repositories/")
        answer = client("GET", answer.links["next"]["url"])
    assert seen == [1, 2, 3, 4, 5]
    assert {"prev", "first"} == set(answer.links)


def test_since_looks_at_updates_and_a_change_to_nothing_is_none(client: Client, sandbox: Sandbox) -> None:
    for title in ("old", "touched", "same"):
        client.at("POST", "/issues", {"title": title, "labels": ["a"], "body": "b"})
    sandbox.advance(100)
    client.at("PATCH", "/issues/2", {"title": "changed"})
    same = {"title": "same", "labels": ["A"], "body": "b", "state": "open", "assignees": []}
    client.at("PATCH", "/issues/3", same)
    since = "2026-07-01T10:01:00Z"
    assert _numbers(client.at("GET", f"/issues?since={since}")) == [2]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("labels=BUG", [1, 2]),
        ("labels=bug,ui", [2]),
        ("assignee=alice", [2]),
        ("assignee=none", [1, 3]),
        ("assignee=*", [2]),
        ("creator=bob", [3]),
        ("sort=comments", [2, 3, 1]),
        ("state=closed", []),
    ],
)
def test_filters(client: Client, sandbox: Sandbox, query: str, numbers: list[int]) -> None:
    sandbox.store.create(PROJECT, "1", labels=["bug"])
    sandbox.store.create(PROJECT, "2", labels=["bug", "ui"], assignees=["alice"])
    sandbox.store.create(PROJECT, "3", login="bob")
    sandbox.store.comment(PROJECT, 1, "bob", "hi")
    answer = client.at("GET", f"/issues?direction=asc&{query}")
    assert _numbers(answer) == numbers


def test_conditional_requests(client: Client, sandbox: Sandbox) -> None:
    sandbox.store.create(PROJECT, "x")
    first = client.at("GET", "/issues?state=all")
    tag = first.headers["ETag"]
    used = first.headers["X-RateLimit-Used"]
    again = client.at("GET", "/issues?state=all", headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["X-RateLimit-Used"] == used
    assert client.at("GET", "/issues?state=open", headers={"If-None-Match": tag}).status_code == 200
    sandbox.store.edit(PROJECT, 1, login="alice", title="y")
    assert client.at("GET", "/issues?state=all", headers={"If-None-Match": tag}).status_code == 200


def test_the_clock_is_the_sandboxs(client: Client, sandbox: Sandbox) -> None:
    assert client("GET", "/user").headers["Date"] == "Wed, 01 Jul 2026 10:00:00 GMT"
    sandbox.advance(90.7)
    made = client.at("POST", "/issues", {"title": "x"})
    assert made.headers["Date"] == "Wed, 01 Jul 2026 10:01:30 GMT"
    assert made.json()["created_at"] == "2026-07-01T10:01:30Z"


def test_tokens(sandbox: Sandbox) -> None:
    wrong = Client(sandbox.url, "wrong", described())
    assert wrong.at("GET", "/issues").json()["message"] == "Bad credentials"
    assert wrong("GET", "/user").status_code == 401
    nobody = Client(sandbox.url, None, described())
    assert nobody("GET", "/user").status_code == 401
    assert nobody.at("GET", "/issues").status_code == 404
    for client in (wrong, nobody):
        client.close()


def test_rights(peopled: Sandbox) -> None:
    reader, stranger, nobody = (Client(peopled.url, token, described()) for token in (READER, STRANGER, None))
    peopled.store.create(PROJECT, "by another")
    assert stranger.at("GET", "/issues").status_code == 404
    assert stranger("GET", "/repos/octocat/open/issues").status_code == 200
    assert nobody("GET", "/repos/octocat/open/issues").status_code == 200
    assert nobody("POST", "/repos/octocat/open/issues", {"title": "x"}).status_code == 401
    assert reader.at("PATCH", "/issues/1", {"title": "x"}).status_code == 403
    assert reader.at("POST", "/issues/1/labels", {"labels": ["a"]}).status_code == 403
    assert reader.at("POST", "/issues/1/comments", {"body": "may"}).status_code == 201
    fine = Client(peopled.url, FINE, described())
    refused = fine.at("PATCH", "/issues/1", {"title": "x"})
    assert (refused.status_code, refused.headers["X-Accepted-GitHub-Permissions"]) == (403, "issues=write")
    assert "X-OAuth-Scopes" not in refused.headers
    for client in (reader, stranger, nobody, fine):
        client.close()


def test_without_push_access_labels_and_assignees_are_dropped_silently(peopled: Sandbox) -> None:
    reader = Client(peopled.url, READER, described())
    made = reader.at(
        "POST", "/issues", {"title": "x", "labels": ["a"], "assignees": ["nobody"], "milestone": 9}
    )
    assert (made.status_code, made.json()["labels"], made.json()["assignees"]) == (201, [], [])
    edited = reader.at("PATCH", "/issues/1", {"title": "y", "labels": ["a"]})
    assert (edited.status_code, edited.json()["title"], edited.json()["labels"]) == (200, "y", [])
    reader.close()


def test_triage_may_set_labels_but_not_bring_new_ones_into_being(peopled: Sandbox) -> None:
    triage = Client(peopled.url, TRIAGE, described())
    peopled.store.create(PROJECT, "x", labels=["known"])
    peopled.store.create(PROJECT, "y")
    assert triage.at("POST", "/issues/2/labels", {"labels": ["known"]}).status_code == 200
    assert triage.at("POST", "/issues/2/labels", {"labels": ["new"]}).status_code == 403
    triage.close()


def test_unknown_labels_are_created_and_keep_their_first_spelling(client: Client, sandbox: Sandbox) -> None:
    made = client.at(
        "POST", "/issues", {"title": "x", "labels": ["Status:New", "status:new", {"name": "obj"}]}
    )
    assert [(label["name"], label["color"]) for label in made.json()["labels"]] == [
        ("Status:New", "ededed"),
        ("obj", "ededed"),
    ]
    assert (
        client.at("POST", "/labels", {"name": "STATUS:NEW"}).json()["errors"][0]["code"] == "already_exists"
    )
    assert client.at("DELETE", "/issues/1/labels/status:NEW").status_code == 200
    assert sandbox.store.issue(PROJECT, 1).label_names == ("obj",)
    assert client.at("DELETE", "/issues/1/labels/absent").status_code == 404


def test_label_names_with_slash_space_and_emoji(client: Client) -> None:
    client.at("POST", "/issues", {"title": "x", "labels": ["area/api v1 🚀", "other"]})
    left = client.at("DELETE", "/issues/1/labels/area%2Fapi%20v1%20%F0%9F%9A%80")
    assert [label["name"] for label in left.json()] == ["other"]
    assert client.at("GET", "/labels/area%2Fapi%20v1%20%F0%9F%9A%80").status_code == 200


def test_a_reason_counts_only_with_a_change_of_state(client: Client) -> None:
    client.at("POST", "/issues", {"title": "x"})
    closed = client.at("PATCH", "/issues/1", {"state": "closed", "state_reason": "completed"})
    assert closed.json()["state_reason"] == "completed"
    again = client.at("PATCH", "/issues/1", {"state": "closed", "state_reason": "not_planned"})
    assert again.json()["state_reason"] == "completed"
    client.at("PATCH", "/issues/1", {"state": "open"})
    moved = client.at("PATCH", "/issues/1", {"state": "closed", "state_reason": "not_planned"})
    assert moved.json()["state_reason"] == "not_planned"


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "title", "missing_field"),
        ({"title": "x" * 257}, "title", "custom"),
        ({"title": "x", "body": "b" * 65_537}, "body", "custom"),
        ({"title": "x", "assignees": ["nobody"]}, "assignees", "invalid"),
        ({"title": "x", "labels": ["l" * 51]}, "name", "custom"),
        ({"title": "x", "milestone": 4}, "milestone", "invalid"),
    ],
)
def test_what_cannot_be_accepted_creates_nothing(
    client: Client, sandbox: Sandbox, body: dict[str, object], field: str, code: str
) -> None:
    answer = client.at("POST", "/issues", body)
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert (error["field"], error["code"]) == (field, code)
    assert sandbox.store.issues(PROJECT) == ()


def test_an_unknown_state_is_refused(client: Client) -> None:
    client.at("POST", "/issues", {"title": "x"})
    assert client.at("PATCH", "/issues/1", {"state": "done"}).status_code == 422
    assert client.at("GET", "/issues?state=done").status_code == 422


def test_malformed_json_version_agent_and_route(client: Client) -> None:
    url = f"{client.url}/repos/{PROJECT}/issues"
    broken = client.session.post(url, data=b'{"title": ', timeout=20)
    assert (broken.status_code, broken.json()["message"]) == (400, "Problems parsing JSON")
    assert client("GET", "/user", headers={"X-GitHub-Api-Version": "1999-01-01"}).status_code == 400
    assert client("GET", "/user", headers={"User-Agent": ""}).status_code == 403
    assert client.at("GET", "/nothing/here").status_code == 404
    assert client.at("PUT", "/issues", {}).status_code == 404


def test_the_newer_version_has_no_single_assignee(sandbox: Sandbox) -> None:
    client = Client(sandbox.url, sandbox.token)  # the description is that of the older version
    newer = {"X-GitHub-Api-Version": "2026-03-10"}
    body = {"title": "x", "assignee": "alice"}
    assert "assignee" not in client.at("POST", "/issues", body, headers=newer).json()
    assert client.at("POST", "/issues", body).json()["assignee"]["login"] == "alice"
    assert client.at("GET", "/issues/1").json()["assignees"] == []
    client.close()


def test_transferred_and_deleted_issues(peopled: Sandbox) -> None:
    owner, reader = Client(peopled.url, "owner-secret", described()), Client(peopled.url, READER, described())
    for title in ("moves", "goes"):
        peopled.store.create("octocat/open", title)
    peopled.store.comment("octocat/open", 1, "alice", "stays with it")
    moved = peopled.store.transfer("octocat/open", 1, PROJECT)
    peopled.store.delete("octocat/open", 2)
    answer = owner("GET", "/repos/octocat/open/issues/1")
    assert answer.status_code == 301
    found = owner("GET", answer.headers["Location"])
    assert (found.json()["number"], found.json()["comments"]) == (moved.number, 1)
    posted = owner("POST", "/repos/octocat/open/issues/1/comments", {"body": "x"})
    assert posted.status_code == 307
    assert owner("POST", posted.headers["Location"], {"body": "x"}).status_code == 201
    assert reader("GET", "/repos/octocat/open/issues/2").status_code == 410
    assert owner("GET", "/repos/octocat/open/issues?state=all").json() == []
    nobody = Client(peopled.url, None, described())
    assert nobody("GET", "/repos/octocat/open/issues/1").status_code == 404
    for client in (owner, reader, nobody):
        client.close()


def test_issues_disabled_and_archived(client: Client, sandbox: Sandbox) -> None:
    project = sandbox.store.projects()[0]
    sandbox.store.create(PROJECT, "x")
    sandbox.store.set_project(Project(PROJECT, archived=True, id=project.id))
    assert client.at("PATCH", "/issues/1", {"title": "y"}).status_code == 403
    assert client.at("GET", "/issues/1").status_code == 200
    sandbox.store.set_project(Project(PROJECT, has_issues=False, id=project.id))
    assert client.at("POST", "/issues", {"title": "y"}).status_code == 410


def test_comments_by_since_and_their_limits(client: Client, sandbox: Sandbox) -> None:
    for number in (1, 2):
        client.at("POST", "/issues", {"title": "x"})
        client.at("POST", f"/issues/{number}/comments", {"body": f"on {number}"})
        sandbox.advance(60)
    since = "since=2026-07-01T10:01:00Z"
    assert [c["body"] for c in client.at("GET", f"/issues/comments?{since}").json()] == ["on 2"]
    first = client.at("GET", "/issues/comments").json()[0]
    client.at("PATCH", f"/issues/comments/{first['id']}", {"body": "edited"})
    ordered = client.at("GET", "/issues/comments?sort=updated&direction=asc").json()
    assert [c["body"] for c in ordered] == ["on 2", "edited"]
    assert ordered[1]["issue_url"].endswith("/issues/1")
    assert client.at("POST", "/issues/1/comments", {"body": ""}).status_code == 422


def test_an_hours_quota_runs_out_and_comes_back() -> None:
    limits = Limits(hourly=3, enforce_hourly=True)
    with Sandbox(clock=lambda: START, limits=limits) as sandbox:
        client = Client(sandbox.url, sandbox.token, described())
        left = [client("GET", "/user").headers["X-RateLimit-Remaining"] for _ in range(3)]
        refused = client("GET", "/user")
        assert (left, refused.status_code) == (["2", "1", "0"], 403)
        assert refused.headers["X-RateLimit-Remaining"] == "0"
        assert client("GET", "/rate_limit").json()["resources"]["core"]["remaining"] == 0
        sandbox.advance(int(refused.headers["X-RateLimit-Reset"]) - START)
        assert client("GET", "/user").status_code == 200
        client.close()


def test_secondary_limits_count_creations_by_the_minute() -> None:
    limits = Limits(enforce_secondary=True, creations_per_minute=2)
    with Sandbox(clock=lambda: START, limits=limits) as sandbox:
        client = Client(sandbox.url, sandbox.token, described())
        made = [client.at("POST", "/issues", {"title": "x"}) for _ in range(3)]
        assert [answer.status_code for answer in made] == [201, 201, 403]
        assert "secondary rate limit" in made[2].json()["message"]
        assert client("GET", "/user").status_code == 200
        sandbox.advance(int(made[2].headers["Retry-After"]))
        assert client.at("POST", "/issues", {"title": "x"}).status_code == 201
        client.close()


def test_ids_are_not_numbers_and_addresses_lie_below_the_host_asked(client: Client, sandbox: Sandbox) -> None:
    made = client.at("POST", "/issues", {"title": "x"})
    assert made.json()["id"] != made.json()["number"]
    assert made.headers["Location"] == made.json()["url"]
    named = sandbox.url.replace("127.0.0.1", "localhost")
    answer = client("GET", f"{named}/repos/{PROJECT}/issues/1")
    assert set(re.findall(r"http://[^/\"]+", answer.text)) == {named}
