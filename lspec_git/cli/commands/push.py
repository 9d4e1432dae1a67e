"""`git lspec push`."""

from __future__ import annotations

import click

from lspec_git.cli.run import options, synchronise
from lspec_git.engine.sync import Options


@click.command("push")
@options
def command(
    specs: tuple[str, ...], systems: tuple[str, ...], json_mode: bool, dry_run: bool, force: bool, full: bool
) -> int:
    """Publish the committed edits of the current branch; nothing is written into the worktree."""
    wanted = Options(pull=False, dry_run=dry_run, force=force, full=full, systems=systems)
    return synchronise(wanted, specs, json_mode=json_mode)
