"""Link and unlink by hand, and what the trackers say of themselves."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from lspec_git.adapters.base import Account
from lspec_git.core.config import Config, TrackerConfig
from lspec_git.core.documents import Link
from lspec_git.core.spec import SpecId
from lspec_git.engine.connect import reading
from lspec_git.engine.observe import Scene, link_to
from lspec_git.engine.pairs import Row, Seat, custom_fields, rows, seat
from lspec_git.engine.refusals import Refusals, context
from lspec_git.engine.report import Report
from lspec_git.engine.rights import barred
from lspec_git.engine.share import Share
from lspec_git.engine.sync import Connect, chosen, locked
from lspec_git.errors import LspecError, UsageError
from lspec_git.git.notes import Notes
from lspec_git.git.objects import Repository
from lspec_git.ledger import Ledger
from lspec_git.local import config as load_config
from lspec_git.local import load
from lspec_git.records import Records


@dataclass(frozen=True, slots=True)
class Linked:
    """A link that was made or removed."""

    spec: SpecId
    target: str
    key: str
    url: str


def link(repo: Repository, connect: Connect, spec: SpecId, tracker: str, key: str) -> Linked:
    """Link a spec to an existing work item. Raises UsageError where one of the two is linked already."""
    records = Records.of(repo)
    with locked(records):
        config = load_config(repo)
        at = seat(config, chosen(config, [tracker])[0])
        local = load(repo, custom_fields(config))
        ledger = Ledger(Notes(local.objects, repo))
        share = Share.of(repo, ledger.notes, config)
        share.fetch()
        ledger.refresh()
        row = _row(rows(local, ledger, _all(at), {spec}), spec)
        scene = Scene(local, config, ledger, records, Report(), {spec}, True, int(time.time()))
        made = link_to(scene, at, connect(at).adapter, row, key, "linked")
        ledger.flush(f"lspec: link {spec} to {at.target}#{key}")
        share.push()
        found = made.link
        return Linked(spec, at.target, found.key if found else key, found.url if found else "")


def _all(at: Seat) -> Seat:
    """The tracker as if its mapping named every spec: linking by hand is leave enough."""
    every = replace(at.config.rules[0], spec="", pattern="**", issue="") if at.config.rules else None
    return replace(at, config=replace(at.config, rules=(every,) if every else ()))


def _row(found: dict[SpecId, Row], spec: SpecId) -> Row:
    row = found.get(spec)
    if row is None:
        raise UsageError(f"{spec} is not a committed spec", "commit it first")
    if row.linked and row.link:
        raise UsageError(
            f"{spec} is linked to {row.link.target}#{row.link.key} already", f"first: git lspec unlink {spec}"
        )
    return row


def unlink(repo: Repository, spec: SpecId, systems: tuple[str, ...] = ()) -> list[Linked]:
    """Remove the links of a spec. Neither the spec nor the work item is changed; nothing is created anew."""
    records = Records.of(repo)
    with locked(records):
        config = load_config(repo)
        local = load(repo, custom_fields(config))
        ledger = Ledger(Notes(local.objects, repo))
        removed = [one for tracker in chosen(config, systems) if (one := _unlink(ledger, spec, tracker))]
        ledger.flush(f"lspec: unlink {spec}")
        gone = {one.key for one in removed}
        records.save_pulled(one for one in records.pulled() if one.spec != str(spec) or not gone)
        Share.of(repo, ledger.notes, config).push()
        return removed


def _unlink(ledger: Ledger, spec: SpecId, tracker: TrackerConfig) -> Linked | None:
    before = ledger.link(spec, tracker.name)
    if before is None or before.how == "unlinked":
        return None
    ledger.put_link(spec, tracker.name, Link(target=before.target, serial=0, how="unlinked"))
    return Linked(spec, before.target, before.key, before.url)


@dataclass(frozen=True, slots=True)
class Integration:
    """One tracker of the config: what it says of the token, or why it cannot be used."""

    tracker: TrackerConfig
    target: str
    account: Account | None
    error: LspecError | None
    barred: str = ""
    """Why it took no write when one was last sent, if that is remembered."""


def integrations(repo: Repository, connect: Connect) -> list[Integration]:
    """Ask every tracker who the token is; a failure is told beside the others."""
    config, refusals = load_config(repo), Records.of(repo).refusals()
    return [_ask(seat(config, tracker), connect, config, refusals) for tracker in config.trackers]


def _ask(at: Seat, connect: Connect, config: Config, refusals: Refusals) -> Integration:
    if not at.config.enabled:
        return Integration(at.config, at.target, None, None)
    try:
        connected = connect(at)
        with reading(connected):
            account = connected.adapter.check()
    except LspecError as error:
        return Integration(at.config, at.target, None, error)
    why = barred(refusals, at.name, context(connected.account, config), int(time.time()))
    return Integration(at.config, at.target, account, None, why)
