"""`git lspec uninstall`: takes away what `install` brought."""

from __future__ import annotations

import click

from lspec_git.checkout import open_worktree
from lspec_git.cli.commands.install import document, lines, parts
from lspec_git.cli.output import emit, say, warn
from lspec_git.cli.verb import Verb, json_option
from lspec_git.engine.install import uninstall
from lspec_git.git.setup import ROOT


@click.command(
    "uninstall",
    cls=Verb,
    short_help="Take away what install brought.",
    examples=(
        ("git lspec uninstall", "hooks, the merge driver, and the notes' refspec if install added it"),
        ("git lspec uninstall --hooks", "only the hooks"),
        ("git lspec uninstall --merge-driver", "only the merge driver"),
        ("git lspec uninstall --dry-run", "what would be taken away"),
    ),
    exits=(0, 2),
)
@click.option("--hooks", is_flag=True, help="Only the hooks.")
@click.option("--merge-driver", is_flag=True, help="Only the merge driver.")
@click.option("--dry-run", "-n", is_flag=True, help="Only show what would be changed.")
@json_option
def command(*, hooks: bool, merge_driver: bool, dry_run: bool, json_mode: bool) -> int:
    """Take away what `git lspec install` brought: the rest of each file stays as it is, to the byte.

    A hook that had to make room comes back; one that another tool wrote anew since is left to that. Notes,
    links, the config and your token stay. Specs are published by `git lspec sync`, and merged as text, then.
    """
    plan = uninstall(open_worktree(), parts(hooks=hooks, merge_driver=merge_driver))
    if not dry_run:
        plan.carry_out()
    emit(json_mode, document(plan, dry_run=dry_run), lines(plan, dry_run=dry_run))
    for remark in plan.remarks:
        warn(remark)
    if any(change.place == ROOT for change in plan.changes) and not dry_run:
        say(f"next: commit {ROOT} if it was committed")
    if not plan.changes:
        say("nothing is installed")
    return 0
