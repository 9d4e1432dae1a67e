"""The world that the engine's stories begin in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.stories import LOW
from tests.worlds import Clone, World, words


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def one(world: World) -> Clone:
    """A clone without remote whose only spec is in step with its item."""
    clone = world.start()
    clone.sync()
    assert words(world)["priority"] == LOW
    return clone
