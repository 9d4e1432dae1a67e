"""Every answer of the sandbox against GitHub's own OpenAPI description, read strictly.

Strictly: a key that the description does not list is an error too, in answers and in what the test sends.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from lspec_git.sandbox.model import Project
from lspec_git.sandbox.server import Sandbox
from tests.conftest import node_folder
from tests.sandbox.conftest import PROJECT, Client

openapi_core = pytest.importorskip("openapi_core")
for_requests = pytest.importorskip("openapi_core.contrib.requests")

pytestmark = pytest.mark.node

Schema = Mapping[str, Any]
SERVED = ("/repos/{owner}/{repo}/issues", "/repos/{owner}/{repo}/labels", "/repos/{owner}/{repo}/assignees")
ALSO_SERVED = ("/user", "/rate_limit", "/repos/{owner}/{repo}", "/repos/{owner}/{repo}/milestones")


@pytest.fixture(scope="session")
def description() -> dict[str, Any]:
    """GitHub's description, cut down to the paths served, with its known mistakes mended."""
    file = Path(node_folder() / "api.github.com.json")
    if not file.is_file():
        pytest.skip("needs api.github.com.json (from npm's @octokit/openapi 23.0.2) in LSPEC_NODE")
    whole: dict[str, Any] = json.loads(file.read_text("utf-8"))
    whole["paths"] = {p: ops for p, ops in whole["paths"].items() if p.startswith(SERVED) or p in ALSO_SERVED}
    _mend(whole["components"]["schemas"])
    return whole


def _mend(schemas: dict[str, Any]) -> None:
    """Where the real service is known to answer other than its description says."""
    for name in ("issue", "nullable-issue"):
        # null for an issue that was never closed; the enum forgets it although the key is nullable
        schemas[name]["properties"]["state_reason"]["enum"].append(None)
    # every error carries the status in its body, a failed validation too
    schemas["validation-error"]["properties"]["status"] = {"type": "string"}
    # closed and reopened are in the timeline's list of alternatives, but missing in that of an issue's events
    schemas["issue-event-for-issue"]["anyOf"].append(
        {"$ref": "#/components/schemas/state-change-issue-event"}
    )


class Strict:
    """Walks a value along its schema and names the keys that the schema does not list."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        self.description = description

    def unlisted(self, value: object, schema: Schema, where: str = "$") -> Iterator[str]:
        parts = list(self._parts(schema))
        if isinstance(value, list):
            items = [part["items"] for part in parts if "items" in part]
            for index, each in enumerate(value if items else []):
                yield from self.unlisted(each, {"anyOf": items}, f"{where}[{index}]")
        if isinstance(value, dict):
            yield from self._unlisted_keys(value, parts, where)

    def _unlisted_keys(self, value: dict[str, Any], parts: list[Schema], where: str) -> Iterator[str]:
        listed = [part["properties"] for part in parts if "properties" in part]
        if any(part.get("additionalProperties") for part in parts) or not listed:
            return
        for key, each in value.items():
            known = [properties[key] for properties in listed if key in properties]
            if not known:
                yield f"{where}.{key}"
            yield from self.unlisted(each, {"anyOf": known}, f"{where}.{key}")

    def _parts(self, schema: Schema) -> Iterable[Schema]:
        """A schema and all its alternatives, with references followed."""
        while "$ref" in schema:
            schema = self._resolve(schema["$ref"])
        yield schema
        for keyword in ("allOf", "anyOf", "oneOf"):
            for each in schema.get(keyword, ()):
                yield from self._parts(each)

    def _resolve(self, reference: str) -> Schema:
        found: Any = self.description
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        return dict(found)

    def content(self, holder: Mapping[str, Any]) -> Schema | None:
        while "$ref" in holder:
            holder = self._resolve(holder["$ref"])
        content = holder.get("content", {})
        found = content.get("application/json") or content.get("application/scim+json")
        return dict(found["schema"]) if found else None


class Checked(Client):
    """A client that holds each exchange against the description."""

    def __init__(self, url: str, token: str | None, description: dict[str, Any]) -> None:
        super().__init__(url, token)
        whole = {**description, "servers": [{"url": url}]}
        self.api = openapi_core.OpenAPI.from_dict(whole, config=openapi_core.Config(spec_validator_cls=None))
        self.strict = Strict(whole)
        self.exchanges = 0

    def __call__(self, method: str, path: str, body: object = None, **more: object) -> requests.Response:
        answer = super().__call__(method, path, body, **more)
        self.exchanges += 1
        if "/repositories/" in (answer.request.url or "") or answer.status_code == 304:
            return answer
        sent = for_requests.RequestsOpenAPIRequest(answer.request)
        if answer.status_code < 400:
            self.api.validate_request(sent)
        operation = self._operation(method, answer.request.path_url.partition("?")[0])
        described = operation["responses"].get(str(answer.status_code))
        assert described is not None, f"{method} {path} never answers {answer.status_code}"
        if answer.content:
            self.api.validate_response(sent, for_requests.RequestsOpenAPIResponse(answer))
            schema = self.strict.content(described)
            assert schema is not None
            assert list(self.strict.unlisted(answer.json(), schema)) == []
        if answer.status_code < 400 and body is not None:
            schema = self.strict.content(operation["requestBody"])
            assert schema is not None
            assert list(self.strict.unlisted(body, schema)) == []
        return answer

    def _operation(self, method: str, path: str) -> Mapping[str, Any]:
        paths: Mapping[str, Any] = self.strict.description["paths"]
        steps = path.strip("/").split("/")
        fitting = [p for p in paths if _fits(p.strip("/").split("/"), steps)]
        return dict(paths[min(fitting, key=lambda p: p.count("{"))][method.lower()])


def _fits(template: list[str], steps: list[str]) -> bool:
    return len(template) == len(steps) and all(
        t.startswith("{") or t == s for t, s in zip(template, steps, strict=True)
    )


@pytest.fixture
def checked(sandbox: Sandbox, description: dict[str, Any]) -> Iterator[Checked]:
    made = Checked(sandbox.url, sandbox.token, description)
    yield made
    made.close()


def test_strict_walk_sees_an_unlisted_key(description: dict[str, Any]) -> None:
    strict = Strict(description)
    schema = {"$ref": "#/components/schemas/issue"}
    value = {"title": "t", "surprise": 1, "user": {"login": "a", "nick": "b"}}
    assert list(strict.unlisted(value, schema)) == ["$.surprise", "$.user.nick"]


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
