"""Faults on demand: a small language, and the count of which request each fault strikes.

A fault is `[[METHOD] PATH:]KIND[=VALUE][:retry-after=SECONDS][@FIRST[xTIMES]]`, as in

    POST /issues:lost-answer@3     the third creation is done, then the connection closes without an answer
    *:500@2x3                      the second, third and fourth request fail before anything is done
    GET /issues:slow=2s            every listing takes two seconds longer
    *:429:retry-after=1@1          the first request is told to come back in a second
    secondary-limit@5              the fifth request meets GitHub's secondary rate limit
    list-lag=5s                    new issues are missing from lists for five seconds

PATH matches the end of a request's path, from a slash on; `*` in it stands for one segment, alone for
everything; it cannot hold a colon. Without METHOD any method matches, without `@` every matching request is
struck; `@2` is the second matching one only, `@2x3` three from the second on, `@2x*` all from there on.

KIND is one of: a status from 400 to 599 (nothing is done), `500-after` (or another status: done, then
refused), `drop-before` and `lost-answer` (the connection closes without an answer, before or after the
work), `slow`, `html-proxy` (a proxy's page instead of the tracker), `garbage` (done, answered with
something that is not JSON), `primary-limit`, `secondary-limit`, `list-lag`.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

from lspec_git.errors import UsageError

METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE", "HEAD")
TIMED = ("slow", "list-lag")
PLAIN = ("drop-before", "lost-answer", "html-proxy", "garbage", "primary-limit", "secondary-limit")
SHAPE = "[[METHOD] PATH:]KIND[=SECONDS][:retry-after=SECONDS][@FIRST[xTIMES]]"
_PATTERN = re.compile(
    r"^(?:(?P<where>(?:[A-Z]+ )?(?:\*|/[^:\s]*)|[A-Z]+):)?"
    r"(?P<kind>[a-z0-9-]+)(?:=(?P<value>[\d.]+)s?)?"
    r"(?::retry-after=(?P<wait>\d+))?"
    r"(?:@(?P<first>\d+)(?:x(?P<times>\d+|\*))?)?$"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of failure and the requests it strikes. `value` is in seconds."""

    spec: str
    kind: str
    method: str | None = None
    path: re.Pattern[str] | None = None
    status: int = 0
    value: float = 0.0
    retry_after: int | None = None
    first: int = 1
    last: int | None = None

    def matches(self, method: str, path: str) -> bool:
        return self.method in (None, method) and (self.path is None or self.path.search(path) is not None)

    def strikes(self, nth: int) -> bool:
        return self.first <= nth and (self.last is None or nth <= self.last)


def parse(spec: str) -> Fault:
    """A fault from its spelling. Raises UsageError, naming what is not understood."""
    found = _PATTERN.match(spec.strip())
    if found is None:
        raise UsageError(f"fault not understood: {spec!r}", f"write {SHAPE}")
    kind, status = _kind(spec, found["kind"])
    if (kind in TIMED) != (found["value"] is not None):
        raise UsageError(f"fault {spec!r}: {kind} {'needs' if kind in TIMED else 'takes no'} =SECONDS")
    method, path = _where(spec, found["where"] or "*")
    first, last = _window(found["first"], found["times"])
    wait = None if found["wait"] is None else int(found["wait"])
    return Fault(spec, kind, method, path, status, float(found["value"] or 0), wait, first, last)


def _kind(spec: str, word: str) -> tuple[str, int]:
    status = re.match(r"^([45]\d\d)(-after)?$", word)
    if status:
        return ("status-after" if status[2] else "status", int(status[1]))
    if word not in TIMED + PLAIN:
        known = ", ".join(("500", "500-after", *TIMED, *PLAIN))
        raise UsageError(f"fault {spec!r}: no kind {word!r}", f"kinds: {known}")
    return word, 0


def _where(spec: str, where: str) -> tuple[str | None, re.Pattern[str] | None]:
    method, _, path = where.partition(" ") if where[0].isalpha() else ("", "", where)
    if method and method not in METHODS:
        raise UsageError(f"fault {spec!r}: no method {method!r}", f"methods: {', '.join(METHODS)}")
    pattern = None if path in ("", "*") else re.compile(re.escape(path).replace(r"\*", "[^/]+") + "$")
    return method or None, pattern


def _window(first: str | None, times: str | None) -> tuple[int, int | None]:
    if first is None:
        return 1, None
    start = int(first)
    return start, (None if times == "*" else start + int(times or 1) - 1)


class Plan:
    """The faults in force and how many matching requests each has seen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: list[tuple[Fault, int]] = []

    def add(self, *specs: str) -> None:
        """Put faults in force; their counting starts now. Raises UsageError."""
        faults = [parse(spec) for spec in specs]
        with self._lock:
            self._seen += [(fault, 0) for fault in faults]

    def clear(self) -> None:
        with self._lock:
            self._seen = []

    def strike(self, method: str, path: str) -> tuple[Fault, ...]:
        """Count one request and say which faults it meets, in the order they were added."""
        with self._lock:
            self._seen = [(f, n + f.matches(method, path)) for f, n in self._seen]
            return tuple(f for f, n in self._seen if f.matches(method, path) and f.strikes(n))
