"""Between the socket and the application: who may speak at all, the request log, latency and faults.

A WSGI layer, so that it can withhold an answer after the application has done its work. Knows waitress's
way of closing a connection, and of GitHub only the words its faults answer with.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, TextIO
from wsgiref.handlers import format_date_time

from waitress.channel import ClientDisconnected

from lspec_git.errors import UsageError
from lspec_git.sandbox import github_errors
from lspec_git.sandbox.clock import Clock
from lspec_git.sandbox.faults import Fault, Plan
from lspec_git.sandbox.github import is_page
from lspec_git.sandbox.github_errors import Refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
PROXY_PAGE = (
    b"<!doctype html><html><head><title>Sign in</title></head>"
    b"<body><h1>Sign in to the guest network</h1></body></html>"
)
GARBAGE = b'{"id": 1, "numb\x00\xff\xfe'


@dataclass(frozen=True, slots=True)
class Request:
    """One request that reached the tracker. `status` None: the connection closed without an answer."""

    method: str
    path: str
    query: str
    status: int | None
    fault: str | None = None


@dataclass(slots=True)
class Answer:
    """What the application gave back, held until it is decided whether to send it."""

    status: int = 500
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


class Journal:
    """Every request, in memory and, where a path is given, as JSON lines. Holds no header: no token.

    Raises UsageError for a path that cannot be written.
    """

    def __init__(self, log: Path | None) -> None:
        self._lock = threading.Lock()
        self._entries: list[Request] = []
        try:
            self._file: TextIO | None = log.open("a", encoding="utf-8") if log else None
        except OSError as error:
            raise UsageError(f"cannot write {log}: {error.strerror}", "choose another --log") from None

    def add(self, entry: Request) -> None:
        with self._lock:
            self._entries.append(entry)
            if self._file:
                shown = {
                    "method": entry.method,
                    "path": entry.path,
                    "query": entry.query,
                    "status": entry.status,
                }
                self._file.write(json.dumps(shown | ({"fault": entry.fault} if entry.fault else {})) + "\n")
                self._file.flush()

    def entries(self) -> list[Request]:
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        with self._lock:
            self._entries = []

    def close(self) -> None:
        with self._lock:
            if self._file:
                self._file.close()
            self._file = None


class Wire:
    """The outermost WSGI layer."""

    def __init__(
        self, app: WSGIApplication, faults: Plan, journal: Journal, clock: Clock, latency: float
    ) -> None:
        self.app = app
        self.faults = faults
        self.journal = journal
        self.clock = clock
        self.latency = latency

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if not is_loopback(environ.get("HTTP_HOST", "")):
            return _send(_plain(421, b"this tracker answers on loopback names only\n"), start)
        path = environ["PATH_INFO"]
        if is_page(path) and not path.startswith("/repositories/"):
            return self.app(environ, start)
        struck = self.faults.strike(environ["REQUEST_METHOD"], path)
        answer = self._answer(environ, struck)
        self._note(environ, answer, struck)
        if answer is None:
            # waitress closes the connection on this, having sent nothing (waitress 3.0, channel.service)
            raise ClientDisconnected
        return _send(answer, start)

    def _answer(self, environ: WSGIEnvironment, struck: tuple[Fault, ...]) -> Answer | None:
        time.sleep(self.latency + sum(f.value for f in struck if f.kind == "slow"))
        lags = [f.value for f in struck if f.kind == "list-lag"]
        if lags:
            environ["sandbox.listed_until"] = self.clock.now() - max(lags)
        fault = next((f for f in struck if f.kind not in ("slow", "list-lag")), None)
        return self._call(environ) if fault is None else self._failed(environ, fault)

    def _failed(self, environ: WSGIEnvironment, fault: Fault) -> Answer | None:
        if fault.kind in ("lost-answer", "status-after", "garbage"):
            self._call(environ)
        if fault.kind in ("drop-before", "lost-answer"):
            return None
        if fault.kind == "html-proxy":
            return Answer(200, _headers("text/html; charset=utf-8", PROXY_PAGE), PROXY_PAGE)
        if fault.kind == "garbage":
            return Answer(200, _headers("application/json; charset=utf-8", GARBAGE), GARBAGE)
        return self._refused(fault)

    def _refused(self, fault: Fault) -> Answer:
        now = self.clock.second()
        if fault.kind == "secondary-limit":
            refusal = github_errors.secondary_limit(60 if fault.retry_after is None else fault.retry_after)
        elif fault.kind == "primary-limit":
            refusal = github_errors.primary_limit("user", now + (fault.retry_after or 3600), 5000)
        else:
            refusal = Refusal(fault.status, HTTPStatus(fault.status).phrase)
            if fault.retry_after is not None:
                refusal.headers["Retry-After"] = str(fault.retry_after)
        refusal.headers["Date"] = format_date_time(now)  # limits end by this clock, not by the machine's
        body = json.dumps(refusal.body).encode()
        return Answer(refusal.status, [*_headers("application/json", body), *refusal.headers.items()], body)

    def _call(self, environ: WSGIEnvironment) -> Answer:
        answer = Answer()

        def start(status: str, headers: list[tuple[str, str]], *_: object) -> None:
            answer.status, answer.headers = int(status.split(" ", 1)[0]), headers

        chunks = self.app(environ, start)  # type: ignore[arg-type]  # never asked for the write callable
        try:
            answer.body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close:
                close()
        return answer

    def _note(self, environ: WSGIEnvironment, answer: Answer | None, struck: tuple[Fault, ...]) -> None:
        self.journal.add(
            Request(
                environ["REQUEST_METHOD"],
                environ["PATH_INFO"],
                environ.get("QUERY_STRING", ""),
                None if answer is None else answer.status,
                ", ".join(fault.spec for fault in struck) or None,
            )
        )


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine: a page whose DNS name points here must not reach us."""
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    return name in LOOPBACK


def _plain(status: int, body: bytes) -> Answer:
    return Answer(status, _headers("text/plain; charset=utf-8", body), body)


def _headers(content_type: str, body: bytes) -> list[tuple[str, str]]:
    return [("Content-Type", content_type), ("Content-Length", str(len(body)))]


def _send(answer: Answer, start: StartResponse) -> Iterable[bytes]:
    start(f"{answer.status} {HTTPStatus(answer.status).phrase}", answer.headers)
    return [answer.body]
