"""Link and unlink by hand, and what the trackers say of themselves."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass

from lspec_git.adapters.base import Account
from lspec_git.core.config import Config, TrackerConfig, label, named, select, target
from lspec_git.core.documents import Link
from lspec_git.core.spec import SpecId
from lspec_git.engine.connect import reading
from lspec_git.engine.observe import Scene, link_to
from lspec_git.engine.pairs import Row, Seat, by_hand, seat
from lspec_git.engine.refusals import Refusals, context
from lspec_git.engine.report import Report
from lspec_git.engine.rights import barred
from lspec_git.engine.running import Connect, chosen, locked
from lspec_git.engine.share import Share
from lspec_git.errors import LspecError, UsageError
from lspec_git.git.notes import Notes
from lspec_git.git.objects import Repository
from lspec_git.ledger import Ledger
from lspec_git.local import Local, SpecFile, load
from lspec_git.local import config as load_config
from lspec_git.records import Records


@dataclass(frozen=True, slots=True)
class Linked:
    """A link that was made or removed."""

    spec: SpecId
    target: str
    key: str
    url: str


def link(repo: Repository, connect: Connect, spec: SpecId, system: str, key: str) -> Linked:
    """Link a spec to an existing work item. Raises UsageError where one of the two is linked already.

    `system` names a tracker, or one of its projects: needed where no mapping says which one is meant.
    """
    records = Records.of(repo)
    with locked(records):
        config = load_config(repo)
        local = load(repo, config)
        file = local.specs.get(spec)
        if file is None:
            raise UsageError(f"{spec} is not a committed spec", "commit it first")
        at = _seat(config, file, system)
        ledger = Ledger(Notes(local.objects, repo))
        share = Share.of(repo, ledger.notes, config)
        share.fetch()
        ledger.refresh()
        row = _row(ledger, at, file)
        scene = Scene(local, config, ledger, records, Report(), {spec}, True, int(time.time()))
        made = link_to(scene, at, connect(at).adapter, row, key, "linked")
        ledger.flush(f"lspec: link {spec} to {at.target}#{key}")
        share.push()
        found = made.link
        return Linked(spec, at.target, found.key if found else key, found.url if found else "")


def _seat(config: Config, file: SpecFile, system: str) -> Seat:
    """The section that a spec is to be linked in: the one it belongs to, else the only one that is meant."""
    meant = chosen(config, [system])
    takers = config.takers(named(config, system)[0].name, file.folder, file.id)
    home = next((taker for taker, _ in takers), None)
    if home and home not in meant:
        raise UsageError(
            f"{file.id} belongs to {label(config, home)} (line {home.line} of {config.path})",
            f"change its mapping first, or: --system {label(config, home)}",
        )
    if not meant or (home is None and len(meant) > 1):
        names = [label(config, tracker) for tracker in meant]
        raise UsageError(
            f"no mapping names {file.id}: which project of {system}?",
            "\n".join(f"--system {name}" for name in names) or f"{system} is switched off in {config.path}",
        )
    return seat(config, home or meant[0])


def _row(ledger: Ledger, at: Seat, file: SpecFile) -> Row:
    before = ledger.link(file.id, at.name)
    if before and before.item:
        raise UsageError(
            f"{file.id} is linked to {before.target}#{before.key} already",
            f"first: git lspec unlink {file.id}",
        )
    return Row(file, select(at.config, file.folder, file.id) or by_hand(at.config), before)


def unlink(repo: Repository, spec: SpecId, systems: tuple[str, ...] = ()) -> list[Linked]:
    """Remove the links of a spec. Neither the spec nor the work item is changed; nothing is created anew."""
    records = Records.of(repo)
    with locked(records):
        config = load_config(repo)
        local = load(repo, config)
        ledger = Ledger(Notes(local.objects, repo))
        meant = chosen(config, systems)
        whole = {tracker.name for tracker in config.trackers}.issuperset(systems)
        only = None if whole else {target(tracker) for tracker in meant}
        names = dict.fromkeys(tracker.name for tracker in meant)
        removed = [one for name in names if (one := _unlink(ledger, spec, name, only))]
        ledger.flush(f"lspec: unlink {spec}")
        gone = {(str(one.spec), one.target) for one in removed}
        records.save_pulled(one for one in records.pulled() if (one.spec, one.target) not in gone)
        Share.of(repo, ledger.notes, config).push()
        return removed


def _unlink(ledger: Ledger, spec: SpecId, name: str, only: Collection[str] | None) -> Linked | None:
    """Remove the link to one tracker; where `only` some targets were named, if it leads to one of them."""
    before = ledger.link(spec, name)
    if before is None or before.how == "unlinked" or (only is not None and before.target not in only):
        return None
    ledger.put_link(spec, name, Link(target=before.target, serial=0, how="unlinked"))
    return Linked(spec, before.target, before.key, before.url)


@dataclass(frozen=True, slots=True)
class Integration:
    """One project of the config: what its tracker says of the token, or why it cannot be used."""

    tracker: TrackerConfig
    label: str
    target: str
    account: Account | None
    error: LspecError | None
    barred: str = ""
    """Why it took no write when one was last sent, if that is remembered."""


def integrations(repo: Repository, connect: Connect) -> list[Integration]:
    """Ask every tracker who the token is; a failure is told beside the others."""
    config, refusals = load_config(repo), Records.of(repo).refusals()
    local = load(repo, config)
    return [_ask(seat(config, tracker), connect, config, local, refusals) for tracker in config.trackers]


def _ask(at: Seat, connect: Connect, config: Config, local: Local, refusals: Refusals) -> Integration:
    if not at.config.enabled:
        return Integration(at.config, at.label, at.target, None, None)
    try:
        connected = connect(at)
        with reading(connected):
            account = connected.adapter.check()
    except LspecError as error:
        return Integration(at.config, at.label, at.target, None, error)
    why = barred(refusals, at.target, context(connected.account, config, local), int(time.time()))
    return Integration(at.config, at.label, at.target, account, None, why)
