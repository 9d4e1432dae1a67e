"""`git lspec unlink`."""

from __future__ import annotations

from pathlib import Path

import click

from lspec_git.cli.named import one_spec
from lspec_git.cli.output import emit
from lspec_git.cli.run import SYSTEM
from lspec_git.engine.manage import unlink
from lspec_git.errors import UsageError
from lspec_git.git.objects import discover


@click.command("unlink")
@click.argument("spec")
@click.option("--system", "systems", multiple=True, metavar="NAME", help=SYSTEM)
@click.option("--json", "json_mode", is_flag=True, help="One JSON document on stdout.")
def command(spec: str, systems: tuple[str, ...], json_mode: bool) -> int:
    """Remove the link between a spec and its work item.

    Both stay as they are. The spec gets no new work item, until `git lspec link` links it again.
    """
    repo = discover(Path.cwd())
    named = one_spec(repo, spec)
    removed = unlink(repo, named, systems)
    if not removed:
        raise UsageError(f"{named} is not linked", "see what is with: git lspec status --all")
    payload = {"unlinked": [{"spec": str(one.spec), "target": one.target, "key": one.key} for one in removed]}
    emit(json_mode, payload, [f"{one.spec} is no longer linked to {one.target}#{one.key}" for one in removed])
    return 0
