"""`git lspec demo`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from lspec_git.cli.output import emit
from lspec_git.cli.story import Story
from lspec_git.cli.verb import Verb, json_option
from lspec_git.sandbox.server import Sandbox


@click.command(
    "demo",
    cls=Verb,
    examples=(
        ("git lspec demo", "a story in a minute, then a board to play with"),
        ("git lspec demo --port 4300", "the board at http://127.0.0.1:4300"),
        ("git lspec demo </dev/null", "the story alone"),
    ),
    exits={0: "all of it held", 2: "", 70: "something did not hold"},
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port of the board; any free one if 0."
)
@json_option
def command(port: int, json_mode: bool) -> int:
    """Show it all working, without any account.

    A throw-away repository, a tracker on this machine with a board in the browser, and the real commands on
    them. On a terminal the board stays open until Ctrl-C, and what you move there comes back into the specs.
    With --json only what was seen to hold is told.
    """
    made = tempfile.TemporaryDirectory(prefix="lspec-demo-", ignore_cleanup_errors=True)
    with made as folder, Sandbox(port=port) as sandbox:
        story = Story(Path(folder), sandbox, _silent if json_mode else click.echo)
        _play(story, alone=json_mode or not (sys.stdin.isatty() and sys.stdout.isatty()))
        emit(json_mode, {"held": story.held}, ())
    return 0


def _silent(_line: str) -> None:
    pass


def _play(story: Story, *, alone: bool) -> None:
    story.prepare()
    story.tell(f"The board: {story.sandbox.url}    the repository: {story.repo}")
    for chapter in (story.connect, story.push, story.pull, story.conflict):
        chapter()
    seen = story.sandbox.store.version
    story.settle()
    story.tell("")
    if alone:
        story.tell("All of it held. On a terminal the board stays open, to be played with.")
        return
    story.tell(f"Now move cards on {story.sandbox.url} and watch them come back. Ctrl-C ends it.")
    try:
        story.follow(seen)
    except KeyboardInterrupt:
        story.tell("\nGone without a trace.")
