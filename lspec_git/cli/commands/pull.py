"""`git lspec pull`."""

from __future__ import annotations

import click

from lspec_git.cli.run import options, synchronise
from lspec_git.cli.verb import Verb
from lspec_git.engine.running import Options


@click.command(
    "pull",
    cls=Verb,
    examples=(
        ("git lspec pull", "take in what moved on the tracker"),
        ("git lspec pull -n", "what would be written into which spec"),
        ("git lspec pull --full", "read every linked item, whatever the cursor says"),
    ),
    exits=(0, 1, 2, 3, 4),
)
@options
def command(
    specs: tuple[str, ...], systems: tuple[str, ...], json_mode: bool, dry_run: bool, force: bool, full: bool
) -> int:
    """Merge changes on the tracker into the specs in the worktree; nothing is written on the tracker.

    Only the lines concerned change. What is pulled waits in the worktree for your commit.
    """
    wanted = Options(push=False, dry_run=dry_run, force=force, full=full, systems=systems)
    return synchronise(wanted, specs, json_mode=json_mode)
