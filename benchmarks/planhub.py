"""The same work by planhub (PyPI) and by this tool, against `emulate`, which neither wrote.

planhub knows github.com only: it is started with the address of its client's constructor replaced.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.measure import Cost, Runner, lspec
from benchmarks.world import history
from tests.adapters.wire import Passing
from tests.emulate import emulate

TOKEN = "tok_of_the_benchmark"  # noqa: S105 - made up
THEIRS, OURS = "octocat/theirs", "octocat/ours"
START = """\
import sys
from planhub.github import GitHubClient
from planhub.cli import main
GitHubClient.__init__.__defaults__ = (sys.argv.pop(1), None)
main()
"""
ISSUE = """\
---
title: "Improve part {number}"
labels: ["quality"]
assignees: []
---

What part {number} is to do, and why, in a paragraph or two.
"""


def beside_planhub(runner: Runner, folder: Path, python: str, items: int) -> list[str]:
    """What a settled sync of so many items takes either; why not, where parts are missing."""
    if subprocess.run([python, "-c", "import planhub"], capture_output=True, check=False).returncode:
        return [f"planhub: skipped, {python} does not have it (pip install planhub==0.4.2)"]
    try:
        with emulate(folder, {TOKEN: "octocat"}, ("octocat",), THEIRS, OURS) as url, Passing(url) as wire:
            return [
                _settled("planhub", wire, _theirs(runner, folder / "theirs", python, wire.url, items)),
                _settled("git lspec", wire, _ours(runner, folder / "ours", wire.url, items)),
            ]
    except pytest.skip.Exception as skipped:
        return [f"planhub: skipped, {skipped.msg}"]


def _settled(name: str, wire: Passing, sync: Callable[[], Cost]) -> str:
    """Twice to settle, and then once more."""
    for _ in range(2):
        sync()
    before = len(wire.asked)
    cost = sync()
    return f"settled sync by {name}: {len(wire.asked) - before} requests, {cost.cpu:.2f} s CPU"


def _theirs(runner: Runner, folder: Path, python: str, url: str, items: int) -> Callable[[], Cost]:
    extra = {"GITHUB_TOKEN": TOKEN}
    command = [python, "-c", START, url]
    folder.mkdir()
    runner.run(["git", "init", "-q"], folder)
    runner.run(["git", "remote", "add", "origin", f"https://github.com/{THEIRS}.git"], folder)
    runner.run([*command, "init", "--yes", "--no-skills"], folder, extra)
    for number in range(items):
        (folder / ".plan/issues" / f"{number:05d}.md").write_text(ISSUE.format(number=number))
    return lambda: runner.run([*command, "sync"], folder, extra)


def _ours(runner: Runner, folder: Path, url: str, items: int) -> Callable[[], Cost]:
    extra = {"GITHUB_TOKEN": TOKEN}
    folder.mkdir()
    runner.run(["git", "init", "-q", "-b", "main"], folder)
    runner.run(["git", "fast-import", "--quiet"], folder, data=history(items, items, OURS, url))
    runner.run(["git", "checkout", "-q", "-f", "main"], folder)
    runner.run(lspec("trust", f"{url.partition('//')[2]}/{OURS}"), folder, extra)
    return lambda: runner.run(lspec("sync", "--force"), folder, extra)
