"""`git lspec unlink`."""

from __future__ import annotations

from pathlib import Path

import click

from lspec_git.cli.complete import spec_names, system_option
from lspec_git.cli.named import known_spec
from lspec_git.cli.output import emit
from lspec_git.cli.verb import Verb, json_option
from lspec_git.engine.manage import unlink
from lspec_git.errors import UsageError
from lspec_git.git.objects import discover


@click.command(
    "unlink",
    cls=Verb,
    examples=(
        ("git lspec unlink 019", "spec and work item go separate ways"),
        ("git lspec unlink 019 --system github", "on this tracker only"),
    ),
    exits=(0, 2),
)
@click.argument("spec", shell_complete=spec_names)
@system_option
@json_option
def command(spec: str, systems: tuple[str, ...], json_mode: bool) -> int:
    """Remove the link between a spec and its work item.

    Both stay as they are. The spec gets no new work item, until `git lspec link` links it again.
    SPEC need not be on this branch, or on any.
    """
    repo = discover(Path.cwd())
    named = known_spec(repo, spec)
    removed = unlink(repo, named, systems)
    if not removed:
        raise UsageError(f"{named} is not linked", "see what is with: git lspec status --all")
    payload = {"unlinked": [{"spec": str(one.spec), "target": one.target, "key": one.key} for one in removed]}
    emit(json_mode, payload, [f"{one.spec} is no longer linked to {one.target}#{one.key}" for one in removed])
    return 0
