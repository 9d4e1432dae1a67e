"""The notes and the state remote: fetch and join before a run, claim through it, push after.

The remote's ref update is the compare-and-swap that all clones share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lspec_git.core.config import Claims, Config
from lspec_git.core.documents import Lease, Link, LinkNote, dump_link, parse_link
from lspec_git.core.joins import join
from lspec_git.core.spec import SpecId
from lspec_git.engine.claims import link_for
from lspec_git.engine.pairs import Seat
from lspec_git.errors import GitError
from lspec_git.git.config import remotes
from lspec_git.git.exchange import PushResult, PushStatus
from lspec_git.git.notes import Notes
from lspec_git.git.objects import Repository
from lspec_git.ledger import Ledger

TRIES = 5


@dataclass(slots=True)
class Share:
    """Where state is shared. `remote` is empty where there is none: then this clone is alone."""

    notes: Notes
    remote: str
    fresh: bool = True
    said: str = ""
    """Why notes could not be fetched or pushed, in one line."""
    refused: str = ""
    """Why the state remote took no claim, in one line."""

    @classmethod
    def of(cls, repo: Repository, notes: Notes, config: Config) -> Share:
        """The state remote of the config, if this clone has such a remote."""
        name = config.state.remote
        return cls(notes, name if name in remotes(repo) else "")

    def fetch(self) -> None:
        """Fetch and join. Without an answer the run goes on, and publishes only where nothing moved."""
        if not self.remote:
            return
        try:
            if self.notes.fetch(self.remote):
                self.notes.join(self.remote, join_accepted)
        except GitError as error:
            self.fresh, self.said = False, _line(error.message)

    def push(self) -> None:
        """Push the notes; what is in the way is told, and waits for the next run."""
        for _ in range(TRIES):
            if not self.remote or not self.fresh or self.refused or not self.notes.tip():
                return
            outcome = self._send()
            if outcome.status is not PushStatus.REJECTED:
                self.said = "" if outcome.ok else _line(outcome.message)
                return
            self.fetch()

    def _send(self) -> PushResult:
        return self.notes.push(self.remote, self.notes.tracked(self.remote))

    def claim(
        self, config: Config, ledger: Ledger, at: Seat, wanted: Mapping[SpecId, Lease]
    ) -> dict[SpecId, Lease]:
        """Record claims where all clones see them; returns those that are ours now.

        A claim that the state remote has not accepted does not count: it is taken back, the remote's notes
        are joined, and what is still free is claimed again. Where it takes none at all, `refused` says why.
        """
        alone = not self.remote or config.claims is Claims.LOCAL
        if not alone and not self.fresh:
            return {}
        for _ in range(TRIES):
            before = self.notes.tip()
            mine = {spec: lease for spec, lease in wanted.items() if _free(ledger, at, spec, lease)}
            for spec, lease in mine.items():
                ledger.put_link(spec, at.name, link_for(at.target, lease))
            ledger.flush(f"lspec: claim {len(mine)} on {at.target}")
            if alone or not mine:
                return mine
            outcome = self._send()
            if outcome.ok:
                return mine
            self.notes.reset(before, ledger.tip)
            ledger.refresh()
            if outcome.status is not PushStatus.REJECTED:
                self.refused = _line(outcome.message)
                return {}
            self.fetch()
            ledger.refresh()
        return {}


def join_accepted(base: bytes | None, ours: bytes | None, theirs: bytes | None) -> bytes | None:
    """As `join`, but a claim of ours gives way to one that the state remote has: that one was accepted.

    A run that is killed while it claims leaves a claim behind that nobody has accepted, nor ever will.
    """
    mine = parse_link(ours) if ours is not None else None
    other = parse_link(theirs) if theirs is not None else None
    if isinstance(mine, LinkNote) and isinstance(other, LinkNote):
        claimed = {name for name, link in other.links.items() if _claims(link)}
        kept = {name: link for name, link in mine.links.items() if name not in claimed or not _claims(link)}
        ours = dump_link(replace(mine, links=kept))
    return join(base, ours, theirs)


def _line(message: str) -> str:
    """The first words of git or a server, which may go on for many lines, and what comes right after them."""
    return " ".join(line.strip() for line in message.splitlines()[:2])


def _claims(link: Link) -> bool:
    return link.claim is not None and not link.item


def _free(ledger: Ledger, at: Seat, spec: SpecId, lease: Lease) -> bool:
    """Whether a spec has no item, and no claim other than the one that this lease follows."""
    link = ledger.link(spec, at.name)
    if link is None:
        return lease.epoch == 0
    before = link.claim
    return (
        not link.item and before is not None and (before.uuid, before.epoch + 1) == (lease.uuid, lease.epoch)
    )
