"""A real project's 304 specs and a tracker: created once, settled, published, pulled, settled again.

Requests are counted at every stage. What the issues have to look like is worked out from the files anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e import stages
from tests.e2e.corpus import clone
from tests.e2e.worlds import World

pytestmark = pytest.mark.corpus


def test_a_real_project_and_its_issues_stay_in_step(world: World, shared: Path) -> None:
    clone(world.repo, shared)
    stages.create(world)
    world.settled()
    stages.forward(world, reads=1 + stages.PAGES)
    world.settled()
    # What was written in the last seconds is listed again; a later listing leaves it behind.
    world.person.label(1, "a label that no spec uses")
    world.settled()
    stages.back(world, reads=1)
    world.settled()
