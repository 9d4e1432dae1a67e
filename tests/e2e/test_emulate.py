"""The same 304 specs beside `emulate`, a GitHub server that others wrote.

Known to be different there: no ETag, times with milliseconds, and every PATCH moves `updated_at`.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.e2e import stages
from tests.e2e.corpus import clone
from tests.e2e.worlds import World

pytestmark = [pytest.mark.corpus, pytest.mark.node]


OVERLAP = 11
"""Seconds after which a listing leaves behind what was written: nobody can move this clock."""


def test_a_real_project_and_its_issues_stay_in_step(foreign_world: World, shared: Path) -> None:
    world = foreign_world
    clone(world.repo, shared)
    stages.create(world)
    world.settled(stages.PAGES)
    stages.forward(world, reads=2 * stages.PAGES)
    world.settled(stages.PAGES)
    stages.back(world, reads=stages.PAGES)
    time.sleep(OVERLAP)
    world.settled(stages.PAGES)
    world.settled()
