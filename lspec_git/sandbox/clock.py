"""The sandbox's own clock: the wall's, or a given one, which tests can push forward."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Clock:
    """Seconds since the epoch. Only ever moved forward, and never waited for."""

    def __init__(self, source: Callable[[], float] | None = None) -> None:
        self._source = source or time.time
        self._ahead = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        with self._lock:
            return self._source() + self._ahead

    def second(self) -> int:
        """Now, as a whole second: what the tracker's timestamps say."""
        return int(self.now())

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._ahead += seconds
