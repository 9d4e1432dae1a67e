"""What a background run came to, in one line for people and in a few for the log. Decides nothing."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from typing import Final

from lspec_git.core.actions import Create, Held, Hold, SetRemote
from lspec_git.core.explain import change, lines
from lspec_git.engine.redaction import redact
from lspec_git.engine.report import Failure, Report
from lspec_git.errors import LspecError
from lspec_git.records import Outcome

LONGEST: Final = 300
"""Characters of a line; servers may say very much."""


def failed(error: LspecError) -> Outcome:
    """The outcome of a run that could not do anything."""
    return Outcome(int(time.time()), "", _line(error.message, error.advice))


def outcome_of(report: Report, silent: Collection[str]) -> Outcome:
    """What was published, and what waits for a person. What failed for a subject in `silent` is not told."""
    problems = [one for one in _problems(report, silent) if one]
    return Outcome(int(time.time()), _line(_done(report)), _line("; ".join(problems)))


def story(report: Report) -> Iterator[str]:
    """Everything about a run that the log should hold."""
    for one in report.done:
        yield from (f"{line} {one.url}".rstrip() for line in lines([one.action]))
    for failure in report.failures:
        yield f"failed: {failure.subject}: {failure.message} ({failure.advice})"
    yield from (f"warning: {warning}" for warning in report.warnings)
    yield from (f"skipped: {problem}" for problem in report.problems)
    yield from (f"conflict: {one.spec} {one.field}" for one in report.conflicts)


def _done(report: Report) -> str:
    writes = [one.action for one in report.done if isinstance(one.action, SetRemote | Create)]
    if len(writes) != 1:
        return f"published {len(writes)} changes" if writes else ""
    match writes[0]:
        case SetRemote() as made:
            what = change(made.field, made.old, made.new)
            return f"published {made.spec} {what} ({made.item.tracker}#{made.item.key})"
        case Create() as made:
            key = report.done[0].key
            return f"created {made.tracker}#{key} for {made.spec}"


def _problems(report: Report, silent: Collection[str]) -> Iterator[str]:
    failures = [one for one in report.failures if one.subject not in silent]
    if failures:
        more = f" (and {len(failures) - 1} more: git lspec sync)" if len(failures) > 1 else ""
        yield _failure(failures[0]) + more
    yield report.notes
    bulk = sum(isinstance(one, Hold) and one.why is Held.BULK for one in report.plan)
    yield f"{bulk} new specs wait: git lspec sync" if bulk else ""
    yield _counted(len(report.conflicts), "conflict", "git lspec sync")
    yield _counted(len([one for one in report.problems if one.fatal]), "unreadable spec", "git lspec status")


def _failure(one: Failure) -> str:
    return _line(f"{one.subject}: {one.message}", one.advice)


def _counted(count: int, what: str, command: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}: {command}" if count else ""


def _line(message: str, advice: str = "") -> str:
    """One printable line without secrets, with the first line of the advice."""
    first = advice.partition("\n")[0]
    words = redact(f"{message} ({first})" if first else message).split()
    line = "".join(sign if sign.isprintable() else "?" for sign in " ".join(words))
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
