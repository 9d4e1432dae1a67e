"""Progress of long work: on a terminal, after a moment; nothing elsewhere, and nothing for programs.

Work that is over within that moment shows nothing, and pays nothing for the means to show it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import TYPE_CHECKING, Final

from lspec_git.engine.progress import Progress, silent

if TYPE_CHECKING:
    from lspec_git.cli.terminal import Bar

MOMENT: Final = 0.5
"""Seconds for which nothing is shown."""


@contextmanager
def progress(title: str, total: int, /) -> Iterator[Callable[[], None]]:
    """A bar on stderr for `total` steps, or a clock where 0; the yielded function takes one step."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield lambda: None
        return
    late = _Late(title, total)
    timer = Timer(MOMENT, late.show)
    timer.daemon = True
    timer.start()
    try:
        yield late.step
    finally:
        timer.cancel()
        timer.join()
        late.close()


def shown(json_mode: bool) -> Progress:
    """`progress`, or nothing where a program reads."""
    return silent if json_mode else progress


class _Late:
    """A bar that appears later than the work begins, from a thread of its own."""

    def __init__(self, title: str, total: int) -> None:
        self._title, self._total, self._taken = title, total, 0
        self._bar: Bar | None = None
        self._lock = Lock()

    def show(self) -> None:
        # Loaded here: rich takes a tenth of a second, which quick commands never pay.
        from lspec_git.cli.terminal import Bar  # noqa: PLC0415

        with self._lock:
            self._bar = Bar(self._title, self._total, self._taken)

    def step(self) -> None:
        with self._lock:
            self._taken += 1
            if self._bar:
                self._bar.step()

    def close(self) -> None:
        if self._bar:
            self._bar.close()
