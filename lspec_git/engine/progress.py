"""How long work tells how far it is. Where it is shown, and whether, is for who starts the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Progress(Protocol):
    """Entered around work: told what it is, and how many steps it has (0: nobody knows); called for each."""

    def __call__(self, title: str, total: int, /) -> AbstractContextManager[Callable[[], None]]: ...


@contextmanager
def silent(_title: str, _total: int, /) -> Iterator[Callable[[], None]]:
    """For work that nobody watches."""
    yield lambda: None
