"""What the verbs that synchronise share: their options, the run, and how its report is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from lspec_git.cli.complete import spec_names, system_option
from lspec_git.cli.named import named_specs
from lspec_git.cli.output import emit, fail, warn
from lspec_git.cli.progress import shown
from lspec_git.cli.verb import json_option
from lspec_git.core.actions import Agree, Conflict, Hold, Notice
from lspec_git.core.explain import as_dict, conflict, lines, on
from lspec_git.engine.connect import connect
from lspec_git.engine.report import Report
from lspec_git.engine.running import Options
from lspec_git.engine.sync import run
from lspec_git.git.objects import discover

Command = Callable[..., Any]


def options(command: Command) -> Command:
    """The options that sync, push and pull have in common."""
    for option in (
        click.argument("specs", nargs=-1, metavar="[SPEC]...", shell_complete=spec_names),
        click.option("--force", is_flag=True, help="Also where very many items would be touched."),
        click.option(
            "--full", is_flag=True, help="Read every linked item by its id, whatever the cursor says."
        ),
        system_option,
        json_option,
        click.option("--dry-run", "-n", is_flag=True, help="Only show what would be done."),
    ):
        command = option(command)
    return command


def synchronise(wanted: Options, specs: tuple[str, ...], *, json_mode: bool) -> int:
    """Run once and show the report; returns the exit code."""
    repo = discover(Path.cwd())
    wanted = replace(wanted, specs=named_specs(repo, specs))
    report = run(repo, wanted, lambda at: connect(repo, at), shown(json_mode))
    show(report, json_mode=json_mode)
    return report.exit_code


def show(report: Report, *, json_mode: bool) -> None:
    """The report on stdout, warnings and failures beside it."""
    emit(json_mode, as_json(report), list(_lines(report)))
    if json_mode:
        return
    for warning in report.warnings:
        warn(warning)
    for problem in report.problems:
        warn(str(problem))
    for failure in report.failures:
        fail(f"{failure.subject}: {failure.message}", failure.advice)


def _lines(report: Report) -> Iterator[str]:
    if report.dry_run:
        yield from lines(report.plan)
    else:
        yield from _done_lines(report)
        yield from lines(action for action in report.plan if isinstance(action, Hold | Notice))
    for action in report.conflicts:
        url = report.urls.get(f"{action.item.tracker} {action.item.key}", "")
        yield from conflict(action, report.set_by.get((action.spec, action.field), ("", "")), url)
    yield _summary(report)


def _done_lines(report: Report) -> Iterator[str]:
    for done in report.done:
        for line in lines([done.action]):
            yield f"{line}  {done.url}".rstrip() if line.startswith("+") else line


def _summary(report: Report) -> str:
    """One line at the end: what was done, or would be, and what waits."""
    acts = [a for a in report.plan if not isinstance(a, Agree | Conflict | Hold | Notice)]
    count = len(acts) if report.dry_run else len(report.done)
    made = "planned" if report.dry_run else "made"
    waits = len(report.conflicts)
    quiet = "nothing written" if waits or report.failures else "in step"
    what = f"{_number(count, 'change')} {made}" if count else quiet
    return ", ".join([what, f"{report.linked} linked", *([_number(waits, "conflict")] if waits else [])])


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def as_json(report: Report) -> dict[str, object]:
    """The report for programs."""
    done = {id(one.action): one for one in report.done}
    actions = []
    for action in report.plan:
        if isinstance(action, Agree):
            continue
        one = done.get(id(action))
        extra = {"key": one.key, "url": one.url} if one and one.url else {}
        who = report.set_by.get((action.spec, action.field)) if isinstance(action, Conflict) else None
        by = {"spec_set_by": who[0], "tracker_set_by": who[1]} if who else {}
        where = {"target": report.targets.get(on(action), "")}
        actions.append({**as_dict(action), **where, "done": one is not None, **extra, **by})
    return {
        "dry_run": report.dry_run,
        "linked": report.linked,
        "actions": actions,
        "failures": [
            {"subject": f.subject, "message": f.message, "advice": f.advice} for f in report.failures
        ],
        "problems": [
            {"path": p.path, "line": p.line, "column": p.column, "message": p.message, "fatal": p.fatal}
            for p in report.problems
        ],
        "warnings": list(report.warnings),
        "exit_code": report.exit_code,
    }
