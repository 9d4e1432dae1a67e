"""What can be typed next: for the shells' scripts, one line of `kind`, tab, word, tab, help each.

Commands and options come from click, names of specs and trackers from here. Reads the index and the config
at most, and stays silent where there is nothing to read: a shell that completes is no place for errors.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from click.shell_completion import CompletionItem, ShellComplete

from lspec_git.errors import LspecError

VARIABLE: Final = "_LSPEC_COMPLETE"
"""Set by the shells' scripts: the arguments are words to be completed, the last one as far as it is typed."""


F = TypeVar("F", bound=Callable[..., Any])


class _Words(ShellComplete):
    """Takes the words as they are, so that no shell's quoting has to be undone."""

    name = "lspec"
    source_template = ""

    def __init__(self, cli: click.Command, words: Sequence[str]) -> None:
        super().__init__(cli, {}, "lspec", VARIABLE)
        self._words = list(words) or [""]

    def get_completion_args(self) -> tuple[list[str], str]:
        return self._words[:-1], self._words[-1]

    def format_completion(self, item: CompletionItem) -> str:
        return "\t".join((item.type, str(item.value), item.help or "")).replace("\n", " ")


def complete(cli: click.Command, words: Sequence[str]) -> str:
    """The lines for the shell."""
    return _Words(cli, words).complete()


def spec_names(ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """Specs by name, or by path once a slash is typed: what git tracks, and what it would not ignore."""
    found = _quietly(ctx, _specs)
    names = {folder if "/" in typed else folder.rpartition("/")[2]: folder for folder in found}
    return [CompletionItem(name, help=names[name]) for name in sorted(names) if name.startswith(typed)]


def tracker_names(ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """The trackers of the config, and their projects where one has several."""
    return [CompletionItem(name) for name in _quietly(ctx, _trackers) if name.startswith(typed)]


def command_names(ctx: click.Context, _param: click.Parameter, typed: str) -> list[CompletionItem]:
    """The commands."""
    group = ctx.find_root().command
    names = group.list_commands(ctx) if isinstance(group, click.Group) else []
    return [CompletionItem(name) for name in names if name.startswith(typed)]


def _specs() -> Iterator[str]:
    from lspec_git.checkout import open_worktree  # noqa: PLC0415 - only completion of a spec pays for it

    tree = open_worktree()
    here = Path.cwd()
    for _, path in tree.specs():
        yield Path(os.path.relpath(tree.top / path, here)).parent.as_posix()


def _trackers() -> Iterator[str]:
    from lspec_git.core.config import label  # noqa: PLC0415 - as above
    from lspec_git.git.repository import discover  # noqa: PLC0415 - as above
    from lspec_git.local import config  # noqa: PLC0415 - as above

    known = config(discover(Path.cwd()))
    yield from dict.fromkeys(tracker.name for tracker in known.trackers)
    yield from (name for tracker in known.trackers if (name := label(known, tracker)) != tracker.name)


def _quietly(ctx: click.Context, find: Callable[[], Iterator[str]]) -> list[str]:
    folder = ctx.find_root().params.get("folder") or Path()
    try:
        with chdir(folder):
            return list(find())
    except (LspecError, OSError):
        return []


system_option: Final[Callable[[F], F]] = click.option(
    "--system",
    "systems",
    multiple=True,
    metavar="NAME",
    shell_complete=tracker_names,
    help="Only this tracker (github), or one of its projects (github:owner/repo); repeatable.",
)
