"""Law 11 with real fetches and pushes: four clones, a hundred transactions each, one bare remote."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from lspec_git.git.notes import Notes
from lspec_git.git.objects import open_objects
from lspec_git.git.repository import discover
from lspec_git.ledger import Ledger
from tests.cli.running import environment
from tests.conftest import Repo
from tests.reliability.writer import ITEMS, at
from tests.worlds import NOTES

CLONES, TRANSACTIONS = 4, 100


def test_four_clones_lose_nothing(tmp_path: Path) -> None:
    top = Repo(tmp_path)
    top.git("init", "-q", "--bare", "origin.git")
    names = [f"clone{number}" for number in range(CLONES)]
    for name in names:
        top.git("clone", "-q", "origin.git", name)
    command = [sys.executable, "-m", "tests.reliability.writer"]
    racing = [
        subprocess.Popen([*command, str(tmp_path / name), name, str(TRANSACTIONS)], env=environment())
        for name in names
    ]
    try:
        assert [each.wait() for each in racing] == [0] * CLONES
    finally:
        for each in racing:
            each.kill()
            each.wait()
    tip = top.git("--git-dir", "origin.git", "rev-parse", NOTES)
    top.git("-C", names[0], "fetch", "-q", "origin", f"{NOTES}:{NOTES}", "--force")
    assert top.git("-C", names[0], "rev-parse", NOTES) == tip
    wanted = {f"{name}-{number}" for name in names for number in range(TRANSACTIONS)}
    assert heard(tmp_path / names[0]) == wanted
    # What each clone wrote is part of the remote's history: none was set aside.
    for name in names[1:]:
        own = top.git("-C", name, "rev-parse", NOTES)
        top.git("-C", names[0], "fetch", "-q", f"../{name}", NOTES)
        top.git("-C", names[0], "merge-base", "--is-ancestor", own, tip)


def heard(folder: Path) -> set[str]:
    """Every edit that any of the notes says was heard."""
    repo = discover(folder)
    with open_objects(repo) as objects:
        ledger = Ledger(Notes(objects, repo))
        notes = [ledger.item(at(number)) for number in range(ITEMS)]
        return {entry.edit for note in notes if note for entry in note.heard}
