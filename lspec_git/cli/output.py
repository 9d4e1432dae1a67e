"""What commands print and ask: text for people, JSON for programs, questions only where somebody can answer.

Results go to stdout, everything else to stderr, with secrets blotted out. It knows no command; progress
is in `cli.progress`.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Final, TextIO

import click

from lspec_git.engine.redaction import redact

JSON_VERSION: Final = 1
"""Raised when a key of a JSON document changes its meaning or goes away; new keys do not count."""
CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Control characters but tab and newline: in a text of others they could steer the reader's terminal."""


def emit(json_mode: bool, payload: Mapping[str, object], lines: Iterable[str]) -> None:
    """Print the result: one JSON document with `"version": 1`, or the lines for people."""
    if json_mode:
        click.echo(json.dumps({"version": JSON_VERSION, **payload}, indent=2))
        return
    for line in lines:
        click.echo(line, color=wants_color())


def plain(text: str) -> str:
    """Text of unknown origin (titles, names, errors of servers) with its control characters made visible."""
    return CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _shown(text: str) -> str:
    return plain(redact(text))


def say(text: str) -> None:
    """Something worth knowing beside the result."""
    click.echo(_shown(text), err=True)


def warn(text: str) -> None:
    """Something that may need attention; the run goes on."""
    click.echo(f"{click.style('warning:', fg='yellow')} {_shown(text)}", err=True, color=wants_color())


def fail(message: str, advice: str = "") -> None:
    """Why the run ends, and what to do about it."""
    click.echo(
        f"{click.style('error:', fg='red', bold=True)} {_shown(message)}", err=True, color=wants_color()
    )
    for line in advice.splitlines():
        click.echo(f"  {click.style('→', dim=True)} {_shown(line)}", err=True, color=wants_color())


def fail_json(message: str, advice: str, code: int) -> None:
    """The same for programs: the one document that a command with --json prints when it fails."""
    error = {"message": redact(message), "advice": redact(advice)}
    click.echo(json.dumps({"version": JSON_VERSION, "error": error, "exit_code": code}, indent=2))


def on_terminal() -> bool:
    """Whether there is a person to ask: both the question and the answer go through a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirm(question: str, default: bool = False, *, yes: bool = False) -> bool:
    """Ask, where somebody can answer. `yes` answers for them; without a terminal it is no, and said so."""
    if yes:
        return True
    if not on_terminal():
        say(f"{question} No terminal to ask on: taken as no (--yes says yes).")
        return False
    return click.confirm(plain(question), default=default, err=True)


def ask(question: str, default: str = "") -> str:
    """A line of text; asks again while it is empty. Only to be called on a terminal."""
    answer: str = click.prompt(plain(question), default=default or None, err=True, type=str)
    return answer.strip()


def prepare(stream: TextIO) -> None:
    """Let any path and any title be printed: bytes of file names as they are, the rest escaped if need be."""
    if isinstance(stream, io.TextIOWrapper):
        utf8 = stream.encoding.lower().replace("-", "") == "utf8"
        stream.reconfigure(errors="surrogateescape" if utf8 else "backslashreplace")


def wants_color() -> bool | None:
    """False where colour is unwanted (NO_COLOR, a dumb terminal), else None: colour on a terminal only."""
    return False if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" else None
