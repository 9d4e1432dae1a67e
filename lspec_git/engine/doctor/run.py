"""Runs the checks, one after the other; one that cannot be made is a finding itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lspec_git.engine.doctor import hooks, leftovers, links, merging, notes, online, setup, tools, waiting
from lspec_git.engine.doctor.findings import Check, Finding, Level, Patient
from lspec_git.engine.running import locked
from lspec_git.errors import LspecError
from lspec_git.git.objects import Repository

OFFLINE: Final[tuple[Check, ...]] = (
    tools.git_version,
    tools.package,
    tools.back_end,
    setup.config,
    setup.trust,
    setup.secrets,
    setup.state_remote,
    setup.fetches,
    setup.pushes,
    setup.shallow,
    merging.merge_driver,
    hooks.hooks,
    notes.readable,
    notes.placed,
    notes.shape,
    links.twins,
    links.shared_items,
    links.orphans,
    leftovers.ref_locks,
    leftovers.own_lock,
    leftovers.journal,
    leftovers.pulls,
    leftovers.clone_name,
    waiting.last_run,
    waiting.unpublished,
)


@dataclass(frozen=True, slots=True)
class Examined:
    """A finding, and what was done about it: what its mend said, or why it could not."""

    finding: Finding
    done: str = ""
    failed: str = ""

    @property
    def wrong(self) -> bool:
        """Whether it still needs somebody."""
        return self.finding.level is Level.WRONG and not self.done


def examine(repo: Repository, *, online_too: bool = False, fix: bool = False) -> list[Examined]:
    """All findings, in the order of the checks. `fix` carries out the safe mends, one run at a time."""
    patient = Patient(repo)
    checks = OFFLINE + (online.CHECKS if online_too else ())
    found = [one for check in checks for one in _checked(check, patient)]
    if not fix or not any(one.mend for one in found):
        return [Examined(one) for one in found]
    with locked(patient.records):
        return [_mended(one) for one in found]


def _checked(check: Check, patient: Patient) -> Iterator[Finding]:
    try:
        yield from check(patient)
    except LspecError as error:
        name = check.__name__.replace("_", " ")
        yield Finding(name, Level.WRONG, error.message, tuple(error.advice.splitlines()))


def _mended(one: Finding) -> Examined:
    if one.mend is None:
        return Examined(one)
    try:
        return Examined(one, done=one.mend())
    except (LspecError, OSError) as error:
        return Examined(one, failed=str(error))
