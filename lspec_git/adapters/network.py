"""What a failed connection means: its cause in one line, what to do, and whether the request had left.

Knows the exceptions of requests and urllib3, which raise one class for both "refused" and "dropped after
sending"; knows no tracker. Messages name hosts, never a URL: a proxy's URL may hold a password.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import requests
from urllib3 import exceptions as lower

from lspec_git.adapters.route import Route
from lspec_git.errors import Unreachable

Failed = requests.RequestException | lower.HTTPError
"""Before an answer begins requests raises its own; while a body is read, urllib3's come through."""


class Unsent(Unreachable):
    """The request surely never left: no connection to the host (or its proxy) was made."""


class Lost(Unreachable):
    """The request was sent and no usable answer came back: what it asks for may have happened."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why there was no answer. `lasting`: trying again at once is pointless."""

    message: str
    advice: str
    sent: bool
    lasting: bool = False

    def error(self) -> Unreachable:
        kind = Lost if self.sent else Unsent
        return kind(self.message, self.advice)


def chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and all that it wraps: by cause, by context, and in its arguments as urllib3 does."""
    seen: set[int] = set()
    left: list[BaseException] = [error]
    while left:
        this = left.pop(0)
        if id(this) in seen:
            continue
        seen.add(id(this))
        yield this
        inner = [this.__cause__, this.__context__, getattr(this, "reason", None), *this.args]
        left += [each for each in inner if isinstance(each, BaseException)]


def explain(error: Failed, host: str, timeout: tuple[float, float], route: Route) -> Cause:
    """The cause behind what requests raised while talking to `host`."""
    causes = list(chain(error))
    if isinstance(error, requests.exceptions.InvalidURL):
        return Cause(f"{host} is no usable host name", "correct api_url", sent=False, lasting=True)
    return (
        _untrusted(causes, host, route)
        or _proxy(error, causes, host, route)
        or _tls(causes, host)
        or _not_connected(causes, host, timeout)
        or _broken(error, causes, host, timeout)
    )


def _untrusted(causes: list[BaseException], host: str, route: Route) -> Cause | None:
    found = next((each for each in causes if isinstance(each, ssl.SSLCertVerificationError)), None)
    if found is None:
        return None
    ways = "git config --global http.sslCAInfo /path/to/ca.pem (or export REQUESTS_CA_BUNDLE=/path/to/ca.pem)"
    advice = f"behind a company proxy, name its CA file: {ways}"
    if route.ca:
        advice = f"does {route.ca} ({route.ca_from}) hold the CA of {host}?"
    if route.unverified:
        advice += f"\n{route.unverified} is not followed: the token would go to whoever answers"
    return Cause(
        f"{host} shows a certificate that is not trusted here: {found.verify_message}",
        advice,
        sent=False,
        lasting=True,
    )


def _proxy(error: Failed, causes: list[BaseException], host: str, route: Route) -> Cause | None:
    if not isinstance(error, requests.exceptions.ProxyError):
        return None
    said = _proxy_said(causes)
    if not said:
        return Cause(
            f"the proxy {route.proxy_place} on the way to {host} cannot be reached{_errno(causes)}",
            f"check {route.proxy_from}, and NO_PROXY",
            sent=False,
        )
    advice = f"check {route.proxy_from}, and NO_PROXY"
    if said.startswith("407"):
        advice = f"it wants USER:PASSWORD@ before {route.proxy_place} in {route.proxy_from}"
    return Cause(
        f"the proxy does not let us through to {host} ({said})",
        advice,
        sent=False,
        lasting=said.startswith("4"),
    )


def _proxy_said(causes: list[BaseException]) -> str:
    """What a proxy answered to our wish to be let through, on one short line; empty if nothing."""
    for each in causes:
        if isinstance(each, OSError) and str(each).startswith("Tunnel connection failed"):
            return " ".join(str(each).removeprefix("Tunnel connection failed: ").split())[:80]
    return ""


def _tls(causes: list[BaseException], host: str) -> Cause | None:
    """TLS trouble other than trust. It may come while reading an answer too: it counts as sent."""
    for each in causes:
        if isinstance(each, ssl.SSLError):
            why = (each.reason or "handshake failed").replace("_", " ").lower()
            return Cause(
                f"no secure connection to {host}: {why}", "check api_url, and any proxy in between", sent=True
            )
    return None


def _not_connected(causes: list[BaseException], host: str, timeout: tuple[float, float]) -> Cause | None:
    if not any(isinstance(each, lower.NewConnectionError | lower.ConnectTimeoutError) for each in causes):
        return None
    if any(isinstance(each, lower.NameResolutionError | socket.gaierror) for each in causes):
        return Cause(
            f"the name {host} cannot be looked up (DNS)",
            "are you online? Otherwise check api_url",
            sent=False,
        )
    if any(isinstance(each, OSError) and each.errno == errno.ECONNREFUSED for each in causes):
        return Cause(f"{host} refuses connections", "is it running? Otherwise check api_url", sent=False)
    if any(isinstance(each, TimeoutError) for each in causes):
        return Cause(
            f"{host} did not take the connection within {timeout[0]:g} s",
            "are you online, or in need of a VPN?",
            sent=False,
        )
    return Cause(f"no way to {host}{_errno(causes)}", "are you online? Otherwise check api_url", sent=False)


def _broken(error: Failed, causes: list[BaseException], host: str, timeout: tuple[float, float]) -> Cause:
    slow = lower.ReadTimeoutError | TimeoutError | requests.exceptions.Timeout
    if any(isinstance(each, slow) for each in causes):
        return Cause(f"{host} gave no answer within {timeout[1]:g} s", "try again later", sent=True)
    if isinstance(error, lower.DecodeError | lower.ProtocolError):
        return Cause(f"the answer of {host} broke off", "try again; a proxy in between may cut it", sent=True)
    return Cause(f"the connection to {host} broke{_errno(causes)}", "try again", sent=True)


def _errno(causes: list[BaseException]) -> str:
    for each in causes:
        if isinstance(each, OSError) and each.errno and each.strerror:
            return f": {each.strerror}"
    return ""
