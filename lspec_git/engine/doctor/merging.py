"""The merge driver: whether git has it, whether it works, and whether every spec is merged with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lspec_git.checkout import Worktree, worktree_of
from lspec_git.engine import tryout
from lspec_git.engine.changes import Plan
from lspec_git.engine.doctor.findings import Finding, Level, Patient
from lspec_git.engine.install import DRIVER, install, merged_paths, unreached
from lspec_git.git.setup import KEY, ROOT, driver

NAME: Final = "merge driver"
MENDED_BY: Final = ("git lspec install",)


def merge_driver(patient: Patient) -> Iterator[Finding]:
    """Whether git merges specs key by key here. The configured line is run for real."""
    if patient.repo.worktree is None:
        return
    tree = worktree_of(patient.repo)
    line = driver(patient.repo)
    yield from _absent(tree) if line is None else _present(tree, line)


def absent_though_marked(tree: Worktree) -> str:
    """That files are marked for a driver which this clone has not, in words; empty if it is not so."""
    if driver(tree.repo) is not None:
        return ""
    paths = merged_paths(tree)
    if not paths or len(unreached(tree)) == len(paths):
        return ""
    return "specs are marked for the merge driver, which this clone does not have: git merges them as text"


def _absent(tree: Worktree) -> Iterator[Finding]:
    if said := absent_though_marked(tree):
        yield _finding(tree, Level.NOTE, said)
    else:
        # Not mended by --fix: it may well be unwanted.
        yield Finding(NAME, Level.NOTE, "not installed: git merges specs as text", MENDED_BY)


def _present(tree: Worktree, line: str) -> Iterator[Finding]:
    wrong = list(_wrong(tree, line))
    plan = install(tree, [DRIVER])
    # A branch from before the installation lacks the file at the top; this clone's own file does for it.
    places = [change.place for change in plan.changes if change.place != ROOT]
    if wrong:
        yield _finding(tree, Level.WRONG, "\n".join(wrong))
    elif KEY in places:
        yield _finding(tree, Level.NOTE, "it is another version's or installation's, and works")
    elif places:
        yield _finding(tree, Level.NOTE, f"works; not up to date: {', '.join(places)}")
    else:
        yield Finding(NAME, Level.OK, f"tried: merges key by key; {_reach(tree, plan)}")


def _wrong(tree: Worktree, line: str) -> Iterator[str]:
    if fault := tryout.fault(line):
        yield f"git cannot merge a spec with it: {fault}"
    missed = unreached(tree)
    if missed:
        path, merge = next(iter(missed.items()))
        more = f" and {len(missed) - 1} more" if len(missed) > 1 else ""
        yield f"git does not use it for {path}{more} (the attribute `merge` is {merge})"


def _reach(tree: Worktree, plan: Plan) -> str:
    files = f"git uses it for {len(merged_paths(tree)):,} files"
    return f"{files}; {plan.remarks[0]}" if plan.remarks else files


def _finding(tree: Worktree, level: Level, message: str) -> Finding:
    def mend() -> str:
        plan = install(tree, [DRIVER])
        plan.carry_out()
        return f"installed: {', '.join(change.place for change in plan.changes) or 'nothing was missing'}"

    return Finding(NAME, level, message, MENDED_BY, mend)
