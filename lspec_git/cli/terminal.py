"""The richer means of a terminal: a console for tables, and a progress bar that is silent elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lspec_git.cli.output import wants_color

if TYPE_CHECKING:
    from rich.console import Console


def console(*, err: bool = False) -> Console:
    """A console on stdout or stderr; colour only on a terminal and only if it is wanted."""
    from rich.console import Console  # noqa: PLC0415 - 40 ms, which a run that shows nothing need not wait

    stream = sys.stderr if err else sys.stdout
    color = stream.isatty() and wants_color() is not False
    return Console(
        file=stream, no_color=not color, force_terminal=stream.isatty(), highlight=False, markup=False
    )


@contextmanager
def progress(task: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar on stderr for `total` steps; the yielded function takes one. Without a terminal: nothing."""
    if not sys.stderr.isatty() or not total:
        yield lambda: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415 - as above

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console(err=True), transient=True) as bars:
        bar = bars.add_task(task, total=total)
        yield lambda: bars.advance(bar)
