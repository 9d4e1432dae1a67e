"""Servers on loopback for tests of the wire: one answers as told, one passes on and loses things.

Real HTTP over real sockets; each stops by itself at the end of its `with` block.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol
from urllib.parse import urlsplit

import trustme

from tests.loopback import Serving

DATE = "Sun, 22 Nov 2026 12:00:00 GMT"


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any = None


@dataclass(frozen=True)
class Reply:
    """What to answer; `data` that is bytes goes out as it is, byte by byte with `drip` seconds in between."""

    status: int = 200
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: float = 0.0
    cut: bool = False
    """Close the connection in the middle of the body."""
    odd: bool = False
    """Deliberately not what the tracker would answer: no description is held against it."""


class Description(Protocol):
    """What a tracker publishes about its API: what it has against an exchange, in words."""

    def request_faults(self, method: str, target: str, body: object) -> list[str]: ...

    def answer_faults(self, method: str, target: str, status: int, data: object) -> list[str]: ...

    def filled(self, method: str, target: str, status: int, data: object) -> object: ...


class Drop(Exception):
    """Read the request, and close the connection without an answer."""


def authority(folder: Path) -> tuple[trustme.CA, Path]:
    """A new CA, and the file that names it."""
    ca, file = trustme.CA(), folder / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return ca, file


def certified(ca: trustme.CA, *names: str) -> ssl.SSLContext:
    """A server's side of TLS under these names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*names).configure_cert(context)
    return context


class Server(Serving):
    """Runs `answer` for every request on a free port of 127.0.0.1, and keeps what was asked.

    With a description every exchange is held against it, and the `with` block ends in an AssertionError
    that lists what it has against them. A script tells what matters to its test: keys that the tracker
    always sends are filled in.
    """

    def __init__(
        self,
        answer: Callable[[Asked], Reply],
        tls: ssl.SSLContext | None = None,
        described: Description | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.answer, self.asked, self._tls = answer, list[Asked](), tls
        self.described, self.faults = described, list[str]()
        self.protocol, self._name = "HTTP/1.1", "[::1]" if ":" in host else "localhost"
        server = (_QuietSix if ":" in host else _Quiet)((host, 0), _handler(self))
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        super().__init__(server)

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self._name}:{self.port}"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if kind is None:
            assert not self.faults, "\n".join(["not as described:", *dict.fromkeys(self.faults)])

    def exchange(self, asked: Asked) -> Reply:
        """The answer to a request, with both held against the description."""
        self.asked.append(asked)
        if self.described:
            self.faults += self.described.request_faults(asked.method, asked.path, asked.body)
        reply = self.answer(asked)
        if self.described and not reply.odd:
            if not isinstance(reply.data, bytes):
                data = self.described.filled(asked.method, asked.path, reply.status, reply.data)
                reply = replace(reply, data=data)
            self.faults += self._answer_faults(self.described, asked, reply)
        return reply

    def _answer_faults(self, described: Description, asked: Asked, reply: Reply) -> list[str]:
        try:
            data = _loaded(reply.data) if isinstance(reply.data, bytes) else reply.data
        except ValueError:
            return [f"{asked.method} {asked.path} answers {reply.status} with what is no JSON"]
        return described.answer_faults(asked.method, asked.path, reply.status, data)

    def paths(self) -> list[str]:
        """Method and path of every request, without its query."""
        return [f"{each.method} {each.path.partition('?')[0]}" for each in self.asked]


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    address_family = socket.AF_INET

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up (a failed handshake, say) is part of the tests."""


class _QuietSix(_Quiet):
    address_family = socket.AF_INET6


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = server.protocol
        wbufsize = 64 * 1024  # head and body in one packet: else each answer waits 40 ms for a delayed ACK

        def handle_any(self) -> None:
            self.protocol_version = server.protocol
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, self.path, dict(self.headers.items()), _loaded(raw))
            try:
                reply = server.exchange(asked)
            except Drop:
                self._reset()
                return
            self._send(reply)

        do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = handle_any

        def _reset(self) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()

        def _send(self, reply: Reply) -> None:
            body = reply.data if isinstance(reply.data, bytes) else _dumped(reply.data)
            headers = {"Date": DATE, "Content-Type": "application/json", **reply.headers}
            self.send_response_only(reply.status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                if value:
                    self.send_header(name, value)
            self.end_headers()
            if reply.cut:
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
                return
            for part in [bytes([byte]) for byte in body] if reply.drip else [body]:
                self.wfile.write(part)
                if reply.drip:
                    self.wfile.flush()
                    time.sleep(reply.drip)

        def log_message(self, format: str, *args: object) -> None:
            """Tests look at `asked` instead."""

    return Handler


def _is_json(text: str) -> bool:
    try:
        _loaded(text.encode())
    except ValueError:
        return False
    return True


def _loaded(raw: bytes) -> Any:
    return json.loads(raw) if raw else None


def _dumped(data: Any) -> bytes:
    return b"" if data is None else json.dumps(data).encode()


class Passing(Server):
    """Passes everything on to another server under an address of its own, and loses answers on demand.

    What is no JSON was ordered as a fault of the server behind, so no description is held against it.
    """

    def __init__(
        self,
        upstream: str,
        described: Description | None = None,
        tls: ssl.SSLContext | None = None,
        public: str = "",
        host: str = "127.0.0.1",
    ) -> None:
        super().__init__(self._pass_on, tls, described, host)
        self._there, self._public = urlsplit(upstream), public
        self._lose: list[bool] = []

    @property
    def url(self) -> str:
        """How clients call it: the public address where there is one, which a proxy leads here."""
        return self._public.rstrip("/") or super().url

    def lose(self, *, landed: bool) -> None:
        """Lose the answer of the next request; unless `landed` it is not passed on either."""
        self._lose.append(landed)

    def _pass_on(self, asked: Asked) -> Reply:
        landed = self._lose.pop(0) if self._lose else None
        if landed is False:
            raise Drop
        reply = self._upstream(asked)
        if landed:
            raise Drop
        return reply

    def _upstream(self, asked: Asked) -> Reply:
        there = http.client.HTTPConnection(self._there.hostname or "", self._there.port, timeout=20)
        dropped = {"host", "connection", "accept-encoding", "content-length"}
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in dropped}
        try:
            path = asked.path.removeprefix(urlsplit(self.url).path)
            there.request(asked.method, path, _dumped(asked.body) or None, headers)
            answer = there.getresponse()
            body = self._ours(answer.read().decode())
            kept = {"etag", "link", "date", "content-type", "retry-after", "location", "x-oauth-scopes"}
            kept |= {"x-ratelimit-remaining", "x-ratelimit-reset"}
            told = {name: self._ours(value) for name, value in answer.headers.items() if name.lower() in kept}
            headers = {name.title(): value for name, value in told.items()}
            return Reply(answer.status, body.encode(), headers, odd=not _is_json(body))
        finally:
            there.close()

    def _ours(self, text: str) -> str:
        """Addresses in answers must lead back here, or the adapter would rightly not follow them."""
        return text.replace(f"http://{self._there.netloc}", self.url)
