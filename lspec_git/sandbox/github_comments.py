"""GitHub's routes for comments and for the history of issues."""

from __future__ import annotations

from flask import Response, request

from lspec_git.sandbox import github_json as show
from lspec_git.sandbox import github_lists as lists
from lspec_git.sandbox.github_desk import Desk, answered, nothing
from lspec_git.sandbox.github_errors import not_found
from lspec_git.sandbox.github_input import comment_text
from lspec_git.sandbox.model import Comment, Event, Project, Role


class Comments:
    """Views; each returns a response or raises a Refusal."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def of_project(self, owner: str, repo: str) -> Response:
        """The comments of all issues (pull requests' too) in one list."""
        project = self.desk.tracker(owner, repo)
        found = lists.comments(self.desk.store.comments(project.name), request.args.to_dict())
        return self.desk.listed(project, found, "/issues/comments", lambda c: self._shown(project, c))

    def of_issue(self, owner: str, repo: str, number: int) -> Response:
        """One issue's comments; `sort` and `direction` do not exist here."""
        project = self.desk.tracker(owner, repo)
        self.desk.issue(project, number)
        since = {k: v for k, v in request.args.items() if k == "since"}
        found = lists.comments(self.desk.store.comments(project.name, number), since)
        return self.desk.listed(
            project, found, f"/issues/{number}/comments", lambda c: self._shown(project, c)
        )

    def create(self, owner: str, repo: str, number: int) -> Response:
        project = self.desk.tracker(owner, repo)
        self.desk.issue(project, number)
        text = comment_text(self.desk.body())
        made = self.desk.store.comment(project.name, number, self.desk.someone().login, text)
        shown = self._shown(project, made)
        return answered(shown, 201, shown["url"])

    def read(self, owner: str, repo: str, comment: int) -> Response:
        project = self.desk.tracker(owner, repo)
        return answered(self._shown(project, self._found(project, comment)))

    def edit(self, owner: str, repo: str, comment: int) -> Response:
        project = self.desk.tracker(owner, repo)
        self._may_change(project, self._found(project, comment))
        after = self.desk.store.edit_comment(project.name, comment, comment_text(self.desk.body()))
        return answered(self._shown(project, after))

    def delete(self, owner: str, repo: str, comment: int) -> Response:
        project = self.desk.tracker(owner, repo)
        self._may_change(project, self._found(project, comment))
        self.desk.store.delete_comment(project.name, comment)
        return nothing()

    def _found(self, project: Project, comment: int) -> Comment:
        found = self.desk.store.find_comment(project.name, comment)
        if found is None:
            raise not_found()
        return found

    def _may_change(self, project: Project, comment: Comment) -> None:
        if self.desk.role(project) < Role.WRITE and comment.author != self.desk.someone().login:
            raise self.desk.forbid()

    def _shown(self, project: Project, comment: Comment) -> show.Json:
        return show.comment(self.desk.api, project, comment, self.desk.people)


class History:
    """Events and timelines."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def of_project(self, owner: str, repo: str) -> Response:
        """All events of all issues, newest first, each with its issue."""
        project = self.desk.tracker(owner, repo)
        found = self.desk.store.events(project.name)[::-1]
        return self.desk.listed(project, found, "/issues/events", lambda e: self._with_issue(project, e))

    def of_issue(self, owner: str, repo: str, number: int) -> Response:
        project = self.desk.tracker(owner, repo)
        self.desk.issue(project, number)
        found = self.desk.store.events(project.name, number)
        path = f"/issues/{number}/events"
        return self.desk.listed(project, found, path, lambda e: show.event(self.desk.api, project.name, e))

    def timeline(self, owner: str, repo: str, number: int) -> Response:
        """Events and comments of one issue, oldest first."""
        project = self.desk.tracker(owner, repo)
        self.desk.issue(project, number)
        found: list[Event | Comment] = [
            *self.desk.store.events(project.name, number),
            *self.desk.store.comments(project.name, number),
        ]
        found.sort(key=lambda each: each.id)
        path = f"/issues/{number}/timeline"
        return self.desk.listed(project, found, path, lambda each: self._entry(project, each))

    def _entry(self, project: Project, entry: Event | Comment) -> show.Json:
        if isinstance(entry, Event):
            return _without(show.event(self.desk.api, project.name, entry), "assigner")
        shown = show.comment(self.desk.api, project, entry, self.desk.people)
        return {**shown, "event": "commented", "actor": shown["user"]}

    def _with_issue(self, project: Project, event: Event) -> show.Json:
        issue = self.desk.store.issue(project.name, event.number)
        shown = _without(show.event(self.desk.api, project.name, event), "state_reason")
        return shown | {"issue": self.desk.show_issue(project, issue)}


def _without(shown: show.Json, key: str) -> show.Json:
    """The three lists of history differ in small things: this one does not have `key`."""
    return {name: value for name, value in shown.items() if name != key}
