"""`git lspec sync`."""

from __future__ import annotations

import click

from lspec_git.cli.run import options, synchronise
from lspec_git.engine.sync import Options


@click.command("sync")
@options
def command(
    specs: tuple[str, ...], systems: tuple[str, ...], json_mode: bool, dry_run: bool, force: bool, full: bool
) -> int:
    """Push and pull: publish committed edits of specs, and merge changes on the tracker into the worktree.

    SPEC names a spec by its directory, its name or its number; without any, all mapped specs are synced.
    Fields merge independently. Where both sides changed one field, it is frozen and reported."""
    wanted = Options(dry_run=dry_run, force=force, full=full, systems=systems)
    return synchronise(wanted, specs, json_mode=json_mode)
