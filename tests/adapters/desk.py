"""One repository's issues as a scripted answer: just enough of GitHub to count calls and to refuse some."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.adapters.wire import Asked, Reply

PROJECT = "octocat/specs"
SECOND = "2026-11-22T12:00:{:02d}Z"


def issue(number: int = 1, **parts: Any) -> dict[str, Any]:
    """An issue's JSON."""
    return {
        "id": 1000 + number,
        "number": number,
        "title": f"issue {number}",
        "state": "open",
        "state_reason": None,
        "labels": [],
        "assignees": [],
        "body": None,
        "html_url": f"https://github.example/{PROJECT}/issues/{number}",
        "created_at": SECOND.format(0),
        "updated_at": SECOND.format(0),
    } | parts


@dataclass
class Desk:
    """Answers for a repository. `before` may answer instead, per request; None passes on."""

    issues: dict[int, dict[str, Any]] = field(default_factory=dict)
    can_write: bool = True
    assignable: tuple[str, ...] = ("octocat", "alice")
    repository: dict[str, Any] = field(default_factory=dict)
    before: Callable[[Asked], Reply | None] = lambda _: None
    headers: Mapping[str, str] = field(default_factory=dict)
    clock: int = 0

    def __call__(self, asked: Asked) -> Reply:
        special = self.before(asked)
        return special if special is not None else self._route(asked)

    def add(self, **parts: Any) -> int:
        number = len(self.issues) + 1
        self.issues[number] = issue(number, **parts)
        return number

    def _route(self, asked: Asked) -> Reply:
        path = asked.path.partition("?")[0]
        if path == "/user":
            return Reply(200, {"login": "octocat"}, self.headers)
        if path == f"/repos/{PROJECT}":
            return Reply(200, {"full_name": PROJECT, "has_issues": True} | self.repository, self.headers)
        if path == f"/repos/{PROJECT}/issues":
            return self._create(asked.body) if asked.method == "POST" else self._list()
        found = re.fullmatch(rf"/repos/{PROJECT}/issues/(\d+)(/labels|/assignees)?(?:/(.+))?", path)
        if not found or int(found[1]) not in self.issues:
            return Reply(404, {"message": "Not Found"})
        return self._one(asked, self.issues[int(found[1])], found[2], unquote(found[3] or ""))

    def _list(self) -> Reply:
        return Reply(200, sorted(self.issues.values(), key=lambda each: each["updated_at"], reverse=True))

    def _create(self, body: dict[str, Any]) -> Reply:
        unknown = [each for each in body.get("assignees", []) if each not in self.assignable]
        if unknown:
            error = {"resource": "Issue", "field": "assignees", "code": "invalid", "value": unknown}
            return Reply(422, {"message": "Validation Failed", "errors": [error]})
        number = self.add(title=body["title"], body=body["body"])
        made = self._touch(self.issues[number])
        if self.can_write:
            made["labels"] = [{"name": each} for each in body.get("labels", [])]
            made["assignees"] = [{"login": each} for each in body.get("assignees", [])]
        return Reply(201, made)

    def _one(self, asked: Asked, this: dict[str, Any], part: str | None, name: str) -> Reply:
        match asked.method, part:
            case "PATCH", None:
                self._touch(this).update(asked.body)
                return Reply(200, this)
            case "POST", "/labels":
                return self._label(this, asked.body["labels"])
            case "DELETE", "/labels":
                return self._unlabel(this, name)
            case "POST", "/assignees":
                known = [each for each in asked.body["assignees"] if each in self.assignable]
                self._touch(this)["assignees"] += [{"login": each} for each in known]
                return Reply(201, this)
            case "DELETE", "/assignees":
                gone = asked.body["assignees"]
                self._touch(this)["assignees"] = [e for e in this["assignees"] if e["login"] not in gone]
                return Reply(200, this)
        return Reply(200, this)

    def _label(self, this: dict[str, Any], names: list[str]) -> Reply:
        if any(len(each) > 50 for each in names):
            error = {"resource": "Label", "field": "name", "code": "too_long"}
            return Reply(422, {"message": "Validation Failed", "errors": [error]})
        borne = {each["name"].lower() for each in this["labels"]}
        self._touch(this)["labels"] += [{"name": each} for each in names if each.lower() not in borne]
        return Reply(200, this["labels"])

    def _unlabel(self, this: dict[str, Any], name: str) -> Reply:
        left = [each for each in this["labels"] if each["name"].lower() != name.lower()]
        if len(left) == len(this["labels"]):
            return Reply(404, {"message": "Label does not exist"})
        self._touch(this)["labels"] = left
        return Reply(200, left)

    def _touch(self, this: dict[str, Any]) -> dict[str, Any]:
        self.clock += 1
        this["updated_at"] = SECOND.format(self.clock)
        return this
