"""The writes of a run on one tracker: claims first, then creates and edits.

What is not granted or may not be written is told, and waits; what was read still flows.
"""

from __future__ import annotations

from collections.abc import Iterable

from lspec_git.core.actions import Create, Held, Hold, Plan, SetRemote
from lspec_git.core.documents import Lease
from lspec_git.core.spec import SpecId
from lspec_git.engine.apply import Applier
from lspec_git.engine.claims import fresh
from lspec_git.engine.rights import bar
from lspec_git.engine.running import Run
from lspec_git.errors import AuthError, GitError, NotFound, TrackerError
from lspec_git.git.signing import check_signing

CLAIMED = 100
"""Creates that are claimed at once: at 80 a minute, GitHub's limit, they are sent well within one lease."""


def publish(this: Run, applier: Applier, allowed: Plan) -> None:
    """Write. A token that may not is told once, and remembered; what was read still flows."""
    at, refusals = applier.seen.at, applier.refusals
    try:
        _apply(this, applier, allowed)
    except TrackerError as error:
        this.report.fail(at.label, error, error.exit_code)
        if isinstance(error, AuthError | NotFound):
            bar(refusals, at.target, applier.where, applier.scene.now, error)
    else:
        if applier.written:
            refusals.pop(at.target, None)
    this.records.save_refusals(refusals)


def _apply(this: Run, applier: Applier, allowed: Plan) -> None:
    creates = [action for action in allowed if isinstance(action, Create)]
    edits = [action for action in allowed if isinstance(action, SetRemote)]
    total = len(creates) + len({action.item for action in edits})
    if not total:
        return
    if this.options.alone:
        _check_signing(this)
    with this.progress(f"writing on {applier.seen.at.target}", total) as tick:
        applier.tick = tick
        for start in range(0, len(creates), CLAIMED):
            some = creates[start : start + CLAIMED]
            applier.creates(some, _claims(this, applier, some))
        applier.edits(edits)
    if applier.late:
        target = applier.seen.at.target
        this.report.warn(f"{applier.late} to create on {target}: their claims ran out; run this again")


def _check_signing(this: Run) -> None:
    """Where notes must be signed and nobody is here to unlock the key, nothing may be sent either."""
    try:
        check_signing(this.repo)
    except GitError as error:
        first = error.message.splitlines()[0]
        raise GitError(f"nothing was published: {first}", "git lspec sync") from error


def _claims(this: Run, applier: Applier, creates: Iterable[Create]) -> dict[SpecId, Lease]:
    """Claim what is to be created; what is not granted waits for another run."""
    wanted = {}
    for action in creates:
        link = this.ledger.link(action.spec, applier.seen.at.name)
        wanted[action.spec] = fresh(applier.seen.clock, this.records, link.claim if link else None)
    if not wanted:
        return {}
    refused = bool(this.share.refused)
    granted = {} if refused else this.share.claim(this.config, this.ledger, applier.seen.at, wanted)
    why = Held.REFUSED if refused else _ungranted(this)
    for spec in wanted.keys() - granted.keys():
        this.report.plan.append(Hold(spec, applier.seen.at.label, "", None, None, why))
        applier.open.add(spec)
    return granted


def _ungranted(this: Run) -> Held:
    """Why claims were not granted; a remote that takes none is a failure of its own."""
    if not this.share.refused:
        return Held.CLAIMED if this.share.fresh else Held.OFFLINE
    error = GitError(
        f"nothing was created: the remote takes no notes: {this.share.refused}",
        "name a remote that you may push to (`state: {remote: NAME}` in the config); "
        "if no other clone syncs: `claims: local`",
    )
    this.report.fail(this.share.remote, error)
    return Held.REFUSED
