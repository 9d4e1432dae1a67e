"""The worlds of the end-to-end tests, for commands that need a tracker."""

from __future__ import annotations

from tests.e2e.conftest import sandbox, world

__all__ = ["sandbox", "world"]
