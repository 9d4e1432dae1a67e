"""`git lspec pull`."""

from __future__ import annotations

import click

from lspec_git.cli.run import options, synchronise
from lspec_git.engine.sync import Options


@click.command("pull")
@options
def command(
    specs: tuple[str, ...], systems: tuple[str, ...], json_mode: bool, dry_run: bool, force: bool, full: bool
) -> int:
    """Merge changes on the tracker into the specs in the worktree; nothing is written on the tracker."""
    wanted = Options(push=False, dry_run=dry_run, force=force, full=full, systems=systems)
    return synchronise(wanted, specs, json_mode=json_mode)
