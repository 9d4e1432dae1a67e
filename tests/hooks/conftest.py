"""A repository whose hooks call the real command, beside the sandbox; no child outlives its test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import TOP
from tests.e2e.conftest import TOOL, sandbox, world
from tests.e2e.worlds import World
from tests.hooks.stage import Stage

__all__ = ["sandbox", "stage", "world"]


@pytest.fixture
def stage(
    request: pytest.FixtureRequest, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """Two specs in step with their issues, hooks installed, and a token for whatever they start.

    The hooks are scripts that call the command, or with the parameter `shims` those of `git lspec install`.
    """
    monkeypatch.setenv("GITHUB_TOKEN", TOOL)
    monkeypatch.setenv("PYTHONPATH", str(TOP))
    made = Stage(world, tmp_path, shims=getattr(request, "param", "") == "shims")
    made.set_up()
    yield made
    made.strike()
