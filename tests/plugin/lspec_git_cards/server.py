"""The tracker itself: a box of cards in memory, over HTTP on this machine; run it with `python -m`."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import RLock
from typing import Any

TOKEN = "let-me-in"
WORDS = ("todo", "doing", "done", "dropped")


class Box(ThreadingHTTPServer):
    """Cards by key. `asked` counts requests; `lose` holds, for the next ones, whether they land."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock, self.count, self.cards = RLock(), 0, dict[str, dict[str, Any]]()
        self.asked, self.lose = 0, list[bool]()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, fields: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            key = str(len(self.cards) + 1)
            fixed = {"id": f"card-{key}", "key": key, "created": now(), "comments": []}
            self.cards[key] = {"status": "todo", **fixed}
            return self.set(key, fields)

    def set(self, key: str, fields: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            self.count += 1
            self.cards[key] = {**self.cards[key], **fields, "count": self.count}
            return self.cards[key]

    def say(self, key: str, body: str) -> None:
        with self.lock:
            said = {"id": f"{key}.{self.count}", "by": "eve", "at": now(), "body": body}
            self.set(key, {"comments": [*self.cards[key]["comments"], said]})

    def there(self, key: str) -> dict[str, Any] | None:
        card = self.cards.get(key)
        return None if card is None or card.get("gone") else card

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that was dropped on purpose."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Box

    def do_GET(self) -> None:
        self._handle()

    do_POST = do_PATCH = do_GET

    def _handle(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        self.server.asked += 1
        landed = self.server.lose.pop(0) if self.server.lose else None
        if landed is None:
            self._send(*self._answer(body))
            return
        if landed:
            self._answer(body)
        self.close_connection = True

    def _answer(self, body: dict[str, Any]) -> tuple[int, object]:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "who are you?"}
        found = re.fullmatch(r"/boxes/inbox(/cards)?(?:/(\d+))?(?:\?after=(-?\d+))?", self.path)
        if not found:
            return 404, {"message": "no such box"}
        if not found[1]:
            return 200, {"you": "ada"}
        if found[2]:
            return self._one(found[2], body)
        return self._all(int(found[3] or 0)) if self.command == "GET" else self._new(body)

    def _all(self, after: int) -> tuple[int, object]:
        with self.server.lock:
            cards = [
                card for card in self.server.cards.values() if card["count"] > after and not card.get("gone")
            ]
            return 200, {"count": self.server.count, "cards": cards}

    def _new(self, body: dict[str, Any]) -> tuple[int, object]:
        wrong = not body.get("title") or body.get("status", "todo") not in WORDS
        return (
            (422, {"message": "a card needs a title and a status"}) if wrong else (201, self.server.add(body))
        )

    def _one(self, key: str, body: dict[str, Any]) -> tuple[int, object]:
        card = self.server.there(key)
        if card is None:
            return 404, {"message": "no such card"}
        return 200, card if self.command == "GET" else self.server.set(key, body)

    def _send(self, status: int, said: object) -> None:
        raw = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    with Box() as box:
        sys.stdout.write(f"{box.url}\n")
        sys.stdout.flush()
        box.serve_forever()
