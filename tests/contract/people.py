"""Somebody who works on GitHub's REST API by hand: plain requests, not through the adapter."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import requests

from lspec_git.adapters.base import ItemRef
from tests.adapters.wire import Passing


class GitHubPerson:
    """Asks the server directly; what the adapter asks goes through `wire`, which counts and loses it."""

    def __init__(self, api_url: str, token: str, project: str, wire: Passing) -> None:
        self._base, self._token, self._wire = f"{api_url}/repos/{project}/issues", token, wire

    def add(self, title: str) -> ItemRef:
        raw = self._ask("POST", "", {"title": title})
        return ItemRef(str(raw["id"]), str(raw["number"]))

    def edit(self, ref: ItemRef, words: Mapping[str, str | None]) -> None:
        for name, word in words.items():
            if name == "title":
                self._ask("PATCH", f"/{ref.key}", {"title": word})
            elif name == "status":
                self._status(ref, word or "open")
            elif name == "assignee":
                self._ask("PATCH", f"/{ref.key}", {"assignees": word.split(",") if word else []})
            elif name.startswith("tags:"):
                self._label(ref, name.removeprefix("tags:"), word)
            else:
                self._label(ref, f"{name}:", word)

    def remove(self, ref: ItemRef) -> None:
        raise NotImplementedError("REST cannot delete issues")

    def say(self, ref: ItemRef, body: str) -> None:
        self._ask("POST", f"/{ref.key}/comments", {"body": body})

    def pass_time(self) -> None:
        """Times are whole seconds: the next second has begun afterwards."""
        time.sleep(1.0 - time.time() % 1.0 + 0.01)

    def requests(self) -> int:
        return len(self._wire.asked)

    def lose(self, *, landed: bool) -> None:
        self._wire.lose(landed=landed)

    def _status(self, ref: ItemRef, word: str) -> None:
        head, _, label = word.partition(" + ")
        state, _, reason = head.partition("/")
        if state == "closed":
            self._ask("PATCH", f"/{ref.key}", {"state": "open"})
        self._ask("PATCH", f"/{ref.key}", {"state": state} | ({"state_reason": reason} if reason else {}))
        self._label(ref, "status:", label or None)

    def _label(self, ref: ItemRef, family: str, label: str | None) -> None:
        borne = [each["name"] for each in self._ask("GET", f"/{ref.key}")["labels"]]
        for each in borne:
            if each.lower().startswith(family.lower()) and each != label:
                self._ask("DELETE", f"/{ref.key}/labels/{each.replace(':', '%3A')}")
        if label and label not in borne:
            self._ask("POST", f"/{ref.key}/labels", {"labels": [label]})

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/vnd.github+json"}
        answer = requests.request(method, self._base + path, json=body, headers=headers, timeout=20)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None
