"""`git lspec sync`."""

from __future__ import annotations

import click

from lspec_git.cli.run import options, synchronise
from lspec_git.cli.verb import Verb
from lspec_git.engine.running import Options


@click.command(
    "sync",
    cls=Verb,
    examples=(
        ("git lspec sync --dry-run", "what would happen, and nothing else"),
        ("git lspec sync", "publish what is committed, pull what moved"),
        ("git lspec sync 019 specs/020-api", "these two specs only"),
        ("git lspec sync --system github --json", "one tracker; the report for programs"),
    ),
    exits=(0, 1, 2, 3, 4),
)
@options
def command(
    specs: tuple[str, ...], systems: tuple[str, ...], json_mode: bool, dry_run: bool, force: bool, full: bool
) -> int:
    """Push and pull: publish committed edits of specs, and merge changes on the tracker into the worktree.

    SPEC names a spec by its directory, its name or its number; without any, all mapped specs are synced.
    Fields merge independently. Where both sides changed one field, it is frozen and reported.
    """
    wanted = Options(dry_run=dry_run, force=force, full=full, systems=systems)
    return synchronise(wanted, specs, json_mode=json_mode)
