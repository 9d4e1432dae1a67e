"""GitHub, reading: what is asked, how often, and what each refusal tells the user. Answers are scripted."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from lspec_git.adapters.base import Change as Was
from lspec_git.adapters.base import Claim, Connection, Edit, ItemRef, Marker
from lspec_git.adapters.github import GitHubAdapter
from lspec_git.errors import AuthError, ConfigError, NotFound, RateLimited, TrackerError
from tests.adapters.desk import PROJECT, SECOND, Desk, issue
from tests.adapters.wire import Asked, Reply
from tests.openapi import github

TOKEN = "tok_0123456789"


def at(url: str, **settings: object) -> GitHubAdapter:
    adapter = GitHubAdapter(Connection(PROJECT, url, TOKEN, settings=settings))
    adapter.http.sleep = lambda _seconds: None
    return adapter


def asks(asked: Asked) -> dict[str, str]:
    return {name: said[0] for name, said in parse_qs(urlsplit(asked.path).query).items()}


# Refusals


@pytest.mark.parametrize(
    ("reply", "kind", "says"),
    [
        (Reply(401, {"message": f"Bad credentials {TOKEN}"}), AuthError, "does not accept the token"),
        (
            Reply(
                403,
                {"message": "Resource protected"},
                {"X-GitHub-SSO": "required; url=https://evil.example/x"},
            ),
            AuthError,
            "single sign-on",
        ),
        (
            Reply(403, {"message": "Not accessible"}, {"X-Accepted-GitHub-Permissions": "issues=write"}),
            AuthError,
            "needs issues=write",
        ),
        (Reply(403, {"message": "Must have rights"}), AuthError, "Must have rights"),
        (Reply(403, {"message": "Repository was archived so is read-only."}), TrackerError, "archived"),
        (Reply(404, {"message": "Not Found"}), NotFound, "does not exist on localhost"),
        (Reply(410, {"message": "Issues are disabled"}, odd=True), TrackerError, "issues are switched off"),
        (Reply(451, {"message": "DMCA"}), TrackerError, "legal reasons"),
        (Reply(500, {"message": "oops"}), TrackerError, "is in trouble: oops (500)"),
        (Reply(418, {"message": "a teapot"}, odd=True), TrackerError, "answers 418: a teapot"),
        (Reply(403, b"<html>blocked</html>", odd=True), TrackerError, "a proxy in between"),
        (Reply(200, [1, 2], odd=True), TrackerError, "does not answer as GitHub's API does"),
        (Reply(403, {"message": "limit"}, {"Retry-After": "9999"}), RateLimited, "asks to wait"),
    ],
)
@pytest.mark.parametrize("call", [lambda a: a.changes(None), lambda a: a.check()], ids=["changes", "check"])
def test_each_refusal_is_one_line_and_an_advice(
    call: Callable[[GitHubAdapter], object], reply: Reply, kind: type[TrackerError], says: str
) -> None:
    """The user's own record is fine; the repository answers so."""
    desk = Desk(before=lambda asked: reply if asked.path.startswith("/repos") else None)
    with github(desk) as server, pytest.raises(kind, match=None) as caught:
        call(at(server.url))
    assert says in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.advice
    assert TOKEN not in str(caught.value)
    assert "evil.example" not in str(caught.value)


def test_single_sign_on_names_the_page_of_the_site() -> None:
    def sso(asked: Asked) -> Reply:
        page = f"https://{asked.headers['Host']}/orgs/acme/sso?authorization_request=A1"
        return Reply(403, {"message": "Resource protected"}, {"X-GitHub-SSO": f"required; url={page}"})

    with github(sso) as server, pytest.raises(AuthError) as caught:
        at(server.url).changes(None)
    assert caught.value.advice.endswith("/orgs/acme/sso?authorization_request=A1")


def test_a_renamed_repository_is_named() -> None:
    there = Reply(200, {"full_name": "octocat/renamed", "has_issues": True})

    def answer(asked: Asked) -> Reply:
        moved = asked.path.startswith("/repos/")
        return Reply(301, {"message": "Moved"}, {"Location": "/repositories/7"}) if moved else there

    with github(answer) as server:
        for cursor in (None, json.dumps({"since": SECOND.format(0), "listed": SECOND.format(0), "etag": ""})):
            with pytest.raises(NotFound, match="is now called octocat/renamed"):
                at(server.url).changes(cursor)


def test_switched_off_issues_are_told_at_the_first_look() -> None:
    with (
        github(Desk(repository={"has_issues": False})) as server,
        pytest.raises(TrackerError, match="switched off"),
    ):
        at(server.url).changes(None)


def test_an_unknown_api_version_is_left_out() -> None:
    def old(asked: Asked) -> Reply | None:
        return Reply(400, {"message": "bad version"}) if "X-GitHub-Api-Version" in asked.headers else None

    desk = Desk(before=old)
    desk.add()
    with github(desk) as server:
        adapter = at(server.url)
        adapter.changes(None)
        (outcome,) = adapter.push([Edit(ItemRef("1001", "1"), "", {"title": Was("a", "b")})])
        assert len(server.asked) == 3
    assert outcome.item is not None


@pytest.mark.parametrize("project", ["octocat", "../user", "a/b/c", "octocat/..", "octo cat/x"])
def test_what_is_no_repository_is_refused_before_anything_is_asked(project: str) -> None:
    with pytest.raises(ConfigError, match="owner/name"):
        GitHubAdapter(Connection(project, "https://api.github.com", TOKEN))


def test_a_server_without_a_clock_is_refused() -> None:
    with github(Desk(headers={"Date": ""})) as server, pytest.raises(TrackerError, match="tells no time"):
        at(server.url).changes(None)


# Changes


def test_a_settled_poll_is_one_conditional_request_for_the_same_url() -> None:
    def etag(asked: Asked) -> Reply | None:
        if "If-None-Match" in asked.headers:
            return Reply(304, None)
        return Reply(200, [issue(1)], {"ETag": 'W/"1"'}) if "/issues" in asked.path else None

    with github(Desk(before=etag)) as server:
        adapter = at(server.url)
        first = adapter.changes(adapter.changes(None).cursor)
        second = adapter.changes(first.cursor)
        third = adapter.changes(second.cursor)
    assert [item.ref.key for item in first.items] == ["1"]
    assert (second.items, second.cursor, third.cursor) == ((), first.cursor, first.cursor)
    assert second.now == "2026-11-22T12:00:00Z"
    assert len({asked.path for asked in server.asked[1:]}) == 1
    assert [asked.headers.get("If-None-Match") for asked in server.asked[1:]] == [None, 'W/"1"', 'W/"1"']
    assert asks(server.asked[1]) == {
        "state": "all",
        "sort": "updated",
        "direction": "desc",
        "per_page": "100",
        "since": "2026-11-22T11:59:50Z",
    }


def test_paging_goes_on_until_it_reaches_what_was_listed_before() -> None:
    """Ten seconds further back than the last listing, for times that are whole seconds."""

    def page(asked: Asked) -> Reply:
        number = int(asks(asked).get("page", "1"))
        seconds = {1: (59, 50), 2: (40, 31), 3: (30, 21), 4: (20, 19), 5: (18, 1)}[number]
        items = [issue(number * 10 + n, updated_at=SECOND.format(second)) for n, second in enumerate(seconds)]
        items[0] |= {"pull_request": {}} if number == 1 else {}
        url = f"http://{asked.headers['Host']}/repositories/7/issues?page={number + 1}"
        return Reply(200, items, {"Link": f'<{url}>; rel="next"'})

    cursor = json.dumps({"since": SECOND.format(0), "listed": SECOND.format(30), "etag": ""})
    with github(page) as server:
        changes = at(server.url).changes(cursor)
    assert [item.ref.key for item in changes.items] == ["11", "20", "21", "30", "31", "40", "41"]
    assert len(server.asked) == 4


def test_a_cursor_that_cannot_be_read_lists_everything() -> None:
    desk = Desk()
    desk.add(updated_at="2001-01-01T00:00:00Z")
    with github(desk) as server:
        for cursor in ("", "7", '{"since": 1}', "[]"):
            assert [item.ref.key for item in at(server.url).changes(cursor).items] == ["1"]
    assert all("since" not in asks(asked) for asked in server.asked)


def test_a_list_of_something_else_is_no_crash() -> None:
    for nonsense in ([1], [{"id": 5}], {"a": 1}, None, "x"):
        reply = Reply(200, nonsense, odd=True)
        with github(lambda _asked, reply=reply: reply) as server:  # type: ignore[misc]
            adapter = at(server.url)
            with pytest.raises(TrackerError):
                adapter.changes("")
            with pytest.raises(TrackerError):
                list(adapter.pull([ItemRef("1", "1")]))


# Items


def test_gone_items_say_why() -> None:
    moved = issue(5, html_url="https://github.example/octocat/other/issues/5")
    moved["repository_url"] = "https://api.github.example/repos/octocat/other"
    replies = {
        "/repos/octocat/specs/issues/1": Reply(301, None, {"Location": "/repositories/8/issues/5"}),
        "/repositories/8/issues/5": Reply(200, moved),
        "/repos/octocat/specs/issues/2": Reply(404, {"message": "Not Found"}),
        "/repos/octocat/specs/issues/3": Reply(410, {"message": "This issue was deleted"}),
        "/repos/octocat/specs/issues/4": Reply(200, issue(4, pull_request={})),
        "/repos/octocat/specs/issues/6": Reply(301, None, {"Location": "https://evil.example/x"}),
        "/repos/octocat/specs/issues/7": Reply(200, issue(7, id=5)),
    }
    refs = [ItemRef(str(1000 + n), str(n)) for n in (1, 2, 3, 4, 6, 7)]
    with github(lambda asked: replies[asked.path]) as server:
        items = {item.ref.key: item for item in at(server.url).pull(refs)}
        place = server.url.removeprefix("http://")
    absent = "not found or not visible"
    assert {key: item.gone for key, item in items.items()} == {
        "1": "moved",
        "2": absent,
        "3": "deleted",
        "4": "a pull request, no issue",
        "6": "moved",
        "7": absent,
    }
    assert (items["1"].ref, items["1"].url) == (refs[0], moved["html_url"])
    assert items["1"].project == f"{place}/octocat/other"


@pytest.mark.parametrize("key", ["../../user", "1/../2", "", "①", "-1", "1?x"])
def test_a_key_that_is_no_number_asks_nothing(key: str) -> None:
    """Keys come from notes, which anyone may have written."""
    with github(Desk()) as server:
        adapter = at(server.url)
        (item,) = adapter.pull([ItemRef("1", key)])
        (outcome,) = adapter.push([Edit(ItemRef("1", key), "", {"title": Was("a", "b")})])
        assert [*adapter.history(ItemRef("1", key), ""), *adapter.comments([ItemRef("1", key)], None)] == []
        assert server.asked == []
    assert item.gone
    assert "no issue number" in outcome.message


def test_many_items_come_from_a_listing() -> None:
    desk = Desk()
    refs = [ItemRef(str(1000 + desk.add()), str(n + 1)) for n in range(30)]
    with github(desk) as server:
        away = [ItemRef("9", "99"), ItemRef("9", "1")]
        found = list(at(server.url).pull([*refs, *away]))
    assert [item.ref for item in found] == [*refs, *away]
    assert [bool(item.gone) for item in found] == [False] * 30 + [True] * 2
    assert server.paths() == [f"GET /repos/{PROJECT}/issues{part}" for part in ("", "/99", "/1")]


def test_a_listing_of_too_many_pages_is_not_read_through() -> None:
    def answer(asked: Asked) -> Reply | None:
        last = f'<http://{asked.headers["Host"]}/x?page=2>; rel="next", <http://a/x?page=99>; rel="last"'
        return Reply(200, [issue(3)], {"Link": last}) if "?" in asked.path else None

    desk = Desk(before=answer)
    refs = [ItemRef(str(1000 + desk.add()), str(n + 1)) for n in range(12)]
    with github(desk) as server:
        assert [item.ref for item in at(server.url).pull(refs)] == refs
    assert len(server.asked) == 1 + 11


def test_words_of_a_busy_issue() -> None:
    desk = Desk()
    labels = [
        "Bug",
        {"name": "Status:In-Progress"},
        "priority:low",
        "PRIORITY:High",
        "area:web",
        "area:api",
        "x,y",
    ]
    desk.add(title="  A title ", labels=[*labels, "x,y"], assignees=[{"login": "zoe"}, {"login": "bob"}])
    with github(desk) as server:
        (item,) = at(server.url, fields={"area": "area:*"}).pull([ItemRef("", "1")])
    assert dict(item.words) == {
        "title": "A title",
        "status": "open + status:in-progress",
        "priority": "priority:high",
        "area": "api",
        "assignee": "bob,zoe",
        "tags:bug": "Bug",
        "tags:x,y": "x,y",
    }


def test_a_leftover_status_label_says_nothing() -> None:
    desk = Desk()
    desk.add(state="closed", state_reason="not_planned", labels=["status:in-progress"])
    with github(desk) as server:
        (item,) = at(server.url).pull([ItemRef("", "1")])
    assert dict(item.words) == {"title": "issue 1", "status": "closed/not_planned"}


# Claims, history, comments


def test_claims_are_looked_for_a_little_before_their_time() -> None:
    desk = Desk()
    uuid = "0b5e8a3e-0000-4000-8000-000000000001"
    desk.add(body=f"text\r\n<!-- lspec:{uuid} specs/one -->\r\n", created_at=SECOND.format(30))
    desk.add(body=f"> <!-- lspec:{uuid} specs/one -->", created_at=SECOND.format(31))
    desk.add(body=f"<!-- lspec:{uuid} specs/one -->", created_at=SECOND.format(32), pull_request={})
    with github(desk) as server:
        found = list(at(server.url).find([Claim(Marker(uuid, "specs/one"), SECOND.format(29))]))
    assert [(item.ref.key, item.marker) for item in found] == [("1", Marker(uuid, "specs/one"))]
    assert asks(server.asked[0])["since"] == "2026-11-22T11:58:29Z"
    assert asks(server.asked[0])["sort"] == "created"


def event(kind: str, second: int, **parts: Any) -> dict[str, Any]:
    return {"event": kind, "created_at": SECOND.format(second), "actor": {"login": "zoe"}} | parts


def test_history_is_told_in_words() -> None:
    events = [
        event("labeled", 1, label={"name": "status:in-progress"}),
        event("subscribed", 2),
        event("renamed", 3, rename={"from": "a", "to": "b"}),
        event("closed", 4, state_reason="not_planned"),
        event("unlabeled", 5, label={"name": "status:in-progress"}),
        event("reopened", 6, actor=None),
        event("closed", 7, state_reason=None),
        event("assigned", 8, assignee={"login": "bob"}),
        event("labeled", 9, label={"name": "Bug"}),
        event("unassigned", 10, assignee={"login": "bob"}),
    ]
    with github(lambda _asked: Reply(200, events)) as server:
        told = list(at(server.url).history(ItemRef("1001", "1"), SECOND.format(3)))
    assert [(each.field, each.word, each.who) for each in told] == [
        ("title", "b", "zoe"),
        ("status", "closed/not_planned", "zoe"),
        ("status", "open", ""),
        ("status", "closed/completed", "zoe"),
        ("assignee", "bob", "zoe"),
        ("tags:bug", "Bug", "zoe"),
        ("assignee", None, "zoe"),
    ]


def test_comments_of_many_items_come_from_one_listing() -> None:
    def comment(number: int, key: int) -> dict[str, Any]:
        times = {"created_at": SECOND.format(number), "updated_at": SECOND.format(number)}
        url = f"https://api.github.example/repos/{PROJECT}/issues/{key}"
        return {"id": number, "body": f"c{number}", "issue_url": url, "user": None} | times

    newest_first = [comment(3, 2), comment(2, 99), comment(1, 1)]
    with github(lambda _asked: Reply(200, newest_first)) as server:
        refs = [ItemRef(str(1000 + n), str(n)) for n in range(1, 13)]
        found = list(at(server.url).comments(refs, SECOND.format(0)))
    assert [(each.ref.key, each.body) for each in found] == [("1", "c1"), ("2", "c3")]
    assert asks(server.asked[0])["since"] == SECOND.format(0)
    assert len(server.asked) == 1


# The account


def test_the_account_says_what_is_missing() -> None:
    told = {
        "X-OAuth-Scopes": "gist, read:org",
        "GitHub-Authentication-Token-Expiration": "2026-12-01 08:00:00 UTC",
    }
    repository = {"private": True, "archived": True, "permissions": {"pull": True, "push": False}}
    with github(Desk(headers=told, repository=repository)) as server:
        account = at(server.url).check()
    assert (account.login, account.private, account.can_write) == ("octocat", True, False)
    assert account.rights == ("pull", "scope gist", "scope read:org", "token expires 2026-12-01 08:00:00 UTC")
    assert account.missing == (
        "write access to the repository",
        "the token's scope repo",
        "a repository that is not archived (this one is read-only)",
    )


def test_an_apps_token_is_nobody_and_good() -> None:
    nobody = Reply(403, {"message": "Resource not accessible by integration"})
    with github(Desk(before=lambda asked: nobody if asked.path == "/user" else None)) as server:
        account = at(server.url).check()
    assert (account.login, account.can_write) == ("", True)


# Events


PAYLOAD = {"action": "edited", "issue": {"number": 7}, "repository": {"full_name": "Octocat/Specs"}}


def body(**parts: Any) -> bytes:
    return json.dumps(PAYLOAD | parts).encode()


@pytest.mark.parametrize(
    ("headers", "raw", "keys"),
    [
        ({"X-GitHub-Event": "issues"}, body(), {"7"}),
        ({"x-github-event": "issue_comment"}, body(), {"7"}),
        ({"X-GitHub-Event": "push"}, body(), set()),
        ({"X-GitHub-Event": "issues"}, body(repository={"full_name": "octocat/other"}), set()),
        ({"X-GitHub-Event": "issue_comment"}, body(issue={"number": 7, "pull_request": {}}), set()),
        ({"X-GitHub-Event": "issues"}, body(issue={"number": "../7"}), set()),
        ({"X-GitHub-Event": "issues"}, b"[" * 100_000, set()),
        ({"X-GitHub-Event": "issues"}, b"[]", set()),
        (
            {"X-GitHub-Event": "issues", "Content-Type": "application/x-www-form-urlencoded"},
            b"payload=" + quote(body()).encode(),
            {"7"},
        ),
    ],
)
def test_events_name_the_items_of_this_repository(
    headers: dict[str, str], raw: bytes, keys: set[str]
) -> None:
    assert at("http://localhost").parse_event(headers, raw) == keys
