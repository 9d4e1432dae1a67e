"""A repository whose hooks come from pre-commit or prek, beside the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import TOOL, sandbox, world
from tests.e2e.worlds import World
from tests.frameworks.framed import Framed
from tests.frameworks.kit import Kit, framework
from tests.frameworks.kit import kit as made_kit

__all__ = ["framed", "kit", "sandbox", "world"]
FRAMEWORKS = ("pre-commit", "prek")


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    """One for all workers of a session: they share what lies above their own folders."""
    base = tmp_path_factory.getbasetemp()
    return made_kit((base.parent if base.name.startswith("popen-") else base) / "frameworks")


@pytest.fixture(params=FRAMEWORKS)
def framed(
    request: pytest.FixtureRequest, kit: Kit, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Framed]:
    """Two specs in step with their issues, and the hooks installed by a framework."""
    # Environments are built once and shared: they are the frameworks' own, keyed by repository and version.
    command = framework(request.param)
    made = Framed(world, tmp_path, name=request.param, command=command, kit=kit, home=kit.folder / "home")
    made.set_up_specs()
    for name, value in {**kit.environment(made.home), "GITHUB_TOKEN": TOOL}.items():
        monkeypatch.setenv(name, value)
    made.install()
    yield made
    made.strike()
