"""`git lspec demo`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from lspec_git.cli.story import Story
from lspec_git.sandbox.server import Sandbox


@click.command("demo")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port of the board; any free one if 0."
)
def command(port: int) -> int:
    """Show it all working, without any account.

    A throw-away repository, a tracker on this machine with a board in the browser, and the real commands on
    them. On a terminal the board stays open until Ctrl-C, and what you move there comes back into the specs.
    """
    made = tempfile.TemporaryDirectory(prefix="lspec-demo-", ignore_cleanup_errors=True)
    with made as folder, Sandbox(port=port) as sandbox:
        _play(Story(Path(folder), sandbox, click.echo))
    return 0


def _play(story: Story) -> None:
    story.prepare()
    story.tell(f"The board: {story.sandbox.url}    the repository: {story.repo}")
    for chapter in (story.connect, story.push, story.pull, story.conflict):
        chapter()
    seen = story.sandbox.store.version
    story.settle()
    story.tell("")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        story.tell("All of it held. On a terminal the board stays open, to be played with.")
        return
    story.tell(f"Now move cards on {story.sandbox.url} and watch them come back. Ctrl-C ends it.")
    try:
        story.follow(seen)
    except KeyboardInterrupt:
        story.tell("\nGone without a trace.")
