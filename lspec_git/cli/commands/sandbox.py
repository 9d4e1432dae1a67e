"""`git lspec sandbox`: the embedded tracker alone, to try anything against without an account."""

from __future__ import annotations

from pathlib import Path

import click

from lspec_git.sandbox.server import DEFAULT_PROJECT, serve

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


@click.command("sandbox", epilog=EPILOG, short_help="Run a tracker of your own on this machine.")
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
def command(port: int, log: Path | None, faults: tuple[str, ...], projects: tuple[str, ...]) -> None:
    """Run a tracker that speaks GitHub's dialect, with a board in the browser, until Ctrl-C.

    It listens on this machine alone and keeps everything in memory.
    """
    serve(port, log, faults, click.echo, projects=projects)
