"""Create exactly once: claims as leases, fenced by an epoch, told by the tracker's clock alone.

A claim is recorded before anything is sent, and nothing is sent twice under one epoch. What may have been
sent is looked for by its marker; only when the lease has run out and nothing is found may the next begin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from uuid import uuid4

from lspec_git.adapters.base import Claim, Marker, PMAdapter, WorkItem
from lspec_git.core.actions import Held
from lspec_git.core.config import State
from lspec_git.core.documents import Lease, Link
from lspec_git.core.spec import SpecId
from lspec_git.engine.pairs import Row
from lspec_git.records import Entry, Records


@dataclass(frozen=True, slots=True)
class Clock:
    """The tracker's clock: read once from its answer, then moved on by what has passed here since."""

    read: datetime
    at: float

    @classmethod
    def of(cls, now: str) -> Clock:
        """From a time that the tracker told (ISO 8601)."""
        return cls(datetime.fromisoformat(now), monotonic())

    def now(self) -> datetime:
        return self.read + timedelta(seconds=monotonic() - self.at)

    def text(self) -> str:
        """Now, as ISO 8601 UTC in whole seconds."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")


def expired(lease: Lease, clock: Clock, state: State) -> bool:
    """Whether anybody may look for the item and, finding none, take over."""
    return clock.now() > datetime.fromisoformat(lease.time) + timedelta(seconds=state.lease)


def may_send(lease: Lease, clock: Clock, state: State) -> bool:
    """Whether what is sent now has surely landed and can be listed before the lease runs out."""
    last = datetime.fromisoformat(lease.time) + timedelta(seconds=state.lease - state.flight - state.lag)
    return clock.now() < last


def unsent(lease: Lease, clone: str, journal: Iterable[Entry]) -> bool:
    """Whether a claim surely led to no item yet: it is this clone's own, and no send was journalled."""
    return lease.clone == clone and lease.uuid not in {entry.uuid for entry in journal}


def fresh(clock: Clock, records: Records, before: Lease | None = None) -> Lease:
    """A new claim, or the next epoch of one that came to nothing (same uuid: its marker may yet appear)."""
    uuid = before.uuid if before else str(uuid4())
    return Lease(uuid, before.epoch + 1 if before else 0, clock.text(), records.clone())


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of the claims that were met: adopt an item, create (again), or wait."""

    adopt: Mapping[SpecId, tuple[WorkItem, ...]]
    create: Mapping[SpecId, Row]
    wait: Mapping[SpecId, Held]


def standing(
    rows: Iterable[Row], adapter: PMAdapter, clock: Clock, state: State, records: Records, *, blank: bool
) -> Standing:
    """Sort unlinked specs by their claims. Lists the tracker's items once, if any claim may have been sent.

    `blank`: the notes know no link at all, so items made before they were lost are looked for by name.
    """
    everyone = {row.spec: row for row in rows}
    leases = {spec: row.link.claim for spec, row in everyone.items() if row.link and row.link.claim}
    # A clone gets its name when it first claims something: a dry run writes nothing.
    clone, journal = records.clone() if leases else "", records.journal()
    idle = {spec for spec, lease in leases.items() if unsent(lease, clone, journal)}
    asked = [
        Claim(Marker(lease.uuid, str(spec)), lease.time) for spec, lease in leases.items() if spec not in idle
    ]
    if blank:
        asked += [Claim(Marker("", str(spec)), "") for spec in everyone if spec not in leases]
    found = _by_spec(adapter.find(asked), everyone) if asked else {}
    wait = {
        spec: Held.WAITS if lease.clone == clone else Held.CLAIMED
        for spec, lease in leases.items()
        if spec not in idle and spec not in found and not expired(lease, clock, state)
    }
    create = {spec: row for spec, row in everyone.items() if spec not in found and spec not in wait}
    return Standing(found, create, wait)


def _by_spec(items: Iterable[WorkItem], rows: Mapping[SpecId, Row]) -> dict[SpecId, tuple[WorkItem, ...]]:
    """Items by the spec that their marker names, the smallest id first: that one is linked."""
    names = {str(spec): spec for spec in rows}
    uuids = {row.link.claim.uuid: spec for spec, row in rows.items() if row.link and row.link.claim}
    found: dict[SpecId, list[WorkItem]] = {}
    for item in items:
        if item.marker is None or item.gone:
            continue
        spec = uuids.get(item.marker.uuid) or names.get(item.marker.spec)
        if spec is not None and item not in found.setdefault(spec, []):
            found[spec].append(item)
    return {
        spec: tuple(sorted(some, key=lambda item: (len(item.ref.id), item.ref.id)))
        for spec, some in found.items()
    }


def link_for(target: str, lease: Lease) -> Link:
    """The row of a claim."""
    return Link(target=target, serial=0, how="claimed", claim=lease)
