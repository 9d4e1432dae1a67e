"""GitHub's routes for issues themselves: list, read, create, edit, and their assignees."""

from __future__ import annotations

from flask import Response, request

from lspec_git.sandbox import github_lists as lists
from lspec_git.sandbox.github_desk import Desk, answered, nothing
from lspec_git.sandbox.github_errors import cannot_create_labels, invalid, not_found
from lspec_git.sandbox.github_input import (
    Wanted,
    issue_fields,
    json_body,
    logins,
    milestone_refusal,
    new_issue,
)
from lspec_git.sandbox.model import KEEP, Issue, Project, Role

BASE = "/repos/<owner>/<repo>/issues"


class Issues:
    """Views; each returns a response or raises a Refusal."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def index(self, owner: str, repo: str) -> Response:
        project = self.desk.tracker(owner, repo)
        listed_until = request.environ.get("sandbox.listed_until")
        found = [
            i
            for i in self.desk.store.issues(project.name)
            if listed_until is None or i.created <= listed_until
        ]
        kept = lists.issues(found, request.args.to_dict())
        return self.desk.listed(project, kept, "/issues", lambda i: self.desk.show_issue(project, i))

    def read(self, owner: str, repo: str, number: int) -> Response:
        project = self.desk.tracker(owner, repo)
        return answered(self.desk.show_issue(project, self.desk.issue(project, number)))

    def create(self, owner: str, repo: str) -> Response:
        project = self.desk.tracker(owner, repo)
        wanted = self._allowed(project, new_issue(self.desk.body()))
        made = self.desk.store.create(
            project.name,
            wanted.title or "",
            None if wanted.body is KEEP else wanted.body,
            login=self.desk.someone().login,
            labels=wanted.labels or (),
            assignees=wanted.assignees or (),
        )
        shown = self.desk.show_issue(project, made)
        return answered(shown, 201, shown["url"])

    def edit(self, owner: str, repo: str, number: int) -> Response:
        project = self.desk.tracker(owner, repo)
        issue = self.desk.issue(project, number)
        self._may_edit(project, issue)
        wanted = self._allowed(project, issue_fields(self.desk.body()))
        after = self.desk.store.edit(
            project.name,
            number,
            self.desk.someone().login,
            title=wanted.title,
            body=wanted.body,
            state=wanted.state,
            reason=wanted.reason,
            labels=wanted.labels,
            assignees=wanted.assignees,
        )
        return answered(self.desk.show_issue(project, after))

    def assign(self, owner: str, repo: str, number: int) -> Response:
        """Add assignees; GitHub ignores those who cannot be assigned here."""
        return self._reassign(owner, repo, number, adding=True)

    def unassign(self, owner: str, repo: str, number: int) -> Response:
        return self._reassign(owner, repo, number, adding=False)

    def assignable(self, owner: str, repo: str, login: str) -> Response:
        self.desk.project(owner, repo)
        if self.desk.store.person(login) is None:
            raise not_found()
        return nothing()

    def _reassign(self, owner: str, repo: str, number: int, adding: bool) -> Response:
        project = self.desk.tracker(owner, repo)
        issue = self.desk.issue(project, number)
        if self.desk.role(project) >= Role.TRIAGE:
            names = logins(json_body(request.get_data()).get("assignees", []))
            known = [name for name in map(self.desk.store.person, names) if name]
            add, drop = (known, ()) if adding else ((), known)
            issue = self.desk.store.reassign(project.name, number, self.desk.someone().login, add, drop)
        return answered(self.desk.show_issue(project, issue), 201 if adding else 200)

    def _may_edit(self, project: Project, issue: Issue) -> None:
        if self.desk.role(project) < Role.TRIAGE and issue.author != self.desk.someone().login:
            raise self.desk.forbid()

    def _allowed(self, project: Project, wanted: Wanted) -> Wanted:
        """What of it this token may set: without push access labels and the like are dropped, silently."""
        role = self.desk.role(project)
        if role < Role.TRIAGE:
            return Wanted(wanted.title, wanted.body, wanted.state, wanted.reason)
        refusal = milestone_refusal(wanted)
        if refusal:
            raise refusal
        may_create_labels(self.desk, project, wanted.labels or ())
        return Wanted(
            wanted.title,
            wanted.body,
            wanted.state,
            wanted.reason,
            wanted.labels,
            self._known(wanted.assignees),
        )

    def _known(self, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if names is None:
            return None
        found = [self.desk.store.person(name) for name in names]
        unknown = [name for name, person in zip(names, found, strict=True) if person is None]
        if unknown:
            raise invalid("Issue", "assignees", "invalid", value=unknown)
        return tuple(person for person in found if person)


def may_create_labels(desk: Desk, project: Project, names: tuple[str, ...]) -> None:
    """Unknown labels come into being on the way, for whom may write; triage alone is not enough."""
    unknown = [name for name in names if desk.store.label(project.name, name) is None]
    if unknown and desk.role(project) < Role.WRITE:
        raise cannot_create_labels()
