"""What the hook `lspec-setup` registers, for those who have this program only as pre-commit or prek keep it.

It lies in a folder of theirs, which is another after each update and goes with their caches. So git's config
names it by its path, and this is done again at every run. No file of the worktree is touched.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator
from functools import partial
from typing import Final

from lspec_git.checkout import Worktree
from lspec_git.core.leanspec import LAYOUT_FILES
from lspec_git.core.words import PLACES
from lspec_git.engine.changes import Change, Plan, program
from lspec_git.engine.install import ALIAS, DRIVER, FETCH, install
from lspec_git.git import alias, setup

_PROGRAM: Final = re.compile(r"if \[ -x (.+?) \]; then ")
AGAIN: Final = "run lspec-setup --all-files"


def register(tree: Worktree) -> Plan:
    """What is missing or out of date. Raises GitError where files cannot be read."""
    others = _others(tree)
    parts = [FETCH] if others else [DRIVER, FETCH]
    plan = install(tree, parts, committed=False)
    own = program()
    changes = list(plan.changes)
    if not others and alias.registered(tree.repo) != own[0]:
        changes.append(Change(ALIAS, alias.PROGRAM, own[0], partial(alias.register, tree.repo, own)))
    remarks = []
    line, found = alias.alias_line(own, _advice()), alias.alias(tree.repo)
    if found is not None and not alias.is_ours(found):
        remarks.append(f"{alias.KEY} is an alias of your own, and stays: git lspec is what it says")
    elif found != line:
        changes.append(Change(ALIAS, alias.KEY, own[0], partial(alias.set_alias, tree.repo, line)))
    return Plan(tuple(changes), tuple(remarks))


def _others(tree: Worktree) -> str:
    """The program of another installation that the driver was installed by and that is there, or nothing.

    `git lspec install` by hand comes first: it will not vanish with a cache.
    """
    line = setup.driver(tree.repo)
    found = _PROGRAM.match(line or "")
    if not line or not found or line == setup.driver_line(program()):
        return ""
    path = shlex.split(found[1])[0].replace("%%", "%")
    return path if path != alias.registered(tree.repo) and os.access(path, os.X_OK) else ""


def _advice() -> str:
    """What to type once the framework has thrown this program away."""
    tool = "prek" if "PREK_HOOK_STAGE" in os.environ else "pre-commit"
    return f"error: the git lspec of {tool} is gone from its cache; bring it back with: {tool} {AGAIN}"


def watched(tree: Worktree) -> Iterator[str]:
    """The files, from the top, that decide what is registered: another state of one is a reason to look."""
    yield from _configs(tree)
    yield os.path.relpath(tree.repo.common_dir / "config", tree.top)
    yield os.path.relpath(tree.repo.common_dir / "info" / "attributes", tree.top)
    if place := alias.whence(tree.repo):
        yield place  # an alias of the user's own may go again


def _configs(tree: Worktree) -> Iterator[str]:
    yield from PLACES
    folders = {""}
    for layout in tree.layouts:
        parts = layout.root.split("/")
        folders |= {"/".join(parts[:end]) + "/" for end in range(1, len(parts) + 1)}
    yield from (folder + name for folder in sorted(folders) for name in LAYOUT_FILES)
