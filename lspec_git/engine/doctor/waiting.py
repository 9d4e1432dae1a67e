"""What waits to be published: edits that are old by now, and how the last background run ended."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from lspec_git.core.actions import SetRemote
from lspec_git.engine.doctor.findings import Finding, Level, Patient
from lspec_git.engine.status import overview
from lspec_git.errors import LspecError

DAY: Final = 86_400
LISTED: Final = 3
SYNC: Final = ("git lspec sync",)


def last_run(patient: Patient) -> Iterator[Finding]:
    """What was in the way of the last run in the background, notes that a remote refused among it."""
    last = patient.records.outcome()
    if last.problem and last.at >= patient.records.settled().at:
        yield Finding("background", Level.NOTE, f"the last run of a hook: {last.problem}", SYNC)


def unpublished(patient: Patient) -> Iterator[Finding]:
    """Edits that were made more than a day ago, by their authors' dates, and that no tracker has heard."""
    if patient.config is None or patient.local is None:
        return
    try:
        found = overview(patient.repo)
    except LspecError:
        return  # the checks of config and notes say what is wrong
    waiting = {
        one.spec: [each for each in one.actions if isinstance(each, SetRemote)] for one in found.standings
    }
    files = [file for spec, file in patient.local.specs.items() if waiting.get(spec)]
    made = patient.local.history(files).made
    latest = time.time() - DAY
    old = sorted(
        f"{spec} {action.field}"
        for spec, actions in waiting.items()
        for action in actions
        if any(edit in made and int(made[edit].author_time.split()[0]) < latest for edit in action.edits)
    )
    if old:
        more = f" and {len(old) - LISTED} more" if len(old) > LISTED else ""
        said = f"edited more than a day ago and not published: {', '.join(old[:LISTED])}{more}"
        yield Finding("unpublished", Level.NOTE, said, SYNC)
