"""What every command has beside its own options: examples, what it exits with, and `--json`.

Knows how these are shown; what a command does is for its own module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import click

EXITS: Final[Mapping[int, str]] = {
    0: "done",
    1: "something waits for a person (a conflict, a problem that was found)",
    2: "wrong usage, config or repository",
    3: "some actions failed, the others went through",
    4: "the tracker cannot be reached, or refuses the token",
    70: "a bug (the report's path is printed)",
    130: "interrupted",
    141: "the reader of the output went away",
}
"""The exit codes and what they mean, the same for all commands."""

F = TypeVar("F", bound=Callable[..., Any])

json_option: Final[Callable[[F], F]] = click.option(
    "--json", "json_mode", is_flag=True, help="One JSON document on stdout, also if it fails."
)


class Verb(click.Command):
    """A command whose help teaches: examples (what to type, what it does), and its exit codes.

    `exits` are codes, or codes with what they mean here; 70, 130 and 141 may come from any command.
    """

    def __init__(
        self,
        *args: Any,
        examples: Sequence[tuple[str, str]],
        exits: Sequence[int] | Mapping[int, str],
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.examples = tuple(examples)
        own = exits if isinstance(exits, Mapping) else {}
        self.exits = {code: own.get(code) or EXITS[code] for code in exits}

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """After the options: examples, exit codes, and what the command adds itself."""
        with formatter.section("Examples"):
            formatter.write_dl(list(self.examples), col_max=44)
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in self.exits.items()])
        super().format_epilog(ctx, formatter)
