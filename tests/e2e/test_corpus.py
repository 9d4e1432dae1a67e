"""A real project's 304 specs and a tracker: created once, settled, published, pulled, settled again.

Requests are counted at every stage. What the issues have to look like is worked out from the files anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e import stages
from tests.e2e.corpus import CONFIG, PEOPLE, SPECS, clone, disagreeing, specs
from tests.e2e.worlds import World, writes

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


def test_commits_as_the_project_made_them(world: World, shared: Path) -> None:
    """Edits, new specs, moves into and out of `archived/`, merges; at last 96 specs are deleted."""
    commits = clone(world.repo, shared)
    world.init()
    world.configure(CONFIG, PEOPLE)
    published = 0
    for behind in (150, 60, 1):
        world.repo.git("reset", "-q", "--hard", commits[behind])
        published += _follow(world)
        world.settled(stages.PAGES + 1)
    assert published > 40
    before = world.person.issues()
    world.repo.git("reset", "-q", "--hard", commits[0])
    world.asked()
    world.lspec("sync")
    assert writes(world.asked()) == []
    assert (len(specs(world.repo)), world.person.issues()) == (SPECS, before)


def _follow(world: World) -> int:
    """Sync what the project did meanwhile; how many issues of before had to change, and did."""
    before, wanted = world.person.by_spec(), specs(world.repo)
    stale = {
        spec for spec, issue in before.items() if not wanted[spec.removeprefix("specs/")].shown_by(issue)
    }
    world.lspec("sync", "--force")
    assert disagreeing(world.repo, world.person) == {}
    after = world.person.by_spec()
    assert {spec for spec in before if after[spec] != before[spec]} == stale
    return len(stale)
