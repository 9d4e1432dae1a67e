"""`git lspec status`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from lspec_git.cli.complete import spec_names
from lspec_git.cli.named import named_specs
from lspec_git.cli.output import emit, plain
from lspec_git.cli.progress import shown
from lspec_git.cli.verb import Verb, json_option
from lspec_git.core.actions import Conflict, Why
from lspec_git.core.explain import CUT_OFF, as_dict, change, lines
from lspec_git.engine.status import IN_CONFLICT, IN_STEP, MISPLACED, UNREADABLE, Overview, Standing, overview
from lspec_git.git.objects import discover


@click.command(
    "status",
    cls=Verb,
    examples=(
        ("git lspec status", "what is not in step, and why"),
        ("git lspec status --all", "every mapped spec with its work item"),
        ("git lspec status 019 --json", "one spec, for programs"),
    ),
    exits=(0, 1, 2),
)
@click.argument("specs", nargs=-1, metavar="[SPEC]...", shell_complete=spec_names)
@json_option
@click.option("--all", "-a", "everything", is_flag=True, help="Also list the specs that are in step.")
def command(specs: tuple[str, ...], json_mode: bool, everything: bool) -> int:
    """Show for each mapped spec whether it is in step with its work item.

    Offline: it tells what git and the last sync know. Specs that are in step are only counted.
    """
    repo = discover(Path.cwd())
    with shown(json_mode)("the history of the specs", 0):
        found = overview(repo, named_specs(repo, specs))
    emit(json_mode, _json(found), list(_lines(found, everything or bool(specs))))
    waits = any(one.state in (IN_CONFLICT, MISPLACED, UNREADABLE) for one in found.standings)
    return 1 if waits or found.twins else 0


def _lines(found: Overview, everything: bool) -> Iterator[str]:
    for one in found.standings:
        if everything or one.state != IN_STEP:
            yield f"{one.state:12} {one.spec}{f'  {one.label}#{one.key}' if one.key else ''}"
            yield from (f"    {line}" for line in _details(one))
    for problem in found.config.absent.values():
        yield f"{'not usable':12} {problem}"
    for spec, paths in found.twins:
        yield f"{'two of them':12} {spec}  {', '.join(paths)}"
    counted = Counter(one.state for one in found.standings)
    yield ", ".join(f"{number} {state}" for state, number in counted.items()) or "no mapped spec here"
    if any(isinstance(a, Conflict) and a.why is Why.SHALLOW for one in found.standings for a in one.actions):
        yield CUT_OFF
    if found.settled.at:
        yield f"last sync {_moment(found.settled.at)}"
    # What a later sync has seen is no news.
    if found.outcome.line and found.outcome.at >= found.settled.at:
        yield f"in the background, {_moment(found.outcome.at)}: {plain(found.outcome.line)}"


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _details(one: Standing) -> Iterator[str]:
    yield from lines(one.actions)
    for action in one.actions:
        if isinstance(action, Conflict):
            yield f"✗ {change(action.field, action.local, action.remote)}  ({action.why.value})"
    yield from map(str, one.problems)


def _json(found: Overview) -> dict[str, object]:
    return {
        "specs": [
            {
                "spec": str(one.spec),
                "path": one.path,
                "tracker": one.tracker,
                "target": one.target,
                "state": one.state,
                "key": one.key,
                "url": one.url,
                "actions": [as_dict(action) for action in one.actions],
                "problems": [str(problem) for problem in one.problems],
            }
            for one in found.standings
        ],
        "same_name": [{"spec": str(spec), "paths": list(paths)} for spec, paths in found.twins],
        "last_sync": found.settled.at,
        "background": asdict(found.outcome) if found.outcome.at else None,
    }
