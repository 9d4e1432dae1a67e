"""What `git-lspec hook setup` does where something may have changed."""

from __future__ import annotations

from lspec_git import registered
from lspec_git.checkout import open_worktree
from lspec_git.cli.output import say
from lspec_git.engine.registration import register, watched


def register_here() -> None:
    """Register what is missing, and tell. Raises LspecError, OSError."""
    tree = open_worktree()
    plan = register(tree)
    plan.carry_out()
    for one in plan.changes:
        say(f"registered {one.place}: {one.what}")
    for remark in plan.remarks:
        say(remark)
    registered.save(watched(tree))
