"""`git lspec install`: what git itself has to know, in this repository."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from lspec_git.checkout import open_worktree
from lspec_git.cli.output import emit, fail, say, warn
from lspec_git.cli.verb import Verb, json_option
from lspec_git.engine.changes import Plan
from lspec_git.engine.install import DRIVER, HOOKS, PARTS, install
from lspec_git.git.setup import ROOT


@click.command(
    "install",
    cls=Verb,
    short_help="Let git publish after a commit, and merge specs key by key.",
    examples=(
        ("git lspec install", "all there is: hooks, the merge driver, the notes' refspec"),
        ("git lspec install --hooks", "only the hooks"),
        ("git lspec install --merge-driver", "only the merge driver"),
        ("git lspec install --dry-run", "what would be changed, file by file"),
    ),
    exits={0: "", 2: "", 3: "the hooks cannot be had here; the rest is installed"},
)
@click.option("--hooks", is_flag=True, help="Only the hooks.")
@click.option("--merge-driver", is_flag=True, help="Only the merge driver.")
@click.option("--dry-run", "-n", is_flag=True, help="Only show what would be changed.")
@json_option
def command(*, hooks: bool, merge_driver: bool, dry_run: bool, json_mode: bool) -> int:
    """Let git check specs before a commit, publish them after it, and merge them key by key.

    Hooks go where git looks for this repository's: they check what is staged, publish committed edits in the
    background, and let notes follow a push. A hook that is there already runs as before, after ours. With
    the pre-commit framework there is another way, and one of the two is enough: see docs/hooks.md.

    The merge driver goes into this repository's git config, for all of its worktrees, with the path of this
    program; which files it is for goes into .gitattributes (commit it) and .git/info/attributes. A clone
    whose git config lacks the driver merges them as text. `git fetch` brings the notes that clones share.

    Running it again changes nothing, or brings it up to date: after an update that moved this program,
    after new specs folders in the config, or after another tool wrote its hooks anew.
    """
    plan = install(open_worktree(), parts(hooks=hooks, merge_driver=merge_driver))
    if not dry_run:
        plan.carry_out()
    emit(json_mode, document(plan, dry_run=dry_run), lines(plan, dry_run=dry_run))
    for remark in plan.remarks:
        warn(remark)
    if any(change.place == ROOT for change in plan.changes) and not dry_run:
        say(f"next: git add {ROOT}, and commit it")
    if plan.refused:
        fail(plan.refused.message, plan.refused.advice)
        return 3
    if not plan.changes:
        say("everything is installed")
    return 0


def parts(*, hooks: bool, merge_driver: bool) -> Sequence[str]:
    """The parts that the options name; all where they name none."""
    return [*([HOOKS] if hooks else []), *([DRIVER] if merge_driver else [])] or PARTS


def document(plan: Plan, *, dry_run: bool) -> dict[str, object]:
    """What `--json` prints of a plan."""
    changes = [{"part": one.part, "place": one.place, "what": one.what} for one in plan.changes]
    refused = {"message": plan.refused.message, "advice": plan.refused.advice} if plan.refused else None
    return {"dry_run": dry_run, "changes": changes, "remarks": list(plan.remarks), "refused": refused}


def lines(plan: Plan, *, dry_run: bool) -> Iterator[str]:
    """A line for each change."""
    for one in plan.changes:
        yield f"{'would change' if dry_run else 'changed'} {one.place}: {one.what}"
