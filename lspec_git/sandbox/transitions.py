"""How an issue changes: pure functions from an issue and a change to the new issue and its events.

Knows GitHub's rules (a reason counts only together with a change of state; nothing changed, nothing
bumped), not its wire format.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lspec_git.sandbox.model import KEEP, Change, Event, Issue, Label


def edited(issue: Issue, change: Change, actor: str, at: int) -> tuple[Issue, tuple[Event, ...]]:
    """The issue after `change`, and what its history gains. The very same issue where nothing differs."""
    after = issue
    events: list[Event] = []
    for step in (_retitled, _moved, _relabelled, _reassigned):
        after, new = step(after, change, actor, at)
        events.extend(new)
    if change.body is not KEEP:
        after = replace(after, body=change.body)
    return (issue, ()) if after == issue else (replace(after, updated=at), tuple(events))


def _retitled(issue: Issue, change: Change, actor: str, at: int) -> tuple[Issue, list[Event]]:
    if change.title is None or change.title == issue.title:
        return issue, []
    renamed = Event(issue.number, "renamed", actor, at, rename=(issue.title, change.title))
    return replace(issue, title=change.title), [renamed]


def _moved(issue: Issue, change: Change, actor: str, at: int) -> tuple[Issue, list[Event]]:
    if change.state is None or change.state == issue.state:
        return issue, []
    if change.state == "closed":
        reason = change.reason or "completed"
        after = replace(issue, state="closed", reason=reason, closed=at, closed_by=actor)
        return after, [Event(issue.number, "closed", actor, at, reason=reason)]
    after = replace(issue, state="open", reason="reopened", closed=None, closed_by=None)
    return after, [Event(issue.number, "reopened", actor, at, reason="reopened")]


def _relabelled(issue: Issue, change: Change, actor: str, at: int) -> tuple[Issue, list[Event]]:
    if change.labels is None:
        return issue, []
    labels = _unique(change.labels)
    gained = [label for label in labels if label not in issue.labels]
    lost = [label for label in issue.labels if label not in labels]
    kept = [label for label in issue.labels if label in labels]
    events = [Event(issue.number, "unlabeled", actor, at, label=label) for label in lost]
    events += [Event(issue.number, "labeled", actor, at, label=label) for label in gained]
    return replace(issue, labels=(*kept, *gained)), events


def _reassigned(issue: Issue, change: Change, actor: str, at: int) -> tuple[Issue, list[Event]]:
    if change.assignees is None:
        return issue, []
    wanted = tuple(dict.fromkeys(change.assignees))
    gained = [login for login in wanted if login not in issue.assignees]
    lost = [login for login in issue.assignees if login not in wanted]
    kept = [login for login in issue.assignees if login in wanted]
    events = [Event(issue.number, "unassigned", actor, at, assignee=login) for login in lost]
    events += [Event(issue.number, "assigned", actor, at, assignee=login) for login in gained]
    return replace(issue, assignees=(*kept, *gained)), events


def _unique(labels: Iterable[Label]) -> tuple[Label, ...]:
    return tuple({label.id: label for label in labels}.values())
