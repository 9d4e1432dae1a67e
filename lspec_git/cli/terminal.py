"""The richer means of a terminal: a progress bar. Whoever imports this pays for rich."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from lspec_git.cli.output import wants_color


class Bar:
    """A bar on stderr, on a terminal. It shows what time is left once some steps tell, and goes at the end.

    Without a known number of steps (0) it shows the time that has passed instead: what is left, nobody knows.
    """

    def __init__(self, title: str, total: int, taken: int) -> None:
        known = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(compact=True))
        columns = known if total else (TimeElapsedColumn(),)
        console = Console(
            file=sys.stderr,
            no_color=wants_color() is False,
            force_terminal=True,
            highlight=False,
            markup=False,
        )
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            *columns,
            console=console,
            transient=True,
        )
        self._task = self._bars.add_task(title, total=total or None, completed=taken)
        self._bars.start()

    def step(self) -> None:
        """One more is done."""
        self._bars.advance(self._task)

    def close(self) -> None:
        """Take it off the screen."""
        self._bars.stop()
