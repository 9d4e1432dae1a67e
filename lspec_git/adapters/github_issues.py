"""GitHub's JSON as the adapter's data: issues, comments, and an issue's past told as changes of fields.

Pure but for the errors it raises on JSON that is none of GitHub's. Facts: issue lists hold pull requests too
(they have the key `pull_request`); labels are strings or objects; times are UTC in whole seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lspec_git.adapters.base import Comment, Event, ItemRef, WorkItem
from lspec_git.adapters.github_api import Api
from lspec_git.adapters.github_words import Rules, Shown, markers_in, read_words


def is_issue(api: Api, raw: object) -> bool:
    """Whether it is an issue and no pull request. Raises TrackerError on something that is neither."""
    if not isinstance(raw, Mapping) or not {"id", "number", "updated_at"} <= raw.keys():
        raise api.nonsense()
    return "pull_request" not in raw


def item_of(api: Api, rules: Rules, raw: Mapping[str, Any]) -> WorkItem:
    """An issue as a work item."""
    markers = markers_in(raw.get("body"))
    return WorkItem(
        ref=ItemRef(str(raw["id"]), str(raw["number"])),
        revision=str(raw["updated_at"]),
        words=read_words(rules, Shown.of(raw)),
        url=str(raw.get("html_url") or ""),
        marker=markers[-1] if markers else None,
        project=home(api, raw),
        created=str(raw.get("created_at") or ""),
    )


def home(api: Api, raw: Mapping[str, Any]) -> str:
    """The target that an issue lives in: ours unless its `repository_url` names another repository."""
    name = "/".join(str(raw.get("repository_url") or "").rstrip("/").split("/")[-2:])
    if not name or name.casefold() == api.project.casefold():
        return api.target
    return api.target_of(name)


def comment_of(raw: Mapping[str, Any], ref: ItemRef) -> Comment:
    return Comment(
        ref=ref,
        id=str(raw.get("id") or ""),
        author=str((raw.get("user") or {}).get("login") or ""),
        created=str(raw.get("created_at") or ""),
        updated=str(raw.get("updated_at") or ""),
        body=str(raw.get("body") or ""),
        url=str(raw.get("html_url") or ""),
    )


def moment(text: str) -> datetime:
    """A time of the API, or the beginning of time where it is none."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def iso(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _after(past: Shown, event: Mapping[str, Any]) -> Shown:
    """An issue after one event; kinds that move no field change nothing."""
    label, login = (event.get("label") or {}).get("name"), (event.get("assignee") or {}).get("login")
    parts: dict[str, Any] = {}
    match event.get("event"):
        case "closed":
            parts = {"state": "closed", "reason": str(event.get("state_reason") or "completed")}
        case "reopened":
            parts = {"state": "open", "reason": ""}
        case "renamed":
            parts = {"title": str((event.get("rename") or {}).get("to") or "")}
        case "labeled" if label:
            parts = {"labels": (*past.labels, label)}
        case "unlabeled" if label:
            low = label.casefold()
            parts = {"labels": tuple(each for each in past.labels if each.casefold() != low)}
        case "assigned" if login:
            parts = {"logins": (*past.logins, login)}
        case "unassigned" if login:
            parts = {"logins": tuple(each for each in past.logins if each != login)}
    return replace(past, **parts)


def past_changes(rules: Rules, events: Iterable[Mapping[str, Any]]) -> Iterator[Event]:
    """Field changes, oldest first: the words before and after each event are compared."""
    past = Shown()
    words = read_words(rules, past)
    for event in sorted(events, key=lambda each: moment(str(each.get("created_at") or ""))):
        past = _after(past, event)
        now = read_words(rules, past)
        when, who = str(event.get("created_at") or ""), str((event.get("actor") or {}).get("login") or "")
        for name in sorted(words.keys() | now.keys()):
            if words.get(name) != now.get(name):
                yield Event(name, now.get(name), when, who)
        words = now
