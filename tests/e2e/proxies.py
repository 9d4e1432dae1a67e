"""A company's proxy on loopback: it tunnels, wants a password perhaps, and keeps what it sees."""

from __future__ import annotations

import base64
import select
import socket
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer

from tests.loopback import Serving

REFUSED = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
DEAD = "http://127.0.0.1:9"
"""Nobody listens at the discard port."""


@dataclass
class Proxy(Serving):
    """Tunnels every CONNECT to one port of this machine, whatever was asked for, and keeps what it saw."""

    port_behind: int
    login: str = ""
    """`user:password` that it wants; empty: anybody may."""
    heads: list[str] = field(default_factory=list)
    seen: bytearray = field(default_factory=bytearray)
    """All bytes that came from the client, the tunnel's included."""

    def __post_init__(self) -> None:
        super().__init__(_Listener(("127.0.0.1", 0), _handler(self)))

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def asked_for(self) -> set[str]:
        """The places that tunnels were asked for."""
        return {head.split()[1] for head in self.heads}


class _Listener(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the tests."""


def _handler(proxy: Proxy) -> type[BaseRequestHandler]:
    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            head = b""
            while b"\r\n\r\n" not in head and (part := self.request.recv(65536)):
                head += part
            proxy.seen += head
            proxy.heads.append(head.decode("latin-1"))
            wanted = f"Basic {base64.b64encode(proxy.login.encode()).decode()}"
            if proxy.login and f"proxy-authorization: {wanted}".lower() not in proxy.heads[-1].lower():
                self.request.sendall(REFUSED)
                return
            with socket.create_connection(("127.0.0.1", proxy.port_behind)) as behind:
                self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                _tunnel(proxy, self.request, behind)

    return Handler


def _tunnel(proxy: Proxy, client: socket.socket, behind: socket.socket) -> None:
    while True:
        for end in select.select([client, behind], [], [])[0]:
            part = end.recv(65536)
            if not part:
                return
            if end is client:
                proxy.seen += part
            (behind if end is client else client).sendall(part)
