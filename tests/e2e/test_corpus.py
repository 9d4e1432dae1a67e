"""A real project's 304 specs and a tracker: created once, settled, published, pulled, settled again.

Requests are counted at every stage. What the issues have to look like is worked out from the files anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.corpus import CONFIG, PEOPLE, SPECS, clone, disagreeing, files, set_status, specs
from tests.e2e.worlds import World, counts

pytestmark = pytest.mark.corpus

def test_first(world: World, shared: Path) -> None:
    clone(world.repo, shared)
    world.init()
    world.configure(CONFIG, PEOPLE)
    world.asked()
    ran=world.lspec("sync", "--force")
    print(ran.out[-500:], ran.err)
    a=world.asked(); print([x.path for x in a if x.method=="GET"], counts(a))
    print(disagreeing(world.repo, world.person))
    assert 0
