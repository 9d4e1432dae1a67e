"""What the tracker refused, so that the same is not sent over and over: a person has to mend something first.

An edit that was refused is told in every run, and tried again when config or token are other ones, after a
day, or with `--full`. It stays unheard all the while.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lspec_git.core.actions import Action, Notice, SetRemote
from lspec_git.core.config import Config
from lspec_git.core.explain import shown
from lspec_git.engine.observe import DAY, fingerprint
from lspec_git.local import Local
from lspec_git.records import Refusal

Refusals = Mapping[str, Refusal]


def name(action: SetRemote) -> str:
    """What a refusal is kept under."""
    return f"{action.item.tracker} {action.spec} {action.field}"


def context(account: str, config: Config, local: Local) -> str:
    """What may be mended: the token, or the config."""
    return f"{account} {fingerprint(config, local)}"


def respected(plan: Iterable[Action], refusals: Refusals, where: str | None, now: int) -> list[Action]:
    """The plan with notices in the place of edits that were refused as they stand.

    Where nobody is asked (`where` is None) token and time do not count.
    """
    return [_told(action, refusals) if _refused(action, refusals, where, now) else action for action in plan]


def _refused(action: Action, refusals: Refusals, where: str | None, now: int) -> bool:
    known = refusals.get(name(action)) if isinstance(action, SetRemote) else None
    if known is None or not isinstance(action, SetRemote) or known.edits != tuple(sorted(action.edits)):
        return False
    return where is None or (known.context == where and now - known.at < DAY)


def _told(action: Action, refusals: Refusals) -> Action:
    if not isinstance(action, SetRemote):
        return action
    why = refusals[name(action)].why
    return Notice(
        action.spec,
        action.item.tracker,
        f"{action.field}: {shown(action.new)} was refused, and waits until that is mended: {why}",
    )
