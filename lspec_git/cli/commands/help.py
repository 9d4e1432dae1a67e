"""`git lspec help`."""

from __future__ import annotations

import click

from lspec_git.cli.complete import command_names
from lspec_git.cli.verb import Verb


@click.command(
    "help",
    cls=Verb,
    examples=(
        ("git lspec help", "the commands, and what they exit with"),
        ("git lspec help sync", "the same as: git lspec sync -h"),
        ("git lspec --help", "the manual page, by git and man"),
    ),
    exits=(0, 2),
)
@click.argument("command_name", metavar="[COMMAND]", required=False, shell_complete=command_names)
@click.pass_context
def command(ctx: click.Context, command_name: str | None) -> int:
    """Show what COMMAND does, with examples; all commands without one."""
    above = ctx.find_root()
    group = above.command
    if command_name is None or not isinstance(group, click.Group):
        click.echo(above.get_help())
        return 0
    found = group.get_command(above, command_name)
    if found is not None:
        click.echo(found.get_help(click.Context(found, above, command_name)))
    return 0
