"""The guard against mass changes: a run that touches very many items says so and waits for `--force`."""

from __future__ import annotations

from lspec_git.core.actions import Plan
from lspec_git.core.plan import Mass, default_limit, mass
from lspec_git.engine.pairs import Seat
from lspec_git.errors import LspecError


class TooMany(LspecError):
    """The plan touches more items than one run may, unasked."""


def check(plan: Plan, at: Seat, linked: int) -> None:
    """Raise TooMany where the writes of a plan are more than one run may make to so many linked items."""
    limit = default_limit(linked) if at.config.limit is None else at.config.limit
    counts = mass(plan)
    if counts.most() > limit:
        raise TooMany(
            f"this would {_counted(counts)} on {at.target}; one run touches at most {limit} unasked",
            "look with: git lspec sync --dry-run; if it is meant: git lspec sync --force",
        )


def _counted(counts: Mass) -> str:
    parts = (
        ("create", counts.created),
        ("close", counts.closed),
        ("reopen", counts.reopened),
        ("change", counts.changed),
    )
    return ", ".join(f"{verb} {number}" for verb, number in parts if number)
