"""`git lspec integrations`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from lspec_git.cli.output import emit
from lspec_git.cli.verb import Verb, json_option
from lspec_git.engine.connect import connect
from lspec_git.engine.manage import Integration, integrations
from lspec_git.engine.status import IN_STEP, UNLINKED, Overview, overview
from lspec_git.git.objects import discover


@click.command(
    "integrations",
    cls=Verb,
    examples=(
        ("git lspec integrations", "who am I there, what may I do, what is pending"),
        ("git lspec integrations --json | jq '.trackers[].missing'", "rights that the token lacks"),
    ),
    exits=(0, 2, 4),
)
@json_option
def command(json_mode: bool) -> int:
    """Show the trackers: reachable or not, whose token with which rights, what is linked and pending.

    Asks each tracker that the config names once. A token goes only where you allowed it: git lspec trust.
    """
    repo = discover(Path.cwd())
    local, found = overview(repo), integrations(repo, lambda at: connect(repo, at))
    payload = {"trackers": [_json(one, local) for one in found]}
    emit(json_mode, payload, [line for one in found for line in _lines(one, local)])
    return next((one.error.exit_code for one in found if one.error), 0)


def _counts(one: Integration, local: Overview) -> tuple[int, int]:
    """(specs linked, specs of which something waits) in one project."""
    mine = [each for each in local.standings if each.target == one.target]
    states = Counter(each.state for each in mine)
    linked = sum(1 for each in mine if each.key)
    return linked, sum(number for state, number in states.items() if state not in (IN_STEP, UNLINKED))


def _lines(one: Integration, local: Overview) -> Iterator[str]:
    linked, pending = _counts(one, local)
    yield f"{one.label}  {one.target}{'' if one.tracker.enabled else '  (switched off)'}"
    if one.error is not None:
        yield f"  not usable   {one.error.message}"
        yield f"               {one.error.advice}"
    if one.account is not None:
        who = one.account
        yield f"  account      {who.login or 'not told'}, {'may write' if who.can_write else 'read only'}"
        yield f"  rights       {', '.join(who.rights) or 'not told by the tracker'}"
        yield from (f"  missing      {what}" for what in who.missing)
    if one.barred:
        yield f"  refused      {one.barred}"
    at = local.settled.at
    last = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC" if at else "never, in this worktree"
    yield f"  specs        {linked} linked, {pending} pending"
    yield f"  last sync    {last}"


def _json(one: Integration, local: Overview) -> dict[str, object]:
    linked, pending = _counts(one, local)
    account = one.account
    return {
        "tracker": one.tracker.name,
        "target": one.target,
        "enabled": one.tracker.enabled,
        "reachable": account is not None,
        "account": account.login if account else "",
        "can_write": account.can_write if account else False,
        "rights": list(account.rights) if account else [],
        "missing": list(account.missing) if account else [],
        "refused": one.barred,
        "error": one.error.message if one.error else "",
        "advice": one.error.advice if one.error else "",
        "linked": linked,
        "pending": pending,
        "last_sync": local.settled.at,
    }
