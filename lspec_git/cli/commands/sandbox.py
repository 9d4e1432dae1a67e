"""`git lspec sandbox`: the embedded tracker alone, to try anything against without an account."""

from __future__ import annotations

from pathlib import Path

import click

from lspec_git.cli.output import emit
from lspec_git.cli.verb import Verb, json_option
from lspec_git.sandbox.server import DEFAULT_PROJECT, Sandbox, serve

EPILOG = """\
\b
Use it from another terminal, with the address and token that it prints:
  export GITHUB_TOKEN=<token>
  git lspec init --repo octocat/specs --api-url http://127.0.0.1:<port>

\b
Faults are [[METHOD] PATH:]KIND[=VALUE][:retry-after=SECONDS][@FIRST[xTIMES]]:
  'POST /issues:lost-answer@3'   the third creation is done, and never answered
  '*:500@2x3'                    the second, third and fourth request fail
  'GET /issues:slow=2s'          every listing takes two seconds longer
  'secondary-limit@5'            the fifth request meets the secondary limit
Kinds: a status (500), 500-after, drop-before, lost-answer, slow, html-proxy,
garbage, primary-limit, secondary-limit, list-lag.
"""


@click.command(
    "sandbox",
    cls=Verb,
    epilog=EPILOG,
    short_help="Run a tracker of your own on this machine.",
    examples=(
        ("git lspec sandbox", "a board and an API on a free port"),
        ("git lspec sandbox --port 4300 --project me/specs", "your own names"),
        ("git lspec sandbox --fault '*:500@2x3' --log req.log", "let requests fail, and see them all"),
    ),
    exits={0: "ended by Ctrl-C", 2: ""},
)
@json_option
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; any free one if 0."
)
@click.option(
    "--log",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write every request to this file, a line of JSON each (never the token).",
)
@click.option(
    "--fault", "faults", metavar="SPEC", multiple=True, help="Let requests fail; repeatable, see below."
)
@click.option(
    "--project",
    "projects",
    metavar="OWNER/NAME",
    multiple=True,
    default=(DEFAULT_PROJECT,),
    show_default=True,
    help="A project to hold; repeatable.",
)
def command(
    port: int, log: Path | None, faults: tuple[str, ...], projects: tuple[str, ...], json_mode: bool
) -> int:
    """Run a tracker that speaks GitHub's dialect, with a board in the browser, until Ctrl-C.

    It listens on this machine alone and keeps everything in memory. With --json it prints one document
    once it listens.
    """

    def announce(sandbox: Sandbox) -> None:
        names = [project.name for project in sandbox.store.projects()]
        listed = (f"project:       {name}" for name in names)
        lines = (f"board and API: {sandbox.url}", f"token:         {sandbox.token}", *listed)
        emit(json_mode, {"url": sandbox.url, "token": sandbox.token, "projects": names}, lines)

    serve(port, log, faults, announce, projects=projects)
    return 0
