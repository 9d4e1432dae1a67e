"""How one edit or one draft is carried out on GitHub, and what is known about it afterwards.

Only differences are sent: labels and assignees through the additive endpoints, since those keys of PATCH
replace the whole set. The full PATCH comes last, because its answer shows the issue as all calls left it; the
label endpoints answer with labels alone, so an edit of labels alone is read back. Nothing that may have
landed is sent again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from lspec_git.adapters.base import Change, Draft, Edit, ItemRef, Outcome, Result, WorkItem
from lspec_git.adapters.github_api import MOVED, Api, segment
from lspec_git.adapters.github_issues import is_issue, item_of
from lspec_git.adapters.github_words import (
    Rules,
    body_of,
    hiding,
    labelling,
    labels_of,
    people,
    state_of,
    transitions,
    unique,
    unmet,
)
from lspec_git.adapters.http import Answer
from lspec_git.adapters.network import Lost, Unsent
from lspec_git.errors import RateLimited, TrackerError

DROPPED: Final = "GitHub left it out; labels, assignees and states need write access to the repository"
UNASSIGNED: Final = (
    "GitHub left it out; only people with access to the repository can be assigned, by their logins (which "
    "`people:` in the config tells)"
)


class _Gone(Exception):
    """The issue cannot be written to: it was deleted or moved."""


@dataclass(slots=True)
class _Run:
    """What one edit has come to so far."""

    raw: Mapping[str, Any] | None = None
    """The issue after the last call; None when a call since did not show it."""
    written: bool = False
    refused: dict[str, str] = field(default_factory=dict)
    """Field to the reason."""


class Writer:
    """Carries out edits and drafts, one at a time. Raises TrackerError when the repository is unusable."""

    def __init__(self, api: Api, rules: Rules) -> None:
        self._api, self._rules = api, rules

    def edit(self, edit: Edit) -> Outcome:
        run = _Run()
        try:
            self._carry_out(edit, run)
            return self._told(edit, run)
        except _Gone as gone:
            return self._broken_off(run, Result.REFUSED, str(gone))
        except (Unsent, RateLimited) as error:
            return self._broken_off(run, Result.RETRY, error.message)
        except Lost as error:
            return Outcome(Result.UNKNOWN, message=error.message)
        except TrackerError as error:
            if not run.written:
                raise
            return Outcome(Result.UNKNOWN, message=error.message)

    def create(self, draft: Draft) -> Outcome:
        people_wanted = sorted(people(draft.words.get("assignee")).values())
        warnings: tuple[str, ...] = ()
        try:
            answer = self._post(draft, people_wanted)
            if people_wanted and _about_assignees(answer):
                # 422 for a login that cannot be assigned: nothing was created (GitHub validates first).
                warnings = (
                    f"assignee: {', '.join(people_wanted)} cannot be assigned in {self._api.project}",
                )
                answer = self._post(draft, [])
        except (Unsent, RateLimited) as error:
            return Outcome(Result.RETRY, message=error.message)
        except Lost as error:
            return Outcome(Result.UNKNOWN, message=error.message)
        if answer.status == 422:
            return Outcome(Result.REFUSED, message=self._why(answer))
        if not answer.ok:
            self._api.expect(answer, dict)
        try:
            return self._created(draft, answer.data, warnings)
        except TrackerError as error:
            # It was taken, and yet the answer shows no issue: only looking for the marker can tell.
            return Outcome(Result.UNKNOWN, message=error.message)

    # Edits

    def _carry_out(self, edit: Edit, run: _Run) -> None:
        place = f"{self._api.repo}/issues/{_number(edit.ref)}"
        wanted = labelling(self._rules, edit.changes)
        self._add_labels(place, wanted.add, edit.changes, run)
        self._remove_labels(place, wanted.remove, edit.changes, run)
        self._assign(place, edit.changes.get("assignee"), run)
        for body in _patches(edit.changes):
            fields = [name for name in ("title", "status") if name in edit.changes]
            self._step(run, fields, self._api.send("PATCH", place, body))
        self._read_back(place, run)
        hidden = hiding(self._rules, edit.changes, self._unmet(edit, run), labels_of(run.raw or {}))
        if hidden:
            self._remove_labels(place, hidden, edit.changes, run)
            self._read_back(place, run)

    def _add_labels(
        self, place: str, labels: Iterable[str], changes: Mapping[str, Change], run: _Run
    ) -> None:
        wanted = list(labels)
        if not wanted:
            return
        answer = self._api.send("POST", f"{place}/labels", {"labels": wanted})
        if answer.status == 422 and len(wanted) > 1:
            # One label that GitHub cannot hold (longer than 50 characters, say) must not keep the others out.
            for each in wanted:
                self._add_labels(place, [each], changes, run)
            return
        self._step(run, self._spoken(wanted, changes), answer)

    def _remove_labels(
        self, place: str, labels: Iterable[str], changes: Mapping[str, Change], run: _Run
    ) -> None:
        for each in labels:
            name = segment(each)
            if name is None:
                run.refused.update(
                    dict.fromkeys(self._spoken([each], changes), "no client can send this label")
                )
                continue
            answer = self._api.send("DELETE", f"{place}/labels/{name}")
            # 404: it bears the label no more, or is gone itself, which reading it back tells.
            if answer.status != 404:
                self._step(run, self._spoken([each], changes), answer)

    def _assign(self, place: str, change: Change | None, run: _Run) -> None:
        if change is None:
            return
        old, new = people(change.old), people(change.new)
        for method, these, those in (("POST", new, old), ("DELETE", old, new)):
            logins = [each for low, each in these.items() if low not in those]
            if logins:
                self._step(
                    run, ["assignee"], self._api.send(method, f"{place}/assignees", {"assignees": logins})
                )

    def _step(self, run: _Run, fields: Iterable[str], answer: Answer) -> None:
        """Take one answer in. Raises _Gone, or a TrackerError that concerns more than this issue."""
        if answer.ok:
            run.written = True
            run.raw = answer.data if isinstance(answer.data, dict) else None
            return
        if answer.status in {404, 410} or answer.status in MOVED:
            raise _Gone(self._absence(answer))
        if (
            answer.status == 401
            or (answer.status == 403 and _of_token(answer))
            or answer.status not in {403, 422}
        ):
            raise self._api.problem(answer)
        run.refused.update(dict.fromkeys(fields, self._why(answer)))

    def _read_back(self, place: str, run: _Run) -> None:
        if run.raw is None and (run.written or not run.refused):
            answer = self._api.get(place, follow=False)
            if answer.status in {404, 410} or answer.status in MOVED:
                raise _Gone(self._absence(answer))
            run.raw = self._api.expect(answer, dict)

    def _told(self, edit: Edit, run: _Run) -> Outcome:
        reasons = {name: self._left_out(name) for name in sorted(self._unmet(edit, run))} | run.refused
        warnings = tuple(f"{name}: {why}" for name, why in reasons.items())
        if run.raw is None:
            return Outcome(Result.REFUSED, message="; ".join(warnings), refused=frozenset(reasons))
        item = self._item(run.raw)
        if item.ref.id != edit.ref.id:
            return Outcome(Result.REFUSED, message=f"#{edit.ref.key} is another issue than the linked one")
        return Outcome(Result.DONE, item, warnings=warnings, refused=frozenset(reasons))

    def _broken_off(self, run: _Run, result: Result, message: str) -> Outcome:
        """`result` promises that nothing was written; once something was, only reading tells what."""
        if run.written:
            return Outcome(Result.UNKNOWN, message=f"only a part was sent: {message}")
        return Outcome(result, message=message)

    def _unmet(self, edit: Edit, run: _Run) -> frozenset[str]:
        return frozenset() if run.raw is None else unmet(edit.changes, self._item(run.raw).words)

    def _spoken(self, labels: Iterable[str], changes: Mapping[str, Change]) -> list[str]:
        """The fields of an edit that some of these labels speak for."""
        low = {each.casefold() for each in labels}
        said = {
            name: [each for each in (c.old, c.new) if each]
            for name, c in changes.items()
            if self._rules.carried(name)
        }
        return [
            name
            for name, words in said.items()
            if low & {self._rules.label(name, w).casefold() for w in words}
        ]

    # Creates

    def _post(self, draft: Draft, assignees: list[str]) -> Answer:
        spoken = (
            self._rules.label(name, word) for name, word in draft.words.items() if self._rules.carried(name)
        )
        body = {
            "title": draft.words.get("title", ""),
            "body": body_of(draft.marker, draft.link, draft.summary),
            "labels": unique(each for each in (*spoken, *draft.labels) if each),
            "assignees": assignees,
        }
        return self._api.send(
            "POST", f"{self._api.repo}/issues", {k: said for k, said in body.items() if said or k == "title"}
        )

    def _created(self, draft: Draft, raw: Mapping[str, Any], warnings: tuple[str, ...]) -> Outcome:
        """From here on the issue exists: whatever fails is a field that did not take."""
        item, status = self._item(raw), draft.words.get("status")
        if status and state_of(status).closed:
            item, failure = self._close(item, status)
            warnings += (failure,) if failure else ()
        missing = unmet({name: Change(None, word) for name, word in draft.words.items()}, item.words)
        told = {each.partition(":")[0] for each in warnings}
        borne = {each.casefold() for each in labels_of(raw)}
        warnings += tuple(f"{name}: {self._left_out(name)}" for name in sorted(missing - told))
        warnings += tuple(f"label {each}: {DROPPED}" for each in draft.labels if each.casefold() not in borne)
        return Outcome(Result.DONE, item, warnings=warnings, refused=missing)

    def _close(self, item: WorkItem, status: str) -> tuple[WorkItem, str]:
        (body,) = transitions(Change("open", status))
        try:
            answer = self._api.send("PATCH", f"{self._api.repo}/issues/{_number(item.ref)}", body)
            return self._item(self._api.expect(answer, dict)), ""
        except TrackerError as error:
            return item, f"status: created, but not closed: {error.message}"

    # Words about answers

    def _item(self, raw: Mapping[str, Any]) -> WorkItem:
        if not is_issue(self._api, raw):
            raise self._api.nonsense()
        return item_of(self._api, self._rules, raw)

    def _left_out(self, name: str) -> str:
        if name == "assignee":
            return UNASSIGNED
        known = name == "title" or self._rules.carried(name)
        return DROPPED if known else "an issue on GitHub cannot hold this field"

    def _absence(self, answer: Answer) -> str:
        if answer.status in MOVED:
            return "the issue was moved to another repository"
        return "the issue was deleted" if answer.status == 410 else "the issue is not found or not visible"

    def _why(self, answer: Answer) -> str:
        """The server's reason, with the details that a 422 carries."""
        errors = answer.data.get("errors") if isinstance(answer.data, dict) else None
        details = [_detail(each) for each in errors] if isinstance(errors, list) else []
        line = "; ".join([self._api.said(answer), *(each for each in details if each)])
        return self._api.http.redact(" ".join(line.split())[:300])


def _number(ref: ItemRef) -> str:
    """The issue's number as a path may hold it; keys come from notes, which anyone may have written."""
    if not ref.key.isascii() or not ref.key.isdigit():
        raise _Gone(f"`{ref.key}` is no issue number")
    return ref.key


def _patches(changes: Mapping[str, Change]) -> list[dict[str, str]]:
    """Bodies of the PATCH calls, each with only what changes. One is enough but for closed to closed."""
    bodies = list(transitions(changes.get("status")))
    title = changes.get("title")
    if title is not None and title.new:
        bodies = [{"title": title.new} | (bodies[0] if bodies else {}), *bodies[1:]]
    return bodies


def _of_token(answer: Answer) -> bool:
    """Whether a 403 is about token or repository rather than about one issue."""
    about = ("X-GitHub-SSO", "X-Accepted-GitHub-Permissions")
    return (
        answer.page or any(each in answer.headers for each in about) or "archived" in answer.message.lower()
    )


def _about_assignees(answer: Answer) -> bool:
    """Whether a 422 is for the assignees. Some servers leave the details out; then it may be."""
    if answer.status != 422:
        return False
    errors = answer.data.get("errors") if isinstance(answer.data, dict) else None
    if not isinstance(errors, list) or not errors:
        return True
    return any("assignee" in str(each.get("field", "")) for each in errors if isinstance(each, dict))


def _detail(error: object) -> str:
    if not isinstance(error, dict):
        return str(error)
    named = (error.get("field"), error.get("code"), error.get("message"), error.get("value"))
    return " ".join(str(each) for each in named if each)
