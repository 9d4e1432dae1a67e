"""`git lspec install`: what git itself has to know, in this repository."""

from __future__ import annotations

from collections.abc import Iterator

import click

from lspec_git.checkout import open_worktree
from lspec_git.cli.output import emit, say, warn
from lspec_git.cli.verb import Verb, json_option
from lspec_git.engine.install import DRIVER, PARTS, Plan, install
from lspec_git.git.setup import ROOT


@click.command(
    "install",
    cls=Verb,
    short_help="Let git merge specs key by key, and fetch what clones share.",
    examples=(
        ("git lspec install", "all there is: the merge driver, the notes' refspec"),
        ("git lspec install --merge-driver", "only the merge driver"),
        ("git lspec install --dry-run", "what would be changed, file by file"),
    ),
    exits=(0, 2),
)
@click.option("--merge-driver", is_flag=True, help="Only the merge driver.")
@click.option("--dry-run", "-n", is_flag=True, help="Only show what would be changed.")
@json_option
def command(*, merge_driver: bool, dry_run: bool, json_mode: bool) -> int:
    """Let git merge specs key by key, and let `git fetch` bring the notes that clones share.

    The merge driver goes into this repository's git config, for all of its worktrees, with the path of this
    program; which files it is for goes into .gitattributes (commit it) and .git/info/attributes. A clone
    whose git config lacks the driver merges them as text. There are no hooks to install yet.

    Running it again changes nothing, or brings it up to date: after an update that moved this program, or
    after new specs folders in the config.
    """
    plan = install(open_worktree(), [DRIVER] if merge_driver else PARTS)
    if not dry_run:
        plan.carry_out()
    emit(json_mode, document(plan, dry_run=dry_run), lines(plan, dry_run=dry_run))
    for remark in plan.remarks:
        warn(remark)
    if any(change.place == ROOT for change in plan.changes) and not dry_run:
        say(f"next: git add {ROOT}, and commit it")
    if not plan.changes:
        say("everything is installed")
    if not merge_driver:
        say("hooks come with a later version: until then, run git lspec sync")
    return 0


def document(plan: Plan, *, dry_run: bool) -> dict[str, object]:
    """What `--json` prints of a plan."""
    changes = [{"part": one.part, "place": one.place, "what": one.what} for one in plan.changes]
    return {"dry_run": dry_run, "changes": changes, "remarks": list(plan.remarks)}


def lines(plan: Plan, *, dry_run: bool) -> Iterator[str]:
    """A line for each change."""
    for one in plan.changes:
        yield f"{'would change' if dry_run else 'changed'} {one.place}: {one.what}"
