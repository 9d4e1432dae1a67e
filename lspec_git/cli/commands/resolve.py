"""`git lspec resolve`."""

from __future__ import annotations

from pathlib import Path

import click

from lspec_git.cli.complete import spec_names
from lspec_git.cli.named import one_spec
from lspec_git.cli.progress import shown
from lspec_git.cli.run import show
from lspec_git.cli.verb import Verb, json_option
from lspec_git.engine.connect import connect
from lspec_git.engine.running import Options
from lspec_git.engine.sync import run
from lspec_git.errors import UsageError
from lspec_git.git.objects import discover


@click.command(
    "resolve",
    cls=Verb,
    examples=(
        ("git lspec resolve 019 --spec", "what the spec says is published"),
        ("git lspec resolve 019 --tracker", "what the tracker says is pulled; commit it"),
        ("git lspec resolve 019 --field title --spec", "one field; the others stay as they are"),
    ),
    exits=(0, 1, 2, 3, 4),
)
@click.argument("spec", shell_complete=spec_names)
@click.option("--spec", "side", flag_value="spec", help="The spec's value stands: publish it.")
@click.option("--tracker", "side", flag_value="tracker", help="The tracker's value stands: pull it.")
@click.option(
    "--field", default="", metavar="NAME", help="Only this field (status, title, tags:api, and so on)."
)
@json_option
def command(spec: str, side: str | None, field: str, json_mode: bool) -> int:
    """Settle the conflicts of a spec for one side.

    With --tracker the value is written into the worktree; commit it to have it settled.
    """
    if side is None:
        raise UsageError("which side stands?", f"git lspec resolve {spec} --spec    or --tracker")
    repo = discover(Path.cwd())
    options = Options(specs=frozenset({one_spec(repo, spec)}), settle=side, field=field)
    report = run(repo, options, lambda at: connect(repo, at), shown(json_mode))
    show(report, json_mode=json_mode)
    return report.exit_code
