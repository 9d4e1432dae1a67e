"""`git lspec link`."""

from __future__ import annotations

from pathlib import Path

import click

from lspec_git.cli.complete import spec_names, tracker_names
from lspec_git.cli.named import one_spec
from lspec_git.cli.output import emit
from lspec_git.cli.verb import Verb, json_option
from lspec_git.engine.connect import connect
from lspec_git.engine.manage import link
from lspec_git.git.objects import discover


@click.command(
    "link",
    cls=Verb,
    examples=(
        ("git lspec link 019 --github-issue 123", "from now on they are kept in step"),
        ("git lspec link specs/019-api --github-issue '#123'", "the same, by directory"),
    ),
    exits=(0, 2, 4),
)
@click.argument("spec", shell_complete=spec_names)
@click.option("--github-issue", metavar="NUMBER", required=True, help="The issue, as a number or `#123`.")
@click.option(
    "--system",
    default="github",
    metavar="NAME",
    shell_complete=tracker_names,
    help="The project, where no mapping says: github:owner/repo.",
)
@json_option
def command(spec: str, github_issue: str, system: str, json_mode: bool) -> int:
    """Link a spec to a work item that exists already.

    Nothing is written to either; the next sync compares them: what one side never said comes from the other,
    and where both say something else you are asked.
    """
    repo = discover(Path.cwd())
    named = one_spec(repo, spec)
    made = link(repo, lambda at: connect(repo, at), named, system, github_issue.lstrip("#"))
    payload = {"spec": str(made.spec), "target": made.target, "key": made.key, "url": made.url}
    emit(json_mode, payload, [f"{made.spec} is linked to {made.target}#{made.key}  {made.url}".rstrip()])
    return 0
