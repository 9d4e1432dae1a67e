"""Where nothing may be written at all: without a token, or with one that the tracker lets read only.

Reading and pulling go on. A refusal is told once with its advice, and remembered for this token and config;
after that one line says what waits. A day later, or with `--full`, it is tried again.
"""

from __future__ import annotations

from lspec_git.core.actions import Plan, SetLocal
from lspec_git.engine.observe import DAY
from lspec_git.engine.refusals import Refusals
from lspec_git.engine.report import Report
from lspec_git.errors import LspecError, NoToken
from lspec_git.records import Refusal


def barred(refusals: Refusals, target: str, where: str, now: int) -> str:
    """Why a project takes no write at all from this token, or nothing: it said so a short while ago."""
    known = refusals.get(target)
    return known.why if known and known.context == where and now - known.at < DAY else ""


def bar(refusals: dict[str, Refusal], target: str, where: str, now: int, error: LspecError) -> None:
    """Remember that a project takes no write from this token."""
    why = f"{error.message}; once that is mended: git lspec sync --full"
    refusals[target] = Refusal((), where, now, why)


def reading_only(allowed: Plan, report: Report, tracker: str, without: NoToken | None, why: str) -> Plan:
    """What is left of a plan where nothing may be written. What waits is told in one line.

    Edits that cannot be published for want of a token are a failure; to read without one is none.
    """
    kept = tuple(action for action in allowed if isinstance(action, SetLocal))
    waiting = len(allowed) - len(kept)
    if without is None:
        report.warn(*([f"{tracker}: {waiting} to publish, which waits: {why}"] if waiting else []))
    elif waiting and not report.dry_run:
        error = NoToken(f"{without.message}: {waiting} to publish, which waits", without.advice)
        report.fail(tracker, error, error.exit_code)
    else:
        report.warn(f"{tracker}: {without.message}: read without one, and nothing is published")
    return kept
