"""Actions in words: a line for people, a dictionary for programs. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lspec_git.core.actions import (
    Action,
    Agree,
    Conflict,
    Create,
    Held,
    Hold,
    Notice,
    SetLocal,
    SetRemote,
)
from lspec_git.core.spec import TAG, FieldName

CUT_OFF = (
    "this clone's history is cut off (shallow), so it cannot tell who edited what: "
    "git fetch --unshallow (or --deepen=N), then sync again"
)
HELD = {
    Held.PUSH_ONLY: "its mapping is push-only",
    Held.PULL_ONLY: "its mapping is pull-only",
    Held.OFFLINE: "the shared state could not be fetched; the next run decides",
    Held.UNCOMMITTED: "pulled into the worktree, not committed yet",
    Held.EDITED: "the same field has an uncommitted edit in the worktree; commit it first",
    Held.NO_FILE: "its file is not in the worktree (deleted, or left out by a sparse checkout)",
    Held.REFUSED: "the state remote takes no claims",
    Held.CLAIMED: "another clone is creating its work item",
    Held.WAITS: "an earlier create may still land; a run after its lease looks again",
    Held.FOLDER: "it lies in archived/, which makes it archived; move it out with git mv",
    Held.BULK: "many new specs at once wait for a person: git lspec sync",
    Held.BRANCH: "this branch does not publish (`branches` in the config)",
}


def change(name: FieldName, old: str | None, new: str | None) -> str:
    """One field's change: `status: planned → complete`, `tags: +api`."""
    if name.startswith(TAG):
        return f"tags: {'+' if new is not None else '-'}{new or old or name[len(TAG) :]}"
    return f"{name}: {shown(old)} → {shown(new)}"


def shown(value: str | None) -> str:
    """A value, or that there is none."""
    return "(none)" if value is None else value


def lines(actions: Iterable[Action]) -> list[str]:
    """A line for each action that people care about; what both sides agree on already is no news."""
    return [line for action in actions if (line := _line(action))]


def _line(action: Action) -> str:
    match action:
        case Create():
            return f"+ {action.spec}  new work item on {action.tracker}: {action.words.get('title', '')}"
        case SetRemote():
            return f"→ {action.spec}  {_at(action)}  {change(action.field, action.old, action.new)}"
        case SetLocal():
            return f"← {action.spec}  {_at(action)}  {change(action.field, action.base, action.new)}"
        case Hold():
            what = f"  {change(action.field, action.local, action.remote)}" if action.field else ""
            return f"… {action.spec}  {action.tracker}{what}  ({HELD[action.why]})"
        case Notice():
            return f"! {action.spec}  {action.tracker}: {action.message}"
        case _:
            return ""


def _at(action: SetRemote | SetLocal | Conflict) -> str:
    return f"{action.item.tracker}#{action.item.key}"


def on(action: Action) -> str:
    """The tracker that an action is about, with the project where it has several."""
    return action.tracker if isinstance(action, Create | Hold | Notice) else action.item.tracker


def conflict(action: Conflict, set_by: tuple[str, str], url: str) -> list[str]:
    """A conflict for people: both values, who set them and when, and what to type."""
    name = "tags" if action.field.startswith(TAG) else action.field
    mine, theirs = _value(action.field, action.local), _value(action.field, action.remote)
    field = f" --field {action.field}"
    return [
        f"✗ {action.spec}  {_at(action)}  {name}: {action.why.value}",
        f"    spec     {mine}{_by(set_by[0])}",
        f"    tracker  {theirs}{_by(set_by[1])}{f'  {url}' if url else ''}",
        f"    git lspec resolve {action.spec}{field} --spec      # publish {mine}",
        f"    git lspec resolve {action.spec}{field} --tracker   # take {theirs}",
    ]


def _value(name: FieldName, value: str | None) -> str:
    if not name.startswith(TAG):
        return shown(value)
    tag = name[len(TAG) :]
    return f"with {tag}" if value is not None else f"without {tag}"


def _by(who: str) -> str:
    return f"  (set by {who})" if who else ""


def as_dict(action: Action) -> dict[str, Any]:
    """An action for `--json`; `action` is one of create, push, pull, agree, conflict, hold, notice."""
    match action:
        case Create():
            return {**_head("create", action), "words": dict(action.words)}
        case SetRemote():
            return {
                **_head("push", action),
                **_item(action),
                "from": action.old,
                "to": action.new,
                "word": action.to,
            }
        case SetLocal():
            return {**_head("pull", action), **_item(action), "from": action.base, "to": action.new}
        case Agree():
            return {**_head("agree", action), **_item(action), "value": action.value}
        case Conflict():
            both = {"spec_value": action.local, "tracker_value": action.remote, "why": action.why.value}
            return {**_head("conflict", action), **_item(action), **both}
        case Hold():
            both = {"field": action.field, "spec_value": action.local, "tracker_value": action.remote}
            return {**_head("hold", action), **both, "why": action.why.value}
        case Notice():
            return {**_head("notice", action), "message": action.message}


def _head(verb: str, action: Action) -> dict[str, Any]:
    return {"action": verb, "spec": str(action.spec), "tracker": on(action).partition(":")[0]}


def _item(action: SetRemote | SetLocal | Agree | Conflict) -> Mapping[str, Any]:
    return {"key": action.item.key, "field": action.field}
