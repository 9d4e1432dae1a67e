"""One HTTP session with one tracker: who may see the token, when to ask again, how long to wait.

Reads are retried; a write is sent again only when the first surely never arrived or was turned away by a
rate limit. Knows JSON, paging and limits; knows no tracker's paths. Clocks are never compared across
hosts: a limit's end is measured against the same answer's `Date`.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import SystemRandom
from typing import Any, Final
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from lspec_git.adapters.network import Cause, Lost, explain
from lspec_git.adapters.route import DIRECT, Route
from lspec_git.core.targets import api_problem
from lspec_git.errors import AuthError, ConfigError, RateLimited, TrackerError

ATTEMPTS: Final = 4
"""How often a read, or a write that was never sent, is tried."""
FIRST_PAUSE: Final = 0.5
"""Seconds before the second attempt; doubled each time, give or take half of it."""
LIMIT_UNTOLD: Final = 60.0
"""Seconds to wait when a limit says no time: GitHub's page on secondary limits asks for a minute at least."""
WAIT_TOLD: Final = 60.0
"""A wait of this many seconds or more is announced."""
BODY_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of one answer: a hundred issues with the longest bodies (65,536 characters) stay well below."""
ANSWER_SECONDS: Final = 120.0
"""How long the body of one answer may take, however steadily it trickles in."""
HOPS: Final = 5

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: `data` is the parsed JSON, or None where the body is empty or no JSON."""

    status: int
    url: str
    headers: Mapping[str, str]
    data: Any
    page: bool = False
    """A body came that is no JSON: some page, by a proxy perhaps."""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def date(self) -> str:
        """The server's clock, ISO 8601 UTC in whole seconds; empty when it does not tell."""
        when = http_date(self.headers.get("Date", ""))
        return "" if when is None else when.strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def message(self) -> str:
        """What the tracker says about an error, on one printable line of at most 200 characters."""
        said = self.data.get("message", "") if isinstance(self.data, dict) else ""
        line = " ".join("".join(c if c.isprintable() else " " for c in str(said)).split())
        return line[:200]


class TokenAuth(AuthBase):
    """Puts our own header on, or none: with an auth object set, requests never looks into .netrc."""

    def __init__(self, scheme: str, secret: str) -> None:
        if any(not 33 <= ord(c) <= 126 for c in secret):
            raise AuthError(
                "the token holds a character that no token has (a blank or line break?)", "set it anew"
            )
        self._header = f"{scheme} {secret}" if secret else ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._header:
            request.headers["Authorization"] = self._header
        return request


class Http:
    """A session with one base URL. Attributes may be replaced: `on_request`, `on_wait`, `sleep`, `whole`.

    `on_request(method, url)` is called for every request that is sent, `on_wait(seconds, host)` before a wait
    of a minute or more. Without the latter a warning is logged.
    """

    def __init__(
        self,
        base: str,
        secret: str,
        *,
        scheme: str = "Bearer",
        headers: Mapping[str, str] | None = None,
        timeout: tuple[float, float] = (5.0, 30.0),
        patience: float = 60.0,
        route: Route = DIRECT,
    ) -> None:
        self.base = base.rstrip("/") + "/"
        if problem := api_problem(base):
            raise ConfigError(f"api_url {problem}", "correct api_url in integrations.yml")
        self._place = urlsplit(self.base)
        self.host = self._place.netloc
        self.headers = {"Accept": "application/json", **(headers or {})}
        self.on_request: Callable[[str, str], None] = lambda _method, _url: None
        self.on_wait: Callable[[float, str], None] = _warn
        self.sleep: Callable[[float], None] = time.sleep
        self.whole = ANSWER_SECONDS
        self._secret, self._timeout, self._patience = secret, timeout, patience
        self._limited_until = 0.0
        self._patient = ATTEMPTS
        self._session = requests.Session()
        self._session.auth = TokenAuth(scheme, secret)
        # The environment went into the route already; requests would let it beat git's settings.
        self._session.trust_env = False
        self._session.proxies = {"https": route.proxy} if route.proxy else {}
        self._session.verify = route.ca or True
        self._route = route

    def read(self, path: str, *, etag: str = "", follow: bool = True) -> Answer:
        """GET a path below the base, or a URL of the same host. Retried; redirects followed on the same host.

        Raises Unreachable, RateLimited, or TrackerError for a page that is no JSON.
        """
        url = self._url(path)
        extra = {"If-None-Match": etag} if etag else {}
        for _ in range(HOPS):
            answer = self._read(url, extra)
            if not follow or answer.status not in {301, 302, 303, 307, 308}:
                return answer
            url = self._url(urljoin(url, answer.headers.get("Location", "")))
        raise TrackerError(f"{self.host} redirects in a circle", "check api_url")

    def next_page(self, answer: Answer) -> str | None:
        """The URL of the next page, refused when it leads to another host."""
        found = link(answer.headers.get("Link", ""), "next") if answer.ok else None
        return self._url(urljoin(answer.url, found)) if found else None

    def write(self, method: str, path: str, body: object = None) -> Answer:
        """Send a change. Raises Unsent or RateLimited when nothing was written, Lost when it may have been.

        The answer's status may be any below 500; a redirect is returned, never followed.
        """
        url = self._url(path)
        answer = self._within_limits(lambda: self._attempts(method, url, body, {}), {403, 429})
        if answer.status >= 500:
            raise Lost(f"{self.host} answers {answer.status} to a change that it may have made", "sync again")
        if answer.ok and answer.page:
            raise Lost(
                f"{self.host} answers a change with a page that is no JSON: a proxy in between?", "sync again"
            )
        return answer

    def redact(self, text: str) -> str:
        """The text without the token, should a server have echoed it."""
        return text.replace(self._secret, "***") if self._secret else text

    def _url(self, path: str) -> str:
        url = urljoin(self.base, path.lstrip("/"))
        place = urlsplit(url)
        if _origin(place) != _origin(self._place):
            raise TrackerError(
                f"{self.host} leads elsewhere ({place.scheme}://{place.hostname}); no token is sent there",
                "check api_url, and any proxy in between",
            )
        return url

    def _read(self, url: str, extra: Mapping[str, str]) -> Answer:
        answer = self._within_limits(lambda: self._attempts("GET", url, None, extra), {403, 429, 503})
        if answer.ok and answer.page:
            raise TrackerError(
                f"{self.host} answers with a page that is no JSON: a login page or a proxy in between?",
                f"open {self.base} in a browser; check api_url and HTTPS_PROXY",
            )
        return answer

    def _attempts(self, method: str, url: str, body: object, extra: Mapping[str, str]) -> Answer:
        """Until there is an answer; a read also until it is none of the 5xx.

        A host that was out of reach gets one attempt a request until it answers: a run of many writes must
        not pause at each of them.
        """
        attempts = self._patient
        for attempt in range(1, attempts + 1):
            answer, cause = self._try(method, url, body, extra)
            last = attempt == attempts
            if cause and (cause.lasting or last or (method != "GET" and cause.sent)):
                self._patient = 1 if last or cause.lasting else ATTEMPTS
                raise cause.error()
            if answer and (last or method != "GET" or not _passing(answer)):
                self._patient = ATTEMPTS
                return answer
            self.sleep(FIRST_PAUSE * 2 ** (attempt - 1) * SystemRandom().uniform(0.5, 1.5))
        raise AssertionError("the last attempt returns or raises")

    def _try(
        self, method: str, url: str, body: object, extra: Mapping[str, str]
    ) -> tuple[Answer | None, Cause | None]:
        try:
            return self._exchange(method, url, body, extra), None
        except (requests.RequestException, HTTPError) as error:
            return None, explain(error, self.host, self._timeout, self._route)

    def _exchange(self, method: str, url: str, body: object, extra: Mapping[str, str]) -> Answer:
        self.on_request(method, url)
        with self._session.request(
            method,
            url,
            json=body,
            headers={**self.headers, **extra},
            timeout=self._timeout,
            allow_redirects=False,
            stream=True,
        ) as response:
            data, page = parsed(self._body(response))
            return Answer(response.status_code, url, response.headers, data, page)

    def _body(self, response: requests.Response) -> bytes:
        """All of it, unpacked, as it comes: to wait for full blocks could take for ever, byte by byte."""
        parts, size, began = [], 0, time.monotonic()
        while part := response.raw.read1(64 * 1024, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > BODY_LIMIT:
                raise Lost(
                    f"the answer of {self.host} is longer than {BODY_LIMIT // 2**20} MiB", "check api_url"
                )
            if time.monotonic() - began > self.whole:
                raise Lost(f"the answer of {self.host} took longer than {self.whole:g} s", "try again later")
        return b"".join(parts)

    def _within_limits(self, send: Callable[[], Answer], limited: set[int]) -> Answer:
        """Send, and again after each wait that the tracker asks for, as long as patience lasts.

        Once it asked for more than that, nothing is sent before then: GitHub extends limits for who goes on.
        """
        waited, fallback = 0.0, LIMIT_UNTOLD
        self._refuse_early()
        while True:
            answer = send()
            seconds = asked_wait(answer, fallback) if answer.status in limited else None
            if seconds is None:
                return answer
            seconds = max(seconds, 1.0)  # "0 s" told again and again must not become a tight loop
            if waited + seconds > self._patience:
                self._limited_until = time.monotonic() + seconds
                self._refuse_early()
            if seconds >= WAIT_TOLD:
                self.on_wait(seconds, self.host)
            self.sleep(seconds)
            waited, fallback = waited + seconds, fallback * 2

    def _refuse_early(self) -> None:
        left = self._limited_until - time.monotonic()
        if left > 0:
            raise RateLimited(
                f"{self.host} asks to wait {left:.0f} s (rate limit)", "run the same command again then", left
            )


def _origin(place: SplitResult) -> tuple[str, str | None, int]:
    """What must stay the same for the token to be sent along. An impossible port is its own place."""
    try:
        port = place.port
    except ValueError:
        port = -1
    return place.scheme, place.hostname, port or (443 if place.scheme == "https" else 80)


def _warn(seconds: float, host: str) -> None:
    log.warning("%s asks to wait %.0f s (rate limit); waiting", host, seconds)


def asked_wait(answer: Answer, fallback: float) -> float | None:
    """Seconds that a 403, 429 or 503 asks to wait; None when it is not about limits.

    GitHub's order: Retry-After, then the reset time once nothing remains, then the words of the message.
    """
    headers = answer.headers
    told = _told(answer)
    if told is not None:
        return told
    if headers.get("x-ratelimit-remaining") == "0" and headers.get("x-ratelimit-reset", "").isdigit():
        reset = datetime.fromtimestamp(min(int(headers["x-ratelimit-reset"]), 2**33), UTC)
        return max((reset - _now(headers)).total_seconds(), 0.0) + 1.0
    if answer.status == 429 or "secondary rate limit" in answer.message.lower():
        return fallback
    return None


def _passing(answer: Answer) -> bool:
    """Whether asking again at once may help: a server error that names no time to wait."""
    return answer.status >= 500 and not (answer.status == 503 and _told(answer) is not None)


def _told(answer: Answer) -> float | None:
    """`Retry-After` in seconds; it may be a number or a date."""
    said = answer.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", said):
        return float(said)
    when = http_date(said)
    return None if when is None else max((when - _now(answer.headers)).total_seconds(), 0.0)


def _now(headers: Mapping[str, str]) -> datetime:
    return http_date(headers.get("Date", "")) or datetime.now(UTC)


def http_date(text: str) -> datetime | None:
    """An HTTP date, or None where it is none."""
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def link(header: str, rel: str) -> str | None:
    """The target of one relation in a `Link` header."""
    for part in requests.utils.parse_header_links(header) if header else []:
        if part.get("rel") == rel:
            return str(part["url"])
    return None


def parsed(body: bytes) -> tuple[Any, bool]:
    """A body's JSON, and whether there was a body that is none."""
    if not body.strip():
        return None, False
    try:
        return json.loads(body), False
    except (ValueError, RecursionError):
        return None, True
