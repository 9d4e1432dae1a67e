"""What the contract asks of whoever runs it: a second pair of hands on the tracker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from lspec_git.adapters.base import ItemRef


class Person(Protocol):
    """Somebody else who works on the tracker by hand, and the test's own view of the wire."""

    def add(self, title: str) -> ItemRef:
        """Open a plain item."""
        ...

    def edit(self, ref: ItemRef, words: Mapping[str, str | None]) -> None:
        """Set fields of an item; None clears one."""
        ...

    def remove(self, ref: ItemRef) -> None:
        """Delete an item (where the tracker `deletes`)."""
        ...

    def say(self, ref: ItemRef, body: str) -> None:
        """Comment on an item."""
        ...

    def pass_time(self) -> None:
        """Let the tracker's clock move on far enough for another revision."""
        ...

    def requests(self) -> int:
        """How many requests the adapter has sent so far."""
        ...

    def lose(self, *, landed: bool) -> None:
        """Let the answer to the adapter's next request be lost, and the request itself unless `landed`."""
        ...
