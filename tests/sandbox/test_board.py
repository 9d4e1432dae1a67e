"""The board's own requests, and who may send them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
import requests

from lspec_git.sandbox.server import Sandbox
from tests.sandbox.conftest import PROJECT, Client


def _edit(client: Client, **change: object) -> requests.Response:
    return client("POST", "/_board/edit", {"project": PROJECT, **change}, headers={"Origin": client.url})


def _cards(client: Client) -> dict[int, dict[str, Any]]:
    state = client("GET", "/_board/state").json()
    return {card["number"]: card for card in state["projects"][PROJECT]}


def test_cards_stand_in_the_column_of_their_state(client: Client, sandbox: Sandbox) -> None:
    store = sandbox.store
    for labels in ([], ["Status:In-Progress"], [], [], ["status:x"]):
        store.create(PROJECT, "x", labels=labels)
    store.edit(PROJECT, 3, state="closed")
    store.edit(PROJECT, 4, state="closed", reason="not_planned")
    store.edit(PROJECT, 5, state="closed", reason="duplicate")
    columns = [card["column"] for card in _cards(client).values()]
    assert columns == ["open", "status", "completed", "not_planned", "not_planned"]


@pytest.mark.parametrize("start", ["open", "status", "completed", "not_planned"])
@pytest.mark.parametrize("goal", ["open", "status", "completed", "not_planned"])
def test_a_card_moves_from_any_column_to_any(client: Client, sandbox: Sandbox, start: str, goal: str) -> None:
    sandbox.store.create(PROJECT, "x", labels=["keep"])
    for column in (start, goal):
        assert _edit(client, number=1, column=column).status_code == 204
        assert _cards(client)[1]["column"] == column
    assert "keep" in sandbox.store.issue(PROJECT, 1).label_names
    if start != goal:
        assert sandbox.store.events(PROJECT, 1)[-1].actor == "mona"


def test_the_other_edits(client: Client, sandbox: Sandbox) -> None:
    assert _edit(client, new="made here").status_code == 204
    for change in (
        {"title": "renamed"},
        {"label": "a"},
        {"label": "b"},
        {"unlabel": "A"},
        {"assignee": "bob"},
    ):
        assert _edit(client, number=1, **change).status_code == 204
    assert _edit(client, number=1, comment="<b>hi</b>").status_code == 204
    issue = sandbox.store.issue(PROJECT, 1)
    assert (issue.title, issue.label_names, issue.assignees, issue.comments) == (
        "renamed",
        ("b",),
        ("bob",),
        1,
    )
    assert _cards(client)[1]["comments"] == [{"author": "mona", "body": "<b>hi</b>"}]


@pytest.mark.parametrize(
    "change",
    [
        {"number": 9, "title": "x"},
        {"number": 1, "column": "moon"},
        {"number": 1, "title": " "},
        {"number": 1},
        {"number": "x"},
        {"number": 1, "assignee": "nobody"},
        {"project": "no/where", "new": "x"},
    ],
)
def test_edits_that_make_no_sense_are_refused(
    client: Client, sandbox: Sandbox, change: dict[str, object]
) -> None:
    sandbox.store.create(PROJECT, "x")
    before = sandbox.store.version
    assert _edit(client, **change).status_code == 400
    assert sandbox.store.version == before


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null", "http://127.0.0.1:1"])
def test_other_sites_cannot_edit(client: Client, sandbox: Sandbox, origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}
    sent = client("POST", "/_board/edit", {"project": PROJECT, "new": "x"}, headers=headers)
    assert sent.status_code == 403
    assert sandbox.store.issues(PROJECT) == ()


@pytest.mark.parametrize("path", ["/", "/_board/state", "/user"])
def test_a_foreign_name_for_loopback_is_refused(client: Client, path: str) -> None:
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "localhost.evil.example:1"):
        assert client("GET", path, headers={"Host": host}).status_code in (400, 421)
    for host in ("localhost", "127.0.0.1:99", "[::1]:80", "[::1]"):
        assert client("GET", path, headers={"Host": host}).status_code == 200


def test_nothing_new_is_said_shortly(client: Client, sandbox: Sandbox) -> None:
    version = client("GET", "/_board/state").json()["version"]
    assert client("GET", f"/_board/state?version={version}").status_code == 204
    sandbox.store.create(PROJECT, "x")
    assert client("GET", f"/_board/state?version={version}").status_code == 200


class _Addresses(HTMLParser):
    """Collects what a page refers to, and inline code, which its policy would block."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [value for key in ("src", "href", "action") if (value := given.get(key))]
        self.ids += [value for value in (given.get("id"),) if value]
        self.inline += [key for key in given if key.startswith("on") or key == "style"]
        if tag in ("script", "style") and not given.get("src"):
            self.inline.append(tag)


def test_the_page_needs_nothing_from_elsewhere(client: Client) -> None:
    answer = client("GET", "/")
    page = _Addresses()
    page.feed(answer.text)
    assert page.inline == []
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for address in page.found:
        assert client("GET", address).status_code == 200
    script, style = client("GET", "/_board/board.js").text, client("GET", "/_board/board.css").text
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", script + style) == []
    assert set(re.findall(r"(?:find|whenSent)\(\"(\w+)\"", script)) <= set(page.ids)
    assert "innerHTML" not in script


def test_an_issues_address_leads_to_its_card(client: Client, sandbox: Sandbox) -> None:
    sandbox.store.create(PROJECT, "x")
    page = client.at("GET", "/issues/1").json()["html_url"]
    assert client("GET", page).headers["Location"] == f"/?project={PROJECT}#1"


def test_the_boards_requests_are_no_requests_of_the_tracker(client: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("*:500")
    assert client("GET", "/_board/state").status_code == 200
    assert sandbox.requests == []
