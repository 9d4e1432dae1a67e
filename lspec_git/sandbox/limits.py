"""GitHub's rate limits by the sandbox's clock: the hourly one and, where switched on, the secondary ones.

Numbers from GitHub's page on rate limits: 5,000 requests an hour; 80 creations a minute and 500 an hour;
900 points a minute, a GET counting 1 and anything else 5.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

from lspec_git.sandbox.clock import Clock

HOUR = 3600
MINUTE = 60


@dataclass(frozen=True, slots=True)
class Limits:
    """What is enforced: by default nothing, so that tests may send thousands. The headers always count."""

    hourly: int = 5000
    enforce_hourly: bool = False
    enforce_secondary: bool = False
    creations_per_minute: int = 80
    creations_per_hour: int = 500
    points_per_minute: int = 900


@dataclass(frozen=True, slots=True)
class Quota:
    """One account's hour, as the X-RateLimit headers tell it. `reset` is seconds since the epoch."""

    limit: int
    used: int
    reset: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


@dataclass(slots=True)
class _Usage:
    start: int
    used: int = 0
    points: deque[tuple[float, int]] = field(default_factory=deque)
    creations: deque[float] = field(default_factory=deque)


class Meter:
    """Counts requests per account."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self.limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._usage: dict[str, _Usage] = {}

    def quota(self, login: str) -> Quota:
        with self._lock:
            usage = self._current(login)
            used = usage.used if self.limits.enforce_hourly else min(usage.used, self.limits.hourly - 1)
            return Quota(self.limits.hourly, min(used, self.limits.hourly), usage.start + HOUR)

    def count(self, login: str) -> None:
        """One request more against the hour; a 304 is free and is not to be counted."""
        with self._lock:
            self._current(login).used += 1

    def exhausted(self, login: str) -> bool:
        with self._lock:
            return self.limits.enforce_hourly and self._current(login).used >= self.limits.hourly

    def wait(self, login: str, method: str, creates: bool) -> int | None:
        """Count one request against the secondary limits: None, or the seconds to wait if one is exceeded."""
        if not self.limits.enforce_secondary:
            return None
        with self._lock:
            usage, now = self._current(login), self._clock.now()
            usage.points.append((now, 1 if method == "GET" else 5))
            while usage.points[0][0] <= now - MINUTE:
                usage.points.popleft()
            if sum(points for _, points in usage.points) > self.limits.points_per_minute:
                return MINUTE
            return self._creation_wait(usage, now) if creates else None

    def _creation_wait(self, usage: _Usage, now: float) -> int | None:
        while usage.creations and usage.creations[0] <= now - HOUR:
            usage.creations.popleft()
        minute = sum(1 for at in usage.creations if at > now - MINUTE)
        if (
            minute >= self.limits.creations_per_minute
            or len(usage.creations) >= self.limits.creations_per_hour
        ):
            return MINUTE
        usage.creations.append(now)
        return None

    def _current(self, login: str) -> _Usage:
        now = self._clock.second()
        usage = self._usage.get(login)
        if usage is None or now >= usage.start + HOUR:
            usage = _Usage(now)
            self._usage[login] = usage
        return usage
