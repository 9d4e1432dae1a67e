"""Long output through the pager that git itself would take, on a terminal only."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from lspec_git.cli.output import wants_color
from lspec_git.git.process import run


def page(lines: Iterable[str]) -> None:
    """Show lines as they come: paged on a terminal, plain elsewhere."""
    texts = (f"{line}\n" for line in lines)
    pager = _pager() if sys.stdin.isatty() and sys.stdout.isatty() else ""
    if not pager:
        for each in texts:
            click.echo(each, nl=False, color=wants_color())
        return
    # As git does: a shell runs it (core.pager may hold pipes), and less leaves short output alone.
    os.environ["PAGER"] = f"sh -c {shlex.quote(pager)}"
    os.environ.setdefault("LESS", "FRX")
    os.environ.setdefault("LV", "-c")
    click.echo_via_pager(texts, color=wants_color() is not False)


def _pager() -> str:
    """GIT_PAGER, core.pager, PAGER or less, as git decides; empty for none."""
    # The variable first: children of ours do not inherit it (`git --no-pager` sets it to cat).
    chosen = os.environ.get("GIT_PAGER")
    if chosen is None:
        chosen = run(["var", "GIT_PAGER"], Path(), check=False).text
    return "" if chosen == "cat" else chosen
