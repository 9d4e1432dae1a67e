"""GitHub's routes for labels: a repository's, and an issue's."""

from __future__ import annotations

import json

from flask import Response, request

from lspec_git.sandbox import github_json as show
from lspec_git.sandbox.github_desk import Desk, answered, nothing
from lspec_git.sandbox.github_errors import invalid, label_not_on_issue, not_found, not_json
from lspec_git.sandbox.github_input import json_body, label_names, new_label
from lspec_git.sandbox.github_issues import may_create_labels
from lspec_git.sandbox.model import Issue, Label, Project, Role


class Labels:
    """Views; each returns a response or raises a Refusal."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def index(self, owner: str, repo: str) -> Response:
        project = self.desk.project(owner, repo)
        found = sorted(self.desk.store.labels(project.name), key=lambda label: label.name.casefold())
        return self._listed(project, found, "/labels")

    def read(self, owner: str, repo: str, name: str) -> Response:
        project = self.desk.project(owner, repo)
        found = self.desk.store.label(project.name, name)
        if found is None:
            raise not_found()
        return answered(show.label(self.desk.api, project.name, found))

    def create(self, owner: str, repo: str) -> Response:
        project = self.desk.tracker(owner, repo)
        self.desk.require(project, Role.WRITE)
        wanted = new_label(self.desk.body())
        if self.desk.store.label(project.name, wanted.name):
            raise invalid("Label", "name", "already_exists")
        made = self.desk.store.create_label(project.name, wanted.name, wanted.color, wanted.description)
        shown = show.label(self.desk.api, project.name, made)
        return answered(shown, 201, shown["url"])

    def of_issue(self, owner: str, repo: str, number: int) -> Response:
        project = self.desk.tracker(owner, repo)
        issue = self.desk.issue(project, number)
        return self._listed(project, issue.labels, f"/issues/{number}/labels")

    def add(self, owner: str, repo: str, number: int) -> Response:
        project, issue = self._editable(owner, repo, number)
        names = self._sent(project)
        after = self.desk.store.relabel(project.name, issue.number, self._login(), add=names)
        return self._left(project, after)

    def replace(self, owner: str, repo: str, number: int) -> Response:
        project, issue = self._editable(owner, repo, number)
        names = self._sent(project)
        after = self.desk.store.edit(project.name, issue.number, self._login(), labels=names)
        return self._left(project, after)

    def clear(self, owner: str, repo: str, number: int) -> Response:
        project, issue = self._editable(owner, repo, number)
        self.desk.store.edit(project.name, issue.number, self._login(), labels=())
        return nothing()

    def remove(self, owner: str, repo: str, number: int, name: str) -> Response:
        project, issue = self._editable(owner, repo, number)
        if name.casefold() not in {each.casefold() for each in issue.label_names}:
            raise label_not_on_issue()
        after = self.desk.store.relabel(project.name, issue.number, self._login(), drop=(name,))
        return self._left(project, after)

    def _login(self) -> str:
        return self.desk.someone().login

    def _editable(self, owner: str, repo: str, number: int) -> tuple[Project, Issue]:
        project = self.desk.tracker(owner, repo)
        issue = self.desk.issue(project, number)
        self.desk.require(project, Role.TRIAGE)
        return project, issue

    def _sent(self, project: Project) -> tuple[str, ...]:
        """The names sent, as `{"labels": [...]}` or as a bare list: GitHub takes both."""
        raw = request.get_data()
        try:
            bare = json.loads(raw) if raw else []
        except ValueError:
            raise not_json() from None
        names = label_names(bare if isinstance(bare, list) else json_body(raw).get("labels", []))
        may_create_labels(self.desk, project, names)
        return names

    def _left(self, project: Project, issue: Issue) -> Response:
        return answered([show.label(self.desk.api, project.name, label) for label in issue.labels])

    def _listed(self, project: Project, labels: tuple[Label, ...] | list[Label], path: str) -> Response:
        return self.desk.listed(
            project, labels, path, lambda each: show.label(self.desk.api, project.name, each)
        )
