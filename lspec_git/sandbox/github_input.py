"""Reads what clients send to the GitHub dialect: JSON bodies and query strings, with GitHub's validation.

Pure: what cannot be accepted is a Refusal; who may do what is not known here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from lspec_git.sandbox.github_errors import Refusal, invalid, not_an_object, not_json
from lspec_git.sandbox.model import KEEP, Keep

TITLE_LIMIT = 256
BODY_LIMIT = 65_536
LABEL_LIMIT = 50
DESCRIPTION_LIMIT = 100
ASSIGNEE_LIMIT = 10
REASONS = ("completed", "not_planned", "duplicate", "reopened")

Body = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An issue's fields as a client sent them; None (for the body: KEEP) where it sent nothing."""

    title: str | None = None
    body: str | Keep | None = KEEP
    state: str | None = None
    reason: str | None = None
    labels: tuple[str, ...] | None = None
    assignees: tuple[str, ...] | None = None
    milestone: object = None


def json_body(raw: bytes) -> Body:
    """The object in a request's body; an empty body is an empty object."""
    if not raw:
        return {}
    try:
        found = json.loads(raw)
    except ValueError:
        raise not_json() from None
    if not isinstance(found, dict):
        raise not_an_object()
    return found


def new_issue(body: Body) -> Wanted:
    wanted = issue_fields(body)
    if wanted.title is None:
        raise invalid("Issue", "title", "missing_field")
    return wanted


def issue_fields(body: Body) -> Wanted:
    """What a create or an edit asks for. Keys that GitHub does not know are ignored, as it does."""
    return Wanted(
        title=_title(body.get("title")),
        body=_text("Issue", body["body"]) if "body" in body else KEEP,
        state=_choice("state", body.get("state"), ("open", "closed")),
        reason=_choice("state_reason", body.get("state_reason"), REASONS),
        labels=label_names(body["labels"]) if body.get("labels") is not None else None,
        assignees=_assignees(body),
        milestone=body.get("milestone"),
    )


def _title(given: object) -> str | None:
    if given is None:
        return None
    title = str(given) if isinstance(given, int) else given
    if not isinstance(title, str):
        raise invalid("Issue", "title", "invalid")
    if not title.strip():
        raise invalid("Issue", "title", "missing_field")
    if len(title) > TITLE_LIMIT:
        raise invalid("Issue", "title", "custom", f"title is too long (maximum is {TITLE_LIMIT} characters)")
    return title


def _text(resource: str, given: object) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str):
        raise invalid(resource, "body", "invalid")
    if len(given) > BODY_LIMIT:
        raise invalid(resource, "body", "custom", f"body is too long (maximum is {BODY_LIMIT} characters)")
    return given


def _choice(field: str, given: object, allowed: tuple[str, ...]) -> str | None:
    if given is None:
        return None
    if given not in allowed:
        raise invalid("Issue", field, "invalid", value=str(given))
    return str(given)


def label_names(given: object) -> tuple[str, ...]:
    """Names of labels, each sent as a string or as an object with a `name`."""
    if not isinstance(given, list):
        raise invalid("Issue", "labels", "invalid")
    return tuple(
        _label_name(each["name"] if isinstance(each, dict) and "name" in each else each) for each in given
    )


def _label_name(given: object) -> str:
    if not isinstance(given, str) or not given.strip():
        raise invalid("Label", "name", "missing_field")
    if len(given) > LABEL_LIMIT:
        raise invalid("Label", "name", "custom", f"name is too long (maximum is {LABEL_LIMIT} characters)")
    return given.strip()


def _assignees(body: Body) -> tuple[str, ...] | None:
    if body.get("assignees") is not None:
        return logins(body["assignees"])
    if "assignee" in body:  # taken away by version 2026-03-10; the caller drops it there
        return logins([body["assignee"]] if body["assignee"] else [])
    return None


def logins(given: object) -> tuple[str, ...]:
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise invalid("Issue", "assignees", "invalid")
    if len(names) > ASSIGNEE_LIMIT:
        raise invalid("Issue", "assignees", "custom", f"assignees are limited to {ASSIGNEE_LIMIT}")
    return tuple(names)


def comment_text(body: Body) -> str:
    text = _text("IssueComment", body.get("body"))
    if text is None or not text.strip():
        raise invalid("IssueComment", "body", "missing_field")
    return text


@dataclass(frozen=True, slots=True)
class WantedLabel:
    name: str
    color: str
    description: str | None


def new_label(body: Body) -> WantedLabel:
    """A label to create; a colour is six hex digits, without `#`."""
    name = _label_name(body.get("name"))
    color = body.get("color") or "ededed"
    if not isinstance(color, str) or not re.fullmatch(r"[0-9A-Fa-f]{6}", color):
        raise invalid("Label", "color", "invalid")
    description = body.get("description")
    if description is not None and not isinstance(description, str):
        raise invalid("Label", "description", "invalid")
    if description and len(description) > DESCRIPTION_LIMIT:
        message = f"description is too long (maximum is {DESCRIPTION_LIMIT} characters)"
        raise invalid("Label", "description", "custom", message)
    return WantedLabel(name, color.lower(), description)


def moment(given: str, resource: str = "Issue") -> int:
    """`since` as seconds since the epoch; without an offset it is UTC."""
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise invalid(resource, "since", "invalid", value=given) from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def one_of(args: Mapping[str, str], key: str, allowed: tuple[str, ...]) -> str:
    """A query parameter out of a closed set, whose first entry is the default."""
    given = args.get(key) or allowed[0]
    if given not in allowed:
        raise invalid("Search", key, "invalid", value=given)
    return given


def milestone_refusal(wanted: Wanted) -> Refusal | None:
    """The sandbox's repositories have no milestones, so that naming one is naming an unknown one."""
    return (
        None
        if wanted.milestone is None
        else invalid("Issue", "milestone", "invalid", value=str(wanted.milestone))
    )
