"""`git lspec trust`: which trackers' projects may receive the user's token."""

from __future__ import annotations

import click

from lspec_git.cli.output import emit, say
from lspec_git.cli.verb import Verb, json_option
from lspec_git.engine.credentials import approvals, approve, revoke
from lspec_git.errors import UsageError


@click.command(
    "trust",
    cls=Verb,
    short_help="Let a tracker's project receive your token.",
    examples=(
        ("git lspec trust github.com/octocat/specs", "allow it"),
        ("git lspec trust --list", "what was allowed"),
        ("git lspec trust --remove github.com/octocat/specs", "take it back"),
    ),
    exits=(0, 2),
)
@click.argument("target", required=False)
@click.option("--list", "listing", is_flag=True, help="List what was approved.")
@click.option("--remove", is_flag=True, help="Take the approval of TARGET back.")
@json_option
def command(target: str | None, listing: bool, remove: bool, json_mode: bool) -> int:
    """Let TARGET receive your token: host[:port]/project, such as github.com/octocat/specs.

    A repository's config names the project that it wants to be synced with; your token goes there only
    once you approved it. Approvals are kept in your own git config (lspec.trust), never in a repository.
    """
    changed = ""
    if target is None:
        if remove or not (listing or json_mode):
            raise UsageError("which target?", "git lspec trust host[:port]/project, or --list")
    elif listing:
        raise UsageError("--list takes no target", "git lspec trust --list")
    elif remove:
        changed = "no longer approved" if revoke(target) else f"{target} was not approved; nothing changed"
    else:
        changed = f"{approve(target)} may receive your token"
    if changed:
        say(changed)
    found = approvals() if listing or json_mode else ()
    emit(json_mode, {"approved": list(found)}, found)
    return 0
