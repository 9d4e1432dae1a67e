"""`git lspec trust`: which trackers' projects may receive the user's token."""

from __future__ import annotations

import click

from lspec_git.cli.output import emit, say
from lspec_git.engine.credentials import approvals, approve, revoke
from lspec_git.errors import UsageError


@click.command("trust", short_help="Let a tracker's project receive your token.")
@click.argument("target", required=False)
@click.option("--list", "listing", is_flag=True, help="List what was approved.")
@click.option("--remove", is_flag=True, help="Take the approval of TARGET back.")
@click.option("--json", "as_json", is_flag=True, help="List as JSON.")
def command(target: str | None, listing: bool, remove: bool, as_json: bool) -> None:
    """Let TARGET receive your token: host[:port]/project, such as github.com/octocat/specs.

    A repository's config names the project that it wants to be synced with; your token goes there only
    once you approved it. Approvals are kept in your own git config (lspec.trust), never in a repository.
    """
    if target is None:
        if remove or not (listing or as_json):
            raise UsageError("which target?", "git lspec trust host[:port]/project, or --list")
        found = approvals()
        emit(as_json, {"approved": list(found)}, found)
    elif listing or as_json:
        raise UsageError("--list and --json take no target", "git lspec trust --list")
    elif remove:
        say("no longer approved" if revoke(target) else f"{target} was not approved; nothing changed")
    else:
        say(f"{approve(target)} may receive your token")
