"""A real project's 304 specs and a tracker: created once, settled, published, pulled, settled again.

Requests are counted at every stage. What the issues have to look like is worked out from the files anew.
`LSPEC_STEPS='*' pytest -n 0 tests/e2e/test_corpus.py -k walk` walks through all 736 commits of the branch.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from lspec_git.cli.main import main
from tests.e2e import stages
from tests.e2e.corpus import CONFIG, PEOPLE, SPECS, Tree, clone, specs
from tests.e2e.walks import Walk
from tests.e2e.worlds import World

pytestmark = pytest.mark.corpus
WANTED = os.environ.get("LSPEC_STEPS", "")
STEPS = (
    *(0, 1, 2, 5, 6),  # specs without frontmatter, and how they got it
    *(20, 21, 41, 42),  # merges; both sides of the first made the same spec
    *(44, 45),  # from date folders to flat ones: numbers change, and so names
    *(53, 81),  # into `archived/`; many tags at once
    *(110, 147, 200, 250),
    *(300, 301, 302, 303, 304),  # 22 specs cannot be read for a while
    *(360, 420, 470, 524, 528, 560),
    *(587, 588, 620),  # out of `archived/`
    *(653, 654, 716, 717),  # merges of many specs
    *(721, 722, 723),  # a status that no tracker knows
    *(734, 735),  # at last 96 specs are deleted
)
"""The steps that are tried where nobody asks for all, from the oldest commit on."""


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


# A run leaves its connections to the end of its process, and here the process goes on.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_walk_through_the_commits(
    world: World, shared: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commits = clone(world.repo, shared)[::-1]
    world.init()
    world.configure(CONFIG, PEOPLE)
    monkeypatch.chdir(world.repo.path)
    monkeypatch.setenv("GITHUB_TOKEN", world.token)

    def run(*args: str) -> tuple[int, str]:
        return main(args), capsys.readouterr().out

    walk = Walk(world, run, Tree(world.repo))
    steps = range(len(commits)) if WANTED == "*" else STEPS
    turn = max(10, len(steps) // 15)
    for count, step in enumerate(steps, 1):
        parents = world.repo.git("rev-parse", f"{commits[step]}^@").split()
        if len(parents) == 2 and parents[0] == walk.at:
            walk.aside(parents[1])
        walk.step(commits[step])
        if count % turn == 0:
            walk.back(commits[steps[count - turn // 2] + 1])
        with capsys.disabled():
            sys.stdout.write(f"{step} {walk.requests}\n" if WANTED else "")
    assert len(commits) == 736
    assert len(specs(world.repo)) == SPECS < len(world.person.issues())
    with capsys.disabled():
        sys.stdout.write(f"{len(steps)} steps: {walk.told()}\n" if WANTED else "")
