"""`git lspec resolve`."""

from __future__ import annotations

from pathlib import Path

import click

from lspec_git.cli.named import one_spec
from lspec_git.cli.run import show, shown_progress
from lspec_git.engine.connect import connect
from lspec_git.engine.sync import Options, run
from lspec_git.errors import UsageError
from lspec_git.git.objects import discover


@click.command("resolve")
@click.argument("spec")
@click.option("--spec", "side", flag_value="spec", help="The spec's value stands: publish it.")
@click.option("--tracker", "side", flag_value="tracker", help="The tracker's value stands: pull it.")
@click.option("--field", default="", metavar="NAME", help="Only this field (status, title, tags:api, …).")
@click.option("--json", "json_mode", is_flag=True, help="One JSON document on stdout.")
def command(spec: str, side: str | None, field: str, json_mode: bool) -> int:
    """Settle the conflicts of a spec for one side.

    With --tracker the value is written into the worktree; commit it to have it settled.
    """
    if side is None:
        raise UsageError("which side stands?", f"git lspec resolve {spec} --spec    or --tracker")
    repo = discover(Path.cwd())
    options = Options(specs=frozenset({one_spec(repo, spec)}), settle=side, field=field)
    report = run(repo, options, lambda at: connect(repo, at), shown_progress)
    show(report, json_mode=json_mode)
    return report.exit_code
