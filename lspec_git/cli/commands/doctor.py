"""`git lspec doctor`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from lspec_git.cli.output import emit, plain
from lspec_git.cli.progress import shown
from lspec_git.cli.verb import Verb, json_option
from lspec_git.engine.doctor.findings import Level
from lspec_git.engine.doctor.run import Examined, examine
from lspec_git.git.objects import discover

MARKS = {Level.OK: ("✓", "green"), Level.NOTE: ("!", "yellow"), Level.WRONG: ("✗", "red")}


@click.command(
    "doctor",
    cls=Verb,
    short_help="Find what is wrong with this repository's setup and state, and mend it.",
    examples=(
        ("git lspec doctor", "what is wrong, and what to type"),
        ("git lspec doctor --fix", "mend what can be mended safely"),
        ("git lspec doctor --online", "also ask the trackers and the state remote"),
        ("git lspec doctor --json | jq '.findings[]'", "for programs"),
    ),
    exits={0: "all well, or only remarks", 1: "something is wrong", 2: ""},
)
@click.option("--fix", is_flag=True, help="Carry out the mends that can do no harm, and tell each.")
@click.option("--online", is_flag=True, help="Also ask each tracker and the state remote.")
@json_option
def command(*, fix: bool, online: bool, json_mode: bool) -> int:
    """Find what is wrong with this repository's setup and state, and the command that mends it.

    Offline unless told otherwise: it is to work where nothing else does, and says the same each time.
    What is wrong counts for the exit code, remarks do not. Nothing is changed without --fix.
    """
    with shown(json_mode)("looking", 0):
        found = examine(discover(Path.cwd()), online_too=online, fix=fix)
    emit(json_mode, {"findings": [_json(one) for one in found]}, _lines(found))
    return 1 if any(one.wrong for one in found) else 0


def _lines(found: Sequence[Examined]) -> Iterator[str]:
    for one in found:
        finding = one.finding
        mark, color = MARKS[Level.OK if one.done else finding.level]
        first, *rest = plain(finding.message).splitlines() or [""]
        yield f"{click.style(mark, fg=color)} {finding.check:13} {first}"
        yield from (f"    {line}" for line in rest)
        if one.done:
            yield f"    mended: {plain(one.done)}"
        else:
            yield from (f"    → {plain(command)}" for command in finding.commands)
        if one.failed:
            yield f"    could not be mended: {plain(one.failed)}"
    yield _summary(found)


def _summary(found: Sequence[Examined]) -> str:
    counts = Counter(one.finding.level for one in found if not one.done)
    mended = sum(bool(one.done) for one in found)
    fixable = sum(one.finding.mend is not None and not one.done for one in found)
    parts = [f"{counts[Level.WRONG]} wrong", f"{counts[Level.NOTE]} remarks"]
    parts += [f"{mended} mended"] if mended else []
    parts += [f"{fixable} can be mended by: git lspec doctor --fix"] if fixable else []
    return ", ".join(parts) if sum(counts.values()) != counts[Level.OK] or mended else "all well"


def _json(one: Examined) -> dict[str, object]:
    finding = one.finding
    return {
        "check": finding.check,
        "level": finding.level.value,
        "message": finding.message,
        "commands": list(finding.commands),
        "fixable": finding.mend is not None,
        "fixed": one.done,
        "error": one.failed,
    }
