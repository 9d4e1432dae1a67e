"""What only the network can tell: whether trackers and the state remote answer, and what they allow."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lspec_git.engine.connect import connect
from lspec_git.engine.doctor.findings import Finding, Level, Patient
from lspec_git.engine.manage import integrations
from lspec_git.errors import GitError, Offline
from lspec_git.git.exchange import remote_tip
from lspec_git.git.notes import REF


def trackers(patient: Patient) -> Iterator[Finding]:
    """Each tracker takes the token, and grants the rights that are needed. One request or a few each."""
    if patient.config is None:
        return
    for one in integrations(patient.repo, lambda at: connect(patient.repo, at)):
        if one.error is not None:
            commands = tuple(one.error.advice.splitlines())
            yield Finding("tracker", Level.WRONG, f"{one.target}: {one.error.message}", commands)
        elif one.account is not None and one.account.missing:
            said = f"{one.target}: {'; '.join(one.account.missing)}"
            yield Finding("tracker", Level.WRONG, said, ("git lspec integrations",))
        elif one.account is not None:
            yield Finding("tracker", Level.OK, f"{one.target} answers {one.account.login or 'an app'}")


def remote(patient: Patient) -> Iterator[Finding]:
    """The state remote answers, and has no notes that were not fetched yet."""
    name = patient.state_remote
    if not name:
        return
    try:
        tip = remote_tip(patient.repo, name, REF)
    except Offline as error:
        yield Finding("state remote", Level.WRONG, error.message, (f"git ls-remote {name}",))
        return
    except GitError as error:
        yield Finding("state remote", Level.WRONG, error.message)
        return
    if tip != patient.notes.tracked(name):
        said = f"{name} answers; its notes have moved since they were fetched"
        yield Finding("state remote", Level.NOTE, said, (f"git fetch {name}", "git lspec sync"))
    else:
        yield Finding("state remote", Level.OK, f"{name} answers; nothing new there")


CHECKS: tuple[Callable[[Patient], Iterator[Finding]], ...] = (trackers, remote)
