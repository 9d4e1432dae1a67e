"""`git lspec completion`."""

from __future__ import annotations

from importlib.resources import files

import click

from lspec_git.cli.verb import Verb

SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion",
    cls=Verb,
    examples=(
        ('eval "$(git lspec completion bash)"', "in ~/.bashrc"),
        ('eval "$(git lspec completion zsh)"', "in ~/.zshrc, after compinit"),
        ("git lspec completion fish | source", "in ~/.config/fish/config.fish"),
    ),
    exits=(0, 2),
)
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> int:
    """Print the script that lets SHELL complete commands, options, and names of specs and trackers.

    It serves `lspec` and, beside git's own completion, `git lspec`. Specs are read from the index.
    """
    click.echo(files("lspec_git.cli").joinpath("shells", f"lspec.{shell}").read_text("utf-8"), nl=False)
    return 0
