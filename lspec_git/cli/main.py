"""The frame of the command line: the table of verbs, the global options, the error boundary, the exit codes.

Verbs are imported when they are called, so that `-h`, completion and a typing error cost nothing. It knows
what each verb is for in one line, and nothing of how it is done.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from itertools import takewhile
from pathlib import Path
from typing import Final

import click
from click.shell_completion import CompletionItem

from lspec_git import __version__, logbook
from lspec_git.cli.complete import VARIABLE, complete
from lspec_git.cli.output import fail, fail_json, prepare, say, wants_color
from lspec_git.cli.verb import EXITS
from lspec_git.engine.redaction import RedactingFormatter, redact
from lspec_git.errors import LspecError, UsageError

VERBS: Final = {
    "init": "Set up a repository: which tracker, which project, which specs.",
    "install": "Let git publish after a commit, and merge specs key by key.",
    "uninstall": "Take away what install brought.",
    "sync": "Push and pull.",
    "push": "Publish committed edits of specs to the tracker.",
    "pull": "Merge changes on the tracker into the specs.",
    "link": "Link a spec to an existing work item.",
    "unlink": "Remove the link between a spec and its work item.",
    "integrations": "Show the trackers: reachable, whose token, how many specs, what is pending.",
    "status": "Show for each spec whether it is in step (offline).",
    "log": "Show who or what set which field, and when.",
    "check": "Validate specs and the config.",
    "doctor": "Find what is wrong with this repository's setup and state, and mend it.",
    "trust": "Let a tracker's project receive your token.",
    "resolve": "Settle a conflict for one side.",
    "sandbox": "Run a tracker of your own on this machine, to try things out.",
    "demo": "Show it all working, without any account.",
    "completion": "Print the script that lets a shell complete commands, options and specs.",
    "help": "Show what a command does, with examples.",
}
HIDDEN: Final = ("hook",)
"""Commands that nobody types: neither listed nor completed, and without a manual page."""
UNTOLD: Final = ("hook", "help", "completion")
"""Commands before whose output nothing is told: of a hook it would be lost, of a script it would be part."""
EXTRAS: Final = {"flask": "demo", "werkzeug": "demo", "waitress": "demo"}
"""Modules of optional dependencies, and the extra that brings them."""
EPILOG: Final = """\
`git lspec` and `lspec` are the same command. git takes `--help` for itself and shows the manual page;
`-h`, and `git lspec help COMMAND`, need no `man`.

\b
Completion, in your shell's startup file (bash, zsh; for fish: | source):
  eval "$(git lspec completion bash)"
"""
BUG: Final = 70
INTERRUPTED: Final = 130
READER_GONE: Final = 141


class Verbs(click.Group):
    """A group that knows its commands by name and help, and imports one only to run it."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS and cmd_name not in HIDDEN:
            close = get_close_matches(cmd_name, VERBS, 1)
            ctx.fail(f"there is no command `{cmd_name}`" + (f"; did you mean `{close[0]}`?" if close else ""))
        try:
            module = importlib.import_module(f"lspec_git.cli.commands.{cmd_name}")
        except ModuleNotFoundError as error:
            extra = EXTRAS.get((error.name or "").partition(".")[0])
            if extra is None:
                raise
            message = f"`{cmd_name}` needs parts that are not installed ({error.name})"
            raise UsageError(message, f"pip install 'lspec-git[{extra}]'") from None
        command: click.Command = module.command
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands by the table: click would import every one of them for its help."""
        found = [CompletionItem(name, help=VERBS[name]) for name in VERBS if name.startswith(incomplete)]
        return found if not incomplete.startswith("-") else super().shell_complete(ctx, incomplete)

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in EXITS.items()])
        super().format_epilog(ctx, formatter)


@click.command(
    cls=Verbs,
    epilog=EPILOG,
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "-C",
    "folder",
    metavar="PATH",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Run as if started in PATH.",
)
@click.option("-v", "--verbose", count=True, help="Tell on stderr what is done; twice: every request.")
@click.option("--no-color", is_flag=True, help="No colour (so does the variable NO_COLOR).")
@click.version_option(__version__, message="git lspec %(version)s")
@click.pass_context
def cli(ctx: click.Context, folder: Path | None, verbose: int, no_color: bool) -> None:
    """Keep LeanSpec specs in git and the work items of a tracker in step, both ways."""
    if folder is not None:
        os.chdir(folder)
    if no_color:
        os.environ["NO_COLOR"] = "1"
    ctx.color = wants_color()
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(2)
    if ctx.invoked_subcommand not in UNTOLD and "--json" not in (ctx.obj or ()):
        _tell()
    _log_to_stderr((logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)])


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code. Every error ends here, as a message to a person."""
    for stream in (sys.stdout, sys.stderr):
        prepare(stream)
    words = list(sys.argv[1:] if args is None else args)
    try:
        return _run(words)
    except BrokenPipeError:
        # The interpreter flushes stdout once more at its end, and would complain about the same pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return READER_GONE
    except (click.Abort, KeyboardInterrupt):
        return _failed(words, INTERRUPTED, "interrupted")
    except LspecError as error:
        return _failed(words, error.exit_code, error.message, error.advice)
    except click.ClickException as error:
        return _failed(words, 2, error.format_message(), _usage(error))
    except Exception as error:  # noqa: BLE001 - the boundary: a traceback shown to a user helps nobody
        said = f"a bug in git lspec: {_one_line(error)}"
        return _failed(words, BUG, said, f"please report it with {_report(error)}")


def _failed(words: Sequence[str], code: int, message: str, advice: str = "") -> int:
    """Tell why on stderr, and on stdout as well where a program reads it; the exit code."""
    fail(message, advice)
    if "--json" in takewhile(lambda word: word != "--", words):
        fail_json(message, advice, code)
    return code


def _run(args: list[str]) -> int:
    if VARIABLE in os.environ:
        click.echo(complete(cli, args))
        return 0
    # Not `cli.main`: it answers a closed pipe with status 1, which has a meaning of its own here.
    try:
        with cli.make_context(_program(sys.argv[0]), args, obj=tuple(args)) as context:
            code = cli.invoke(context)
    except click.exceptions.Exit as leave:
        code = leave.exit_code
    sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _usage(error: click.ClickException) -> str:
    """How to get help. `-h`, since git itself answers to `git lspec --help`."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{context.command_path} -h" if context else ""


def _program(path: str) -> str:
    return "lspec" if Path(path).name.partition(".")[0] == "lspec" else "git lspec"


def _tell() -> None:
    """What a run in the background came to, once: before the output of whatever command comes next."""
    # Here, so that `-h`, `--version` and completion start without them.
    from lspec_git.git.repository import discover  # noqa: PLC0415
    from lspec_git.records import Records  # noqa: PLC0415

    try:
        for line in logbook.take(str(Records.of(discover(Path.cwd())).shared)):
            say(line)
    except (LspecError, OSError):
        return  # no repository, or none that we may write to: the command itself will say so


class _ToStderr(logging.Handler):
    """Whatever stderr is at that moment: a progress bar stands in for it while it is shown."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(self.format(record), err=True)


def _log_to_stderr(level: int) -> None:
    handler = _ToStderr()
    handler.setFormatter(RedactingFormatter("%(message)s"))
    logger = logging.getLogger("lspec_git")
    logger.handlers = [handler]
    logger.setLevel(level)
    logger.propagate = False


def _one_line(error: Exception) -> str:
    text = redact(" ".join(f"{type(error).__name__}: {error}".split()))
    return text if len(text) <= 200 else text[:200] + "…"


def _report(error: Exception) -> str:
    """Write the traceback, without secrets, to a file of the user's; its path."""
    text = "".join(traceback.format_exception(error))
    head = f"git lspec {__version__}, Python {sys.version}\n{datetime.now(UTC).isoformat()}\n\n"
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    folder = Path(state) / "lspec"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file, path = tempfile.mkstemp(".log", "bug-", folder)
    except OSError:
        file, path = tempfile.mkstemp(".log", "lspec-bug-")
    with os.fdopen(file, "w", encoding="utf-8", errors="backslashreplace") as log:
        log.write(head + redact(text))
    return path
