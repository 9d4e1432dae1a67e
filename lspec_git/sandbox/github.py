"""GitHub's REST dialect, the part about issues: the table of routes and what surrounds each request.

Follows GitHub's own description (versions 2022-11-28 and 2026-03-10) and what is known of the service
beyond it. Issue types, sub-issues, milestones and projects are not there, as in a plain user's repository.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from wsgiref.handlers import format_date_time

from flask import Flask, Response, g, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from lspec_git.sandbox import github_errors as refuse
from lspec_git.sandbox import github_json as show
from lspec_git.sandbox.github_comments import Comments, History
from lspec_git.sandbox.github_desk import NEW_VERSION, OLD_VERSION, Desk, answered
from lspec_git.sandbox.github_errors import Refusal
from lspec_git.sandbox.github_issues import BASE, Issues
from lspec_git.sandbox.github_labels import Labels
from lspec_git.sandbox.limits import Quota
from lspec_git.sandbox.store import Store

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REPO = "/repos/<owner>/<repo>"
NUMBER = f"{BASE}/<int:number>"
_CREATES = re.compile(r"/issues(/\d+/comments)?$")
_request_ids = itertools.count(1)


def add_github(app: Flask, desk: Desk) -> None:
    """Put the dialect's routes and its handling of every request into `app`."""
    for rule, method, view in _routes(desk):
        app.add_url_rule(rule, f"{method} {rule}", view, methods=[method])
    gate = Gate(desk)
    app.before_request(gate.enter)
    app.after_request(gate.leave)
    app.register_error_handler(Refusal, gate.refused)
    for unknown in (NotFound, MethodNotAllowed):
        app.register_error_handler(unknown, lambda _: gate.refused(refuse.not_found()))


def _routes(desk: Desk) -> Iterable[tuple[str, str, Callable[..., Response]]]:
    issues, labels, comments, history = Issues(desk), Labels(desk), Comments(desk), History(desk)
    account = Accounts(desk)
    yield from (
        ("/user", "GET", account.user),
        ("/rate_limit", "GET", account.rate_limit),
        (REPO, "GET", account.repository),
        (f"{REPO}/milestones", "GET", account.milestones),
        (f"{REPO}/assignees", "GET", account.assignees),
        (f"{REPO}/assignees/<login>", "GET", issues.assignable),
        (f"{REPO}/labels", "GET", labels.index),
        (f"{REPO}/labels", "POST", labels.create),
        (f"{REPO}/labels/<path:name>", "GET", labels.read),
        (BASE, "GET", issues.index),
        (BASE, "POST", issues.create),
        (NUMBER, "GET", issues.read),
        (NUMBER, "PATCH", issues.edit),
        (f"{NUMBER}/assignees", "POST", issues.assign),
        (f"{NUMBER}/assignees", "DELETE", issues.unassign),
        (f"{NUMBER}/labels", "GET", labels.of_issue),
        (f"{NUMBER}/labels", "POST", labels.add),
        (f"{NUMBER}/labels", "PUT", labels.replace),
        (f"{NUMBER}/labels", "DELETE", labels.clear),
        (f"{NUMBER}/labels/<path:name>", "DELETE", labels.remove),
        (f"{NUMBER}/comments", "GET", comments.of_issue),
        (f"{NUMBER}/comments", "POST", comments.create),
        (f"{BASE}/comments", "GET", comments.of_project),
        (f"{BASE}/comments/<int:comment>", "GET", comments.read),
        (f"{BASE}/comments/<int:comment>", "PATCH", comments.edit),
        (f"{BASE}/comments/<int:comment>", "DELETE", comments.delete),
        (f"{BASE}/events", "GET", history.of_project),
        (f"{NUMBER}/events", "GET", history.of_issue),
        (f"{NUMBER}/timeline", "GET", history.timeline),
    )


class Accounts:
    """Views about the token and the repository."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def user(self) -> Response:
        return answered(show.private_user(self.desk.api, self.desk.someone().login))

    def rate_limit(self) -> Response:
        shown = show.rate_limit(self.desk.meter.quota(caller(self.desk)))
        if g.version == NEW_VERSION:
            del shown["rate"]
        return answered(shown)

    def repository(self, owner: str, repo: str) -> Response:
        project = self.desk.project(owner, repo)
        still_open = sum(issue.state == "open" for issue in self.desk.store.issues(project.name))
        return answered(show.repository(self.desk.api, project, self.desk.role(project), still_open))

    def assignees(self, owner: str, repo: str) -> Response:
        project = self.desk.project(owner, repo)
        people = self.desk.store.people()
        return self.desk.listed(project, people, "/assignees", lambda login: show.user(self.desk.api, login))

    def milestones(self, owner: str, repo: str) -> Response:
        self.desk.project(owner, repo)
        return answered([])


class Gate:
    """What GitHub does with every request before and after the route."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def enter(self) -> None:
        """Refuse what never reaches a route: no agent, a wrong token, too much, an unknown version."""
        g.account, g.version = None, OLD_VERSION
        if is_page(request.path):
            return
        if not request.headers.get("User-Agent"):
            raise refuse.no_user_agent()
        g.account = self.desk.identify()
        self._within_limits()
        g.version = request.headers.get("X-GitHub-Api-Version", OLD_VERSION)
        if g.version not in (OLD_VERSION, NEW_VERSION):
            raise refuse.bad_version(g.version)
        if not re.search(r"json|\*/\*|github", request.headers.get("Accept", "*/*")):
            raise refuse.not_acceptable()

    def _within_limits(self) -> None:
        login, meter = caller(self.desk), self.desk.meter
        if request.path != "/rate_limit" and meter.exhausted(login):
            quota = meter.quota(login)
            raise refuse.primary_limit(login, quota.reset, quota.limit)
        creates = request.method == "POST" and _CREATES.search(request.path) is not None
        seconds = meter.wait(login, request.method, creates)
        if seconds is not None:
            raise refuse.secondary_limit(seconds)

    def refused(self, refusal: Refusal) -> Response:
        answer = answered(refusal.body, refusal.status)
        answer.headers.update(refusal.headers)
        return answer

    def leave(self, answer: Response) -> Response:
        """GitHub's headers; a GET that found nothing new becomes a 304, which costs nothing of the hour."""
        if is_page(request.path):
            return answer
        if request.method == "GET" and answer.status_code == 200:
            answer.set_etag(self._etag(answer), weak=True)
            if request.if_none_match.contains_weak(answer.get_etag()[0] or ""):
                answer.status_code = 304
                answer.set_data(b"")
        if answer.status_code != 304 and request.path != "/rate_limit":
            self.desk.meter.count(caller(self.desk))
        self._stamp(answer)
        return answer

    def _etag(self, answer: Response) -> str:
        parts = (
            request.full_path,
            request.headers.get("Authorization", ""),
            request.headers.get("Accept", ""),
        )
        digest = hashlib.sha256("\0".join((*parts, g.version)).encode())
        digest.update(answer.get_data())
        return digest.hexdigest()

    def _stamp(self, answer: Response) -> None:
        head = answer.headers
        head["Date"] = format_date_time(self.desk.clock.second())
        head["X-GitHub-Request-Id"] = f"5A4D:{next(_request_ids):08X}"
        head["X-GitHub-Media-Type"] = "github.v3; format=json"
        head["X-GitHub-Api-Version-Selected"] = g.version
        for name, value in _quota_headers(self.desk.meter.quota(caller(self.desk))).items():
            head.setdefault(name, value)
        if self.desk.account is not None and self.desk.account.scopes is not None:
            head["X-OAuth-Scopes"] = ", ".join(self.desk.account.scopes)
            head["X-Accepted-OAuth-Scopes"] = "repo"


def caller(desk: Desk) -> str:
    """Under which name the request counts."""
    return desk.account.login if desk.account else "127.0.0.1"


def _quota_headers(quota: Quota) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(quota.limit),
        "X-RateLimit-Remaining": str(quota.remaining),
        "X-RateLimit-Used": str(quota.used),
        "X-RateLimit-Reset": str(quota.reset),
        "X-RateLimit-Resource": "core",
    }


def is_page(path: str) -> bool:
    """Whether a path is the board's and not the tracker's API."""
    return not path.startswith(("/repos/", "/user", "/rate_limit"))


class ById:
    """Serves `/repositories/{id}/...`, which GitHub's own links use, as the repository of that id."""

    def __init__(self, app: WSGIApplication, store: Store) -> None:
        self.app = app
        self.store = store

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        found = re.match(r"^/repositories/(\d+)(/.*|$)", environ["PATH_INFO"])
        names = {project.id: project.name for project in self.store.projects()} if found else {}
        if found and int(found[1]) in names:
            environ["PATH_INFO"] = f"/repos/{names[int(found[1])]}{found[2]}"
        return self.app(environ, start)
