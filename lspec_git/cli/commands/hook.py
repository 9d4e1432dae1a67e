"""`git lspec hook`: what hooks call. Not in the list of commands, since nobody types it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from lspec_git import hooks
from lspec_git.cli.output import say
from lspec_git.cli.registering import register_here
from lspec_git.cli.staged import look
from lspec_git.cli.verb import Verb
from lspec_git.engine.background import Pushed, work
from lspec_git.errors import LspecError
from lspec_git.git.objects import discover

ALWAYS = {0: "always: what goes wrong is in .git/lspec/log, and in git lspec status"}


@click.group("hook", subcommand_metavar="NAME [ARGS]...")
def command() -> None:
    """What the hooks of git call; see docs/hooks.md. None of them ever prompts."""


@command.command(
    "check",
    cls=Verb,
    short_help="Before a commit: validate what is staged.",
    examples=(("git lspec hook check", "in pre-commit"), ("git lspec hook check --fix", "mend what is safe")),
    exits={0: "also where it could not be told", 1: "a staged spec or config is wrong, or was mended"},
)
@click.option("--fix", is_flag=True, help="Mend what is safe.")
@click.argument("files", nargs=-1)
def check(*, fix: bool, files: tuple[str, ...]) -> int:
    """As git lspec check --staged. FILES, which frameworks append, are ignored: the index tells.

    Offline. No other trouble than that of the staged content stops a commit.
    """
    del files
    return look(fix=fix)


@command.command(
    "setup",
    cls=Verb,
    short_help="Under pre-commit or prek: register merge driver and git lspec.",
    examples=(("git lspec hook setup", "in pre-commit, post-merge and post-checkout"),),
    exits={0: "always"},
)
def setup() -> int:
    """Register the merge driver, the notes' refspec and `git lspec` in this repository's own git config.

    For those who have this program only as pre-commit or prek install it: git is told its path. No file of
    the worktree is changed, nor what was installed by hand. Again it changes nothing, or brings up to date.
    """
    try:
        register_here()
    except (LspecError, OSError) as error:
        say(f"git lspec hook setup: {'; '.join(str(error).splitlines())}")
    return 0


@command.command(
    "sync",
    cls=Verb,
    short_help="After a commit, merge or rewrite: publish in the background.",
    examples=(("git lspec hook sync", "in post-commit, post-merge and post-rewrite"),),
    exits=ALWAYS,
)
def sync() -> int:
    """Publish what HEAD holds, in the background: returns at once.

    Does nothing where no spec has changed since the last complete run, nor while a rebase or a cherry-pick
    has commits to come. The outcome is told before the output of the next command or hook.
    """
    return hooks.main(["sync"])


@command.command(
    "notes",
    cls=Verb,
    short_help="Before a push: let the notes travel along, in the background.",
    examples=(('git lspec hook notes "$@"', "in pre-push"),),
    exits=ALWAYS,
)
@click.argument("remote", default="")
@click.argument("url", default="")
def notes(remote: str, url: str) -> int:
    """Push the notes once the push has ended, and publish what is still open: returns at once.

    REMOTE and URL are what git gives pre-push. With `publish: push` in the config this is when edits are
    published, if the remote has got them.
    """
    return hooks.main(["notes", *filter(None, (remote, url))])


@command.command(
    "run",
    cls=Verb,
    short_help="What the others start: the run itself.",
    examples=(
        ("git lspec hook run", "publish HEAD, if that is due"),
        ("git lspec hook run --after-push $PPID origin", "in pre-push, in the background"),
    ),
    exits=ALWAYS,
)
@click.option(
    "--after-push",
    nargs=2,
    type=(click.IntRange(min=1), str),
    metavar="PID REMOTE",
    help="Wait until the process has ended; with `publish: push`, publish what REMOTE has then.",
)
def run(after_push: tuple[int, str] | None) -> int:
    """Publish what HEAD holds, on its own: it lets go of terminal and pipes first, and asks nobody.

    It pushes only, never writes the worktree, and creates 5 work items at most: where there are more, none.
    One at a time works in a worktree; another leaves a mark, and is gone.
    """
    repo = discover(Path.cwd())
    os.chdir(repo.folder)
    work(repo, Pushed(*after_push) if after_push else None)
    return 0
