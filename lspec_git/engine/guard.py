"""The guard against mass changes: a run that touches very many items says so and waits for `--force`."""

from __future__ import annotations

from collections.abc import Iterable

from lspec_git.core.actions import Action, Create, Held, Hold, Plan
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


def few(plan: Iterable[Action], most: int | None) -> Plan:
    """The plan; where it has more than `most` items to create (None: any number), they all wait."""
    actions = tuple(plan)
    if most is None or sum(isinstance(action, Create) for action in actions) <= most:
        return actions
    return tuple(_waiting(action) if isinstance(action, Create) else action for action in actions)


def _waiting(action: Create) -> Hold:
    return Hold(action.spec, action.tracker, "", None, None, Held.BULK)


def _counted(counts: Mass) -> str:
    parts = (
        ("create", counts.created),
        ("close", counts.closed),
        ("reopen", counts.reopened),
        ("change", counts.changed),
    )
    return ", ".join(f"{verb} {number}" for verb, number in parts if number)
