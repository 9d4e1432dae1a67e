"""`git lspec push`."""

from __future__ import annotations

import click

from lspec_git.cli.run import options, synchronise
from lspec_git.cli.verb import Verb
from lspec_git.engine.running import Options


@click.command(
    "push",
    cls=Verb,
    examples=(
        ("git lspec push", "publish the committed edits of this branch"),
        ("git lspec push -n", "what would be published"),
        ("git lspec push 019 --force", "one spec, however many items it touches"),
    ),
    exits=(0, 1, 2, 3, 4),
)
@options
def command(
    specs: tuple[str, ...], systems: tuple[str, ...], json_mode: bool, dry_run: bool, force: bool, full: bool
) -> int:
    """Publish the committed edits of the current branch; nothing is written into the worktree.

    An edit is published at most once, ever, and only onto a value that this branch's history knows.
    """
    wanted = Options(pull=False, dry_run=dry_run, force=force, full=full, systems=systems)
    return synchronise(wanted, specs, json_mode=json_mode)
